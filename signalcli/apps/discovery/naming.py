"""What the signals of an application are called.

A signal in a namespace is called after it: ``king`` in blinker's default namespace,
``flask/request-started`` in one that is held by the package ``flask``. Where two namespaces are of
one package, more of the path to each is told: ``shop.orders/paid``, ``shop.users/paid``.

Any other is called after the place where it was made, ``shop.models.User.on_create`` or
``shop.signals.saved``. A module whose text has ``saved = Signal()`` made it, and one whose text has
``from … import saved`` didn't; between places of which nothing is known, names without a leading
underscore come first, then short ones, then the alphabet decides. What neither a module nor a class
holds is called after the code that leads to it, ``shop.bus.bus.ready``,
``shop.signals.registry['saved']``, ``shop.setup.<locals>.saved``; failing that, after the class of
the instance that holds it, with a number, ``shop.bus.Bus.ready#1``; or it has only a number,
``anonymous#1``, and what holds it is told beside it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any, NamedTuple

from blinker import default_namespace

from signalcli.apps.discovery.found import Found
from signalcli.apps.discovery.heap import Heap, entries, is_named, library_of
from signalcli.apps.discovery.holders import NOBODY, Held, Holders
from signalcli.apps.discovery.paths import best_first, modules, places_of
from signalcli.errors import UsageError
from signalcli.signals.internals import blinkers_own
from signalcli.signals.reflection import attributes, class_attributes, is_a, plain
from signalcli.values.signal_name import META_SIGNALS, SignalName

_NOTHING = "anonymous"


class _Entry(NamedTuple):
    """A signal as an entry of a namespace."""

    namespace: Any
    key: str


class Names:
    """Finds the names of all signals of a heap."""

    def __init__(self, heap: Heap) -> None:
        self._heap = heap
        self._ids = set(map(id, heap.signals))
        self._metas = dict(self._meta_signals())
        self._entries = self._entries_of_namespaces()
        namespaces = {id(entry.namespace) for of_one in self._entries.values() for entry in of_one}
        self._namespaces = [one for one in heap.namespaces if id(one) in namespaces]
        self._modules = modules()
        self._places = places_of(self._ids | namespaces, self._modules, heap.classes)
        self._held = self._followed()
        self._labels = self._labels_of_namespaces()

    @property
    def are_lasting(self) -> bool:
        """Whether something holds every signal that is there to stay: else it may be garbage."""
        return all(held.is_lasting for held in self._held.values())

    def found(self) -> Iterator[Found]:
        """Every signal with its names, the meta signals last."""
        signals = [signal for signal in self._heap.signals if id(signal) not in self._metas]
        names = _distinct({id(signal): self._wish(signal) for signal in signals})
        for signal in signals:
            yield self._found(signal, names[id(signal)])
        yield from self._found_metas(names)

    # What is there.

    def _meta_signals(self) -> Iterator[tuple[int, tuple[Any, str]]]:
        """The meta signals by their ids, each with the signal that it is of."""
        for signal in self._heap.signals:
            for meta in META_SIGNALS:
                found = attributes(signal).get(meta)
                if id(found) in self._ids and found is not signal:
                    yield id(found), (signal, meta)

    def _entries_of_namespaces(self) -> dict[int, list[_Entry]]:
        """Under which names namespaces have a signal, by its id; the default namespace first."""
        found: dict[int, list[_Entry]] = {}
        others = (one for one in self._heap.namespaces if one is not default_namespace)
        for namespace in (default_namespace, *others):
            for key, signal in entries(namespace):
                if id(signal) in self._ids and is_a(key, str):
                    entry = _Entry(namespace, str(plain(key)))
                    found.setdefault(id(signal), []).append(entry)
        return found

    def _is_placed(self, thing_id: int) -> bool:
        return any(place.is_lasting for place in self._places.get(thing_id, ()))

    def _followed(self) -> dict[int, Held]:
        """How those are held that no module, lasting class or namespace holds."""
        known = self._entries.keys() | self._metas.keys()
        lost = [one for one in self._heap.signals if id(one) not in known]
        lost = [one for one in (*lost, *self._namespaces) if not self._is_placed(id(one))]
        if not lost:
            return {}
        ours = (lost, self._namespaces, *self._heap)
        internals = {id(_globals_of(signal)) for signal in self._heap.signals}
        return Holders(self._modules, (*ours, ours), self._ids, internals).of(lost)

    def _held_how(self, thing: Any) -> Held:
        return self._held.get(id(thing), NOBODY)

    # Namespaces.

    def _labels_of_namespaces(self) -> dict[int, str | None]:
        """What comes before the slash, by the ids of the namespaces."""
        others = [one for one in self._namespaces if one is not default_namespace]
        paths = {id(one): self._path_of_namespace(one) for one in others}
        labels: dict[int, str | None] = {id(default_namespace): None}
        for path in sorted(set(paths.values())):
            alike = [other for other in set(paths.values()) if other != path]
            parts = range(1, len(path) + 1)
            told = next((n for n in parts if all(o[:n] != path[:n] for o in alike)), len(path))
            same = [id_ for id_, other in paths.items() if other == path]
            for number, namespace_id in enumerate(same, start=1):
                label = ".".join(path[:told]).replace(".[", "[")
                labels[namespace_id] = label if len(same) == 1 else f"{label}#{number}"
        return labels

    def _path_of_namespace(self, namespace: Any) -> tuple[str, ...]:
        """The parts of the dotted path to a namespace, or to the first of its signals."""
        places = self._places.get(id(namespace))
        if places:
            return tuple(str(best_first(places)[0]).split("."))
        held = self._held_how(namespace)
        text = held.path or held.stem or held.by
        if text is None:
            of_signals = (self._places.get(id(signal), ()) for _, signal in entries(namespace))
            first = min(
                (best_first(places)[0].rank() for places in of_signals if places), default=None
            )
            text = first[-1] if first else "namespace"
        return tuple(re.split(r"\.|(?=\[)", text))

    # Names.

    def _wish(self, signal: Any) -> _Wish:
        """What a signal would be called, if no other were called so."""
        typed = next(self._typed(self._entries.get(id(signal), ())), None)
        if typed is not None:
            return _Wish(typed, is_first=True)
        places = self._places.get(id(signal))
        if places:
            return _Wish(str(best_first(places)[0]))
        held = self._held_how(signal)
        if held.path is not None:
            return _Wish(held.path)
        return _Wish(held.stem or _NOTHING, is_numbered=True, held_by=held.by)

    def _typed(self, entries: Iterable[_Entry]) -> Iterator[str]:
        """A signal's names in its namespaces, as far as they can be typed."""
        for namespace, key in entries:
            name = SignalName(key, self._labels[id(namespace)])
            try:
                if SignalName.parse(str(name)) == name:
                    yield str(name)
            except UsageError:  # such as for an empty name
                continue

    def _found(self, signal: Any, wish: _Wish) -> Found:
        own = attributes(signal).get("name")
        aliases = [*self._typed(self._entries.get(id(signal), ()))]
        aliases += sorted(map(str, self._places.get(id(signal), ())))
        aliases += [path for path in [self._held_how(signal).path] if path is not None]
        if is_a(own, str) and is_named(signal) and id(signal) not in self._entries:
            aliases.append(str(plain(own)))
        return Found(
            signal=signal,
            name=wish.text,
            aliases=tuple(alias for alias in dict.fromkeys(aliases) if alias != wish.text),
            kind="named" if is_named(signal) else "anonymous",
            library=library_of(signal),
            held_by=wish.held_by,
        )

    def _found_metas(self, names: dict[int, _Wish]) -> Iterator[Found]:
        """The meta signals, each after the signal that it is of; those in a circle too."""
        known = {signal_id: wish.text for signal_id, wish in names.items()}
        todo = [signal for signal in self._heap.signals if id(signal) in self._metas]
        while todo:
            ready = [signal for signal in todo if id(self._metas[id(signal)][0]) in known]
            for signal in ready or todo[:1]:
                base, meta = self._metas[id(signal)]
                of = known.get(id(base), _NOTHING)
                known[id(signal)] = f"{of}:{meta}"
                aliases = tuple(sorted(map(str, self._places.get(id(signal), ()))))
                library = library_of(signal)
                yield Found(signal, known[id(signal)], aliases, "anonymous", library, meta_of=of)
            todo = [signal for signal in todo if id(signal) not in known]


