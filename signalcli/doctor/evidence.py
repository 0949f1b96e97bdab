"""The data of an examination: signals, past sends and recorded connections.

A trace may have receivers that are not connected now, such as those of a plugin. Rules that need only the
calls of a receiver use them too. Their connections are unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from signalcli.apps.app_details import AppDetails
from signalcli.apps.connect_report import ConnectReport
from signalcli.doctor.findings import Finding, counted
from signalcli.history.query import Criteria, find
from signalcli.history.record import Record
from signalcli.session.journal import Journal
from signalcli.signals.tracebacks import is_stdlib
from signalcli.text import command
from signalcli.tracing.trace_file import SavedTrace
from signalcli.values.change import ConnectionChange
from signalcli.values.delivery import Call, Delivery, RaisedError
from signalcli.values.inspection import ObjectKind, ReceiverView, SignalView
from signalcli.values.trace import Event

_ENDINGS = ("CancelledError", "GeneratorExit", "KeyboardInterrupt", "SystemExit")
"""The exceptions that end a receiver on purpose. Rules don't count them as errors."""


class ReceiverOutcomes(NamedTuple):
    """The outcomes of one receiver in a send, or in many sends of the same kind."""

    receiver: str
    returned: int = 0
    raised: int = 0
    skipped: int = 0
    not_reached: int = 0
    value: object = None
    """The returned value as in JSON, if known."""
    error: RaisedError | None = None
    ended: int = 0
    """How often an exception such as ``SystemExit`` ended it on purpose."""

    @property
    def was_called(self) -> bool:
        """Whether a send called it, whatever the outcome."""
        return bool(self.returned or self.raised or self.ended)


class ExaminedSend(NamedTuple):
    """One past send, or many sends that were recorded as one."""

    signal: str
    sender: object
    """As in JSON."""
    shown: str | None
    """The description of a sender that is compared by identity; ``None`` for text and integers."""
    is_sender_known: bool
    payload_keys: tuple[str, ...]
    is_muted: bool
    is_plain: bool
    """Whether it was a ``send`` without a wrapper for coroutines, if known."""
    outcomes: tuple[ReceiverOutcomes, ...]
    times: int = 1
    is_over: bool = True
    """Whether it ended before the trace did. If not, more receivers may have been called."""
    kind: ObjectKind | None = None
    """The class of the sender, if it is an object and known."""
    started: float = 0.0
    """seconds from the start of the trace."""
    died: tuple[str, ...] = ()
    """The places of receivers that died before it, and would have heard it."""
    process: tuple[int, int | None] = (0, None)
    """The index of its trace; and the id of its process, if several processes of a program sent signals."""

    @property
    def is_heard(self) -> bool:
        """Whether it reached a receiver."""
        return any(row.was_called or row.not_reached for row in self.outcomes)

    def outcomes_of(self, receiver: str) -> ReceiverOutcomes:
        """Return the outcomes of all receivers of a name."""
        rows = [row for row in self.outcomes if row.receiver == receiver]
        if len(rows) == 1:
            return rows[0]
        return ReceiverOutcomes(
            receiver,
            sum(row.returned for row in rows),
            sum(row.raised for row in rows),
            sum(row.skipped for row in rows),
            sum(row.not_reached for row in rows),
            next((row.value for row in rows if row.returned), None),
            next((row.error for row in rows if row.error), None),
            sum(row.ended for row in rows),
        )


ReceiverSends = tuple[SignalView, ReceiverView, tuple[ExaminedSend, ...]]
"""A signal, one of its receivers, and the sends while that was connected."""


class SendEvidence(NamedTuple):
    """The past sends that were read."""

    sent: tuple[ExaminedSend, ...]
    missing: str
    """The sentence to show if there are none: why, and how to record some."""
    notes: tuple[str, ...] = ()
    is_trace: bool = False
    """Whether they come from a trace, whose receivers may not be connected now."""
    changes: tuple[ConnectionChange, ...] = ()
    """The changes of connections in the trace, in the order of time."""
    requests: int = 0
    """The number of traced requests; 0 for programs and histories."""
    changes_of_requests: tuple[tuple[ConnectionChange, ...], ...] = ()
    """Those of ``changes`` that requests made, by request."""
    changes_of_traces: tuple[tuple[ConnectionChange, ...], ...] = ()
    """``changes`` by trace."""
    of_programs: int = 0
    """The number of sends of traced programs."""

    @property
    def amount(self) -> str:
        """How much was seen, such as ``"1 request"``, ``"1 request and 3 sends of programs"`` or ``"3 sends"``."""
        if self.requests:
            programs = f" and {counted(self.of_programs, 'send')} of programs"
            return f"{counted(self.requests, 'request')}{programs if self.of_programs else ''}"
        sends = sum(sent.times for sent in self.sent)
        return counted(sends, "send") if sends else "what was traced"


