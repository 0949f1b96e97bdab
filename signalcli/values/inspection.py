"""The frozen values of what was looked at, each with its JSON: the contract with scripts.

Annotations are not postponed, for the reason that :mod:`signalcli.values.delivery` gives.
"""

from typing import Any, NamedTuple

from signalcli.text import as_json_value
from signalcli.values.receiver_specs import OwnReceiver

START = "Start with: signalcli connect king animal"
NO_SIGNALS = "No signals yet. " + START


class Connection(NamedTuple):
    """One sender that a receiver listens to, or ``ANY``."""

    any: bool
    sender: object = None

    def to_json(self) -> dict[str, Any]:
        return {"any": self.any, "sender": as_json_value(self.sender)}


class InProgram(NamedTuple):
    """What a receiver is in the application that connected it."""

    kind: str
    """``"function"``, ``"method"``, ``"partial"``, ``"instance"``, ``"class"`` or ``"builtin"``."""
    calls: str
    """What calling it is: ``"plain"``, ``"coroutine"``, or what blinker takes for plain though it
    isn't, ``"async __call__"``, ``"sync wrapper of a coroutine"`` or ``"async generator"``."""
    bound_to: str | None = None
    """The object whose method it is."""
    inner: str | None = None
    """What is called in the end, where it is a partial or wraps another."""

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


class ReceiverView(NamedTuple):
    """One receiver of a signal, and what it listens to there."""

    receiver: str
    weak: bool
    is_async: bool | None
    """``None`` for one that isn't loaded, because it isn't trusted."""
    connections: tuple[Connection, ...]
    """Empty after the last one was disconnected by sender: blinker keeps the receiver."""
    where: str | None
    """The file and line of its definition."""
    doc: str | None
    """The first line of its docstring."""
    in_program: InProgram | None = None
    """What else there is to know of an application's."""

    def to_json(self) -> dict[str, Any]:
        return {
            "receiver": self.receiver,
            "weak": self.weak,
            "async": self.is_async,
            "connections": [connection.to_json() for connection in self.connections],
            "where": self.where,
            "doc": self.doc,
            **(self.in_program.to_json() if self.in_program else {}),
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


class SignalInProgram(NamedTuple):
    """What a signal is in the application that made it."""

    aliases: tuple[str, ...]
    """What else it is known by. Other signals may be known by that too."""
    held_by: str | None
    """What holds it, where its name is only a number because no code leads to it."""
    library: str
    """Whose class it is of: ``"blinker"``, or the package of a copy of blinker's."""

    def to_json(self) -> dict[str, Any]:
        return {**self._asdict(), "aliases": list(self.aliases)}


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
    in_program: SignalInProgram | None = None
    """What else there is to know of an application's."""

    def to_json(self) -> dict[str, Any]:
        return {
            "signal": self.signal,
            "kind": self.kind,
            "doc": self.doc,
            "muted": self.muted,
            "ordered": self.ordered,
            "receivers": [receiver.to_json() for receiver in self.receivers],
            "has_receivers_for": [audience.to_json() for audience in self.has_receivers_for],
            **(self.in_program.to_json() if self.in_program else {}),
        }


class SignalViews(NamedTuple):
    """Who listens to each of several signals."""

    signals: tuple[SignalView, ...]
    nothing: str = NO_SIGNALS
    """The sentence for none."""

    @property
    def sentences(self) -> tuple[str, ...]:
        return () if self.signals else (self.nothing,)

    @property
    def is_drawn(self) -> bool:
        return bool(self.signals)

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
    library: str | None = None
    """Whose class an application's is of: ``"blinker"``, or the package of a copy of blinker's."""

    def to_json(self) -> dict[str, Any]:
        told = self._asdict()
        if self.library is None:
            del told["library"]
        return told


class SignalList(NamedTuple):
    """Every signal there is."""

    signals: tuple[SignalSummary, ...]
    nothing: str = NO_SIGNALS
    """The sentence for none."""

    @property
    def sentences(self) -> tuple[str, ...]:
        return () if self.signals else (self.nothing,)

    @property
    def is_drawn(self) -> bool:
        return bool(self.signals)

    def to_json(self) -> dict[str, Any]:
        return {"signals": [signal.to_json() for signal in self.signals]}


class CatalogueEntry(NamedTuple):
    """A named receiver that can be connected."""

    receiver: str
    source: str
    """``"demo"``, ``"own"``, ``"package"`` or ``"import"``."""
    is_async: bool | None
    """``None`` for one that isn't loaded."""
    doc: str
    """What it does."""
    teaches: str = ""
    where: str | None = None
    own: OwnReceiver | None = None
    """What it was added as, if it is the person's own."""

    def to_json(self) -> dict[str, Any]:
        return {
            "receiver": self.receiver,
            "async": self.is_async,
            "doc": self.doc,
            "teaches": self.teaches,
            "where": self.where,
            "source": self.source,
            **(self.own.to_json() if self.own else {}),
        }


class ReceiverDetail(NamedTuple):
    """One receiver that can be connected, and where it is."""

    entry: CatalogueEntry
    connections: tuple["HeldReceiver", ...]

    def to_json(self) -> dict[str, Any]:
        connections = [connection.to_json() for connection in self.connections]
        return {**self.entry.to_json(), "connections": connections}


class Catalogue(NamedTuple):
    """The named receivers that can be connected."""

    receivers: tuple[CatalogueEntry, ...]

    def to_json(self) -> dict[str, Any]:
        return {"receivers": [entry.to_json() for entry in self.receivers]}


class HeldReceiver(NamedTuple):
    """One receiver, as one signal holds it."""

    signal: str
    weak: bool
    connections: tuple[Connection, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "signal": self.signal,
            "weak": self.weak,
            "connections": [connection.to_json() for connection in self.connections],
        }


class Drop(NamedTuple):
    """What is left of a receiver's connections when the program lets go of it."""

    receiver: str
    changed: bool
    sentences: tuple[str, ...]
    """What there is to say about it."""
    before: tuple[HeldReceiver, ...]
    after: tuple[HeldReceiver, ...]

    @property
    def is_drawn(self) -> bool:
        return bool(self.before)

    def to_json(self) -> dict[str, Any]:
        return {
            "changed": self.changed,
            "notes": list(self.sentences),
            "deliveries": [],
            "receiver": self.receiver,
            "before": [held.to_json() for held in self.before],
            "after": [held.to_json() for held in self.after],
        }


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
    def sentences(self) -> tuple[str, ...]:
        return () if self.sessions else ("No session is saved yet. " + START,)

    @property
    def is_drawn(self) -> bool:
        return bool(self.sessions)

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


class ExportedText(NamedTuple):
    """A session, as the text of a file that something else reads."""

    format: str
    text: str
    notes: tuple[str, ...] = ()
    """What there is to say about it, a sentence each."""

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(self.text.removesuffix("\n").split("\n"))

    @property
    def sentences(self) -> tuple[str, ...]:
        return self.notes

    def to_json(self) -> dict[str, Any]:
        return {"format": self.format, "text": self.text, "notes": list(self.notes)}
