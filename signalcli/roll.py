"""Who is on the roll of a send that is told, a row each: what becomes of them is written there."""

from __future__ import annotations

from collections.abc import Hashable

from blinker import Signal
from blinker._utilities import make_id

from signalcli.rollcall import call_the_roll
from signalcli.sending.reasons import why_called, why_skipped
from signalcli.signals.functions import answer
from signalcli.signals.internals import ANY_ID, buckets_of, is_muted, live_receivers
from signalcli.signals.patching import chooses
from signalcli.tracing.name_cache import Known
from signalcli.values.delivery import Call, RaisedError

_DISCONNECTED = "was disconnected during this send"


class Row:
    """One receiver on the roll of a send, and what became of it."""

    is_expected = True
    """Whether blinker was to call it when the send began."""
    outcome = "skipped"
    value: object = None
    """What it returned, as JSON holds it."""
    error: RaisedError | None = None
    output = ""
    started = 0.0
    seconds = 0.0
    if_called: str | None = None
    """Why it was called, if it is, where only a class of its own knows whether it will be."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason

    def call(self) -> Call:
        """The same, as a value."""
        is_gone = self.is_expected and self.outcome == "skipped"
        return Call(
            self.name,
            self.outcome,
            _DISCONNECTED if is_gone else self.reason,
            self.value,
            self.error,
            self.output,
            round(self.seconds, 9),
        )


Roll = dict[Hashable, Row]
"""Who is on the roll of a signal, by blinker's ids."""


def call_roll(known: Known, signal: Signal, sender: object) -> Roll:
    """The roll of a signal, with the reasons of those who aren't called.

    It is empty for a signal whose books blinker itself can't read: its send goes on, whatever comes.
    """
    if chooses(type(signal)) and not is_muted(signal):
        return answer(lambda: _open_roll(known, signal, sender), {})
    roll = answer(lambda: call_the_roll(signal, known.roster, sender), None)
    if roll is None:
        return {}
    rows = {}
    for receiver_id, receiver in roll.receivers.items():
        row = Row(known.name_of(receiver, receiver_id), roll.reasons[receiver_id])
        row.is_expected = receiver_id in roll.expected
        rows[receiver_id] = row
    return rows


def _open_roll(known: Known, signal: Signal, sender: object) -> Roll:
    """The roll of a signal whose class chooses by itself whom to call, and isn't asked twice."""
    left_out = f"{type(signal).__qualname__}.receivers_for left it out"
    listening = {*buckets_of(signal).get(ANY_ID, ()), *buckets_of(signal).get(make_id(sender), ())}
    rows = {}
    for receiver_id, receiver, _ in live_receivers(signal):
        listens = receiver_id in listening
        why = why_called(signal, receiver_id, sender) if listens else None
        reason = left_out if listens else why_skipped(signal, known.roster, receiver_id, sender)
        row = Row(known.name_of(receiver, receiver_id), reason)
        row.is_expected, row.if_called = False, why or f"{type(signal).__qualname__} chose it"
        rows[receiver_id] = row
    return rows
