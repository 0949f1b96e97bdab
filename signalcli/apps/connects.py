"""What an application connected while it was imported, told by what stands around ``connect``.

Receivers, senders and signals are not held: that a receiver dies of blinker's weak reference is what
this is for. A receiver that dies is known by whether its signal still had it then: what was
disconnected before is no loss.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Hashable, Iterator
from functools import wraps
from types import CodeType, FrameType, MethodType
from typing import Any, NamedTuple
from weakref import WeakMethod, ref

import blinker
from blinker._utilities import make_id

from signalcli.apps.describing import callables
from signalcli.signals.functions import Receiver, can_be_weak, place
from signalcli.signals.internals import blinkers_own, is_weak, listened_to, receivers_of
from signalcli.signals.patching import Around, Method, is_root
from signalcli.signals.reflection import class_attributes, is_a, is_exactly, module_of, plain
from signalcli.text import typed_text

_OURS = (
    os.path.join(os.path.dirname(os.path.dirname(__file__)), ""),
    os.path.join(os.path.dirname(blinker.__file__), ""),
    contextlib.__file__,  # with connected_to(…)
)
_ATOMS = (str, int, float, complex, bool, bytes, type(None))


class Lost(NamedTuple):
    """A receiver that died of the weak reference that its signal had to it."""

    signal: str
    receiver: str
    where: str | None
    """The file and line that connected it."""
    sender: object
    """The text or integer that it listened to; ``None`` for what is compared by identity."""
    is_any: bool
    """Whether it listened to ``ANY``."""


class Zero(NamedTuple):
    """A call of ``connect`` or ``disconnect`` with the sender 0, or what equals it."""

    signal: str
    receiver: str
    where: str | None
    method: str
    sender: str
    """As it is written: ``0``, ``False``."""


class Literal(NamedTuple):
    """A connection to a sender that is compared by identity, though people take it for a value."""

    signal: str
    receiver: str
    where: str | None
    sender: str
    """As it is written: ``1.5``, ``('a', 1)``."""


class Connected(NamedTuple):
    """What there is to know of an application's connects."""

    seen: int
    """How many calls of ``connect`` and ``disconnect`` there were."""
    lost: tuple[Lost, ...] = ()
    zeros: tuple[Zero, ...] = ()
    literals: tuple[Literal, ...] = ()
    is_late: bool = False
    """Whether code of the application ran before they could be seen."""


class Connects:
    """Sees every ``connect`` of every class of signals, while the block lasts; deaths also later.

    :param is_late: whether code of the application ran before.
    """

    def __init__(self, is_late: bool = False) -> None:
        self._is_late = is_late
        self._around = Around({"connect": self._connecting, "disconnect": self._disconnecting})
        self._seen = 0
        self._codes: set[CodeType] = set()
        """The code of the methods that are stood around, among them those of subclasses."""
        self._living: dict[Hashable, _Connect] = {}
        self._dead: list[_Connect] = []
        self._zeros: list[tuple[_Connect, str, str]] = []
        self._literals: list[_Connect] = []

    def __enter__(self) -> None:
        self._around.__enter__()

    def __exit__(self, *error: object) -> None:
        self._around.__exit__(*error)

    def told(self, name_of: Callable[[object], str | None]) -> Connected:
        """What is known of them now. What only garbage holds is gone.

        :param name_of: what a signal is called. One without a name is left out: nothing has it.
        """
        import gc

        gc.collect()
        dead = [one for one in self._dead if not self._is_replaced(one)]
        return Connected(
            self._seen,
            tuple(
                Lost(name, one.receiver, one.where, one.known_sender, one.is_any)
                for name, one in _named(dead, name_of)
            ),
            tuple(
                Zero(name, one.receiver, one.where, method, sender)
                for one, method, sender in self._zeros
                for name, one in _named([one], name_of)
            ),
            tuple(
                Literal(name, one.receiver, one.where, str(one.literal))
                for name, one in _named(self._literals, name_of)
            ),
            self._is_late,
        )

    def _is_replaced(self, dead: _Connect) -> bool:
        """Whether the same line connected another one in its place, which lives.

        A loop that connects a new function in every turn replaces none of them.
        """
        return not dead.at_once and any(
            one.place == dead.place and one.sender == dead.sender and one.signal() is dead.signal()
            for one in list(self._living.values())
        )

    def _connecting(self, connect: Method) -> Method:
        @wraps(connect)
        def connected(signal: Any, /, *arguments: Any, **given: Any) -> Any:
            if not _is_the_last(signal, "connect", connected):
                return connect(signal, *arguments, **given)
            receiver, sender = _receiver_and_sender(signal, arguments, given)
            self._look_for_zero("connect", signal, receiver, sender)
            result = connect(signal, *arguments, **given)
            self._remember(signal, receiver, sender)
            return result

        self._codes.add(connect.__code__)
        return connected

    def _disconnecting(self, disconnect: Method) -> Method:
        @wraps(disconnect)
        def disconnected(signal: Any, /, *arguments: Any, **given: Any) -> Any:
            if not _is_the_last(signal, "disconnect", disconnected):
                return disconnect(signal, *arguments, **given)
            receiver, sender = _receiver_and_sender(signal, arguments, given)
            self._look_for_zero("disconnect", signal, receiver, sender)
            result = disconnect(signal, *arguments, **given)
            self._forget(signal, receiver)
            return result

        self._codes.add(disconnect.__code__)
        return disconnected

    def _look_for_zero(self, method: str, signal: Any, receiver: Any, sender: object) -> None:
        self._seen += 1
        if is_a(sender, int) and plain(sender) == 0 and receiver is not None:
            written = repr(sender if is_exactly(sender, bool) else 0)
            self._zeros.append((self._connect_of(signal, receiver, sender), method, written))

    def _remember(self, signal: Any, receiver: Any, sender: object) -> None:
        """Keep what is known of a connection that there is now."""
        receiver_id = make_id(receiver)
        held = receivers_of(signal).get(receiver_id)
        if held is None:
            return
        connect = self._connect_of(signal, receiver, sender)
        if connect.literal is not None:
            self._literals.append(connect)
        key = (id(signal), receiver_id)
        if is_weak(held) and can_be_weak(receiver):
            kind: Any = WeakMethod if type(receiver) is MethodType else ref
            reference = kind(receiver, lambda reference: self._gone(key, receiver_id))
            self._living[key] = connect._replace(reference=reference)

    def _forget(self, signal: Any, receiver: Any) -> None:
        """Let go of one that has no connection left: blinker may keep it as a receiver, but no send
        calls it, whether it lives or not."""
        receiver_id = make_id(receiver)
        if not listened_to(signal, receiver_id):
            self._living.pop((id(signal), receiver_id), None)

    def _gone(self, key: Hashable, receiver_id: Hashable) -> None:
        """A receiver died. Blinker is told after us, and so its signal still has it if it had."""
        connect = self._living.pop(key, None)
        signal = None if connect is None else connect.signal()
        if connect is not None and signal is not None and receiver_id in receivers_of(signal):
            running = any(frame.f_code is connect.code for frame in _frames(sys._getframe(1)))
            self._dead.append(connect._replace(at_once=running, reference=None))

    def _connect_of(self, signal: Any, receiver: Receiver, sender: object) -> _Connect:
        frame = self._caller()
        return _Connect(
            signal=ref(signal),
            receiver=callables.name_of(receiver, lambda thing: None),
            place=None if frame is None else (frame.f_code.co_filename, frame.f_lineno),
            code=None if frame is None else frame.f_code,
            sender=plain(sender) if is_a(sender, (str, int)) else _Identity(id(sender)),
            is_any=sender is _any_of(signal),
            literal=repr(sender) if _is_literal(sender) else None,
        )

    def _caller(self) -> FrameType | None:
        """The innermost frame that is neither ours nor that of a class of signals."""
        for frame in _frames(sys._getframe(1)):
            is_ours = frame.f_code.co_filename.startswith(_OURS) or frame.f_code in self._codes
            if not is_ours and not _makes_signals(frame):
                return frame
        return None