class Evidence:
    """All data that the rules read.

    :param connected: the recorded connections; ``None`` for a session, which records none.
    :param details: what surrounds the signals of an application; ``None`` for a session.
    :param receivers_refusing: returns the receivers of a signal that do not accept a payload of these
        keys, each with the error that Python raises.
    """

    def __init__(
        self,
        signals: tuple[SignalView, ...],
        sends: SendEvidence,
        connected: ConnectReport | None,
        receivers_refusing: Callable[[str, tuple[str, ...]], dict[str, str]],
        details: AppDetails | None = None,
    ) -> None:
        self.signals = signals
        self.sends = sends
        self.connected = connected
        self.receivers_refusing = receivers_refusing
        self.details = details
        self.found: dict[str, tuple[Finding, ...]] = {}
        """The findings of the rules that were checked, by name."""
        self._by_signal: dict[str, list[ExaminedSend]] = {}
        for sent in sends.sent:
            self._by_signal.setdefault(sent.signal, []).append(sent)

    def sends_of(self, signal: str) -> Sequence[ExaminedSend]:
        """Return the sends of a signal."""
        return self._by_signal.get(signal, ())

    def package_of(self, receiver: ReceiverView) -> str | None:
        """Return the installed package with a receiver's code; ``None`` for the application's own."""
        package = None if receiver.in_program is None else receiver.in_program.package
        is_own = self.details is not None and package == self.details.package
        return None if is_own else package

    def every_signal(self) -> Iterator[SignalView]:
        """Yield the signals, and those that only the trace has: their views have no receivers."""
        yield from self.signals
        if self.sends.is_trace:
            here = {signal.signal for signal in self.signals}
            for name in self._by_signal:
                if name not in here:
                    yield _only_sent(name)

    def receivers_sent(self) -> Iterator[ReceiverSends]:
        """Yield every receiver with the sends of its signal while it was connected, if any."""
        for signal in self.signals:
            sends = self.sends_of(signal.signal)
            for receiver in {receiver.receiver: receiver for receiver in signal.receivers}.values():
                name = receiver.receiver
                there = tuple(sent for sent in sends if name in [r.receiver for r in sent.outcomes])
                if there:
                    yield signal, receiver, there


def no_signals(evidence: Evidence) -> str | None:
    """Return why rules that need signals can't be checked; ``None`` if they can."""
    return None if evidence.signals else "There are no signals."


def no_sends(evidence: Evidence) -> str | None:
    """Return why rules that need sends can't be checked; ``None`` if they can."""
    known = {signal.signal for signal in evidence.signals}
    if any(evidence.sends.is_trace or sent.signal in known for sent in evidence.sends.sent):
        return None
    return no_signals(evidence) or evidence.sends.missing


def no_heard_sends(evidence: Evidence) -> str | None:
    """Return why rules about the sends to receivers can't be checked; ``None`` if they can."""
    known = {signal.signal for signal in evidence.signals}
    sends = [
        sent for sent in evidence.sends.sent if evidence.sends.is_trace or sent.signal in known
    ]
    if any(sent.outcomes for sent in sends):
        return None
    unheard = f"No signal that has receivers was sent in {evidence.sends.amount}."
    return no_signals(evidence) or (unheard if sends else evidence.sends.missing)


def sends_of_journal(journal: Journal) -> SendEvidence:
    """Return the past sends of a session, or raise HistoryError if they can't be read."""
    past = find(journal, Criteria())
    missing = f"The history has no send of a defined signal. Make one: {command('send', 'king')}"
    return SendEvidence(tuple(map(_of_record, past.records)), missing, past.notes)


def sends_of_traces(traces: Sequence[SavedTrace], files: Sequence[str] = ()) -> SendEvidence:
    """Return the sends of traces.

    :param files: the files of those that were saved, as typed.
    """
    sends = [
        _of_event(event, trace.senders)._replace(process=(number, event.process))
        for number, trace in enumerate(traces)
        for event in trace.events
    ]
    if len(files) == len(traces) == 1:
        missing = f"The trace '{files[0]}' has no send of a signal that exists here."
    else:
        missing = "No signal that exists here was sent."
    return SendEvidence(
        tuple(sends),
        missing,
        is_trace=True,
        changes=tuple(change for trace in traces for change in trace.changes),
        requests=sum(trace.requests for trace in traces),
        changes_of_requests=tuple(made for trace in traces for made in _by_request(trace)),
        changes_of_traces=tuple(trace.changes for trace in traces),
        of_programs=sum(len(trace.events) for trace in traces if not trace.requests),
    )


def _by_request(trace: SavedTrace) -> Iterator[tuple[ConnectionChange, ...]]:
    for start, end in pairwise((*trace.starts, float("inf"))):
        yield tuple(change for change in trace.changes if start <= change.started < end)


def no_trace(doctor: str) -> SendEvidence:
    """Return no sends, with a sentence on how to trace some.

    :param doctor: the command that examines the application.
    """
    missing = "Sends of an application are known only if a request or a program is traced"
    return SendEvidence(
        (), f"{missing}: {doctor} --request 'GET /', or {doctor} --run 'PROGRAM ARGS'"
    )


def _of_record(record: Record) -> ExaminedSend:
    delivery = record.delivery
    sent = send_of_delivery(delivery)
    if record.run is None:
        return sent
    outcomes = (
        ReceiverOutcomes(receiver, called - raised, raised, skipped, not_reached)
        for receiver, called, raised, skipped, not_reached in record.run.receivers
    )
    is_known = record.run.origin.kind == "count"
    return sent._replace(is_sender_known=is_known, outcomes=tuple(outcomes), times=record.run.sent)


