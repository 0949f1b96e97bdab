"""The values of ``inspect`` and ``list``. Scripts rely on the keys of ``to_json``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from signalcli.language.phrases import phrase, sentences
from signalcli.text import as_json_value, field, session_command
from signalcli.values.result import (
    NO_RECEIVERS,
    Result,
    fields_from_json,
    fields_to_json,
    list_result,
)
from signalcli.values.signal_name import natural_key

if TYPE_CHECKING:
    from signalcli.values.result import Value


def start_hint() -> str:
    """Return the sentence that says how to start."""
    return phrase("Start with: {command}", command=session_command("connect", "king", "animal"))


def signals_result(value: "Value", signals: Sequence[object], nothing: str) -> Result:
    """Return the result of a list of signals. The sentence ``nothing`` is by default that of a session."""
    if not signals and not nothing:
        nothing = sentences(phrase("No signals yet."), start_hint())
    return list_result(value, signals, nothing)


class ObjectKind(NamedTuple):
    """The class of an object, to compare senders that are different objects to blinker."""

    name: str
    """The module and the qualified name of its class; for a class, its own."""
    bases: tuple[str, ...] = ()
    """The names of the base classes without ``object``, the nearest first."""
    is_class: bool = False
    proxy: str | None = None
    """The attribute of a module that holds it, or its class, if it is a proxy of another object."""

    @classmethod
    def from_json(cls, document: Any) -> "ObjectKind":
        """Read what ``to_json`` returns. See :func:`signalcli.text.field` for the errors."""
        bases = tuple(map(str, field(document, "bases", list)))
        return fields_from_json(cls, document, "proxy", bases=bases)


class ObjectDescription:
    """The description of an object. It is shown in place of the object: its ``repr`` is the text.

    :param kind: the class of a sender; ``None`` for other objects.
    """

    __slots__ = ("kind", "text")

    def __init__(self, text: str, kind: ObjectKind | None = None) -> None:
        self.text = text
        self.kind = kind

    def __repr__(self) -> str:
        return self.text


class Connection(NamedTuple):
    """One sender that a receiver listens to, or ``ANY``."""

    any: bool
    sender: object = None

    def to_json(self) -> dict[str, Any]:
        return {"any": self.any, "sender": as_json_value(self.sender)}


class Parameter(NamedTuple):
    """A parameter of a receiver."""

    name: str
    kind: str
    """As the description of :class:`inspect.Parameter`'s kinds: ``"positional-only"``,
    ``"positional or keyword"``, ``"variadic positional"``, ``"keyword-only"``, ``"variadic keyword"``."""
    has_default: bool = False
    default: object = None
    """As in JSON; the description of an object."""


class ApplicationReceiverDetails(NamedTuple):
    """Details about an application's receiver."""

    kind: str
    """``"function"``, ``"method"``, ``"partial"``, ``"instance"``, ``"class"`` or ``"builtin"``."""
    calls: str
    """``"plain"`` or ``"coroutine"``; or ``"async __call__"``, ``"sync wrapper of a coroutine"``,
    ``"generator"`` or ``"async generator"``, which blinker takes for plain functions."""
    bound_to: str | None = None
    """The object of a bound method."""
    inner: str | None = None
    """The function that a partial or a wrapper calls."""
    sends: str | None = None
    """The signal whose ``send`` it is."""
    wrapped_by: str | None = None
    """The function or class that wraps it under its name."""
    holds: str | None = None
    """What its closure, its defaults or its partial hold, if the signal has several receivers of its name."""
    connected_at: str | None = None
    """The file and line that connected it; ``None`` if that wasn't recorded."""
    parameters: tuple[Parameter, ...] | None = None
    """What it takes, without the object of a method; ``None`` if that isn't a function's."""
    in_class: str | None = None
    """The class whose body defines it, for a function that isn't bound to an object."""
    package: str | None = None
    """The installed package with its code; ``None`` for the application's own."""

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self, *self._fields[: self._fields.index("parameters")])


class ReceiverView(NamedTuple):
    """One receiver of a signal, and its connections."""

    receiver: str
    weak: bool
    is_async: bool | None
    """``None`` if it isn't loaded because it isn't trusted."""
    connections: tuple[Connection, ...]
    """Empty after ``disconnect`` removed the last sender: blinker keeps the receiver."""
    where: str | None
    """The file and line of its definition."""
    doc: str | None
    """The first line of its docstring."""
    in_program: ApplicationReceiverDetails | None = None

    @property
    def parameters(self) -> tuple[Parameter, ...] | None:
        """What it takes, if it is a function or a method of an application."""
        return None if self.in_program is None else self.in_program.parameters

    @property
    def sends(self) -> str | None:
        """The signal whose ``send`` it is, if it is one of an application."""
        return None if self.in_program is None else self.in_program.sends

    def to_json(self) -> dict[str, Any]:
        names = "receiver", "weak", "is_async", "connections", "where", "doc"
        details = self.in_program.to_json() if self.in_program else {}
        return {**fields_to_json(self, *names), **details}


