"""Record sends together with the ids of the messages that carry them to other processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blinker import Signal

from signalcli.sending.outgoing_messages import take_message
from signalcli.signals.tracebacks import PATCH_FILES
from signalcli.tracing.name_cache import NameCache
from signalcli.tracing.traced_send import TracedSend
from signalcli.tracing.updates import ReturnedSend
from signalcli.values.trace import Event
from signalcli.values.traces.relayed import RelayedMessage

PATCH_FILES.add(__file__)


class RelayedTracedSend(TracedSend):
    """A send with the id of its message, if it was published."""

    def __init__(
        self,
        names: NameCache,
        signal: Signal,
        sender: object,
        given: Mapping[str, Any],
        enclosing: TracedSend | None,
    ) -> None:
        self._message = take_message(signal)
        super().__init__(names, signal, sender, given, enclosing)

    def update(self, name: str, trace_started: float) -> Event | ReturnedSend | None:
        update = super().update(name, trace_started)
        if update is None or self._message is None:
            return update
        event = update.event(name) if isinstance(update, ReturnedSend) else update
        return event._replace(relayed=RelayedMessage(self._message))
