"""The frozen values that everything works with, each with its JSON.

Two of them say what a session holds (:class:`Session`, :class:`SignalState`); the rest say what was
seen or done. A table and ``--json`` are two renderings of one such value. The keys of ``to_json``
are a contract with scripts: never renamed, never removed.

They are named tuples, because a dataclass costs a half millisecond of start-up each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from signalcli.text import as_json_value

Sender = str | int
"""A sender that blinker compares by value, and that can therefore be saved."""


class Bucket(NamedTuple):
    """The receivers, in order of their connection, that listen to each of some senders."""

    receivers: tuple[str, ...]
    """Empty where a ``disconnect`` left a sender behind without a receiver."""
    senders: tuple[Sender, ...]


class SignalState(NamedTuple):
    """What blinker holds for one signal, in plain values."""

    doc: str | None = None
    muted: bool = False
    ordered: bool = True
    """Whether its buckets keep the order of connection; blinker's own are plain sets."""
    receivers: tuple[tuple[str, bool], ...] = ()
    """The name of each, and whether it is held weakly."""
    any: tuple[str, ...] = ()
    """The bucket of ``ANY``."""
    buckets: tuple[Bucket, ...] = ()


class Session(NamedTuple):
    """All signals, by their names, in the order in which they were defined."""

    signals: Mapping[str, SignalState]


def differ(one: Session, other: Session) -> bool:
    """Whether two sessions differ, in the order of their signals too."""
    return list(one.signals.items()) != list(other.signals.items())


class Connection(NamedTuple):
    """One sender that a receiver listens to, or ``ANY``."""

    any: bool
    sender: object = None

    def to_json(self) -> dict[str, Any]:
        return {"any": self.any, "sender": as_json_value(self.sender)}


class ReceiverView(NamedTuple):
    """One receiver of a signal, and what it listens to there."""

    receiver: str
    weak: bool
    is_async: bool
    connections: tuple[Connection, ...]
    """Empty after the last one was disconnected by sender: blinker keeps the receiver."""
    where: str | None
    """The file and line of its definition."""
    doc: str | None
    """The first line of its docstring."""

    def to_json(self) -> dict[str, Any]:
        return {
            "receiver": self.receiver,
            "weak": self.weak,
            "async": self.is_async,
            "connections": [connection.to_json() for connection in self.connections],
            "where": self.where,
            "doc": self.doc,
        }


class Audience(NamedTuple):
    """What ``has_receivers_for`` says of a sender, beside who would really be called."""

    any: bool
    sender: object
    result: bool
    receivers_for: tuple[str, ...]
    note: str | None
    """Why the result misleads, where it does."""

    def to_json(self) -> dict[str, Any]:
        return {
            "any": self.any,
            "sender": as_json_value(self.sender),
            "result": self.result,
            "receivers_for": list(self.receivers_for),
            "note": self.note,
        }


class SignalView(NamedTuple):
    """Who listens to one signal."""

    signal: str
    kind: str
    """``"named"`` or ``"anonymous"``."""
    doc: str | None
    muted: bool
    ordered: bool
    receivers: tuple[ReceiverView, ...]
    has_receivers_for: tuple[Audience, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "signal": self.signal,
            "kind": self.kind,
            "doc": self.doc,
            "muted": self.muted,
            "ordered": self.ordered,
            "receivers": [receiver.to_json() for receiver in self.receivers],
            "has_receivers_for": [audience.to_json() for audience in self.has_receivers_for],
        }


class SignalViews(NamedTuple):
    """Who listens to each of several signals."""

    signals: tuple[SignalView, ...]

    def to_json(self) -> dict[str, Any]:
        return {"signals": [signal.to_json() for signal in self.signals]}


class SignalSummary(NamedTuple):
    """One signal, as a line of a list."""

    signal: str
    kind: str
    doc: str | None
    muted: bool
    receivers: int
    connections: int

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


class SignalList(NamedTuple):
    """Every signal there is."""

    signals: tuple[SignalSummary, ...]

    def to_json(self) -> dict[str, Any]:
        return {"signals": [signal.to_json() for signal in self.signals]}


class RaisedError(NamedTuple):
    """The exception that came out of a receiver."""

    type: str
    message: str
    where: str | None
    """The file and line it came from."""

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


class Call(NamedTuple):
    """What one send did with one receiver."""

    receiver: str
    outcome: str
    """``"returned"``, ``"raised"``, ``"skipped"`` or ``"not_reached"``."""
    reason: str
    """Why it was called, or why not."""
    value: object = None
    error: RaisedError | None = None
    output: str = ""
    """What it printed."""
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "receiver": self.receiver,
            "outcome": self.outcome,
            "reason": self.reason,
            "value": as_json_value(self.value),
            "error": self.error.to_json() if self.error else None,
            "output": self.output,
            "seconds": self.seconds,
        }


class Delivery(NamedTuple):
    """What one send did, receiver by receiver."""

    signal: str
    sender: object
    payload: Mapping[str, object]
    muted: bool
    calls: tuple[Call, ...]
    """Those reached, in the order of the dispatch, then the rest in the order of receivers."""

    @property
    def raised(self) -> bool:
        return any(call.outcome == "raised" for call in self.calls)

    def to_json(self) -> dict[str, Any]:
        return {
            "signal": self.signal,
            "sender": as_json_value(self.sender),
            "payload": {key: as_json_value(value) for key, value in self.payload.items()},
            "muted": self.muted,
            "calls": [call.to_json() for call in self.calls],
        }


class Change(NamedTuple):
    """What a changing command did."""

    changed: bool
    notes: tuple[str, ...]
    """What there is to say about it, a sentence each."""
    deliveries: tuple[Delivery, ...] = ()
    """The sends of meta signals that it caused."""

    def to_json(self) -> dict[str, Any]:
        return {
            "changed": self.changed,
            "notes": list(self.notes),
            "deliveries": [delivery.to_json() for delivery in self.deliveries],
        }


class CatalogueEntry(NamedTuple):
    """A named receiver that can be connected."""

    receiver: str
    is_async: bool
    doc: str
    """What it does."""
    teaches: str
    where: str | None

    def to_json(self) -> dict[str, Any]:
        return {
            "receiver": self.receiver,
            "async": self.is_async,
            "doc": self.doc,
            "teaches": self.teaches,
            "where": self.where,
        }


class Catalogue(NamedTuple):
    """The named receivers that can be connected."""

    receivers: tuple[CatalogueEntry, ...]

    def to_json(self) -> dict[str, Any]:
        return {"receivers": [entry.to_json() for entry in self.receivers]}


class SessionEntry(NamedTuple):
    """One saved session."""

    session: str
    path: str
    bytes: int
    current: bool

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


class SessionList(NamedTuple):
    """The saved sessions in the user's application directory."""

    sessions: tuple[SessionEntry, ...]

    def to_json(self) -> dict[str, Any]:
        return {"sessions": [entry.to_json() for entry in self.sessions]}


class SessionPath(NamedTuple):
    """Where a session is saved, whether or not it exists yet."""

    session: str
    path: str
    exists: bool

    @property
    def text(self) -> str:
        return self.path

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


class CompletionScript(NamedTuple):
    """What a shell evaluates to complete signalcli's commands."""

    shell: str
    script: str

    @property
    def text(self) -> str:
        return self.script

    def to_json(self) -> dict[str, Any]:
        return self._asdict()
