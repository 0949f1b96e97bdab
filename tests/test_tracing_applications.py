"""The recorder of an application: what it tells in brief is the whole of it, and nobody lives longer."""

from __future__ import annotations

import asyncio
import gc
import re
import sys
import textwrap
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from blinker import ANY, Namespace, Signal
from hypothesis import example, given, settings
from hypothesis import strategies as st

from signalcli.apps.tracing import introduce, new_recorder
from signalcli.model import Call
from signalcli.timeline import Event
from signalcli.tracing import Recorder, Recording
from tests.recording import OWN


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
