"""Receivers of a person's own: what they say, return, raise, and how they are added and removed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalcli.errors import UsageError
from signalcli.playground.playground import Playground
from signalcli.receivers.demos import CATALOGUE
from signalcli.receivers.registry import ReceiverSet
from signalcli.receivers.templates import check
from signalcli.streams import captured
from signalcli.values.delivery import PLAIN, Delivery, SendOptions, Session, SignalState
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.signal_name import SignalName
from tests.conftest import Result, SignalCli
from tests.support.scenario import prepare, without
from tests.test_hostile_text import UNSAFE, safe, typed

KING = SignalName.parse("king")
BY_DEFAULT = OwnReceiver()


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
        playground = Playground(Session({"king": state}, {"herald": own}), "here", capture)
        tell = playground.explain if explained else playground.send
        return tell(KING, sender, dict(payload or {}), options)


def said(template: str, sender: object = None, payload: Mapping[str, object] | None = None) -> str:
    """What a receiver with a template prints, without the newline at its end."""
    (call,) = delivery(OwnReceiver(says=template), sender, payload).calls
    assert (call.outcome, call.error, call.output[-1:]) == ("returned", None, "\n")
    return call.output[:-1]


@pytest.fixture(scope="module")
def kingdom(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """The receiver ``herald``, connected to nothing, and the signal ``king``. No test changes them."""
    signalcli = SignalCli(tmp_path_factory.mktemp("kingdom"))
    prepare(signalcli, "receivers add herald --says hi --returns 1", "define king")
    return signalcli


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """Receivers that are hostile in name and deed. No test changes them."""
    signalcli = SignalCli(tmp_path_factory.mktemp("hostile"))
    word = typed(WORD)
    json_word = b'"h[red]x\\u001b[2J\\u202e\\u2028\\udcff"'
    signalcli.ok("receivers", "add", word, "--says", word, "--returns", json_word)
    signalcli.ok("receivers", "add", b"r" + word, "--raises", word)
    signalcli.ok("connect", "king", word)
    signalcli.ok("connect", "king", b"r" + word)
    return signalcli


# What it does when it is called.


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
        (
            OwnReceiver(says="a", returns=1, raises="b", sleeps=0.001),
            PLAIN,
            "a\n",
            None,
            ("RuntimeError", "b"),
        ),
        (OwnReceiver(says="a", returns=1, strict=True), PLAIN, "a\n", 1, None),
        (OwnReceiver(says="a", returns=1, is_async=True), SendOptions(is_async=True), "a\n", 1, None),
        (
            OwnReceiver(says="a", raises="b", sleeps=0.001, is_async=True, strict=True),
            SendOptions(is_async=True),
            "a\n",
            None,
            ("RuntimeError", "b"),
        ),
        (OwnReceiver(returns=1, is_async=True), SendOptions(wrap=True), "", 1, None),
        (OwnReceiver(returns=1), SendOptions(is_async=True, wrap=True), "", 1, None),
        (
            OwnReceiver(says="a", returns=1, is_async=True),
            PLAIN,
            "",
            None,
            ("RuntimeError", "Cannot send to a coroutine function."),
        ),
    ],
)  # fmt: skip
def test_it_does_what_it_was_added_for(
    own: OwnReceiver,
    options: SendOptions,
    output: str,
    value: object,
    error: tuple[str, str] | None,
) -> None:
    (call,) = delivery(own, "大象", options=options).calls

    raised = call.error and (call.error.type, call.error.message)
    outcome = "returned" if error is None else "raised"
    assert (call.outcome, call.output, call.value, raised) == (outcome, output, value, error)
    assert type(call.value) is type(value)


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("explained", [False, True])
def test_one_that_is_strict_takes_no_payload(is_async: bool, explained: bool) -> None:
    own = OwnReceiver(says="never", is_async=is_async, strict=True)

    (call,) = delivery(
        own, payload={"a": 1}, options=SendOptions(is_async=is_async), explained=explained
    ).calls

    assert call.error is not None
    assert (call.outcome, call.output, call.error.type, call.error.where) == (
        "would_raise" if explained else "raised",
        "",
        "TypeError",
        None,
    )


@pytest.mark.parametrize("explained", [False, True])
def test_that_it_raises_is_known_before_it_is_called(explained: bool) -> None:
    (call,) = delivery(OwnReceiver(says="a", raises="b", sleeps=60.0), explained=True).calls

    assert call.error is not None
    assert (call.outcome, call.error.type, call.error.message, call.output) == (
        "would_raise",
        "RuntimeError",
        "b",
        "",
    )


@pytest.mark.parametrize("is_async", [False, True])
def test_it_sleeps_before_anything_else(is_async: bool, monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_a_template_knows_the_sender_the_signal_and_the_payload(
    template: str, expected: str
) -> None:
    payload = {"slogan": "巡山", "count": 3, "empty": "", "大": "象", "list": [1, None, "花"]}

    assert said(template, "大象", payload) == expected


def test_a_payload_key_does_not_stand_in_the_way_of_what_a_template_knows_by_itself() -> None:
    payload = {"sender": "a", "signal": "b", "payload": "c", "self": "d", "own": "e"}

    text = said("{sender} {signal} {payload} {self} {own}", "大象", payload)

    assert text == "大象 king sender=a, signal=b, payload=c, self=d, own=e d e"


@pytest.mark.parametrize(
    ("sender", "expected"),
    [(None, "None"), ("", ""), (1, "1"), (True, "True"), (1.5, "1.5"), ({"a": [1]}, "{'a': [1]}")],
)
def test_a_sender_is_said_as_it_is(sender: object, expected: str) -> None:
    assert said("{sender}", sender) == expected


def test_what_is_said_is_not_read_as_a_template_again() -> None:
    payload = {"a": "{sender}", "b": "{b.__class__} {{ %s"}

    assert said("{a} {b}", "大象", payload) == "{sender} {b.__class__} {{ %s"


OF_TEMPLATES = (
    "a template knows {sender}, {signal}, {payload} and the payload's keys, and no attribute, "
    "index or format of them."
)
BRACE = "A brace itself is written twice."
REFUSED = {
    "{sender.__class__}": OF_TEMPLATES,
    "{sender.__class__.__init__.__globals__}": OF_TEMPLATES,
    "{payload[a]}": OF_TEMPLATES,
    "{a[0]}": OF_TEMPLATES,
    "{a]}": OF_TEMPLATES,
    "{.a}": OF_TEMPLATES,
    "{sender!r}": OF_TEMPLATES,
    "{sender!s}": OF_TEMPLATES,
    "{sender:>5}": OF_TEMPLATES,
    "{sender:}": OF_TEMPLATES,
    "{sender:{slogan}}": OF_TEMPLATES,
    "{}": OF_TEMPLATES,
    "ok {slogan} and {}": OF_TEMPLATES,
    "{!r}": OF_TEMPLATES,
    "{": f"Single '{{' encountered in format string. {BRACE}",
    "}": f"Single '}}' encountered in format string. {BRACE}",
    "{slogan": f"expected '}}' before end of string. {BRACE}",
    "{slogan}}": f"Single '}}' encountered in format string. {BRACE}",
}
"""Templates, each with why it is refused."""


@pytest.mark.parametrize("template", REFUSED)
def test_a_template_that_asks_for_more_is_refused(template: str) -> None:
    with pytest.raises(UsageError) as caught:
        check("herald", OwnReceiver(says=template))

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
messages = st.dictionaries(
    st.text("ab大:.[", min_size=1) | st.sampled_from(["sender", "a"]), values
)
templates = st.text() | st.lists(
    st.sampled_from(
        [
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
    )
).map("".join)


def plainly(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


@given(template=templates, sender=values, payload=messages)
@settings(deadline=None, max_examples=300)
def test_a_template_is_refused_or_gives_its_own_text_and_the_known_values(
    template: str, sender: object, payload: dict[str, Any]
) -> None:
    """Never anything of Python's, and never an exception when it is sent."""
    try:
        check("herald", OwnReceiver(says=template))
    except UsageError:
        return

    known = {**payload, "sender": sender, "signal": "king"}
    known["payload"] = ", ".join(f"{key}={plainly(value)}" for key, value in payload.items())

    def filled(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        return plainly(known[match[1]]) if match[1] in known else match[0]

    expected = re.sub(r"\{\{|\}\}|\{([^{}]*)\}", filled, template)
    assert said(template, sender, payload) == expected


@given(template=templates, sender=values, payload=messages)
@settings(deadline=None, max_examples=50)
def test_what_explain_foresees_of_one_is_what_a_send_does(
    template: str, sender: object, payload: dict[str, Any]
) -> None:
    own = OwnReceiver(says=template, raises=None if len(template) % 2 else "odd", strict=True)
    try:
        check("herald", own)
    except UsageError:
        return

    foreseen, done = (delivery(own, sender, payload, explained=e) for e in (True, False))

    names = {"would_call": "returned", "would_raise": "raised"}
    assert [names[call.outcome] for call in foreseen.calls] == [call.outcome for call in done.calls]
    kinds = [[call.error and call.error.type for call in one.calls] for one in (foreseen, done)]
    assert kinds[0] == kinds[1]


# Adding one on the command line.


ADDED = {
    "": (BY_DEFAULT, "Returns null."),
    "--says x": (OwnReceiver(says="x"), 'Says "x", returns null.'),
    "--says ''": (OwnReceiver(says=""), 'Says "", returns null.'),
    "--returns null": (BY_DEFAULT, "Returns null."),
    "--returns '[1.5, {\"大\": true}]'": (
        OwnReceiver(returns=[1.5, {"大": True}]),
        'Returns [1.5, {"大": true}].',
    ),
    "--raises 迷路": (OwnReceiver(raises="迷路"), 'Raises RuntimeError("迷路").'),
    "--raises x --returns 1": (
        OwnReceiver(raises="x", returns=1),
        'Raises RuntimeError("x").',
    ),
    "--sleeps 0.25 --says '{sender}' --returns '\"a\"' --async --strict": (
        OwnReceiver(says="{sender}", returns="a", sleeps=0.25, is_async=True, strict=True),
        'Sleeps 0.25 s, says "{sender}", returns "a", takes no payload.',
    ),
}


@pytest.mark.parametrize("options", ADDED)
def test_one_is_added_with_all_that_was_asked_for(signalcli: SignalCli, options: str) -> None:
    own, sentence = ADDED[options]

    added = signalcli("receivers", "add", "herald", *shlex.split(options), "--json")

    entry = {
        "receiver": "herald",
        "async": own.is_async,
        "doc": sentence,
        "teaches": "",
        "where": None,
        "source": "own",
        **own.to_json(),
        "connections": [],
    }
    change = {"changed": True, "notes": [f"Added herald: {sentence}"], "deliveries": []}
    assert (added.status, added.json, added.stderr) == (0, change, "")
    assert signalcli.ok("receivers", "show", "herald", "--json").json == entry


def test_one_that_was_added_is_called_like_any_other(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "receivers add herald --says '{sender}大王：{slogan}' --returns '[1]'",
        "receivers add grumpy --raises 今天不巡山",
        "connect king herald --sender 大象",
        "connect king grumpy --strong",
    )

    result = signalcli("send", "king", "大象", "slogan=巡山", "--on-error", "continue", "--json")
    shown = signalcli("send", "king", "大象", "slogan=巡山", "--on-error", "continue", "-q")

    error = {"type": "RuntimeError", "message": "今天不巡山", "where": None}
    grumpy = {"receiver": "grumpy", "outcome": "raised", "reason": "listens to ANY"}
    herald = {"receiver": "herald", "outcome": "returned", "reason": "listens to 大象"}
    assert (result.status, result.stderr) == (1, "")
    assert without(result.json["calls"], "seconds") == [
        {**grumpy, "value": None, "error": error, "output": ""},
        {**herald, "value": [1], "error": None, "output": "大象大王：巡山\n"},
    ]
    assert shown.stdout.splitlines()[0] == "大象大王：巡山"


def test_it_is_seen_like_any_other(signalcli: SignalCli) -> None:
    prepare(signalcli, "receivers add herald --says hi --async", "connect king herald --strong")

    receivers = signalcli.ok("inspect", "king", "--json").json["receivers"]

    assert receivers == [
        {
            "receiver": "herald",
            "weak": False,
            "async": True,
            "connections": [{"any": True, "sender": None}],
            "where": None,
            "doc": 'Says "hi", returns null.',
        }
    ]


def test_one_that_is_a_coroutine_function_needs_an_async_send(signalcli: SignalCli) -> None:
    prepare(signalcli, "receivers add herald --says hi --async", "connect king herald")

    results = [signalcli("send", "king", *options, "--json") for options in ([], ["--async"])]

    calls = [result.json["calls"][0] for result in results]
    assert [result.status for result in results] == [1, 0]
    assert [(call["outcome"], call["output"]) for call in calls] == [
        ("raised", ""),
        ("returned", "hi\n"),
    ]
    assert calls[0]["error"]["message"] == "Cannot send to a coroutine function."


def test_many_sends_call_it_each_time(signalcli: SignalCli) -> None:
    prepare(signalcli, "receivers add herald --says '{sender} {n}'", "connect king herald")

    result = signalcli.ok("send", "king", "大象", "n:=7", "--count", "3", "--threads", "2")

    assert result.stdout.splitlines()[:3] == ["大象 7"] * 3


# Adding one that can't be, or that is there.


def of_name(name: str, what: str) -> str:
    return f"The name '{name}' is {what}. Choose another one for a receiver of your own."


CAN_NOT_BE: dict[tuple[str, ...], str] = {
    ("",): of_name("", "empty"),
    ("shop:on_king",): of_name("shop:on_king", "an import's"),
    (":",): of_name(":", "an import's"),
    ("animal",): of_name("animal", "that of a demo"),
    ("failing", "--raises", "x"): of_name("failing", "that of a demo"),
    **{
        ("x", f"--sleeps={seconds}"): f"'{seconds}' is not a time in seconds, from 0 to 86400."
        for seconds in ("-1", "nan", "inf", "1e400", "86400.1", "soon", "")
    },
}


@pytest.mark.parametrize("arguments", CAN_NOT_BE, ids=" ".join)
def test_one_that_can_not_be_is_told_in_a_sentence(
    signalcli: SignalCli, arguments: tuple[str, ...]
) -> None:
    result = signalcli("receivers", "add", "--json", *arguments)

    assert (result.status, result.stdout) == (2, "")
    if any("86400.1" in argument for argument in arguments):
        assert result.stderr.startswith("Error: ")
        assert "86400" in result.stderr
    else:
        assert result.stderr.replace("1000000", "86400") == f"Error: {CAN_NOT_BE[arguments]}\n"
    assert not signalcli.session_path.exists()


def test_the_longest_sleep_that_is_named_is_the_longest_that_is_taken(signalcli: SignalCli) -> None:
    """What a first error says may be typed isn't refused by a second one."""
    refused = signalcli("receivers", "add", "x", "--sleeps", "-1").stderr
    longest = refused.rstrip(".\n").rpartition(" to ")[2]

    assert signalcli("receivers", "add", "x", f"--sleeps={longest}").status == 0, longest


@pytest.mark.parametrize(
    ("json_text", "reason", "place"),
    [
        ("{", "expecting property name enclosed in double quotes", 1),
        ("[1, x]", "expecting value", 4),
        ("text", "expecting value", 0),
        ("", "expecting value", 0),
        ("NaN", "NaN is not a JSON value", 0),
        ("[1, 1e999]", "the number 1e999 is too large", 4),
        ("[大象]", "expecting value", 1),
        ('{"a": 1, "a": 2}', "the key 'a' is given twice", 9),
    ],
)
def test_bad_json_to_return_is_told_with_a_caret(
    signalcli: SignalCli, json_text: str, reason: str, place: int
) -> None:
    result = signalcli("receivers", "add", "x", "--returns", json_text, "--json")

    typed_line = f"--returns {json_text}"
    sentence = f"Error: '{typed_line}' is not JSON: {reason}. Text is quoted: "
    first, line, caret = result.stderr.splitlines()
    assert (result.status, result.stdout) == (2, "")
    assert first.startswith(sentence)
    assert (line, caret) == (f"  {typed_line}", " " * (12 + place) + "^")
    assert not signalcli.session_path.exists()


@pytest.mark.parametrize(
    ("json_text", "sentence"),
    [
        ("9" * 5000, "the integer of 5000 digits is too large"),
        ("[" * 200 + "]" * 200, "x can't return what is nested deeper than 100 levels."),
        ("[" * 100_000, "it is nested too deeply"),
    ],
    ids=["large", "deep", "deeper"],
)
def test_what_is_too_large_or_too_deep_to_return_is_refused(
    signalcli: SignalCli, json_text: str, sentence: str
) -> None:
    result = signalcli("receivers", "add", "x", "--returns", json_text)

    assert (result.status, result.stdout) == (2, "")
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_adding_the_same_again_changes_nothing(signalcli: SignalCli) -> None:
    same = "receivers add herald --says hi --returns '[1]' --sleeps 0.5 --strict"
    prepare(signalcli, same)
    before = signalcli.session_path.stat().st_mtime_ns, signalcli.session_path.read_bytes()

    again = signalcli.ok(*shlex.split(same), "--json")

    note = "herald is that already: nothing changed."
    assert again.json == {"changed": False, "notes": [note], "deliveries": []}
    after = signalcli.session_path.stat().st_mtime_ns, signalcli.session_path.read_bytes()
    assert after == before


@pytest.mark.parametrize(
    "other",
    ["", "--says hi", "--says hi --returns true", "--says hi --returns 1.0", "--returns 1 --async"],
)
def test_adding_another_of_the_same_name_is_refused(kingdom: SignalCli, other: str) -> None:
    before = kingdom.session_path.read_bytes()

    result = kingdom("receivers", "add", "herald", *shlex.split(other), "--json")

    sentence = (
        "Error: There is a receiver 'herald' already, which does something else. "
        "Remove it first: signalcli receivers remove herald\n"
    )
    assert result == Result(2, "", sentence)
    assert kingdom.session_path.read_bytes() == before


# Removing one.


def test_one_that_is_connected_to_nothing_can_be_removed(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "receivers add herald",
        "connect king herald",
        "disconnect king herald",
    )

    removed = signalcli.ok("receivers", "remove", "herald", "--json").json

    assert removed == {"changed": True, "notes": ["Removed herald."], "deliveries": []}
    assert "herald" not in signalcli.session_path.read_text()
    assert signalcli("connect", "king", "herald").status == 2


SEE_ALL = "See them all: signalcli receivers"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "herald",
            "herald is connected to king. Disconnect it first: signalcli disconnect king herald",
        ),
        ("animal", f"animal is a demo receiver, and those stay. {SEE_ALL}"),
        ("herld", f"No receiver of your own 'herld'. Did you mean 'herald'? {SEE_ALL}"),
        ("os:system", f"No receiver of your own 'os:system'. {SEE_ALL}"),
        ("", f"No receiver of your own ''. {SEE_ALL}"),
    ],
)
def test_what_can_not_be_removed_stays(signalcli: SignalCli, name: str, sentence: str) -> None:
    prepare(signalcli, "receivers add herald", "connect king herald --sender 大象")
    before = signalcli.session_path.read_bytes()

    result = signalcli("receivers", "remove", name, "--json")

    assert result == Result(2, "", f"Error: {sentence}\n")
    assert signalcli.session_path.read_bytes() == before


