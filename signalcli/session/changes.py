"""The changes of a session by one command, which the journal has between the sends."""

import os
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from signalcli.session.journal import now
from signalcli.text import field
from signalcli.values.result import Result, fields_from_json, fields_to_json
from signalcli.values.session import Sender, Session, SignalState

MOST = 100
"""changes that an entry lists; it counts the others."""


class SessionChange(NamedTuple):
    """One thing that changed in a session."""

    change: str
    """``"defined"``, ``"documented"``, ``"removed"``, ``"muted"``, ``"unmuted"``, ``"connected"``,
    ``"disconnected"``, ``"reordered"``, ``"receiver added"``, ``"receiver removed"``, ``"dropped"``,
    ``"trusted"``, ``"untrusted"``, ``"undone"`` or ``"redone"``."""
    signal: str | None = None
    receiver: str | None = None
    any: bool = False
    """Whether the connection is one to ``ANY``."""
    sender: Sender | None = None
    command: str | None = None
    """The command line that was undone or redone."""

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self)

    @classmethod
    def from_json(cls, document: Any) -> "SessionChange":
        """Read what ``to_json`` returns. See :func:`signalcli.text.field` for the errors."""
        return fields_from_json(cls, document)


class ChangeRecord(NamedTuple):
    """What one command changed, when, and where it ran."""

    time: str
    """ISO 8601 with offset."""
    command: str
    """The command line."""
    terminal: str | None
    """The terminal that it was typed at, such as ``pts/3``; ``None`` without one."""
    process: int
    """The process id."""
    changes: tuple[SessionChange, ...]
    """The first of them, at most ``MOST``."""
    left_out: int = 0
    """The number of the others."""

    def concerns(self, signal: str) -> bool:
        """Return whether one of the changes is of a signal, or of all."""
        return any(change.signal in (None, signal) for change in self.changes)

    def result(self) -> Result:
        return Result(self)

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self)

    @classmethod
    def from_json(cls, document: Any) -> "ChangeRecord":
        """Read what ``to_json`` returns. See :func:`signalcli.text.field` for the errors."""
        from datetime import datetime

        datetime.fromisoformat(field(document, "time", str))  # ValueError if it is no time
        changes = map(SessionChange.from_json, field(document, "changes", list))
        return fields_from_json(cls, document, changes=tuple(changes))


def change_record(changes: Iterable[SessionChange], command: str) -> ChangeRecord:
    """Return the record of changes that this process makes now."""
    remaining = iter(changes)
    first = tuple(islice(remaining, MOST))
    left_out = sum(1 for _ in remaining)
    return ChangeRecord(now(), command, _terminal(), os.getpid(), first, left_out)


def changes_between(before: Session, after: Session) -> Iterator[SessionChange]:
    """Yield what differs between two sessions, signal by signal."""
    for name in before.signals:
        if name not in after.signals:
            yield SessionChange("removed", name)
    for receiver in before.receivers:
        if receiver not in after.receivers:
            yield SessionChange("receiver removed", receiver=receiver)
    for receiver in after.receivers:
        if receiver not in before.receivers:
            yield SessionChange("receiver added", receiver=receiver)
    for name, state in after.signals.items():
        old = before.signals.get(name)
        if old is None:
            yield SessionChange("defined", name)
        if old != state:
            yield from _changes_of(name, old or SignalState(doc=state.doc), state)


def _changes_of(name: str, old: SignalState, new: SignalState) -> Iterator[SessionChange]:
    if old.muted != new.muted:
        yield SessionChange("muted" if new.muted else "unmuted", name)
    if old.doc != new.doc:
        yield SessionChange("documented", name)
    before, after = _connections(old, new), _connections(new, old)
    for change, some, others in (("disconnected", before, after), ("connected", after, before)):
        for receiver, is_any, sender in some:
            if (receiver, is_any, sender) not in others:
                yield SessionChange(change, name, receiver, is_any, sender)
    if before.keys() == after.keys() and old.any + old.buckets != new.any + new.buckets:
        yield SessionChange("reordered", name)


def _connections(
    state: SignalState, other: SignalState
) -> dict[tuple[str, bool, Sender | None], None]:
    """Return the connections of a signal, except those in buckets that another state has too."""
    same = set(other.buckets)
    connections: dict[tuple[str, bool, Sender | None], None] = {
        (receiver, True, None): None for receiver in state.any
    }
    for bucket in state.buckets:
        if bucket not in same:
            for sender in bucket.senders:
                for receiver in bucket.receivers:
                    connections[receiver, False, sender] = None
    return connections


def _terminal() -> str | None:
    """Return the name of the terminal of this process, without ``/dev/``."""
    for stream in (sys.stdin, sys.stderr, sys.stdout):
        try:
            return os.ttyname(stream.fileno()).removeprefix("/dev/")
        except (OSError, ValueError, AttributeError):  # none, closed, or replaced by another object
            continue
    return None
