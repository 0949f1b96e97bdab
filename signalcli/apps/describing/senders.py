"""Find the sender objects of connections by blinker's ids.

blinker stores the id of a sender, and a weak reference where the object allows one. Text and integers
are their own ids; for other objects the id is the address, and so it is for integers before 1.6. An
object without a weak reference, such as a list, is searched for by its address among all objects that
Python tracks; a float is not among them.
"""

from __future__ import annotations

import gc
from collections.abc import Hashable

from blinker import Signal

from signalcli.apps.describing.object_names import ObjectNames
from signalcli.signals.internals import is_own_id, sender_in
from signalcli.signals.reflection import builtin_value, is_a

_SINGLETONS = {id(thing): thing for thing in (None, NotImplemented, ...)}
if not is_own_id(1):  # before blinker 1.6
    _SINGLETONS |= {id(thing): thing for thing in (False, True, *range(-5, 257))}
_LOW, _HIGH = 20, 30
"""Page sizes as powers of two. An id counts as an address if its page of 2**20 bytes holds a tracked
object. For an id beyond 32 bits the page has 2**30 bytes: few integers are so large, and many objects
there are not tracked."""


class Senders:
    """Find senders by blinker's ids, with the descriptions of ``objects``."""

    def __init__(self, objects: ObjectNames) -> None:
        self._objects = objects
        self._pages: set[int] = set()
        self._searched: dict[int, object] = {}

    def of(self, signal: Signal, sender_id: Hashable) -> object:
        """Return text, numbers, ``None`` and JSON values as such, other objects as a description."""
        if is_a(sender_id, str) or (is_a(sender_id, int) and type(sender_id) is not int):
            return builtin_value(sender_id)
        sender = sender_in(signal, sender_id)
        if sender is not None:
            return self._objects.sender(sender)
        if type(sender_id) is not int:
            return self._objects.unknown(sender_id)
        if sender_id not in self._searched:
            self._searched[sender_id] = self._at(sender_id)
        return self._searched[sender_id]

    def _at(self, number: int) -> object:
        """Return the description of the object at an address, or a number that is no address."""
        if number in _SINGLETONS:
            return self._objects.sender(_SINGLETONS[number])
        if not self._is_address(number):
            return number
        found = next((thing for thing in gc.get_objects() if id(thing) == number), None)
        return self._objects.unknown(number) if found is None else self._objects.sender(found)

    def _is_address(self, number: int) -> bool:
        if not is_own_id(number):
            return True
        if not self._pages:
            self._pages = {_page(id(thing)) for thing in gc.get_objects()}
        return number % 8 == 0 and _page(number) in self._pages


def _page(address: int) -> int:
    """Return the number of the memory page of an address, negative for high addresses."""
    return address >> _LOW if address < 1 << 32 else -(address >> _HIGH)