def test_the_command_that_a_refused_removal_names_can_be_typed(signalcli: SignalCli) -> None:
    """Whatever the names are."""
    name, signal = "my herald", "$(touch pwned)"
    signalcli.ok("receivers", "add", name)
    signalcli.ok("connect", signal, name)

    command = signalcli("receivers", "remove", name).stderr.rstrip("\n").rpartition(": ")[2]

    assert shlex.split(command) == ["signalcli", "disconnect", signal, name]


def test_one_that_a_meta_signal_holds_is_connected(signalcli: SignalCli) -> None:
    prepare(signalcli, "receivers add herald", "connect king:receiver_connected herald")

    result = signalcli("receivers", "remove", "herald")

    assert (result.status, "herald is connected to king:receiver_connected" in result.stderr) == (
        2,
        True,
    )


def test_resetting_a_session_keeps_them(signalcli: SignalCli) -> None:
    prepare(signalcli, "receivers add herald --says hi", "connect king herald", "reset --yes")

    assert signalcli.ok("receivers", "show", "herald", "--json").json["says"] == "hi"


def test_one_that_was_removed_and_added_anew_does_the_new_thing(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "receivers add herald --returns 1",
        "connect king herald",
        "disconnect king herald",
        "receivers remove herald",
        "receivers add herald --returns 2",
        "connect king herald",
    )

    assert [call["value"] for call in signalcli.ok("send", "king", "--json").json["calls"]] == [2]


