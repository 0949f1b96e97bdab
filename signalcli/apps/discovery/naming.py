"""Name the signals of an application.

A signal in a namespace is named after it: ``king`` in blinker's default namespace,
``flask/request-started`` in a namespace of the package ``flask``. If one package has two namespaces,
more of the path to each is part of the name: ``shop.orders/paid``, ``shop.users/paid``.

Any other signal is named after the place where it was made: ``shop.models.User.on_create``,
``shop.signals.saved``. A module whose source has ``saved = Signal()`` made it; a module whose source
has ``from … import saved`` did not. Between other places public names come first, then short ones,
then the alphabet decides.

A signal that no module or class has as an attribute is named after the code that leads to it:
``shop.bus.bus.ready``, ``shop.signals.registry['saved']``, ``shop.setup.<locals>.saved``. If there is
no such code, the name is the class of the instance that references it with a number,
``shop.bus.Bus.ready#1``, or only a number, ``anonymous#1``, and the output adds what references it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count
from types import FunctionType
from typing import Any, NamedTuple

from signalcli.apps.discovery.found_signals import FoundSignal
from signalcli.apps.discovery.heap import Heap, entries, is_named, library_of
from signalcli.apps.discovery.holders import UNREFERENCED, HolderSearch, Reference
from signalcli.apps.discovery.paths import best_first, installed_package, modules, places_of
from signalcli.errors import UsageError
from signalcli.signals.internals import blinkers_own, default_namespace
from signalcli.signals.reflection import attributes, builtin_value, class_attributes, is_a
from signalcli.values.signal_name import META_SIGNALS, SignalName

_NOTHING = "anonymous"


def is_unknown(name: str) -> bool:
    """Return whether a name is only a number, because no code leads to the signal."""
    return name.partition("#")[0] == _NOTHING


class _Entry(NamedTuple):
    """An entry of a namespace."""

    namespace: Any
    key: str


class SignalNaming:
    """Find the names of all signals of a heap.

    :param searches: whether to search for what references the signals that no module, class or namespace has.
    """

    def __init__(self, heap: Heap, *, searches: bool = True) -> None:
        self._heap = heap
        self._ids = set(map(id, heap.signals))
        self._metas = dict(self._meta_signals())
        self._entries = self._entries_of_namespaces()
        namespaces = {id(entry.namespace) for of_one in self._entries.values() for entry in of_one}
        self._namespaces = [one for one in heap.namespaces if id(one) in namespaces]
        self._modules = modules()
        self._places = places_of(self._ids | namespaces, self._modules, heap.classes)
        self._held = self._references_of_lost() if searches else {}
        self._labels = self._labels_of_namespaces()

    @property
    def are_referenced(self) -> bool:
        """Whether a module leads to every signal. Another signal may be garbage."""
        return all(held.is_lasting for held in self._held.values())

    def found(self) -> Iterator[FoundSignal]:
        """Yield every signal with its names, meta signals last."""
        signals = [signal for signal in self._heap.signals if id(signal) not in self._metas]
        names = _unique_names({id(signal): self._candidate(signal) for signal in signals})
        for signal in signals:
            yield self._found(signal, names[id(signal)])
        yield from self._found_metas(names)

    def _meta_signals(self) -> Iterator[tuple[int, tuple[Any, str]]]:
        """Yield the ids of meta signals, each with its signal and its attribute there."""
        for signal in self._heap.signals:
            for meta in META_SIGNALS:
                found = attributes(signal).get(meta)
                if id(found) in self._ids and found is not signal:
                    yield id(found), (signal, meta)

    def _entries_of_namespaces(self) -> dict[int, list[_Entry]]:
        """Return the namespace entries of signals by their ids, the default namespace first."""
        found: dict[int, list[_Entry]] = {}
        others = (one for one in self._heap.namespaces if one is not default_namespace)
        for namespace in (default_namespace, *others):
            for key, signal in entries(namespace):
                if id(signal) in self._ids and is_a(key, str):
                    entry = _Entry(namespace, str(builtin_value(key)))
                    found.setdefault(id(signal), []).append(entry)
        return found

    def _is_placed(self, thing_id: int) -> bool:
        return any(place.is_lasting for place in self._places.get(thing_id, ()))

    def _references_of_lost(self) -> dict[int, Reference]:
        """Return what references the signals that no module, class or namespace has."""
        known = self._entries.keys() | self._metas.keys()
        lost = [one for one in self._heap.signals if id(one) not in known]
        lost = [one for one in (*lost, *self._namespaces) if not self._is_placed(id(one))]
        if not lost:
            return {}
        ignored = (lost, self._namespaces, *self._heap)
        internals = {id(_globals_of(signal)) for signal in self._heap.signals}
        return HolderSearch(self._modules, (*ignored, ignored), self._ids, internals).of(lost)

    def _referenced_by(self, thing: Any) -> Reference:
        return self._held.get(id(thing), UNREFERENCED)

    def _labels_of_namespaces(self) -> dict[int, str | None]:
        """Return the text before the slash by the ids of the namespaces."""
        others = [one for one in self._namespaces if one is not default_namespace]
        paths = {id(one): self._path_of_namespace(one) for one in others}
        labels: dict[int, str | None] = {id(default_namespace): None}
        for path in sorted(set(paths.values())):
            alike = [other for other in set(paths.values()) if other != path]
            parts = range(1, len(path) + 1)
            count = next((n for n in parts if all(o[:n] != path[:n] for o in alike)), len(path))
            same = [id_ for id_, other in paths.items() if other == path]
            for number, namespace_id in enumerate(same, start=1):
                label = ".".join(path[:count]).replace(".[", "[")
                labels[namespace_id] = label if len(same) == 1 else f"{label}#{number}"
        return labels

    def _path_of_namespace(self, namespace: Any) -> tuple[str, ...]:
        """Return the parts of the dotted path to a namespace, or to the first of its signals."""
        places = self._places.get(id(namespace))
        if places:
            return tuple(str(best_first(places)[0]).split("."))
        held = self._referenced_by(namespace)
        text = held.path or held.stem or held.by
        if text is None:
            of_signals = (self._places.get(id(signal), ()) for _, signal in entries(namespace))
            ranks = (best_first(places)[0].rank() for places in of_signals if places)
            first = min(ranks, default=None)
            text = first[-1] if first else "namespace"
        return tuple(re.split(r"\.|(?=\[)", text))

    def _package(self, signal: Any) -> str | None:
        """Return the installed package that made a signal; ``None`` if other code did.

        An application imports signals of a package, and a package none of the application. So an
        installed module that has the signal, or else its namespace, decides.
        """
        namespaces = [entry.namespace for entry in self._entries.get(id(signal), ())]
        for thing in (signal, *(one for one in namespaces if one is not default_namespace)):
            paths = [place.holder for place in self._places.get(id(thing), ())]
            held = self._referenced_by(thing)
            paths += filter(None, [held.path or held.stem])
            packages = [installed_package(path, self._modules) for path in paths]
            if packages:
                return next(filter(None, packages), None)
        return None

    def _candidate(self, signal: Any) -> _Candidate:
        """Return the name of a signal before names are made unique."""
        typed = next(self._typeable_names(self._entries.get(id(signal), ())), None)
        if typed is not None:
            return _Candidate(typed, is_first=True)
        places = self._places.get(id(signal))
        if places:
            return _Candidate(str(best_first(places)[0]))
        held = self._referenced_by(signal)
        if held.path is not None:
            return _Candidate(held.path)
        return _Candidate(held.stem or _NOTHING, is_numbered=True, held_by=held.by)

    def _typeable_names(self, entries: Iterable[_Entry]) -> Iterator[str]:
        """Yield the names of a signal in its namespaces that can be typed."""
        for namespace, key in entries:
            name = SignalName(key, self._labels[id(namespace)])
            try:
                if SignalName.parse(str(name)) == name:
                    yield str(name)
            except UsageError:  # such as for an empty name
                continue

    def _found(self, signal: Any, candidate: _Candidate) -> FoundSignal:
        own = attributes(signal).get("name")
        aliases = [*self._typeable_names(self._entries.get(id(signal), ()))]
        aliases += sorted(map(str, self._places.get(id(signal), ())))
        aliases += filter(None, [self._referenced_by(signal).path])
        if is_a(own, str) and is_named(signal) and id(signal) not in self._entries:
            aliases.append(str(builtin_value(own)))
        return FoundSignal(
            signal=signal,
            name=candidate.text,
            aliases=tuple(alias for alias in dict.fromkeys(aliases) if alias != candidate.text),
            kind="named" if is_named(signal) else "anonymous",
            library=library_of(signal),
            held_by=candidate.held_by,
            package=self._package(signal),
        )

    def _found_metas(self, names: dict[int, _Candidate]) -> Iterator[FoundSignal]:
        """Yield the meta signals, each after its signal; those in a circle too."""
        known = {signal_id: candidate.text for signal_id, candidate in names.items()}
        todo = [signal for signal in self._heap.signals if id(signal) in self._metas]
        while todo:
            ready = [signal for signal in todo if id(self._metas[id(signal)][0]) in known]
            for signal in ready or todo[:1]:
                base, meta = self._metas[id(signal)]
                of = known.get(id(base), _NOTHING)
                name = known[id(signal)] = f"{of}:{meta}"
                aliases = tuple(sorted(map(str, self._places.get(id(signal), ()))))
                package, library = self._package(base), library_of(signal)
                yield FoundSignal(signal, name, aliases, "anonymous", library, of, package=package)
            todo = [signal for signal in todo if id(signal) not in known]


class _Candidate(NamedTuple):
    """A name for a signal before names are made unique."""

    text: str
    is_first: bool = False
    """Whether it is the signal's own name, so that other signals get the numbers."""
    is_numbered: bool = False
    """Whether it always has a number."""
    held_by: str | None = None


def _unique_names(candidates: dict[int, _Candidate]) -> dict[int, _Candidate]:
    first = Counter(one.text for one in candidates.values() if one.is_first)
    every = Counter(one.text for one in candidates.values() if not one.is_numbered)
    taken = set(every)
    names: dict[int, _Candidate] = {}
    for signal_id, candidate in sorted(candidates.items(), key=lambda item: item[1].held_by or ""):
        alike = first if candidate.is_first else every
        if candidate.is_numbered or alike[candidate.text] > 1:
            numbered = (f"{candidate.text}#{number}" for number in count(1))
            text = next(text for text in numbered if text not in taken)
            candidate = candidate._replace(text=text)
            taken.add(text)
        names[signal_id] = candidate
    return names


def _globals_of(signal: Any) -> Any:
    connect: Any = class_attributes(blinkers_own(type(signal)))["connect"]
    return connect.__globals__ if type(connect) is FunctionType else None
