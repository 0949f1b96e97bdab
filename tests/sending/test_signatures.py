"""Whether a receiver takes a payload, compared with a call of it in Python."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any

import pytest
import wrapt

from signalcli.sending.signatures import refusal, signature_of

RAN: list[str] = []


def plain(sender: object) -> None: ...
def keywords(sender: object, **payload: object) -> None: ...
def defaults(sender: object, item: object = [], *, count: int = 1) -> None: ...
def required(sender: object, *, count: int) -> None: ...
def positional(sender: object, item: object, /) -> None: ...
def nothing() -> None: ...
async def coroutine(sender: object) -> None: ...


def passing(function: Callable[..., Any]) -> Any:
    @functools.wraps(function)
    def wrapper(*given: Any, **named: Any) -> Any: ...

    return wrapper


def closing(held: object) -> Any:
    def inner(sender: object, other: object = held) -> Any:
        return held

    return inner


@wrapt.decorator
def traced(function: Any, instance: Any, given: Any, named: Any) -> Any:
    return function(*given, **named)


class Ear:
    def hear(self, sender: object) -> None: ...
    @classmethod
    def of_class(cls, sender: object) -> None: ...
    @staticmethod
    def of_none(sender: object) -> None: ...
    def __call__(self, sender: object, item: object) -> None: ...


class Made:
    def __init__(self, sender: object) -> None: ...


class New:
    def __new__(cls, sender: object, item: object = None) -> Any:
        return object.__new__(cls)


class Meta(type):
    def __call__(cls, sender: object) -> Any:
        return None


class Called(metaclass=Meta): ...


class Bare: ...


class Noting:
    """An object that is callable by code of its own only."""

    def __getattribute__(self, name: str) -> Any:
        RAN.append(name)
        return plain


class Strict(functools.partial):  # type: ignore[type-arg]
    def __call__(self, sender: object) -> None: ...


def misleading(sender: object) -> None: ...


misleading.__signature__ = inspect.signature(keywords)  # type: ignore[attr-defined]
misleading.__wrapped__ = keywords  # type: ignore[attr-defined]

RECEIVERS: dict[str, Any] = {
    **{one.__name__: one for one in (plain, keywords, defaults, required, positional, nothing)},
    "passing": passing(plain),
    "closing": closing(1),
    "misleading": misleading,
    "method": Ear().hear,
    "of class": Ear.of_class,
    "of none": Ear.of_none,
    "instance": Ear(),
    "bound partial": functools.partial(Ear().hear),
    "class": Made,
    "new": New,
    "meta": Called,
    "partial": functools.partial(defaults, 1),
    "partial with a keyword": functools.partial(defaults, item=1),
    "partial of a partial": functools.partial(functools.partial(defaults, 1), count=2),
    "own partial": Strict(nothing),
    "wrapt": traced(plain),
    "wrapt method": traced(Ear().hear),
    "lambda": lambda sender, item=1: None,
    "len": len,
}

PAYLOADS: tuple[dict[str, Any], ...] = ({}, {"item": 1}, {"count": 1}, {"item": 1, "count": 1})


@pytest.mark.parametrize("payload", PAYLOADS, ids=str)
@pytest.mark.parametrize("name", RECEIVERS)
def test_python_refuses_the_same_arguments(name: str, payload: dict[str, Any]) -> None:
    receiver = RECEIVERS[name]

    refused = refusal(receiver, ["x"], payload)

    try:
        receiver("x", **payload)
    except TypeError as error:
        assert refused is not None
        is_function = name not in ("len", "own partial")
        assert not is_function or str(refused) == str(error)
    else:
        assert refused is None


def test_what_only_a_call_can_show_is_not_refused() -> None:
    receivers = functools.lru_cache(plain), Bare(), max, Noting()
    RAN.clear()

    assert [refusal(one, ["x"], {"item": 1}) for one in receivers] == [None] * 4
    assert RAN == []


@pytest.mark.skipif(sys.version_info < (3, 14), reason="partials have gaps since 3.14")
def test_a_gap_of_a_partial_takes_the_sender() -> None:
    partial: Any = functools.partial
    gap = functools.Placeholder  # type: ignore[attr-defined]

    assert refusal(partial(positional, gap, 1), ["x"], {}) is None
    assert refusal(partial(plain, gap, 1), ["x"], {}) is not None


def test_a_signature_is_that_of_the_code() -> None:
    def function(a: int, /, b: int = 1, *c: int, d: int, e: int = 2, **f: int) -> None: ...

    function.__signature__ = function.__wrapped__ = Noting()  # type: ignore[attr-defined]
    RAN.clear()

    assert str(signature_of(function)) == "(a, /, b=None, *c, d, e=None, **f)"  # type: ignore[arg-type]
    assert str(signature_of(closing(1))) == "(sender, other=None)"
    assert RAN == []
