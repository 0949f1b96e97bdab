"""The same signals in several processes: envelopes, subjects, connections to NATS, and its server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from signalcli.relay.application.relay import Relay as Relay


def __getattr__(name: str) -> object:
    if name == "Relay":
        from signalcli.relay.application.relay import Relay

        return Relay
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
