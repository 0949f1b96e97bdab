"""Sending a batch of messages: each told receiver by receiver, or only counted.

Counting takes what blinker gives its caller, so that a send costs little more than itself, and
nothing for a receiver that isn't called.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from inspect import ismethod
from typing import TYPE_CHECKING, Any

from blinker import Signal
from blinker._utilities import make_id

from signalcli.sending.bulk_sources import Message
from signalcli.sending.deliver import Watched
from signalcli.signals.functions import Receiver, message_of
from signalcli.signals.internals import live_receivers
from signalcli.signals.send import Kept, Results, keeping, send, stopped_at
from signalcli.values.bulk import ReceiverCount
from signalcli.values.delivery import Delivery, SendOptions

if TYPE_CHECKING:
    from signalcli.signals.receiver_info import Roster


class Counts:
    """What came of many sends, by the names of the receivers."""

    def __init__(self) -> None:
        self.sent = 0
        self.returned: Counter[str] = Counter()
        self.raised: Counter[str] = Counter()
        self.not_reached: Counter[str] = Counter()

    def add(self, other: Counts) -> None:
        """Add what came of others."""
        self.sent += other.sent
        self.returned.update(other.returned)
        self.raised.update(other.raised)
        self.not_reached.update(other.not_reached)

    @property
    def names(self) -> Iterator[str]:
        """The receivers that any of the sends came to, or would have."""
        yield from (*self.returned, *self.raised, *self.not_reached)

    def of(self, receiver: str) -> ReceiverCount:
        """What came of the sends for one receiver: skipped is what is left."""
        returned, raised = self.returned[receiver], self.raised[receiver]
        not_reached = self.not_reached[receiver]
        skipped = self.sent - returned - raised - not_reached
        return ReceiverCount(receiver, returned + raised, raised, skipped, not_reached)


Dispatch = Callable[[Iterable[Message], Counts], "str | None"]
"""Sends a batch and counts it; gives the sentence that says what ended it, if a receiver did."""


@contextmanager
def telling(watched: Watched, told: Callable[[Delivery], None]) -> Iterator[Dispatch]:
    """Sends that are told receiver by receiver, while the block lasts.

    :param told: is called with each of them.
    """

    def dispatch(messages: Iterable[Message], counts: Counts) -> str | None:
        by_outcome = {
            "returned": counts.returned,
            "raised": counts.raised,
            "not_reached": counts.not_reached,
        }
        for sender, payload in messages:
            delivery = watched.deliver(sender, payload)
            counts.sent += 1
            for call in delivery.calls:
                if call.outcome in by_outcome:
                    by_outcome[call.outcome][call.receiver] += 1
            told(delivery)
            if delivery.first_error is not None and watched.options.on_error == "stop":
                return delivery.first_error
        return None

    with watched:
        yield dispatch


@contextmanager
def counting(signal: Signal, roster: Roster, options: SendOptions) -> Iterator[Dispatch]:
    """Sends that are only counted, while the block lasts."""
    names = _Names(signal, roster)
    identify = names.identify
    emit = _emitter(signal, options)

    def dispatch(messages: Iterable[Message], counts: Counts) -> str | None:
        sent = 0
        returned: Counter[Hashable] = Counter()
        raised: Counter[Hashable] = Counter()
        sender: object = None
        try:
            for sender, payload in messages:
                results = emit(sender, **payload)
                sent += 1
                for receiver, value in results:
                    if value.__class__ is Kept:
                        raised[identify(receiver)] += 1
                    else:
                        returned[identify(receiver)] += 1
        except BaseException as error:
            results, raiser = stopped_at(error, signal)
            if raiser is None:
                raise
            sent += 1
            came_back = [identify(receiver) for receiver, _ in results]
            returned.update(came_back)
            came_back.append(identify(raiser))
            for receiver in signal.receivers_for(sender):
                if identify(receiver) not in came_back:
                    counts.not_reached[names.of(identify(receiver))] += 1
            name = names.of(identify(raiser))
            if isinstance(error, KeyboardInterrupt):
                counts.not_reached[name] += 1
                raise
            counts.raised[name] += 1
            return f"{name} raised {type(error).__name__}: {message_of(error)}"
        finally:
            counts.sent += sent
            for outcome, found in ((counts.returned, returned), (counts.raised, raised)):
                for key, count in found.items():
                    outcome[names.of(key)] += count
        return None

    receivers = [receiver for _, receiver, _ in live_receivers(signal)]
    if options.on_error == "stop" and not any(map(roster.withheld, receivers)):
        yield dispatch
        return
    with _wrapped(signal, roster, options, names):
        yield dispatch


class _Names:
    """The names of receivers by what tells them apart, which is quick to ask for."""

    def __init__(self, signal: Signal, roster: Roster) -> None:
        self._signal = signal
        self._roster = roster
        self._names: dict[Hashable, str] = {}
        methods = (ismethod(receiver) for _, receiver, _ in live_receivers(signal))
        # A bound method is another object each time; everything else is always the same one.
        self.identify: Callable[[Receiver], Hashable] = make_id if any(methods) else id

    def of(self, key: Hashable) -> str:
        """The name of a receiver; its code may have connected it a moment ago."""
        if key not in self._names:
            for _, receiver, _ in live_receivers(self._signal):
                self.add(receiver, self._roster.name_of(receiver))
        return self._names.get(key, "a receiver that is gone")

    def add(self, receiver: Receiver, name: str) -> None:
        """Let a receiver, or what is called in its place, have a name."""
        self._names[self.identify(receiver)] = name


@contextmanager
def _wrapped(signal: Signal, roster: Roster, options: SendOptions, names: _Names) -> Iterator[None]:
    """Let blinker's sends leave out what is withheld, and keep exceptions where that is asked for.

    :param names: gets the names of the wrappers too.
    """
    receivers_for = signal.receivers_for
    wrappers: dict[Hashable, Receiver] = {}

    def wrapper_of(receiver: Receiver) -> Receiver:
        key = names.identify(receiver)
        if key not in wrappers:
            keep = options.on_error == "continue"
            wrappers[key] = keeping(receiver, options) if keep else receiver
            names.add(wrappers[key], roster.name_of(receiver))
        return wrappers[key]

    def wrapped(sender: object) -> Iterator[Receiver]:
        for receiver in receivers_for(sender):
            if roster.withheld(receiver) is None:
                yield wrapper_of(receiver)

    vars(signal)["receivers_for"] = wrapped
    try:
        yield
    finally:
        del vars(signal)["receivers_for"]


def _emitter(signal: Signal, options: SendOptions) -> Callable[..., Results]:
    """What sends the signal for a sender and a payload."""
    if options.is_async or options.wrap:

        def emit(sender: object, /, **payload: Any) -> Results:
            return send(signal, sender, payload, options)

        return emit
    plain: Callable[..., Results] = type(signal).send.__get__(signal)
    return plain
