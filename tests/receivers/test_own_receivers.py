"""Receivers that the user writes: what they do and say when called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalcli.errors import UsageError
from signalcli.playground.editor import SessionEditor
from signalcli.receivers.templates import check_own_receiver
from signalcli.streams import captured
from signalcli.values.delivery import PLAIN, Delivery, Message, SendOptions
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.session import Session, SignalState
from signalcli.values.signal_name import SignalName
from tests.support.cli import Result, SignalCli

KING = SignalName.parse("king")


def delivery(
    own: OwnReceiver,
    sender: object = None,
    payload: Mapping[str, object] | None = None,
    options: SendOptions = PLAIN,
    *,
    explained: bool = False,
) -> Delivery:
    """One send of ``king``, which only a receiver of one's own listens to; or what it would do."""
    state = SignalState(receivers=(("herald", True),), any=("herald",))
    with captured(live=True) as capture:
        playground = SessionEditor(Session({"king": state}, {"herald": own}), "here", capture)
        tell = playground.explain if explained else playground.send
        return tell(KING, Message(sender, dict(payload or {}), options))


def printed_by(
    template: str, sender: object = None, payload: Mapping[str, object] | None = None
) -> str:
    """What a receiver with a template prints, without the newline at its end."""
    (call,) = delivery(OwnReceiver(says=template), sender, payload).calls
    assert (call.outcome, call.error, call.output[-1:]) == ("returned", None, "\n")
    return call.output[:-1]


# What it does when it is called.


ASYNC, B = SendOptions(is_async=True), ("RuntimeError", "b")
NO_COROUTINE = ("RuntimeError", "Cannot send to a coroutine function.")


@pytest.mark.parametrize(
    ("own", "options", "output", "value", "error"),
    [
        (OwnReceiver(), PLAIN, "", None, None),
        (OwnReceiver(says=""), PLAIN, "\n", None, None),
        (OwnReceiver(says="回山"), PLAIN, "回山\n", None, None),
        (OwnReceiver(returns=[1, {"大象": None}]), PLAIN, "", [1, {"大象": None}], None),
        (OwnReceiver(says="a", returns=False), PLAIN, "a\n", False, None),
        (OwnReceiver(raises="迷路"), PLAIN, "", None, ("RuntimeError", "迷路")),
        (OwnReceiver(raises=""), PLAIN, "", None, ("RuntimeError", "")),
        (OwnReceiver(raises="{sender}"), PLAIN, "", None, ("RuntimeError", "{sender}")),
        (OwnReceiver(says="a", returns=1, raises="b", sleeps=0.001), PLAIN, "a\n", None, B),
        (OwnReceiver(says="a", returns=1, strict=True), PLAIN, "a\n", 1, None),
        (OwnReceiver(says="a", returns=1, is_async=True), ASYNC, "a\n", 1, None),
        (
            OwnReceiver(says="a", raises="b", sleeps=0.001, is_async=True, strict=True),
            *(ASYNC, "a\n", None, B),
        ),
        (OwnReceiver(returns=1, is_async=True), SendOptions(wrap=True), "", 1, None),
        (OwnReceiver(returns=1), SendOptions(is_async=True, wrap=True), "", 1, None),
        (OwnReceiver(says="a", returns=1, is_async=True), PLAIN, "", None, NO_COROUTINE),
    ],
)
def test_an_own_receiver_does_what_it_was_added_for(
    own: OwnReceiver, options: SendOptions, output: str, value: object, error: object
) -> None:
    (call,) = delivery(own, "大象", options=options).calls

    raised = call.error and (call.error.type, call.error.message)
    outcome = "returned" if error is None else "raised"
    assert (call.outcome, call.output, call.value, raised) == (outcome, output, value, error)
    assert type(call.value) is type(value)


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("explained", [False, True])
def test_an_own_receiver_that_is_strict_takes_no_payload(is_async: bool, explained: bool) -> None:
    own = OwnReceiver(says="never", is_async=is_async, strict=True)
    options = SendOptions(is_async=is_async)

    (call,) = delivery(own, payload={"a": 1}, options=options, explained=explained).calls

    outcome = "would_raise" if explained else "raised"
    assert call.error is not None
    assert (call.outcome, call.output) == (outcome, "")
    assert (call.error.type, call.error.where) == ("TypeError", None)


def test_that_an_own_receiver_raises_is_known_before_it_is_called() -> None:
    (call,) = delivery(OwnReceiver(says="a", raises="b", sleeps=60.0), explained=True).calls

    assert call.error is not None
    assert (call.outcome, call.output) == ("would_raise", "")
    assert (call.error.type, call.error.message) == ("RuntimeError", "b")


