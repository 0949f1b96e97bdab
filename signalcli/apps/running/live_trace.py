"""Pass on the sends of a program while it runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter, time
from typing import TYPE_CHECKING

from signalcli.tracing.ended_sends import EndedSends
from signalcli.tracing.look_alikes import look_alikes
from signalcli.tracing.updates import ConnectionUpdate, Deaths
from signalcli.values.delivery import CALLED
from signalcli.values.traces.live import (
    LiveChange,
    LiveReceipt,
    LiveRemoteSend,
    LiveSend,
    SendCounts,
)

if TYPE_CHECKING:
    from signalcli.tracing.updates import Update
    from signalcli.values.relay.messages import Receipt
    from signalcli.values.trace import Event
    from signalcli.values.traces.choice import Choice
    from signalcli.values.traces.live import Live


_MOST_WAITING = 1_000
"""sends that are put in order before they are passed on, if a program sends quicker than they are shown."""


class LiveTrace:
    """Pass on each outermost send of a program when it has ended, and each change of a connection.

    :param show: takes them, in the order of their ends.
    :param choice: the sends and the changes that are passed on.
    :param keeps_sends: whether the program's trace is to have the sends too, when it has ended.
    """

    def __init__(
        self, show: Callable[[Live], object], choice: Choice, *, keeps_sends: bool
    ) -> None:
        self.keeps_sends = keeps_sends
        self._counts = SendCounts()
        self._show = show
        self._choice = choice
        self._processes: list[LiveProcess] = []
        self._waiting: list[Live] = []
        self._elsewhere: deque[Live] = deque()
        """What other threads have added."""
        self._messages: set[str] = set()
        """The ids of the messages of the program, if they are followed."""
        self._heard: set[str] = set()
        """The ids of the messages that receivers heard, here or elsewhere."""
        self._raised: set[str] = set()
        """The ids of the messages whose receivers raised, here or elsewhere."""
        self._to_wall_clock = time() - perf_counter()
        self._sent: set[str] = set()
        self._connected: dict[str, None] = {}
        self._is_stopped = False

    def new_process(self) -> LiveProcess:
        """Return an object that takes the updates of a new process."""
        process = LiveProcess(self)
        self._processes.append(process)
        return process

    def pass_on(self) -> None:
        """Pass on what has come since the last call."""
        while self._elsewhere:
            self._waiting.append(self._elsewhere.popleft())
        waiting, self._waiting = sorted(self._waiting, key=lambda item: item.moment), []
        for item in () if self._is_stopped else waiting:
            self._show(item if len(self._processes) > 1 else item._replace(process=None))

    def stop(self) -> None:
        """Pass on nothing more."""
        self._is_stopped = True

    def end(self) -> None:
        """Pass on what is left when the program has ended: sends that ended with it, or haven't ended."""
        for process in self._processes:
            process.end()
        self.pass_on()

    def add_change(self, process: LiveProcess, update: ConnectionUpdate) -> None:
        """Add a change of a connection."""
        change = update.change
        if change.action == "connected":
            self._connected[change.signal] = None
        if self._choice.shows_change(change):
            moment = process.started + change.started + self._to_wall_clock
            self._waiting.append(LiveChange(moment, process.number, change))

    def add_send(self, process: LiveProcess, events: list[Event]) -> None:
        """Add an outermost send, with all sends below it."""
        self._sent.update(event.signal for event in events)
        events = [self._with_look_alike(event) for event in events]
        chosen = self._choice.chosen(events)
        local = [event for event in events if event.relayed is None]
        counts = self._counts
        self._counts = SendCounts(
            counts.sends + len(events),
            counts.shown + len(chosen),
            counts.unheard + sum(not event.is_heard for event in local),
            counts.raised + sum(event.raised for event in local),
        )
        for event in events if len(local) < len(events) else ():
            if event.relayed is not None:
                self._messages.add(event.relayed.id)
                self._note(event.relayed.id, heard=event.is_heard, raised=event.raised)
        if chosen:
            if len(self._waiting) >= _MOST_WAITING:
                self.pass_on()
            ended = max(event.started + event.seconds for event in events)
            moment = process.started + ended + self._to_wall_clock
            self._waiting.append(LiveSend(moment, process.number, chosen))

    def add_receipt(self, id_: str, signal: str, receipt: Receipt) -> None:
        """Add what receivers elsewhere did with a message. Any thread may call this."""
        outcomes = {call.outcome for call in receipt.calls}
        self._note(id_, heard=not outcomes.isdisjoint(CALLED), raised="raised" in outcomes)
        if self._choice.shows_name(signal):
            self._elsewhere.append(LiveReceipt(time(), None, signal, receipt))

    def add_remote_send(self, signal: str, sender: object, source: str) -> None:
        """Add a message that a receiver elsewhere caused. Any thread may call this.

        :param source: the process that made it. Those of the program itself are left out.
        """
        number = source.rpartition("/")[2]
        is_own = any(str(process.number) == number for process in self._processes)
        if not is_own and self._choice.shows_name(signal):
            self._elsewhere.append(LiveRemoteSend(time(), None, signal, sender, source))

    def _note(self, id_: str, *, heard: bool, raised: bool) -> None:
        if heard:
            self._heard.add(id_)
        if raised:
            self._raised.add(id_)

    @property
    def counts(self) -> SendCounts:
        """The numbers of sends until now."""
        counts, messages = self._counts, self._messages
        return counts._replace(
            unheard=counts.unheard + len(messages - self._heard),
            raised=counts.raised + len(messages & self._raised),
        )

    def _with_look_alike(self, event: Event) -> Event:
        """Add to a send without receivers the signal that was probably meant, if that is known."""
        if event.calls or event.muted:
            return event
        unsent = (name for name in self._connected if name not in self._sent)
        return event._replace(look_alike=next(iter(look_alikes(event.signal, unsent)), None))


class LiveProcess:
    """The sends and the connections of one process."""

    def __init__(self, trace: LiveTrace) -> None:
        self.number: int | None = None
        """The process id."""
        self.started = 0.0
        """When it began to record, by ``perf_counter``."""
        self._trace = trace
        self._sends = EndedSends()
        self._deaths = Deaths()

    def add(self, updates: Sequence[Update]) -> None:
        """Add what is new."""
        for update in updates:
            if isinstance(update, ConnectionUpdate):
                self._deaths.changes.append(update.change)
                self._trace.add_change(self, update)
        self._add_sends(self._sends.add(updates))

    def end(self) -> None:
        """Add the sends that are left at its end."""
        self._add_sends(self._sends.rest())

    def _add_sends(self, groups: Iterable[list[Event]]) -> None:
        for group in groups:
            self._trace.add_send(self, list(map(self._deaths.before, group)))
