"""Find the imports under which another process finds an application's receivers."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import FunctionType, MethodType
from typing import Any

from signalcli.apps.discovery.paths import best_first, is_importable, modules, places_of
from signalcli.errors import UsageError
from signalcli.receivers.import_names import ImportName, locate, module_origin, real
from signalcli.signals.receivers import START_PATH, Receiver
from signalcli.signals.reflection import attributes, class_attributes, inherited, is_a, module_of
from signalcli.signals.tracebacks import current_directory
from signalcli.text import typed_text


class ReceiverImports:
    """The imports of ``receivers``, as a session in the current directory spells them."""

    def __init__(self, receivers: Iterable[Receiver]) -> None:
        things = [r.__self__ if type(r) is MethodType else r for r in receivers]
        self._things = things  # holding them keeps Python from reusing their ids
        self._modules = modules()
        self._places = places_of(set(map(id, things)), self._modules, ())

    def name_of(self, receiver: Receiver) -> str | None:
        """Return the import of a receiver; ``None`` if it is in no module and no class of one."""
        for module, attribute in self._paths(receiver):
            for name in _imports_of(module, attribute):
                if _is_readable(name):
                    return str(name)
        return None

    def _paths(self, thing: Any) -> Iterator[tuple[str, str]]:
        """Return the modules that hold an object, each with the path of its attribute there."""
        if type(thing) is MethodType:
            name = _own_name(thing)
            for module, path in () if name is None else self._paths(thing.__self__):
                yield module, f"{path}.{name}"
            return
        if type(thing) is FunctionType and is_importable(thing, self._modules):
            yield str(thing.__module__), thing.__qualname__
        elif is_a(thing, type) and is_importable(thing, self._modules):
            yield module_of(thing), str(class_attributes(type)["__qualname__"].__get__(thing))
        for place in best_first(self._places.get(id(thing), ())):
            yield place.holder, place.attribute


def _own_name(method: MethodType) -> str | None:
    """Return the attribute of a method's object that gives the method; ``None`` if none does."""
    owner, function = method.__self__, method.__func__
    if type(function) is not FunctionType:
        return None
    if is_a(owner, type):
        found = inherited(owner, function.__name__)  # type: ignore[arg-type]
        found = found.__func__ if type(found) is classmethod else None
    else:
        own = attributes(owner).get(function.__name__)
        found = own or inherited(type(owner), function.__name__)
    return function.__name__ if found is function else None


def _imports_of(module: str, attribute: str) -> Iterator[ImportName]:
    """Return the import of an attribute: by the module's name if Python finds it, else by its file."""
    spec = attributes(sys.modules.get(module.partition(".")[0])).get("__spec__")
    place = module_origin(spec) if is_a(spec, ModuleSpec) else None  # type: ignore[arg-type]
    if place is None:
        return
    name = ImportName(module, attribute)
    with _path_of_the_start():
        found = locate(name)
    if found == real(place):
        yield name
    elif "." not in module and place.endswith(".py"):
        here = os.path.join(current_directory() or "", "")
        yield ImportName(typed_text(place.removeprefix(here)), attribute)


def _is_readable(name: ImportName) -> bool:
    try:
        return ImportName.parse(str(name)) == name
    except UsageError:  # such as for a lambda, or a file whose name can't be shown
        return False


@contextmanager
def _path_of_the_start() -> Iterator[None]:
    """Search for modules on the path that Python started with, without the application's entries."""
    before = sys.path[:]
    sys.path[:] = START_PATH
    try:
        yield
    finally:
        sys.path[:] = before
