"""``send``: what is typed, what happens to every receiver and why, and what can't be sent."""

from __future__ import annotations

import inspect
from typing import Any
from unicodedata import combining, east_asian_width

import pytest

from signalcli.receivers.demos import DEMOS
from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.expected import OPTIONS, called
from tests.support.scenario import prepare, without
from tests.support.sends import unchanged

pytestmark = pytest.mark.slow

FILES = {
    "map.txt": "花果山\n".encode(),
    "map.json": '{"大象": [1, null]}'.encode(),
    "bad.json": '{\n  "大象": x\n}'.encode(),
    "image.png": b"\x89PNG",
}


PLAIN_AND_ALONE = {"options": OPTIONS, "notes": [], "deliveries": []}
"""What is the same of every send that is blinker's own, with no meta signals around it."""


@pytest.fixture(scope="module")
def echoing_king(shared_session: SessionWith) -> SignalCli:
    """The signal ``king``, which ``echo`` listens to, and files to send. No send changes them."""
    signalcli = shared_session("connect king echo")
    for name, content in FILES.items():
        signalcli.write(name, content)
    return signalcli


@pytest.mark.parametrize(
    ("arguments", "sender", "payload"),
    [
        ([], None, {}),
        (["大象"], "大象", {}),
        (["--sender", "大象"], "大象", {}),
        (["--sender=a=b"], "a=b", {}),
        (["--", "-5"], "-5", {}),
        (["=x"], "=x", {}),
        ([""], "", {}),
        ([":=1"], 1, {}),
        ([':=":=x"'], ":=x", {}),
        ([":=true"], True, {}),
        ([":=0"], 0, {}),
        ([':={"a": [1.5]}'], {"a": [1.5]}, {}),
        (["slogan=巡山", "大象", "count:=3"], "大象", {"slogan": "巡山", "count": 3}),
        (["a=b:=c", "b:=[]", "c==", "sender=x"], None, {"a": "b:=c", "b": [], "c": "=", "sender": "x"}),
        (["text=@map.txt", "json:=@map.json"], None, {"text": "花果山\n", "json": {"大象": [1, None]}}),
    ],
)  # fmt: skip
def test_a_send_has_the_sender_and_payload_that_were_typed(
    echoing_king: SignalCli, arguments: list[str], sender: Any, payload: dict[str, Any]
) -> None:
    """``echo`` returns what it was really called with."""
    result = echoing_king("send", "king", "--json", *arguments)

    echo = called("echo", value={"sender": sender, "payload": payload})
    note = "'sender=x' is payload. The sender is written without a key: x\n"
    assert (result.status, result.stderr) == (0, note if "sender=x" in arguments else "")
    sent = {"signal": "king", "sender": sender, "payload": payload, "muted": False}
    assert without(result.json, "seconds") == {**sent, "calls": [echo], **PLAIN_AND_ALONE}


ONE_SENDER = (
    "A send has one sender, not '{}' and '{}'. "
    "Payload is written key=value, as in: signalcli send king 大象 slogan=巡山"
)
UNREADABLE = (
    "The file '{}' of the payload key 'map' can't be read: {}. "
    "To send the text itself, type: map:='\"@{}\"'"
)
NOT_TEXT = (
    "The file 'image.png' of the payload key 'map' is not UTF-8 text: byte 1. "
    "Only text can be sent."
)
RESERVED = "'{}' can't be a payload key: blinker's send keeps it for itself. Give it another name."


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["a", "b"], ONE_SENDER.format("a", "b")),
        (["a", "--sender", "b"], ONE_SENDER.format("b", "a")),
        (["--sender", "a", "--sender", "b"], ONE_SENDER.format("a", "b")),
        (["a=1", "a:=2"], "The payload key 'a' is given twice. Leave one out."),
        (["_async_wrapper=1"], RESERVED.format("_async_wrapper")),
        (["_sync_wrapper:=1"], RESERVED.format("_sync_wrapper")),
        (["map=@moon.txt"], UNREADABLE.format("moon.txt", "No such file or directory", "moon.txt")),
        (["map:=@."], UNREADABLE.format(".", "Is a directory", ".")),
        (["map=@image.png"], NOT_TEXT),
    ],
)
def test_what_can_not_be_sent_is_reported_in_a_sentence(
    echoing_king: SignalCli, arguments: list[str], sentence: str
) -> None:
    result = echoing_king("send", "king", "--json", *arguments)

    assert result == Result(2, "", f"Error: {sentence}\n")


