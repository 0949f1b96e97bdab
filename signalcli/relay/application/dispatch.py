"""Let blinker call every receiver of a message, though some of them raise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from blinker import Signal

from signalcli.signals.functions import Receiver
from signalcli.signals.send import ReceiversFor, catching, replaced_receivers_for
from signalcli.values.delivery import SendOptions

_OPTIONS = SendOptions(on_error="continue", wrap=True)

_NEXT: ContextVar[Signal | None] = ContextVar("signalcli.relay.application.next", default=None)
"""The signal whose next dispatch in this context is that of a message."""


@contextmanager
def catching_errors(signal: Signal) -> Iterator[None]:
    """Make the next send of a signal, in this context, go on after errors.

    The results have a :class:`~signalcli.signals.send.CaughtError` for each receiver that raised. Sends of
    other threads, and sends that the receivers make, are as they were.
    """

    def replaced(receivers_for: ReceiversFor) -> ReceiversFor:
        def found(sender: object) -> Iterator[Receiver]:
            receivers = receivers_for(sender)
            if _NEXT.get() is not signal:
                return receivers
            _NEXT.set(None)
            return (catching(receiver, _OPTIONS) for receiver in receivers)

        return found

    token = _NEXT.set(signal)
    try:
        with replaced_receivers_for(signal, replaced):
            yield
    finally:
        _NEXT.reset(token)
