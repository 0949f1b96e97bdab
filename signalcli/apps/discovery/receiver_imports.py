"""The imports by which an application's receivers can be had again, in another process."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import FunctionType, MethodType
from typing import Any

from signalcli.apps.discovery.paths import best_first, modules, places_of, stands
from signalcli.errors import UsageError
from signalcli.receivers.import_names import ImportName, current_directory, locate, place_of, real
from signalcli.signals.functions import START_PATH, Receiver
from signalcli.signals.reflection import attributes, class_attributes, inherited, is_a, module_of
from signalcli.text import typed_text


class Importable:
    """Names receivers as the session of somebody who is here would: ``shop.handlers:on_king``.

    :param receivers: those that will be asked for.
    """

    def __init__(self, receivers: Iterable[Receiver]) -> None:
        things = [r.__self__ if type(r) is MethodType else r for r in receivers]
        self._things = things  # as long as they are held, the ids are theirs
        self._modules = modules()
        self._places = places_of(set(map(id, things)), self._modules, ())

    def name_of(self, receiver: Receiver) -> str | None:
        """The import of a receiver; ``None`` if none leads to it.

        That is a function, a method or another object that a module holds, or a class of it does.
        """
        for module, attribute in self._paths(receiver):
            for name in _spelled(module, attribute):
                if _is_readable(name):
                    return str(name)
        return None

    def _paths(self, thing: Any) -> Iterator[tuple[str, str]]:
        """The modules that something is in, each with what stands there."""
        if type(thing) is MethodType:
            name = _own_name(thing)
            for module, path in () if name is None else self._paths(thing.__self__):
                yield module, f"{path}.{name}"
            return
        if type(thing) is FunctionType and stands(thing, self._modules):
            yield str(thing.__module__), thing.__qualname__
        elif is_a(thing, type) and stands(thing, self._modules):
            yield module_of(thing), str(class_attributes(type)["__qualname__"].__get__(thing))
        for place in best_first(self._places.get(id(thing), ())):
            yield place.holder, place.attribute


def _own_name(method: MethodType) -> str | None:
    """The name by which the object that a method is bound to gives that method."""
    owner, function = method.__self__, method.__func__
    if type(function) is not FunctionType:
        return None
    if is_a(owner, type):
        found = inherited(owner, function.__name__)  # type: ignore[arg-type]
        found = found.__func__ if type(found) is classmethod else None
    else:
        found = attributes(owner).get(function.__name__) or inherited(
            type(owner), function.__name__
        )
    return function.__name__ if found is function else None


def _spelled(module: str, attribute: str) -> Iterator[ImportName]:
    """The imports that give what a module holds: by its name, if that finds it; else by its file."""
    spec = getattr(sys.modules.get(module.partition(".")[0]), "__spec__", None)
    place = place_of(spec) if isinstance(spec, ModuleSpec) else None
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
    """Look for modules where Python does without this application."""
    before = sys.path[:]
    sys.path[:] = START_PATH
    try:
        yield
    finally:
        sys.path[:] = before
