"""What is new of a process that is traced while it runs, and the sends that its updates make."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from signalcli.values.change import ConnectionChange
from signalcli.values.delivery import Call
from signalcli.values.inspection import ObjectKind
from signalcli.values.trace import STREAM_CLOSED, Event, RequestTimeline

DIED = "receiver died"


class ReturnedSend(NamedTuple):
    """A send whose receivers were all called for one reason, and returned: most sends are such.

    It is quick to make and to write.
    """

    depth: int
    sender: object
    sender_shown: str | None
    payload_keys: tuple[str, ...]
    seconds: float
    reason: str
    results: list[Any]
    """The name and the value of each receiver, in one flat list."""
    starts: list[float]
    ends: list[float]
    started: float

    def event(self, signal: str) -> Event:
        """Return the send as an event of a signal of this name."""
        columns = self.results[::2], self.results[1::2], self.starts, self.ends
        calls = (
            Call(name, "returned", self.reason, value, seconds=round(after - before, 9))
            for name, value, before, after in zip(*columns, strict=True)
        )
        return Event(
            signal,
            self.depth,
            self.sender,
            tuple(self.payload_keys),
            False,
            tuple(calls),
            round(self.seconds, 9),
            sender_shown=self.sender_shown,
            started=round(max(self.started, 0.0), 9),
        )


class SendUpdate(NamedTuple):
    """What is new of one send of a process that is traced while it runs."""

    number: int
    """The number of the send, by its start."""
    parent: int | None
    """The number of the send whose receiver made this one."""
    signal_id: int
    signal: str
    """The name of the signal until now."""
    send: Event | ReturnedSend | None
    """``None`` if it turned out to be no send."""


class ConnectionUpdate(NamedTuple):
    """A change of a connection of a process that is traced while it runs."""

    signal_id: int
    change: ConnectionChange
    is_earlier: bool = False
    """Whether it was made before the trace: the death of a receiver that sends of the trace don't reach."""


class SenderUpdate(NamedTuple):
    """A sender, by its label, of a process that is traced while it runs."""

    label: str
    kind: ObjectKind


Update = SendUpdate | ConnectionUpdate | SenderUpdate


class TraceUpdates:
    """The sends and the connections of a process, as its updates describe them."""

    def __init__(self) -> None:
        self._sends: dict[int, SendUpdate] = {}
        self._changes: list[ConnectionUpdate] = []
        self._earlier: list[ConnectionUpdate] = []
        self.senders: dict[str, ObjectKind] = {}
        """The classes of the senders that are no text or number, by their labels."""
        self.names: dict[int, str] = {}
        """Better names of signals, by their ids."""

    def add(self, updates: Iterable[Update]) -> None:
        """Add what is new, and replace sends that went on."""
        for update in updates:
            if isinstance(update, ConnectionUpdate):
                (self._earlier if update.is_earlier else self._changes).append(update)
            elif isinstance(update, SenderUpdate):
                self.senders[update.label] = update.kind
            elif update.send is None:
                self._sends.pop(update.number, None)
            elif isinstance(update.send, ReturnedSend):  # an event takes less memory
                self._sends[update.number] = update._replace(send=update.send.event(update.signal))
            else:
                self._sends[update.number] = update

    @property
    def changes(self) -> tuple[ConnectionChange, ...]:
        """The changes of connections until now, in the order of time."""
        return tuple(self._named(self._changes))

    @property
    def _all_changes(self) -> tuple[ConnectionChange, ...]:
        """The deaths before the trace, then its changes."""
        return (*self._named(self._earlier), *self.changes)

    def _named(self, updates: list[ConnectionUpdate]) -> Iterator[ConnectionChange]:
        for id_, change, _ in updates:
            yield change._replace(signal=self.names.get(id_) or change.signal)

    @property
    def events(self) -> tuple[Event, ...]:
        """The sends until now, by their start; sends that a receiver made follow the send that called it."""
        return with_deaths(list(events_of(dict(self._sends), self.names)), self._all_changes)

    def take_events(self) -> Iterator[Event]:
        """Yield the sends as ``events`` has them, and forget each."""
        sends, self._sends = self._sends, {}
        events, changes = events_of(sends, self.names), self._all_changes
        return events if not _any_died(changes) else iter(with_deaths(list(events), changes))

    def filled_in(self, timeline: RequestTimeline) -> RequestTimeline:
        """Return a request with what was traced, and with the first exception that was passed to a send."""
        events = self.events
        passed = (e.exception for e in events if e.exception and e.exception.type != STREAM_CLOSED)
        error = timeline.error or next(passed, None)
        made = timeline._replace(events=events, error=error, changes=self.changes)
        return made._replace(senders=self.senders)


