"""Choose which receivers are called, until the end of a test."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Hashable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, final

from blinker import Signal

from signalcli.apps.describing.callables import receiver_name
from signalcli.apps.discovery.found_signals import Discovery
from signalcli.signals.internals import live_receivers
from signalcli.signals.reflection import attributes
from signalcli.signals.snapshot import CONNECTIONS, disconnect_others, reconnect
from signalcli.testing.recording.known_signals import PLACE, PROGRAM
from signalcli.values.signal_name import matching

StaysConnected = Callable[[Signal, Hashable], bool]
"""Returns whether a receiver that was connected meanwhile stays connected."""


@final
class Override:
    """A change that lasts until the end of the test, or of the ``with`` block that it is used in."""

    def __init__(self, stays: StaysConnected | None = None) -> None:
        self._undo = ExitStack()
        self._stays = stays
        self._taken: list[tuple[Any, dict[str, Any]]] = []
        """The signals whose receivers are disconnected, with what was connected."""

    def __enter__(self) -> Override:
        return self

    def __exit__(self, *error: object) -> None:
        self.restore()

    def restore(self) -> None:
        """Undo the change, unless it is undone."""
        self._undo.close()

    def mute(self, signal: Signal) -> None:
        """Mute a signal."""
        own = attributes(signal)
        if "is_muted" in own:
            self._undo.callback(setattr, signal, "is_muted", signal.is_muted)
        else:
            self._undo.callback(own.pop, "is_muted", None)
        signal.is_muted = True

    def disconnect(self, signal: Signal, kept: Collection[Hashable] = ()) -> None:
        """Disconnect all receivers of a signal but those with these ids."""
        before = disconnect_others(signal, kept)
        self._taken.append((signal, before))
        stays = None if self._stays is None else partial(self._stays, signal)
        self._undo.callback(reconnect, signal, before, stays)

    @contextmanager
    def suspended(self, discover: Callable[[], Discovery]) -> Generator[None, None, None]:
        """Let all receivers be connected, while the block lasts. Those that it connects stay at the end.

        :param discover: finds the signals that the block makes.
        """
        now = [
            (attributes(one), {name: attributes(one)[name] for name in CONNECTIONS})
            for one, _ in self._taken
        ]
        for signal, before in self._taken:
            attributes(signal).update(before)
        known = {id(found.signal) for found in discover().found}
        try:
            yield
        finally:
            for own, connections in now:
                own.update(connections)
            for signal in _usable(discover()):
                if id(signal) not in known:
                    self.disconnect(signal)


def muted(signals: Iterable[Signal]) -> Override:
    """Mute signals."""
    override = Override()
    for signal in signals:
        override.mute(signal)
    return override


def isolated(discovery: Discovery, stays: StaysConnected | None = None) -> Override:
    """Disconnect all receivers of all signals.

    :param stays: returns whether a receiver that was connected meanwhile stays at the end.
    """
    override = Override(stays)
    for signal in _usable(discovery):
        override.disconnect(signal)
    return override


def only_named(
    discovery: Discovery, patterns: Sequence[str], stays: StaysConnected | None = None
) -> Override:
    """Disconnect all receivers of all signals, without those that a pattern names.

    :raises UnknownName: for a pattern that names no connected receiver.
    """
    __tracebackhide__ = True
    named: list[tuple[Hashable, Sequence[str]]] = []
    for signal in _usable(discovery):
        for receiver_id, receiver, _ in live_receivers(signal):
            name = receiver_name(receiver, lambda thing: None)
            named.append(((id(signal), receiver_id), [name]))
    dotted = [pattern.replace(":", ".") for pattern in patterns]
    remedy = f"{PROGRAM} receivers"
    chosen = set(matching(dotted, named, PLACE, remedy, "receiver")) if dotted else set()
    override = Override(stays)
    for signal in _usable(discovery):
        kept = [id_ for id_, _, _ in live_receivers(signal) if (id(signal), id_) in chosen]
        override.disconnect(signal, kept)
    return override


def _usable(discovery: Discovery) -> Iterator[Any]:
    """Yield the signals whose connections can be replaced: not those of old copies of blinker."""
    for found in discovery.found:
        if attributes(found.signal).keys() >= set(CONNECTIONS):
            yield found.signal