# Looking at them.


def test_the_catalogue_keeps_its_keys_and_lists_them_after_the_demos(signalcli: SignalCli) -> None:
    prepare(signalcli, "receivers add herald --says hi", "receivers add grumpy --raises x")

    entries = signalcli.ok("receivers", "--json").json["receivers"]
    shown = signalcli.ok("receivers").stdout

    assert [entry["receiver"] for entry in entries] == [*CATALOGUE, "herald", "grumpy"]
    keys = {"receiver", "async", "doc", "teaches", "where"}
    assert [keys - set(entry) for entry in entries] == [set()] * len(entries)
    assert entries[0] == {
        "receiver": "animal",
        "async": False,
        "doc": "小钻风 hears that the king is back, and goes on patrol.",
        "teaches": CATALOGUE["animal"].teaches,
        "where": entries[0]["where"],
        "source": "demo",
    }
    assert entries[-2]["doc"] in shown


def test_one_is_shown_with_where_it_is_connected(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "receivers add herald --says hi",
        "connect king herald --sender 大象 --sender :=1",
        "connect moon herald --strong",
    )

    document = signalcli.ok("receivers", "show", "herald", "--json").json
    shown = signalcli.ok("receivers", "show", "herald").stdout

    connections = [{"any": False, "sender": "大象"}, {"any": False, "sender": 1}]
    assert document["connections"] == [
        {"signal": "king", "weak": True, "connections": connections},
        {"signal": "moon", "weak": False, "connections": [{"any": True, "sender": None}]},
    ]
    assert [line.split() for line in shown.splitlines() if "│" in line][1:] == [
        ["│", "king", "│", "大象,", "1", "│", "weakly", "│"],
        ["│", "moon", "│", "ANY", "│", "strongly", "│"],
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["receivers", "show", "herld"], "No receiver 'herld'. Did you mean 'herald'?"),
        (["receivers", "show", "anmal"], "No receiver 'anmal'. Did you mean 'animal'?"),
        (["connect", "king", "herld"], "No receiver 'herld'. Did you mean 'herald'?"),
        (["disconnect", "king", "herld"], "No receiver 'herld'. Did you mean 'herald'?"),
        (["drop", "herld"], "No receiver 'herld'. Did you mean 'herald'?"),
        (["send", "king", "--connected-to", "herld"], "No receiver 'herld'. Did you mean 'herald'?"),
        (["receivers", "show", "qqqqqq"], "No receiver 'qqqqqq'."),
    ],
)  # fmt: skip
def test_a_slip_of_the_finger_is_met_with_a_suggestion(
    kingdom: SignalCli, arguments: list[str], sentence: str
) -> None:
    before = kingdom.session_path.read_bytes()

    result = kingdom(*arguments, "--json")

    assert result == Result(2, "", f"Error: {sentence} {SEE_ALL}\n")
    assert kingdom.session_path.read_bytes() == before