class SenderReceivers(NamedTuple):
    """The result of ``has_receivers_for`` for a sender, and the receivers that a send calls."""

    any: bool
    sender: object
    result: bool
    receivers_for: tuple[str, ...]
    note: str | None
    """Why the result is misleading, if it is."""

    def to_json(self) -> dict[str, Any]:
        asked = Connection(self.any, self.sender).to_json()
        return {**asked, **fields_to_json(self, "result", "receivers_for", "note")}


class ApplicationSignalDetails(NamedTuple):
    """Details about an application's signal."""

    aliases: tuple[str, ...]
    """Its other names, which other signals may share."""
    held_by: str | None
    """What references it, if no module or class does and its name is only a number."""
    library: str
    """The package of its class: ``"blinker"``, or one with a copy of blinker."""
    package: str | None = None
    """The installed package that made it; ``None`` if the application itself did."""


class SignalView(NamedTuple):
    """The receivers and connections of one signal."""

    signal: str
    kind: str
    """``"named"`` or ``"anonymous"``."""
    doc: str | None
    muted: bool
    ordered: bool
    receivers: tuple[ReceiverView, ...]
    has_receivers_for: tuple[SenderReceivers, ...]
    in_program: ApplicationSignalDetails | None = None
    no_receivers: str = NO_RECEIVERS

    @property
    def package(self) -> str | None:
        """The installed package that made it; ``None`` if the application, or a session, did."""
        return None if self.in_program is None else self.in_program.package

    def result(self) -> Result:
        return Result(self)

    def to_json(self) -> dict[str, Any]:
        names = "signal", "kind", "doc", "muted", "ordered", "receivers", "has_receivers_for"
        details = fields_to_json(self.in_program) if self.in_program else {}
        return {**fields_to_json(self, *names), **details}


class SignalViews(NamedTuple):
    """The receivers and connections of several signals."""

    signals: tuple[SignalView, ...]
    nothing: str = ""
    """The sentence for an empty list."""
    is_whole: bool = True
    """Whether a drawing has every signal, including those that :func:`folded` returns."""

    def result(self) -> Result:
        return signals_result(self, self.signals, self.nothing)

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self, "signals")


class SignalSummary(NamedTuple):
    """One signal of a list."""

    signal: str
    kind: str
    doc: str | None
    muted: bool
    receiver_names: tuple[str, ...]
    """In the order of connection."""
    connections: int
    library: str | None = None
    """The package of an application's signal class: ``"blinker"``, or one with a copy of blinker."""
    package: str | None = None
    """The installed package that made it; ``None`` if the application, or a session, did."""
    connected_at: tuple[str | None, ...] = ()
    """The file and line that connected each receiver of an application, as far as they were recorded."""

    @property
    def receivers(self) -> int:
        return len(self.receiver_names)

    def to_json(self) -> dict[str, Any]:
        names = "signal", "kind", "doc", "muted", "receivers", "connections", "receiver_names"
        document = fields_to_json(self, *names)
        if self.library is not None:
            own = self.package is None
            document |= {"library": self.library, "own": own, "package": self.package}
        return document


class ListOptions(NamedTuple):
    """Which signals ``list`` lists, and in which order."""

    patterns: tuple[str, ...] = ()
    """Shell patterns of names: see :func:`signalcli.values.signal_name.matches`."""
    all: bool = False
    """Whether to list meta signals without receivers too, and to draw every signal."""
    mine: bool = False
    """Whether to leave out the signals of installed packages."""
    heard: bool = False
    """Whether to leave out signals without receivers."""
    sort: str | None = None
    """``"name"`` or ``"receivers"``. The default is the order of definition; of an application, its
    own signals come first."""


class SignalList(NamedTuple):
    """The signals of a session or an application."""

    signals: tuple[SignalSummary, ...]
    nothing: str = ""
    is_whole: bool = True
    """Whether a drawing has every signal, including those that :func:`folded` returns."""

    def choose(self, options: ListOptions, place: str) -> "SignalList":
        """Return the signals that the options but ``patterns`` choose, in their order.

        :param place: the name of the session or the application in a sentence.
        """
        left = [
            one
            for one in self.signals
            if not (options.mine and one.package) and not (options.heard and not one.receivers)
        ]
        if options.sort == "name":
            left.sort(key=lambda one: natural_key(one.signal))
        elif options.sort == "receivers":
            left.sort(key=lambda one: -one.receivers)
        nothing = _none_chosen(options, place) if self.signals else self.nothing
        return SignalList(tuple(left), nothing, options.all or bool(options.patterns))

    def result(self) -> Result:
        return signals_result(self, self.signals, self.nothing)

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self, "signals")


def _none_chosen(options: ListOptions, place: str) -> str:
    """Return the sentence for a list from which the options leave nothing."""
    if options.mine and options.heard:
        lacks = phrase("is its own and has receivers")
    else:
        lacks = phrase("is its own") if options.mine else phrase("has receivers")
    if options.patterns:
        return phrase("No such signal in {place} {lacks}.", place=place, lacks=lacks)
    return phrase("No signal in {place} {lacks}.", place=place, lacks=lacks)


def folded(
    signals: Sequence[SignalSummary] | Sequence[SignalView],
) -> list[SignalSummary | SignalView]:
    """Return the signals of installed packages that have no receivers, or an empty list if all are such."""
    found = [one for one in signals if one.package is not None and not one.receivers]
    return found if len(found) < len(signals) else []