def send_of_delivery(delivery: Delivery) -> ExaminedSend:
    """Return a send of a session."""
    sender = delivery.sender
    return ExaminedSend(
        signal=delivery.signal,
        sender=sender,
        shown=None if isinstance(sender, (str, int)) else repr(sender),
        is_sender_known=True,
        payload_keys=tuple(delivery.payload),
        is_muted=delivery.muted,
        is_plain=not (delivery.options.is_async or delivery.options.wrap),
        outcomes=tuple(_rows(delivery.calls)),
    )


def _of_event(event: Event, senders: Mapping[str, ObjectKind]) -> ExaminedSend:
    sender, shown = event.sender, event.sender_shown
    if shown is None and not isinstance(sender, (str, int)):
        shown = repr(sender)
    if shown is not None:
        sender = without_number(sender) if isinstance(sender, str) else sender
        shown = without_number(shown)
    # without a description, the repr of an object looks like text
    is_known = shown is not None or not (isinstance(sender, str) and sender[:1] in "<(")
    return ExaminedSend(
        signal=event.signal,
        sender=sender,
        shown=shown,
        is_sender_known=is_known,
        payload_keys=event.payload_keys,
        is_muted=event.muted,
        is_plain=not event.is_async,
        outcomes=tuple(_rows(event.calls)),
        is_over=event.ended,
        kind=senders.get(event.sender_shown or ""),
        started=event.started,
        died=event.died,
    )


def without_number(text: str) -> str:
    """Return a description without the number that tells it from others in the same run."""
    return re.sub(r" #\d+$", "", text)


def _rows(calls: Iterable[Call]) -> Iterator[ReceiverOutcomes]:
    for call in calls:
        is_end = call.error is not None and call.error.type in _ENDINGS
        yield ReceiverOutcomes(
            call.receiver,
            returned=int(call.outcome == "returned"),
            raised=int(call.outcome == "raised" and not is_end),
            skipped=int(call.outcome == "skipped"),
            not_reached=int(call.outcome == "not_reached"),
            value=call.value,
            error=None if is_end else call.error,
            ended=int(call.outcome == "raised" and is_end),
        )


def receivers_with_sends(evidence: Evidence) -> Iterator[ReceiverSends]:
    """Yield every receiver with its sends, also receivers that only the trace has."""
    yield from evidence.receivers_sent()
    yield from _unconnected(evidence)


def _unconnected(evidence: Evidence) -> Iterator[ReceiverSends]:
    """Yield the receivers that only the trace has. Their views have no connections."""
    if not evidence.sends.is_trace:  # a user removed the receivers that a session lacks
        return
    here = {(one.signal, row.receiver) for one in evidence.signals for row in one.receivers}
    outcomes: dict[tuple[str, str], list[ExaminedSend]] = {}
    for sent in evidence.sends.sent:
        for name in dict.fromkeys(row.receiver for row in sent.outcomes):
            if (sent.signal, name) not in here:
                outcomes.setdefault((sent.signal, name), []).append(sent)
    for (signal, receiver), sends in outcomes.items():
        errors = [sent.outcomes_of(receiver).error for sent in sends]
        places = [error.where for error in errors if error is not None and error.where]
        is_own = bool(places) and not is_stdlib(places[-1].rpartition(":")[0])
        view = ReceiverView(receiver, False, None, (), places[-1] if is_own else None, None)
        yield _only_sent(signal), view, tuple(sends)


def _only_sent(signal: str) -> SignalView:
    """Return the view of a signal that only the trace has."""
    return SignalView(signal, "named", None, False, False, (), ())


def notes(evidence: Evidence) -> list[str]:
    """Return a note about the receivers that only the trace has, if there are any."""
    names = list(dict.fromkeys(receiver.receiver for _, receiver, _ in _unconnected(evidence)))
    if not names:
        return []
    one, many = f"1 receiver in the trace, {names[0]}, is", f"{len(names)} receivers in the trace"
    who = one if len(names) == 1 else f"{many}, such as {names[0]}, are"
    return [f"{who} not connected now: rules about connections do not apply."]


_NO_OBJECTS = "The senders of a session are text and numbers."


def no_objects(evidence: Evidence) -> str | None:
    """Return why rules about senders that are objects can't be checked; ``None`` if they can."""
    if evidence.connected is None:
        return no_signals(evidence) or _NO_OBJECTS
    return None if evidence.sends.sent else no_signals(evidence)


def no_object_filters(evidence: Evidence) -> str | None:
    """Return why filters on objects can't be compared with sends; ``None`` if they can."""
    return no_filters(evidence) or no_objects(evidence)


def no_filters(evidence: Evidence) -> str | None:
    """Return why sender filters can't be compared with sends; ``None`` if they can."""
    missing = no_heard_sends(evidence)
    if missing is None and not any(evidence.receivers_sent()):
        return next(iter(notes(evidence)), None)
    return missing
