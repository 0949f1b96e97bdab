"""The recorder does not change a send, and records nested sends, tasks and threads."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
import traceback
from collections.abc import Callable, Generator
from typing import Any

import pytest
from blinker import Namespace, Signal

from signalcli.signals.send import SIGNAL_NAMES
from signalcli.signals.snapshot import OrderedSignal
from signalcli.values.delivery import RaisedError
from tests.support.recording import (
    METHODS,
    OWN,
    call_facts,
    hear,
    listening,
    named,
    recorded,
    say,
    says,
    sends,
    traced,
)

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


def test_an_exception_of_a_receiver_is_reported_with_its_place() -> None:
    def fails(sender: object, /) -> None:
        say("then")
        raise ValueError("no")

    king = listening(named("king"), fails)

    with recorded() as running, pytest.raises(ValueError, match="no"):
        king.send()

    call = running.recording.events[0].calls[0]
    line = fails.__code__.co_firstlineno + 2
    assert call.error == RaisedError("ValueError", "no", f"tests/tracing/test_dispatch.py:{line}")
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


def test_a_send_within_a_send_is_recorded_one_level_deeper() -> None:
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


def test_an_error_that_is_raised_anew_is_recorded_for_each_send() -> None:
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


def test_a_send_that_is_cancelled_is_reported() -> None:
    async def waits(sender: object, /) -> None:
        await asyncio.sleep(60)

    king = listening(named("king"), waits)

    async def impatient() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(king.send_async("x"), 0.01)

    with recorded() as running:
        asyncio.run(impatient())

    assert running.sends == [("king", 0, "x", [("waits", "raised", "")])]


# Threads.


def in_thread(function: Callable[[], object]) -> None:
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


@pytest.mark.parametrize(("everywhere", "seen"), [(False, ["here"]), (True, ["here", "there"])])
def test_another_thread_is_recorded_only_if_that_is_asked(
    everywhere: bool, seen: list[str]
) -> None:
    king = listening(named("king"), says("heard"))

    with recorded(everywhere=everywhere) as running:
        king.send("here")
        in_thread(lambda: king.send("there"))

    assert running.sends == [
        ("king", 0, sender, [("heard", "returned", "heard\n")]) for sender in seen
    ]


def test_a_thread_that_a_receiver_starts_is_no_send_within_its_send() -> None:
    inner = listening(named("inner"), says("heard"))
    outer = listening(named("outer"), lambda sender, /: in_thread(lambda: inner.send("there")))

    with recorded(everywhere=True) as running:
        outer.send("here")

    assert [(signal, depth) for signal, depth, *_ in running.sends] == [("outer", 0), ("inner", 0)]


def test_threads_that_record_themselves_have_their_own() -> None:
    king = listening(named("king"), lambda sender, /: say(sender))
    own: dict[int, Any] = {}
    ready = threading.Barrier(4)

    with recorded(everywhere=True) as running:

        def record(number: int) -> None:
            recorder = running.recorder
            with recorder.separated(), recorder.recording() as recording:
                ready.wait(10)
                for _ in range(25):
                    king.send(number)
                own[number] = sends(recording)

        threads = [threading.Thread(target=record, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert running.sends == []
    assert own == {
        number: [("king", 0, number, [("<lambda>", "returned", f"{number}\n")])] * 25
        for number in range(4)
    }


def test_a_receiver_that_another_thread_connects_meanwhile_is_reported_with_its_reason() -> None:
    """It is called, though it wasn't on the roll: that was called before blinker's own look."""
    late = says("late")

    class Raced(OrderedSignal):
        quiet = False

        @property
        def is_muted(self) -> bool:
            if sys._getframe(1).f_code is OWN["send"].__code__:
                in_thread(lambda: self.connect(late, weak=False))
            return self.quiet

        @is_muted.setter
        def is_muted(self, muted: bool) -> None:
            self.quiet = muted

    king = listening(Raced(), says("early"))

    with recorded() as running:
        results = king.send("x")

    calls = running.recording.events[0].calls
    assert [value for _, value in results] == ["early", "late"]
    assert [(call_facts(call)[0], call.outcome, call.reason) for call in calls] == [
        ("early", "returned", "listens to ANY"),
        ("late", "returned", "was connected during this send"),
    ]


# Signals of all kinds.


def test_a_muted_signal_calls_no_receiver() -> None:
    king = listening(named("king"), says("unheard"))

    with recorded() as running, king.muted():
        results = king.send("x")

    event = running.recording.events[0]
    assert (results, event.muted) == ([], True)
    assert [(call.outcome, call.reason) for call in event.calls] == [("skipped", "signal is muted")]


def test_a_skipped_receiver_is_recorded_with_the_reason() -> None:
    king = named("king")
    king.connect(heard := says("heard"), "x")
    king.connect(says("unheard"), "y", weak=False)

    with recorded() as running:
        results = king.send("x")

    assert results == [(heard, "heard")]
    assert [(call_facts(c)[0], c.outcome, c.reason) for c in running.recording.events[0].calls] == [
        ("heard", "returned", "listens to x"),
        ("unheard", "skipped", "listens only to y"),
    ]


def test_meta_signals_are_recorded_as_sends() -> None:
    king = named("king")
    listening(king.receiver_connected, says("noticed"))
    SIGNAL_NAMES[king.receiver_connected] = "king:receiver_connected"

    with recorded() as running:
        king.connect(heard := says("heard"))
        king.send("x")

    assert [(name, depth, calls) for name, depth, _, calls in running.sends] == [
        ("king:receiver_connected", 0, [("noticed", "returned", "noticed\n")]),
        ("king", 0, [("heard", "returned", "heard\n")]),
    ]
    assert running.recording.events[0].payload_keys == ("receiver", "sender", "weak")
    assert heard("x") == "heard"


def test_signals_without_a_name_of_their_own_have_numbers() -> None:
    first, second = Signal(), Signal()
    spaced = [Namespace().signal("spaced") for _ in range(2)]

    with recorded() as running:
        for signal in (first, second, *spaced, first, spaced[1]):
            signal.send()

    assert [name for name, *_ in running.sends] == [
        "anonymous signal",
        "anonymous signal #2",
        "spaced (in a namespace of its own)",
        "spaced (in a namespace of its own) #2",
        "anonymous signal",
        "spaced (in a namespace of its own) #2",
    ]


def test_the_exception_in_a_payload_is_reported() -> None:
    try:
        raise ValueError("met")
    except ValueError as caught:
        error = caught

    with recorded() as running:
        named("king").send(number=1, exc=error)
        named("king").send(exc=KeyError("unraised"))
        named("king").send(exc=None)

    exceptions = [event.exception for event in running.recording.events]
    assert [(e.type, e.message) if e else None for e in exceptions] == [
        ("ValueError", "met"),
        ("KeyError", "'unraised'"),
        None,
    ]


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


def test_senders_and_results_that_json_cannot_hold_are_shown_by_their_repr() -> None:
    king = listening(named("king"), lambda sender, /, **payload: payload.get("give"))

    with recorded() as running:
        king.send(Hostile(), give=Hostile())
        king.send({1}, give=float("nan"))
        king.send([1, "a"], give=(1,))

    shown = [(event.sender, event.calls[0].value) for event in running.recording.events]
    hostile = "<Hostile whose repr raises RuntimeError>"
    assert shown == [(hostile, hostile), ("{1}", "nan"), ([1, "a"], "(1,)")]


def test_a_send_that_was_bound_before_works_as_ever() -> None:
    inner = listening(named("inner"), says("heard"))
    bound = inner.send
    outer = listening(named("outer"), bound, says("after"))

    with recorded() as running:
        results = outer.send("x")

    assert [value for _, value in results] == [[(next(inner.receivers_for("x")), "heard")], "after"]
    assert [(name, [c[1] for c in calls]) for name, _, _, calls in running.sends] == [
        ("outer", ["returned", "returned"])
    ]


def test_a_send_that_was_bound_during_the_recording_is_recorded() -> None:
    inner, outer = Namespace().signal("inner"), Namespace().signal("outer")
    inner.connect(hear)

    with traced() as recording:
        bound = inner.send
        outer.connect(bound, weak=False)
        results = outer.send("x")

    assert results == [(bound, [(hear, None)])]
    assert [(event.signal.partition(" ")[0], event.depth) for event in recording.events] == [
        ("outer", 0),
        ("inner", 1),
    ]


def test_a_send_may_be_awaited_in_several_contexts() -> None:
    king = Signal()

    async def waits(sender: object) -> str:
        await Once()
        return "waited"

    king.connect(waits)

    with traced() as recording:
        coroutine = king.send_async("x")
        contextvars.copy_context().run(coroutine.send, None)
        with pytest.raises(StopIteration) as ended:
            contextvars.copy_context().run(coroutine.send, None)

    assert ended.value.value == [(waits, "waited")]
    assert [[(c.outcome, c.value) for c in e.calls] for e in recording.events] == [
        [("returned", "waited")]
    ]


class Once:
    """Waits for one turn of the loop that runs the coroutine."""

    def __await__(self) -> Generator[None, None, None]:
        yield None


def test_a_send_of_the_wrong_arguments_is_refused_as_ever() -> None:
    king = Signal()
    king.connect(hear)
    with pytest.raises(TypeError) as plainly:
        king.send(1, 2)  # type: ignore[call-arg, arg-type]

    with traced() as recording, pytest.raises(TypeError) as raised:
        king.send(1, 2)  # type: ignore[call-arg, arg-type]

    assert str(raised.value) == str(plainly.value)
    assert recording.events == ()


def test_sends_of_tasks_stand_below_the_send_that_made_them() -> None:
    outer, inner = Namespace().signal("outer"), Namespace().signal("inner")
    late: list[Any] = []

    async def relays(sender: int) -> None:
        await asyncio.sleep(0.01)
        await inner.send_async(sender)
        late.append(asyncio.ensure_future(later(sender)))

    async def later(sender: int) -> None:
        await asyncio.sleep(0.05)
        await inner.send_async(-sender)

    async def run() -> None:
        await asyncio.gather(outer.send_async(1), outer.send_async(2))
        await asyncio.gather(*late)

    with traced() as recording:
        outer.connect(relays)
        asyncio.run(run())

    assert [(event.sender, event.depth) for event in recording.events] == [
        (1, 0),
        (1, 1),
        (2, 0),
        (2, 1),
        (-1, 0),
        (-2, 0),
    ]
