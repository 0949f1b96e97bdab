"""Looking at objects past whatever they make of being looked at.

``getattr``, ``isinstance``, ``vars`` and ``==`` ask the object itself, or its class: a proxy resolves
what it stands for, a lazy module imports, a signal makes its meta signals. What is here reads where
Python keeps things, and runs nobody's code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any

_MRO = vars(type)["__mro__"].__get__
_CLASS_ATTRIBUTES = vars(type)["__dict__"].__get__
_CLASS_NAME = vars(type)["__qualname__"].__get__
_CLASS_MODULE = vars(type)["__module__"].__get__


def is_a(thing: object, kind: type | tuple[type, ...]) -> bool:
    """Whether something really is of a built-in kind, whatever it says of its ``__class__``."""
    return issubclass(type(thing), kind)


def is_exactly(thing: object, *kinds: type) -> bool:
    """Whether something is of one of these very kinds. A metaclass may have ``==`` of its own."""
    return any(type(thing) is kind for kind in kinds)


def bases_of(kind: type) -> tuple[type, ...]:
    """A class and those it inherits from, in the order in which attributes are looked up."""
    found: tuple[type, ...] = _MRO(kind)
    return found


def class_attributes(kind: type) -> Mapping[str, Any]:
    """What a class itself defines."""
    found: Mapping[str, Any] = _CLASS_ATTRIBUTES(kind)
    return found


def inherited(kind: type, name: str) -> Any:
    """What instances of a class find under a name, as it stands in the class; ``None`` if nothing."""
    for base in bases_of(kind):
        if name in class_attributes(base):
            return class_attributes(base)[name]
    return None


def attributes(thing: object) -> dict[str, Any]:
    """The very dict of an object's own attributes; an empty one if it has none."""
    for base in bases_of(type(thing)):
        descriptor = class_attributes(base).get("__dict__")
        if type(descriptor) is GetSetDescriptorType or type(descriptor) is MemberDescriptorType:
            found: dict[str, Any] = descriptor.__get__(thing)
            return found
    return {}


def slots(thing: object) -> Iterator[tuple[MemberDescriptorType, Any]]:
    """The slots of an object that are filled, with what is in them."""
    for base in bases_of(type(thing)):
        for descriptor in class_attributes(base).values():
            if type(descriptor) is MemberDescriptorType:
                try:
                    yield descriptor, descriptor.__get__(thing)
                except AttributeError:  # an empty one
                    continue


def class_name(kind: type) -> str:
    """The module and the name of a class."""
    module = module_of(kind)
    return f"{module}.{_CLASS_NAME(kind)}" if module else str(_CLASS_NAME(kind))


def module_of(kind: type) -> str:
    """The module that a class was defined in; nothing if it doesn't tell."""
    try:
        module = _CLASS_MODULE(kind)
    except AttributeError:
        return ""
    return module if type(module) is str else ""


def plain(value: object) -> object:
    """Text or an integer as such, where it is an enumeration's or of another class of its own."""
    if is_a(value, str):
        return str.__str__(value)
    if is_a(value, int):
        return int.__index__(value)  # type: ignore[arg-type]
    return value
