"""What a listener listens to, and a message on its way to the receivers."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, NamedTuple

from signalcli.errors import RelayError, SignalcliError
from signalcli.language.phrases import phrase
from signalcli.relay.envelope import Envelope, RefusedMessage, read_envelope
from signalcli.relay.subjects import PREFIX, SignalPattern, signal_of
from signalcli.values.relay.messages import Origin

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from signalcli.relay.connection import ServerConnection

MOST_REMEMBERED = 10_000
"""ids of messages that a listener remembers, so that it drops what comes again."""


class ListenStart(NamedTuple):
    """The first message to hear."""

    kind: str = "new"
    """``"new"``, ``"all"``, ``"since"`` or ``"last"``."""
    value: float = 0.0
    """For ``"since"``, seconds since the epoch; for ``"last"``, a number of messages."""


NEW = ListenStart()


class ListenOptions(NamedTuple):
    """What to listen to, and how."""

    patterns: tuple[SignalPattern, ...]
    queue: str | None = None
    durable: str | None = None
    start: ListenStart = NEW
    ack_wait: float = 30.0
    """seconds after which the server gives a message to another process, if this one is silent."""
    max_deliver: int = 5
    """attempts until a message is a dead letter."""
    retry_after: float = 1.0
    """seconds before the second attempt. Each further pause is twice as long."""

    def wants(self, arrival: Arrival) -> bool:
        """Return whether a message is of one of the patterns, or of no signal at all.

        One that the sender's own process heard for this queue or durable listener isn't heard again.
        """
        signal, envelope = arrival.signal, arrival.envelope
        if envelope is not None and {self.queue, self.durable}.intersection(envelope.heard_by):
            return False
        return signal is None or any(pattern.matches(signal) for pattern in self.patterns)


class Arrival:
    """A message that has come: an envelope, or the reason that it is refused."""

    def __init__(
        self,
        connection: ServerConnection,
        message: Msg,
        prefix: str = PREFIX,
        *,
        is_question: bool = False,
    ) -> None:
        self._connection = connection
        self.message = message
        self.attempt = 1
        self.is_question = is_question
        """Whether it asks what a send would do."""
        self.settle: Settle = self.answer
        """Called once after the receivers, with the receipt, and why they raised if they did."""
        self.signal = signal_of(message.subject, prefix)
        self.envelope: Envelope | None = None
        self.refusal: str | None = None
        if self.signal is None:
            self.refusal = phrase("its subject is that of no signal")
            return
        try:
            self.envelope = read_envelope(message.data, self.signal)
        except RefusedMessage as error:
            self.refusal = str(error)

    @property
    def id(self) -> str | None:
        """The id of the message; ``None`` for one that is refused."""
        return None if self.envelope is None else self.envelope.id

    @property
    def origin(self) -> Origin:
        """Where the message comes from. Only for one that isn't refused."""
        envelope = self.envelope
        assert envelope is not None, "it isn't refused"
        return Origin(envelope.source, envelope.id, envelope.parent, envelope.hops, self.attempt)

    async def answer(self, receipt: bytes | None, raised: str | None = None) -> None:
        """Send the receipt, if the sender waits for one. A question names its own inbox."""
        reply = self.message.reply if self.is_question else None
        if reply is None and self.envelope is not None:
            reply = self.envelope.receipts_to
        if receipt is not None and reply:
            await self._connection.send(reply, receipt)


Settle = Callable[[bytes | None, str | None], Coroutine[Any, Any, None]]
Put = Callable[["Arrival | SignalcliError"], None]
"""Takes a message, or an error that ends the listening, to the thread of the receivers."""


class RecentMessages:
    """The ids of the messages that a listener heard last."""

    def __init__(self) -> None:
        self.unsettled: set[str | None] = set()
        """The ids of durable messages that the receivers have now."""
        self._ids: OrderedDict[str | None, None] = OrderedDict()

    def __contains__(self, message_id: str | None) -> bool:
        return message_id in self._ids

    def add(self, message_id: str | None) -> None:
        self._ids[message_id] = None
        if len(self._ids) > MOST_REMEMBERED:
            self._ids.popitem(last=False)


def start_task(work: Coroutine[Any, Any, None], put: Put) -> asyncio.Task[None]:
    """Start a coroutine as a task. If it raises an error, ``put`` gets that."""

    async def watch() -> None:
        try:
            await work
        except SignalcliError as error:
            put(error)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            put(RelayError("The listener failed: {reason}.", reason=reason))
            raise

    return asyncio.create_task(watch())
