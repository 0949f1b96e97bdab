"""Signals as subjects of NATS, and patterns as filters."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signalcli.errors import UsageError
from signalcli.relay.subjects import (
    SignalPattern,
    check_group,
    consumer_name,
    signal_of,
    subject_of,
)
from signalcli.values.signal_name import SignalName

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


def fits(subject: str, filter: str) -> bool:
    """Return whether a subject fits a filter, as NATS compares them, token by token."""
    tokens, wanted = subject.split("."), filter.split(".")
    if wanted[-1] == ">":
        return len(tokens) >= len(wanted) and tokens[: len(wanted) - 1] == wanted[:-1]
    return len(tokens) == len(wanted) and all(
        want in ("*", token) for token, want in zip(tokens, wanted, strict=True)
    )


@given(name=NAMES, namespace=st.none() | NAMES)
def test_a_name_comes_back_from_its_subject(name: str, namespace: str | None) -> None:
    signal = SignalName(name, namespace)

    subject = subject_of(signal)

    assert signal_of(subject) == signal
    assert re.fullmatch(r"signalcli\.signal(\.[\w%-]+){1,2}", subject, re.ASCII)


@pytest.mark.parametrize(
    ("typed", "subject"),
    [
        ("king", "signalcli.signal.king"),
        ("zoo/king", "signalcli.signal.zoo.king"),
        ("order-placed", "signalcli.signal.order-placed"),
        ("/a/b", "signalcli.signal.a%2Fb"),
        ("a b.>*", "signalcli.signal.a%20b%2E%3E%2A"),
        ("🐘", "signalcli.signal.%F0%9F%90%98"),
    ],
)
def test_subjects(typed: str, subject: str) -> None:
    assert subject_of(SignalName.parse(typed)) == subject


@pytest.mark.parametrize(
    "subject",
    [
        "signalcli.signal.a.b.c",
        "signalcli.signal.%FF",
        "signalcli.signal.%6bing",
        "signalcli.signal.a%2eb",
        "other.king",
        "signalcli.signal.",
        "signalcli.signal..king",
    ],
)
def test_subjects_of_no_signal(subject: str) -> None:
    assert signal_of(subject) is None


def test_a_name_that_is_too_long_is_refused() -> None:
    with pytest.raises(UsageError, match="too long to be relayed"):
        subject_of(SignalName("象" * 200))


@pytest.mark.parametrize(
    ("pattern", "filter", "matching", "other"),
    [
        ("king", "signalcli.signal.king", ["king"], ["kings", "zoo/king"]),
        ("order*", "signalcli.signal.>", ["order", "order-paid", "orders/paid"], ["reorder"]),
        ("zoo/*", "signalcli.signal.zoo.*", ["zoo/king", "zoo/a/b"], ["king", "zoos/king"]),
        ("zoo/k?ng", "signalcli.signal.zoo.*", ["zoo/king"], ["zoo/kiing"]),
        ("*", "signalcli.signal.>", ["king", "zoo/king", "/a/b"], []),
        ("z*/king", "signalcli.signal.>", ["zoo/king"], ["king"]),
        ("[kq]*", "signalcli.signal.>", ["king", "queen"], ["zoo"]),
        ("/a*", "signalcli.signal.>", ["/a/b"], ["a"]),
    ],
)
def test_patterns(pattern: str, filter: str, matching: list[str], other: list[str]) -> None:
    parsed = SignalPattern.parse(pattern)

    assert parsed.filter == filter
    assert all(parsed.matches(SignalName.parse(name)) for name in matching)
    assert not any(parsed.matches(SignalName.parse(name)) for name in other)
    assert all(fits(subject_of(SignalName.parse(name)), filter) for name in matching)


def test_a_pattern_that_names_one_signal_must_be_one_that_can_be_relayed() -> None:
    with pytest.raises(UsageError, match="only named signals"):
        SignalPattern.parse("@roar")


def test_each_pattern_of_a_group_has_a_consumer_of_its_own() -> None:
    patterns = ["king", "king*", "zoo/king", "zoo/*", "*", "k" * 900, "k" * 901]

    names = {consumer_name("mail", SignalPattern(text)) for text in patterns}

    assert len(names) == len(patterns)
    assert all(len(name) <= 200 and not set(name) & set(" .*>/\\") for name in names)


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "a>", "a/b", "a*"])
def test_names_of_groups_that_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="can't name a durable listener"):
        check_group("durable listener", name)


@pytest.mark.parametrize("text", ["caf\udce9", "caf\udce9/*", "*\udce9"])
def test_a_pattern_that_is_no_text_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not valid Unicode"):
        SignalPattern.parse(text)


def test_the_subject_of_a_meta_signal_is_that_of_no_signal() -> None:
    assert signal_of("signalcli.signal.king%3Areceiver_connected") is None
    assert signal_of("signalcli.signal.king%3Aother") == SignalName("king:other")