class _Identity(NamedTuple):
    """Stands for a sender that is compared by identity."""

    id: int


class _Connect(NamedTuple):
    """One call of ``connect``, in plain facts and weak references."""

    signal: ref[Any]
    receiver: str
    place: tuple[str, int] | None
    code: CodeType | None
    """That of the caller."""
    sender: object
    is_any: bool
    literal: str | None
    reference: object = None
    """The weak reference that tells of its death."""
    at_once: bool = False
    """Whether it died while the code that connected it went on."""

    @property
    def where(self) -> str | None:
        return None if self.place is None else typed_text(place(*self.place))

    @property
    def known_sender(self) -> object:
        return None if isinstance(self.sender, _Identity) else self.sender


def _named(
    connects: list[_Connect], name_of: Callable[[object], str | None]
) -> Iterator[tuple[str, _Connect]]:
    """Those whose signals are there, with the names of these."""
    for connect in connects:
        signal = connect.signal()
        name = None if signal is None else name_of(signal)
        if name is not None:
            yield name, connect


def _is_the_last(signal: Any, name: str, method: Method) -> bool:
    """Whether a method is that of blinker's own class, to which those of subclasses pass on."""
    return class_attributes(blinkers_own(type(signal))).get(name) is method


def _receiver_and_sender(
    signal: Any, arguments: tuple[Any, ...], given: dict[str, Any]
) -> tuple[Any, object]:
    receiver = arguments[0] if arguments else given.get("receiver")
    otherwise = given.get("sender", _any_of(signal))
    return receiver, arguments[1] if len(arguments) > 1 else otherwise


def _any_of(signal: Any) -> object:
    """The ``ANY`` of the signal's class: a copy of blinker has its own."""
    return class_attributes(blinkers_own(type(signal))).get("ANY")


def _is_literal(sender: object) -> bool:
    """Whether people take it for a value, and asking for its ``repr`` runs nobody's code."""
    if is_exactly(sender, tuple):
        return all(is_exactly(item, *_ATOMS) for item in sender)  # type: ignore[attr-defined]
    return is_exactly(sender, float, complex, bytes)


def _makes_signals(frame: FrameType) -> bool:
    """Whether a frame is of a copy of blinker."""
    kind: Any = frame.f_globals.get("Signal")
    return is_a(kind, type) and is_root(kind) and module_of(kind) == frame.f_globals.get("__name__")


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    """A frame and those that called it."""
    while frame is not None:
        yield frame
        frame = frame.f_back
