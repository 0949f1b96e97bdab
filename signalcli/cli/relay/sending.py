"""Send to other processes: one send with receipts, a question, or many sends."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from signalcli.errors import RelayError, UsageError
from signalcli.language.phrases import counted, phrase, sentences
from signalcli.relay.collected_receipts import ask_listeners, send_asking
from signalcli.relay.envelope import new_envelope, source_name, write_envelope
from signalcli.relay.subjects import subject_of
from signalcli.sending.bulk_sources import Batch, BatchItem, MessageSource
from signalcli.values.bulk import Run
from signalcli.values.delivery import Delivery, Message
from signalcli.values.relay.messages import RelayedSend
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from signalcli.cli.invocation import Invocation
    from signalcli.cli.parsing.via import SendViaOptions, ViaOptions
    from signalcli.cli.relay.access import OpenRelay, RelayAccess
    from signalcli.history.record import Record
    from signalcli.relay.envelope import Envelope

LEFT_OUT = phrase("receivers here were left out")
CALLED_HERE = phrase("Its receivers here were called; other processes may not hear it.")
EXPLAIN_SECONDS = 2.0
"""seconds that listeners have to say what they would do."""
BATCH = 1024


def send_relayed(
    invocation: Invocation,
    access: RelayAccess,
    signal: SignalName,
    message: Message,
    relayed: SendViaOptions,
) -> RelayedSend:
    """Send to the receivers here, and to other processes.

    If the server can't be reached, RelayError is raised before a receiver is called.
    """
    envelope = new_envelope(signal, message.sender, message.payload, source_name())
    subject, data = subject_of(signal), write_envelope(envelope)
    with access.opened(relayed.server) as relay:
        delivery = _delivered_here(invocation, signal, message, relayed)
        loop, connection = relay.loop, relay.connection
        receipts = None
        try:
            if relayed.wait is None:
                loop.run(connection.publish(subject, data, envelope.id))
            else:
                receipts = loop.run(send_asking(connection, envelope, relayed.wait))
        except RelayError as error:
            if relayed.remote_only:
                raise
            raise RelayError(sentences(str(error), CALLED_HERE)) from error
        via = str(connection.address)
        return RelayedSend(delivery, envelope.id, via, receipts, relayed.remote_only)


def _delivered_here(
    invocation: Invocation, signal: SignalName, message: Message, relayed: SendViaOptions
) -> Delivery:
    if relayed.remote_only:
        sender, payload = message.sender, message.payload
        return Delivery(str(signal), sender, payload, False, (), no_receivers=LEFT_OUT)
    return invocation.dispatch(lambda sender: sender.send(signal, message), message.options)


def explain_relayed(
    access: RelayAccess,
    signal: SignalName,
    message: Message,
    server: ViaOptions,
    explained: Delivery,
) -> RelayedSend:
    """Ask each listener what it would do with a send. No receiver is called."""
    envelope = new_envelope(signal, message.sender, message.payload, source_name())
    with access.opened(server) as relay:
        asking = ask_listeners(relay.connection, envelope, EXPLAIN_SECONDS)
        receipts = relay.loop.run(asking)
        return RelayedSend(explained, None, str(relay.connection.address), receipts)


class RecordPublisher:
    """Publish past sends that were sent again, each under the id that it has in the history."""

    def __init__(self, relay: OpenRelay) -> None:
        self._relay = relay
        self._source = source_name()
        self._stored = 0

    def __call__(self, record: Record) -> None:
        """Publish a send. UsageError if it can't be relayed, RelayError if it isn't stored."""
        sent = record.delivery
        signal = SignalName.parse(sent.signal)
        envelope = new_envelope(signal, sent.sender, sent.payload, self._source)
        data = write_envelope(envelope._replace(id=record.id))
        connection = self._relay.connection
        self._relay.loop.run(connection.publish(subject_of(signal), data, record.id))
        self._stored += 1

    @property
    def note(self) -> str:
        """The sentence about what was stored."""
        return _stored(self._stored, self._relay)


def _stored(number: int, relay: OpenRelay) -> str:
    address = str(relay.connection.address)
    return counted(
        "{n} message stored at {address}.",
        "{n:,} messages stored at {address}.",
        number,
        address=address,
    )


class BatchPublisher:
    """Publish batches of messages. At most one is on its way while the next one is prepared."""

    def __init__(self, relay: OpenRelay, signal: SignalName) -> None:
        self.stored = 0
        self._relay = relay
        self._signal = signal
        self._subject = subject_of(signal)
        self._source = source_name()
        self._sending: Future[int] | None = None

    def envelope(self, item: BatchItem) -> Envelope:
        """Return the envelope of a message. UsageError if it can't be relayed."""
        return new_envelope(self._signal, *item, self._source)

    def publish(self, envelopes: list[Envelope]) -> None:
        """Publish a batch, once the one before is stored. Raises RelayError if that isn't possible."""
        self.finish()
        self._sending = self._relay.loop.start(self._publish(envelopes))

    @property
    def note(self) -> str:
        """The sentence about what was stored."""
        return _stored(self.stored, self._relay)

    def finish(self) -> None:
        """Wait until all batches are stored."""
        if self._sending is not None:
            self.stored += self._sending.result()
            self._sending = None

    async def _publish(self, envelopes: list[Envelope]) -> int:
        connection = self._relay.connection
        acknowledgements = [
            await connection.start_publish(self._subject, write_envelope(envelope), envelope.id)
            for envelope in envelopes
        ]
        return len(await connection.stored(*acknowledgements))


