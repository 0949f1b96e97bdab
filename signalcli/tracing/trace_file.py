"""Trace files: the JSON of traced requests, or of a traced program."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from signalcli.errors import InvalidJSON, UsageError
from signalcli.files import reason_of
from signalcli.language.phrases import phrase
from signalcli.text import field, from_json, json_parts, path_from
from signalcli.tracing.updates import with_deaths
from signalcli.values.change import ConnectionChange
from signalcli.values.inspection import ObjectKind
from signalcli.values.trace import Event, ProgramTrace, RequestTimeline, Trace, streamed

VERSION = 1
"""The version of the format. A newer one is refused."""
_LINE = "\n  "
"""The start of each line."""
LARGEST = 256 * 2**20
"""bytes: a larger file isn't read."""


class NoTrace(UsageError):
    """A file that is no trace."""


def trace_text(*traces: Trace) -> Iterator[str]:
    """Yield the text of the trace file of a traced program, or of one or several requests."""
    documents = map(streamed, traces)
    if len(traces) == 1:
        yield from json_parts({"version": VERSION, **next(documents)}, _LINE)
    else:
        yield f'{{{_LINE}"version": {VERSION},{_LINE}"requests": ['
        for number, document in enumerate(documents):
            yield f",{_LINE}" if number else _LINE
            yield from json_parts(document, _LINE)
        yield "]\n}"
    yield "\n"


class SavedTrace(NamedTuple):
    """What a trace file holds."""

    events: tuple[Event, ...]
    changes: tuple[ConnectionChange, ...] = ()
    senders: Mapping[str, ObjectKind] = MappingProxyType({})
    """The classes of senders, by their labels."""
    requests: int = 0
    """The number of requests; 0 for a program."""
    starts: tuple[float, ...] = ()
    """The start of each request, in seconds from that of the first."""

    @classmethod
    def of(cls, trace: Trace) -> SavedTrace:
        """Return what a request or a program sent. Names in ``__main__`` are those of the imported module."""
        saved = cls(trace.events, trace.changes, trace.senders)
        if isinstance(trace, ProgramTrace):
            return with_imported_main(saved, trace.main)
        return saved._replace(requests=1)


def read_traces(name: str, save_command: str) -> tuple[Trace, ...]:
    """Return the traced program, or the traced requests, of a trace file.

    :param save_command: the command that saves a trace, for errors.
    :raises UsageError: if the file can't be read or is no trace.
    """
    document = _document(name, save_command)
    version = document.get("version", VERSION) if isinstance(document, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise UsageError(
            "The trace '{name}' is of version {version}, and this signalcli reads {known}. Upgrade "
            "signalcli: see {command}",
            name=name,
            version=version,
            known=VERSION,
            command="signalcli help install",
        )
    try:
        if "program" in document:
            return (ProgramTrace.from_json(document),)
        if "requests" in document:
            first, *others = field(document, "requests", list)
            return tuple(map(RequestTimeline.from_json, (first, *others)))
        return (RequestTimeline.from_json(document),)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _no_trace(name, save_command) from None


def read(name: str, save_command: str) -> SavedTrace:
    """Return the sends of a trace file. The parameters and errors are those of :func:`read_traces`."""
    traces = [SavedTrace.of(trace) for trace in read_traces(name, save_command)]
    return joined_traces(traces) if traces[0].requests else traces[0]


def joined_traces(traces: Sequence[SavedTrace]) -> SavedTrace:
    """Return the requests of one process as one trace: a receiver that died in one is missing in the next."""
    events, changes = list[Event](), list[ConnectionChange]()
    senders: dict[str, ObjectKind] = {}
    start, starts = 0.0, list[float]()
    for trace in traces:
        starts.append(start)
        events += [event._replace(started=start + event.started) for event in trace.events]
        changes += [change._replace(started=start + change.started) for change in trace.changes]
        start = max([start, *(event.started + event.seconds for event in events)])
        start = max([start, *(change.started for change in changes)])
        senders.update(trace.senders)
    requests = sum(trace.requests for trace in traces)
    heard = with_deaths(events, tuple(changes))
    return SavedTrace(heard, tuple(changes), senders, requests, tuple(starts))


def with_imported_main(trace: SavedTrace, main: object) -> SavedTrace:
    """Return a trace with the imported module's name, ``main``, instead of ``__main__``.

    Signals keep their names if the program imported its own file too, and thereby made them twice.
    """
    if not isinstance(main, str):
        return trace

    def rename(text: str) -> str:
        return re.sub(r"\b__main__(?=[./])", lambda match: main, text)

    def rename_signal(text: str) -> str:
        return text if rename(text) in known else rename(text)

    known = {event.signal for event in trace.events} | {one.signal for one in trace.changes}
    kinds = trace.senders.items()
    return trace._replace(
        events=tuple(_renamed_event(event, rename, rename_signal) for event in trace.events),
        changes=tuple(_renamed_change(change, rename, rename_signal) for change in trace.changes),
        senders={rename(label): _renamed_kind(kind, rename) for label, kind in kinds},
    )


def _renamed_kind(kind: ObjectKind, rename: Callable[[str], str]) -> ObjectKind:
    return kind._replace(name=rename(kind.name), bases=tuple(map(rename, kind.bases)))


def _renamed_change(
    change: ConnectionChange, rename: Callable[[str], str], rename_signal: Callable[[str], str]
) -> ConnectionChange:
    sender = rename(change.sender) if isinstance(change.sender, str) else change.sender
    signal, receiver = rename_signal(change.signal), rename(change.receiver)
    kept = change.kept
    if kept is not None and change.reason == "another signal":
        kept = rename_signal(kept)
    return change._replace(signal=signal, receiver=receiver, sender=sender, kept=kept)


def _renamed_event(
    event: Event, rename: Callable[[str], str], rename_signal: Callable[[str], str]
) -> Event:
    """Return a send with other names of its signal, its receivers and its sender."""
    calls = tuple(
        call._replace(
            receiver=rename(call.receiver), wrapped_by=call.wrapped_by and rename(call.wrapped_by)
        )
        for call in event.calls
    )
    return event._replace(
        signal=rename_signal(event.signal),
        calls=calls,
        sender_shown=event.sender_shown and rename(event.sender_shown),
        look_alike=event.look_alike and rename_signal(event.look_alike),
    )


def may_have_sends(path: str) -> bool:
    """Return whether a file is a trace with sends, or can't be read, as one of a newer version."""
    try:
        return bool(read(path, "").events)
    except NoTrace:
        return False
    except UsageError:
        return os.path.lexists(path)


def _document(name: str, save_command: str) -> Any:
    try:
        with open(path_from(name), "rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise UsageError(
                "The trace '{name}' is larger than {size} MiB, the most that is read.",
                name=name,
                size=LARGEST >> 20,
            )
        return from_json(content.decode())
    except OSError as error:
        raise UsageError(
            "The trace '{name}' can't be read: {reason}.", name=name, reason=reason_of(error)
        ) from error
    except (UnicodeDecodeError, InvalidJSON):
        raise _no_trace(name, save_command) from None


def _no_trace(name: str, save_command: str) -> NoTrace:
    message = phrase(
        "The file '{name}' is no trace. Save one: {command}", name=name, command=save_command
    )
    return NoTrace(message)
