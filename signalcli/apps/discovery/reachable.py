"""What modules hold, a few steps down: quicker than asking for the holders of many things one by one."""

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
"""steps: an instance in a dict in a list; a function counts as one step with its closure."""
_LARGEST = 2000
"""things that one holder may have, to be followed further than that."""

_LEAD_NOWHERE = frozenset(
    map(
        id,
        (
            *(
                str,
                int,
                float,
                complex,
                bool,
                bytes,
                bytearray,
                type(None),
                type(...),
                range,
                slice,
            ),
            *(type, ModuleType, CodeType, GenericAlias, property, ref, BuiltinFunctionType),
            *(GetSetDescriptorType, MemberDescriptorType, MethodDescriptorType),
            WrapperDescriptorType,
        ),
    )
)
"""The kinds of things that hold no signal, or that are looked into by themselves, by their ids."""


Edge = tuple[Any, Any]
"""A thing, and what holds it."""


def explore(modules: Mapping[str, dict[str, Any]], wanted: set[int]) -> Iterator[Edge]:
    """What holds the things that are wanted, and what holds those, up to what a module holds.

    :param modules: the globals of every module, by its name.
    :param wanted: the ids of the things.
    """
    things = [thing for held in modules.values() for thing in list(held.values())]
    missing, seen = set(wanted), set(wanted)
    levels: list[_Level] = []
    while missing and len(levels) < _DEEPEST:
        levels.append(_Level(things, seen))
        things = []
        for number, holder in enumerate(levels[-1].holders):
            levels[-1].starts.append(len(things))
            held = _held_by(holder)
            if not missing.isdisjoint(map(id, held)):
                for thing in held:
                    if id(thing) in missing:
                        missing.remove(id(thing))
                        yield from _edges(thing, holder)
                yield from _up(levels, number)
            if len(held) <= _LARGEST:
                things += held


class _Level:
    """Things that are as many steps from a module, and that lead further.

    :param things: those among which they are looked for.
    :param seen: the ids of those that were looked at before, to which these are added.
    """

    def __init__(self, things: list[Any], seen: set[int]) -> None:
        self.holders: list[Any] = []
        self.positions: list[int] = []
        """Where each of them stood among the things that the level above holds."""
        self.starts: list[int] = []
        """Where that which each of them holds begins, among the things that this level holds."""
        for position, thing in enumerate(things):
            kind = type(thing)
            if id(kind) in _LEAD_NOWHERE or id(thing) in seen or issubclass(kind, type):
                continue
            if kind is FunctionType and thing.__closure__ is None:
                continue
            seen.add(id(thing))
            self.holders.append(thing)
            self.positions.append(position)


def _up(levels: Sequence[_Level], number: int) -> Iterator[Edge]:
    """What holds one of the last level, and what holds that, up to what a module holds."""
    for above, below in zip(levels[-2::-1], levels[:0:-1], strict=True):
        thing, position = below.holders[number], below.positions[number]
        number = bisect_right(above.starts, position) - 1
        yield from _edges(thing, above.holders[number])


def _held_by(holder: Any) -> list[Any]:
    """What a thing holds; of a function, what is in its closure."""
    if type(holder) is FunctionType:
        return gc.get_referents(*(holder.__closure__ or ()))
    return gc.get_referents(holder)


def _edges(thing: Any, holder: Any) -> Iterator[Edge]:
    """That one holds the other, step by step: a function has a closure, and that has cells."""
    if type(holder) is not FunctionType:
        yield thing, holder
        return
    closure = holder.__closure__ or ()
    for cell in closure:
        if any(held is thing for held in gc.get_referents(cell)):
            yield thing, cell
            yield cell, closure
            yield closure, holder
