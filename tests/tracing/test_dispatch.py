"""The recorder: every send in this process is told as it happens, and none of them is changed."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any

import pytest
from blinker import Signal

from signalcli.values.delivery import RaisedError
from tests.support.recording import METHODS, OWN, listening, named, recorded, say, says

# Nothing is changed.


def test_a_send_gives_its_caller_the_very_results() -> None:
    result = object()

    def first(sender: object, /, **payload: object) -> object:
        return payload["signal"], payload["self"], sender

    def second(sender: object, /, **payload: object) -> object:
        return result

    king = named("king")
    sender = object()
    listening(king, first)
    king.connect(second, sender, weak=False)

    with recorded() as running:
        results = king.send(sender, signal=1, self=2)

    assert results == [(first, (1, 2, sender)), (second, result)]
    assert results[1][1] is result
    assert [name for name, *_ in running.sends] == ["king"]
    assert running.recording.events[0].payload_keys == ("signal", "self")


def test_what_a_receiver_is_given_is_what_was_sent() -> None:
    got: list[Any] = []
    king = listening(named("king"), lambda sender, /, **payload: got.append((sender, payload)))
    sender, value = object(), object()

    with recorded():
        king.send(sender, value=value)
        king.send()

    assert got == [(sender, {"value": value}), (None, {})]
    assert got[0][1]["value"] is value


@pytest.mark.parametrize(
    "error",
    [ValueError("no"), StopIteration(1), SystemExit(3), KeyboardInterrupt(), GeneratorExit()],
)
def test_an_exception_reaches_the_caller_as_it_was_raised(error: BaseException) -> None:
    def fails(sender: object, /) -> None:
        raise error

    king = listening(named("king"), says("before"), fails, says("after"))

    with recorded() as running, pytest.raises(type(error)) as raised:
        king.send("x")

    assert raised.value is error
    assert error.__cause__ is error.__context__ is None
    assert traceback.extract_tb(error.__traceback__)[-1].name == "fails"
    heard = [("before", "returned", "before\n"), ("fails", "raised", "")]
    assert running.sends == [("king", 0, "x", [*heard, ("after", "not_reached", "")])]


def test_an_exception_of_a_receiver_is_told_with_its_place() -> None:
    def fails(sender: object, /) -> None:
        say("then")
        raise ValueError("no")

    king = listening(named("king"), fails)

    with recorded() as running, pytest.raises(ValueError, match="no"):
        king.send()

    call = running.recording.events[0].calls[0]
    line = fails.__code__.co_firstlineno + 2
    assert call.error == RaisedError("ValueError", "no", f"tests/test_tracing.py:{line}")
    assert (call.output, call.value) == ("then\n", None)


def test_blinkers_own_refusal_reaches_the_caller() -> None:
    async def waits(sender: object, /) -> None: ...

    king = listening(named("king"), waits)

    with recorded() as running, pytest.raises(RuntimeError, match="Cannot send to a coroutine"):
        king.send()

    assert running.sends == [("king", 0, None, [("waits", "raised", "")])]


def test_signals_are_as_they_were_when_it_ends() -> None:
    with recorded():
        during = {name: vars(Signal)[name] for name in METHODS}

    assert all(during[name] is not OWN[name] for name in METHODS)
    assert {name: vars(Signal)[name] for name in METHODS} == OWN


def test_signals_are_as_they_were_when_it_ends_by_an_exception() -> None:
    with pytest.raises(ZeroDivisionError), recorded():
        _ = 1 / 0

    assert {name: vars(Signal)[name] for name in METHODS} == OWN


def test_nothing_is_recorded_before_and_after() -> None:
    king = listening(named("king"), says("here"))

    king.send(1)
    with recorded() as running:
        king.send(2)
    king.send(3)

    assert [sender for _, _, sender, _ in running.sends] == [2]


def test_a_recording_that_is_over_goes_on_with_nothing() -> None:
    king = listening(named("king"), says("heard"))

    with recorded() as running:
        with running.recorder.recording() as inner:
            king.send(1)
        king.send(2)
    king.send(3)

    assert [event.sender for event in inner.events] == [1]
    assert [sender for _, _, sender, _ in running.sends] == [2]


# Sends within sends.


def test_a_send_within_a_send_is_told_one_level_deeper() -> None:
    deep = listening(named("deep"), says("c"))
    inner = named("inner")
    outer = named("outer")

    def relays(sender: object, /) -> None:
        say("in")
        inner.send("inner")
        inner.send("again")
        say("out")

    def digs(sender: object, /) -> None:
        deep.send("deep")

    listening(outer, says("a"), relays, says("b"))
    listening(inner, digs)

    with recorded() as running:
        outer.send("first")
        deep.send("second")

    dug = ("digs", "returned", "")
    assert running.sends == [
        (
            "outer",
            0,
            "first",
            [
                ("a", "returned", "a\n"),
                ("relays", "returned", "in\nout\n"),
                ("b", "returned", "b\n"),
            ],
        ),
        ("inner", 1, "inner", [dug]),
        ("deep", 2, "deep", [("c", "returned", "c\n")]),
        ("inner", 1, "again", [dug]),
        ("deep", 2, "deep", [("c", "returned", "c\n")]),
        ("deep", 0, "second", [("c", "returned", "c\n")]),
    ]


def test_a_signal_may_be_sent_by_its_own_receiver() -> None:
    king = named("king")

    def again(sender: int, /) -> int:
        say(f"down {sender}")
        if sender < 2:
            king.send(sender + 1)
        say(f"up {sender}")
        return sender

    listening(king, again)

    with recorded() as running:
        results = king.send(0)

    assert results == [(again, 0)]
    assert running.sends == [
        ("king", depth, depth, [("again", "returned", f"down {depth}\nup {depth}\n")])
        for depth in range(3)
    ]


def test_the_exception_of_a_send_within_is_of_both() -> None:
    king = named("king")

    def again(sender: int, /) -> None:
        if sender == 2:
            raise ValueError("deep")
        king.send(sender + 1)

    listening(king, again, says("after"))

    with recorded() as running, pytest.raises(ValueError, match="deep"):
        king.send(0)

    ended = [("again", "raised", ""), ("after", "not_reached", "")]
    assert running.sends == [("king", depth, depth, ended) for depth in range(3)]


def test_an_error_that_is_raised_anew_is_told_of_each_send() -> None:
    error = ValueError("kept")

    def fails(sender: object, /) -> None:
        raise error

    king = listening(named("king"), says("before"), fails)

    with recorded() as running:
        for sender in range(3):
            with pytest.raises(ValueError, match="kept"):
                king.send(sender)

    calls = [("before", "returned", "before\n"), ("fails", "raised", "")]
    assert running.sends == [("king", 0, sender, calls) for sender in range(3)]


# What is sent asynchronously.


def test_concurrent_tasks_keep_their_own_nesting() -> None:
    outer, inner = named("outer"), named("inner")

    async def relays(sender: int, /) -> int:
        await asyncio.sleep(0.01 * (3 - sender))
        await inner.send_async(sender)
        await asyncio.sleep(0.01 * sender)
        return sender

    async def answers(sender: int, /) -> int:
        await asyncio.sleep(0.005)
        return sender * 10

    listening(outer, relays)
    listening(inner, answers)

    async def gathered() -> list[Any]:
        return list(await asyncio.gather(*map(outer.send_async, range(4))))

    with recorded() as running:
        results = asyncio.run(gathered())

    events = running.recording.events
    assert results == [[(relays, number)] for number in range(4)]
    assert sorted((e.signal, e.depth, e.sender) for e in events) == [
        *(("inner", 1, number) for number in range(4)),
        *(("outer", 0, number) for number in range(4)),
    ]
    assert [(e.sender, e.calls[0].value) for e in events if e.depth == 0] == [
        (number, number) for number in range(4)
    ]
    assert {(e.sender, e.calls[0].value) for e in events if e.depth == 1} == {
        (number, number * 10) for number in range(4)
    }


def test_an_exception_of_a_coroutine_reaches_the_one_who_awaits() -> None:
    error = ValueError("no")

    async def fails(sender: object, /) -> None:
        await asyncio.sleep(0)
        raise error

    king = listening(named("king"), fails)

    async def sent() -> None:
        with pytest.raises(ValueError, match="no") as raised:
            await king.send_async("x")
        assert raised.value is error

    with recorded() as running:
        asyncio.run(sent())

    assert running.sends == [("king", 0, "x", [("fails", "raised", "")])]


def test_a_send_that_is_cancelled_is_told() -> None:
    async def waits(sender: object, /) -> None:
        await asyncio.sleep(60)

    king = listening(named("king"), waits)

    async def impatient() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(king.send_async("x"), 0.01)

    with recorded() as running:
        asyncio.run(impatient())

    assert running.sends == [("king", 0, "x", [("waits", "raised", "")])]
