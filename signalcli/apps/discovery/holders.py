"""Who holds what neither a module nor a class holds itself: instances, containers, closures.

They are followed from the thing up to a module, a class or a function that has a name. The path
back down is told as the Python code that leads there, ``shop.bus.bus.ready`` or
``shop.signals.registry['saved']``, as far as there is any.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import CellType, FrameType, FunctionType, MethodType
from typing import Any, NamedTuple

from signalcli.apps.describing.objects import function_name
from signalcli.apps.discovery.heap import referrers
from signalcli.apps.discovery.paths import best_first, places_of, stands
from signalcli.apps.discovery.reachable import explore
from signalcli.signals.reflection import (
    attributes,
    class_attributes,
    class_name,
    is_a,
    plain,
    slots,
)

_DEEPEST = 8
"""holders of holders: a path with more steps is nothing to call a signal by."""
_FEW = 4
"""things that are followed up one by one; of more, what modules hold is looked through first."""
_MOST = 400
"""holders that are followed at once: each of them costs a look at all objects."""

Chain = tuple[Any, ...]
"""What holds what, from something with a name down to the thing."""


class Held(NamedTuple):
    """How something is held."""

    path: str | None
    """The Python code that leads to it, if there is any."""
    stem: str | None
    """The class of the instance that holds it, and the attribute."""
    by: str | None
    """What holds it, for a person to read; ``None`` if that isn't known."""
    is_lasting: bool = False
    """Whether a module holds it in the end. What none does may be garbage to be collected."""


NOBODY = Held(None, None, None)


class Holders:
    """Follows things up to who holds them.

    :param modules: the globals of every module, by its name.
    :param ours: what holds them only because somebody looked at them.
    :param signals: the ids of the signals. What they hold are receivers, each under an id.
    :param internals: the ids of the globals of blinker, whose functions hold signals for themselves.
    """

    def __init__(
        self,
        modules: Mapping[str, dict[str, Any]],
        ours: Iterable[object],
        signals: Iterable[int],
        internals: Iterable[int],
    ) -> None:
        self._globals = {name: held for name, held in modules.items() if not _runs_us(held)}
        self._modules = {id(held): name for name, held in self._globals.items()}
        self._signals = set(signals)
        self._internals = set(internals)
        self._ours = set(map(id, ours))
        self._known: dict[int, Any] = {}
        self._holders: dict[int, list[int]] = {}
        self._places: dict[int, str] = {}

    def of(self, things: Sequence[Any]) -> dict[int, Held]:
        """How each thing is held, by its id."""
        wanted = {id(thing): thing for thing in things}
        self._known.update(wanted)
        self._ours |= {id(wanted), id(self._known), id(things)}
        if len(wanted) > _FEW:
            self._explore(set(wanted))
        level = {id_: one for id_, one in wanted.items() if not self._is_lasting(self._above(id_))}
        for _ in range(_DEEPEST):
            further = self._holders_of(level)
            doubtful = [above for above in map(self._above, wanted) if not self._is_lasting(above)]
            level = {id_: further[id_] for id_ in further.keys() & set().union(*doubtful)}
            if not level:
                break
        return {thing_id: self._held(thing_id) for thing_id in wanted}

    def _explore(self, wanted: set[int]) -> None:
        """Learn what holds these, as far as modules hold that, a few steps up."""
        for thing, holder in explore(self._globals, wanted):
            self._known.update(((id(thing), thing), (id(holder), holder)))
            holders = self._holders.setdefault(id(thing), [])
            if id(holder) not in holders:
                holders.append(id(holder))
        self._place(self._known.keys() - wanted)

    def _place(self, ids: set[int]) -> None:
        """Learn under which names modules hold some of these."""
        for holder_id, places in places_of(ids, self._globals, ()).items():
            self._places[holder_id] = str(best_first(places)[0])

    def _holders_of(self, things: dict[int, Any]) -> dict[int, Any]:
        """Learn who holds these; gives those that may have to be followed further."""
        if not things:
            return {}
        found = referrers(things.values())
        self._ours |= {id(found), id(things)}
        further: dict[int, Any] = {}
        for holder in found:
            if id(holder) in self._ours or self._is_internal(holder):
                continue
            for held_id in {id(held) for held in gc.get_referents(holder)} & things.keys():
                self._holders.setdefault(held_id, []).append(id(holder))
            if id(holder) not in self._known:
                self._known[id(holder)] = holder
                if len(further) < _MOST:
                    further[id(holder)] = holder
        self._ours.add(id(further))
        self._place(set(further))
        return further

    def _above(self, thing_id: int) -> set[int]:
        """All that holds a thing, directly or not."""
        found: set[int] = set()
        todo = [thing_id]
        while todo:
            new = set(self._holders.get(todo.pop(), ())) - found
            found |= new
            todo += new
        return found

    def _is_lasting(self, holders: Iterable[int]) -> bool:
        """Whether something among the holders is there to stay."""
        return any(
            id_ in self._modules
            or id_ in self._places
            or (self._is_code(self._known[id_]) and stands(self._known[id_], self._globals))
            for id_ in holders
        )

    def _is_internal(self, holder: object) -> bool:
        """Whether it holds things for blinker, or for us while we look."""
        if type(holder) is FunctionType:
            return id(holder.__globals__) in self._internals or _runs_us(holder.__globals__)
        return type(holder) is FrameType and _runs_us(holder.f_globals)

    def _has_name(self, holder_id: int) -> bool:
        """Whether it is a module, a class or a function, or what a module has a name for."""
        is_code = self._is_code(self._known[holder_id])
        return is_code or holder_id in self._modules or holder_id in self._places

    def _is_code(self, holder: object) -> bool:
        return is_a(holder, type) or type(holder) is FunctionType

    def _chains(self, thing_id: int) -> list[Chain]:
        """The shortest ways from something with a name to a thing."""
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

    def _held(self, thing_id: int) -> Held:
        told = [self._told(chain) for chain in self._chains(thing_id)]
        told = told or [Held(None, stem, None) for stem in self._stems(thing_id)]
        held = min(told, key=_by_worth, default=NOBODY)
        return held._replace(is_lasting=self._is_lasting(self._above(thing_id)))

    def _stems(self, thing_id: int) -> Iterator[str]:
        """The classes of the instances that hold a thing, where nobody with a name holds those."""
        thing = self._known[thing_id]
        for holder_id in self._holders.get(thing_id, ()):
            holder = self._known[holder_id]
            owners = [holder, *(self._known[id_] for id_ in self._holders.get(holder_id, ()))]
            yield from filter(None, (_stem(owner, thing) for owner in owners))

    def _told(self, chain: Chain) -> Held:
        """A chain as the code that leads down it."""
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
                by = _description(holder, text) if signal is None else f"a receiver of {signal}"
                return Held(None, _last_stem((holder, *below[number:])), by)
            text, holder = text + step, held
        return Held(text, None, text)

    def _name(self, root: Any) -> str:
        if type(root) is FunctionType:
            return function_name(root)
        if is_a(root, type):
            return class_name(root)
        return self._modules.get(id(root)) or self._places[id(root)]


