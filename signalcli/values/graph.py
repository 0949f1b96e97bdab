"""Who listens to whom, as a graph: senders → signal → receivers.

Annotations are not postponed, for the reason that :mod:`signalcli.values.delivery` gives.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from signalcli.text import as_json_value
from signalcli.values.inspection import NO_SIGNALS, Connection, ReceiverView, SignalView


class GraphSender(NamedTuple):
    """A sender of a signal, or ``ANY``, and who listens to it."""

    connection: Connection
    receivers: tuple[ReceiverView, ...]
    """In the order in which they are called."""

    def to_json(self) -> dict[str, Any]:
        return {
            "any": self.connection.any,
            "sender": as_json_value(self.connection.sender),
            "receivers": [
                {"receiver": receiver.receiver, "weak": receiver.weak}
                for receiver in self.receivers
            ],
        }


class SignalGraph(NamedTuple):
    """One signal, between its senders and its receivers."""

    signal: str
    kind: str
    """``"named"`` or ``"anonymous"``."""
    muted: bool
    senders: tuple[GraphSender, ...]
    """Those that somebody listens to, ``ANY`` first."""
    receivers: tuple[ReceiverView, ...]
    """Those without a connection too: blinker keeps them."""

    @property
    def unconnected(self) -> tuple[str, ...]:
        """The receivers that listen to nobody."""
        return tuple(r.receiver for r in self.receivers if not r.connections)

    def to_json(self) -> dict[str, Any]:
        return {
            "signal": self.signal,
            "kind": self.kind,
            "muted": self.muted,
            "senders": [sender.to_json() for sender in self.senders],
            "unconnected": list(self.unconnected),
        }


class Graph(NamedTuple):
    """Who listens to whom, signal by signal."""

    signals: tuple[SignalGraph, ...]
    nothing: str = NO_SIGNALS
    """The sentence for none."""

    @property
    def sentences(self) -> tuple[str, ...]:
        return () if self.signals else (self.nothing,)

    @property
    def is_drawn(self) -> bool:
        return bool(self.signals)

    def to_json(self) -> dict[str, Any]:
        return {"signals": [signal.to_json() for signal in self.signals]}


def graph_of(views: Iterable[SignalView], nothing: str = NO_SIGNALS) -> Graph:
    """The graph of some signals.

    :param nothing: what is said if there is none.
    """
    return Graph(tuple(map(_signal_graph, views)), nothing)


def _signal_graph(view: SignalView) -> SignalGraph:
    listeners: dict[object, tuple[Connection, list[ReceiverView]]] = {}
    called: dict[object, dict[str, int]] = {}
    for row in view.has_receivers_for:  # in the order of blinker's buckets
        connection = Connection(row.any, row.sender)
        listeners[_key(connection)] = (connection, [])
        called[_key(connection)] = {name: place for place, name in enumerate(row.receivers_for)}
    for receiver in view.receivers:
        for connection in receiver.connections:
            listeners.setdefault(_key(connection), (connection, []))[1].append(receiver)
    for key, (_, heard) in listeners.items():
        order = called.get(key, {})
        heard.sort(key=lambda receiver: order.get(receiver.receiver, len(order)))
    senders = (GraphSender(sender, tuple(heard)) for sender, heard in listeners.values() if heard)
    return SignalGraph(view.signal, view.kind, view.muted, tuple(senders), view.receivers)


def _key(connection: Connection) -> object:
    """What tells one sender from another, as blinker does: text and integers by their value."""
    sender = connection.sender
    by_value = isinstance(sender, (str, int))
    return connection.any, sender if by_value else id(sender)
