"""Inspect objects without running their ``__getattr__``, ``__class__`` or metaclass.

``getattr``, ``isinstance``, ``vars`` and ``==`` run code of the object or of its class: a proxy resolves, a
lazy module imports, a signal creates its meta signals. These functions read where Python stores things.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import (
    BuiltinFunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodWrapperType,
    WrapperDescriptorType,
)
from typing import Any

BUILTINS = (BuiltinFunctionType, MethodDescriptorType, MethodWrapperType, WrapperDescriptorType)
"""The types of functions and methods that are written in C."""
PARTS = ("func", "args", "keywords")
"""The attributes of a :class:`functools.partial`."""

_MRO: Callable[[type], tuple[type, ...]] = vars(type)["__mro__"].__get__
_CLASS_ATTRIBUTES: Callable[[type], Mapping[str, Any]] = vars(type)["__dict__"].__get__
_CLASS_NAME = vars(type)["__qualname__"].__get__
_SHORT_NAME = vars(type)["__name__"].__get__
_CLASS_MODULE = vars(type)["__module__"].__get__
_WEAKREF_OFFSET = vars(type)["__weakrefoffset__"].__get__
_OF_PYTHON = vars(type("Python", (), {}))["__dict__"].__doc__
"""The docstring of the ``__dict__`` of classes that are written in Python."""


def is_a(thing: object, kind: type | tuple[type, ...]) -> bool:
    """Return whether an object is an instance of a class, whatever its ``__class__`` says."""
    return issubclass(type(thing), kind)


def is_exactly(thing: object, *kinds: type) -> bool:
    """Return whether an object's type is one of these. A metaclass may override ``==``."""
    return any(type(thing) is kind for kind in kinds)


def bases_of(kind: type) -> tuple[type, ...]:
    """Return a class and its bases, in the order of attribute lookup."""
    return _MRO(kind)


def class_attributes(kind: type) -> Mapping[str, Any]:
    """Return the attributes that a class itself defines."""
    return _CLASS_ATTRIBUTES(kind)


def inherited(kind: type, name: str) -> Any:
    """Return a class attribute as the class or a base defines it; ``None`` if it is missing."""
    for base in bases_of(kind):
        if name in class_attributes(base):
            return class_attributes(base)[name]
    return None


def attributes(thing: object) -> dict[str, Any]:
    """Return the ``__dict__`` of an object, not a copy; an empty dict if it has none.

    The ``__dict__`` of a proxy that is written in C is that of the object that it wraps.
    """
    for base in bases_of(type(thing)):
        descriptor = class_attributes(base).get("__dict__")
        if type(descriptor) is GetSetDescriptorType or type(descriptor) is MemberDescriptorType:
            if "__wrapped__" in class_attributes(base) and descriptor.__doc__ != _OF_PYTHON:
                wrapped = wrapped_in_c(thing)
                return {} if wrapped is None else attributes(wrapped)
            found: dict[str, Any] = descriptor.__get__(thing)
            return found
    return {}


def wrapped_in_c(thing: object) -> Any:
    """Return the object in a proxy that is written in C, as those of wrapt are.

    :return: ``None`` for another object, and for a lazy proxy, which would run code to find it.
    """
    kind = type(thing)
    descriptor = inherited(kind, "__wrapped__")
    is_stored = type(descriptor) is GetSetDescriptorType or type(descriptor) is MemberDescriptorType
    if not is_stored or inherited(kind, "__wrapped_factory__") is not None:
        return None
    try:
        return descriptor.__get__(thing)
    except (AttributeError, ValueError):  # it isn't set yet
        return None


def slots(thing: object) -> Iterator[tuple[MemberDescriptorType, Any]]:
    """Yield the filled slots of an object, with their values."""
    for base in bases_of(type(thing)):
        for descriptor in class_attributes(base).values():
            if type(descriptor) is MemberDescriptorType:
                try:
                    yield descriptor, descriptor.__get__(thing)
                except AttributeError:  # an empty one
                    continue


def can_be_weak(thing: object) -> bool:
    """Return whether a weak reference to an object is possible."""
    return bool(_WEAKREF_OFFSET(type(thing)))


def class_name(kind: type) -> str:
    """Return the module and the qualified name of a class."""
    module = module_of(kind)
    return f"{module}.{_CLASS_NAME(kind)}" if module else str(_CLASS_NAME(kind))


def short_class_name(kind: type) -> str:
    """Return the name of a class without its module and enclosing scopes."""
    return str(_SHORT_NAME(kind))


def module_of(kind: type) -> str:
    """Return the module of a class; an empty text if it has none."""
    try:
        module = _CLASS_MODULE(kind)
    except AttributeError:
        return ""
    return module if type(module) is str else ""


def builtin_value(value: object) -> object:
    """Return the plain text or integer of an instance of a subclass, such as an enum's."""
    if is_a(value, str):
        return str.__str__(value)
    if is_a(value, int):
        return int.__index__(value)  # type: ignore[arg-type]
    return value


def partial_parts(thing: Any) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """Return the function, the arguments and the keywords of a :class:`functools.partial`."""
    own = class_attributes(partial)
    function, arguments, keywords = (own[name].__get__(thing) for name in PARTS)
    return function, arguments, keywords
