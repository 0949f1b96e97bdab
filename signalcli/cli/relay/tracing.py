"""Follow what a traced program sends to other processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from signalcli.errors import RelayError
from signalcli.language.phrases import counted, phrase, sentences
from signalcli.relay.message_trace import MessageTrace
from signalcli.values.traces.relayed import RelayedMessage

if TYPE_CHECKING:
    from signalcli.apps.running.live_trace import LiveTrace
    from signalcli.cli.invocation import Invocation
    from signalcli.cli.parsing.via import ViaOptions
    from signalcli.cli.relay.access import OpenRelay, RelayAccess
    from signalcli.relay.message_trace import PassedMessage
    from signalcli.values.relay.messages import Receipt
    from signalcli.values.trace import Event, ProgramTrace

WAIT_SECONDS = 2.0
"""seconds that listeners have for their receipts after the end of the program, unless users say."""
UNANSWERED = phrase(
    "{n:,} sends had no answer from a listener in time. It may be slower than the sends. Wait longer for it: "
    "--wait SECONDS"
)


class RelayTrace:
    """Follow the messages of a program at one server.

    :param note: takes sentences about what is missing.
    :param live: takes what comes while the program runs.
    """

    def __init__(
        self, relay: OpenRelay, note: Callable[[str], object], live: LiveTrace | None
    ) -> None:
        self._relay = relay
        self._note = note
        self._live = live
        self._messages = MessageTrace(relay.connection, self._take_message, self._take_receipt)
        self.inbox = self._messages.inbox
        relay.loop.run(self._messages.start())

    def _take_message(self, message: PassedMessage) -> None:
        envelope = message.envelope
        if self._live is not None and envelope.hops:
            self._live.add_remote_send(str(envelope.signal), envelope.sender, envelope.source)

    def _take_receipt(self, message: PassedMessage, receipt: Receipt) -> None:
        if self._live is not None:
            self._live.add_receipt(message.envelope.id, str(message.envelope.signal), receipt)

    def completed(self, trace: ProgramTrace, began: float, seconds: float | None) -> ProgramTrace:
        """Wait for receipts, and return the trace, in which each send has what happened to it elsewhere.

        Ctrl-C ends the waiting.

        :param began: the start of the program, by ``perf_counter``.
        :param seconds: the longest time to wait; ``None`` for the usual one.
        """
        seconds = WAIT_SECONDS if seconds is None else seconds
        try:
            with suppress(KeyboardInterrupt):
                self._relay.loop.run(self._messages.wait(seconds))
        except RelayError as error:
            self._note(sentences(phrase("Receipts may be missing."), str(error)))
        unanswered = self._messages.unanswered
        if unanswered > 1:  # of a single one, its row says enough
            self._note(phrase(UNANSWERED, n=unanswered))
        if self._live is not None:
            self._live.pass_on()
        own = {event.relayed.id for event in trace.events if event.relayed is not None}
        events = tuple(self._completed(event, own, began) for event in trace.events)
        lost = sum(event.relayed is not None and not event.relayed.passed for event in events)
        if lost:
            self._note(self._note_on(lost))
        return trace._replace(events=events)

    def _completed(self, event: Event, own: set[str], began: float) -> Event:
        if event.relayed is None:
            return event
        relayed: RelayedMessage = self._messages.relayed(event.relayed.id, own, began)
        look_alike = None if relayed.is_heard else event.look_alike
        return event._replace(relayed=relayed, look_alike=look_alike)

    def _note_on(self, lost: int) -> str:
        """Return a sentence about messages that didn't come to the server."""
        return counted(
            "{n} relayed send didn't come to {address}: the program uses another server, or ended before it was "
            "stored.",
            "{n:,} relayed sends didn't come to {address}: the program uses another server, or ended before they "
            "were stored.",
            lost,
            address=str(self._relay.connection.address),
        )


@contextmanager
def following(
    invocation: Invocation, access: RelayAccess, server: ViaOptions, live: LiveTrace | None
) -> Iterator[RelayTrace]:
    """Connect to the chosen server, and follow the messages of a program while the block runs.

    :param live: takes what comes while the program runs.
    """
    with access.opened(server) as relay:
        yield RelayTrace(relay, invocation.output.note, live)