def _runs_us(module: Mapping[str, Any]) -> bool:
    """Whether these are the globals of a module of ours, or of Click's, which calls us."""
    return str(module.get("__name__")).startswith(("signalcli.", "click."))


def _by_worth(held: Held) -> tuple[bool, bool, int, str]:
    """The lowest is the best way to tell how something is held."""
    text = held.path or held.stem or held.by or ""
    return held.path is None, held.stem is None, text.count("."), text


def _step(holder: Any, held: object, of_attributes: bool) -> tuple[str | None, bool]:
    """The code from a holder to what it holds, and whether that is the dict of its attributes.

    There is no code for what it holds in a way of its own, as a set does.

    :param of_attributes: whether the holder is the dict of something's attributes.
    """
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
    """The attribute of an object that something is, as the object itself keeps it."""
    if type(holder) is MethodType:
        return "__self__" if holder.__self__ is held else "__func__"
    if is_a(holder, partial):
        for name in ("func", "args", "keywords"):
            if class_attributes(partial)[name].__get__(holder) is held:
                return name
    own = ((name, value) for name, value in list(attributes(holder).items()) if is_a(name, str))
    of_slots = ((descriptor.__name__, value) for descriptor, value in slots(holder))
    return next((name for name, value in (*own, *of_slots) if value is held), None)


def _key(holder: dict[Any, Any], held: object, of_attributes: bool) -> str | None:
    """The code for an entry of a dict; ``None`` for a key that there is no code for."""
    for key, value in list(dict.items(holder)):
        if value is held:
            if of_attributes:
                return f".{key}" if is_a(key, str) else None
            return _index_by(key)
    return None


def _index(holder: Any, held: object) -> str:
    items = list.__iter__(holder) if is_a(holder, list) else tuple.__iter__(holder)
    return next(f"[{number}]" for number, item in enumerate(items) if item is held)


def _index_by(key: object) -> str | None:
    """A key in brackets: a member of an enumeration by its name, other text and numbers as such."""
    member = attributes(key).get("_name_")
    if type(member) is str:
        return f"[{class_name(type(key)).rpartition('.')[2]}.{member}]"
    value = plain(key)
    return f"[{value!r}]" if type(value) is str or type(value) is int else None


def _stem(holder: Any, held: object) -> str | None:
    """The class of an instance and its attribute that something is; ``None`` for containers."""
    if type(holder) is MethodType or is_a(holder, (dict, list, tuple, type, partial, FunctionType)):
        return None
    name = _attribute(holder, held)
    return None if name is None else f"{class_name(type(holder))}.{name}"


def _last_stem(chain: Chain) -> str | None:
    """The class and attribute of the instance that is the last in a chain to hold the thing."""
    *holders, thing = chain
    return next(filter(None, (_stem(holder, thing) for holder in reversed(holders))), None)


def _scope(function: str) -> str:
    """What Python puts before the name of a local variable of the function around this one."""
    return (
        function.rpartition(".<locals>.")[0] + ".<locals>" if "<locals>" in function else function
    )


def _variable(function: FunctionType, cell: object) -> str:
    names = function.__code__.co_freevars
    cells = function.__closure__ or ()
    return next(name for name, held in zip(names, cells, strict=False) if held is cell)


def _description(holder: object, path: str) -> str:
    """What holds something that there is no code for."""
    if type(holder) is FunctionType:
        return f"a default of {path}"
    return path
