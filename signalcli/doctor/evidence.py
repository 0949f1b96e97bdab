"""What an examination reads: the signals, what was sent, what was connected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from signalcli.apps.connects import Connected
from signalcli.history.query import every
from signalcli.history.record import Record
from signalcli.session.journal import Journal
from signalcli.text import command
from signalcli.tracing.trace_file import read
from signalcli.values.delivery import Call, Delivery, RaisedError
from signalcli.values.inspection import ReceiverView, SignalView
from signalcli.values.trace import Event

_ENDINGS = ("CancelledError", "GeneratorExit", "KeyboardInterrupt", "SystemExit")
"""The kinds of exceptions that end what runs, because somebody wants it to end."""


class Heard(NamedTuple):
    """What became of one receiver in a send, or in many of the same kind."""

    receiver: str
    returned: int = 0
    """How often; and so for the others."""
    raised: int = 0
    skipped: int = 0
    not_reached: int = 0
    value: object = None
    """What it returned, as JSON has it, where that is known."""
    error: RaisedError | None = None
    """What it raised, where that is known."""
    ended: int = 0
    """How often an exception came out of it that ends what runs, and is nobody's fault."""

    @property
    def was_called(self) -> bool:
        """Whether it was, whatever came of it."""
        return bool(self.returned or self.raised or self.ended)


class Sent(NamedTuple):
    """One send, or a run of many that are told together."""

    signal: str
    sender: object
    """As JSON has it."""
    shown: str | None
    """What a sender that is compared by identity is shown as; ``None`` for one that isn't."""
    is_sender_known: bool
    payload_keys: tuple[str, ...]
    is_muted: bool
    is_plain: bool
    """Whether it was a ``send`` without a wrapper for coroutines, as far as that is known."""
    heard: tuple[Heard, ...]
    times: int = 1
    is_over: bool = True
    """Whether it was when the trace ended. If not, who else was to be called isn't known."""

    def of(self, receiver: str) -> Heard:
        """What became of a receiver; of several with the same name, of all of them."""
        rows = [row for row in self.heard if row.receiver == receiver]
        return Heard(
            receiver,
            sum(row.returned for row in rows),
            sum(row.raised for row in rows),
            sum(row.skipped for row in rows),
            sum(row.not_reached for row in rows),
            next((row.value for row in rows if row.returned), None),
            next((row.error for row in rows if row.error), None),
            sum(row.ended for row in rows),
        )


class Sends(NamedTuple):
    """What was sent, as far as it was read."""

    sent: tuple[Sent, ...]
    missing: str
    """Why there is nothing to read, if there isn't, and what to do about that."""
    notes: tuple[str, ...] = ()
    is_trace: bool = False
    """Whether a trace tells of them: what it saw connected may not be connected now."""


class Evidence:
    """All that the rules read.

    :param connected: ``None`` where nobody saw the connects.
    :param unable: gives the receivers of a signal that can't take a payload of some keys, with what
        Python raises.
    """

    def __init__(
        self,
        signals: tuple[SignalView, ...],
        sends: Sends,
        connected: Connected | None,
        unable: Callable[[str, tuple[str, ...]], dict[str, str]],
    ) -> None:
        self.signals = signals
        self.sends = sends
        self.connected = connected
        self.unable = unable
        self._by_signal: dict[str, list[Sent]] = {}
        for sent in sends.sent:
            self._by_signal.setdefault(sent.signal, []).append(sent)

    def sends_of(self, signal: str) -> Sequence[Sent]:
        """Its sends."""
        return self._by_signal.get(signal, ())

    def receivers_sent(self) -> Iterator[tuple[SignalView, ReceiverView, tuple[Sent, ...]]]:
        """Every receiver, with the sends of its signal when it was there, if there are any."""
        for signal in self.signals:
            sends = self.sends_of(signal.signal)
            for receiver in {receiver.receiver: receiver for receiver in signal.receivers}.values():
                there = tuple(
                    sent
                    for sent in sends
                    if any(row.receiver == receiver.receiver for row in sent.heard)
                )
                if there:
                    yield signal, receiver, there


