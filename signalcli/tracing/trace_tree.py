"""The tree of a trace: which send made which."""

from collections.abc import Sequence

from signalcli.values.trace import Event

MOST_AT_ONCE = 100
"""sends of one process and depth, of threads and coroutines. Older ones aren't looked at."""


def parents_of(events: Sequence[Event]) -> list[int]:
    """Return, for each send, the index of the send whose receiver made it, or -1.

    It is the last send of the same process and of the next smaller depth, among those that went on when this
    one started: threads and coroutines may send at the same time.
    """
    found: list[int] = []
    # the sends that may be parents, by their process and depth
    last: dict[tuple[int | None, int], list[int]] = {}
    for index, event in enumerate(events):
        around = last.get((event.process, event.depth - 1), [])
        running = (i for i in reversed(around) if goes_on(events[i], event.started))
        found.append(next(running, around[-1] if around else -1))
        same = last.setdefault((event.process, event.depth), [])
        same[:] = [i for i in same[-MOST_AT_ONCE:] if goes_on(events[i], event.started)]
        same.append(index)
    return found


def goes_on(event: Event, moment: float) -> bool:
    """Return whether a send had started and wasn't over, at a time in seconds from the start of the trace."""
    return event.started <= moment and (not event.ended or moment <= event.started + event.seconds)
