"""Every signal that is alive in this process, with its names. Looking changes nothing."""

from __future__ import annotations

from signalcli.apps.discovery.found import Discovery, sorted_by_name
from signalcli.apps.discovery.heap import Heap
from signalcli.apps.discovery.naming import Names


def discover() -> Discovery:
    """Find every signal of the application, its meta signals and those of copies of blinker.

    No signal, bucket or module is made, and no code of the application runs. What nothing holds any
    more and Python has yet to collect isn't alive: where a signal could be of that kind, Python is
    told to collect now.
    """
    names = Names(Heap.now())
    if not names.are_lasting:
        import gc

        del names
        gc.collect()
        names = Names(Heap.now())
    return sorted_by_name(names.found())
