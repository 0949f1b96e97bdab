"""One recorded send: the fast path equals the rows, and nothing is kept alive."""

from __future__ import annotations

import gc
import re
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from blinker import ANY, Namespace, Signal
from hypothesis import example, given, settings
from hypothesis import strategies as st

from signalcli.apps.running.trace import new_recorder
from signalcli.values.delivery import Call
from signalcli.values.trace import Event
from tests.support.recording import call_rows, fail, hear, hear_too, traced

pytestmark = pytest.mark.slow


def without_times(event: Event) -> Event:
    calls = tuple(call._replace(seconds=0.0) for call in event.calls)
    return event._replace(seconds=0.0, started=0.0, calls=calls)


def without_addresses(reported: object) -> str:
    return re.sub("0x[0-9a-f]+", "0x…", repr(reported))


async def wait(sender: Any, **payload: Any) -> None: ...


class Owner:
    def method(self, sender: Any, **payload: Any) -> str:
        return "method"


OWNER = Owner()


RECEIVERS: list[Callable[..., Any]] = [hear, hear_too, fail, wait, OWNER.method, print]


SENDERS: list[Any] = ["大象", "", 1, 0, None, True, 1.5, (1,), [1], OWNER, Owner]


VALUES: list[Any] = [None, 1, "x", (1,), [1, {"a": 2}], OWNER, float("nan")]


class Ordered(dict[Any, None]):
    """A set in the order of its making, as far as blinker needs one."""

    def add(self, item: object) -> None:
        self[item] = None

    def discard(self, item: object) -> None:
        self.pop(item, None)

    def copy(self) -> Ordered:
        return Ordered(self)


class OrderedSignal(Signal):
    set_class = Ordered  # type: ignore[assignment]


connections = st.lists(
    st.tuples(st.sampled_from(RECEIVERS), st.sampled_from([ANY, "大象", 1, OWNER]), st.booleans()),
    max_size=4,
)


sends = st.lists(
    st.tuples(st.sampled_from(SENDERS), st.sampled_from(VALUES), st.booleans()), max_size=3
)


@settings(max_examples=300, deadline=None)
@given(connections=connections, sends=sends)
@example(
    connections=[(hear, ANY, False), (hear, 1, False), (hear_too, 1, False)],
    sends=[(1, None, False)],
)
def test_the_fast_path_records_the_same_as_the_rows(connections: Any, sends: Any) -> None:
    def events(needs_rows: bool) -> tuple[list[Event], list[object]]:
        signal = OrderedSignal()
        for receiver, sender, weak in connections:
            signal.connect(receiver, sender=sender, weak=weak and receiver is not OWNER.method)
        recorder = new_recorder()
        recorder._names.needs_rows = needs_rows
        given_back: list[object] = []
        with traced(recorder) as recording:
            for sender, value, muted in sends:
                signal.is_muted = muted
                try:
                    given_back.append(signal.send(sender, give=value))
                except (ValueError, RuntimeError, TypeError) as error:
                    given_back.append((type(error), str(error)))
        return [without_times(event) for event in recording.events], given_back

    brief, full = events(False), events(True)

    assert without_addresses(brief) == without_addresses(full)


def test_a_receiver_that_an_earlier_one_lets_go_of_is_not_kept_alive() -> None:
    """blinker skips it, because its weak reference is dead by then; so it must be while recorded."""
    held: list[Any] = [Owner()]
    king = OrderedSignal()

    def lets_go(sender: object) -> None:
        held.clear()
        gc.collect()

    king.connect(lets_go)
    king.connect(held[0].method)

    with traced() as recording:
        results = king.send()

    assert [value for _, value in results] == [None]
    assert [(c.receiver.rpartition(".")[2], c.outcome) for c in recording.events[0].calls] == [
        ("lets_go", "returned"),
        ("method", "skipped"),
    ]


@pytest.mark.parametrize("needs_rows", [False, True])
def test_nothing_that_was_sent_is_kept_alive(needs_rows: bool) -> None:
    king = Signal()
    king.connect(hear)
    recorder = new_recorder()
    recorder._names.needs_rows = needs_rows

    with traced(recorder) as recording:
        sender, value, receiver = Owner(), Owner(), Owner()
        kept = [weakref.ref(thing) for thing in (sender, value, receiver)]
        king.connect(receiver.method)
        king.send(sender, give=value)
        del sender, value, receiver
        gc.collect()

        assert [reference() for reference in kept] == [None, None, None]
    assert len(recording.events[0].calls) == 2


