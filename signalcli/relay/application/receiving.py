"""Send what other processes sent: each message calls the receivers of a signal here, with blinker.

A message is sent by the method of the signal's class, so it isn't published again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from queue import SimpleQueue
from threading import Thread, current_thread
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from blinker import Signal

from signalcli.errors import SignalcliError
from signalcli.relay.application.outbox import LOGGER
from signalcli.relay.application.senders import Resolve, received_sender
from signalcli.relay.envelope import CURRENT, Envelope
from signalcli.signals.receivers import Receiver
from signalcli.signals.send import (
    CaughtError,
    ReceiversFor,
    catching,
    replaced_receivers_for,
    run_coroutine,
)
from signalcli.signals.tracebacks import message_of
from signalcli.values.delivery import SendOptions
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from concurrent.futures import Future

    from signalcli.relay.background import BackgroundLoop
    from signalcli.relay.listening.arrival import Arrival
    from signalcli.values.delivery import Delivery
    from signalcli.values.relay.server import Listener

LOG = logging.getLogger(LOGGER)
SETTLE_SECONDS = 10.0
"""The longest time to wait for the acknowledgement of one message."""
LARGEST_RECEIPT = 500_000
"""bytes. A larger receipt leaves out what receivers returned."""
OPTIONS = SendOptions(on_error="continue", wrap=True)

_NEXT: ContextVar[Signal | None] = ContextVar("signalcli.relay.application.next", default=None)
"""The signal whose next dispatch in this context is that of a message."""


class DeliveryGroup(NamedTuple):
    """What signals are received together: by one queue, by one durable listener, or by every process."""

    queue: str | None
    durable: str | None
    max_deliver: int
    ack_wait: float
    retry_after: float

    @property
    def names(self) -> tuple[str, ...]:
        """The names that a send carries if this process has heard it for the group."""
        return tuple(name for name in (self.queue, self.durable) if name is not None)


class ReceivedSignal(NamedTuple):
    """A signal that others send, too."""

    signal: Signal
    name: SignalName
    group: DeliveryGroup
    resolve: Resolve | None


class ReceiverRunner(Protocol):
    """Where receivers run: in a thread, or in the event loop of the application."""

    def begin(self, delivery: Deliveries) -> None:
        """Begin to take messages."""

    def put(self, arrival: Arrival) -> None:
        """Take a message from the relay's event loop."""

    def waiting(self) -> int:
        """Return how many messages wait."""

    def end(self, seconds: float) -> None:
        """Take no more messages, and wait for the receivers of the present one, at most some seconds."""


class Deliveries:
    """Find the signal and the sender of each message, and settle it after its receivers.

    :param source: the source of this process, whose own messages its receivers have heard.
    """

    def __init__(
        self, received: dict[SignalName, ReceivedSignal], source: str, loop: BackgroundLoop
    ) -> None:
        self._received = received
        self._source = source
        self._loop = loop
        self.announcements: dict[DeliveryGroup, Listener] = {}
        """What this process announces to others, for each group."""
        self.delivered = 0
        self.raised = 0
        """Messages whose receivers raised."""
        self.refused = 0
        self.is_over = False
        """Whether the relay has stopped, so that nothing is acknowledged any more."""

    def found(self, arrival: Arrival) -> tuple[ReceivedSignal, Envelope] | None:
        """Return the signal of a message and its envelope; ``None`` if no receiver is to be called."""
        if arrival.refusal is not None:
            self.refused += 1
            LOG.warning("A message was refused: %s.", arrival.refusal)
            return None
        envelope = arrival.envelope
        assert envelope is not None, "it isn't refused"
        received = self._received.get(envelope.signal)
        if received is None or envelope.source == self._source:
            self._settle(arrival, None)
            return None
        if arrival.is_question:
            self._answer(arrival, received, envelope)
            return None
        return received, envelope

    def _answer(self, arrival: Arrival, received: ReceivedSignal, envelope: Envelope) -> None:
        """Answer what a send would do. No receiver and no ``resolve`` runs."""
        from signalcli.relay.application.receipts import explained
        from signalcli.values.relay.messages import receipt_bytes

        sender = received_sender(received.signal, envelope.sender, None)
        explanation = explained(received.signal, str(received.name), sender, envelope.payload)
        listener = self.announcements[received.group]
        self._settle(arrival, None, receipt_bytes(listener, explanation, LARGEST_RECEIPT))

    @contextmanager
    def settling(self, arrival: Arrival, received: ReceivedSignal) -> Iterator[MessageSend]:
        """Let the receivers run in the block, with the message as the parent of what they send.

        Errors are logged, and the message is acknowledged, or given back if there was one.
        """
        assert arrival.envelope is not None, "it isn't refused"
        token = CURRENT.set(arrival.envelope)
        send = MessageSend(received, arrival.envelope)
        errors: list[BaseException] = []
        try:
            with catching_errors(received.signal):
                yield send
        except BaseException as fault:  # noqa: BLE001 - the class's own send may raise anything
            errors.append(fault)
        finally:
            CURRENT.reset(token)
        errors += [value.error for _, value in send.results if type(value) is CaughtError]
        for error in errors:
            LOG.error(
                "A receiver of '%s' raised for message %s, attempt %d.",
                received.name,
                arrival.origin.message,
                arrival.attempt,
                exc_info=error,
            )
        self.delivered += 1
        self.raised += bool(errors)
        raised = f"{type(errors[0]).__name__}: {message_of(errors[0])}" if errors else None
        send.settled = self._settle(
            arrival, raised, send.receipt(self.announcements[received.group])
        )

    def fail(self, arrival: Arrival, error: Exception) -> None:
        """Log an error of the relay itself, and give the message back, so that the next one is delivered."""
        LOG.error("A message can't be delivered.", exc_info=error)
        self._settle(arrival, f"{type(error).__name__}: {message_of(error)}")

    def _settle(
        self, arrival: Arrival, raised: str | None, receipt: bytes | None = None
    ) -> Future[None] | None:
        """Send the receipt, and acknowledge the message, or give it back if a receiver raised.

        :return: the future to wait for before the next message. If this process is killed, only messages
            that aren't acknowledged are heard again.
        """
        is_durable = arrival.settle != arrival.answer
        if self.is_over or not (is_durable or receipt is not None):
            return None
        settled = self._loop.start(arrival.settle(receipt, raised))
        settled.add_done_callback(_log_failure)
        return settled if is_durable else None


