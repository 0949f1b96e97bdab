"""Write what an object is, within a limit, without running code of the application.

Built-in values are written by their contents, other objects by their kind and what identifies them. No
``__repr__``, ``__eq__``, ``__hash__``, property or proxy of the application runs, unless the user asks for
``--repr``. No memory address is written.
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import partial
from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any

from signalcli.apps.describing.instances import (
    fields_of,
    identity,
    is_standard_value,
    module_attribute,
)
from signalcli.apps.describing.objects import function_name, is_proxy_class, method_name
from signalcli.apps.describing.own_repr import own_repr
from signalcli.signals.receivers import try_call
from signalcli.signals.reflection import (
    attributes,
    class_attributes,
    class_name,
    inherited,
    is_a,
    partial_parts,
    short_class_name,
)
from signalcli.text import DEEPEST, LONGEST_VALUE, copied
from signalcli.values.inspection import ObjectDescription

_DEEPEST = 5
"""levels of containers that are written."""
_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")
_BRACKETS: dict[type, tuple[str, str]] = {
    dict: ("{", "}"),
    list: ("[", "]"),
    deque: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("{", "}"),
}
_LITERALS = (dict, list, tuple, set)
"""The containers that Python writes without their name."""
_NUMBERS = (int, float, complex)
_BYTES = (bytes, bytearray)
_WITH_NAME = {
    GeneratorType: "generator object",
    CoroutineType: "coroutine object",
    AsyncGeneratorType: "async_generator object",
    BuiltinFunctionType: "built-in function",
}


def value_of(thing: object, name_of_signal: Callable[[object], str | None], asks_repr: bool) -> Any:
    """Return a JSON value as such if it is short, and another object as a description."""
    if type(thing) is str and len(thing) > LONGEST_VALUE:
        return ObjectDescription(f"{thing[:LONGEST_VALUE]}… (text of {len(thing)} characters)")
    if try_call(lambda: _room_after(thing, LONGEST_VALUE), -1) >= 0:
        return copied(thing)
    written = try_call(lambda: Writer(name_of_signal, asks_repr).whole(thing), "")
    return ObjectDescription(written or f"<{class_name(type(thing))} object>")


def _room_after(value: Any, room: int, depth: int = 0) -> int:
    """Return the characters left after a JSON value; less than 0 if they don't suffice or it is none."""
    kind = type(value)
    if kind is str:
        return room - str.__len__(value)
    if value is None or kind is bool:
        return room - 4
    if kind is int:
        return room - int.bit_length(value) // 3
    if kind is float:
        return room - 8 if math.isfinite(value) else -1
    if (kind is not list and kind is not dict) or depth > DEEPEST:
        return -1
    for key, item in value.items() if kind is dict else enumerate(value):
        if kind is dict:
            room -= len(key) if type(key) is str else LONGEST_VALUE
        room = _room_after(item, room - 2, depth + 1)
        if room < 0:
            return -1
    return room


