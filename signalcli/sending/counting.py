"""Send batches of messages: with a delivery for each send, or only counted.

Counting uses the results that blinker returns, so that a counted send costs little more than a plain one,
and a receiver that isn't called costs nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock
from types import MethodType

from signalcli.language.phrases import phrase
from signalcli.sending.bulk_sources import BatchItem
from signalcli.sending.deliver import RecordedSignal
from signalcli.signals.internals import LiveSignal, live_receivers, make_id
from signalcli.signals.receivers import Receiver
from signalcli.signals.send import (
    CaughtError,
    ReceiversFor,
    Results,
    catching,
    replaced_receivers_for,
    send,
    stopped_at,
)
from signalcli.signals.tracebacks import raised_error
from signalcli.values.bulk import ReceiverCount
from signalcli.values.delivery import Delivery, Message, SendOptions


class Counts:
    """The outcomes of many sends, counted by the names of the receivers."""

    def __init__(self) -> None:
        self.sent = 0
        self.returned: Counter[str] = Counter()
        self.raised: Counter[str] = Counter()
        self.not_reached: Counter[str] = Counter()

    def add(self, other: Counts) -> None:
        """Add the counts of other sends."""
        self.sent += other.sent
        self.returned.update(other.returned)
        self.raised.update(other.raised)
        self.not_reached.update(other.not_reached)

    @property
    def names(self) -> Iterator[str]:
        """The receivers that any of the sends reached, or was about to reach."""
        yield from (*self.returned, *self.raised, *self.not_reached)

    def of(self, receiver: str) -> ReceiverCount:
        """Return the counts of one receiver. The sends that aren't counted skipped it."""
        returned, raised = self.returned[receiver], self.raised[receiver]
        not_reached = self.not_reached[receiver]
        skipped = self.sent - returned - raised - not_reached
        return ReceiverCount(receiver, returned + raised, raised, skipped, not_reached)


Dispatch = Callable[[Iterable[BatchItem], Counts], "str | None"]
"""Sends a batch and counts it. Returns the sentence that says which receiver ended it, if one did."""


@contextmanager
def recording_each(
    recorded: RecordedSignal, stream: Callable[[Delivery], None], lock: Lock
) -> Iterator[Dispatch]:
    """Yield a function that sends a batch and records each send receiver by receiver."""

    def dispatch(items: Iterable[BatchItem], counts: Counts) -> str | None:
        by_outcome = {
            "returned": counts.returned,
            "raised": counts.raised,
            "not_reached": counts.not_reached,
        }
        for sender, payload in items:
            delivery = recorded.deliver(Message(sender, payload, recorded.options))
            counts.sent += 1
            for call in delivery.calls:
                if call.outcome in by_outcome:
                    by_outcome[call.outcome][call.receiver] += 1
            with lock:
                stream(delivery)
            if delivery.first_error is not None and recorded.options.on_error == "stop":
                return delivery.first_error
        return None

    with recorded:
        yield dispatch


@contextmanager
def counting(live: LiveSignal, options: SendOptions) -> Iterator[Dispatch]:
    """Yield a function that sends a batch and only counts the outcomes."""
    signal, names = live.signal, _ReceiverNames(live)
    identify = names.identify
    emit = _emitter(live, options)

    def dispatch(items: Iterable[BatchItem], counts: Counts) -> str | None:
        sent = 0
        returned: Counter[Hashable] = Counter()
        raised: Counter[Hashable] = Counter()
        sender: object = None
        try:
            for sender, payload in items:
                results = emit(sender, **payload)
                sent += 1
                for receiver, value in results:
                    if type(value) is CaughtError:
                        raised[identify(receiver)] += 1
                    else:
                        returned[identify(receiver)] += 1
        except BaseException as error:
            results, raiser = stopped_at(error, signal)
            if raiser is None or isinstance(error, KeyboardInterrupt):
                raise  # an interrupted send isn't complete, so it isn't counted
            sent += 1
            called = [identify(receiver) for receiver, _ in results]
            returned.update(called)
            raised[identify(raiser)] += 1
            called.append(identify(raiser))
            for receiver in signal.receivers_for(sender):
                if identify(receiver) not in called:
                    counts.not_reached[names.of(identify(receiver))] += 1
            name = names.of(identify(raiser))
            return phrase("{receiver} raised {error}", receiver=name, error=raised_error(error))
        finally:
            counts.sent += sent
            for outcome, found in ((counts.returned, returned), (counts.raised, raised)):
                for key, count in found.items():
                    outcome[names.of(key)] += count
        return None

    receivers = [receiver for _, receiver, _ in live_receivers(signal)]
    if options.on_error == "stop" and not any(map(live.receivers.withheld, receivers)):
        yield dispatch
        return
    wrapped = partial(_wrapped, live, options, names)
    with replaced_receivers_for(signal, wrapped):
        yield dispatch


class _ReceiverNames:
    """The names of receivers, by a key that is quick to get."""

    def __init__(self, live: LiveSignal) -> None:
        self._live = live
        signal = live.signal
        self._names: dict[Hashable, str] = {}
        methods = (type(receiver) is MethodType for _, receiver, _ in live_receivers(signal))
        # Each access to a bound method makes a new object; every other receiver stays the same one.
        self.identify: Callable[[Receiver], Hashable] = make_id if any(methods) else id

    def of(self, key: Hashable) -> str:
        """Return the name of a receiver, which a receiver may have connected during the send."""
        if key not in self._names:
            for _, receiver, _ in live_receivers(self._live.signal):
                self.add(receiver, self._live.receivers.name_of(receiver))
        return self._names.get(key, phrase("a receiver that is gone"))

    def add(self, receiver: Receiver, name: str) -> None:
        self._names[self.identify(receiver)] = name


def _wrapped(
    live: LiveSignal, options: SendOptions, names: _ReceiverNames, receivers_for: ReceiversFor
) -> ReceiversFor:
    """Return a ``receivers_for`` without withheld receivers, which catches errors if asked to."""
    wrappers: dict[Hashable, Receiver] = {}

    def wrapper_of(receiver: Receiver) -> Receiver:
        key = names.identify(receiver)
        if key not in wrappers:
            catch = options.on_error == "continue"
            wrappers[key] = catching(receiver, options) if catch else receiver
            names.add(wrappers[key], live.receivers.name_of(receiver))
        return wrappers[key]

    def wrapped(sender: object) -> Iterator[Receiver]:
        for receiver in receivers_for(sender):
            if live.receivers.withheld(receiver) is None:
                yield wrapper_of(receiver)

    return wrapped


def _emitter(live: LiveSignal, options: SendOptions) -> Callable[..., Results]:
    if options.is_async or options.wrap:
        return lambda sender, /, **payload: send(live.signal, Message(sender, payload, options))
    plain: Callable[..., Results] = type(live.signal).send.__get__(live.signal)
    return plain
