"""Listen in this thread: take messages from a relay, call the receivers, and show what they did."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from signalcli.cli.relay.time_limit import take_until
from signalcli.errors import ExitStatus, SignalcliError, UnknownName
from signalcli.history.record import Record
from signalcli.language.phrases import Phrase, phrase
from signalcli.relay.envelope import CURRENT, source_name
from signalcli.relay.listening.arrival import Arrival, ListenOptions
from signalcli.relay.listening.listener import SignalListener
from signalcli.session.journal import now
from signalcli.text import session_command
from signalcli.values.delivery import CALLED, Delivery, Message
from signalcli.values.relay.messages import receipt_bytes
from signalcli.values.relay.server import Listener
from signalcli.values.result import StreamEnd

if TYPE_CHECKING:
    from types import FrameType

    from signalcli.cli.invocation import Invocation
    from signalcli.cli.relay.access import OpenRelay
    from signalcli.relay.subjects import SignalPattern
    from signalcli.session.file import SessionFile
    from signalcli.values.signal_name import SignalName

TERMINATED = phrase("Ended by SIGTERM.")
NOT_DEFINED = phrase("no signal of this name is defined here")


class ListeningReceivers(NamedTuple):
    """What delivers messages: the receivers of a session or of an application."""

    place: str
    send: Callable[[SignalName, Message], Delivery]
    explain: Callable[[SignalName, Message], Delivery]
    record: Callable[[Record], None]
    """Saves a delivery to the history, if there is one."""
    check_defined: Callable[[SignalName], None]

    def check(self, patterns: Iterable[SignalPattern]) -> None:
        """Raise UnknownName if a pattern names one signal, and that isn't defined."""
        for pattern in patterns:
            if pattern.signal is not None:
                self.check_defined(pattern.signal)