class PublishingSource:
    """A source of messages, each of which is published when it is taken.

    :param stop: whether to end at the first message that can't be relayed.
    """

    def __init__(self, source: MessageSource, publisher: BatchPublisher, *, stop: bool) -> None:
        self._source = source
        self._publisher = publisher
        self._stop = stop
        self._number = 0

    @property
    def total(self) -> int | None:
        return self._source.total

    @property
    def position(self) -> int:
        return self._source.position

    def take(self, count: int) -> Batch:
        """Return the next messages. RelayError if they can't be published."""
        batch = self._source.take(count)
        messages: list[BatchItem] = []
        envelopes: list[Envelope] = []
        bad = list(batch.bad)
        for item in batch.messages:
            self._number += 1
            try:
                envelopes.append(self._publisher.envelope(item))
            except UsageError as error:
                unsent = phrase("Message {number:,} wasn't sent.", number=self._number)
                bad.append(sentences(unsent, str(error)))
                if self._stop:
                    break
            else:
                messages.append(item)
        if envelopes:
            self._publisher.publish(envelopes)
        return Batch(messages, batch.lines, tuple(bad))


def publish_only(
    source: PublishingSource,
    empty: Run,
    progress: Callable[[int], None],
    note: Callable[[str], None],
) -> Run:
    """Publish every message of a source, and call no receiver here. Ctrl-C ends it early.

    :param empty: the run without its counts.
    :param progress: called with the number of new sends.
    :param note: called with a sentence about each message that can't be sent.
    """
    began = perf_counter()
    sent = bad_lines = 0
    stopped: str | None = None
    interrupted = False
    try:
        while stopped is None and (batch := source.take(BATCH)).lines:
            number = len(list(batch.messages))
            sent += number
            bad_lines += len(batch.bad)
            progress(number)
            if batch.bad and empty.options.on_error == "stop":
                stopped = batch.bad[0]
            else:
                for sentence in batch.bad:
                    note(sentence)
    except KeyboardInterrupt:
        interrupted = True
    return empty._replace(
        sent=sent,
        bad_lines=bad_lines,
        seconds=round(perf_counter() - began, 6),
        stopped=stopped,
        stopped_by_bad_line=stopped is not None,
        interrupted=interrupted,
        remote_only=True,
    )
