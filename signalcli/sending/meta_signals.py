"""What stands around a send or a change: ``connected_to()``, ``muted()``, and meta signals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import TypeVar

from blinker import Signal
from blinker._utilities import make_id

from signalcli.signals.functions import Receiver
from signalcli.signals.internals import ANY_ID
from signalcli.text import as_json_value, sender_label
from signalcli.values.delivery import PLAIN, Delivery, SendOptions
from signalcli.values.signal_name import META_SIGNALS, SignalName

Result = TypeVar("Result")
Tell = Callable[
    [str, Signal, object, Mapping[str, object], SendOptions],
    tuple[Delivery, BaseException | None],
]
"""Sends a signal, or foresees it, and gives what that did with the exception that ended it."""


class MetaSignals:
    """The meta signals of a signal, whose sends are told while the block lasts.

    blinker sends them within its own ``connect`` and ``disconnect``, and throws the results away.
    """

    def __init__(self, name: SignalName, signal: Signal, tell: Tell) -> None:
        self.deliveries: list[Delivery] = []
        self.error: BaseException | None = None
        """What the last one to be ended by an exception raised, and blinker passed on."""
        self._tell = tell
        self._watched = {
            str(name._replace(meta=meta)): vars(signal)[meta]
            for meta in META_SIGNALS
            if meta in vars(signal)
        }

    def __enter__(self) -> None:
        for name, meta in self._watched.items():
            vars(meta)["send"] = partial(self._send, name, meta)

    def __exit__(self, *error: object) -> None:
        for meta in self._watched.values():
            del vars(meta)["send"]

    def attempt(self, operation: Callable[[], object]) -> bool:
        """Do something that may send them; false if one of their receivers ended it by raising."""
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
        """Whether there are any, so that a receiver of theirs could end something by raising."""
        return bool(self._watched)

    @property
    def raiser(self) -> str:
        """The receiver that raised, and where: for a sentence."""
        failed = [(call, d) for d in self.deliveries for call in d.calls if call.error]
        call, delivery = failed[-1]
        return f"{call.receiver} {call.outcome.replace('_', ' ')} in {delivery.signal}"

    def _send(self, name: str, meta: Signal, sender: object, /, **payload: object) -> None:
        delivery, error = self._tell(name, meta, sender, payload, PLAIN)
        self.deliveries.append(_without_objects(delivery))
        if error is not None:
            self.error = error
            raise error


def _without_objects(delivery: Delivery) -> Delivery:
    """The same with its objects told, not held: a receiver is to die when its connection ends."""
    return delivery._replace(
        sender=as_json_value(delivery.sender),
        payload={key: as_json_value(value) for key, value in delivery.payload.items()},
        calls=tuple(call._replace(value=as_json_value(call.value)) for call in delivery.calls),
    )


def within(
    signal: Signal,
    metas: MetaSignals,
    receiver: tuple[str, Receiver] | None,
    muted: bool,
    operation: Callable[[], Result],
) -> tuple[Result | None, tuple[str, ...]]:
    """Do something within ``connected_to()`` and ``muted()``, and say what they leave behind.

    :param receiver: the name and the function of the receiver to connect meanwhile, if any.
    :param muted: whether to mute the signal meanwhile.
    :return: the operation's result, ``None`` if it wasn't done because connecting raised; and the
        notes, a sentence each.
    """
    results: list[Result] = []
    name, function = receiver or ("", None)
    before = connections_of(signal, function) if function else []
    was_muted = signal.is_muted

    def do() -> None:
        with ExitStack() as stack:
            if function is not None:
                stack.enter_context(signal.connected_to(function))
            if muted:
                stack.enter_context(signal.muted())
            results.append(operation())

    notes = []
    with metas:
        if not metas.attempt(do):
            would = "would raise" if metas.deliveries[-1].foreseen else "raised"
            notes.append(f"{metas.raiser}, and so connected_to {would}.")
    if before and function and not connections_of(signal, function):
        listened = "ANY" if "ANY" in before else ", ".join(before[:3])
        notes.append(
            f"connected_to ends by disconnecting every connection of {name}, its own to "
            f"{listened} included."
        )
    if was_muted and not signal.is_muted:
        notes.append("muted() ends by unmuting, although the signal was muted before.")
    return (results[0] if results else None), tuple(notes)


def connections_of(signal: Signal, receiver: Receiver) -> list[str]:
    """The senders that a receiver listens to, as they are written; ``ANY`` among them."""
    senders = signal._by_receiver.get(make_id(receiver), ())
    return ["ANY" if sender == ANY_ID else sender_label(sender) for sender in senders]