def pointed_at(stderr: str) -> str:
    """Return the text above the caret and after it, in the columns of a terminal."""
    line, caret = stderr.splitlines()[-2:]
    column = caret.index("^")
    while column > 0:
        wide = east_asian_width(line[0]) in "WF"
        column -= 0 if combining(line[0]) else 2 if wide else 1
        line = line[1:]
    assert column == 0, "the caret is between the halves of a wide character"
    return line


@pytest.mark.parametrize(
    ("argument", "reason", "rest"),
    [
        ("a:=b", "expecting value", "b"),
        ("a:=", "expecting value", ""),
        ("a:=b=c", "expecting value", "b=c"),
        ("a:=NaN", "NaN is not a JSON value", "NaN"),
        ("a:=[1, -1e999]", "the number -1e999 is too large", "-1e999]"),
        ('大象:=["大象", x]', "expecting value", "x]"),
        ("e\u0301:=x", "expecting value", "x"),
        ("\x1b:=x", "expecting value", "x"),
        ("a:=[" + '"大象", ' * 100 + "x]", "expecting value", "x]"),
        (":=[1 2]", "expecting ',' delimiter", "2]"),
        ("a:=@bad.json", "expecting value at line 2, column 9", "x"),
    ],
    ids=lambda value: value[:20],
)
def test_bad_json_is_reported_with_a_caret_under_the_place(
    echoing_king: SignalCli, argument: str, reason: str, rest: str
) -> None:
    result = echoing_king("send", "king", "--json", argument)

    assert (result.status, result.stdout) == (2, "")
    assert f" is not JSON: {reason}. " in result.stderr.splitlines()[0]
    assert pointed_at(result.stderr) == rest


def test_bad_json_for_a_payload_shows_how_text_is_sent(echoing_king: SignalCli) -> None:
    result = echoing_king("send", "king", "slogan:=巡山")

    assert result.stderr == (
        "Error: 'slogan:=巡山' is not JSON: expecting value. "
        "For text, leave out the colon: slogan=巡山\n"
        "  slogan:=巡山\n"
        "          ^\n"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("9" * 5000, "the integer of 5000 digits is too large at line 1, column 1"),
        ("[" * 100_000, "it is nested too deeply"),
    ],
    ids=["large", "deep"],
)
def test_json_that_is_too_large_or_too_deep_is_reported_in_a_sentence(
    echoing_king: SignalCli, content: str, reason: str
) -> None:
    echoing_king.write("a.json", content)

    result = echoing_king("send", "king", "a:=@a.json")

    sentence = f"Error: The file 'a.json' of the payload key 'a' is not JSON: {reason}"
    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.splitlines()[0].split(". ")[0] == sentence


