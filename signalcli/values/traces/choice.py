"""Which sends of a trace are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from signalcli.values.signal_name import matches

if TYPE_CHECKING:
    from signalcli.values.change import ConnectionChange
    from signalcli.values.trace import Event, Trace


class Choice(NamedTuple):
    """Which sends are shown: those that every option matches."""

    patterns: tuple[str, ...] = ()
    """Shell patterns of signals, one of which must match; empty for all signals."""
    unheard: bool = False
    """Whether to show only sends that reached no receiver."""
    slow: float = 0.0
    """The least duration of a send, in seconds."""

    @property
    def is_all(self) -> bool:
        """Whether every send is shown."""
        return not (self.patterns or self.unheard or self.slow)

    def matching(self, events: Iterable[Event]) -> Iterator[Event]:
        """Yield the sends that match."""
        return filter(self._matches, events)

    def chosen(self, events: Sequence[Event]) -> tuple[Event, ...]:
        """Return the sends that match, with those around them and below them.

        :param events: each followed by those that its receivers made.
        """
        if self.is_all:
            return tuple(events)
        kept: set[int] = set()
        # the position of each send around the next one, and whether it or one around it matches
        around: list[tuple[int, bool]] = []
        for number, event in enumerate(events):
            del around[event.depth :]
            is_within = bool(around) and around[-1][1]
            around.append((number, is_within or self._matches(event)))
            if around[-1][1]:
                kept.update(position for position, _ in around)
        return tuple(events[number] for number in sorted(kept))

    def shows_change(self, change: ConnectionChange) -> bool:
        """Return whether a change of a connection is shown.

        Its signal must match. ``unheard`` and ``slow`` choose sends, so with them no change is shown.
        """
        return self.shows_name(change.signal)

    def shows_name(self, signal: str) -> bool:
        """Return whether what isn't a send of the program is shown, by the name of its signal."""
        return not (self.unheard or self.slow) and self._matches_name(signal)

    def part_of(self, trace: Trace) -> Trace:
        """Return a trace with what was chosen of it."""
        if self.is_all:
            return trace
        events = self.chosen(trace.events)
        changes = tuple(filter(self.shows_change, trace.changes))
        left_out = trace.left_out + len(trace.events) - len(events)
        return trace._replace(events=events, changes=changes, left_out=left_out)

    def _matches(self, event: Event) -> bool:
        return (
            event.seconds >= self.slow
            and not (self.unheard and event.is_heard)
            and self._matches_name(event.signal)
        )

    def _matches_name(self, signal: str) -> bool:
        return not self.patterns or _matches_any(self.patterns, signal)


@lru_cache(maxsize=1000)
def _matches_any(patterns: tuple[str, ...], signal: str) -> bool:
    return any(matches(pattern, [signal]) for pattern in patterns)


ALL = Choice()
