"""Name the signals of a program while it runs."""

from __future__ import annotations

from time import perf_counter

from blinker import Signal

from signalcli.apps.discovery.discover import quick_names
from signalcli.signals.internals import default_namespace
from signalcli.signals.reflection import attributes

_PAUSE_FACTOR = 20
"""The time between two searches for names, as a multiple of the time that the first one took."""


class LiveNames:
    """Names of signals that are not in blinker's default namespace, as far as modules and classes have them.

    Discovery at the end of the program may find better ones.
    """

    def __init__(self) -> None:
        self._signals: dict[int, Signal] = {}
        """The signals that were asked for, kept alive so that no other gets the id of one."""
        self._names: dict[int, str] = {}
        self._next = 0.0

    def __call__(self, signal: Signal) -> str | None:
        """Return the name of a signal; ``None`` if it isn't known."""
        name = attributes(signal).get("name")
        if type(name) is str and default_namespace.get(name) is signal:
            return None  # its own name is the best one
        self._signals[id(signal)] = signal
        started = perf_counter()
        if id(signal) not in self._names and started >= self._next:
            self._names.update(quick_names(self._signals.values()))
            ended = perf_counter()
            self._next = ended + _PAUSE_FACTOR * (ended - started)
        return self._names.get(id(signal))