def test_they_are_copied_with_their_session(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "receivers add herald --says '{sender}!' --returns '[1]'",
        "receivers add unused --raises x",
        "connect king herald",
        "session copy default monkey",
    )

    call = signalcli.ok("--session", "monkey", "send", "king", "大象", "--json").json["calls"][0]
    names = [
        entry["receiver"]
        for entry in signalcli.ok("--session", "monkey", "receivers", "--json").json["receivers"]
    ]

    assert (call["output"], call["value"]) == ("大象!\n", [1])
    assert names[len(CATALOGUE) :] == ["herald", "unused"]


def test_removing_one_that_the_program_let_go_of_leaves_a_session_that_can_be_read(
    signalcli: SignalCli,
) -> None:
    """Such as a session that was edited by hand may hold."""
    (signalcli.directory / "x.json").write_text(
        '{"version": 1, "signals": {}, "receivers": {"herald": {}}, "dropped": ["herald"]}'
    )

    removed = signalcli("--session", "x.json", "receivers", "remove", "herald")
    then = signalcli("--session", "x.json", "list", "--json")

    assert (removed.status, then) == (0, Result(0, '{"signals": []}\n', ""))


# Hostile text.


WORD = "h[red]x\x1b[2J\n\t\r\x7f\u202e\x9b\u2066\u2028\u061c\udcff%s大"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("show", "NAME"),
        ("remove", "NAME"),
        ("remove", "xNAME"),
        ("add", "NAME", "--says", "other"),
        ("add", "NAME", "--says", "{NAME.x}"),
        ("add", "NAME", "--says", "NAME", "--raises", "NAME"),
        ("add", "xNAME", "--returns", "[NAME]"),
        ("add", "xNAME", "--sleeps", "NAME"),
        ("add", "NAME:NAME"),
    ],
    ids=" ".join,
)
def test_hostile_words_are_shown_literally(hostile: SignalCli, arguments: tuple[str, ...]) -> None:
    words = [typed(argument.replace("NAME", WORD)) for argument in arguments]

    result = safe(hostile("receivers", *words))

    assert r"h[red]x\x1b[2J" in result.stdout + result.stderr


@pytest.mark.parametrize("command", ["send", "explain", "inspect"])
def test_what_a_hostile_one_does_reaches_no_terminal_raw(hostile: SignalCli, command: str) -> None:
    shown = hostile(command, "king")
    document = safe(hostile(command, "king", "--json")).json

    assert UNSAFE.findall(shown.stdout.replace("\t", "") + shown.stderr) == []
    calls = document["receivers" if command == "inspect" else "calls"]
    assert [call["receiver"] for call in calls] == [WORD, f"r{WORD}"]
    if command == "send":
        value = "h[red]x\x1b[2J\u202e\u2028\udcff"
        assert (calls[0]["output"], calls[0]["value"]) == (f"{WORD}\n", value)
        assert calls[1]["error"]["message"] == WORD


def test_a_receiver_in_the_place_of_one_that_died_has_its_own_name() -> None:
    """Python gives the address of a function that is gone to the next one."""
    receivers = ReceiverSet()

    names = []
    for _ in range(50):
        for name in ("animal", "echo", "strict"):
            receiver = receivers.find(name)
            names.append((name, receivers.session_name_of(receiver)))
            del receiver

    assert [(name, found) for name, found in names if found != name] == []