# What there is nothing of.


def no_signals(evidence: Evidence) -> str | None:
    """That there are no signals."""
    return None if evidence.signals else "There are no signals."


def no_sends(evidence: Evidence) -> str | None:
    """That no send of any of the signals was read."""
    known = {signal.signal for signal in evidence.signals}
    if any(sent.signal in known for sent in evidence.sends.sent):
        return None
    return no_signals(evidence) or evidence.sends.missing


def no_connects(evidence: Evidence) -> str | None:
    """That nobody saw a connect."""
    connected = evidence.connected
    if connected is not None and connected.is_late and not (connected.lost or connected.zeros):
        return "What the script connected before its application was made was not seen."
    if connected is not None:
        return None if connected.seen else "The application connected nothing so far."
    return (
        "A session doesn't say how its connections were made: connect and drop tell it when they "
        "are called."
    )


# Where the sends come from.


def sends_of_journal(journal: Journal) -> Sends:
    """The past sends of a session.

    :raises HistoryError: if they can't be read.
    """
    past = every(journal)
    return Sends(
        tuple(map(_of_record, past.records)),
        f"No past send of a signal that is there. Make one: {command('send', 'king')}",
        past.notes,
    )


def sends_of_trace(file: str, keep: str) -> Sends:
    """The sends of a trace that was kept.

    :param keep: the command that keeps one, for errors.
    :raises UsageError: if it can't be read.
    """
    events = read(file, keep).events
    return Sends(
        tuple(map(_of_event, events)),
        f"The trace '{file}' has no send of a signal that is here.",
        is_trace=True,
    )


def no_trace(keep: str, use: str) -> Sends:
    """None: they are unknown, for an application.

    :param keep: the command that keeps a trace of it.
    :param use: the command that examines it with that trace.
    """
    return Sends((), f"What is sent isn't known without a trace. Keep one: {keep}; and then: {use}")


def _of_record(record: Record) -> Sent:
    delivery = record.delivery
    sent = _of_delivery(delivery)
    if record.run is None:
        return sent
    rows = record.run.receivers
    return sent._replace(
        is_sender_known=record.run.origin.kind == "count",
        heard=tuple(
            Heard(row.receiver, row.called - row.raised, row.raised, row.skipped, row.not_reached)
            for row in rows
        ),
        times=record.run.sent,
    )


def _of_delivery(delivery: Delivery) -> Sent:
    sender = delivery.sender
    by_value = isinstance(sender, (str, int))
    return Sent(
        signal=delivery.signal,
        sender=sender,
        shown=None if by_value else repr(sender),
        is_sender_known=True,
        payload_keys=tuple(delivery.payload),
        is_muted=delivery.muted,
        is_plain=not (delivery.options.is_async or delivery.options.wrap),
        heard=tuple(_rows(delivery.calls)),
    )


def _of_event(event: Event) -> Sent:
    sender, shown = event.sender, event.sender_shown
    if shown is None and not isinstance(sender, (str, int)):
        shown = repr(sender)
    # without what it is shown as, the repr of an object can't be told from a text
    is_told = shown is not None or not (isinstance(sender, str) and sender[:1] in "<(")
    return Sent(
        signal=event.signal,
        sender=sender,
        shown=shown,
        is_sender_known=is_told,
        payload_keys=event.payload_keys,
        is_muted=event.muted,
        is_plain=not event.is_async,
        heard=tuple(_rows(event.calls)),
        is_over=event.ended,
    )


def _rows(calls: Iterable[Call]) -> Iterator[Heard]:
    for call in calls:
        is_end = call.error is not None and call.error.type in _ENDINGS
        yield Heard(
            call.receiver,
            returned=int(call.outcome == "returned"),
            raised=int(call.outcome == "raised" and not is_end),
            skipped=int(call.outcome == "skipped"),
            not_reached=int(call.outcome == "not_reached"),
            value=call.value,
            error=None if is_end else call.error,
            ended=int(call.outcome == "raised" and is_end),
        )
