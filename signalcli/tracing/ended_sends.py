"""Find the outermost sends of a running process that have ended, from its updates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from signalcli.tracing.updates import SendUpdate, Update, events_of
from signalcli.values.trace import Event


class EndedSends:
    """The outermost sends of a process, each with all sends below it.

    Only those that haven't ended are kept.
    """

    def __init__(self) -> None:
        self._outermost: dict[int, int] = {}
        """The number of the outermost send around each send, by its own."""
        self._groups: dict[int, dict[int, SendUpdate]] = {}
        """The sends within each outermost send, itself included, by their numbers."""
        self._unfinished: dict[int, int] = {}
        """The number of sends within each outermost send that haven't ended."""

    def add(self, updates: Iterable[Update]) -> Iterator[list[Event]]:
        """Add what is new, and yield the outermost sends that have ended with all that they caused."""
        changed: dict[int, None] = {}
        for update in updates:
            if isinstance(update, SendUpdate):
                changed[self._add(update)] = None
        for number in changed:
            if not self._unfinished[number]:
                yield from filter(None, [self._taken(number)])

    def rest(self) -> Iterator[list[Event]]:
        """Yield all that are left, at the end of the process."""
        yield from filter(None, map(self._taken, list(self._groups)))

    def _add(self, update: SendUpdate) -> int:
        """Add an update, and return the number of the outermost send that it belongs to."""
        around = update.number if update.parent is None else update.parent
        number = self._outermost.setdefault(
            update.number, self._outermost.get(around, update.number)
        )
        group = self._groups.setdefault(number, {})
        before = group.get(update.number)
        group[update.number] = update
        change = _is_unfinished(update) - (before is not None and _is_unfinished(before))
        self._unfinished[number] = self._unfinished.get(number, 0) + change
        return number

    def _taken(self, number: int) -> list[Event]:
        group = self._groups.pop(number)
        for member in group:
            del self._outermost[member]
        del self._unfinished[number]
        return list(events_of(group, {}))


def _is_unfinished(update: SendUpdate) -> bool:
    return isinstance(update.send, Event) and not update.send.ended
