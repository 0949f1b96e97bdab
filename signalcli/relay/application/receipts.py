"""What the receivers of an application did with a message, or would do, for a sender that asks."""

from __future__ import annotations

from typing import Any

from blinker import Signal

from signalcli.relay.application.receiving import OPTIONS
from signalcli.sending.explain import explain_send
from signalcli.signals.internals import LiveSignal
from signalcli.signals.receivers import Receiver, ReceiverInfo, try_call
from signalcli.signals.send import CaughtError
from signalcli.signals.tracebacks import raised_error
from signalcli.text import as_json_value
from signalcli.values.delivery import Call, Delivery, Message


class NamedReceivers(ReceiverInfo):
    """Name receivers by their module and their qualified name."""

    def name_of(self, receiver: Receiver) -> str:
        function = getattr(receiver, "__func__", receiver)
        kind = type(function)
        module = try_call(lambda: str(function.__module__), kind.__module__)
        name = try_call(lambda: str(function.__qualname__), kind.__qualname__)
        return f"{module}.{name}"


def explained(signal: Signal, name: str, sender: object, payload: Any) -> Delivery:
    """Return what a send would do with each receiver. None of them runs."""
    live = LiveSignal(name, signal, NamedReceivers())
    return explain_send(live, Message(sender, payload, OPTIONS))[0]


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
