"""The recorder records loops over ``receivers_for`` that call receivers without a send."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any
from weakref import ref

import pytest
from blinker import Signal

from tests.support.recording import fail, hear, hear_too, listening, recorded, traced


def by_hand(signal: Signal, sender: Any = None) -> list[Any]:
    return [receiver(sender) for receiver in signal.receivers_for(sender)]


def rows(recording: Any) -> list[tuple[bool, int, list[tuple[str, str, str]]]]:
    """Return of each event whether it is by hand, its depth, and its receivers."""
    return [
        (
            event.by_hand,
            event.depth,
            [(call.receiver.rpartition(".")[2], call.outcome, call.reason) for call in event.calls],
        )
        for event in recording.events
    ]


HEARD = [("hear", "yielded", "listens to ANY"), ("hear_too", "yielded", "listens to ANY")]


def test_receivers_of_a_loop_are_yielded_and_nothing_changes() -> None:
    king = listening(Signal(), hear)
    king.connect(hear_too, sender="x")

    with traced() as recording:
        found = king.receivers_for("y")
        assert isinstance(found, Iterator)
        assert list(found) == [hear]

    assert rows(recording) == [
        (
            True,
            0,
            [("hear", "yielded", "listens to ANY"), ("hear_too", "skipped", "listens only to x")],
        )
    ]
    (event,) = recording.events
    assert (event.sender, event.payload_keys, event.ended) == ("y", (), True)


def test_a_muted_signal_yields_its_receivers_too() -> None:
    king = listening(Signal(), hear)
    with traced() as recording, king.muted():
        by_hand(king)

    assert rows(recording) == [(True, 0, HEARD[:1])]


@pytest.mark.parametrize("ends", ["break", "raise"])
def test_receivers_after_the_end_of_a_loop_are_not_reached(ends: str) -> None:
    king = listening(Signal(), hear)
    king.connect(fail, sender="x")

    with traced() as recording:
        try:
            for receiver in king.receivers_for("x"):
                if ends == "break":
                    break
                receiver("x")
                raise ValueError
        except ValueError:
            pass

    (row,) = rows(recording)
    assert row[2] == [HEARD[0], ("fail", "not_reached", "the loop ended before it")]


def test_a_loop_of_a_receiver_belongs_to_the_send_that_called_it() -> None:
    duke = listening(Signal(), hear)
    king = listening(Signal(), lambda sender: by_hand(duke))

    with traced() as recording:
        king.send()

    assert [(event.by_hand, event.depth) for event in recording.events] == [(False, 0), (True, 1)]


class Own(Signal):
    """Yields receivers in an order of its own."""

    def receivers_for(self, sender: Any) -> Any:
        return list(super().receivers_for(sender))[::-1]


def test_a_receivers_for_of_a_subclass_is_recorded_once() -> None:
    king = listening(Own(), hear)
    with traced() as recording:
        found: Any = king.receivers_for(None)

    assert found == [hear]
    assert rows(recording) == [(True, 0, HEARD[:1])]


def test_a_send_of_a_subclass_is_no_loop() -> None:
    king = listening(Own(), hear)
    with traced() as recording:
        king.send()
        king.has_receivers_for("x")

    assert [event.by_hand for event in recording.events] == [False]


def test_a_receiver_that_asks_for_the_others_is_no_loop() -> None:
    king = Signal()
    listening(king, lambda sender: list(king.receivers_for(sender)))
    with traced() as recording:
        king.send()

    assert [event.by_hand for event in recording.events] == [False]


def test_a_loop_that_never_begins_is_none() -> None:
    king = listening(Signal(), hear)
    with traced() as recording:
        king.receivers_for("x")

    assert recording.events == ()


def test_a_loop_that_goes_on_has_not_ended() -> None:
    king = listening(Signal(), hear)
    with traced() as recording:
        waiting = king.receivers_for("x")
        next(waiting)

        assert [(event.ended, event.calls[0].outcome) for event in recording.events] == [
            (False, "yielded")
        ]


def test_nothing_is_kept_alive() -> None:
    class Sender: ...

    king, sender = listening(Signal(), hear), Sender()
    dies = ref(sender)
    with recorded() as running:
        by_hand(king, sender)
        del sender
        gc.collect()
        assert dies() is None

    assert [event.by_hand for event in running.recording.events] == [True]
