"""Edges: the connections of a session and of a program, and which of them a send took."""

from __future__ import annotations

import pytest

from signalcli.values.change import ConnectionChange
from signalcli.values.delivery import Call
from signalcli.values.session import Bucket, Session, SignalState
from signalcli.values.traces.edges import (
    Edge,
    SignalEdges,
    changed_edges,
    edges_of_session,
    edges_taken,
)

KING = SignalState(
    muted=True,
    receivers=(("animal", True), ("echo", False)),
    any=("echo",),
    buckets=(Bucket(("animal",), ("大象", 1)), Bucket((), ("stale",))),
)
ANY_ANIMAL, X_ANIMAL = Edge("king", "ANY", "animal"), Edge("king", "x", "animal")
BOTH = (SignalEdges("king", False, ((ANY_ANIMAL, True), (X_ANIMAL, True))),)


def change(action: str, is_any: bool = True, sender: object = None) -> ConnectionChange:
    return ConnectionChange(action, "king", "animal", None, None, is_any, sender)


def test_the_edges_of_a_session_have_the_labels_of_senders() -> None:
    (king,) = edges_of_session(Session({"king": KING}))

    assert king == SignalEdges(
        "king",
        True,
        (
            (Edge("king", "ANY", "echo"), False),
            (Edge("king", "大象", "animal"), True),
            (Edge("king", "1", "animal"), True),
        ),
    )


@pytest.mark.parametrize(
    ("made", "left"),
    [
        (change("disconnected", False, "x"), [ANY_ANIMAL]),
        (change("disconnected"), []),
        (change("receiver died", False, "x"), []),
        (change("sender died", False, "x"), [ANY_ANIMAL]),
        (change("missed", False, "x"), [ANY_ANIMAL, X_ANIMAL]),
        (change("connected"), [X_ANIMAL, ANY_ANIMAL]),
    ],
    ids=lambda made: getattr(made, "action", ""),
)
def test_a_change_of_a_program_changes_its_edges(made: ConnectionChange, left: list[Edge]) -> None:
    (king,) = changed_edges(BOTH, made)

    assert [edge for edge, _ in king.edges] == left


def test_a_connect_adds_a_signal_that_is_new() -> None:
    assert changed_edges((), change("connected", False, "x")) == (
        SignalEdges("king", False, ((X_ANIMAL, True),)),
    )


def test_a_send_takes_the_edges_of_those_that_it_called() -> None:
    calls = [
        Call("animal", "returned", "listens to x"),
        Call("echo", "raised", "listens to ANY"),
        Call("lion", "skipped", "listens only to y"),
    ]

    taken = {edge for edge, _ in edges_taken("king", "x", calls)}

    assert {edge.receiver for edge in taken} == {"animal", "echo"}
    assert {edge.sender for edge in taken} == {"x", "ANY"}
