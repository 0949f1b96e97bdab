"""The names of functions and methods, and the classes of proxies."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType, MethodType, WrapperDescriptorType
from typing import Any

from signalcli.apps.describing.instances import module_attribute
from signalcli.signals.reflection import (
    bases_of,
    class_attributes,
    class_name,
    inherited,
    is_a,
    module_of,
)
from signalcli.values.inspection import ObjectKind

UNKNOWN = "unknown object"


def function_name(function: FunctionType) -> str:
    """Return the module and the qualified name of a function."""
    module, name = function.__module__, str.__str__(function.__qualname__)
    return f"{str.__str__(module)}.{name}" if is_a(module, str) else name


def method_name(method: MethodType) -> str:
    """Return the class of a bound method's object and its name; a foreign function keeps its own."""
    owner, function = method.__self__, method.__func__
    if type(function) is not FunctionType:
        return f"{class_name(type(function))}()"
    kind: Any = owner if is_a(owner, type) else type(owner)
    of_class = inherited(kind, function.__name__)
    if type(of_class) is classmethod or type(of_class) is staticmethod:
        of_class = of_class.__func__
    if of_class is function:
        return f"{class_name(kind)}.{function.__name__}"
    return function_name(function)


def kind_of(thing: object) -> ObjectKind:
    """Return the class of a sender with its bases, and whether it is a proxy of another object."""
    is_class = is_a(thing, type)
    kind: Any = thing if is_class else type(thing)
    bases = tuple(class_name(base) for base in bases_of(kind)[1:] if base is not object)
    name = class_name(kind)
    is_proxy = not is_class and any(
        "__class__" in class_attributes(base) and module_of(base) != "unittest.mock"
        for base in bases_of(kind)
        if base is not object
    )
    proxy = (module_attribute(thing) or name) if is_proxy else None
    return ObjectKind(name, bases, is_class, proxy)


def is_proxy_class(kind: type) -> bool:
    """Return whether a class overrides how its instances' attributes are read, as proxies do."""
    return any(
        _overrides_access(class_attributes(base)) for base in bases_of(kind) if base is not object
    )


def _overrides_access(own: Mapping[str, object]) -> bool:
    reading = own.get("__getattribute__")
    is_pythons = reading is None or type(reading) is WrapperDescriptorType
    return "__class__" in own or "__getattr__" in own or not is_pythons
