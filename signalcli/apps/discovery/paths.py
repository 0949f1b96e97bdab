"""Find objects in modules and classes, by the dotted path of each."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any, NamedTuple

from signalcli.apps.discovery.source_text import Binding, binding_of
from signalcli.signals.reflection import attributes, class_attributes, class_name, is_a, module_of
from signalcli.signals.tracebacks import is_installed, is_stdlib


class AttributePlace(NamedTuple):
    """An attribute of a module or a class."""

    holder: str
    """The dotted path of the module or class."""
    attribute: str
    module: Mapping[str, Any] | None
    """The module's globals; ``None`` for a class."""
    is_lasting: bool
    """Whether a module leads to it. A class that no module references may be garbage."""

    def __str__(self) -> str:
        return f"{self.holder}.{self.attribute}"

    def rank(self) -> tuple[Binding, int, int, str]:
        """Return the sort key: the place where it was made first, then public and short names."""
        made = Binding.CLASS if self.module is None else binding_of(self.module, self.attribute)
        return made, *_length(str(self))


def best_first(places: Iterable[AttributePlace]) -> list[AttributePlace]:
    """Sort the places of an object, the one to name it after first."""
    found = list(places)
    return sorted(found, key=AttributePlace.rank) if len(found) > 1 else found


def places_of(
    ids: set[int], modules: Mapping[str, dict[str, Any]], classes: Iterable[type]
) -> dict[int, list[AttributePlace]]:
    """Return the places of objects in modules and classes, by the ids of the objects."""
    found: dict[int, list[AttributePlace]] = {}
    for name, held in modules.items():
        if not ids.isdisjoint(map(id, held.values())):
            for attribute, thing_id in _wanted_attributes(held, ids):
                found.setdefault(thing_id, []).append(AttributePlace(name, attribute, held, True))
    for kind in classes:
        own = class_attributes(kind)
        if not ids.isdisjoint(map(id, own.values())):
            for attribute, thing_id in _wanted_attributes(own, ids):
                is_lasting = is_importable(kind, modules)
                place = AttributePlace(class_name(kind), attribute, None, is_lasting)
                found.setdefault(thing_id, []).append(place)
    return found


def is_importable(thing: Any, modules: Mapping[str, dict[str, Any]]) -> bool:
    """Return whether the qualified name of a class or a function leads to it."""
    if is_a(thing, type):
        module, path = module_of(thing), class_name(thing).removeprefix(f"{module_of(thing)}.")
    else:
        module, path = thing.__module__, str.__str__(thing.__qualname__)
        if type(module) is not str:
            return False
    held: Mapping[str, Any] = modules.get(module, {})
    found: Any = None
    for name in path.split("."):
        found = held.get(name)
        held = class_attributes(found) if is_a(found, type) else {}
    return found is thing or (type(found) is staticmethod and found.__func__ is thing)


def installed_package(path: str, modules: Mapping[str, dict[str, Any]]) -> str | None:
    """Return the top-level package of a dotted path if its module is installed, or part of Python."""
    parts = path.split(".")
    prefixes = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    module = next((modules[prefix] for prefix in prefixes if prefix in modules), None)
    file = None if module is None else module.get("__file__")
    return parts[0] if type(file) is str and (is_installed(file) or is_stdlib(file)) else None


def modules() -> dict[str, dict[str, Any]]:
    """Return the globals of every imported module by its name, each module once.

    Objects in ``sys.modules`` that only imitate a module, such as lazy imports, are skipped.
    """
    found: dict[int, tuple[str, dict[str, Any]]] = {}
    for name, module in list(sys.modules.items()):
        if is_a(module, ModuleType):
            held = attributes(module)
            own_name = held.get("__name__")
            if id(held) not in found or (type(own_name) is str and own_name == name):
                found[id(held)] = (name, held)
    return dict(found.values())


def _wanted_attributes(held: Mapping[str, Any], wanted: set[int]) -> Iterator[tuple[str, int]]:
    """Yield the attributes of a module or class that are wanted objects, with the ids of these.

    No other value is referenced meanwhile: a thread may delete it.
    """
    for attribute, thing_id in list(zip(held, map(id, held.values()), strict=True)):
        if thing_id in wanted and is_a(attribute, str):
            yield attribute, thing_id


def _length(path: str) -> tuple[int, int, str]:
    private = sum(part.startswith("_") for part in path.split("."))
    return private, path.count("."), path