def events_of(sends: dict[int, SendUpdate], names: Mapping[int, str]) -> Iterator[Event]:
    """Yield sends by their start; those that a receiver made follow the send that called it.

    :param sends: by their numbers. Each is removed when it was yielded, because there may be millions.
    :param names: better names of signals, by their ids.
    """
    made: dict[int | None, list[int]] = {}
    for number in sorted(sends):
        parent = sends[number].parent
        made.setdefault(parent if parent in sends else None, []).append(number)
    waiting = made.pop(None, [])[::-1]
    while waiting:
        update = sends.pop(waiting.pop())
        name, send = names.get(update.signal_id, update.signal), update.send
        if isinstance(send, ReturnedSend):
            yield send.event(name)
        elif send is not None:
            yield send if send.signal == name else send._replace(signal=name)
        waiting += reversed(made.pop(update.number, ()))


def with_deaths(events: list[Event], changes: tuple[ConnectionChange, ...]) -> tuple[Event, ...]:
    """Return sends with the places of the receivers that died before them, without having been called.

    Places that no death of the changes has are kept: they died before the trace.
    """
    if not _any_died(changes):
        return tuple(events)
    known, deaths = list(events), Deaths()
    deaths.changes.extend(changes)
    ended = {change.where or change.receiver for change in changes if change.action == DIED}
    for number in sorted(range(len(known)), key=lambda number: known[number].started):
        earlier = [place for place in known[number].died if place not in ended]
        event = deaths.before(known[number])
        known[number] = event._replace(died=(*earlier, *event.died)) if earlier else event
    return tuple(known)


def _any_died(changes: tuple[ConnectionChange, ...]) -> bool:
    return any(change.action == DIED for change in changes)


class Deaths:
    """The receivers that died before the sends of one process, without having been called.

    A receiver that the same line connects later replaces the dead one.
    """

    def __init__(self) -> None:
        self.changes: deque[ConnectionChange] = deque()
        """The changes that are later than every send asked about so far, oldest first."""
        self._called: set[tuple[str, str]] = set()
        self._dead: dict[tuple[str, str, str], ConnectionChange] = {}

    def before(self, event: Event) -> Event:
        """Return a send with the places of the dead. Sends are asked about by their start."""
        while self.changes and self.changes[0].started <= event.started:
            self._add(self.changes.popleft())
        for call in event.calls:
            if call.outcome != "skipped":
                self._called.add((event.signal, call.receiver))
        if not self._dead or event.muted:
            return event
        died = (key[2] for key, change in self._dead.items() if _would_hear(change, event))
        return event._replace(died=tuple(died))

    def _add(self, change: ConnectionChange) -> None:
        key = change.signal, change.receiver, change.where or change.receiver
        if change.action == DIED and key[:2] not in self._called:
            self._dead[key] = change
        elif change.action == "connected" and not (key in self._dead and self._dead[key].at_once):
            self._dead.pop(key, None)


def _would_hear(change: ConnectionChange, event: Event) -> bool:
    """Return whether the receiver of a connection listened to the signal and the sender of a send."""
    sent = event.sender if event.sender_shown is None else event.sender_shown
    listened = change.sender if isinstance(change.sender, (str, int)) else repr(change.sender)
    return change.signal == event.signal and (change.any or listened == sent)
