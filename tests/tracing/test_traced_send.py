"""The recorder of an application: what it tells in brief is the whole of it, and nobody lives longer."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import re
import sys
import textwrap
import threading
import weakref
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from blinker import ANY, Namespace, Signal
from hypothesis import example, given, settings
from hypothesis import strategies as st

from signalcli.apps.tracing import introduce, new_recorder
from signalcli.tracing.recorder import Recorder, Recording
from signalcli.values.delivery import Call
from signalcli.values.trace import Event
from tests.support.recording import OWN


@contextmanager
def traced(recorder: Recorder | None = None) -> Iterator[Recording]:
    """Record what is sent while the block lasts, as of an application."""
    recorder = recorder or new_recorder()
    with recorder, recorder.recording(everywhere=True) as recording:
        yield recording


def without_times(event: Event) -> Event:
    calls = tuple(call._replace(seconds=0.0) for call in event.calls)
    return event._replace(seconds=0.0, calls=calls)


def without_addresses(told: object) -> str:
    return re.sub("0x[0-9a-f]+", "0x…", repr(told))


def hear(sender: Any, **payload: Any) -> Any:
    return payload.get("give")


def hear_too(sender: Any, **payload: Any) -> None: ...


def fail(sender: Any, **payload: Any) -> None:
    raise ValueError("no")


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
def test_what_is_told_in_brief_is_what_is_told_in_full(connections: Any, sends: Any) -> None:
    def events(tells_more: bool) -> tuple[list[Event], list[object]]:
        signal = OrderedSignal()
        for receiver, sender, weak in connections:
            signal.connect(receiver, sender=sender, weak=weak and receiver is not OWNER.method)
        recorder = new_recorder()
        recorder._known.tells_more = tells_more
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


@pytest.mark.parametrize("tells_more", [False, True])
def test_nothing_that_was_sent_is_kept_alive(tells_more: bool) -> None:
    king = Signal()
    king.connect(hear)
    recorder = new_recorder()
    recorder._known.tells_more = tells_more

    with traced(recorder) as recording:
        sender, value, receiver = Owner(), Owner(), Owner()
        kept = [weakref.ref(thing) for thing in (sender, value, receiver)]
        king.connect(receiver.method)
        king.send(sender, give=value)
        del sender, value, receiver
        gc.collect()

        assert [reference() for reference in kept] == [None, None, None]
    assert len(recording.events[0].calls) == 2


def test_a_receiver_that_died_is_told_by_its_name() -> None:
    king = Signal()

    with traced() as recording:
        for _ in range(3):

            def local(sender: object) -> str:
                return "heard"

            king.connect(local)
            king.send("x")
            del local
            gc.collect()

    name = f"{__name__}.test_a_receiver_that_died_is_told_by_its_name.<locals>.local"
    call = Call(name, "returned", "listens to ANY", "heard")
    assert [without_times(event).calls for event in recording.events] == [(call,)] * 3


def test_a_sender_that_is_compared_by_identity_is_told_as_inspect_shows_it() -> None:
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
        (repr(Owner), f"<class '{here}'>"),
        (repr(OWNER), f"<{here} object>"),
        (1.5, "1.5"),
    ]


def test_the_repr_of_a_sender_is_that_of_each_send() -> None:
    class Counter:
        number = 0

        def __repr__(self) -> str:
            return f"<counter at {self.number}>"

    king, counter = Signal(), Counter()

    with traced() as recording:
        for counter.number in range(2):
            king.send(counter)

    assert [event.sender for event in recording.events] == ["<counter at 0>", "<counter at 1>"]


def test_a_send_that_was_bound_while_the_recorder_stood_is_told() -> None:
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


def test_a_subclass_that_is_defined_later_is_told_by_its_own_dispatch() -> None:
    with traced() as recording:

        class Loud(Signal):
            def send(self, sender: Any = None, /, **payload: Any) -> Any:
                return [(r, r(sender, **payload)) for r in self.receivers_for(sender)]

        class Louder(Loud):
            async def send_async(self, sender: Any = None, /, **payload: Any) -> Any:
                return self.send(sender, **payload)

        loud, louder = Loud(), Louder()
        for signal in (loud, louder):
            signal.connect(hear)
            signal.send("x", give=1)

    told = [[(c.outcome, c.value) for c in event.calls] for event in recording.events]
    assert told == [[("returned", 1)], [("returned", 1)]]
    assert "__init_subclass__" not in vars(Signal)
    assert {name: vars(Signal)[name] for name in OWN} == OWN


COPY = '''
import weakref

class Signal:
    """A copy of blinker, from before it told anybody about it."""

    is_muted = False

    def __init__(self):
        self.receivers, self._by_sender, self._by_receiver = {}, {0: set()}, {}

    def connect(self, receiver, sender=None, weak=True):
        self.receivers[id(receiver)] = receiver
        self._by_sender[0].add(id(receiver))
        self._by_receiver[id(receiver)] = {0}
        return receiver

    def disconnect(self, receiver, sender=None):
        self.receivers.pop(id(receiver), None)

    def has_receivers_for(self, sender):
        return bool(self.receivers)

    def receivers_for(self, sender):
        yield from list(self.receivers.values())

    def send(self, *sender, **payload):
        return [(r, r(*sender, **payload)) for r in self.receivers_for(*sender)]

early = Signal()
'''
USER = "from copied_signals import Signal, early\nsend = early.send\n"


def test_a_copy_of_blinker_that_is_imported_later_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(tmp_path, "copied_signals.py").write_text(textwrap.dedent(COPY), encoding="utf-8")
    Path(tmp_path, "copied_signals_user.py").write_text(USER, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    try:
        with traced() as recording:
            import copied_signals_user as copied  # type: ignore[import-not-found]

            own = vars(copied.Signal)["send"].__wrapped__
            copied.early.connect(hear)
            results = copied.send("x", give=2)

        assert results == [(hear, 2)]
        assert [(e.sender, [(c.outcome, c.value) for c in e.calls]) for e in recording.events] == [
            ("x", [("returned", 2)])
        ]
        assert vars(copied.Signal)["send"] is own
    finally:
        for module in ("copied_signals", "copied_signals_user"):
            sys.modules.pop(module, None)


def test_who_is_introduced_is_told_by_the_names_of_the_application() -> None:
    recorder = new_recorder()
    king = Namespace().signal("king")
    globals()["hall"] = other = Signal()

    try:
        with traced(recorder) as recording:
            king.connect(other.send, weak=False)
            king.send()
            introduce(recorder)
            king.send()
            first, _, second, named = recording.events
    finally:
        del globals()["hall"]

    assert [first.calls[0].receiver, second.calls[0].receiver] == [
        "blinker.base.Signal.send",
        f"{__name__}.hall.send",
    ]
    assert named.signal == f"{__name__}.hall"


def test_a_signal_whose_books_blinker_cannot_read_is_sent_all_the_same() -> None:
    king = Signal()
    king.connect(hear, sender="x", weak=False)
    king._by_sender["x"] = {hear: None}  # type: ignore[assignment]  # no set: | and copy fail

    with traced(), pytest.raises(TypeError, match="unsupported operand"):
        king.send("x")
    with pytest.raises(TypeError, match="unsupported operand"):
        king.send("x")


@pytest.mark.parametrize("tells_more", [False, True])
def test_a_receiver_that_raises_takes_no_longer_than_its_send(tells_more: bool) -> None:
    king = Signal()
    king.connect(fail)
    recorder = new_recorder()
    recorder._known.tells_more = tells_more

    with traced(recorder) as recording, pytest.raises(ValueError, match="no"):
        king.send()

    event = recording.events[0]
    assert 0 < event.calls[0].seconds <= event.seconds


class Awaited(Signal):
    async def send(self, sender: Any = None, /, **payload: Any) -> Any:  # type: ignore[override]
        await asyncio.sleep(0)
        return super().send(sender, **payload)


class Promising(Signal):
    def send(self, sender: Any = None, /, **payload: Any) -> Any:
        return self.send_async(sender, _sync_wrapper=awaitable, **payload)


def awaitable(receiver: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*arguments: Any, **payload: Any) -> Any:
        return receiver(*arguments, **payload)

    return call


@pytest.mark.parametrize(("kind", "is_async"), [(Awaited, True), (Promising, True)])
def test_a_subclass_whose_send_is_awaited_is_told_once(kind: type[Signal], is_async: bool) -> None:
    with traced() as recording:
        king = kind()
        king.connect(hear)
        sent: Any = king.send("x", give=1)
        results = asyncio.run(sent)

    assert results == [(hear, 1)]
    calls = [[(c.outcome, c.value) for c in event.calls] for event in recording.events]
    assert calls == [[("returned", 1)]]
    assert [event.is_async for event in recording.events] == [is_async]


# What red teams found.


def told_of(recording: Recording) -> list[list[tuple[str, str, str]]]:
    return [
        [(c.receiver.rpartition(".")[2], c.outcome, c.reason) for c in event.calls]
        for event in recording.events
    ]


def test_a_send_that_fills_the_stack_is_told_and_raises_what_it_raises() -> None:
    king = Signal()

    with traced() as recording:
        king.connect(king.send)
        with pytest.raises(RecursionError):
            king.send(1)

    events = recording.events
    assert len(events) > 20
    assert {call.outcome for event in events[:-3] for call in event.calls} == {"raised"}


def test_a_send_that_is_not_over_tells_who_still_runs() -> None:
    go, began = threading.Event(), threading.Event()

    def stuck(sender: object) -> None:
        began.set()
        go.wait(10)

    king = OrderedSignal()
    for receiver in (hear, stuck, hear_too):
        king.connect(receiver)
    recorder = new_recorder()

    for tells_more in (False, True):
        recorder._known.tells_more = tells_more
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
        assert told_of(recording) != [[]]
        assert [(c.receiver.rpartition(".")[2], c.outcome) for c in event.calls] == [
            ("hear", "returned"),
            ("stuck", "running"),
            ("hear_too", "not_reached"),
        ]
        assert recording.events[0].ended


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
    """Waits for one turn of whoever runs the coroutine."""

    def __await__(self) -> Generator[None, None, None]:
        yield None


def test_a_class_that_chooses_is_asked_as_often_as_without_a_recorder() -> None:
    asked: list[object] = []

    class Choosy(Signal):
        def receivers_for(self, sender: Any) -> Iterator[Any]:  # type: ignore[override]
            asked.append(sender)
            return (one for one in super().receivers_for(sender) if one is not hear_too)

    with traced() as recording:
        king = Choosy()
        for receiver in (hear, hear_too):
            king.connect(receiver)
        king.connect(fail, sender="other")
        results = king.send("x")

    assert (asked, results) == (["x"], [(hear, None)])
    assert told_of(recording) == [
        [
            ("hear", "returned", "listens to ANY"),
            ("hear_too", "skipped", f"{Choosy.__qualname__}.receivers_for left it out"),
            ("fail", "skipped", "listens only to other"),
        ]
    ]


class Named(Signal):
    async def send(self, sender: Any = None, /, **payload: Any) -> Any:  # type: ignore[override]
        return [(one.__name__, one(sender, **payload)) for one in self.receivers_for(sender)]


class Lazy(Signal):
    def send(self, sender: Any = None, /, **payload: Any) -> Any:
        for one in self.receivers_for(sender):
            yield one(sender, **payload)


class Adding(Signal):
    def send(self, sender: Any = None, /, **payload: Any) -> Any:
        return super().send(f"the {sender}", extra=1, **payload)


def test_a_class_whose_results_name_receivers_is_told_by_whom_it_called() -> None:
    with traced() as recording:
        king = Named()
        king.connect(hear)
        sent: Any = king.send("x")
        results = asyncio.run(sent)

    assert results == [("hear", None)]
    assert told_of(recording) == [[("hear", "returned", "listens to ANY")]]


def test_a_class_that_calls_nobody_yet_is_not_told_to_have_disconnected() -> None:
    with traced() as recording:
        king = Lazy()
        king.connect(hear)
        results = list(king.send("x", give=1))

    assert results == [1]
    assert told_of(recording) == [[("hear", "not_reached", "unknown: Lazy.send doesn't tell")]]


def test_a_send_of_the_wrong_arguments_is_refused_as_ever() -> None:
    king = Signal()
    king.connect(hear)
    with pytest.raises(TypeError) as plainly:
        king.send(1, 2)  # type: ignore[call-arg, arg-type]

    with traced() as recording, pytest.raises(TypeError) as raised:
        king.send(1, 2)  # type: ignore[call-arg, arg-type]

    assert str(raised.value) == str(plainly.value)
    assert recording.events == ()


class Wordy(Signal):
    def send(self, *words: Any, **payload: Any) -> Any:
        if len(words) > 1:
            raise TypeError("one word")
        return super().send(*words, **payload)


def test_a_send_that_raises_before_it_asks_is_told_as_what_it_is() -> None:
    with traced() as recording:
        king = Wordy()
        king.connect(hear)
        with pytest.raises(TypeError, match="one word"):
            king.send(1, 2)
        king.send(3)

    assert told_of(recording) == [
        [("hear", "not_reached", "the send itself raised TypeError: one word")],
        [("hear", "returned", "listens to ANY")],
    ]


def test_what_a_subclass_passes_on_is_what_is_told() -> None:
    with traced() as recording:
        king = Adding()
        king.connect(hear)
        king.send("x", give=2)

    event = recording.events[0]
    assert (event.sender, event.payload_keys) == ("the x", ("extra", "give"))
    assert len(recording.events) == 1


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
