"""Where modules and classes hold something, told as the dotted path that Python code has for it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any, NamedTuple

from signalcli.apps.discovery.source_text import Binding, binding
from signalcli.signals.reflection import attributes, class_attributes, class_name, is_a, module_of


class Place(NamedTuple):
    """One place where a module or a class holds something."""

    holder: str
    """The dotted path of the module or class."""
    attribute: str
    module: Mapping[str, Any] | None
    """The module's globals, where it is a module that holds it."""
    is_lasting: bool
    """Whether what holds it is there to stay: a class that no module holds may be garbage."""

    def __str__(self) -> str:
        return f"{self.holder}.{self.attribute}"

    def rank(self) -> tuple[Binding, int, int, str]:
        """The lowest is where it was made, as far as that is known.

        After what the module's text says come names that aren't private, and short ones.
        """
        made = Binding.CLASS if self.module is None else binding(self.module, self.attribute)
        return made, *_length(str(self))


def best_first(places: Iterable[Place]) -> list[Place]:
    """The places where something is held, the one that it should be called after first."""
    found = list(places)
    return sorted(found, key=Place.rank) if len(found) > 1 else found


def places_of(
    ids: set[int], modules: Mapping[str, dict[str, Any]], classes: Iterable[type]
) -> dict[int, list[Place]]:
    """Where modules and classes hold things, by the ids of the things."""
    found: dict[int, list[Place]] = {}
    for name, held in modules.items():
        if not ids.isdisjoint(map(id, list(held.values()))):
            for attribute, thing_id in _held(held, ids):
                found.setdefault(thing_id, []).append(Place(name, attribute, held, True))
    for kind in classes:
        own = class_attributes(kind)
        if not ids.isdisjoint(map(id, own.values())):
            for attribute, thing_id in _held(own, ids):
                place = Place(class_name(kind), attribute, None, stands(kind, modules))
                found.setdefault(thing_id, []).append(place)
    return found


def stands(thing: Any, modules: Mapping[str, dict[str, Any]]) -> bool:
    """Whether a class or a function is where its name says, in a module or in a class there."""
    if is_a(thing, type):
        module, path = module_of(thing), class_name(thing).removeprefix(f"{module_of(thing)}.")
    else:
        module, path = str(thing.__module__), thing.__qualname__
    held: Mapping[str, Any] = modules.get(module, {})
    found: Any = None
    for name in path.split("."):
        found = held.get(name)
        held = class_attributes(found) if is_a(found, type) else {}
    return found is thing or (type(found) is staticmethod and found.__func__ is thing)


def modules() -> dict[str, dict[str, Any]]:
    """The globals of every module that was imported, by its name; each once.

    What only stands in for a module, as a lazy import may, is not asked for anything.
    """
    found: dict[int, tuple[str, dict[str, Any]]] = {}
    for name, module in list(sys.modules.items()):
        if is_a(module, ModuleType):
            held = attributes(module)
            own_name = held.get("__name__")
            if id(held) not in found or (is_a(own_name, str) and own_name == name):
                found[id(held)] = (name, held)
    return dict(found.values())


def _held(held: Mapping[str, Any], wanted: set[int]) -> Iterator[tuple[str, int]]:
    """The names under which a module or class holds what is wanted, each with the id of that."""
    for attribute, thing in list(held.items()):
        if id(thing) in wanted and is_a(attribute, str):
            yield attribute, id(thing)


def _length(path: str) -> tuple[int, int, str]:
    private = sum(part.startswith("_") for part in path.split("."))
    return private, path.count("."), path
