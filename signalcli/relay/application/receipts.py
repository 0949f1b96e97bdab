"""What the receivers of an application did with a message, or would do, for a sender that asks."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from blinker import Signal

from signalcli.sending.explain import explain_send
from signalcli.signals.functions import Receiver, first_line, place_of, try_call
from signalcli.signals.internals import LiveSignal, is_coroutine_function, sender_in
from signalcli.signals.send import CaughtError
from signalcli.signals.tracebacks import message_of, raised_error
from signalcli.text import as_json_value, to_json
from signalcli.values.delivery import Call, Delivery, Message, SendOptions
from signalcli.values.relay.messages import receipt_document
from signalcli.values.relay.server import Listener

if TYPE_CHECKING:
    from signalcli.values.inspection import ApplicationReceiverDetails

_OPTIONS = SendOptions(on_error="continue", wrap=True)
LARGEST = 500_000
"""bytes. A receipt that is larger leaves out what receivers returned."""


class NamedReceivers:
    """What is told of receivers and senders: their names, without their code."""

    withholds = False

    def name_of(self, receiver: Receiver) -> str:
        function = getattr(receiver, "__func__", receiver)
        kind = type(function)
        module = try_call(lambda: str(function.__module__), kind.__module__)
        name = try_call(lambda: str(function.__qualname__), kind.__qualname__)
        return f"{module}.{name}"

    def place_of(self, receiver: Receiver) -> str | None:
        return place_of(receiver)

    def unwrapped(self, receiver: Receiver) -> tuple[Receiver, str] | None:
        return None

    def doc_of(self, receiver: Receiver) -> str | None:
        return first_line(receiver)

    def is_async(self, receiver: Receiver) -> bool | None:
        return is_coroutine_function(receiver)

    def withheld(self, receiver: Receiver) -> str | None:
        return None

    def known_to_raise(self, receiver: Receiver) -> Exception | None:
        return None

    def in_program(self, receiver: Receiver) -> ApplicationReceiverDetails | None:
        return None

    def message_of(self, error: BaseException) -> str:
        return message_of(error)

    def shown_value(self, value: object) -> object:
        return as_json_value(value)

    def shown_sender(self, sender: object) -> object:
        return as_json_value(sender)

    def sender_of(self, signal: Signal, sender_id: Hashable) -> object:
        sender = sender_in(signal, sender_id)
        return sender_id if sender is None else sender


def explained(signal: Signal, name: str, sender: object, payload: Any) -> Delivery:
    """Return what a send would do with each receiver. None of them runs."""
    live = LiveSignal(name, signal, NamedReceivers())
    return explain_send(live, Message(sender, payload, _OPTIONS))[0]


def delivered(before: Delivery, results: list[Any]) -> Delivery:
    """Return what a send did with each receiver.

    :param before: what it would have done, just before.
    :param results: its results, with a CaughtError for each receiver that raised.
    """
    values = [value for _, value in results]
    reached = [call for call in before.calls if call.outcome in ("would_call", "would_raise")]
    others = [call for call in before.calls if call not in reached]
    done = [_done(call, value) for call, value in zip(reached, values, strict=False)]
    missed = [call._replace(outcome="not_reached", error=None) for call in reached[len(done) :]]
    return before._replace(calls=(*done, *missed, *others), is_explained=False)


def _done(call: Call, value: object) -> Call:
    reason = call.reason.partition(";")[0]
    if isinstance(value, CaughtError):
        return call._replace(outcome="raised", reason=reason, error=raised_error(value.error))
    return call._replace(outcome="returned", reason=reason, error=None, value=as_json_value(value))


def receipt_bytes(listener: Listener, delivery: Delivery) -> bytes:
    """Return the bytes of a receipt."""
    receipt = to_json(receipt_document(listener, delivery)).encode()
    if len(receipt) <= LARGEST:
        return receipt
    cut = tuple(call._replace(value="(too large)") for call in delivery.calls)
    return to_json(receipt_document(listener, delivery._replace(calls=cut))).encode()
