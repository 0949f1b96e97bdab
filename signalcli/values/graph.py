"""The value of ``graph``: for each signal, its senders and their receivers."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from signalcli.values.inspection import Connection, ReceiverView, SignalView, signals_result
from signalcli.values.result import NO_RECEIVERS, Result, fields_to_json


class GraphSender(NamedTuple):
    """A sender of a signal, or ``ANY``, and its receivers."""

    connection: Connection
    receivers: tuple[ReceiverView, ...]
    """In the order of the dispatch."""

    def to_json(self) -> dict[str, Any]:
        receivers = [
            fields_to_json(one, "receiver", "weak", *(["sends"] if one.sends is not None else []))
            for one in self.receivers
        ]
        return {**self.connection.to_json(), "receivers": receivers}


class SignalGraph(NamedTuple):
    """One signal, with its senders and its receivers."""

    signal: str
    kind: str
    muted: bool
    senders: tuple[GraphSender, ...]
    """The senders that have a receiver, ``ANY`` first."""
    receivers: tuple[ReceiverView, ...]
    """All receivers, those without a connection too."""
    no_receivers: str = NO_RECEIVERS

    @property
    def unconnected(self) -> tuple[str, ...]:
        """The receivers without a connection."""
        return tuple(r.receiver for r in self.receivers if not r.connections)

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self, "signal", "kind", "muted", "senders", "unconnected")


class Graph(NamedTuple):
    """The graphs of several signals."""

    signals: tuple[SignalGraph, ...]
    nothing: str = ""

    def result(self) -> Result:
        return signals_result(self, self.signals, self.nothing)

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self, "signals")


def graph_of(views: Iterable[SignalView], nothing: str = "") -> Graph:
    """Return the graph of several signals; ``nothing`` is the sentence for an empty list."""
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
    for key, (_, in_bucket) in listeners.items():
        order = called.get(key, {})
        in_bucket.sort(key=lambda receiver: order.get(receiver.receiver, len(order)))
    senders = (
        GraphSender(sender, tuple(in_bucket))
        for sender, in_bucket in listeners.values()
        if in_bucket
    )
    return SignalGraph(
        view.signal, view.kind, view.muted, tuple(senders), view.receivers, view.no_receivers
    )


def _key(connection: Connection) -> object:
    """Return the key of a sender: text and integers by value, others by identity, as in blinker."""
    sender = connection.sender
    by_value = isinstance(sender, (str, int))
    return connection.any, sender if by_value else id(sender)
