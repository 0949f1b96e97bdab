"""A traced send that keeps its sender and payload alive, for the assertions of a test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blinker import Signal

from signalcli.signals.reflection import inherited, wrapped_in_c
from signalcli.signals.tracebacks import PATCH_FILES
from signalcli.tracing.name_cache import NameCache
from signalcli.tracing.traced_send import TracedSend
from signalcli.tracing.updates import ReturnedSend
from signalcli.values.delivery import RESERVED_KEYS
from signalcli.values.trace import Event

PATCH_FILES.add(__file__)


class KeptSend(TracedSend):
    """A send that keeps its sender and its payload alive, for as long as it is kept itself."""

    def __init__(
        self,
        names: NameCache,
        signal: Signal,
        sender: object,
        given: Mapping[str, Any],
        enclosing: TracedSend | None,
    ) -> None:
        self._keep(sender, given)
        super().__init__(names, signal, sender, given, enclosing)

    def takes_over(self, signal: Signal, sender: object, given: Mapping[str, Any]) -> bool:
        taken = super().takes_over(signal, sender, given)
        if taken:
            self._keep(sender, given)
        return taken

    def event(self, name: str) -> Event | None:
        """Return the send as it is now; ``None`` if it turned out to be no send."""
        update = self.update(name, 0.0)
        return update.event(name) if isinstance(update, ReturnedSend) else update

    def _keep(self, sender: object, given: Mapping[str, Any]) -> None:
        self.sender = behind_proxy(sender)
        """The object behind the sender, if that is a proxy."""
        self.payload = {key: value for key, value in given.items() if key not in RESERVED_KEYS}


def behind_proxy(thing: object) -> object:
    """Return the object that a proxy of werkzeug or of wrapt refers to now, and another object as it is."""
    wrapped = wrapped_in_c(thing)
    if wrapped is not None:
        return wrapped
    if inherited(type(thing), "_get_current_object") is None:
        return thing
    proxy: Any = thing
    try:
        return proxy._get_current_object()
    except RuntimeError:  # there is no object now, such as outside a request
        return thing
