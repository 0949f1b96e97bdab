"""The frozen values of what was looked at, each with its JSON: the contract with scripts.

Annotations are not postponed, for the reason that :mod:`signalcli.model` gives.
"""

from typing import Any, NamedTuple

from signalcli.text import as_json_value

START = "Start with: signalcli connect king animal"
NO_SIGNALS = "No signals yet. " + START


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

    @property
    def notes(self) -> tuple[str, ...]:
        return () if self.signals else (NO_SIGNALS,)

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

    @property
    def notes(self) -> tuple[str, ...]:
        return () if self.signals else (NO_SIGNALS,)

    def to_json(self) -> dict[str, Any]:
        return {"signals": [signal.to_json() for signal in self.signals]}


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

    @property
    def notes(self) -> tuple[str, ...]:
        return () if self.sessions else ("No session is saved yet. " + START,)

    def to_json(self) -> dict[str, Any]:
        return {"sessions": [entry.to_json() for entry in self.sessions]}


class SessionPath(NamedTuple):
    """Where a session is saved, whether or not it exists yet."""

    session: str
    path: str
    exists: bool

    @property
    def lines(self) -> tuple[str, ...]:
        return (self.path,)

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


class CompletionScript(NamedTuple):
    """What a shell evaluates to complete signalcli's commands."""

    shell: str
    script: str

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(self.script.splitlines())

    def to_json(self) -> dict[str, Any]:
        return self._asdict()
