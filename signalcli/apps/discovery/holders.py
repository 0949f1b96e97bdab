"""Find the code that leads to an object which is no attribute of a module or class.

References are followed from the object up to a module, a class or a function. The path back down is
written as Python code, ``shop.bus.bus.ready`` or ``shop.signals.registry['saved']``, where code exists.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import CellType, FrameType, FunctionType, MethodType
from typing import Any, NamedTuple

from signalcli.apps.describing.objects import function_name
from signalcli.apps.discovery.heap import referrers
from signalcli.apps.discovery.paths import best_first, is_importable, places_of
from signalcli.apps.discovery.reachable import find_edges
from signalcli.signals.reflection import (
    PARTS,
    attributes,
    builtin_value,
    class_name,
    is_a,
    partial_parts,
    slots,
)

_DEEPEST = 8
"""The most steps of a path. A longer one is no useful name."""
_FEW = 4
"""The most objects that are searched one by one. For more, references from modules come first."""
_MOST = 400
"""The most holders that are followed per step. Each costs a search of all objects."""

Chain = tuple[Any, ...]
"""Objects that reference one another, from one with a name down to the wanted one."""


class Reference(NamedTuple):
    """What references an object."""

    path: str | None
    """The Python code that leads to the object, if there is any."""
    stem: str | None
    """The class and the attribute of the instance that references it."""
    by: str | None
    """A description of what references it; ``None`` if unknown."""
    is_lasting: bool = False
    """Whether a module leads to it. Other objects may be garbage."""


UNREFERENCED = Reference(None, None, None)


class HolderSearch:
    """Follow objects up to their holders.

    :param modules: the globals of every module, by its name.
    :param ignored: the objects that reference them because of this search.
    :param signals: the ids of the signals. These reference receivers by id.
    :param internals: the ids of blinker's globals, whose functions reference signals internally.
    """

    def __init__(
        self,
        modules: Mapping[str, dict[str, Any]],
        ignored: Iterable[object],
        signals: Iterable[int],
        internals: Iterable[int],
    ) -> None:
        self._globals = {name: held for name, held in modules.items() if not _is_own_module(held)}
        self._modules = {id(held): name for name, held in self._globals.items()}
        self._signals = set(signals)
        self._internals = set(internals)
        self._ignored = set(map(id, ignored))
        self._known: dict[int, Any] = {}
        self._holders: dict[int, list[int]] = {}
        self._places: dict[int, str] = {}

    def of(self, things: Sequence[Any]) -> dict[int, Reference]:
        """Return what references each object, by the ids of the objects."""
        wanted = {id(thing): thing for thing in things}
        self._known.update(wanted)
        self._ignored |= {id(wanted), id(self._known), id(things)}
        if len(wanted) > _FEW:
            self._follow_modules(set(wanted))
        level = {id_: one for id_, one in wanted.items() if not self._is_lasting(self._above(id_))}
        for _ in range(_DEEPEST):
            further = self._holders_of(level)
            doubtful = [above for above in map(self._above, wanted) if not self._is_lasting(above)]
            level = {id_: further[id_] for id_ in further.keys() & set().union(*doubtful)}
            if not level:
                break
        return {thing_id: self._held(thing_id) for thing_id in wanted}

    def _follow_modules(self, wanted: set[int]) -> None:
        """Add the holders of these that are a few steps from a module."""
        for thing, holder in find_edges(self._globals, wanted):
            self._known.update(((id(thing), thing), (id(holder), holder)))
            holders = self._holders.setdefault(id(thing), [])
            if id(holder) not in holders:
                holders.append(id(holder))
        self._place(self._known.keys() - wanted)

    def _place(self, ids: set[int]) -> None:
        """Add the names of those that are attributes of modules."""
        for holder_id, places in places_of(ids, self._globals, ()).items():
            self._places[holder_id] = str(best_first(places)[0])

    def _holders_of(self, things: dict[int, Any]) -> dict[int, Any]:
        """Add the holders of these, and return the new ones that may be followed further."""
        if not things:
            return {}
        found = referrers(things.values())
        self._ignored |= {id(found), id(things)}
        further: dict[int, Any] = {}
        for holder in found:
            if id(holder) in self._ignored or self._is_internal(holder):
                continue
            for held_id in {id(held) for held in gc.get_referents(holder)} & things.keys():
                self._holders.setdefault(held_id, []).append(id(holder))
            if id(holder) not in self._known:
                self._known[id(holder)] = holder
                if len(further) < _MOST:
                    further[id(holder)] = holder
        self._ignored.add(id(further))
        self._place(set(further))
        return further

    def _above(self, thing_id: int) -> set[int]:
        """Return all known direct and indirect holders of an object."""
        found: set[int] = set()
        todo = [thing_id]
        while todo:
            new = set(self._holders.get(todo.pop(), ())) - found
            found |= new
            todo += new
        return found

    def _is_lasting(self, holders: Iterable[int]) -> bool:
        return any(
            id_ in self._modules
            or id_ in self._places
            or (self._is_code(self._known[id_]) and is_importable(self._known[id_], self._globals))
            for id_ in holders
        )

    def _is_internal(self, holder: object) -> bool:
        """Return whether a holder belongs to blinker or to this search."""
        if type(holder) is FunctionType:
            return id(holder.__globals__) in self._internals or _is_own_module(holder.__globals__)
        return type(holder) is FrameType and _is_own_module(holder.f_globals)

    def _has_name(self, holder_id: int) -> bool:
        is_code = self._is_code(self._known[holder_id])
        return is_code or holder_id in self._modules or holder_id in self._places

    def _is_code(self, holder: object) -> bool:
        return is_a(holder, type) or type(holder) is FunctionType

    def _chains(self, thing_id: int) -> list[Chain]:
        """Return the shortest chains from an object with a name to the wanted one."""
        level: list[tuple[int, ...]] = [(thing_id,)]
        seen = {thing_id}
        while level:
            rooted = [chain for chain in level if self._has_name(chain[0])]
            if rooted:
                return [tuple(self._known[id_] for id_ in chain) for chain in rooted]
            level = [
                (holder, *chain)
                for chain in level
                for holder in self._holders.get(chain[0], ())
                if holder not in seen
            ]
            seen |= {chain[0] for chain in level}
        return []

    def _held(self, thing_id: int) -> Reference:
        found = [self._reference_by(chain) for chain in self._chains(thing_id)]
        found = found or [Reference(None, stem, None) for stem in self._stems(thing_id)]
        held = min(found, key=_sort_key, default=UNREFERENCED)
        return held._replace(is_lasting=self._is_lasting(self._above(thing_id)))

    def _stems(self, thing_id: int) -> Iterator[str]:
        thing = self._known[thing_id]
        for holder_id in self._holders.get(thing_id, ()):
            holder = self._known[holder_id]
            owners = [holder, *(self._known[id_] for id_ in self._holders.get(holder_id, ()))]
            yield from filter(None, (_stem(owner, thing) for owner in owners))

    def _reference_by(self, chain: Chain) -> Reference:
        holder, below = chain[0], chain[1:]
        text, of_attributes = self._name(holder), id(holder) in self._modules
        signal = None
        if type(holder) is FunctionType and holder.__closure__ is below[0]:
            text = f"{_scope(text)}.{_variable(holder, below[1])}"
            holder, below = below[1], below[2:]
        for number, held in enumerate(below):
            if id(holder) in self._signals:
                signal = text
            step, of_attributes = _step(holder, held, of_attributes)
            if step is None or (signal is not None and text == f"{signal}.receivers"):
                of_function = f"a default of {text}" if type(holder) is FunctionType else text
                by = of_function if signal is None else f"a receiver of {signal}"
                return Reference(None, _last_stem((holder, *below[number:])), by)
            text, holder = text + step, held
        return Reference(text, None, text)

    def _name(self, root: Any) -> str:
        if type(root) is FunctionType:
            return function_name(root)
        if is_a(root, type):
            return class_name(root)
        return self._modules.get(id(root)) or self._places[id(root)]


def _is_own_module(module: Mapping[str, Any]) -> bool:
    """Return whether these are the globals of a module of signalcli, or of Click, its caller."""
    name = module.get("__name__")
    return type(name) is str and name.startswith(("signalcli.", "click."))


def _sort_key(held: Reference) -> tuple[bool, bool, int, str]:
    text = held.path or held.stem or held.by or ""
    return held.path is None, held.stem is None, text.count("."), text


def _step(holder: Any, held: object, of_attributes: bool) -> tuple[str | None, bool]:
    """Return the code from a holder to an object (``None`` for a set), and if that is its ``__dict__``."""
    if is_a(holder, dict):
        return _key(holder, held, of_attributes), False
    if is_a(holder, (list, tuple)):
        return _index(holder, held), False
    if type(holder) is CellType or type(held) is FrameType:  # a generator's, before Python 3.11
        return "", False
    if type(holder) is FrameType:
        return None, False
    if held is attributes(holder) or (is_a(holder, type) and is_a(held, dict)):
        return "", True
    name = _attribute(holder, held)
    return None if name is None else f".{name}", False


def _attribute(holder: Any, held: object) -> str | None:
    """Return the name of the attribute of an object that has a value, without running its code."""
    if type(holder) is MethodType:
        return "__self__" if holder.__self__ is held else "__func__"
    if is_a(holder, partial):
        for name, part in zip(PARTS, partial_parts(holder), strict=True):
            if part is held:
                return name
    own = ((name, value) for name, value in list(attributes(holder).items()) if is_a(name, str))
    of_slots = ((descriptor.__name__, value) for descriptor, value in slots(holder))
    return next((name for name, value in (*own, *of_slots) if value is held), None)


def _key(holder: dict[Any, Any], held: object, of_attributes: bool) -> str | None:
    """Return the code for an entry of a dict, or ``None`` for a key without code."""
    for key, value in list(dict.items(holder)):
        if value is held:
            if of_attributes:
                return f".{builtin_value(key)}" if is_a(key, str) else None
            return _index_by(key)
    return None


def _index(holder: Any, held: object) -> str:
    items = list.__iter__(holder) if is_a(holder, list) else tuple.__iter__(holder)
    return next(f"[{number}]" for number, item in enumerate(items) if item is held)


def _index_by(key: object) -> str | None:
    """Return a key in brackets: an enumeration member by name, or text or an integer."""
    member = attributes(key).get("_name_")
    if type(member) is str:
        return f"[{class_name(type(key)).rpartition('.')[2]}.{member}]"
    value = builtin_value(key)
    return f"[{value!r}]" if type(value) is str or type(value) is int else None


def _stem(holder: Any, held: object) -> str | None:
    """Return the class of an instance and the attribute; ``None`` for containers."""
    if type(holder) is MethodType or is_a(holder, (dict, list, tuple, type, partial, FunctionType)):
        return None
    name = _attribute(holder, held)
    return None if name is None else f"{class_name(type(holder))}.{name}"


def _last_stem(chain: Chain) -> str | None:
    *holders, thing = chain
    return next(filter(None, (_stem(holder, thing) for holder in reversed(holders))), None)


def _scope(function: str) -> str:
    """Return the prefix of qualified names of local variables of the enclosing function."""
    around, mark, _ = function.rpartition(".<locals>.")
    return f"{around}.<locals>" if mark else function


def _variable(function: FunctionType, cell: object) -> str:
    names = function.__code__.co_freevars
    cells = function.__closure__ or ()
    return next(name for name, held in zip(names, cells, strict=False) if held is cell)
