"""The names of the objects of an application within one run.

Two objects with the same description get different numbers. No object is kept alive for its name.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from types import MethodType
from typing import Any
from weakref import ref

from signalcli.apps.describing.exceptions import stored_message
from signalcli.apps.describing.objects import UNKNOWN, kind_of
from signalcli.apps.describing.writer import value_of
from signalcli.signals.reflection import builtin_value
from signalcli.signals.tracebacks import message_of
from signalcli.values.inspection import ObjectDescription, ObjectKind


class ObjectNames:
    """Describe objects, each by the same text for as long as it lives.

    :param asks_repr: whether to run the ``__repr__`` of objects.
    """

    def __init__(self, asks_repr: bool = False) -> None:
        self._asks_repr = asks_repr
        self.name_of_signal: Callable[[object], str | None] = lambda thing: None
        """Returns the name of a signal, or ``None`` for another object."""
        self._kept: dict[Hashable, tuple[ref[Any] | None, str, ObjectDescription]] = {}
        self._counts: dict[str, int] = {}

    def value(self, thing: object) -> Any:
        """Return a short JSON value as such, and another object as a description.

        An object that is named for the first time gets no number: results are too many.
        """
        known = self._known(id(thing), thing)
        return known or value_of(thing, self.name_of_signal, self._asks_repr)

    def sender(self, thing: object) -> Any:
        """Return text, numbers, ``None`` and short JSON values as such, other objects as a description."""
        thing = builtin_value(thing) if type(thing) is not bool else thing
        key: Hashable = id(thing)
        if type(thing) is MethodType:  # one is made at each access
            key = id(thing.__func__), id(thing.__self__)
        known = self._known(key, thing)
        if known is not None:
            return known
        value = value_of(thing, self.name_of_signal, self._asks_repr)
        is_object = type(value) is ObjectDescription and type(thing) is not str
        if not is_object or self.name_of_signal(thing) is not None:  # the names of signals differ
            return value
        return self._numbered(key, value.text, self._reference(key, thing), kind_of(thing))

    def _known(self, key: Hashable, thing: object) -> ObjectDescription | None:
        """Return the description that a living object has; ``None`` for a signal with a name."""
        kept = self._kept.get(key)
        if kept is None or kept[0] is None or kept[0]() is not _lasting(thing):
            return None
        return kept[2] if self.name_of_signal(thing) is None else None

    def message(self, error: BaseException) -> str:
        """Return the message of an exception: its own ``str`` only where an own ``repr`` is asked for."""
        if self._asks_repr:
            return message_of(error)
        return stored_message(error, self.name_of_signal)

    def unknown(self, sender_id: Hashable) -> ObjectDescription:
        """Return the description of a sender that wasn't found, by blinker's id."""
        return self._numbered(("unknown", sender_id), UNKNOWN, None)

    def _numbered(
        self, key: Hashable, text: str, reference: ref[Any] | None, kind: ObjectKind | None = None
    ) -> ObjectDescription:
        kept = self._kept.get(key)
        if kept is not None and kept[0] is None and reference is None and kept[1] == text:
            return kept[2]
        number = self._counts[text] = self._counts.get(text, 0) + 1
        description = ObjectDescription(text if number == 1 else f"{text} #{number}", kind)
        self._kept[key] = reference, text, description
        return description

    def _reference(self, key: Hashable, thing: object) -> ref[Any] | None:
        """Return a weak reference whose death ends the entry; ``None`` if there can be none."""

        def forget(dead: ref[Any]) -> None:
            kept = self._kept.get(key)
            if kept is not None and kept[0] is dead:
                del self._kept[key]

        try:
            return ref(_lasting(thing), forget)
        except TypeError:
            return None


def _lasting(thing: object) -> object:
    """Return the object itself; for a method, which is made at each access, its owner."""
    return thing.__self__ if type(thing) is MethodType else thing
