"""The reasons of receivers that listen to very many senders."""

from __future__ import annotations

from typing import Any

import pytest
from blinker import Signal

from signalcli.receivers.registry import ReceiverSet
from signalcli.sending.reasons import why_skipped
from signalcli.signals.internals import LiveSignal, make_id

MANY = 20_000


def hear(sender: Any) -> None: ...


class Counting(ReceiverSet):
    """Counts the senders that are asked for."""

    asked = 0

    def sender_of(self, signal: Signal, sender_id: Any) -> object:
        self.asked += 1
        return super().sender_of(signal, sender_id)


def reason(sender: object, *listened: object) -> tuple[str, int]:
    """Return why a send skips a receiver, and how many senders were asked for."""
    signal, receivers = Signal(), Counting()
    for one in listened:
        signal.connect(hear, sender=one)
    why = why_skipped(LiveSignal("king", signal, receivers), make_id(hear), sender)
    return why.partition(", and ")[2], receivers.asked


def test_few_of_many_senders_are_asked_for() -> None:
    assert reason("x", *(f"sender {n}" for n in range(MANY)))[1] < 200


@pytest.mark.parametrize(
    ("sender", "other", "shown"),
    [
        ("70000", 70_000, 'the text "70000"'),
        (70_000, "70000", "the integer 70000"),
        (70_000.0, 70_000, "the float 70000.0"),
        (1.5, "1.5", "the float 1.5"),
        ("-7", -7, 'the text "-7"'),
    ],
)
def test_the_one_that_looks_like_the_sender_is_found_among_many(
    sender: object, other: object, shown: str
) -> None:
    others = [f"sender {n}" for n in range(MANY)]
    assert reason(sender, *others, other)[0] == f"this sender is {shown}"


@pytest.mark.parametrize("sender", ["07", "x", 8, "²", "-", "9" * 5000])
def test_a_sender_that_looks_like_no_other_is_not_named(sender: object) -> None:
    assert reason(sender, 7, "y")[0] == ""
