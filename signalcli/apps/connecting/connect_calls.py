"""The values of recorded calls of ``connect`` and ``disconnect``, and what their places tell."""

from __future__ import annotations

import linecache
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from types import CodeType, FrameType, MethodType
from typing import Any, NamedTuple
from weakref import WeakMethod, ref

from signalcli.apps.describing import callables
from signalcli.apps.importing.find_app import FACTORIES
from signalcli.signals.classes import is_root
from signalcli.signals.internals import (
    ANY_ID,
    blinkers_own,
    buckets_of,
    is_own_id,
    make_id,
    receivers_of,
)
from signalcli.signals.reflection import (
    attributes,
    can_be_weak,
    class_attributes,
    inherited,
    is_a,
    is_exactly,
    module_of,
)
from signalcli.signals.tracebacks import is_installed, is_signalcli, is_stdlib, place
from signalcli.text import typed_text

ATOMS = (str, int, float, complex, bool, bytes, type(None))
_DECORATOR = re.compile(r"\s*@.*\bconnect\s*\(")
_BARE_DECORATOR = re.compile(r"\s*@.*\bconnect_via\s*(#.*)?$")
_MOST_DECORATORS = 30
"""lines from the first decorator of a function to its ``def``."""
_APPLICATION = {"wsgi_app", "asgi_app"}
"""The methods of Flask's and Quart's applications that servers call in the end."""


CONNECTED, DISCONNECTED, MISSED = "connected", "disconnected", "missed"
NOT_CONNECTED = "not connected"
RECEIVER_DIED, SENDER_DIED = "receiver died", "sender died"


Place = tuple[str, int]
"""A file and a line. It is written out once it is asked for, since that takes its time."""


def place_text(where: Place | None) -> str | None:
    """Return a file and line as text."""
    return None if where is None else typed_text(place(*where))


class SenderIdentity(NamedTuple):
    """A sender that blinker compares by identity."""

    id: int
    kind: str
    """The name of its class."""


class ConnectCall(NamedTuple):
    """One call of ``connect`` in plain values and weak references."""

    signal: ref[Any]
    receiver: str
    definition: CodeType | None
    """The code of the receiver."""
    place: Place | None
    code: CodeType | None
    sender: object
    is_any: bool
    literal: str | None
    sender_reference: ref[Any] | None
    """To a sender that is compared by identity, if it can be referenced weakly."""
    weak: bool = True
    reference: Callable[[], object] | None = None
    """The weak reference whose callback records the death of the receiver."""
    at_once: bool = False
    """Whether it, or the sender, died while the code that connected it went on."""
    is_imported: bool = True
    """Whether the call was made before the end of the import."""
    package: str | None = None
    """The installed package with the code that made the call."""
    called: Place | None = None
    """The file and line that called or imported that code."""
    factory: Place | None = None
    """The file and line that called ``create_app`` or ``make_app``, if that made the call."""
    receiver_id: Hashable = None
    """blinker's id of the receiver."""

    @property
    def where(self) -> str | None:
        return place_text(self.place)

    @property
    def defined(self) -> str | None:
        """The file and line of the receiver's definition."""
        code = self.definition
        return None if code is None else place(code.co_filename, code.co_firstlineno)

    @property
    def has_lost_sender(self) -> bool:
        """Whether the sender died too, so that nothing could be sent from it."""
        return self.sender_reference is not None and self.sender_reference() is None

    @property
    def has_lost_receiver(self) -> bool:
        """Whether the weakly held receiver died."""
        return self.reference is not None and self.reference() is None

    @property
    def sender_id(self) -> Hashable:
        """A key that is equal for senders that blinker takes for the same."""
        if isinstance(self.sender, SenderIdentity):
            return "object", self.sender.id
        return "value", self.sender

    @property
    def known_sender(self) -> object:
        return None if isinstance(self.sender, SenderIdentity) else self.sender


class RecordedChange(NamedTuple):
    """A change of a connection; see :class:`~signalcli.values.trace.ConnectionChange`."""

    action: str
    call: ConnectCall
    started: float
    kept: str | None = None
    reason: str | None = None
    equivalents: int = 0
    again: bool = False
    is_new: bool = False
    """Whether a connect made a connection that wasn't there before."""
    elsewhere: ref[Any] | None = None
    """For a missed disconnect, another signal that the receiver is connected to."""

    @property
    def is_lost(self) -> bool:
        """Whether the receiver, or its only sender, of a death is gone too, so that nothing is missing."""
        if self.action == RECEIVER_DIED:
            return self.call.has_lost_sender
        return self.action == SENDER_DIED and self.call.has_lost_receiver


def named(
    connects: list[ConnectCall], name_of: Callable[[object], str | None]
) -> Iterator[tuple[str, ConnectCall]]:
    """Yield the calls whose signals live and have a name, with that name."""
    for connect in connects:
        signal = connect.signal()
        name = None if signal is None else name_of(signal)
        if name is not None:
            yield name, connect


def weak_reference(thing: Any, died: Callable[[Any], object] | None = None) -> ref[Any] | None:
    """Return a weak reference to a receiver or a sender; that to a bound method lasts as long as its object."""
    if type(thing) is MethodType:
        return WeakMethod(thing, died) if can_be_weak(thing.__self__) else None
    return ref(thing, died) if can_be_weak(thing) else None


