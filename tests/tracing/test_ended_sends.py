"""The outermost sends that have ended, from the updates of a process that runs."""

from __future__ import annotations

from typing import Any

from signalcli.tracing.ended_sends import EndedSends
from signalcli.tracing.updates import ReturnedSend, SendUpdate
from signalcli.values.trace import Event


def returned(number: int, parent: int | None = None, depth: int = 0) -> SendUpdate:
    send = ReturnedSend(depth, None, None, (), 0.5, "listens to ANY", ["mail", 1], [0.0], [0.5], 1.0)
    return SendUpdate(number, parent, 7, f"signal {number}", send)


def running(number: int, parent: int | None = None, depth: int = 0) -> SendUpdate:
    send = Event("", depth, None, (), False, (), 0.5, ended=False)
    return SendUpdate(number, parent, 7, f"signal {number}", send)


def names(groups: Any) -> list[list[str]]:
    return [[event.signal for event in group] for group in groups]


def test_a_send_is_taken_when_the_next_updates_say_that_nothing_is_missing() -> None:
    ended = EndedSends()

    assert names(ended.add([returned(1), returned(2)])) == []
    assert names(ended.add([returned(3)])) == [["signal 1"], ["signal 2"]]
    assert names(ended.add([])) == [["signal 3"]]
    assert names(ended.rest()) == []


def test_a_send_of_a_receiver_that_comes_after_the_end_belongs_to_it() -> None:
    ended = EndedSends()

    assert names(ended.add([running(1)])) == []
    assert names(ended.add([returned(1)])) == []
    assert names(ended.add([running(2, 1, 1), returned(3)])) == []
    assert names(ended.add([returned(4, 2, 2)])) == [["signal 3"]]
    assert names(ended.add([returned(2, 1, 1)])) == []
    assert names(ended.add([])) == [["signal 1", "signal 2", "signal 4"]]


def test_what_was_no_send_is_left_out() -> None:
    ended = EndedSends()
    none = SendUpdate(1, None, 7, "signal 1", None)

    assert names(ended.add([running(1), returned(2, 1, 1)])) == []
    assert names(ended.add([none, SendUpdate(3, None, 7, "signal 3", None)])) == []
    assert names(ended.add([])) == [["signal 2"]]


def test_the_rest_is_taken_at_the_end() -> None:
    ended = EndedSends()
    list(ended.add([running(1), returned(2, 1, 1), returned(3)]))

    assert names(ended.rest()) == [["signal 3"], ["signal 1", "signal 2"]]
    assert names(ended.rest()) == []
