"""Follow the messages of a traced program: their receipts, and the messages that they cause elsewhere.

Each message names the subject of the trace, and so do those that its receivers send in turn. A receipt goes to
that subject, followed by the id of its message. Everything here runs in an event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import cache
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from signalcli.relay.administration.status import listener_list
from signalcli.relay.collected_receipts import ExpectedReceipts, durables_of, receipt_in
from signalcli.relay.envelope import RefusedMessage, read_envelope
from signalcli.relay.subjects import EVERY_SIGNAL, any_matches, signal_of
from signalcli.values.traces.relayed import MOST_LEVELS, RelayedMessage, RemoteSend

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from signalcli.relay.connection import ServerConnection
    from signalcli.relay.envelope import Envelope
    from signalcli.values.relay.messages import Receipt
    from signalcli.values.relay.server import DurableListener, Listener
    from signalcli.values.signal_name import SignalName

QUIET = 0.2
"""seconds without a message or a receipt, after which none is expected."""


class PassedMessage(NamedTuple):
    """A message of the trace that came to the server."""

    envelope: Envelope
    came: float
    """By ``perf_counter``."""


class MessageTrace:
    """The messages of a program and those that they cause, with their receipts.

    :param on_message: called with each message.
    :param on_receipt: called with each message and what one of its listeners did.
    """

    def __init__(
        self,
        connection: ServerConnection,
        on_message: Callable[[PassedMessage], object] = lambda message: None,
        on_receipt: Callable[[PassedMessage, Receipt], object] = lambda message, receipt: None,
    ) -> None:
        self._connection = connection
        self._on_message = on_message
        self._on_receipt = on_receipt
        self.inbox = connection.client.new_inbox()
        """The subject below which receipts come."""
        self._messages: dict[str, PassedMessage] = {}
        self._caused: dict[str, list[str]] = {}
        """The ids of the messages that each message caused."""
        self._receipts: dict[str, list[Receipt]] = {}
        self._missing: dict[str, list[Receipt]] = {}
        self._changed = perf_counter()
        self._is_over = False

    async def start(self) -> None:
        """Follow from now on. RelayError if that isn't possible."""
        await self._connection.subscribed(self._subscribe())

    async def _subscribe(self) -> None:
        client = self._connection.client
        with self._connection.sentences():
            await client.subscribe(f"{self.inbox}.*", cb=self._take_receipt)
            await client.subscribe(EVERY_SIGNAL, cb=self._take_message)

    async def _take_receipt(self, message: Msg) -> None:
        receipt = receipt_in(message)
        if receipt is not None and not self._is_over:
            id_ = message.subject.rpartition(".")[2]
            self._receipts.setdefault(id_, []).append(receipt)
            self._changed = perf_counter()
            if id_ in self._messages:  # a receipt comes after its message
                self._on_receipt(self._messages[id_], receipt)

    async def _take_message(self, message: Msg) -> None:
        signal = signal_of(message.subject)
        is_ours = self.inbox.encode() in message.data  # most are of other programs
        if signal is None or self._is_over or not is_ours:
            return
        try:
            envelope = read_envelope(message.data, signal)
        except RefusedMessage:  # its listeners say so
            return
        if envelope.trace_to != self.inbox or envelope.id in self._messages:
            return
        passed = self._messages[envelope.id] = PassedMessage(envelope, perf_counter())
        if envelope.parent is not None:
            self._caused.setdefault(envelope.parent, []).append(envelope.id)
        self._changed = passed.came
        self._on_message(passed)

    async def wait(self, seconds: float) -> None:
        """Wait until the listeners that run have answered and nothing more comes. Then stop following.

        :param seconds: the longest time without a message or a receipt.
        """
        self._changed = perf_counter()
        await asyncio.sleep(min(QUIET, seconds))
        known = await self._known_listeners()
        unanswered, seen = list[str](), 0
        while (quiet := perf_counter() - self._changed) < seconds:
            if quiet >= QUIET:
                unanswered += islice(self._messages, seen, None)
                seen = len(self._messages)
                unanswered = [one for one in unanswered if self._expected(one, known).awaits_answer]
                if not unanswered:
                    break
            await asyncio.sleep(QUIET / 4)
        known = await self._known_listeners()
        self._is_over = True
        for id_, message in self._messages.items():
            self._missing[id_] = self._expected(id_, known).missing(known.durables, seconds)
            for receipt in self._missing[id_]:
                self._on_receipt(message, receipt)

    @property
    def unanswered(self) -> int:
        """How many messages a listener that runs had not answered at the end of :meth:`wait`."""
        return sum(
            any(receipt.outcome == "no_answer" for receipt in missing)
            for missing in self._missing.values()
        )

    async def _known_listeners(self) -> KnownListeners:
        if not self._messages:
            return KnownListeners((), ())
        found = await listener_list(self._connection)
        return KnownListeners(found.listeners, found.durable)

    def _expected(self, id_: str, known: KnownListeners) -> ExpectedReceipts:
        """Return the listeners that are known for a message, and those of them that have answered."""
        expected = known.of(self._messages[id_].envelope)
        for receipt in self._receipts.get(id_, ()):
            expected.add(receipt)
        return expected

    def relayed(
        self, id_: str, known: set[str], began: float, levels: int = MOST_LEVELS
    ) -> RelayedMessage:
        """Return what became of a message.

        :param known: the ids of the messages of the program itself, which aren't shown as caused elsewhere.
            Each message that is returned is added.
        :param began: the start of the trace, by ``perf_counter``.
        :param levels: how many sends may follow from each other; further ones are left out.
        """
        caused = [one for one in self._caused.get(id_, ()) if levels and one not in known]
        known.update(caused)
        sends = tuple(self._sent(self._messages[one], known, began, levels - 1) for one in caused)
        receipts = (*self._receipts.get(id_, ()), *self._missing.get(id_, ()))
        return RelayedMessage(id_, id_ in self._messages, receipts, sends)

    def _sent(
        self, message: PassedMessage, known: set[str], began: float, levels: int
    ) -> RemoteSend:
        envelope, came = message
        return RemoteSend(
            envelope.source,
            str(envelope.signal),
            envelope.sender,
            tuple(envelope.payload),
            round(max(came - began, 0.0), 9),
            self.relayed(envelope.id, known, began, levels),
        )


class KnownListeners:
    """The listeners that the server knows at one time."""

    def __init__(self, listeners: Sequence[Listener], durables: Sequence[DurableListener]) -> None:
        self.durables = durables
        self._listeners = [(one, seconds_of(one.since)) for one in listeners]
        self._of_signal = cache(self._matching)

    def of(self, envelope: Envelope) -> ExpectedReceipts:
        """Return the listeners of a message: not those of its own process, and not those that came later."""
        heard_by, sent = envelope.heard_by, seconds_of(envelope.time)
        listeners, durables = self._of_signal(envelope.signal)
        return ExpectedReceipts(
            [
                one
                for one, since in listeners
                if one.source != envelope.source
                and one.queue not in heard_by
                and since <= (sent or since)
            ],
            [one for one in durables if one.name not in heard_by],
        )

    def _matching(
        self, signal: SignalName
    ) -> tuple[list[tuple[Listener, float]], list[DurableListener]]:
        listeners = [pair for pair in self._listeners if any_matches(pair[0].patterns, signal)]
        return listeners, durables_of(signal, self.durables)


def seconds_of(time: str | None) -> float:
    """Return a time in seconds since the epoch; 0 if it is unknown."""
    from datetime import datetime

    try:
        return datetime.fromisoformat((time or "").upper().replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0
