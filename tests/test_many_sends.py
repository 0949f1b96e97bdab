"""Many sends in one process: what is sent, what is counted, and what is seen meanwhile."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from signalcli.receivers.demos import LOST
from signalcli.signals.snapshot import OrderedSignal
from signalcli.text import UNSAFE
from tests.cli.test_terminal import COLOR, closed_pipe, interrupt
from tests.conftest import PROGRAM, Result, SignalCli
from tests.support.scenario import prepare, without
from tests.support.terminal import terminal

Count = tuple[int, int, int, int]
"""How often a receiver was called, how often of that it raised, was skipped, and not reached."""


@pytest.fixture(scope="module")
def echoing(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """The signal ``king``, which ``echo`` listens to, for those who change and count nothing."""
    signalcli = SignalCli(tmp_path_factory.mktemp("echoing"))
    prepare(signalcli, "connect king echo")
    return signalcli


@pytest.fixture
def kingdom(signalcli: SignalCli, echoing: SignalCli) -> SignalCli:
    """The same for one test alone."""
    return of_the_same_session(signalcli, echoing)


def of_the_same_session(signalcli: SignalCli, other: SignalCli) -> SignalCli:
    """The first, with a copy of the other's session."""
    signalcli.session_path.parent.mkdir(parents=True)
    signalcli.session_path.write_bytes(other.session_path.read_bytes())
    return signalcli


def write(signalcli: SignalCli, name: str, content: str | bytes) -> Path:
    """Write a file into the directory of the commands."""
    path = signalcli.directory / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def documents(text: str) -> list[Any]:
    """The JSON documents of some text, one a line, each of which is whole."""
    return [json.loads(line) for line in text.splitlines()]


def past(signalcli: SignalCli) -> list[Any]:
    """The entries of the history, oldest first."""
    return documents(signalcli.ok("history", "--json", "-q").stdout)


def the_run(signalcli: SignalCli) -> Any:
    """The run that is all there is in the history."""
    (entry,) = past(signalcli)
    return entry["run"]


def counts(run: Any) -> dict[str, Count]:
    """What was counted for each receiver in a run."""
    return {
        count["receiver"]: (
            count["called"],
            count["raised"],
            count["skipped"],
            count["not_reached"],
        )
        for count in run["receivers"]
    }


def table(text: str) -> list[list[str]]:
    """The cells of the table in a text, row by row."""
    rows = [line for line in text.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in row.split("│")[1:-1]] for row in rows]


def senders_of(result: Result) -> list[Any]:
    """The senders that ``echo`` was really called with."""
    return [call["value"]["sender"] for d in documents(result.stdout) for call in d["calls"]]


GO_ON = "To go on after that, add: --on-error continue\n"

# What is counted.

CONNECTIONS: list[tuple[str, list[str | int] | None]] = [
    ("echo", None),
    ("picky", ["大象"]),
    ("one", ["大象", "狮子", 1]),
    ("failing", ["狮子"]),
    ("two", ["狮子", "1"]),
    ("three", ["nobody"]),
]
"""Receivers, and whom they listen to."""


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """The signal ``king`` with these receivers, none of which prints."""
    signalcli = SignalCli(tmp_path_factory.mktemp("crowd"))
    prepare(signalcli, *[f"receivers add {name}" for name in ("one", "two", "three")])
    prepare(signalcli, "receivers add picky --strict")
    for name, senders in CONNECTIONS:
        typed = [s if isinstance(s, str) else f":={s}" for s in senders or ()]
        signalcli.ok("connect", "king", name, *[f"--sender={text}" for text in typed])
    return signalcli


@pytest.fixture
def crowded(signalcli: SignalCli, crowd: SignalCli) -> SignalCli:
    """The same for one test alone."""
    return of_the_same_session(signalcli, crowd)


def messages_of(seed: int, number: int) -> list[tuple[Any, dict[str, Any]]]:
    """Messages that come to different receivers; of some, ``picky`` or ``failing`` makes an end."""
    choices = random.Random(seed)
    senders = ["大象", "狮子", "x", 1, "1", True, None, 2.5, [1], ""]
    return [
        (choices.choice(senders), choices.choice([{}, {}, {"count": 3}])) for _ in range(number)
    ]


def loop_over_blinker(
    messages: list[tuple[Any, dict[str, Any]]], on_error: str
) -> tuple[int, dict[str, Count]]:
    """What a program would count that sends each message with blinker: how many, and of whom."""
    signal_ = OrderedSignal()
    calls: list[str] = []
    errors: list[str] = []

    def counted(name: str) -> Callable[..., Any]:
        def called(sender: object, /, **payload: Any) -> None:
            calls.append(name)
            try:
                if name == "picky" and payload:
                    raise TypeError
                if name == "failing":
                    raise RuntimeError
            except (TypeError, RuntimeError):
                errors.append(name)
                if on_error == "stop":
                    raise

        return called

    receivers = {name: counted(name) for name, _ in CONNECTIONS}
    for name, senders in CONNECTIONS:
        if senders is None:
            signal_.connect(receivers[name])
        for sender in senders or ():
            signal_.connect(receivers[name], sender=sender)
    sent = 0
    missed: Counter[str] = Counter()
    for sender, payload in messages:
        before = len(calls)
        sent += 1
        try:
            signal_.send(sender, **payload)
        except (TypeError, RuntimeError):
            heard = [
                name for name in receivers if receivers[name] in [*signal_.receivers_for(sender)]
            ]
            missed.update(set(heard) - set(calls[before:]))
            break
    called, raised = Counter(calls), Counter(errors)
    return sent, {
        name: (called[name], raised[name], sent - called[name] - missed[name], missed[name])
        for name in receivers
    }


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["counting", "telling"])
@pytest.mark.parametrize("on_error", ["stop", "continue"])
@pytest.mark.parametrize("seed", range(2))
def test_counts_are_those_of_a_loop_over_blinker(
    crowded: SignalCli, seed: int, on_error: str, options: list[str]
) -> None:
    messages = messages_of(seed, 1000)
    lines = [json.dumps({"sender": sender, "payload": payload}) for sender, payload in messages]
    write(crowded, "messages.jsonl", "\n".join(lines))
    sent, counted = loop_over_blinker(messages, on_error)

    result = crowded("send", "king", "--jsonl", "messages.jsonl", "--on-error", on_error, *options)

    run = the_run(crowded)
    assert result.status == 1
    assert (run["sent"], counts(run)) == (sent, counted)
    assert sum(count[1] for count in counted.values()) > 0
    assert sent == 1000 or on_error == "stop"


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["counting", "telling"])
def test_threads_count_every_send(crowded: SignalCli, options: list[str]) -> None:
    messages = messages_of(500, 10_000)
    lines = [json.dumps({"sender": sender, "payload": payload}) for sender, payload in messages]
    write(crowded, "messages.jsonl", "\n".join(lines))
    sent, counted = loop_over_blinker(messages, "continue")

    crowded(
        *("send", "king", "--jsonl", "messages.jsonl", "--threads", "4"),
        *("--on-error", "continue", *options),
    )

    run = the_run(crowded)
    assert (run["sent"], counts(run)) == (sent, counted)