class Writer:
    """Write one description.

    :param name_of_signal: returns the name of a signal, or ``None`` for another object.
    :param asks_repr: whether to run the ``__repr__`` of objects.
    """

    def __init__(
        self, name_of_signal: Callable[[object], str | None], asks_repr: bool = False
    ) -> None:
        self._name_of_signal = name_of_signal
        self._asks_repr = asks_repr
        self._room = LONGEST_VALUE
        self._is_cut = False
        self._within: list[int] = []
        """The ids of the containers around the present item."""

    def whole(self, thing: object) -> str:
        """Return the description of an object, with its size if not all of it is written."""
        text = self.text(thing)
        if " at 0x" in text:
            text = _ADDRESS.sub("", text)
        size = _size(thing) if self._is_cut else None
        return text if size is None else f"{text} ({size})"

    def text(self, thing: object) -> str:
        """Return the description of an object, shortened to the room that is left."""
        kind = type(thing)
        if thing is None or thing is ... or thing is NotImplemented or kind is bool:
            return self._cut(repr(thing))
        if is_a(thing, Enum):
            return self._cut(self._enum(thing))
        if is_a(thing, str):
            return self._quoted(str.__str__(thing))
        if is_a(thing, _NUMBERS):
            return self._cut(_number(thing))
        if is_a(thing, _BYTES):
            return self._cut(_bytes(thing))
        for base in _BRACKETS:
            if is_a(thing, base):
                return self._container(thing, base)
        return self._object(thing)

    def _cut(self, text: str) -> str:
        room = max(self._room, 1)
        self._room -= len(text)
        if len(text) <= room + 2:  # quotes
            return text
        self._is_cut = True
        return f"{text[:room]}…"

    def _quoted(self, text: str) -> str:
        """Return text in quotes, as much of it as there is room for when it is escaped."""
        shown = text[: max(self._room, 1)]
        while len(repr(shown)) > len(shown) + 2 and len(repr(shown)) > self._room + 2:
            shown = shown[: len(shown) * 3 // 4]
        quoted = repr(shown)
        self._room -= len(quoted)
        if len(shown) == len(text):
            return quoted
        self._is_cut = True
        return f"{quoted[:-1]}…{quoted[-1]}"

    def _enum(self, thing: object) -> str:
        own, kind = attributes(thing), short_class_name(type(thing))
        name, value = own.get("_name_"), self.text(own.get("_value_"))
        return f"<{kind}.{name}: {value}>" if type(name) is str else f"<{kind}: {value}>"

    def _container(self, thing: Any, base: Any) -> str:
        kind, count, name = type(thing), base.__len__(thing), short_class_name(type(thing))
        fields = inherited(kind, "_fields") if base is tuple else None
        if type(fields) is tuple and len(fields) == count:  # a named tuple
            named = self._named(zip(fields, tuple.__iter__(thing), strict=True))
            return self._bracketed(thing, f"{name}(", ")", named)
        opening, closing = _BRACKETS[base]
        is_set = base is set or base is frozenset
        if is_set and not count:
            return f"{name}()"
        if base is dict:
            pairs = dict.items(thing)
            items: Iterable[Callable[[], str]] = (partial(self._pair, *pair) for pair in pairs)
        else:
            items = (partial(self.text, item) for item in base.__iter__(thing))
        closing = ",)" if base is tuple and count == 1 else closing
        text = self._bracketed(thing, opening, closing, items, is_sorted=is_set)
        return text if kind is base and base in _LITERALS else f"{name}({text})"

    def _bracketed(
        self,
        thing: object,
        opening: str,
        closing: str,
        items: Iterable[Callable[[], str]],
        is_sorted: bool = False,
    ) -> str:
        """Return items in brackets, as many as there is room for."""
        if id(thing) in self._within:
            return f"{opening}...{closing}"
        if len(self._within) >= _DEEPEST:
            self._is_cut = True
            return f"{opening}…{closing}"
        written: list[str] = []
        self._within.append(id(thing))
        try:
            for item in items:
                if self._room <= 0:
                    self._is_cut = True
                    written.append("…")
                    break
                written.append(item())
                self._room -= 2
        except RuntimeError:  # another thread changes it
            self._is_cut = True
            written.append("…")
        finally:
            self._within.pop()
        if is_sorted and not self._is_cut:
            written.sort()
        return f"{opening}{', '.join(written)}{closing}"

    def _pair(self, key: object, value: object) -> str:
        return f"{self.text(key)}: {self.text(value)}"

    def _named(self, pairs: Iterable[tuple[object, object]]) -> Iterator[Callable[[], str]]:
        return (partial(self._field, *pair) for pair in pairs)

    def _field(self, name: object, value: object) -> str:
        return f"{name if type(name) is str else '?'}={self.text(value)}"

    def _object(self, thing: object) -> str:
        kind: Any = type(thing)
        signal = self._name_of_signal(thing)
        if signal is not None:
            return self._cut(f"<signal {signal}>")
        if is_a(thing, type):
            return self._cut(f"<class {class_name(thing)!r}>")  # type: ignore[arg-type]
        if kind is FunctionType:
            return self._cut(f"<function {function_name(thing)}>")  # type: ignore[arg-type]
        if kind is MethodType:
            return self._cut(f"<method {method_name(thing)}>")  # type: ignore[arg-type]
        if is_a(thing, ModuleType):
            return self._cut(f"<module {str(attributes(thing).get('__name__', '?'))!r}>")
        for base, what in _WITH_NAME.items():
            if kind is base:
                return self._cut(f"<{what} {thing.__name__}>")  # type: ignore[attr-defined]
        if kind is range or is_standard_value(thing):
            return self._cut(repr(thing))
        own = own_repr(thing) if self._asks_repr else None
        return self._cut(own) if own else self._instance(thing)

    def _instance(self, thing: Any) -> str:
        kind = type(thing)
        name = short_class_name(kind)
        if kind is partial:
            function = partial_parts(thing)[0]
            return self._bracketed(thing, "partial(", ")", [partial(self.text, function)])
        if kind is SimpleNamespace:
            return self._bracketed(thing, "namespace(", ")", self._named(attributes(thing).items()))
        if is_a(thing, BaseException):
            arguments = class_attributes(BaseException)["args"].__get__(thing)
            items = (partial(self.text, item) for item in arguments)
            return self._bracketed(thing, f"{name}(", ")", items)
        fields = fields_of(thing)
        if fields is not None:
            return self._bracketed(thing, f"{name}(", ")", self._named(fields))
        found = identity(thing, self.text)
        if found is not None:
            return f"<{name} {found}>"
        attribute = module_attribute(thing) if is_proxy_class(kind) else None
        if attribute is not None:
            return self._cut(f"<{name} {attribute!r}>")
        return self._cut(f"<{class_name(kind).removeprefix('builtins.')} object>")


def _bytes(thing: Any) -> str:
    base: Any = bytes if is_a(thing, bytes) else bytearray
    return repr(base.__getitem__(thing, slice(LONGEST_VALUE)))


def _number(thing: Any) -> str:
    base: Any = next(base for base in _NUMBERS if is_a(thing, base))
    if base is int and int.bit_length(thing) > 3 * LONGEST_VALUE:
        return f"<int of {int.bit_length(thing)} bits>"
    return str(base.__repr__(thing))


def _size(thing: object) -> str | None:
    """Return the size of a container, of text or of bytes, such as ``dict of 312 items``."""
    kind: Any
    for kind, unit in ((str, "characters"), *((one, "bytes") for one in _BYTES)):
        if is_a(thing, kind):
            return f"{'text' if kind is str else kind.__name__} of {kind.__len__(thing)} {unit}"
    for kind in _BRACKETS:
        if is_a(thing, kind):
            count = kind.__len__(thing)
            return f"{short_class_name(type(thing))} of {count} item{'' if count == 1 else 's'}"
    return None
