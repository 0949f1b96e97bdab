"""The past sends that the rules read: those of a session's history, and those of traces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from signalcli.history.query import Criteria, find
from signalcli.history.record import Record
from signalcli.language.phrases import counted, phrase
from signalcli.session.journal import Journal
from signalcli.text import session_command
from signalcli.tracing.trace_file import SavedTrace
from signalcli.values.change import ConnectionChange
from signalcli.values.delivery import Call, Delivery, RaisedError
from signalcli.values.inspection import ObjectKind
from signalcli.values.trace import YIELDED, Event

_ENDINGS = ("CancelledError", "GeneratorExit", "KeyboardInterrupt", "SystemExit")
"""The exceptions that end a receiver on purpose. Rules don't count them as errors."""


_COUNTS = ("returned", "raised", "skipped", "not_reached", "ended", YIELDED)
"""The outcomes that are counted."""


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
    yielded: int = 0
    """How often ``receivers_for`` yielded it to code that calls receivers by hand."""

    @property
    def was_called(self) -> bool:
        """Whether a send called it, whatever the outcome."""
        return bool(self.returned or self.raised or self.ended or self.yielded)

    @property
    def is_meant(self) -> bool:
        """Whether a send called it, or would have if none before it had raised."""
        return self.was_called or bool(self.not_reached)


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
    by_hand: bool = False
    """Whether it is no send, but code that calls receivers by hand: the payload isn't known."""

    @property
    def is_heard(self) -> bool:
        """Whether it reached a receiver."""
        return any(row.is_meant for row in self.outcomes)

    def has(self, receiver: str) -> bool:
        """Return whether it called or skipped a receiver of a name."""
        return any(row.receiver == receiver for row in self.outcomes)

    def outcomes_of(self, receiver: str) -> ReceiverOutcomes:
        """Return the outcomes of all receivers of a name."""
        rows = [row for row in self.outcomes if row.receiver == receiver]
        if len(rows) == 1:
            return rows[0]
        value = next((row.value for row in rows if row.returned), None)
        error = next((row.error for row in rows if row.error), None)
        counts = {name: sum(getattr(row, name) for row in rows) for name in _COUNTS}
        return ReceiverOutcomes(receiver, value=value, error=error, **counts)


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
        requests = counted("{n} request", "{n} requests", self.requests)
        if self.requests and self.of_programs:
            sends = counted("{n} send", "{n} sends", self.of_programs)
            return phrase("{requests} and {sends} of programs", requests=requests, sends=sends)
        if self.requests:
            return requests
        number = sum(sent.times for sent in self.sent)
        if number and not self.is_trace:
            return counted("a history of {n} send", "a history of {n} sends", number)
        return counted("{n} send", "{n} sends", number) if number else phrase("what was traced")


def sends_of_journal(journal: Journal) -> SendEvidence:
    """Return the past sends of a session, or raise HistoryError if they can't be read."""
    past = find(journal, Criteria())
    missing = phrase(
        "The history has no send of a defined signal. Make one: {command}",
        command=session_command("send", "king"),
    )
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
        missing = phrase(
            "The trace '{file}' has no send of a signal that exists here.", file=files[0]
        )
    else:
        missing = phrase("No signal that exists here was sent.")
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
    missing = phrase(
        "Sends of an application are known only if a request or a program is traced: {request}, or {run}",
        request=f"{doctor} --request 'GET /'",
        run=f"{doctor} --run 'PROGRAM ARGS'",
    )
    return SendEvidence((), missing)


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
        is_plain=not (event.is_async or event.by_hand),
        outcomes=tuple(_rows(event.calls)),
        is_over=event.ended,
        kind=senders.get(event.sender_shown or ""),
        started=event.started,
        died=event.died,
        by_hand=event.by_hand,
    )


def without_number(text: str) -> str:
    """Return a description without the number that distinguishes it from others in the same run."""
    return re.sub(r" #\d+$", "", text)


def _rows(calls: Iterable[Call]) -> Iterator[ReceiverOutcomes]:
    for call in calls:
        is_end = call.error is not None and call.error.type in _ENDINGS
        outcome = "ended" if is_end and call.outcome == "raised" else call.outcome
        counts = {name: int(name == outcome) for name in _COUNTS}
        error = None if is_end else call.error
        yield ReceiverOutcomes(call.receiver, value=call.value, error=error, **counts)