def test_a_receiver_that_died_is_recorded_by_its_name() -> None:
    king = Signal()

    with traced() as recording:
        for _ in range(3):

            def local(sender: object) -> str:
                return "heard"

            king.connect(local)
            king.send("x")
            del local
            gc.collect()

    name = f"{__name__}.test_a_receiver_that_died_is_recorded_by_its_name.<locals>.local"
    call = Call(name, "returned", "listens to ANY", "heard")
    assert [without_times(event).calls for event in recording.events] == [(call,)] * 3


def test_a_sender_that_is_compared_by_identity_is_recorded_as_inspect_shows_it() -> None:
    king = Namespace().signal("king")

    with traced() as recording:
        for sender in ("text", 1, None, True, Owner, OWNER, 1.5):
            king.send(sender)

    here = f"{__name__}.Owner"
    assert [(event.sender, event.sender_shown) for event in recording.events] == [
        ("text", None),
        (1, None),
        (None, None),
        (True, None),
        (f"<class '{here}'>", f"<class '{here}'>"),
        (f"<{here} object>", f"<{here} object>"),
        (1.5, "1.5"),
    ]


def test_a_sender_has_the_name_of_its_first_send_and_never_that_of_another() -> None:
    class Order:
        number = 0

        def __init__(self, id: int) -> None:
            self.id = id

        def __repr__(self) -> str:
            raise AssertionError

    king, order = Signal(), Order(1)

    with traced() as recording:
        for order.id in range(1, 3):
            king.send(order)
        for _ in range(2):
            king.send(Order(1))

    assert [event.sender for event in recording.events] == [
        "<Order 1>",
        "<Order 1>",
        "<Order 1> #2",
        "<Order 1> #3",
    ]


NAMED = """
from blinker import Namespace, Signal
from signalcli.apps.running.trace import new_recorder, use_application_names

hall, king, recorder = Signal(), Namespace().signal("king"), new_recorder()
with recorder, recorder.recording(everywhere=True) as recording:
    king.connect(hall.send, weak=False)
    king.send()
    use_application_names(recorder)
    king.send()
    first, _, second, named = recording.events
print(first.calls[0].receiver, second.calls[0].receiver, named.signal)
"""


def test_a_recorder_uses_the_names_of_the_application_once_it_has_them() -> None:
    """In a process of its own: among the objects of a full test run the search takes minutes."""
    completed = subprocess.run(
        [sys.executable, "-c", NAMED], check=True, capture_output=True, text=True
    )

    assert completed.stdout.split() == [
        "blinker.base.Signal.send",
        "__main__.hall.send",
        "__main__.hall",
    ]


def test_a_signal_whose_books_blinker_cannot_read_is_sent_all_the_same() -> None:
    king = Signal()
    king.connect(hear, sender="x", weak=False)
    king._by_sender["x"] = {hear: None}  # type: ignore[assignment]  # no set: | and copy fail

    with traced(), pytest.raises(TypeError, match="unsupported operand"):
        king.send("x")
    with pytest.raises(TypeError, match="unsupported operand"):
        king.send("x")


@pytest.mark.parametrize("needs_rows", [False, True])
def test_a_receiver_that_raises_takes_no_longer_than_its_send(needs_rows: bool) -> None:
    king = Signal()
    king.connect(fail)
    recorder = new_recorder()
    recorder._names.needs_rows = needs_rows

    with traced(recorder) as recording, pytest.raises(ValueError, match="no"):
        king.send()

    event = recording.events[0]
    assert 0 < event.calls[0].seconds <= event.seconds


def test_a_send_that_fills_the_stack_is_recorded_and_raises_what_it_raises() -> None:
    king = Signal()

    with traced() as recording:
        king.connect(king.send)
        with pytest.raises(RecursionError):
            king.send(1)

    events = recording.events
    assert len(events) > 20
    assert {call.outcome for event in events[:-3] for call in event.calls} == {"raised"}


def test_a_send_that_is_not_over_shows_which_receivers_still_run() -> None:
    go, began = threading.Event(), threading.Event()

    def stuck(sender: object) -> None:
        began.set()
        go.wait(10)

    king = OrderedSignal()
    for receiver in (hear, stuck, hear_too):
        king.connect(receiver)
    recorder = new_recorder()

    for needs_rows in (False, True):
        recorder._names.needs_rows = needs_rows
        began.clear()
        go.clear()
        with traced(recorder) as recording:
            thread = threading.Thread(target=king.send)
            thread.start()
            began.wait(10)
            event = recording.events[0]
            go.set()
            thread.join()
        assert not event.ended
        assert call_rows(recording) != [[]]
        assert [(c.receiver.rpartition(".")[2], c.outcome) for c in event.calls] == [
            ("hear", "returned"),
            ("stuck", "running"),
            ("hear_too", "not_reached"),
        ]
        assert recording.events[0].ended
