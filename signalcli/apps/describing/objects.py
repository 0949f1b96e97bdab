"""An object of an application in a few words: its own ``repr``, where asking for that is harmless."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from threading import get_ident
from types import FunctionType, MethodType, ModuleType, WrapperDescriptorType
from typing import Any

from signalcli.signals.functions import answer
from signalcli.signals.reflection import (
    attributes,
    bases_of,
    class_attributes,
    class_name,
    inherited,
    is_a,
    is_exactly,
)
from signalcli.text import is_json

UNKNOWN = "unknown object"
_LONGEST = 200
"""characters of a ``repr`` that are shown."""
_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")
_HARMLESS = (float, complex, bytes, bytearray, range)


class Shown:
    """Stands for an object where values are shown: its ``repr`` is a description."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def function_name(function: FunctionType) -> str:
    """The module and the name of a function, as it tells them."""
    module = function.__module__
    return f"{module}.{function.__qualname__}" if is_a(module, str) else function.__qualname__


def pretends(kind: type) -> bool:
    """Whether instances of a class say what they are themselves, as proxies do."""
    return any(_asks(class_attributes(base)) for base in bases_of(kind) if base is not object)


def _asks(own: Mapping[str, object]) -> bool:
    """Whether a class with these attributes has code for what others are looked up as."""
    reading = own.get("__getattribute__")
    is_pythons = reading is None or type(reading) is WrapperDescriptorType
    return "__class__" in own or "__getattr__" in own or not is_pythons


def described(thing: object, name_of_signal: Callable[[object], str | None]) -> str:
    """An object in a few words, the same in every run. No proxy is resolved, nothing is imported.

    :param name_of_signal: what a signal is called; nothing for what isn't one.
    """
    signal = name_of_signal(thing)
    if signal is not None:
        return f"<signal {signal}>"
    if is_a(thing, type):
        return f"<class {class_name(thing)!r}>"  # type: ignore[arg-type]
    if type(thing) is FunctionType:
        return f"<function {function_name(thing)}>"
    if type(thing) is MethodType:
        return f"<method {method_name(thing)}>"
    if is_a(thing, ModuleType):
        return f"<module {str(attributes(thing).get('__name__', '?'))!r}>"
    if is_exactly(thing, *_HARMLESS) or answer(lambda: is_json(thing), False):
        return _shortened(repr(thing))
    return answer(lambda: _own_repr(thing), "") or f"<{_kind(thing)} object>"


def _kind(thing: object) -> str:
    return class_name(type(thing)).removeprefix("builtins.")


def method_name(method: MethodType) -> str:
    """The class of the object that a method is bound to, and the method's name.

    A function that isn't that class's has a name of its own.
    """
    owner, function = method.__self__, method.__func__
    if type(function) is not FunctionType:
        return f"{class_name(type(function))}()"
    kind: Any = owner if is_a(owner, type) else type(owner)
    of_class = inherited(kind, function.__name__)
    if of_class is function or _function_of(of_class) is function:
        return f"{class_name(kind)}.{function.__name__}"
    return function_name(function)


def _function_of(descriptor: object) -> object:
    """The function of a class method or a static one."""
    if type(descriptor) is classmethod or type(descriptor) is staticmethod:
        return descriptor.__func__
    return None


def _own_repr(thing: object) -> str:
    """What an object says of itself; nothing if it has nothing of its own to say, or must not."""
    kind = type(thing)
    if pretends(kind) or inherited(kind, "__repr__") is object.__repr__:
        return ""
    if is_a(thing, (dict, list, tuple, set, frozenset)):
        return ""  # it asks what is in it
    with _without_imports():
        text = repr(thing)
    return _shortened(_ADDRESS.sub("", text))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


@contextmanager
def _without_imports() -> Iterator[None]:
    """Let this thread import nothing new, while the block lasts."""
    refusing = _Refusing(get_ident())
    sys.meta_path.insert(0, refusing)
    try:
        yield
    finally:
        sys.meta_path.remove(refusing)


class _Refusing(MetaPathFinder):
    """Refuses to find any module for one thread."""

    def __init__(self, thread: int) -> None:
        self._thread = thread

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if get_ident() == self._thread:
            raise ImportError(f"{name} isn't imported for what is only looked at")
        return None
