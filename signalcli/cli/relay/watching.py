"""Watch the sends that pass a relay, without being one of its listeners."""

from __future__ import annotations

from collections.abc import Iterator
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from signalcli.cli.relay.time_limit import take_until
from signalcli.history.record import PassedSend, Record
from signalcli.history.watch import watch_outcome
from signalcli.language.phrases import phrase
from signalcli.relay.listening.arrival import Arrival, ListenOptions
from signalcli.relay.subjects import SignalPattern, covering
from signalcli.session.journal import now
from signalcli.values.delivery import Delivery

if TYPE_CHECKING:
    from signalcli.cli.relay.access import OpenRelay
    from signalcli.values.result import StreamEnd

ELSEWHERE = phrase("its receivers are those of listeners")


class RelayWatcher:
    """An iterable of the sends that pass a relay, from now on.

    :param count: the number of sends to wait for, or ``None`` for no end.
    :param timeout: the time to wait, in seconds, or ``None`` for no end.
    """

    def __init__(
        self, relay: OpenRelay, pattern: str, count: int | None, timeout: float | None
    ) -> None:
        self._relay = relay
        self._options = ListenOptions((SignalPattern.parse(pattern),))
        self._count = count
        self._timeout = timeout
        self._seen = 0
        self._arrivals: SimpleQueue[Arrival] = SimpleQueue()
        relay.loop.run(relay.connection.subscribed(self._subscribe()))

    @property
    def invitation(self) -> str:
        """The sentence to show first, about what is watched and how to end it."""
        text = self._options.patterns[0].text
        return phrase(
            "Watching {signals} at {address}. Ctrl-C ends it.",
            signals=phrase("every signal") if text == "*" else text,
            address=str(self._relay.connection.address),
        )

    def __iter__(self) -> Iterator[PassedSend]:
        for arrival in take_until(self._arrivals, self._timeout):
            if arrival.envelope is not None:
                self._seen += 1
                yield _passed(arrival)
            if self._seen == self._count:
                return

    @property
    def outcome(self) -> StreamEnd:
        """The outcome, once the iteration has ended."""
        return watch_outcome(self._seen, self._count, self._timeout, ())

    async def _subscribe(self) -> None:
        connection = self._relay.connection

        async def take(message: Any) -> None:
            arrival = Arrival(connection, message)
            if self._options.wants(arrival):
                self._arrivals.put(arrival)

        with connection.sentences():
            for subject in covering(self._options.patterns):
                await connection.client.subscribe(subject, cb=take)


def _passed(arrival: Arrival) -> PassedSend:
    envelope = arrival.envelope
    assert envelope is not None, "it isn't refused"
    signal, payload = str(envelope.signal), envelope.payload
    delivery = Delivery(signal, envelope.sender, payload, False, (), no_receivers=ELSEWHERE)
    return PassedSend(Record(envelope.id, now(), delivery, origin=arrival.origin))
