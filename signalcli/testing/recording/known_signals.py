"""The names of the signals in the process of the tests."""

from __future__ import annotations

from typing import Any
from weakref import ref

from blinker import Signal

from signalcli.apps.discovery.discover import discover
from signalcli.apps.discovery.found_signals import Discovery
from signalcli.language.phrases import phrase
from signalcli.signals.internals import default_namespace
from signalcli.signals.reflection import attributes

PLACE = phrase("the process of the tests")
"""What errors call the application."""
PROGRAM = "signalcli --app APP"
"""The beginning of the commands that errors name."""


class KnownSignals:
    """Name signals and find signals by name. No signal is kept alive.

    The signals of the process are only searched when a name is asked for that isn't known yet.
    """

    def __init__(self) -> None:
        self._names: dict[int, tuple[ref[Any], str | None]] = {}
        self.of_packages: frozenset[str] = frozenset()
        """The names of the signals that installed packages made, as far as they were searched."""

    def discover(self) -> Discovery:
        """Search the signals of the process, and remember their names."""
        discovery = discover()
        self._names = {id(one.signal): (ref(one.signal), one.name) for one in discovery.found}
        packaged = (found.name for found in discovery.found if found.package is not None)
        self.of_packages = frozenset(packaged)
        return discovery

    def name_of(self, signal: Signal) -> str | None:
        """Return the name of a signal, as ``signalcli list`` shows it; ``None`` if it has only blinker's."""
        if not self._is_known(signal):
            own = attributes(signal).get("name")
            if type(own) is str and default_namespace.get(own) is signal:
                return own
            self.discover()
        if not self._is_known(signal):
            self._names[id(signal)] = ref(signal), None
        return self._names[id(signal)][1]

    def _is_known(self, signal: Signal) -> bool:
        known = self._names.get(id(signal))
        return known is not None and known[0]() is signal

    def find(self, signal: Signal | str) -> Signal:
        """Return the signal of a name, such as ``"flask/request-started"``, and a signal as it is.

        :raises UnknownName: if no signal has that name.
        :raises UsageError: if several have it.
        """
        __tracebackhide__ = True
        if not isinstance(signal, str):
            return signal
        return self.discover().find(signal, PLACE, PROGRAM).signal
