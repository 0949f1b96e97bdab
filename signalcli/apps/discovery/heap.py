"""Search the heap for signals and namespaces.

They are found among all objects that the garbage collector tracks, by their real type. No object is
asked what it is, because a proxy may answer with the type of another.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Mapping
from types import FunctionType
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from blinker import Signal

from signalcli.signals.classes import METHODS, subclasses
from signalcli.signals.internals import blinkers_own
from signalcli.signals.reflection import (
    attributes,
    bases_of,
    class_attributes,
    inherited,
    is_a,
    module_of,
)
from signalcli.signals.snapshot import OrderedNamedSignal, OrderedSignal

_ATTRIBUTES = {"receivers", "_by_sender", "_by_receiver"}
_OWN_CLASSES = (OrderedSignal, OrderedNamedSignal)


class Heap(NamedTuple):
    """The live signals, namespaces and classes, roughly in the order of their creation."""

    signals: tuple[Any, ...]
    namespaces: tuple[Any, ...]
    classes: tuple[type, ...]

    @classmethod
    def now(cls) -> Heap:
        """Find instances as the referrers of their classes."""
        classes = tuple(subclasses(object))
        asked = (kind for kind in classes if "receivers_for" in class_attributes(kind))
        signals = [kind for kind in subclasses(*asked) if _is_signal_class(kind)]
        namespaces = _namespace_classes()
        instances = _oldest_first(referrers((*signals, *namespaces)))
        return cls(
            tuple(one for one in _of_kinds(instances, signals) if _is_signal(one)),
            tuple(_of_kinds(instances, namespaces)),
            classes,
        )

    @classmethod
    def of_modules(cls, signals: Iterable[Any], modules: Iterable[Mapping[str, Any]]) -> Heap:
        """Return these signals, and the namespaces that modules have, with their signals.

        This is quick, and references nothing that a running thread may delete.
        """
        kinds = set(map(id, _namespace_classes()))
        namespaces: dict[int, Any] = {}
        for held in modules:
            # by ids of classes: a variable for a value would keep it alive
            if not kinds.isdisjoint(map(id, map(type, held.values()))):
                types = list(zip(held, map(id, map(type, held.values())), strict=True))
                for thing in (held.get(name) for name, kind in types if kind in kinds):
                    namespaces[id(thing)] = thing
        namespaces.pop(id(None), None)  # deleted meanwhile
        found = {id(signal): signal for signal in signals}
        for namespace in namespaces.values():
            found.update((id(signal), signal) for _, signal in entries(namespace))
        found.pop(id(None), None)  # of a weak namespace
        return cls(tuple(found.values()), tuple(namespaces.values()), tuple(subclasses(object)))


def referrers(things: Iterable[object]) -> list[Any]:
    """Return the objects that reference any of these."""
    wanted = tuple(things)
    if not gc.get_freeze_count():
        return gc.get_referrers(*wanted)
    ids = set(map(id, wanted))
    return [one for one in _everything() if not ids.isdisjoint(map(id, gc.get_referents(one)))]


def library_of(signal: object) -> str:
    """Return the package of the signal's class: ``blinker``, or one with a copy of blinker."""
    module = module_of(blinkers_own(type(signal)))
    return module.removesuffix(".base") or "blinker"


def is_named(signal: object) -> bool:
    """Return whether the signal is an instance of ``NamedSignal`` of blinker or of a copy."""
    root = blinkers_own(type(signal))
    return any(
        base is not root
        and any(one is root for one in bases_of(base))
        and module_of(base) == module_of(root)
        for base in bases_of(type(signal))
    )


def entries(namespace: object) -> list[tuple[object, Any]]:
    """Return the names and signals of a namespace."""
    if is_a(namespace, dict):
        return list(dict.items(namespace))  # type: ignore[arg-type]
    weak: Mapping[object, Any] = attributes(namespace).get("data", {})
    return [(name, held()) for name, held in list(weak.items())]


def _everything() -> list[Any]:
    """Return every tracked object, and what modules, classes and those reference, however indirectly.

    After ``gc.freeze()`` the collector does not list older objects.
    """
    found: dict[int, Any] = {}
    todo: list[Any] = [*sys.modules.values(), *subclasses(object), *gc.get_objects()]
    while todo:
        new = {id(one): one for one in todo if id(one) not in found and gc.is_tracked(one)}
        found.update(new)
        todo = gc.get_referents(*new.values())
    return list(found.values())


def _of_kinds(things: Iterable[Any], kinds: Iterable[type]) -> list[Any]:
    """Return the direct instances of these classes."""
    ids = set(map(id, kinds))
    return [thing for thing in things if id(type(thing)) in ids]


def _oldest_first(things: list[Any]) -> list[Any]:
    """Sort objects roughly by creation: the collector lists young objects apart from old ones."""
    ages = {id(thing): age for age in (1, 2) for thing in gc.get_objects(2 - age)}
    return sorted(things, key=lambda thing: ages.get(id(thing), 0))


def _is_signal_class(kind: type) -> bool:
    if issubclass(kind, Signal):
        return not issubclass(kind, _OWN_CLASSES)
    return all(type(inherited(kind, method)) is FunctionType for method in METHODS)


def _is_signal(thing: object) -> bool:
    """Return whether an object whose class has the methods of a signal also has its attributes."""
    return is_a(thing, Signal) or attributes(thing).keys() >= _ATTRIBUTES


def _namespace_classes() -> list[type]:
    return [kind for kind in subclasses(dict, WeakValueDictionary) if _is_namespace_class(kind)]


def _is_namespace_class(kind: type) -> bool:
    """Return whether a class of dicts, strong or weak, is a namespace of blinker or of a copy."""
    return type(inherited(kind, "signal")) is FunctionType
