"""What is alive in this process: signals, and the namespaces that they are in.

They are found among all objects that Python's garbage collector tracks, by the type that each really
has. An object that was made to look like another is not asked what it is.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Mapping
from types import FunctionType
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from blinker import Signal

from signalcli.signals.internals import blinkers_own
from signalcli.signals.patching import METHODS, subclasses
from signalcli.signals.reflection import (
    attributes,
    bases_of,
    class_attributes,
    inherited,
    is_a,
    module_of,
)
from signalcli.signals.snapshot import OrderedNamedSignal, OrderedSignal

_BOOKS = {"receivers", "_by_sender", "_by_receiver"}
"""What a signal has."""
_OURS = (OrderedSignal, OrderedNamedSignal)


class Heap(NamedTuple):
    """What is alive, in the order in which Python tracks it: that of creation, by and large."""

    signals: tuple[Any, ...]
    namespaces: tuple[Any, ...]
    classes: tuple[type, ...]

    @classmethod
    def now(cls) -> Heap:
        """Look at all objects there are, by their classes: an instance holds its class."""
        classes = tuple(subclasses(object))
        asked = (kind for kind in classes if "receivers_for" in class_attributes(kind))
        signals = [kind for kind in subclasses(*asked) if _is_of_signals(kind)]
        namespaces = [kind for kind in subclasses(dict, WeakValueDictionary) if _has_signals(kind)]
        instances = _oldest_first(referrers((*signals, *namespaces)))
        return cls(
            tuple(one for one in _of_kinds(instances, signals) if _is_signal(one)),
            tuple(_of_kinds(instances, namespaces)),
            classes,
        )


def referrers(things: Iterable[object]) -> list[Any]:
    """The objects that hold any of these."""
    wanted = tuple(things)
    if not gc.get_freeze_count():
        return gc.get_referrers(*wanted)
    ids = set(map(id, wanted))
    return [
        holder for holder in _everything() if not ids.isdisjoint(map(id, gc.get_referents(holder)))
    ]


def library_of(signal: object) -> str:
    """The package that the signal's class is of: ``blinker``, or a copy that somebody brings."""
    module = module_of(blinkers_own(type(signal)))
    return module.removesuffix(".base") or "blinker"


def is_named(signal: object) -> bool:
    """Whether the signal is of the class that blinker, or a copy, has for those with a name."""
    root = blinkers_own(type(signal))
    return any(
        base is not root
        and any(one is root for one in bases_of(base))
        and module_of(base) == module_of(root)
        for base in bases_of(type(signal))
    )


def entries(namespace: object) -> list[tuple[object, Any]]:
    """The names of a namespace, each with its signal."""
    if is_a(namespace, dict):
        return list(dict.items(namespace))  # type: ignore[arg-type]
    weak: Mapping[object, Any] = attributes(namespace).get("data", {})
    return [(name, held()) for name, held in list(weak.items())]


def _everything() -> list[Any]:
    """Every object that Python tracks, and what modules, classes and those hold, directly or not.

    After ``gc.freeze()`` the collector no longer tells of what was there before.
    """
    found: dict[int, Any] = {}
    todo: list[Any] = [*sys.modules.values(), *subclasses(object), *gc.get_objects()]
    while todo:
        new = {
            id(thing): thing for thing in todo if id(thing) not in found and gc.is_tracked(thing)
        }
        found.update(new)
        todo = gc.get_referents(*new.values())
    return list(found.values())


def _of_kinds(things: Iterable[Any], kinds: Iterable[type]) -> list[Any]:
    """The things that are of one of these very classes."""
    ids = set(map(id, kinds))
    return [thing for thing in things if id(type(thing)) in ids]


def _oldest_first(things: list[Any]) -> list[Any]:
    """Things in the order of their creation, by and large: the collector tells of new ones first."""
    ages = {id(thing): age for age in (1, 2) for thing in gc.get_objects(2 - age)}
    return sorted(things, key=lambda thing: ages.get(id(thing), 0))


def _is_of_signals(kind: type) -> bool:
    if issubclass(kind, Signal):
        return not issubclass(kind, _OURS)
    return all(type(inherited(kind, method)) is FunctionType for method in METHODS)


def _is_signal(thing: object) -> bool:
    """Whether an object whose class has the methods of a signal is one."""
    return is_a(thing, Signal) or attributes(thing).keys() >= _BOOKS


def _has_signals(kind: type) -> bool:
    """Whether a class of dicts, strong or weak, is one of namespaces: of blinker's or of a copy's."""
    return type(inherited(kind, "signal")) is FunctionType
