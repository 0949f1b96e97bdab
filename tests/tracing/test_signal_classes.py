"""The recorder with subclasses of ``Signal`` and with copies of blinker."""

from __future__ import annotations

import asyncio
import sys
import textwrap
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from blinker import Signal

from signalcli.apps.connecting.connect_recorder import ConnectRecorder
from signalcli.signals.snapshot import OrderedSignal
from tests.support.recording import (
    OWN,
    call_rows,
    fail,
    hear,
    hear_too,
    listening,
    recorded,
    says,
    traced,
)


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


def test_a_subclass_that_sends_by_super_is_recorded_once() -> None:
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


@pytest.mark.parametrize("others", [nullcontext, ConnectRecorder], ids=["alone", "with connects"])
def test_a_subclass_that_is_defined_later_is_recorded_by_its_own_dispatch(
    others: Callable[[], AbstractContextManager[object]],
) -> None:
    with others(), traced() as recording:

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

    reported = [[(c.outcome, c.value) for c in event.calls] for event in recording.events]
    assert reported == [[("returned", 1)], [("returned", 1)]]
    assert "__init_subclass__" not in vars(Signal)
    assert {name: vars(Signal)[name] for name in OWN} == OWN


COPY = '''
import weakref

class Signal:
    """A copy of blinker, before its import is recorded."""

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


def test_a_copy_of_blinker_that_is_imported_later_is_reported(
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
def test_a_subclass_whose_send_is_awaited_is_recorded_once(
    kind: type[Signal], is_async: bool
) -> None:
    with traced() as recording:
        king = kind()
        king.connect(hear)
        sent: Any = king.send("x", give=1)
        results = asyncio.run(sent)

    assert results == [(hear, 1)]
    calls = [[(c.outcome, c.value) for c in event.calls] for event in recording.events]
    assert calls == [[("returned", 1)]]
    assert [event.is_async for event in recording.events] == [is_async]


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
    assert call_rows(recording) == [
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


def test_a_class_whose_results_name_receivers_is_recorded_by_these() -> None:
    with traced() as recording:
        king = Named()
        king.connect(hear)
        sent: Any = king.send("x")
        results = asyncio.run(sent)

    assert results == [("hear", None)]
    assert call_rows(recording) == [[("hear", "returned", "listens to ANY")]]


def test_a_class_that_has_called_no_receiver_yet_is_not_recorded_as_disconnecting() -> None:
    with traced() as recording:
        king = Lazy()
        king.connect(hear)
        results = list(king.send("x", give=1))

    assert results == [1]
    assert call_rows(recording) == [
        [("hear", "not_reached", "unknown: Lazy.send doesn't tell")],
        [("hear", "yielded", "listens to ANY")],  # after the send returned
    ]


class OneWord(Signal):
    def send(self, *words: Any, **payload: Any) -> Any:
        if len(words) > 1:
            raise TypeError("one word")
        return super().send(*words, **payload)


def test_a_send_that_raises_before_receivers_for_is_recorded() -> None:
    with traced() as recording:
        king = OneWord()
        king.connect(hear)
        with pytest.raises(TypeError, match="one word"):
            king.send(1, 2)
        king.send(3)

    assert call_rows(recording) == [
        [("hear", "not_reached", "the send itself raised TypeError: one word")],
        [("hear", "returned", "listens to ANY")],
    ]


def test_what_a_subclass_passes_on_is_recorded() -> None:
    with traced() as recording:
        king = Adding()
        king.connect(hear)
        king.send("x", give=2)

    event = recording.events[0]
    assert (event.sender, event.payload_keys) == ("the x", ("extra", "give"))
    assert len(recording.events) == 1
