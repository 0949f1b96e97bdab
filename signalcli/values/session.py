"""The values of a session: its signals with their connections, and its receivers."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from signalcli.values.receiver_specs import ReceiverSpec


Sender = str | int
"""A sender that blinker compares by value. Only these can be saved."""


class Bucket(NamedTuple):
    """Senders with the same receivers."""

    receivers: tuple[str, ...]
    """In the order of connection. Empty if ``disconnect`` left an empty bucket."""
    senders: tuple[Sender, ...]


class SignalState(NamedTuple):
    """The state of one signal, in plain values."""

    doc: str | None = None
    muted: bool = False
    ordered: bool = True
    """Whether receivers are called in the order of connection. blinker's own signals are unordered."""
    receivers: tuple[tuple[str, bool], ...] = ()
    """The name of each receiver, and whether its connection is weak."""
    any: tuple[str, ...] = ()
    """The receivers of ``ANY``, in the order of connection."""
    buckets: tuple[Bucket, ...] = ()


class Session(NamedTuple):
    """The signals and receivers of a session, by their names."""

    signals: Mapping[str, SignalState]
    """In the order of definition."""
    receivers: Mapping[str, "ReceiverSpec"] = MappingProxyType({})
    """The receivers that are neither demos nor imports."""
    dropped: tuple[str, ...] = ()
    """The dropped receivers that a strong connection keeps alive."""


def differ(one: Session, other: Session) -> bool:
    """Return whether two sessions differ, also in the order of signals and receivers."""
    return _in_order(one) != _in_order(other)


def _in_order(session: Session) -> tuple[object, ...]:
    return list(session.signals.items()), list(session.receivers.items()), session.dropped
