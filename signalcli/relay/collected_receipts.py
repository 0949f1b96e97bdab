"""Send through a relay and collect receipts, or ask listeners what they would do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from signalcli.errors import InvalidJSON
from signalcli.language.phrases import Phrase, phrase
from signalcli.relay.administration.status import listener_list
from signalcli.relay.envelope import Envelope, write_envelope
from signalcli.relay.listening.presence import present_listeners
from signalcli.relay.subjects import EXPLAIN_PREFIX, SignalPattern, any_matches, subject_of
from signalcli.text import LONGEST_VALUE, from_json
from signalcli.values.relay.messages import Receipt
from signalcli.values.relay.server import DurableListener, Listener

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from signalcli.relay.connection import ServerConnection
    from signalcli.values.signal_name import SignalName

MOST_RECEIPTS = 100_000
"""receipts that are kept. Further ones are dropped."""


class ExpectedReceipts:
    """The listeners that are known for a signal, and the receipts that came.

    Of the processes that share a queue or the name of a durable listener, one answers.
    """

    def __init__(self, listeners: Sequence[Listener], durables: Sequence[DurableListener]) -> None:
        self._durables = {durable.name: durable for durable in durables}
        self._waiting = dict.fromkeys(("durable", name) for name in self._durables)
        """What hasn't answered yet: kinds and names."""
        for one in listeners:
            if one.queue is not None:
                self._waiting["queue", one.queue] = None
            elif one.durable is None:
                self._waiting["process", one.source] = None
        self.receipts: list[Receipt] = []

    @property
    def is_over(self) -> bool:
        """Whether all known listeners have answered."""
        return not self._waiting

    @property
    def awaits_answer(self) -> bool:
        """Whether a known listener that runs hasn't answered."""
        return any(
            kind != "durable" or self._durables[name].running or self._durables[name].unacknowledged
            for kind, name in self._waiting
        )

    def add(self, receipt: Receipt) -> None:
        """Count a listener that has answered."""
        group = receipt.durable or receipt.queue
        kind = "durable" if receipt.durable else "queue" if group else "process"
        self._waiting.pop((kind, group or receipt.listener), None)
        if len(self.receipts) < MOST_RECEIPTS:
            self.receipts.append(receipt)

    def missing(self, durables: Sequence[DurableListener], seconds: float) -> list[Receipt]:
        """Return a row for each known listener that has not answered."""
        now = {durable.name: durable for durable in durables}
        late = phrase("did not answer within {seconds:g} s", seconds=seconds)
        rows = []
        for kind, name in self._waiting:
            if kind == "durable":
                rows.append(Receipt(name, "waiting", _place_of(now.get(name)), durable=name))
            else:
                queue = name if kind == "queue" else None
                rows.append(Receipt(name, "no_answer", late, queue=queue))
        return rows


def listeners_of(signal: SignalName, listeners: Sequence[Listener]) -> list[Listener]:
    """Return the listeners of a signal."""
    return [one for one in listeners if any_matches(one.patterns, signal)]


def durables_of(signal: SignalName, durables: Sequence[DurableListener]) -> list[DurableListener]:
    """Return the durable listeners of a signal."""
    return [one for one in durables if SignalPattern(one.pattern).matches(signal)]


async def send_asking(
    connection: ServerConnection, envelope: Envelope, seconds: float
) -> tuple[Receipt, ...]:
    """Publish a send, and return the receipts that come in time.

    There is a row for each known listener without a receipt. Raises RelayError.
    """
    signal, clock = envelope.signal, asyncio.get_running_loop().time
    with connection.sentences():
        inbox = connection.client.new_inbox()
        answers = await connection.client.subscribe(inbox)
    known = await listener_list(connection)
    expected = ExpectedReceipts(
        listeners_of(signal, known.listeners), durables_of(signal, known.durable)
    )
    data = write_envelope(envelope._replace(reply_to=inbox))
    await connection.publish(subject_of(signal), data, envelope.id)
    end = clock() + seconds
    with connection.sentences():
        while not expected.is_over and (left := end - clock()) > 0:
            try:
                receipt = receipt_in(await answers.next_msg(left))
            except asyncio.TimeoutError:
                break
            if receipt is not None:
                expected.add(receipt)
        await answers.unsubscribe()
    if not expected.is_over:
        known = await listener_list(connection)
    return (*expected.receipts, *expected.missing(durables_of(signal, known.durable), seconds))


async def ask_listeners(
    connection: ServerConnection, envelope: Envelope, seconds: float
) -> tuple[Receipt, ...]:
    """Return what each listener would do with a send. No receiver is called."""
    listeners = listeners_of(envelope.signal, await present_listeners(connection))
    expected = ExpectedReceipts([one._replace(queue=None, durable=None) for one in listeners], [])
    subject = subject_of(envelope.signal, EXPLAIN_PREFIX)
    if listeners:
        async for answer in connection.ask(subject, write_envelope(envelope), seconds):
            receipt = receipt_in(answer)
            if receipt is not None:
                expected.add(receipt._replace(queue=None, durable=None))
            if expected.is_over:
                break
    return (*expected.receipts, *expected.missing((), seconds))


def _place_of(durable: DurableListener | None) -> Phrase:
    """Return how many messages a durable listener hears before this one."""
    before = max(durable.waiting + durable.unacknowledged - 1, 0) if durable is not None else 0
    if durable is None or not durable.running:
        if not before:
            return phrase("next; no process of it runs")
        return phrase("{n:,} before it; no process of it runs", n=before)
    if durable.running > durable.busy:
        return phrase("{n:,} before it", n=before) if before else phrase("next")
    if not before:
        return phrase("its receivers still run")
    return phrase("{n:,} before it; its process is busy with an earlier send", n=before)


def receipt_in(answer: Msg) -> Receipt | None:
    """Return the receipt in an answer, or ``None`` if it is none."""
    try:
        receipt = Receipt.from_json(from_json(answer.data.decode()))
    except (InvalidJSON, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError):
        return None
    is_valid = receipt.outcome == "answered" and len(receipt.listener) <= LONGEST_VALUE
    return receipt if is_valid else None
