"""Discover the live signals of this process."""

from __future__ import annotations

from collections.abc import Iterable

from blinker import Signal

from signalcli.apps.discovery.found_signals import Discovery, sorted_by_name
from signalcli.apps.discovery.heap import Heap
from signalcli.apps.discovery.naming import SignalNaming, is_unknown
from signalcli.apps.discovery.paths import modules


def discover() -> Discovery:
    """Return every signal of the application, with meta signals and signals of copies of blinker.

    This creates no signal, sender entry or module and runs no code of the application. Unreferenced
    signals don't count: if a signal may be garbage, this collects the garbage first.
    """
    names = SignalNaming(Heap.now())
    if not names.are_referenced:
        import gc

        del names
        gc.collect()
        names = SignalNaming(Heap.now())
    return sorted_by_name(names.found())


def quick_names(signals: Iterable[Signal]) -> dict[int, str]:
    """Return the names of these and other signals by id, while threads of the application run.

    In contrast to :func:`discover`, this only looks at modules, classes and the namespaces of modules, and
    collects no garbage. Signals that are elsewhere are missing.
    """
    names = SignalNaming(Heap.of_modules(signals, modules().values()), searches=False)
    return {id(found.signal): found.name for found in names.found() if not is_unknown(found.name)}