def is_literal(sender: object) -> bool:
    """Return whether a sender looks like a value, is none to blinker, and has a ``repr`` of Python's."""
    if is_exactly(sender, tuple):
        return all(is_exactly(item, *ATOMS) for item in sender)  # type: ignore[attr-defined]
    if is_exactly(sender, str, int):
        return not is_own_id(sender)
    return is_exactly(sender, float, complex, bytes)


def package_of(frame: FrameType | None) -> str | None:
    """Return the installed package whose code runs in a frame; ``None`` for code that isn't installed."""
    if frame is None or not is_installed(frame.f_code.co_filename):
        return None
    name = frame.f_globals.get("__name__")
    return name.partition(".")[0] if type(name) is str else None


def calling_places(frame: FrameType | None) -> tuple[Place | None, Place | None]:
    """Return the places of the user's code that called the code of a frame, and that called the factory."""
    called = factory = None
    while frame is not None:
        outer = _outer_own(frame)
        if outer is not None:
            where = outer.f_code.co_filename, outer.f_lineno
            called = called or where
            factory = where if frame.f_code.co_name in FACTORIES else factory
        frame = outer
    return called, factory


def _outer_own(frame: FrameType) -> FrameType | None:
    """Return the innermost frame of the user's code around a frame."""
    for outer in frames_from(frame.f_back):
        file = outer.f_code.co_filename
        if not (is_installed(file) or is_stdlib(file) or is_signalcli(file) or file[:1] == "<"):
            return outer
    return None


def is_bare_decorator(sender: Any, where: Place | None) -> bool:
    """Return whether ``connect_via`` got the function below it as the sender: nothing is connected.

    :param where: the file and line of the call. Python 3.10 calls decorators in the line of the ``def``.
    """
    code = callables.code_of(sender)
    if code is None or where is None or code.co_filename != where[0]:
        return False
    lines = range(code.co_firstlineno, where[1] + 1)[:_MOST_DECORATORS]
    return any(_BARE_DECORATOR.match(linecache.getline(where[0], line)) for line in lines)


def misuse(receiver: Any, where: tuple[str, int] | None) -> str | None:
    """Return why a connected object can't be a receiver; ``None`` if it can.

    :param where: the file and line that connect it.
    """
    if where is not None and _DECORATOR.match(linecache.getline(*where)):
        return "decorated"
    if type(receiver) is classmethod:
        return "class method"
    if inherited(type(receiver), "__call__") is None:
        return "not callable"
    if is_application(receiver):
        return "application"
    is_unbound = type(receiver) is not staticmethod and callables.class_body(receiver) is not None
    if not is_unbound or not _takes_self(receiver):
        return None
    return "class function" if receiver.__code__.co_varnames[0] == "cls" else "unbound"


def is_application(thing: object) -> bool:
    """Return whether an object is an application of Flask or Quart."""
    return any(inherited(type(thing), name) is not None for name in _APPLICATION)


def _takes_self(function: Any) -> bool:
    """Return whether the first parameter of a function is an instance or a class rather than the sender."""
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    return names[:1] in (("self",), ("cls",)) or names[1:2] == ("sender",)


def is_copy_of_blinker(frame: FrameType) -> bool:
    """Return whether a frame is of the module that defines ``Signal``: blinker's, or that of a copy."""
    kind: Any = frame.f_globals.get("Signal")
    return is_a(kind, type) and is_root(kind) and module_of(kind) == frame.f_globals.get("__name__")


def is_running(code: CodeType | None) -> bool:
    """Return whether a function with this code called the caller, directly or not."""
    return any(frame.f_code is code for frame in frames_from(sys._getframe(1)))


def frames_from(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield a frame and those that called it, the innermost first."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def receiver_and_sender(
    signal: Any, arguments: tuple[Any, ...], given: dict[str, Any]
) -> tuple[Any, object]:
    receiver = arguments[0] if arguments else given.get("receiver")
    otherwise = given.get("sender", any_of(signal))
    return receiver, arguments[1] if len(arguments) > 1 else otherwise


def is_connected(signal: Any, receiver: Any, sender: object) -> bool:
    """Return whether a disconnect would end a connection of a receiver."""
    receiver_id = make_id(receiver)
    if sender is any_of(signal):
        return receiver_id in receivers_of(signal)
    return receiver_id in buckets_of(signal).get(make_id(sender), ())


def has_connection(signal: Any, receiver: Any, sender: object) -> bool:
    """Return whether a receiver listens to exactly this sender, or to ``ANY``."""
    sender_id = ANY_ID if sender is any_of(signal) else make_id(sender)
    return sender_id in attributes(signal).get("_by_receiver", {}).get(make_id(receiver), ())


def receivers_of_send(signal: Any, sender: object) -> set[Hashable]:
    """Return the ids of the receivers that a send from a sender would call."""
    buckets: Any = attributes(signal).get("_by_sender")
    if not is_exactly(buckets, dict, defaultdict):  # of a dry run, which is only asked
        return set()
    return {*buckets.get(ANY_ID, ()), *buckets.get(make_id(sender), ())}


def any_of(signal: Any) -> object:
    """Return the ``ANY`` of the signal's class: a copy of blinker has its own."""
    return class_attributes(blinkers_own(type(signal))).get("ANY")


def is_root_method(signal: Any, name: str, method: object) -> bool:
    """Return whether a method is blinker's own, which methods of subclasses call in the end."""
    return class_attributes(blinkers_own(type(signal))).get(name) is method
