"""Which sends of a trace ``--signal``, ``--unheard`` and ``--slow`` choose."""

from __future__ import annotations

import pytest

from signalcli.values.change import ConnectionChange
from signalcli.values.delivery import Call
from signalcli.values.trace import Event, ProgramTrace
from signalcli.values.traces.choice import Choice
from signalcli.values.traces.view import ShownTrace


def send(signal: str, depth: int = 0, seconds: float = 0.001, heard: bool = True) -> Event:
    call = Call("mail", "returned" if heard else "skipped", "listens to ANY")
    return Event(signal, depth, None, (), False, (call,), seconds)


EVENTS = (
    send("shop/paid", 0, 0.5),
    send("shop/order-placed", 1, 0.25),
    send("mail", 2, 0.125),
    send("stock", 1),
    send("lost", 0, heard=False),
    send("paid", 0, heard=False),
)


@pytest.mark.parametrize(
    ("choice", "shown"),
    [
        (Choice(), [0, 1, 2, 3, 4, 5]),
        (Choice(("order-placed",)), [0, 1, 2]),
        (Choice(("order*", "lost")), [0, 1, 2, 4]),
        (Choice(("mail",)), [0, 1, 2]),
        (Choice(("paid",)), [0, 1, 2, 3, 5]),
        (Choice(("shop/p?id",)), [0, 1, 2, 3]),
        (Choice(("PAID",)), []),
        (Choice(unheard=True), [4, 5]),
        (Choice(("paid",), unheard=True), [5]),
        (Choice(slow=0.25), [0, 1, 2, 3]),
        (Choice(("mail",), slow=0.25), []),
    ],
)
def test_a_match_is_shown_with_those_around_it_and_below_it(
    choice: Choice, shown: list[int]
) -> None:
    assert choice.chosen(EVENTS) == tuple(EVENTS[number] for number in shown)


def test_matches_alone_are_counted_without_their_surroundings() -> None:
    assert [event.signal for event in Choice(("mail",)).matching(EVENTS)] == ["mail"]


def test_connections_are_chosen_by_their_signal() -> None:
    changes = tuple(
        ConnectionChange("connected", signal, "mail", None, None, any=True)
        for signal in ("shop/paid", "lost")
    )
    trace = ProgramTrace(("shop.py",), 0, EVENTS, 1.0, changes=changes)

    assert Choice().part_of(trace) is trace
    assert Choice(("paid",)).part_of(trace).changes == changes[:1]
    assert Choice(unheard=True).part_of(trace).changes == ()


def test_what_was_left_out_is_counted_and_kept() -> None:
    trace = ProgramTrace(("shop.py",), 3, EVENTS, 1.0)

    result = ShownTrace(trace, Choice(("lost",))).result()

    assert result.value.to_json()["left_out"] == 5
    assert result.notes == ("Shown: 1 of 6 sends.",)
    assert (result.status, result.saved) == (3, (trace,))
    assert ShownTrace(trace).result().notes == ()
