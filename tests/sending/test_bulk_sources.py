"""Many sends: the count, the lines and the JSON Lines that are sent, and their errors."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from typing import Any

import pytest

from signalcli.text import UNSAFE
from tests.support.cli import PROGRAM, Result, SignalCli
from tests.support.histories import documents, past, table
from tests.support.many_sends import GO_ON, send_all, senders_of, the_run
from tests.support.scenario import prepare

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
    result = send_all(echoing, "--lines", content, "--json")

    assert (result.status, senders_of(result), result.stderr) == (0, senders, "")


@pytest.mark.parametrize("option", ["--lines", "--jsonl"])
def test_a_dash_is_standard_input(echoing: SignalCli, option: str) -> None:
    content = {"--lines": "大象\n狮子", "--jsonl": '{"sender": "大象"}\n{"sender": "狮子"}'}

    with echoing.write("stdin", content[option]).open() as stdin:
        result = echoing("send", "king", option, "-", "--json", stdin=stdin)

    assert (result.status, senders_of(result)) == (0, ["大象", "狮子"])


def test_every_line_has_the_payload_that_was_typed(echoing: SignalCli) -> None:
    result = send_all(echoing, "--lines", "大象\n狮子\n", "count:=3", "--json")

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
    result = send_all(echoing, "--jsonl", content, "--json")

    assert result.status == 0
    values = [d["calls"][0]["value"] for d in documents(result.stdout)]
    assert [[value["sender"], value["payload"]] for value in values] == sent
    assert re.findall(UNSAFE, result.stdout) == ["\n"] * len(sent)


def test_lines_of_standard_input_are_sent_as_they_come(echoing: SignalCli) -> None:
    """As in ``tail -f log | signalcli send king --lines -``: nothing waits for the next line."""
    command = ["send", "king", "--lines", "-", "--json"]

    with echoing.start(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
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
RESERVED = "has the payload key '{}', which blinker's send keeps for itself"
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
        ("--jsonl", b'{"payload": {"%b": 1}}' % key.encode(), RESERVED.format(key))
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
    echoing_session: SignalCli, option: str, line: bytes, reason: str
) -> None:
    result = send_all(echoing_session, option, b"%b\n%b\n" % (line, GOOD_LINE[option]))

    assert result == Result(2, "", f"Error: Line 1 of all {reason}.\n")
    assert past(echoing_session) == []


@few_bad_lines
def test_a_bad_line_ends_the_run_and_what_was_sent_stays(
    echoing_session: SignalCli, option: str, line: bytes, reason: str
) -> None:
    good = GOOD_LINE[option] + b"\n"

    result = send_all(echoing_session, option, b"%b%b\n%b" % (good * 300, line, good * 300))

    sentence = f"Line 301 of all {reason}"
    stopped = f"Stopped after 300 sends: {sentence}. {GO_ON}"
    assert (result.status, result.stderr) == (2, stopped)
    assert table(result.stdout)[1:] == [["echo", "300", "0", "0"]]
    run = the_run(echoing_session)
    assert (run["sent"], run["bad_lines"]) == (300, 1)
    assert run["stopped"] == f"{sentence}."


@few_bad_lines
def test_after_a_bad_line_the_rest_goes_on_if_that_is_asked_for(
    echoing_session: SignalCli, option: str, line: bytes, reason: str
) -> None:
    good = GOOD_LINE[option] + b"\n"
    content = b"%b\n%b%b" % (line, good * 300, line)

    result = send_all(echoing_session, option, content, "--on-error", "continue")

    notes = f"Line 1 of all {reason}.\nLine 302 of all {reason}.\n"
    assert (result.status, result.stderr) == (1, notes)
    assert table(result.stdout)[1:] == [["echo", "300", "0", "0"]]
    assert result.stdout.endswith("2 lines were bad, and not sent.\n")
    run = the_run(echoing_session)
    assert (run["sent"], run["bad_lines"], run["stopped"]) == (300, 2, None)


def test_under_json_a_bad_line_leaves_the_deliveries_before_it(echoing: SignalCli) -> None:
    content = '{"sender": 1}\n{"sender": 2}\n{"sender":\n{"sender": 4}\n'

    result = send_all(echoing, "--jsonl", content, "--json")

    assert (result.status, senders_of(result)) == (2, [1, 2])
    assert result.stderr.startswith("Stopped after 2 sends: Line 3 of all is not JSON: ")


@pytest.mark.parametrize("threads", [2, 4])
def test_with_threads_a_bad_line_loses_no_other(echoing_session: SignalCli, threads: int) -> None:
    good = b'{"sender": "x"}\n'
    options = ["--threads", f"{threads}", "--on-error", "continue"]

    result = send_all(
        echoing_session, "--jsonl", b"%bking\n%bking\n" % (good * 3000, good * 3000), *options
    )

    bad = [f"Line {n} of all is not JSON: expecting value at column 1." for n in (3001, 6002)]
    assert (result.status, sorted(result.stderr.splitlines())) == (1, bad)
    assert table(result.stdout)[1:] == [["echo", "6,000", "0", "0"]]


# What contradicts itself, and what can't be read.

BOTH = "{} and {} both choose the messages. Leave one out."
NOT_MANY = "--every and --threads are for many sends. Add one of: --count, --lines, --jsonl"
OTHER_SENDER = "{} gives the sender of each send. Leave out the sender."


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--count", "2", "--lines", "-"], BOTH.format("--count", "--lines")),
        (["--count", "2", "--jsonl", "-"], BOTH.format("--count", "--jsonl")),
        (["--lines", "-", "--jsonl", "-"], BOTH.format("--lines", "--jsonl")),
        (["大象", "--lines", "-"], OTHER_SENDER.format("--lines")),
        (["--sender=大象", "--jsonl", "-"], OTHER_SENDER.format("--jsonl")),
        (["a=1", "--jsonl", "-"], "--jsonl gives the payload of each send. Leave out 'a'."),
        (["--every", "1"], NOT_MANY),
        (["--threads", "1"], NOT_MANY),
    ],
)
def test_options_that_contradict_each_other_send_nothing(
    echoing_session: SignalCli, arguments: list[str], sentence: str
) -> None:
    result = echoing_session("send", "king", *arguments, stdin=subprocess.DEVNULL)

    assert result == Result(2, "", f"Error: {sentence}\n")
    assert past(echoing_session) == []


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
def test_numbers_that_make_no_sense_send_nothing(
    echoing_session: SignalCli, arguments: list[str]
) -> None:
    result = echoing_session("send", "king", *arguments)

    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: ")
    assert past(echoing_session) == []


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
def test_a_file_that_cannot_be_read_is_reported_in_a_sentence(
    echoing: SignalCli, option: str, name: str, reason: str
) -> None:
    echoing.write("lines", "")

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
def test_a_standard_input_that_cannot_be_read_is_reported_in_a_sentence(
    echoing: SignalCli, redirected: str, sentence: str | None
) -> None:
    shell = ["sh", "-c", f'"$@" {redirected}', "sh"]
    completed = echoing(command=[*shell, *PROGRAM, "send", "king", "--lines", "-"])

    assert (completed.status, completed.stdout) == (2, "")
    assert re.fullmatch(r"Error: .+\.\n", completed.stderr)
    assert sentence is None or completed.stderr == f"Error: {sentence}\n"


def test_an_unknown_signal_reads_nothing(signalcli: SignalCli) -> None:
    prepare(signalcli, "define king")

    assert "Did you mean 'king'?" in signalcli.refused("send kng --count 3 --json")
    assert past(signalcli) == []
