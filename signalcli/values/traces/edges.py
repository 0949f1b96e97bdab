"""Connections as edges from a sender over a signal to a receiver, and the edges that a send took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from signalcli.text import sender_label
from signalcli.values.change import ConnectionChange
from signalcli.values.delivery import CALLED, Call
from signalcli.values.graph import Graph
from signalcli.values.session import Session, SignalState
from signalcli.values.trace import REACHED

ANY = "ANY"


class Edge(NamedTuple):
    """A connection: a receiver that listens to a sender of a signal."""

    signal: str
    sender: str
    """The label of the sender, or ``ANY``."""
    receiver: str


class SignalEdges(NamedTuple):
    """A signal with its connections."""

    signal: str
    muted: bool = False
    edges: tuple[tuple[Edge, bool], ...] = ()
    """Each connection, and whether it is weak."""


def edges_of_session(session: Session) -> tuple[SignalEdges, ...]:
    """Return the connections of a session, in the order of definition."""
    return tuple(
        SignalEdges(name, state.muted, tuple(_edges(name, state)))
        for name, state in session.signals.items()
    )


def _edges(name: str, state: SignalState) -> Iterator[tuple[Edge, bool]]:
    is_weak = dict(state.receivers)
    for receiver in state.any:
        yield Edge(name, ANY, receiver), is_weak[receiver]
    for bucket in state.buckets:
        for sender in bucket.senders:
            for receiver in bucket.receivers:
                yield Edge(name, sender_label(sender), receiver), is_weak[receiver]


def edges_of_graph(graph: Graph) -> tuple[SignalEdges, ...]:
    """Return the connections of a graph, in its order."""
    return tuple(
        SignalEdges(
            signal.signal,
            signal.muted,
            tuple(
                (
                    Edge(signal.signal, _label(connection.any, connection.sender), one.receiver),
                    one.weak,
                )
                for connection, receivers in signal.senders
                for one in receivers
            ),
        )
        for signal in graph.signals
    )


def changed_edges(
    signals: Iterable[SignalEdges], change: ConnectionChange
) -> tuple[SignalEdges, ...]:
    """Return the connections after a change in a program."""
    known = {signal.signal: signal for signal in signals}
    signal = known.get(change.signal, SignalEdges(change.signal))
    edge = Edge(change.signal, _label(change.any, change.sender), change.receiver)
    others = tuple(one for one in signal.edges if one[0] != edge)
    if change.action == "connected":
        known[change.signal] = signal._replace(edges=(*others, (edge, change.weak)))
    elif change.action == "receiver died" or (change.action == "disconnected" and change.any):
        others = tuple(one for one in signal.edges if one[0].receiver != change.receiver)
        known[change.signal] = signal._replace(edges=others)
    elif change.action in ("disconnected", "sender died"):
        known[change.signal] = signal._replace(edges=others)
    return tuple(known.values())


def edges_taken(signal: str, sender: str, calls: Iterable[Call]) -> Iterator[tuple[Edge, bool]]:
    """Yield the edges that a send took, and whether the receiver raised.

    A receiver may listen to the sender and to ``ANY``: both are yielded, and one of them may not exist.
    """
    for call in calls:
        if call.outcome in CALLED or call.outcome in REACHED:
            for one in (sender, ANY):
                yield Edge(signal, one, call.receiver), call.error is not None


def _label(is_any: bool, sender: object) -> str:
    return ANY if is_any else sender_label(sender)
