"""Follow references from modules a few steps down, to find what leads to many objects at once."""

from __future__ import annotations

import gc
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GenericAlias,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any
from weakref import ref

_DEEPEST = 3
"""steps, such as an instance in a dict in a list. A function and its closure are one step."""
_LARGEST = 2000
"""references of an object. Those of a larger object are not followed further."""

_VALUES = (str, int, float, complex, bool, bytes, bytearray, type(None), type(...), range, slice)
_CODE = (type, ModuleType, CodeType, GenericAlias, property, ref, BuiltinFunctionType)
_DESCRIPTORS = (GetSetDescriptorType, MemberDescriptorType, MethodDescriptorType)
_SKIPPED_TYPES = frozenset(map(id, (*_VALUES, *_CODE, *_DESCRIPTORS, WrapperDescriptorType)))
"""Ids of types that reference no signal, or that are searched otherwise."""


ObjectEdge = tuple[Any, Any]
"""An object, and one that references it."""


def find_edges(modules: Mapping[str, dict[str, Any]], wanted: set[int]) -> Iterator[ObjectEdge]:
    """Yield the edges of the paths from modules, given by name, to the wanted objects."""
    things = [thing for held in modules.values() for thing in list(held.values())]
    missing, seen = set(wanted), set(wanted)
    levels: list[_Level] = []
    while missing and len(levels) < _DEEPEST:
        levels.append(_Level(things, seen))
        things = []
        for number, holder in enumerate(levels[-1].holders):
            levels[-1].starts.append(len(things))
            held = _references(holder)
            if not missing.isdisjoint(map(id, held)):
                for thing in held:
                    if id(thing) in missing:
                        missing.remove(id(thing))
                        yield from _edges(thing, holder)
                yield from _up(levels, number)
            if len(held) <= _LARGEST:
                things += held


class _Level:
    """The objects at one distance from a module. Their references are added to ``seen``."""

    def __init__(self, things: list[Any], seen: set[int]) -> None:
        self.holders: list[Any] = []
        self.positions: list[int] = []
        """The position of each among the references of the level above."""
        self.starts: list[int] = []
        """The index of each object's first reference in this level."""
        for position, thing in enumerate(things):
            kind = type(thing)
            if id(kind) in _SKIPPED_TYPES or id(thing) in seen or issubclass(kind, type):
                continue
            if kind is FunctionType and thing.__closure__ is None:
                continue
            seen.add(id(thing))
            self.holders.append(thing)
            self.positions.append(position)


def _up(levels: Sequence[_Level], number: int) -> Iterator[ObjectEdge]:
    """Yield the edges from an object of the last level up to a module."""
    for above, below in zip(levels[-2::-1], levels[:0:-1], strict=True):
        thing, position = below.holders[number], below.positions[number]
        number = bisect_right(above.starts, position) - 1
        yield from _edges(thing, above.holders[number])


def _references(holder: Any) -> list[Any]:
    """Return the references of an object; for a function, those of its closure."""
    if type(holder) is FunctionType:
        return gc.get_referents(*(holder.__closure__ or ()))
    return gc.get_referents(holder)


def _edges(thing: Any, holder: Any) -> Iterator[ObjectEdge]:
    """Yield the edges of one reference: a function references its closure, and that has cells."""
    if type(holder) is not FunctionType:
        yield thing, holder
        return
    closure = holder.__closure__ or ()
    for cell in closure:
        if any(held is thing for held in gc.get_referents(cell)):
            yield thing, cell
            yield cell, closure
            yield closure, holder
