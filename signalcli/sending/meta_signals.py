"""Run a send or a change within ``connected_to()`` and ``muted()``, and record sends of meta signals."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

from blinker import Signal

from signalcli.language.phrases import joined, phrase
from signalcli.signals.internals import ANY_ID, LiveSignal, make_id
from signalcli.signals.receivers import Receiver
from signalcli.signals.send import MetaSend
from signalcli.text import as_json_value, listed_sender
from signalcli.values.delivery import Delivery, Message, SendOptions
from signalcli.values.signal_name import META_SIGNALS, SignalName

T = TypeVar("T")
Sending = Callable[[LiveSignal, Message], tuple[Delivery, BaseException | None]]
"""Sends or explains a signal. Returns the delivery, and the exception that ended the send."""


class MetaSignals:
    """The meta signals of a signal, whose sends are recorded while the block lasts.

    blinker sends them in its own ``connect`` and ``disconnect``, and drops the results.
    """

    def __init__(self, name: SignalName, live: LiveSignal, sending: Sending) -> None:
        self.deliveries: list[Delivery] = []
        self.error: BaseException | None = None
        """The last exception that a receiver of a meta signal raised."""
        self._sending = sending
        self._metas = [
            LiveSignal(str(name._replace(meta=meta)), vars(live.signal)[meta], live.receivers)
            for meta in META_SIGNALS
            if meta in vars(live.signal)
        ]

    def __enter__(self) -> None:
        for meta in self._metas:
            vars(meta.signal)["send"] = MetaSend(self._send, meta)

    def __exit__(self, *error: object) -> None:
        for meta in self._metas:
            del vars(meta.signal)["send"]

    def attempt(self, operation: Callable[[], object]) -> bool:
        """Run an operation that may send meta signals. Return false if a receiver of one raised."""
        self.error = None
        try:
            operation()
        except BaseException as error:
            if error is not self.error:
                raise
            return False
        return True

    @property
    def exist(self) -> bool:
        """Whether the signal has meta signals."""
        return bool(self._metas)

    @property
    def raiser(self) -> str:
        """The receiver that raised, and the meta signal: ``"failing raised in king:receiver_connected"``."""
        failed = [(call, d) for d in self.deliveries for call in d.calls if call.error]
        call, delivery = failed[-1]
        receiver, meta = call.receiver, delivery.signal
        if delivery.is_explained:
            return phrase("{receiver} would raise in {meta}", receiver=receiver, meta=meta)
        return phrase("{receiver} raised in {meta}", receiver=receiver, meta=meta)

    def _send(self, meta: LiveSignal, sender: object, /, **payload: object) -> None:
        delivery, error = self._sending(meta, Message(sender, payload))
        self.deliveries.append(_without_objects(delivery))
        if error is not None:
            self.error = error
            raise error


def _without_objects(delivery: Delivery) -> Delivery:
    """Replace objects by their JSON, so that a receiver can die when its connection ends."""
    return delivery._replace(
        sender=as_json_value(delivery.sender),
        payload={key: as_json_value(value) for key, value in delivery.payload.items()},
        calls=tuple(call._replace(value=as_json_value(call.value)) for call in delivery.calls),
    )


def within(
    signal: Signal,
    metas: MetaSignals,
    receiver: Receiver | None,
    options: SendOptions,
    operation: Callable[[], T],
) -> tuple[T | None, tuple[str, ...]]:
    """Run an operation within ``connected_to()`` and ``muted()``.

    :return: the operation's result, ``None`` if connecting raised and it didn't run; and notes on what
        the two context managers leave behind.
    """
    results: list[T] = []
    before = [] if receiver is None else sender_labels_of(signal, receiver)
    was_muted = signal.is_muted

    def do() -> None:
        with ExitStack() as stack:
            if receiver is not None:
                stack.enter_context(signal.connected_to(receiver))
            if options.muted:
                stack.enter_context(signal.muted())
            results.append(operation())

    notes = []
    with metas:
        if not metas.attempt(do):
            if metas.deliveries[-1].is_explained:
                note = phrase("{what}, and so connected_to would raise.", what=metas.raiser)
            else:
                note = phrase("{what}, and so connected_to raised.", what=metas.raiser)
            notes.append(note)
    if before and receiver is not None and not sender_labels_of(signal, receiver):
        listened = "ANY" if "ANY" in before else joined(before[:3])
        notes.append(
            phrase(
                "connected_to ends by disconnecting every connection of {receiver}, its own to "
                "{senders} included.",
                receiver=options.connected_to,
                senders=listened,
            )
        )
    if was_muted and not signal.is_muted:
        notes.append(phrase("muted() ends by unmuting, although the signal was muted before."))
    return (results[0] if results else None), tuple(notes)


def sender_labels_of(signal: Signal, receiver: Receiver) -> list[str]:
    """Return the labels of the senders that a receiver listens to, with ``"ANY"`` for ``ANY``."""
    senders = signal._by_receiver.get(make_id(receiver), ())
    return ["ANY" if sender == ANY_ID else listed_sender(sender) for sender in senders]