def test_the_summary_has_a_row_for_every_receiver(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king echo --sender 大象 --sender 狮子", "connect king animal_one")
    prepare(signalcli, "connect king qq --sender 大象")
    write(signalcli, "senders.txt", "大象\n狮子\n" * 600)

    result = signalcli.ok("send", "king", "--lines", "senders.txt")

    lines = [line for line in result.stdout.splitlines() if not line.startswith(("小钻风", "QQ"))]
    assert re.fullmatch(
        r"king ← senders\.txt  1,200 sends in \d+\.\d\d s, [\d,]+ a second", lines[0]
    )
    assert table(result.stdout) == [
        ["receiver", "called", "raised", "skipped"],
        ["echo", "1,200", "0", "0"],
        ["animal_one", "1,200", "0", "0"],
        ["qq", "600", "0", "600"],
    ]
    assert (len(lines), result.stderr) == (8, "")


def test_those_not_reached_have_a_column_when_there_are_any(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king failing --sender 狮子", "connect king echo --sender 狮子")
    write(signalcli, "senders.txt", "大象\n大象\n狮子\n大象\n")

    result = signalcli("send", "king", "--lines", "senders.txt")

    assert table(result.stdout) == [
        ["receiver", "called", "raised", "skipped", "not reached"],
        ["failing", "1", "1", "2", "0"],
        ["echo", "0", "0", "2", "1"],
    ]
    assert (result.status, result.stderr) == (
        1,
        f"Stopped after 3 sends: failing raised RuntimeError: {LOST}. {GO_ON}",
    )


@pytest.mark.parametrize(
    ("arguments", "heading"),
    [
        (["--count", "1"], "king ← None  1 send in "),
        (["大象", "slogan=巡山", "--count", "2"], "king ← 大象  slogan=巡山  2 sends in "),
        (["--lines", "-"], "king ← standard input  2 sends in "),
        (["--lines", "[red]\x1b[2J"], r"king ← [red]\x1b[2J  2 sends in "),
    ],
)
def test_the_heading_says_what_was_sent(
    echoing: SignalCli, arguments: list[str], heading: str
) -> None:
    lines = write(echoing, "[red]\x1b[2J", "a\nb\n")

    with lines.open() as stdin:
        result = echoing("send", "king", *arguments, stdin=stdin)

    assert (result.status, result.stderr) == (0, "")
    assert result.stdout.startswith(heading)


def test_a_signal_without_receivers_is_sent_to_nobody(signalcli: SignalCli) -> None:
    prepare(signalcli, "define king")

    result = signalcli.ok("send", "king", "--count", "3")

    assert result.stdout.splitlines()[1:] == ["Nobody heard it: it has no receivers."]
    assert the_run(signalcli)["sent"] == 3


def test_quiet_leaves_the_summary(kingdom: SignalCli) -> None:
    prepare(kingdom, "connect king failing")

    result = kingdom("send", "king", "--count", "3", "-q")

    assert (result.status, result.stderr) == (1, "")
    assert [row[0] for row in table(result.stdout)] == ["receiver", "echo", "failing"]


# What is sent: a count, lines, and JSON Lines.


@pytest.mark.parametrize("number", [1, 3, 2500])
def test_a_count_sends_the_same_message_as_often(echoing: SignalCli, number: int) -> None:
    result = echoing.ok("send", "king", ":=1", "slogan=巡山", "--count", str(number), "--json")

    payloads = [d["calls"][0]["value"]["payload"] for d in documents(result.stdout)]
    assert senders_of(result) == [1] * number
    assert payloads == [{"slogan": "巡山"}] * number


LINES = [
    (b"", []),
    (b"a\nb\n", ["a", "b"]),
    (b"a\nb", ["a", "b"]),
    (b"\n", [""]),
    (b"\n\na\n\n", ["", "", "a", ""]),
    (b"a\r\n\r\nb\r\n", ["a", "", "b"]),
    (b"a\rb\n\r", ["a\rb", ""]),
    (b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n", ["a", "\ufeffb"]),
    (b"\xef\xbb\xbf\r\na\n", ["", "a"]),
    (b":=1\n:=[\nk=v\n--count\n", [":=1", ":=[", "k=v", "--count"]),
    ("  大象 \n🦁\n".encode(), ["  大象 ", "🦁"]),
    ("a\x0bb\x0cc\x85d\u2028e\x1cf\n".encode(), ["a\x0bb\x0cc\x85d\u2028e\x1cf"]),
    (b"a\0b\x1b[2J\n", ["a\0b\x1b[2J"]),
    ("大".encode() * 30_000 + b"\nb", ["大" * 30_000, "b"]),
]


@pytest.mark.parametrize(("content", "senders"), LINES, ids=lambda value: ascii(value)[:20])
def test_a_line_is_a_sender_as_text(echoing: SignalCli, content: bytes, senders: list[str]) -> None:
    write(echoing, "senders.txt", content)

    result = echoing.ok("send", "king", "--lines", "senders.txt", "--json")

    assert senders_of(result) == senders
    assert result.stderr == ""


@pytest.mark.parametrize("option", ["--lines", "--jsonl"])
def test_a_dash_is_standard_input(echoing: SignalCli, option: str) -> None:
    content = {"--lines": "大象\n狮子", "--jsonl": '{"sender": "大象"}\n{"sender": "狮子"}'}

    with write(echoing, "stdin", content[option]).open() as stdin:
        result = echoing("send", "king", option, "-", "--json", stdin=stdin)

    assert (result.status, senders_of(result)) == (0, ["大象", "狮子"])


def test_every_line_has_the_payload_that_was_typed(echoing: SignalCli) -> None:
    write(echoing, "senders.txt", "大象\n狮子\n")

    result = echoing.ok("send", "king", "--lines", "senders.txt", "count:=3", "--json")

    sent = [(d["sender"], d["payload"]) for d in documents(result.stdout)]
    assert sent == [("大象", {"count": 3}), ("狮子", {"count": 3})]


MESSAGES: list[tuple[bytes, list[Any]]] = [
    (b"", []),
    (b"{}\n", [[None, {}]]),
    (b'{"sender": ":=1"}\r\n{"payload": {}}', [[":=1", {}], [None, {}]]),
    (b'\xef\xbb\xbf{"sender": 1}\n\n \t\r\n{"sender": "1"}', [[1, {}], ["1", {}]]),
    ('{"payload": {"sender": "大象", "self": [], "": null}}'.encode(), [[None, {"sender": "大象", "self": [], "": None}]]),
    (b'{"sender": {"a": [1.5, true]}, "payload": {"n": 123456789012345678901234567890}}', [[{"a": [1.5, True]}, {"n": 123456789012345678901234567890}]]),
    (rb'{"sender": "\ud83d\u202e\u001b[2J\n"}', [["\ud83d\u202e\x1b[2J\n", {}]]),
]  # fmt: skip


@pytest.mark.parametrize(("content", "sent"), MESSAGES, ids=lambda value: ascii(value)[:20])
def test_a_line_of_json_is_a_message(echoing: SignalCli, content: bytes, sent: list[Any]) -> None:
    write(echoing, "messages.jsonl", content)

    result = echoing.ok("send", "king", "--jsonl", "messages.jsonl", "--json")

    values = [d["calls"][0]["value"] for d in documents(result.stdout)]
    assert [[value["sender"], value["payload"]] for value in values] == sent
    assert re.findall(UNSAFE, result.stdout) == ["\n"] * len(sent)


def test_lines_of_standard_input_are_sent_as_they_come(echoing: SignalCli) -> None:
    """As in ``tail -f log | signalcli send king --lines -``: nothing waits for the next line."""
    command = ["send", "king", "--lines", "-", "--json"]

    with echoing.start(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        heard = b""
        for number in range(1, 6):
            process.stdin.write(b"%d\n" % number)
            process.stdin.flush()
            deadline = time.monotonic() + 3
            while heard.count(b"\n") < number and time.monotonic() < deadline:
                heard += process.stdout.read() or b""
                time.sleep(0.01)
            if heard.count(b"\n") < number:
                break
        process.kill()

    assert [json.loads(line)["sender"] for line in heard.splitlines()] == [*"12345"]


# Lines that can't be sent.

REPEATED = '{"sender": 1, "sender": 2}'
NOT_A_MESSAGE = 'must be an object with "sender" and "payload", not '
BAD_LINES = [
    ("--lines", b"a\xffb", "is not UTF-8 text: byte 2"),
    ("--lines", "大象".encode()[:4], "is not UTF-8 text: byte 4"),
    ("--jsonl", b'{"sender": "\xff"}', "is not UTF-8 text: byte 13"),
    ("--jsonl", b'{"sender": x}', "is not JSON: expecting value at column 12"),
    ("--jsonl", b"{} {}", "is not JSON: extra data at column 4"),
    ("--jsonl", b'{"sender": NaN}', "is not JSON: NaN is not a JSON value at column 12"),
    ("--jsonl", b'{"sender": 1e999}', "is not JSON: the number 1e999 is too large at column 12"),
    ("--jsonl", b"9" * 5000, "is not JSON: the integer of 5000 digits is too large at column 1"),
    ("--jsonl", b"[" * 100_000, "is not JSON: it is nested too deeply"),
    ("--jsonl", REPEATED.encode(), "is not JSON: the key 'sender' is given twice at column 15"),
    ("--jsonl", b"null", f"{NOT_A_MESSAGE}None"),
    ("--jsonl", b'"\\u001b[2J"', f"{NOT_A_MESSAGE}\\x1b[2J"),
    ("--jsonl", b'{"sendr": 1}', 'has the key \'sendr\', and a message has "sender" and "payload"'),
    ("--jsonl", b'{"payload": [1]}', 'has a "payload" that must be an object, not [1]'),
    *(
        (
            "--jsonl",
            f'{{"payload": {{"{key}": 1}}}}'.encode(),
            f"has the payload key '{key}', which blinker's send keeps for itself",
        )
        for key in ("_async_wrapper", "_sync_wrapper")
    ),
]
GOOD_LINE = {"--lines": b"x", "--jsonl": b'{"sender": "x"}'}
bad_lines, few_bad_lines = (
    pytest.mark.parametrize(
        ("option", "line", "reason"), lines, ids=[ascii(line[:20]) for _, line, _ in lines]
    )
    for lines in (BAD_LINES, BAD_LINES[1::3])
)


@bad_lines
def test_a_bad_first_line_is_an_error_and_nothing_is_sent(
    kingdom: SignalCli, option: str, line: bytes, reason: str
) -> None:
    write(kingdom, "lines", b"%b\n%b\n" % (line, GOOD_LINE[option]))

    result = kingdom("send", "king", option, "lines")

    assert result == Result(2, "", f"Error: Line 1 of lines {reason}.\n")
    assert past(kingdom) == []


@few_bad_lines
def test_a_bad_line_ends_the_run_and_what_was_sent_stands(
    kingdom: SignalCli, option: str, line: bytes, reason: str
) -> None:
    good = GOOD_LINE[option] + b"\n"
    write(kingdom, "lines", b"%b%b\n%b" % (good * 300, line, good * 300))

    result = kingdom("send", "king", option, "lines")

    sentence = f"Line 301 of lines {reason}"
    assert (result.status, result.stderr) == (
        2,
        f"Stopped after 300 sends: {sentence}. {GO_ON}",
    )
    assert table(result.stdout)[1:] == [["echo", "300", "0", "0"]]
    run = the_run(kingdom)
    assert (run["sent"], run["bad_lines"]) == (300, 1)
    assert run["stopped"] == f"{sentence}."


@few_bad_lines
def test_after_a_bad_line_the_rest_goes_on_if_that_is_asked_for(
    kingdom: SignalCli, option: str, line: bytes, reason: str
) -> None:
    good = GOOD_LINE[option] + b"\n"
    write(kingdom, "lines", b"%b\n%b%b" % (line, good * 300, line))

    result = kingdom("send", "king", option, "lines", "--on-error", "continue")

    assert (result.status, result.stderr) == (
        1,
        f"Line 1 of lines {reason}.\nLine 302 of lines {reason}.\n",
    )
    assert table(result.stdout)[1:] == [["echo", "300", "0", "0"]]
    assert result.stdout.endswith("2 lines were bad, and not sent.\n")
    run = the_run(kingdom)
    assert (run["sent"], run["bad_lines"], run["stopped"]) == (300, 2, None)


def test_under_json_a_bad_line_leaves_the_deliveries_before_it(echoing: SignalCli) -> None:
    write(echoing, "messages.jsonl", '{"sender": 1}\n{"sender": 2}\n{"sender":\n{"sender": 4}\n')

    result = echoing("send", "king", "--jsonl", "messages.jsonl", "--json")

    assert (result.status, senders_of(result)) == (2, [1, 2])
    assert result.stderr.startswith("Stopped after 2 sends: Line 3 of messages.jsonl is not JSON: ")


@pytest.mark.parametrize("threads", [2, 4])
def test_with_threads_a_bad_line_loses_no_other(kingdom: SignalCli, threads: int) -> None:
    good = b'{"sender": "x"}\n'
    write(kingdom, "messages.jsonl", b"%bking\n%bking\n" % (good * 3000, good * 3000))

    result = kingdom(
        *("send", "king", "--jsonl", "messages.jsonl", "--threads", f"{threads}"),
        *("--on-error", "continue"),
    )

    bad = "is not JSON: expecting value at column 1."
    assert (result.status, sorted(result.stderr.splitlines())) == (
        1,
        [f"Line {number} of messages.jsonl {bad}" for number in (3001, 6002)],
    )
    assert table(result.stdout)[1:] == [["echo", "6,000", "0", "0"]]


# Exceptions.


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["counting", "telling"])
def test_an_exception_ends_the_run(kingdom: SignalCli, options: list[str]) -> None:
    prepare(kingdom, "connect king failing --sender 狮子")
    write(kingdom, "senders.txt", "大象\n狮子\n大象\n")

    result = kingdom("send", "king", "--lines", "senders.txt", *options)

    run = the_run(kingdom)
    assert (result.status, result.stderr) == (
        1,
        f"Stopped after 2 sends: failing raised RuntimeError: {LOST}. {GO_ON}",
    )
    assert run["stopped"] == f"failing raised RuntimeError: {LOST}"
    assert counts(run) == {"echo": (2, 0, 0, 0), "failing": (1, 1, 1, 0)}


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["counting", "telling"])
def test_after_an_exception_the_rest_goes_on_if_that_is_asked_for(
    signalcli: SignalCli, options: list[str]
) -> None:
    prepare(signalcli, "connect king failing --sender 狮子", "connect king echo --sender 狮子")
    write(signalcli, "senders.txt", "大象\n狮子\n大象\n狮子\n")

    result = signalcli("send", "king", "--lines", "senders.txt", "--on-error=continue", *options)

    run = the_run(signalcli)
    assert (result.status, result.stderr, run["stopped"]) == (1, "", None)
    assert counts(run) == {"failing": (2, 2, 2, 0), "echo": (2, 0, 2, 0)}


# A delivery a line.


def test_each_line_of_json_is_what_a_send_by_itself_gives(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "connect king animal --sender 大象",
        "connect king echo",
        "connect king strict --sender 狮子",
        "connect king failing --sender 大象",
        "connect king qq --sender 大象",
    )
    write(signalcli, "senders.txt", "x\n大象\n狮子\n")
    options = ("slogan=巡山", "--on-error", "continue", "--json")
    alone = [signalcli("send", "king", s, *options).json for s in ("x", "大象", "狮子")]

    result = signalcli("send", "king", "--lines", "senders.txt", *options)

    assert (result.status, result.stderr) == (1, "")
    assert without(documents(result.stdout), "seconds") == without(alone, "seconds")


def test_a_delivery_is_written_as_soon_as_it_was_made(echoing: SignalCli) -> None:
    command = ["send", "king", "--count", "1000", "--every", "60", "--json"]

    with echoing.start(*command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        running = process.poll() is None
        process.kill()

    assert (first["signal"], running) == ("king", True)


HANDLERS = {
    "handlers.py": """
        import os, subprocess, sys

        print("imported")

        def on_king(sender, **payload):
            print(f"heard {sender}")
            os.write(1, b"around\\n")
            subprocess.run(["echo", "child"])
            print("to stderr", file=sys.stderr)
            return sender
        """,
}


def test_what_an_imported_receiver_prints_stays_out_of_the_json(signalcli: SignalCli) -> None:
    write(signalcli, "handlers.py", dedent(HANDLERS["handlers.py"]))
    signalcli.ok("connect", "king", "handlers.py:on_king", "-q")

    result = signalcli.ok("send", "king", "大象", "--count", "2", "--json")

    outputs = [call["output"] for d in documents(result.stdout) for call in d["calls"]]
    assert [output.removeprefix("imported\n") for output in outputs] == ["heard 大象\n"] * 2
    for escaped in ("around", "child", "to stderr"):
        assert result.stderr.count(f"{escaped}\n") == 2


def test_what_receivers_print_shows_live_before_the_summary(signalcli: SignalCli) -> None:
    prepare(signalcli, "receivers add herald --says '{signal}: {sender}'", "connect king herald")
    write(signalcli, "senders.txt", "大象\n狮子\n")

    result = signalcli.ok("send", "king", "--lines", "senders.txt")

    assert result.stdout.splitlines()[:2] == ["king: 大象", "king: 狮子"]
    assert result.stdout.splitlines()[2].startswith("king ← senders.txt  2 sends")


def test_a_reader_that_leaves_ends_it_silently(echoing: SignalCli) -> None:
    """As in ``signalcli send king --count 1000000 --json | head -1``."""
    command = ["send", "king", "--count", "1000000", "--json"]

    with echoing.start(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.stdout.close()
        complaints = process.stderr.read()

    assert (process.returncode, complaints) == (141, b"")
    assert json.loads(first)["signal"] == "king"


@pytest.mark.parametrize("options", [["--json"], ["--json", "--threads=4"], []], ids=" ".join)
def test_a_pipe_that_nobody_reads_ends_it_silently(echoing: SignalCli, options: list[str]) -> None:
    with closed_pipe() as stdout:
        command = ["send", "king", "--count", "2000", *options]
        process = echoing.start(*command, stdout=stdout, stderr=subprocess.PIPE)
        complaints = process.communicate(timeout=60)[1]

    assert (process.returncode, complaints) == (141, b"")


# Threads.


def test_threads_mix_neither_lines_nor_outputs_nor_signals(signalcli: SignalCli) -> None:
    """Each thread's receivers print twice for every sender, and another signal is sent meanwhile."""
    prepare(
        signalcli,
        "receivers add one --says '{signal} one {sender}'",
        "receivers add two --says '{signal} two {sender}'",
        "connect king one",
        "connect king two",
    )
    senders = [f"s{number}" for number in range(10_000)]
    write(signalcli, "senders.txt", "\n".join(senders))

    result = signalcli.ok("send", "king", "--lines", "senders.txt", "--threads", "4", "--json")

    told = [[d["sender"], *[c["output"] for c in d["calls"]]] for d in documents(result.stdout)]
    assert sorted(told) == sorted([s, f"king one {s}\n", f"king two {s}\n"] for s in senders)
    assert counts(the_run(signalcli)) == {"one": (10_000, 0, 0, 0), "two": (10_000, 0, 0, 0)}


def test_what_a_receiver_prints_slowly_is_not_taken_for_another_threads(
    signalcli: SignalCli,
) -> None:
    """The other threads print while it waits."""
    code = """
        import time

        def on_king(sender):
            print(f"from {sender}")
            time.sleep(0.001)
            print(f"to {sender}")
        """
    write(signalcli, "handlers.py", dedent(code))
    prepare(signalcli, "connect king handlers.py:on_king --strong")
    senders = [f"s{number}" for number in range(400)]
    write(signalcli, "senders.txt", "\n".join(senders))

    result = signalcli.ok("send", "king", "--lines", "senders.txt", "--threads", "4", "--json")

    told = [(d["sender"], d["calls"][0]["output"]) for d in documents(result.stdout)]
    assert sorted(told) == sorted((s, f"from {s}\nto {s}\n") for s in senders)


def test_threads_print_whole_lines(signalcli: SignalCli) -> None:
    prepare(signalcli, "receivers add one --says '{signal} {sender}'", "connect king one")
    senders = [f"s{number}" for number in range(30_000)]
    write(signalcli, "senders.txt", "\n".join(senders))

    result = signalcli.ok("send", "king", "--lines", "senders.txt", "--threads", "4")

    printed = result.stdout.splitlines()
    assert Counter(printed[:30_000]) == Counter(f"king {sender}" for sender in senders)
    assert table(result.stdout)[1:] == [["one", "30,000", "0", "0"]]


def test_more_threads_than_messages_send_each_once(kingdom: SignalCli) -> None:
    result = kingdom.ok("send", "king", "--count", "3", "--threads", "64")

    assert table(result.stdout)[1:] == [["echo", "3", "0", "0"]]


def test_an_exception_ends_all_threads(kingdom: SignalCli) -> None:
    prepare(kingdom, "connect king failing")

    result = kingdom("send", "king", "--count", "1000000", "--threads", "4")

    run = the_run(kingdom)
    assert (result.status, run["stopped"]) == (1, f"failing raised RuntimeError: {LOST}")
    assert counts(run)["failing"][:2] == (run["sent"], run["sent"])
    assert run["sent"] <= 4


# The pace.


@pytest.mark.parametrize("threads", ["1", "3"])
def test_sends_keep_their_distance_and_their_order(kingdom: SignalCli, threads: str) -> None:
    write(kingdom, "senders.txt", "1\n2\n3\n4\n5\n6")

    result = kingdom.ok(
        *("send", "king", "--lines", "senders.txt", "--every", "0.06", "--threads", threads),
        "--json",
    )

    assert senders_of(result) == [*"123456"]
    assert the_run(kingdom)["seconds"] >= 0.3


# What contradicts itself, and what can't be read.

BOTH = "{} and {} both say what to send. Leave one out."
NOT_MANY = "--every and --threads are for many sends. Say which: --count, --lines or --jsonl"
OTHER_SENDER = "{} gives the sender of each send. Leave out the other one."


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--count", "2", "--lines", "-"], BOTH.format("--count", "--lines")),
        (["--count", "2", "--jsonl", "-"], BOTH.format("--count", "--jsonl")),
        (["--lines", "-", "--jsonl", "-"], BOTH.format("--lines", "--jsonl")),
        (["大象", "--lines", "-"], OTHER_SENDER.format("--lines")),
        (["--sender=大象", "--jsonl", "-"], OTHER_SENDER.format("--jsonl")),
        (["a=1", "--jsonl", "-"], "--jsonl gives the payload of each send. Leave out 'a'."),
        *(
            (
                [option, "1"],
                "--every and --threads are for many sends. Say which: --count, --lines or --jsonl",
            )
            for option in ("--every", "--threads")
        ),
    ],
)
def test_options_that_contradict_each_other_send_nothing(
    kingdom: SignalCli, arguments: list[str], sentence: str
) -> None:
    result = kingdom("send", "king", *arguments, stdin=subprocess.DEVNULL)

    assert result == Result(2, "", f"Error: {sentence}\n")
    assert past(kingdom) == []


@pytest.mark.parametrize(
    "arguments",
    [
        *(["--count", number] for number in ("0", "-1", "x", "1.5")),
        *(["--count", "2", "--threads", number] for number in ("0", "65", "x")),
        *(["--count", "2", "--every", seconds] for seconds in ("-1", "nan", "inf", "x")),
        ["--lines"],
    ],
    ids=" ".join,
)
def test_numbers_that_make_no_sense_send_nothing(kingdom: SignalCli, arguments: list[str]) -> None:
    result = kingdom("send", "king", *arguments)

    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: ")
    assert past(kingdom) == []


@pytest.mark.parametrize("option", ["--lines", "--jsonl"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing\x1b[2J", "No such file or directory"),
        ("", "No such file or directory"),
        (".", "Is a directory"),
        ("lines/x", "Not a directory"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_a_sentence(
    echoing: SignalCli, option: str, name: str, reason: str
) -> None:
    write(echoing, "lines", "")

    result = echoing("send", "king", option, name)

    shown = name.replace("\x1b", r"\x1b")
    assert result == Result(2, "", f"Error: The file '{shown}' can't be read: {reason}.\n")


@pytest.mark.parametrize(
    ("redirected", "sentence"),
    [
        ("<&-", "Standard input is closed, so there are no lines to read from it."),
        ("0>written", None),
    ],
    ids=["closed", "only to be written"],
)
def test_a_standard_input_that_cannot_be_read_is_told_in_a_sentence(
    echoing: SignalCli, redirected: str, sentence: str | None
) -> None:
    completed = subprocess.run(
        ["sh", "-c", f'"$@" {redirected}', "sh", *PROGRAM, "send", "king", "--lines", "-"],
        check=False,
        capture_output=True,
        text=True,
        cwd=echoing.directory,
        env=echoing.environment,
        timeout=60,
    )

    assert (completed.returncode, completed.stdout) == (2, "")
    assert re.fullmatch(r"Error: .+\.\n", completed.stderr)
    assert sentence is None or completed.stderr == f"Error: {sentence}\n"


def test_an_unknown_signal_reads_nothing(signalcli: SignalCli) -> None:
    prepare(signalcli, "define king")

    result = signalcli("send", "kng", "--count", "3", "--json")

    assert (result.status, result.stdout) == (2, "")
    assert "Did you mean 'king'?" in result.stderr
    assert past(signalcli) == []


# Nobody hears.


@pytest.mark.parametrize("many", [[], ["--count", "3"]], ids=" ".join)
@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["define king"], 3),
        (["connect king echo --sender 大象"], 3),
        (["connect king failing", "mute king"], 3),
        (["connect king echo"], 0),
        (["connect king failing"], 1),
        (["connect king echo", "connect king failing"], 1),
    ],
)
def test_a_send_that_nobody_hears_can_have_a_status_of_its_own(
    signalcli: SignalCli, lines: list[str], status: int, many: list[str]
) -> None:
    prepare(signalcli, *lines)

    ended = signalcli("send", "king", "狮子", "--fail-unheard", *many)

    assert (ended.status, ended.stderr == "") == (status, status != 1 or not many)


@pytest.mark.parametrize("many", [[], ["--count", "3"]], ids=" ".join)
def test_a_send_that_nobody_hears_is_none_the_worse(signalcli: SignalCli, many: list[str]) -> None:
    prepare(signalcli, "define king")

    assert signalcli("send", "king", *many).status == 0


# With what stands around a send.


@pytest.mark.parametrize(
    ("options", "receivers", "status"),
    [
        ([], {"echo": (1, 0, 0, 0), "coroutine": (1, 1, 0, 0)}, 1),
        (["--async"], {"echo": (1, 1, 0, 0), "coroutine": (0, 0, 0, 1)}, 1),
        (["--wrap"], {"echo": (50, 0, 0, 0), "coroutine": (50, 0, 0, 0)}, 0),
        (["--async", "--wrap"], {"echo": (50, 0, 0, 0), "coroutine": (50, 0, 0, 0)}, 0),
        (["--on-error=continue"], {"echo": (50, 0, 0, 0), "coroutine": (50, 50, 0, 0)}, 1),
        (["--on-error=continue", "--async"], {"echo": (50, 50, 0, 0), "coroutine": (50, 0, 0, 0)}, 1),
        (["--on-error=continue", "--async", "--wrap"], {"echo": (50, 0, 0, 0), "coroutine": (50, 0, 0, 0)}, 0),
        (["--muted"], {"echo": (0, 0, 50, 0), "coroutine": (0, 0, 50, 0)}, 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_many_sends_take_the_options_of_one(
    kingdom: SignalCli, options: list[str], receivers: dict[str, Count], status: int
) -> None:
    prepare(kingdom, "connect king coroutine")

    result = kingdom("send", "king", "--count", "50", *options, "-q")

    assert (result.status, counts(the_run(kingdom))) == (status, receivers)


def test_threads_take_the_options_of_one_too(kingdom: SignalCli) -> None:
    prepare(kingdom, "connect king coroutine")

    options = ["--threads", "4", "--async", "--wrap", "--on-error", "continue"]
    result = kingdom.ok("send", "king", "--count", "200", *options)

    assert table(result.stdout)[1:] == [
        ["echo", "200", "0", "0"],
        ["coroutine", "200", "0", "0"],
    ]


def test_a_receiver_is_connected_for_the_whole_run_and_then_not_at_all(
    signalcli: SignalCli,
) -> None:
    """Its own connections go too, as with blinker's ``connected_to``."""
    prepare(signalcli, "connect king echo", "connect king qq --sender 大象", "mute king")
    write(signalcli, "senders.txt", "狮子\n狮子\n大象\n")

    result = signalcli.ok(
        "send", "king", "--lines", "senders.txt", "--connected-to", "qq", "--muted"
    )
    unmuted = signalcli.ok("send", "king", "--lines", "senders.txt", "--connected-to", "qq")

    assert table(result.stdout)[1:] == [["echo", "0", "0", "3"], ["qq", "0", "0", "3"]]
    assert result.stderr.splitlines() == [
        "connected_to ends by disconnecting every connection of qq, its own to 大象 included.",
        "muted() ends by unmuting, although the signal was muted before.",
    ]
    assert table(unmuted.stdout)[1:] == [["echo", "3", "0", "0"], ["qq", "3", "0", "0"]]
    view = signalcli.ok("inspect", "king", "--json").json
    assert [r["receiver"] for r in view["receivers"]] == ["echo"]
    assert view["muted"] is False


def test_receivers_that_are_not_trusted_are_skipped_and_nothing_of_them_runs(
    signalcli: SignalCli,
) -> None:
    write(signalcli, "handlers.py", "open('ran', 'w')\ndef on_king(sender): open('ran', 'w')\n")
    prepare(signalcli, "connect king handlers.py:on_king", "connect king os:system")
    prepare(signalcli, "connect king echo", "session copy default theirs.json")
    (signalcli.directory / "ran").unlink()
    prepare(signalcli, "receivers untrust handlers.py:on_king", "receivers untrust os:system")
    command = ("send", "king", "大象", "--count", "5", "--session", "theirs.json")

    for options in ([], ["--on-error", "continue"], ["--json"], ["--threads", "4"]):
        result = signalcli(*command, *options)

        (run,) = [
            entry["run"]
            for entry in documents(
                signalcli("history", "--session", "theirs.json", "--last=1", "--json").stdout
            )
        ]
        assert (result.status, counts(run)) == (
            0,
            {
                "handlers.py:on_king": (0, 0, 5, 0),
                "os:system": (0, 0, 5, 0),
                "echo": (5, 0, 0, 0),
            },
        )
        assert result.stderr.count("receivers trust") == 2
    assert not (signalcli.directory / "ran").exists()


def test_an_imported_receiver_that_ends_the_program_has_raised(signalcli: SignalCli) -> None:
    write(signalcli, "handlers.py", "import sys\ndef on_king(sender): sys.exit(7)\n")
    prepare(signalcli, "connect king handlers.py:on_king")

    stopped = signalcli("send", "king", "--count", "3")
    went_on = signalcli("send", "king", "--count", "3", "--on-error", "continue", "--threads=2")

    assert (stopped.status, table(stopped.stdout)[1][1:]) == (1, ["1", "1", "0"])
    assert (went_on.status, table(went_on.stdout)[1][1:]) == (1, ["3", "3", "0"])


# What takes memory.

MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.parametrize(
    ("option", "line"),
    [("--lines", "x" * 300), ("--jsonl", json.dumps({"payload": {"k": "x" * 300}}))],
)
def test_a_long_run_takes_no_more_memory_than_a_short_one(
    kingdom: SignalCli, option: str, line: str
) -> None:
    def peak(number: int) -> int:
        """How much memory is taken for so many lines, in the system's units."""
        write(kingdom, "lines", f"{line}\n" * number)
        command = kingdom.command(["send", "king", option, "lines", "-q"])
        measured = subprocess.run(
            [sys.executable, "-c", MEASURE, *command],
            check=True,
            capture_output=True,
            cwd=kingdom.directory,
            env=kingdom.environment,
        )
        return int(measured.stdout)

    short, long = peak(4_000), peak(200_000)

    assert long < 1.25 * short


# The history of a run.


@pytest.mark.parametrize(
    ("arguments", "sent", "origin"),
    [
        (["大象", "a:=[1]", "--count=2"], ["大象", {"a": [1]}], ["count", None]),
        (["a=1", "--lines", "lines"], [None, {"a": "1"}], ["lines", "lines"]),
        (["--jsonl", "-"], [None, {}], ["jsonl", "-"]),
    ],
)
def test_a_run_is_one_entry_of_the_history(
    kingdom: SignalCli, arguments: list[str], sent: list[Any], origin: list[str | None]
) -> None:
    with write(kingdom, "lines", "{}\n{}\n").open() as stdin:
        kingdom("send", "king", *arguments, stdin=stdin)

    (entry,) = past(kingdom)
    run = entry["run"]
    assert [entry["sender"], entry["payload"], entry["calls"]] == [*sent, []]
    assert without(run, "seconds") == {
        "from": origin[0],
        "file": origin[1],
        "count": 2 if origin[0] == "count" else None,
        "sent": 2,
        "bad_lines": 0,
        "receivers": [
            {"receiver": "echo", "called": 2, "raised": 0, "skipped": 0, "not_reached": 0}
        ],
        "stopped": None,
        "interrupted": False,
    }
    assert run["seconds"] > 0


def test_a_run_can_be_left_out_of_the_history(kingdom: SignalCli) -> None:
    kingdom.ok("send", "king", "--count", "2", "--no-history")

    assert past(kingdom) == []


# A person at the terminal.

CONTROL = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])")


def on_screen(text: str) -> list[str]:
    """The lines that stand on a terminal in the end, after all that moved its cursor."""
    lines = [""]
    row = column = position = 0
    while position < len(text):
        match = CONTROL.match(text, position)
        if match is not None:
            position = match.end()
            arguments, command = match.groups()
            if command == "A":
                row -= int(arguments or 1)
                assert row >= 0, "the cursor left the screen"
            elif command == "K":
                assert arguments == "2"
                lines[row] = ""
            else:
                assert command in "mhl", match.group()
            continue
        character = text[position]
        position += 1
        if character == "\r":
            column = 0
        elif character == "\n":
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        else:
            line = lines[row].ljust(column)
            lines[row] = line[:column] + character + line[column + 1 :]
            column += 1
    return [line.rstrip() for line in lines]


@pytest.fixture
def patient(signalcli: SignalCli) -> SignalCli:
    """The signal ``king`` with a receiver that tells each sender, and takes its time."""
    prepare(
        signalcli,
        "receivers add herald --says 'said {sender}' --sleeps 0.02",
        "connect king herald",
    )
    return signalcli


def test_a_bar_shows_the_rate_and_is_gone_in_the_end(patient: SignalCli) -> None:
    """What goes to standard output, here a file, has nothing of it."""
    write(patient, "senders.txt", "\n".join(map(str, range(50))))
    path = patient.directory / "stdout"
    command = patient.command(["send", "king", "--lines", "senders.txt"])

    with (
        path.open("wb") as stdout,
        terminal(patient, command, columns=100, stdout=stdout.fileno()) as started,
    ):
        started.wait_for("/s")
        ended = started.end()

    assert ended.status == 0
    bar = r"Sending ━+ +\d+% \d+ sent, [\d,]+/s \d:\d\d:\d\d"
    assert re.search(bar, COLOR.sub("", ended.text))
    assert [line for line in on_screen(ended.text) if line] == []
    written = path.read_text()
    assert written.splitlines()[:50] == [f"said {number}" for number in range(50)]
    assert table(written)[1:] == [["herald", "50", "0", "0"]]
    assert re.findall(UNSAFE, written.replace("\n", "")) == []


def test_with_a_bar_what_receivers_print_stays_whole_and_in_order(patient: SignalCli) -> None:
    write(patient, "senders.txt", "\n".join(map(str, range(30))))

    with terminal(patient, patient.command(["send", "king", "--lines", "senders.txt"])) as started:
        ended = started.end()

    shown = on_screen(ended.text)
    assert "Sending" in ended.text
    assert shown[:30] == [f"said {number}" for number in range(30)]
    assert shown[30].startswith("king ← senders.txt  30 sends in ")
    assert table("\n".join(shown))[1:] == [["herald", "30", "0", "0"]]
    assert [line for line in shown if "Sending" in line] == []


def test_with_a_bar_a_bad_line_is_still_told(patient: SignalCli) -> None:
    write(patient, "messages.jsonl", "{}\n" * 10 + "king\n" + "{}\n" * 10)
    command = ["send", "king", "--jsonl", "messages.jsonl", "--on-error", "continue"]

    with terminal(patient, patient.command(command), columns=100) as started:
        ended = started.end()

    shown = on_screen(ended.text)
    bad = "Line 11 of messages.jsonl is not JSON: expecting value at column 1."
    assert (ended.status, shown.count(bad), shown.count("said None")) == (1, 1, 20)
    assert [line for line in shown if "Sending" in line] == []


@pytest.mark.parametrize("options", [["-q"], ["--json"]], ids=" ".join)
def test_no_bar_is_drawn_where_it_would_be_in_the_way(
    patient: SignalCli, options: list[str]
) -> None:
    command = patient.command(["send", "king", "--count", "10", *options])

    with terminal(patient, command, environment={"NO_COLOR": "1"}) as started:
        ended = started.end()

    assert ended.status == 0
    assert "Sending" not in ended.text
    assert "\x1b" not in ended.text


def test_a_bar_is_drawn_beside_json_that_goes_elsewhere(patient: SignalCli) -> None:
    path = patient.directory / "stdout"
    command = patient.command(["send", "king", "--count", "20", "--json"])

    with path.open("wb") as stdout, terminal(patient, command, stdout=stdout.fileno()) as started:
        ended = started.end()

    assert "Sending" in ended.text
    assert [line for line in on_screen(ended.text) if line] == []
    assert [d["calls"][0]["output"] for d in documents(path.read_text())] == ["said None\n"] * 20


def test_no_bar_is_drawn_into_a_pipe(patient: SignalCli) -> None:
    result = patient("send", "king", "--count", "20", environment={"FORCE_COLOR": "1"})

    assert (result.status, result.stderr) == (0, "")
    assert "Sending" not in result.stdout


@pytest.mark.parametrize(
    "options", [[], ["--on-error=continue"], ["--threads=3"], ["--every=0.05"]], ids=" ".join
)
def test_control_c_shows_what_was_sent(patient: SignalCli, options: list[str]) -> None:
    command = patient.command(["send", "king", "大象", "--count", "1000000", *options])

    with terminal(patient, command, environment={"NO_COLOR": "1"}) as started:
        started.wait_for("said 大象")
        time.sleep(0.2)
        ended = started.interrupt()

    run = the_run(patient)
    called, raised, skipped, not_reached = counts(run)["herald"]
    shown = on_screen(ended.text)
    assert ended.status == 130
    assert "Traceback" not in ended.text
    assert (run["interrupted"], run["stopped"]) == (True, None)
    assert 1 < run["sent"] < 1_000_000
    assert (called + not_reached, raised, skipped) == (run["sent"], 0, 0)
    uncounted = 1  # Ctrl-C may fall between a send and its count
    assert shown.count("said 大象") - called in range(not_reached + uncounted + 1)
    sends = f"{run['sent']:,} sends"
    assert f"Interrupted after {sends}." in shown
    assert [line for line in shown if line.startswith(f"king ← 大象  {sends} in ")] != []
    assert [line for line in shown if "Sending" in line] == []


def test_control_c_leaves_whole_lines_of_json(patient: SignalCli) -> None:
    command = ["send", "king", "--count", "1000000", "--json"]

    with patient.start(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        interrupt(process)
        stdout, stderr = process.communicate()

    written = documents((first + stdout).decode())
    run = the_run(patient)
    assert (process.returncode, run["interrupted"]) == (130, True)
    assert len(written) == run["sent"] >= 1
    assert stderr.decode().splitlines()[-1].startswith("Interrupted after ")


def ends_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return False
    return True


@pytest.mark.parametrize("threads", ["1", "3"])
@pytest.mark.parametrize("stdin", ["every", "standard input"])
def test_one_control_c_ends_what_waits(kingdom: SignalCli, stdin: str, threads: str) -> None:
    """For the next moment to send, or for the next line of standard input."""
    waiting = ["--count=9", "--every=30"] if stdin == "every" else ["--lines", "-"]
    command = ["send", "king", *waiting, "--threads", threads, "--json"]

    with kingdom.start(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"a\n")
        process.stdin.flush()
        first = process.stdout.readline()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        ended = ends_within(process, 5)
        stderr = b"" if process.stderr is None else process.stderr.read()

    assert ended
    assert (process.returncode, stderr) == (130, b"Interrupted after 1 send.\n")
    assert json.loads(first)["signal"] == "king"
    assert the_run(kingdom)["sent"] == 1


LATE = """
import blinker

king = blinker.signal("king")


def late(sender, **payload):
    return 1


def first(sender, **payload):
    if sender == "come":
        king.connect(late)
    if sender == "go":
        king.disconnect(late)
"""


@pytest.mark.parametrize("options", [[], ["--on-error", "continue"]], ids=["stop", "continue"])
def test_a_receiver_that_comes_and_goes_meanwhile_is_counted(
    signalcli: SignalCli, options: list[str]
) -> None:
    (signalcli.directory / "handlers.py").write_text(LATE)
    prepare(signalcli, "connect king handlers.py:first -q")
    senders = write(signalcli, "senders", "x\ncome\na\nb\ngo\nx\n")

    signalcli.ok("send", "king", "--lines", str(senders), *options)

    (entry,) = past(signalcli)
    called = {count["receiver"]: count["called"] for count in entry["run"]["receivers"]}
    assert called == {"handlers.py:first": 6, "handlers:late": 2}


def test_threads_share_slow_work(signalcli: SignalCli) -> None:
    """Each line of output is one thread's; none of four does more than half of the work."""
    (signalcli.directory / "handlers.py").write_text(
        "import threading, time\n"
        "def slow(sender, **payload):\n"
        "    time.sleep(0.02)\n"
        "    print(threading.get_ident())\n"
    )
    prepare(signalcli, "connect king handlers.py:slow -q")

    result = signalcli.ok("send", "king", "--count", "80", "--threads", "4")

    shares = Counter(line for line in result.stdout.splitlines() if line.isdecimal())
    assert (sum(shares.values()), len(shares), max(shares.values()) <= 40) == (80, 4, True)