class MessageSend:
    """The send of one message to the receivers here."""

    def __init__(self, received: ReceivedSignal, envelope: Envelope) -> None:
        self._received = received
        self._envelope = envelope
        self._before: Delivery | None = None
        self.results: list[Any] = []
        self.settled: Future[None] | None = None
        """Done when a durable message is acknowledged, or given back."""

    def sender(self) -> object:
        """Return the sender, just before the send."""
        received, envelope = self._received, self._envelope
        sender = received_sender(received.signal, envelope.sender, received.resolve)
        if envelope.receipts_to is not None:
            from signalcli.relay.application.receipts import explained

            name = str(received.name)
            self._before = explained(received.signal, name, sender, envelope.payload)
        return sender

    def receipt(self, listener: Listener) -> bytes | None:
        """Return the receipt, after the send, if the sender of the message waits for one."""
        if self._before is None:
            return None
        from signalcli.relay.application.receipts import delivered
        from signalcli.values.relay.messages import receipt_bytes

        return receipt_bytes(listener, delivered(self._before, self.results), LARGEST_RECEIPT)


def _log_failure(settled: Future[None]) -> None:
    if not settled.cancelled() and isinstance(settled.exception(), SignalcliError):
        LOG.warning("A message isn't acknowledged, and will come again: %s", settled.exception())


class ReceiversThread:
    """Call receivers in a thread of its own, one message after the other.

    :param context: a context manager around each message, such as ``app.app_context``.
    :param run_async: makes a coroutine function callable.
    """

    def __init__(self) -> None:
        self.context: Callable[[], AbstractContextManager[Any]] = nullcontext
        self.run_async: Callable[[Callable[..., Any]], Callable[..., Any]] = run_coroutine

    def begin(self, deliveries: Deliveries) -> None:
        self._queue: SimpleQueue[Arrival | None] = SimpleQueue()
        self._is_ending = False
        self._thread = Thread(
            target=self._work,
            args=(deliveries, self._queue),
            name="signalcli-relay-receivers",
            daemon=True,
        )
        self._thread.start()

    def put(self, arrival: Arrival) -> None:
        self._queue.put(arrival)

    def waiting(self) -> int:
        return self._queue.qsize()

    def _work(self, deliveries: Deliveries, arrivals: SimpleQueue[Arrival | None]) -> None:
        from concurrent.futures import wait as wait_for

        while (arrival := arrivals.get()) is not None and not self._is_ending:
            try:
                settled = self._deliver(deliveries, arrival)
            except Exception as error:  # noqa: BLE001 - it is logged, and the thread goes on
                deliveries.fail(arrival, error)
                continue
            if settled is not None:
                wait_for([settled], SETTLE_SECONDS)

    def _deliver(self, deliveries: Deliveries, arrival: Arrival) -> Future[None] | None:
        found = deliveries.found(arrival)
        if found is None:
            return None
        received, envelope = found
        signal = received.signal
        with deliveries.settling(arrival, received) as send, self.context():
            send.results = type(signal).send(
                signal, send.sender(), _async_wrapper=self.run_async, **envelope.payload
            )
        return send.settled

    def end(self, seconds: float) -> None:
        self._is_ending = True
        self._queue.put(None)
        if current_thread() is not self._thread:
            self._thread.join(seconds)


@contextmanager
def catching_errors(signal: Signal) -> Iterator[None]:
    """Make the next send of a signal, in this context, go on after errors.

    The results have a :class:`~signalcli.signals.send.CaughtError` for each receiver that raised. Sends of
    other threads, and sends that the receivers make, are as they were.
    """

    def replaced(receivers_for: ReceiversFor) -> ReceiversFor:
        def found(sender: object) -> Iterator[Receiver]:
            receivers = receivers_for(sender)
            if _NEXT.get() is not signal:
                return receivers
            _NEXT.set(None)
            return (catching(receiver, OPTIONS) for receiver in receivers)

        return found

    token = _NEXT.set(signal)
    try:
        with replaced_receivers_for(signal, replaced):
            yield
    finally:
        _NEXT.reset(token)