@pytest.mark.parametrize("is_async", [False, True])
def test_an_own_receiver_sleeps_before_anything_else(
    is_async: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also before it raises. The clock is the only thing here that isn't real."""
    import asyncio
    import time

    slept: list[float] = []
    waiting = asyncio.sleep

    def sleep(seconds: float) -> None:
        print(f"zzz {seconds}")  # noqa: T201
        slept.append(seconds)

    async def sleep_awaited(seconds: float) -> None:
        sleep(seconds)
        await waiting(0)

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(asyncio, "sleep", sleep_awaited)
    own = OwnReceiver(says="awake", raises="no", sleeps=1.5, is_async=is_async)

    (call,) = delivery(own, options=SendOptions(is_async=is_async)).calls

    assert (slept, call.output, call.outcome) == ([1.5], "zzz 1.5\nawake\n", "raised")


# What it says.


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{sender}大王：{slogan}", "大象大王：巡山"),
        ("{signal}", "king"),
        ("{payload}", "slogan=巡山, count=3, empty=, 大=象, list=[1, None, '花']"),
        ("{count}{empty}{list}", "3[1, None, '花']"),
        ("{大}{Count}{ count}", "象{Count}{ count}"),
        ("{unknown} {{count}} {{{count}}}", "{unknown} {count} {3}"),
        ("}}{{", "}{"),
        ("{{sender.x}} [a] a.b !r :>5", "{sender.x} [a] a.b !r :>5"),
        ("%s %(count)s $count \\n", "%s %(count)s $count \\n"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_a_template_knows_the_sender_signal_and_payload(template: str, expected: str) -> None:
    payload = {"slogan": "巡山", "count": 3, "empty": "", "大": "象", "list": [1, None, "花"]}

    assert printed_by(template, "大象", payload) == expected


def test_a_payload_key_does_not_stand_in_the_way_of_what_a_template_knows_by_itself() -> None:
    payload = {"sender": "a", "signal": "b", "payload": "c", "self": "d", "own": "e"}

    text = printed_by("{sender} {signal} {payload} {self} {own}", "大象", payload)

    assert text == "大象 king sender=a, signal=b, payload=c, self=d, own=e d e"


@pytest.mark.parametrize(
    ("sender", "expected"),
    [(None, "None"), ("", ""), (1, "1"), (True, "True"), (1.5, "1.5"), ({"a": [1]}, "{'a': [1]}")],
)
def test_a_template_prints_a_sender_as_it_is(sender: object, expected: str) -> None:
    assert printed_by("{sender}", sender) == expected


def test_printed_values_are_not_read_as_templates_again() -> None:
    payload = {"a": "{sender}", "b": "{b.__class__} {{ %s"}

    assert printed_by("{a} {b}", "大象", payload) == "{sender} {b.__class__} {{ %s"


OF_TEMPLATES = (
    "a template takes {sender}, {signal}, {payload} and payload keys, without attributes, "
    "indexes or formats."
)
BRACE = "Write a literal brace twice."
REFUSED = {
    **dict.fromkeys(
        [
            *("{sender.__class__}", "{sender.__class__.__init__.__globals__}", "{payload[a]}"),
            *("{a[0]}", "{a]}", "{.a}", "{sender!r}", "{sender!s}", "{sender:>5}", "{sender:}"),
            *("{sender:{slogan}}", "{}", "ok {slogan} and {}", "{!r}"),
        ],
        OF_TEMPLATES,
    ),
    "{": f"Single '{{' encountered in format string. {BRACE}",
    "}": f"Single '}}' encountered in format string. {BRACE}",
    "{slogan": f"expected '}}' before end of string. {BRACE}",
    "{slogan}}": f"Single '}}' encountered in format string. {BRACE}",
}
"""Templates, each with why it is refused."""


@pytest.mark.parametrize("template", REFUSED)
def test_a_template_that_asks_for_more_is_refused(template: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_own_receiver("herald", OwnReceiver(says=template))

    assert str(caught.value) == f'herald can\'t say "{template}": {REFUSED[template]}'


@pytest.mark.parametrize("template", ["{sender.__class__}", "{a[0]}", "{a!r}", "{", "{}"])
def test_a_refused_template_is_added_to_nothing(signalcli: SignalCli, template: str) -> None:
    result = signalcli("receivers", "add", "herald", "--says", template, "--json")

    sentence = f'herald can\'t say "{template}": {REFUSED.get(template, OF_TEMPLATES)}'
    assert result == Result(2, "", f"Error: {sentence}\n")
    assert not signalcli.session_path.exists()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)
keys = st.text("ab大:.[", min_size=1) | st.sampled_from(["sender", "a"])
messages = st.dictionaries(keys, values)
pieces = [
    *"{}{}[]!:.0a大",
    "{{",
    "}}",
    "{a}",
    "{sender}",
    "{payload}",
    "{signal}",
    "{a",
    "__class__",
]
templates = st.text() | st.lists(st.sampled_from(pieces)).map("".join)


def plainly(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


@given(template=templates, sender=values, payload=messages)
@settings(deadline=None, max_examples=300)
def test_a_template_is_refused_or_gives_its_own_text_and_the_known_values(
    template: str, sender: object, payload: dict[str, Any]
) -> None:
    """Never anything of Python's, and never an exception when it is sent."""
    try:
        check_own_receiver("herald", OwnReceiver(says=template))
    except UsageError:
        return

    known = {**payload, "sender": sender, "signal": "king"}
    known["payload"] = ", ".join(f"{key}={plainly(value)}" for key, value in payload.items())

    def filled(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        return plainly(known[match[1]]) if match[1] in known else match[0]

    expected = re.sub(r"\{\{|\}\}|\{([^{}]*)\}", filled, template)
    assert printed_by(template, sender, payload) == expected


@given(template=templates, sender=values, payload=messages)
@settings(deadline=None, max_examples=50)
def test_what_explain_foresees_of_one_is_what_a_send_does(
    template: str, sender: object, payload: dict[str, Any]
) -> None:
    own = OwnReceiver(says=template, raises=None if len(template) % 2 else "odd", strict=True)
    try:
        check_own_receiver("herald", own)
    except UsageError:
        return

    foreseen, done = (delivery(own, sender, payload, explained=e) for e in (True, False))

    names = {"would_call": "returned", "would_raise": "raised"}
    assert [names[call.outcome] for call in foreseen.calls] == [call.outcome for call in done.calls]
    kinds = [[call.error and call.error.type for call in one.calls] for one in (foreseen, done)]
    assert kinds[0] == kinds[1]
