"""The recorder beside threads, and with signals of all kinds: nothing that was sent is changed."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator
from typing import Any

import pytest
from blinker import Signal

from signalcli.signals.send import NAMES
from signalcli.signals.snapshot import OrderedSignal
from tests.support.recording import OWN, listening, named, recorded, say, says, sends, told

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
            with recorder.told_apart(), recorder.recording() as recording:
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


def test_a_receiver_that_another_thread_connects_meanwhile_is_told_with_its_reason() -> None:
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
    assert [(told(call)[0], call.outcome, call.reason) for call in calls] == [
        ("early", "returned", "listens to ANY"),
        ("late", "returned", "was connected during this send"),
    ]


# Signals of all kinds.


def test_a_muted_signal_calls_nobody() -> None:
    king = listening(named("king"), says("unheard"))

    with recorded() as running, king.muted():
        results = king.send("x")

    event = running.recording.events[0]
    assert (results, event.muted) == ([], True)
    assert [(call.outcome, call.reason) for call in event.calls] == [("skipped", "signal is muted")]


def test_who_is_skipped_is_told_with_the_reason() -> None:
    king = named("king")
    king.connect(heard := says("heard"), "x")
    king.connect(says("unheard"), "y", weak=False)

    with recorded() as running:
        results = king.send("x")

    assert results == [(heard, "heard")]
    assert [(told(c)[0], c.outcome, c.reason) for c in running.recording.events[0].calls] == [
        ("heard", "returned", "listens to x"),
        ("unheard", "skipped", "listens only to y"),
    ]


def test_meta_signals_are_told_as_the_sends_that_they_are() -> None:
    king = named("king")
    listening(king.receiver_connected, says("noticed"))
    NAMES[king.receiver_connected] = "king:receiver_connected"

    with recorded() as running:
        king.connect(heard := says("heard"))
        king.send("x")

    assert [(name, depth, calls) for name, depth, _, calls in running.sends] == [
        ("king:receiver_connected", 0, [("noticed", "returned", "noticed\n")]),
        ("king", 0, [("heard", "returned", "heard\n")]),
    ]
    assert running.recording.events[0].payload_keys == ("receiver", "sender", "weak")
    assert heard("x") == "heard"


def test_an_anonymous_signal_has_its_address() -> None:
    anonymous = Signal()

    with recorded() as running:
        anonymous.send()

    assert running.sends == [(f"anonymous signal at {hex(id(anonymous))}", 0, None, [])]


def test_the_exception_in_a_payload_is_told() -> None:
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


# Signals that have ideas of their own.


class Choosy(OrderedSignal):
    """Calls only some of those that blinker would."""

    def receivers_for(self, sender: Any) -> Generator[Any, None, None]:
        return (receiver for receiver in super().receivers_for(sender) if receiver("asked"))


class Listed(Signal):
    """Knows its receivers without blinker."""

    def __init__(self, *known: Callable[..., Any]) -> None:
        super().__init__()
        self.known = known

    def receivers_for(self, sender: Any) -> Generator[Any, None, None]:
        yield from self.known


class Counting(Signal):
    """Does something more in each send."""

    sent = 0

    def send(self, sender: Any = None, /, **payload: Any) -> Any:
        self.sent += 1
        return super().send(sender, **payload)


def test_a_subclass_that_sends_by_super_is_told_once() -> None:
    king = Counting()
    listening(king, says("heard"))

    with recorded() as running:
        results = king.send("x")

    assert ([value for _, value in results], king.sent) == (["heard"], 1)
    assert [calls for *_, calls in running.sends] == [[("heard", "returned", "heard\n")]]


class Quiet(OrderedSignal):
    """Keeps its results to itself."""

    def send(self, sender: Any = None, /, **payload: Any) -> Any:
        super().send(sender, **payload)


class Values(OrderedSignal):
    """Gives only what was returned, and that when it is asked."""

    def send(self, sender: Any = None, /, **payload: Any) -> Any:
        results = super().send(sender, **payload)
        return (value for _, value in results)


class Wordy(OrderedSignal):
    """Takes its payload without keys."""

    def send(self, sender: Any = None, /, *words: str, **payload: Any) -> Any:
        return super().send(sender, words=words, **payload)


def test_a_subclass_that_gives_no_results_gives_none() -> None:
    king = Quiet()
    listening(king, says("heard"))

    with recorded() as running:
        results = king.send("x")

    assert results is None
    assert [calls for *_, calls in running.sends] == [[("heard", "returned", "heard\n")]]


def test_a_subclass_that_gives_something_else_gives_it_whole() -> None:
    king = Values()
    listening(king, says("heard"), says("too"))

    with recorded() as running:
        results = list(king.send("x"))

    heard = [("heard", "returned", "heard\n"), ("too", "returned", "too\n")]
    assert results == ["heard", "too"]
    assert [calls for *_, calls in running.sends] == [heard]


def test_a_subclass_that_takes_something_else_takes_it() -> None:
    king = Wordy()
    listening(king, lambda sender, /, **payload: payload)

    with recorded() as running:
        results = king.send("x", "a", "b")

    assert [value for _, value in results] == [{"words": ("a", "b")}]
    assert [event.sender for event in running.recording.events] == ["x"]


def test_a_subclass_that_leaves_receivers_out_gives_its_caller_the_same_results() -> None:
    king = Choosy()
    listening(king, lambda sender, /: sender != "asked", yes := lambda sender, /: True)

    with recorded() as running:
        results = king.send("x")

    assert results == [(yes, True)]
    assert [event.sender for event in running.recording.events] == ["x"]


def test_a_subclass_that_knows_its_own_receivers_gives_its_caller_the_same_results() -> None:
    king = Listed(known := says("known"))

    with recorded() as running:
        results = king.send("x")

    assert results == [(known, "known")]
    assert [event.sender for event in running.recording.events] == ["x"]


def test_a_subclass_that_knows_its_own_receivers_gives_its_caller_their_exception() -> None:
    error = ValueError("no")

    def fails(sender: object, /) -> None:
        raise error

    king = Listed(says("known"), fails)

    with recorded(), pytest.raises(ValueError, match="no") as raised:
        king.send("x")

    assert raised.value is error


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