class _Wish(NamedTuple):
    """What a signal would be called."""

    text: str
    is_first: bool = False
    """Whether others have to give way: it is the name that its program calls it by."""
    is_numbered: bool = False
    """Whether it has a number in any case."""
    held_by: str | None = None


def _distinct(wishes: dict[int, _Wish]) -> dict[int, _Wish]:
    """The same with numbers, where several signals would be called alike."""
    first = Counter(wish.text for wish in wishes.values() if wish.is_first)
    every = Counter(wish.text for wish in wishes.values() if not wish.is_numbered)
    taken = set(every)
    names: dict[int, _Wish] = {}
    for signal_id, wish in sorted(wishes.items(), key=lambda item: item[1].held_by or ""):
        alike = first if wish.is_first else every
        if wish.is_numbered or alike[wish.text] > 1:
            numbered = (f"{wish.text}#{number}" for number in count(1))
            wish = wish._replace(text=next(text for text in numbered if text not in taken))
            taken.add(wish.text)
        names[signal_id] = wish
    return names


def _globals_of(signal: Any) -> Any:
    """The globals of the module that the signal's class is of."""
    connect: Callable[..., Any] = class_attributes(blinkers_own(type(signal)))["connect"]
    return connect.__globals__ if hasattr(connect, "__globals__") else None
