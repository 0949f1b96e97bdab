"""The receivers of one send: one row each, which records why it is called and what it did.

:func:`plan_send` asks blinker which receivers a send would call. ``send``, ``explain`` and the recorder
of traces fill in the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from signalcli.language.phrases import phrase
from signalcli.sending.reasons import (
    ADDED,
    CONNECTED,
    DISCONNECTED,
    LEFT_OUT,
    MUTED,
    why_called,
    why_skipped,
)
from signalcli.signals.dry_run import DryRun
from signalcli.signals.internals import (
    ANY_ID,
    LiveSignal,
    buckets_of,
    is_muted,
    live_receivers,
    make_id,
    overrides_receivers_for,
)
from signalcli.signals.receivers import Receiver, ReceiverInfo
from signalcli.signals.tracebacks import message_of, raised_error
from signalcli.values.delivery import Call, RaisedError

if TYPE_CHECKING:
    from signalcli.streams import Capture
    from signalcli.values.delivery import Message


_DEEPEST = 50
"""wrappers of wrappers that are followed."""


class Row:
    """One receiver of a send.

    The defaults are class attributes, because a traced program makes a row for every receiver of every
    send.
    """

    is_expected = True
    """Whether the send is to call it."""
    outcome = "skipped"
    value: object = None
    error: RaisedError | None = None
    output = ""
    started = 0.0
    seconds = 0.0
    if_called: str | None = None
    """The reason that replaces ``reason`` if the send calls it after all."""
    if_missed = DISCONNECTED
    """The reason that replaces ``reason`` if an expected receiver was not called."""
    wrapped_by: str | None = None
    """What wraps the receiver for this send."""
    receiver: Receiver | None = None
    """The receiver while it runs. It is not kept afterwards, so that it can die."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason

    def call(self) -> Call:
        """Return the row as a frozen value."""
        is_missed = self.is_expected and self.outcome == "skipped"
        return Call(
            self.name,
            self.outcome,
            self.if_missed if is_missed else self.reason,
            self.value,
            self.error,
            self.output,
            round(self.seconds, 9),
            self.wrapped_by,
        )


class Observer:
    """What a send needs to know to fill in the rows of its receivers.

    :param receivers: names the receivers, and says which are never called.
    :param capture: collects what each receiver prints; ``None`` leaves the output out.
    """

    def __init__(self, receivers: ReceiverInfo, capture: Capture | None = None) -> None:
        self.receivers = receivers
        self.capture = capture
        self.message_of = message_of
        """Returns the message of an exception that a receiver raised or a payload has."""
        self.withheld = receivers.withheld if receivers.withholds else None
        """Returns why a receiver is never called; ``None`` if every receiver may be called."""

    def name_of(self, receiver: Receiver, receiver_id: Hashable) -> str:
        return self.receivers.name_of(receiver)