class Termination(BaseException):
    """SIGTERM came before the listening began, or after it ended."""


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Raise Termination in the block when SIGTERM comes, so that it can end what it started."""

    def end() -> None:
        raise Termination

    with _at_sigterm(end):
        yield


@contextmanager
def _at_sigterm(act: Callable[[], None]) -> Iterator[None]:
    """Call a function when SIGTERM comes in the block. Another one ends the process."""

    def handle(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        act()

    before = signal.signal(signal.SIGTERM, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def terminated(called_receiver: bool = False) -> StreamEnd:
    """Return the end of a ``listen`` that SIGTERM ended."""
    return StreamEnd(ExitStatus.TERMINATED, (TERMINATED,), called_receiver)


class ListenLoop:
    """Deliver messages to receivers until a limit is reached, or SIGTERM comes.

    On SIGTERM, a message whose receivers run is finished and acknowledged; a second one ends the process.

    :param sends: the number of sends to hear; ``None`` for no limit.
    :param timeout: in seconds.
    """

    def __init__(
        self,
        invocation: Invocation,
        relay: OpenRelay,
        options: ListenOptions,
        receivers: ListeningReceivers,
        sends: int | None,
        timeout: float | None,
    ) -> None:
        self._output = invocation.output
        self._relay = relay
        self._options = options
        self._receivers = receivers
        self._sends = sends
        self._timeout = timeout
        self._arrivals: SimpleQueue[Arrival | SignalcliError] = SimpleQueue()
        self._heard = 0
        self._called = self._raised = self._is_terminated = False
        self._announcement = Listener(
            source_name(),
            tuple(pattern.text for pattern in options.patterns),
            receivers.place,
            options.queue,
            options.durable,
            now(),
        )

    def run(self) -> StreamEnd:
        """Listen. RelayError if the listening ends by itself."""
        missed = None
        with _at_sigterm(self._terminate), self._listener():
            self._output.note(self._invitation)
            for arrival in take_until(self._arrivals, self._timeout, lambda: self._is_terminated):
                if isinstance(arrival, SignalcliError):
                    raise arrival
                self._take(arrival)
                if self._heard == self._sends:
                    break
            else:
                if not self._is_terminated and (self._sends is not None or not self._heard):
                    missed = self._missed()
        if self._is_terminated:
            return terminated(self._called)
        status = ExitStatus.FOUND if missed or self._raised else ExitStatus.DONE
        return StreamEnd(status, () if missed is None else (missed,), self._called)

    def _terminate(self) -> None:
        self._is_terminated = True

    @contextmanager
    def _listener(self) -> Iterator[None]:
        loop, connection = self._relay.loop, self._relay.connection
        arrivals = self._arrivals
        listener = SignalListener(
            connection, self._options, self._announcement, arrivals.put, arrivals.qsize
        )
        loop.run(listener.start(needs_permission=True))
        try:
            yield
        finally:
            loop.run(listener.stop())

    @property
    def _invitation(self) -> str:
        wanted = ", ".join(self._announcement.patterns)
        return phrase(
            "Listening to {signals} at {address}, for {place}. Ctrl-C ends it.",
            signals=phrase("every signal") if wanted == "*" else wanted,
            address=str(self._relay.connection.address),
            place=self._receivers.place,
        )

    def _take(self, arrival: Arrival) -> None:
        if arrival.refusal is not None:
            self._output.note(phrase("A message was refused: {reason}.", reason=arrival.refusal))
            return
        assert arrival.envelope is not None, "it isn't refused"
        envelope = arrival.envelope
        message = Message(envelope.sender, envelope.payload)
        if arrival.is_question:
            delivery = self._deliver(self._receivers.explain, arrival, message)
            self._settle(arrival, delivery, None)
            return
        began = now()
        token = CURRENT.set(envelope)
        try:
            delivery = self._deliver(self._receivers.send, arrival, message)
        finally:
            CURRENT.reset(token)
        self._heard += 1
        self._called |= any(call.outcome in CALLED for call in delivery.calls)
        self._raised |= delivery.raised
        record = Record(envelope.id, began, delivery, origin=arrival.origin)
        self._output.stream(record)
        self._receivers.record(record)
        self._settle(arrival, delivery, delivery.first_error if delivery.raised else None)

    def _deliver(
        self, sending: Callable[[SignalName, Message], Delivery], arrival: Arrival, message: Message
    ) -> Delivery:
        assert arrival.signal is not None, "it isn't refused"
        try:
            return sending(arrival.signal, message)
        except UnknownName:
            name, sender, payload = str(arrival.signal), message.sender, message.payload
            return Delivery(name, sender, payload, False, (), no_receivers=NOT_DEFINED)

    def _settle(self, arrival: Arrival, delivery: Delivery, raised: str | None) -> None:
        """Send the receipt, and acknowledge the message or give it back."""
        most = self._relay.connection.client.max_payload
        receipt = receipt_bytes(self._announcement, delivery, most)
        self._relay.loop.run(arrival.settle(receipt, raised))

    def _missed(self) -> Phrase:
        """Return the sentence about a timeout."""
        seconds = self._timeout
        if not self._heard:
            return phrase("Timed out: no message came within {seconds:g} s.", seconds=seconds)
        return phrase(
            "Timed out: {heard} of {wanted} messages came within {seconds:g} s.",
            heard=self._heard,
            wanted=self._sends or 1,
            seconds=seconds,
        )


def opened_receivers(
    invocation: Invocation, keep: Callable[[Record], None], *, yes: bool
) -> AbstractContextManager[ListeningReceivers]:
    """Open the receivers of the chosen session or application."""
    if invocation.app is not None:
        return _receivers_of_application(invocation, yes=yes)
    return _receivers_of_session(invocation, keep)


@contextmanager
def _receivers_of_session(
    invocation: Invocation, keep: Callable[[Record], None]
) -> Iterator[ListeningReceivers]:
    session = invocation.session
    with session.followed() as followed:

        def check_defined(name: SignalName) -> None:
            try:
                followed.check_defined(name)
            except UnknownName:
                raise _unheard(name, session.file) from None

        yield ListeningReceivers(
            session.file.place, followed.send, followed.explain, keep, check_defined
        )


def _unheard(name: SignalName, file: SessionFile) -> UnknownName:
    """Return the error for a signal that no receiver of a session could hear."""
    connect = session_command("connect", str(name), "animal")
    remedy = phrase("Connect a receiver that hears it: {command}", command=connect)
    return UnknownName(
        phrase("signal"), str(name), file.read().signals, place=file.place, remedy=remedy
    )


@contextmanager
def _receivers_of_application(invocation: Invocation, *, yes: bool) -> Iterator[ListeningReceivers]:
    from signalcli.values.delivery import PLAIN

    application = invocation.application.opened(PLAIN)
    place = phrase("the application '{name}'", name=invocation.app)
    question = phrase("Each message runs receivers of {place}. Listen?", place=place)
    invocation.confirm(question, yes)
    yield ListeningReceivers(
        place,
        application.send,
        application.explain,
        lambda record: None,
        lambda name: application.explain(name, Message(None, {})) and None,
    )
