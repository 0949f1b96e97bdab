"""Receivers that something wraps for each send, as tracers and profilers do."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import pytest
import wrapt
from blinker import Signal

from signalcli.signals.reflection import class_name
from tests.support.recording import fail, hear, traced

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]
IN_CODE = sys.version_info >= (3, 11)
"""Whether code has a qualified name."""


class Holder:
    def __init__(self, function: Callable[..., Any]) -> None:
        self.__wrapped__ = function

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self.__wrapped__(*given, **named)


def closed(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*given: Any, **named: Any) -> Any:
        return function(*given, **named)

    return call


def kept(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*given: Any, **named: Any) -> Any:
        return function(*given, **named)

    return call


def function_wrapper(function: Callable[..., Any]) -> Any:
    return wrapt.FunctionWrapper(
        function, lambda wrapped, _, given, named: wrapped(*given, **named)
    )


def twice(function: Callable[..., Any]) -> Any:
    return kept(Holder(function))


def call_of(name: str) -> str:
    return f"{__name__}.{name}.<locals>.call" if IN_CODE else f"{__name__}.call"


WRAPS: dict[Wrap, str] = {
    Holder: f"{__name__}.Holder",
    closed: call_of("closed"),
    kept: call_of("kept"),
    functools.partial: "functools.partial",
    function_wrapper: class_name(wrapt.FunctionWrapper),
    twice: call_of("kept"),
}


class Owner:
    def method(self, sender: object, **payload: object) -> str:
        return "method"


OWNER = Owner()


class WrappingSignal(Signal):
    wrap: Wrap

    def receivers_for(self, sender: Any) -> Any:
        return [self.wrap(receiver) for receiver in super().receivers_for(sender)]


def wrapping(wrap: Wrap, *receivers: Callable[..., Any], of_class: bool) -> Signal:
    """A signal whose ``receivers_for`` yields wrappers."""
    signal = WrappingSignal() if of_class else Signal()
    for receiver in receivers:
        signal.connect(receiver)
    if isinstance(signal, WrappingSignal):
        signal.wrap = wrap
    else:
        real = signal.receivers_for
        signal.receivers_for = lambda sender: [wrap(one) for one in real(sender)]  # type: ignore
    return signal


@pytest.mark.parametrize("of_class", [False, True])
@pytest.mark.parametrize("wrap", WRAPS, ids=lambda wrap: wrap.__name__)
@pytest.mark.parametrize("count", [1, 2])
def test_a_wrapped_receiver_has_its_own_name_and_that_of_the_wrapper(
    wrap: Wrap, of_class: bool, count: int
) -> None:
    king = wrapping(wrap, hear, *([OWNER.method] if count == 2 else []), of_class=of_class)

    with traced() as recording:
        for _ in range(2):
            king.send("x", give=1)

    heard = {f"{hear.__module__}.hear": 1, f"{__name__}.Owner.method": "method"}
    for event in recording.events:
        calls = {call.receiver: call.value for call in event.calls}
        assert calls == dict(list(heard.items())[:count])
        assert {call.reason for call in event.calls} == {"listens to ANY"}
        assert event.calls[0].outcome == "returned"
        by = {call.receiver: call.wrapped_by for call in event.calls}
        assert by[f"{hear.__module__}.hear"] == WRAPS[wrap]
        assert event.calls[0].to_json()["wrapped_by"] is not None or count == 2


@pytest.mark.parametrize("of_class", [False, True])
@pytest.mark.parametrize("wrap", WRAPS, ids=lambda wrap: wrap.__name__)
def test_a_wrapped_receiver_that_raises_has_its_own_name(wrap: Wrap, of_class: bool) -> None:
    king = wrapping(wrap, fail, of_class=of_class)

    with traced() as recording, pytest.raises(ValueError, match="no"):
        king.send()

    calls = recording.events[0].calls
    assert [(call.receiver, call.outcome) for call in calls] == [
        (f"{fail.__module__}.fail", "raised")
    ]


def test_a_receiver_without_a_wrapper_mentions_none() -> None:
    king = Signal()
    king.connect(hear)

    with traced() as recording:
        king.send()

    assert "wrapped_by" not in recording.events[0].calls[0].to_json()


def test_what_is_called_beside_the_connected_receivers_is_no_wrapper() -> None:
    king = Signal()
    king.connect(hear)
    king.receivers_for = lambda sender: [OWNER.method]  # type: ignore

    with traced() as recording:
        for _ in range(2):
            king.send()

    for event in recording.events:
        assert [call.wrapped_by for call in event.calls] == [None] * len(event.calls)
        assert f"{__name__}.Owner.method" not in {
            call.receiver for call in event.calls if call.reason == "listens to ANY"
        }
