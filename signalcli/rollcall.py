"""Who is on the roll of a signal for one sender, and why: what a send and a forecast share."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from blinker import Signal

from signalcli.sending.reasons import why_called, why_skipped
from signalcli.signals.dry_run import Asking
from signalcli.signals.functions import Receiver
from signalcli.signals.internals import is_muted, live_receivers
from signalcli.values.delivery import Call

if TYPE_CHECKING:
    from signalcli.signals.receiver_info import Roster

DISCONNECTED = "was disconnected during this send"


class RollCall:
    """The receivers of a signal, and which of them blinker would call for a sender.

    :param receivers: every entry of ``signal.receivers``, by its id.
    :param expected: those to be called, in the order of the dispatch.
    :param reasons: why each of them is called, or isn't.
    """

    def __init__(
        self,
        receivers: dict[Hashable, Receiver],
        expected: dict[Hashable, Receiver],
        reasons: dict[Hashable, str],
    ) -> None:
        self.receivers = receivers
        self.expected = expected
        self.reasons = reasons


def call_the_roll(
    signal: Signal, roster: Roster, sender: object, in_full: bool = False
) -> RollCall:
    """Ask blinker whom it would call, without calling anybody or changing anything.

    :param in_full: whether the reason of one that is skipped always names the sender.
    """
    receivers = {id_: receiver for id_, receiver, _ in live_receivers(signal)}
    expected = {}
    if not is_muted(signal):
        _, called = Asking(signal).about(sender)
        for receiver_id in called:
            if roster.withheld(receivers[receiver_id]) is None:
                expected[receiver_id] = receivers[receiver_id]
    reasons = {
        id_: roster.withheld(receiver)
        or _reason(signal, roster, id_, sender, id_ in expected, in_full)
        for id_, receiver in receivers.items()
    }
    return RollCall(receivers, expected, reasons)


def not_called(
    roll: RollCall, roster: Roster, reached: set[Hashable], stopped_by: str | None
) -> Iterator[Call]:
    """The rows of those that a send doesn't come to.

    :param reached: the ids of those it does come to.
    :param stopped_by: why it ends before the others, if it does.
    """
    for receiver_id, receiver in roll.receivers.items():
        if receiver_id in reached:
            continue
        outcome, reason = "skipped", roll.reasons[receiver_id]
        if receiver_id in roll.expected and stopped_by is not None:
            outcome, reason = "not_reached", stopped_by
        elif receiver_id in roll.expected:
            reason = DISCONNECTED
        yield Call(roster.name_of(receiver), outcome, reason)


def _reason(
    signal: Signal,
    roster: Roster,
    receiver_id: Hashable,
    sender: object,
    expected: bool,
    in_full: bool,
) -> str:
    if is_muted(signal):
        return "signal is muted"
    if expected:
        return why_called(signal, receiver_id, sender)
    return why_skipped(signal, roster, receiver_id, sender, in_full)
