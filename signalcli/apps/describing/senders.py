"""The senders that an application's receivers listen to, as far as blinker lets them be known.

blinker keeps the id of a sender, and a weak reference to those that can have one. Text and integers
are their own ids; for anything else the id is its address. What has no weak reference, such as a
list, may still be found by its address among all objects; a float, say, can't be.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Hashable
from types import MethodType
from weakref import ref

from blinker import Signal

from signalcli.apps.describing.objects import UNKNOWN, Shown, described
from signalcli.signals.functions import answer
from signalcli.signals.internals import sender_in
from signalcli.signals.reflection import is_a, is_exactly, plain
from signalcli.text import copied, is_json

_SINGLETONS = {id(thing): thing for thing in (None, NotImplemented, ...)}
_LOW, _HIGH = 20, 30
"""bits: objects are told from plain numbers by the mebibyte of memory that they would be in.
Beyond 32 bits it is the gibibyte: few numbers are there, and many objects that Python doesn't track.
"""


class Senders:
    """Recovers senders from blinker's ids, each always as the same object.

    :param name_of_signal: what a signal is called; nothing for what isn't one.
    """

    def __init__(self, name_of_signal: Callable[[object], str | None]) -> None:
        self._name_of_signal = name_of_signal
        self._shown: dict[Hashable, tuple[ref[object] | None, object]] = {}
        self._texts: dict[str, int] = {}
        self._pages: set[int] = set()

    def of(self, signal: Signal, sender_id: Hashable) -> object:
        """The text, number, list or ``None`` that it is; for another object what it is shown as."""
        if is_a(sender_id, str) or (is_a(sender_id, int) and type(sender_id) is not int):
            return plain(sender_id)
        sender = sender_in(signal, sender_id)
        if sender is None and type(sender_id) is int:
            if sender_id in _SINGLETONS:
                return _SINGLETONS[sender_id]
            if not self._is_address(sender_id):
                return sender_id
            sender = _at(sender_id)
        return self._as_shown(sender_id, sender)

    def _as_shown(self, sender_id: Hashable, sender: object) -> object:
        """What an object is shown as: two that look alike are told apart by a number."""
        if sender_id in self._shown:
            kept, shown = self._shown[sender_id]
            if kept is None or kept() is _lasting(sender):
                return shown
        self._shown[sender_id] = _reference(sender), self._new(sender)
        return self._shown[sender_id][1]

    def _new(self, sender: object) -> object:
        if is_exactly(sender, list, dict) and answer(lambda: is_json(sender), False):
            return copied(sender)
        text = UNKNOWN if sender is None else described(sender, self._name_of_signal)
        number = self._texts[text] = self._texts.get(text, 0) + 1
        return Shown(text if number == 1 else f"{text} #{number}")

    def _is_address(self, number: int) -> bool:
        """Whether there may be an object at an address."""
        if not self._pages:
            self._pages = {_page(id(thing)) for thing in gc.get_objects()}
        return number % 8 == 0 and _page(number) in self._pages


def _page(address: int) -> int:
    """The part of memory that an address is in; those of the high ones are negative."""
    return address >> _LOW if address < 1 << 32 else -(address >> _HIGH)


def _lasting(sender: object) -> object:
    """The object itself; of a method, which is made anew each time, that which it is bound to."""
    return sender.__self__ if type(sender) is MethodType else sender


def _reference(sender: object) -> ref[object] | None:
    """A weak reference, which tells that another object has come to have the same address."""
    try:
        return None if sender is None else ref(_lasting(sender))
    except TypeError:
        return None


def _at(address: int) -> object:
    """The object at an address, if Python tracks one there."""
    return next((thing for thing in gc.get_objects() if id(thing) == address), None)