class Plan:
    """The rows of one send, by the receivers' ids, and the ids of those to call, in order."""

    def __init__(
        self, observer: Observer, rows: dict[Hashable, Row], expected: Sequence[Hashable] = ()
    ) -> None:
        self.rows = rows
        self.expected = expected
        self.reached: list[Row] = []
        """The rows of the receivers that were called, in order."""
        self._observer = observer

    def record(
        self, receivers: Iterator[Receiver], wrap: Callable[[Receiver], Receiver] | None = None
    ) -> Iterator[Receiver]:
        """Yield receivers, or what ``wrap`` makes of them, to ``send``; record when each starts and ends."""
        withheld, capture = self._observer.withheld, self._observer.capture
        for receiver in receivers:
            if withheld is not None and withheld(receiver) is not None:
                continue
            row = self.reach(receiver)
            row.receiver = receiver
            row.started = perf_counter()
            yield receiver if wrap is None else wrap(receiver)
            row.seconds = perf_counter() - row.started
            row.receiver = None
            row.outcome = "returned"
            if capture is not None:
                row.output += capture.take()

    def reach(self, receiver: Receiver) -> Row:
        """Return the row of a receiver that is called next; a new row if it was called before."""
        row = self.row_of(receiver)
        if row.started:
            row = Row(row.name, row.reason)
        row.reason = row.if_called or row.reason
        self.reached.append(row)
        return row

    def row_of(self, receiver: Receiver) -> Row:
        """Return the row of a receiver or of the one that it wraps, or a new row if it has none."""
        row = self.find(receiver) or Row(self._observer.receivers.name_of(receiver), CONNECTED)
        self.rows[make_id(receiver)] = row
        return row

    def find(self, receiver: Receiver) -> Row | None:
        """Return the row of a receiver or of the one that it wraps, after noting what wraps it."""
        row = self.rows.get(make_id(receiver))
        found = None if row is not None else self._observer.receivers.unwrapped(receiver)
        wrapper = None if found is None else found[1]
        for _ in range(_DEEPEST):
            if found is None:
                break
            row = self.rows.get(make_id(found[0]))
            if row is not None:
                row.wrapped_by = wrapper
                break
            found = self._observer.receivers.unwrapped(found[0])
        return row

    def fail(self, error: BaseException, ended: float, receiver: Receiver | None = None) -> None:
        """Record that the last receiver raised and ended the send, at ``ended`` by ``perf_counter``."""
        row = self.reached[-1]
        row.seconds = ended - row.started
        if self._observer.capture is not None:
            row.output += self._observer.capture.take()
        self.note_error(row, error, row.receiver if receiver is None else receiver)
        self.stop(phrase("{receiver} raised before it", receiver=row.name))

    def note_error(self, row: Row, error: BaseException, receiver: Receiver | None) -> None:
        """Record a receiver's exception. Its place is the receiver's definition if none was entered."""
        row.outcome, row.receiver = "raised", None
        row.error = raised_error(error, self._observer.message_of)
        if row.error.where is None and receiver is not None:
            row.error = row.error._replace(where=self._observer.receivers.place_of(receiver))

    def stop(self, reason: str) -> None:
        """Mark the receivers still to be called as not reached, because of ``reason``."""
        for row in list(self.rows.values()):
            if row.is_expected and row.outcome == "skipped":
                row.outcome, row.reason = "not_reached", reason

    def calls(self) -> tuple[Call, ...]:
        """Return the reached rows in the order of the dispatch, then the others."""
        return tuple(row.call() for row in (*self.reached, *self.others()))

    def others(self) -> list[Row]:
        """Return the rows of the receivers that were not called."""
        reached = set(self.reached)
        return [row for row in list(self.rows.values()) if row not in reached]


def shown_message(receivers: ReceiverInfo, message: Message) -> tuple[object, dict[str, object]]:
    """Return the sender and the payload of a send as they are shown."""
    payload = {key: receivers.shown_value(value) for key, value in message.payload.items()}
    return receivers.shown_sender(message.sender), payload


def plan_send(
    observer: Observer,
    live: LiveSignal,
    sender: object,
    *,
    explains: bool = False,
    ignores_muting: bool = False,
) -> Plan:
    """Ask blinker which receivers a send would call. No receiver runs and nothing changes.

    Before a send, this does not call a class's own ``receivers_for``, because the send calls it and the
    result may differ. Each row then has two reasons: one if the receiver is called, one if it isn't.

    :param explains: no send follows. Call such a ``receivers_for`` too, and name the sender in each reason.
    :param ignores_muting: plan what ``receivers_for`` yields, which muting doesn't change.
    """
    signal, kind = live.signal, type(live.signal)
    muted = not ignores_muting and is_muted(signal)
    withheld, listening = observer.withheld, None
    expected: Sequence[Hashable] = ()
    if not muted:
        if explains or not overrides_receivers_for(kind):
            expected = DryRun(signal).receivers_for(sender)
        else:
            buckets = buckets_of(signal)
            listening = {*buckets.get(ANY_ID, ()), *buckets.get(make_id(sender), ())}
    called = listening or set(expected)
    rows: dict[Hashable, Row] = {}
    for receiver_id, receiver, _ in live_receivers(signal):
        reason = None if withheld is None else withheld(receiver)
        is_expected = reason is None and receiver_id in called
        if reason is None and muted:
            reason = MUTED
        elif is_expected:
            reason = why_called(live, receiver_id, sender)
        elif reason is None:
            reason = why_skipped(live, receiver_id, sender, in_full=explains)
        row = rows[receiver_id] = Row(observer.name_of(receiver, receiver_id), reason)
        row.is_expected = is_expected
        if listening is not None:
            row.if_called = None if is_expected else phrase(ADDED, kind=kind.__qualname__)
            row.if_missed = phrase(LEFT_OUT, kind=kind.__qualname__)
    return Plan(observer, rows, [id_ for id_ in expected if id_ in rows and rows[id_].is_expected])
