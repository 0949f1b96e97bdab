"""The outermost sends that have ended, from the updates of a process that runs."""

from __future__ import annotations

from typing import Any

import pytest
from blinker import Signal

import signalcli.tracing.recorder as recorder_module
from signalcli.apps.running.trace import new_recorder
from signalcli.tracing.ended_sends import EndedSends
from signalcli.tracing.updates import ReturnedSend, SendUpdate
from signalcli.values.trace import Event


def returned(number: int, parent: int | None = None, depth: int = 0) -> SendUpdate:
    send = ReturnedSend(
        depth, None, None, (), 0.5, "listens to ANY", ["mail", 1], [0.0], [0.5], 1.0
    )
    return SendUpdate(number, parent, 7, f"signal {number}", send)


def running(number: int, parent: int | None = None, depth: int = 0) -> SendUpdate:
    send = Event("", depth, None, (), False, (), 0.5, ended=False)
    return SendUpdate(number, parent, 7, f"signal {number}", send)


def names(groups: Any) -> list[list[str]]:
    return [[event.signal for event in group] for group in groups]


def test_a_send_is_taken_when_all_that_its_receivers_sent_has_ended() -> None:
    ended = EndedSends()

    assert names(ended.add([running(1), returned(2, 1, 1), returned(3)])) == [["signal 3"]]
    assert names(ended.add([running(4, 2, 2)])) == []
    assert names(ended.add([returned(1), returned(5), running(6)])) == [["signal 5"]]
    assert names(ended.add([returned(4, 2, 2)])) == [["signal 1", "signal 2", "signal 4"]]
    assert names(ended.rest()) == [["signal 6"]]
    assert names(ended.rest()) == []


def test_what_was_no_send_is_left_out() -> None:
    ended = EndedSends()
    none = SendUpdate(1, None, 7, "signal 1", None)

    assert names(ended.add([running(1), returned(2, 1, 1)])) == []
    assert names(ended.add([none, SendUpdate(3, None, 7, "signal 3", None)])) == [["signal 2"]]


def test_a_send_ends_with_the_updates_of_the_last_that_it_caused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where its own end is read before the others are."""
    monkeypatch.setattr(recorder_module, "PORTION", 3)
    outer, inner = Signal(), Signal()

    def send_five(sender: object) -> None:
        for _ in range(5):
            inner.send()

    outer.connect(send_five)
    recorder = new_recorder()
    with recorder, recorder.recording() as recording:
        ended, groups = EndedSends(), list[list[Event]]()
        recording.sink = lambda updates: groups.extend(ended.add(updates))
        for _ in range(3):
            outer.send()
        recording.advance()

    assert [len(group) for group in groups] == [6, 6, 6]
