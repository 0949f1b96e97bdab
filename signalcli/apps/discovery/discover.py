"""Discover the live signals of this process."""

from __future__ import annotations

from signalcli.apps.discovery.found import Discovery, sorted_by_name
from signalcli.apps.discovery.heap import Heap
from signalcli.apps.discovery.naming import SignalNames


def discover() -> Discovery:
    """Return every signal of the application, with meta signals and signals of copies of blinker.

    This creates no signal, sender entry or module and runs no code of the application. Unreferenced
    signals don't count: if a signal may be garbage, this collects the garbage first.
    """
    names = SignalNames(Heap.now())
    if not names.are_referenced:
        import gc

        del names
        gc.collect()
        names = SignalNames(Heap.now())
    return sorted_by_name(names.found())