def test_every_receiver_has_a_call_with_its_outcome_and_the_reason(signalcli: SignalCli) -> None:
    """The receivers that were reached come first, in dispatch order, then the rest in the order of receivers."""
    prepare(
        signalcli,
        "connect king animal --sender 大象; connect king qq --sender 狮子",
        "connect king failing --sender 大象; connect king animal_two --sender 大象",
        "connect king wechat --sender x; disconnect king wechat --sender x; connect king echo",
    )

    result = signalcli("send", "king", "大象", "count:=3", "--json")

    lost = {"type": "RuntimeError", "message": "小钻风在山里迷了路"}
    output = "小钻风：大象大王有令：count是3！大王回来了，我这就去巡山。\n"
    assert (result.status, result.stderr) == (1, "")
    assert without(result.json, "seconds", "where")["calls"] == [
        called("echo", value={"sender": "大象", "payload": {"count": 3}}),
        called("animal", "listens to 大象", value="小钻风去巡山", output=output),
        called("failing", "listens to 大象", outcome="raised", error=lost),
        called("qq", "listens only to 狮子", outcome="skipped"),
        called("animal_two", "failing raised before it", outcome="not_reached"),
        called("wechat", "has no connection left", outcome="skipped"),
    ]
    seconds = [call["seconds"] for call in result.json["calls"]]
    assert [type(value) for value in seconds] == [float] * 6
    assert (min(seconds[:3]) >= 0, seconds[3:]) == (True, [0.0] * 3)


@pytest.mark.parametrize("receiver", ["failing", "strict", "coroutine"])
def test_an_exception_is_shown_with_its_line(signalcli: SignalCli, receiver: str) -> None:
    """A receiver that wasn't entered is shown with the place of its definition."""
    prepare(signalcli, f"connect king {receiver}")

    calls = signalcli("send", "king", "a=1", "--json").json["calls"]

    lines, first = inspect.getsourcelines(DEMOS[receiver].function)
    line = first + len(lines) - 1 if receiver == "failing" else first
    assert [call["error"]["where"] for call in calls] == [f"signalcli/receivers/demos.py:{line}"]


ONLY_TO = "listens only to the {}, and this sender is the {}"


@pytest.mark.parametrize(
    ("filters", "sender", "outcome", "reason"),
    [
        ([], "大象", "returned", "listens to ANY"),
        (["大象"], "大象", "returned", "listens to 大象"),
        (["大象"], "狮子", "skipped", "listens only to 大象"),
        (["a", "b"], "c", "skipped", "listens only to a, b"),
        (["a", "b", "c", "d", "e"], "x", "skipped", "listens only to a, b, c and 2 more"),
        ([":=1"], ":=1", "returned", "listens to 1"),
        ([":=1"], ":=true", "returned", "listens to 1"),
        ([":=true"], ":=1", "returned", "listens to 1"),
        (["1"], "1", "returned", 'listens to "1"'),
        (["1"], ":=1", "skipped", ONLY_TO.format('text "1"', "integer 1")),
        ([":=1"], "1", "skipped", ONLY_TO.format("integer 1", 'text "1"')),
        (["1.5"], ":=1.5", "skipped", ONLY_TO.format('text "1.5"', "float 1.5")),
        (["x"], ":=0", "skipped", "listens only to x"),
    ],
)
def test_a_receiver_is_called_or_skipped_for_a_reason(
    signalcli: SignalCli, filters: list[str], sender: str, outcome: str, reason: str
) -> None:
    signalcli.ok("connect", "king", "echo", *[f"--sender={text}" for text in filters])

    calls = signalcli.ok("send", "king", sender, "--json").json["calls"]

    assert [(call["outcome"], call["reason"]) for call in calls] == [(outcome, reason)]


def test_printing_shows_live_and_before_the_table(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal_one; connect king failing")

    result = signalcli("send", "king", "大象", "-q")

    lines = result.stdout.splitlines()
    assert (result.status, result.stderr) == (1, "")
    assert lines[:2] == ["小钻风：大象大王有令，我记住了！", "king ← 大象"]


def test_a_signal_without_receivers_can_be_sent(signalcli: SignalCli) -> None:
    prepare(signalcli, "define king")

    document = signalcli.read("send king")

    sent: dict[str, Any] = {
        "signal": "king",
        "sender": None,
        "payload": {},
        "muted": False,
        "calls": [],
    }
    assert document == {**sent, **PLAIN_AND_ALONE}


def test_a_send_leaves_the_session_as_it_is(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king failing --sender 大象")

    with unchanged(signalcli):
        assert signalcli("send", "king", "大象").status == 1
