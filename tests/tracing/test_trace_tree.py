"""Which send made which."""

from __future__ import annotations

from signalcli.tracing.trace_tree import parents_of
from signalcli.values.trace import Event


def send(depth: int, started: float, seconds: float, process: int | None = None) -> Event:
    event = Event("king", depth, None, (), False, (), seconds, started=started)
    return event._replace(process=process)


def test_a_send_within_another_is_below_it() -> None:
    events = [send(0, 0, 9), send(1, 1, 3), send(2, 2, 1), send(1, 5, 1), send(0, 20, 1)]

    assert parents_of(events) == [-1, 0, 1, 0, -1]


def test_of_two_threads_the_send_that_goes_on_is_the_parent() -> None:
    events = [send(0, 0, 9), send(0, 1, 1), send(1, 3, 1)]

    assert parents_of(events) == [-1, -1, 0]


def test_processes_have_trees_of_their_own() -> None:
    events = [send(0, 0, 9, 1), send(0, 1, 8, 2), send(1, 2, 1, 1), send(1, 3, 1, 2)]

    assert parents_of(events) == [-1, -1, 0, 1]


def test_a_send_that_never_ended_may_be_a_parent_for_ever() -> None:
    events = [send(0, 0, 0)._replace(ended=False), send(0, 1, 1), send(1, 50, 1)]

    assert parents_of(events) == [-1, -1, 0]


def test_without_times_the_last_send_is_the_parent() -> None:
    events = [send(0, 0, 0.1), send(0, 0, 0.1), send(1, 0, 0.1)]

    assert parents_of(events) == [-1, -1, 1]
