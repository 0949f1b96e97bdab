"""Many sends: what is counted, what each delivery holds, threads and pace."""

from __future__ import annotations

import json
import random
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from signalcli.receivers.demos import LOST
from signalcli.signals.snapshot import OrderedSignal
from tests.cli.test_terminal import closed_pipe
from tests.support.cli import SessionWith, SignalCli
from tests.support.histories import documents, table
from tests.support.many_sends import (
    GO_ON,
    Count,
    counts,
    of_the_same_session,
    send_all,
    senders_of,
    the_run,
)
from tests.support.scenario import prepare, without

pytestmark = pytest.mark.slow

# What is counted.

CONNECTIONS: list[tuple[str, list[str | int] | None]] = [
    ("echo", None),
    ("picky", ["大象"]),
    ("one", ["大象", "狮子", 1]),
    ("failing", ["狮子"]),
    ("two", ["狮子", "1"]),
    ("three", ["nobody"]),
]
"""Receivers, and the senders that they listen to."""


@pytest.fixture(scope="module")
def crowd(shared_session: SessionWith) -> SignalCli:
    """The signal ``king`` with these receivers, none of which prints."""
    added = [f"receivers add {name}" for name in ("one", "two", "three", "picky --strict")]
    signalcli = shared_session(*added)
    for name, senders in CONNECTIONS:
        typed = [s if isinstance(s, str) else f":={s}" for s in senders or ()]
        signalcli.ok("connect", "king", name, *[f"--sender={text}" for text in typed])
    return signalcli


@pytest.fixture
def crowded(signalcli: SignalCli, crowd: SignalCli) -> SignalCli:
    """The session of ``crowd``, for one test alone."""
    return of_the_same_session(signalcli, crowd)


def messages_of(seed: int, number: int) -> list[tuple[Any, dict[str, Any]]]:
    """Messages that come to different receivers; of some, ``picky`` or ``failing`` makes an end."""
    choose = random.Random(seed).choice
    senders = ["大象", "狮子", "x", 1, "1", True, None, 2.5, [1], ""]
    return [(choose(senders), choose([{}, {}, {"count": 3}])) for _ in range(number)]


def as_lines(messages: list[tuple[Any, dict[str, Any]]]) -> str:
    """The JSON Lines of messages."""
    return "\n".join(json.dumps({"sender": s, "payload": payload}) for s, payload in messages)


def loop_over_blinker(
    messages: list[tuple[Any, dict[str, Any]]], on_error: str
) -> tuple[int, dict[str, Count]]:
    """Return what a program counts that sends each message with blinker: the calls of each receiver."""
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
            reached = [*signal_.receivers_for(sender)]
            heard = {name for name, receiver in receivers.items() if receiver in reached}
            missed.update(heard - set(calls[before:]))
            break
    called, raised = Counter(calls), Counter(errors)
    return sent, {
        name: (called[name], raised[name], sent - called[name] - missed[name], missed[name])
        for name in receivers
    }


ways = pytest.mark.parametrize("options", [[], ["--json"]], ids=["counting", "telling"])


@ways
@pytest.mark.parametrize("on_error", ["stop", "continue"])
@pytest.mark.parametrize("seed", range(2))
def test_counts_are_those_of_a_loop_over_blinker(
    crowded: SignalCli, seed: int, on_error: str, options: list[str]
) -> None:
    messages = messages_of(seed, 1000)
    sent, counted = loop_over_blinker(messages, on_error)

    result = send_all(crowded, "--jsonl", as_lines(messages), "--on-error", on_error, *options)

    run = the_run(crowded)
    assert result.status == 1
    assert (run["sent"], counts(run)) == (sent, counted)
    assert sum(count[1] for count in counted.values()) > 0
    assert sent == 1000 or on_error == "stop"


@ways
def test_threads_count_every_send(crowded: SignalCli, options: list[str]) -> None:
    messages = messages_of(500, 10_000)
    sent, counted = loop_over_blinker(messages, "continue")

    send_all(crowded, "--jsonl", as_lines(messages), "--threads=4", "--on-error=continue", *options)

    run = the_run(crowded)
    assert (run["sent"], counts(run)) == (sent, counted)


def test_the_summary_has_a_row_for_every_receiver(session_with: SessionWith) -> None:
    signalcli = session_with(
        "connect king echo --sender 大象 --sender 狮子; connect king animal_one",
        "connect king qq --sender 大象",
    )

    result = send_all(signalcli, "--lines", "大象\n狮子\n" * 600)

    lines = [line for line in result.stdout.splitlines() if not line.startswith(("小钻风", "QQ"))]
    assert re.fullmatch(r"king ← all  1,200 sends in \d+\.\d\d s, [\d,]+ a second", lines[0])
    assert table(result.stdout) == [
        ["receiver", "called", "raised", "skipped"],
        ["echo", "1,200", "0", "0"],
        ["animal_one", "1,200", "0", "0"],
        ["qq", "600", "0", "600"],
    ]
    assert (result.status, len(lines), result.stderr) == (0, 8, "")


STOPPED = f"failing raised RuntimeError: {LOST}"


def test_not_reached_is_a_column_only_when_there_are_any(session_with: SessionWith) -> None:
    signalcli = session_with("connect king failing --sender 狮子; connect king echo --sender 狮子")

    result = send_all(signalcli, "--lines", "大象\n大象\n狮子\n大象\n")

    assert table(result.stdout) == [
        ["receiver", "called", "raised", "skipped", "not reached"],
        ["failing", "1", "1", "2", "0"],
        ["echo", "0", "0", "2", "1"],
    ]
    assert (result.status, result.stderr) == (1, f"Stopped after 3 sends: {STOPPED}. {GO_ON}")


@pytest.mark.parametrize(
    ("arguments", "heading"),
    [
        (["--count", "1"], "king ← None  1 send in "),
        (["大象", "slogan=巡山", "--count", "2"], "king ← 大象  slogan=巡山  2 sends in "),
        (["--lines", "-"], "king ← standard input  2 sends in "),
        (["--lines", "[red]\x1b[2J"], r"king ← [red]\x1b[2J  2 sends in "),
    ],
)
def test_the_heading_names_the_send(echoing: SignalCli, arguments: list[str], heading: str) -> None:
    with echoing.write("[red]\x1b[2J", "a\nb\n").open() as stdin:
        result = echoing("send", "king", *arguments, stdin=stdin)

    assert (result.status, result.stderr) == (0, "")
    assert result.stdout.startswith(heading)


def test_a_run_of_a_signal_without_receivers_calls_none(signalcli: SignalCli) -> None:
    prepare(signalcli, "define king")

    result = signalcli.ok("send", "king", "--count", "3")

    assert result.stdout.splitlines()[1:] == ["No receiver was called: it has no receivers."]
    assert the_run(signalcli)["sent"] == 3


def test_quiet_leaves_the_summary(echoing_session: SignalCli) -> None:
    prepare(echoing_session, "connect king failing")

    result = echoing_session("send", "king", "--count", "3", "-q")

    assert (result.status, result.stderr) == (1, "")
    assert [row[0] for row in table(result.stdout)] == ["receiver", "echo", "failing"]


# Exceptions.


@ways
def test_an_exception_ends_the_run(echoing_session: SignalCli, options: list[str]) -> None:
    prepare(echoing_session, "connect king failing --sender 狮子")

    result = send_all(echoing_session, "--lines", "大象\n狮子\n大象\n", *options)

    run = the_run(echoing_session)
    assert (result.status, result.stderr) == (1, f"Stopped after 2 sends: {STOPPED}. {GO_ON}")
    assert run["stopped"] == STOPPED
    assert counts(run) == {"echo": (2, 0, 0, 0), "failing": (1, 1, 1, 0)}


@ways
def test_after_an_exception_the_rest_goes_on_if_that_is_asked_for(
    session_with: SessionWith, options: list[str]
) -> None:
    signalcli = session_with("connect king failing --sender 狮子; connect king echo --sender 狮子")
    content = "大象\n狮子\n大象\n狮子\n"

    result = send_all(signalcli, "--lines", content, "--on-error=continue", *options)

    run = the_run(signalcli)
    assert (result.status, result.stderr, run["stopped"]) == (1, "", None)
    assert counts(run) == {"failing": (2, 2, 2, 0), "echo": (2, 0, 2, 0)}


# A delivery a line.


def test_each_line_of_json_is_what_a_send_by_itself_gives(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "connect king animal --sender 大象; connect king echo; connect king strict --sender 狮子",
        "connect king failing --sender 大象; connect king qq --sender 大象",
    )
    options = ("slogan=巡山", "--on-error", "continue", "--json")
    alone = [signalcli("send", "king", s, *options).json for s in ("x", "大象", "狮子")]

    result = send_all(signalcli, "--lines", "x\n大象\n狮子\n", *options)

    assert (result.status, result.stderr) == (1, "")
    assert without(documents(result.stdout), "seconds") == without(alone, "seconds")


def test_a_delivery_is_written_as_soon_as_it_was_made(echoing: SignalCli) -> None:
    command = ["send", "king", "--count", "1000", "--every", "60", "--json"]

    with echoing.start(*command, stdout=subprocess.PIPE) as process:
        first = json.loads(process.stdout.readline())
        running = process.poll() is None
        process.kill()

    assert (first["signal"], running) == ("king", True)


NOISY = """
import os, subprocess, sys

print("imported")

def on_king(sender, **payload):
    print(f"heard {sender}")
    os.write(1, b"around\\n")
    subprocess.run(["echo", "child"])
    print("to stderr", file=sys.stderr)
    return sender
"""


def test_what_an_imported_receiver_prints_stays_out_of_the_json(session_with: SessionWith) -> None:
    signalcli = session_with("connect king handlers.py:on_king -q", handlers=NOISY)

    result = signalcli.ok("send", "king", "大象", "--count", "2", "--json")

    outputs = [call["output"] for d in documents(result.stdout) for call in d["calls"]]
    assert [output.removeprefix("imported\n") for output in outputs] == ["heard 大象\n"] * 2
    for escaped in ("around", "child", "to stderr"):
        assert result.stderr.count(f"{escaped}\n") == 2


def test_what_receivers_print_shows_live_before_the_summary(signalcli: SignalCli) -> None:
    prepare(signalcli, "receivers add herald --says '{signal}: {sender}'; connect king herald")

    result = send_all(signalcli, "--lines", "大象\n狮子\n")

    assert (result.status, result.stdout.splitlines()[:2]) == (0, ["king: 大象", "king: 狮子"])
    assert result.stdout.splitlines()[2].startswith("king ← all  2 sends")


def test_a_reader_that_leaves_ends_it_silently(echoing: SignalCli) -> None:
    """As in ``signalcli send king --count 1000000 --json | head -1``."""
    with echoing.piped("send king --count 1000000 --json") as process:
        first = process.stdout.readline()
        process.stdout.close()
        complaints = process.stderr.read()

    assert (process.returncode, complaints) == (141, b"")
    assert json.loads(first)["signal"] == "king"


@pytest.mark.parametrize("options", [["--json"], ["--json", "--threads=4"], []], ids=" ".join)
def test_a_pipe_without_a_reader_ends_it_silently(echoing: SignalCli, options: list[str]) -> None:
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
        "receivers add two --says '{signal} two {sender}'; connect king one; connect king two",
    )
    senders = [f"s{number}" for number in range(10_000)]

    result = send_all(signalcli, "--lines", "\n".join(senders), "--threads", "4", "--json")

    assert result.status == 0
    reported = [[d["sender"], *[c["output"] for c in d["calls"]]] for d in documents(result.stdout)]
    assert sorted(reported) == sorted([s, f"king one {s}\n", f"king two {s}\n"] for s in senders)
    assert counts(the_run(signalcli)) == {"one": (10_000, 0, 0, 0), "two": (10_000, 0, 0, 0)}


SLOW = """
import time

def on_king(sender):
    print(f"from {sender}")
    time.sleep(0.001)
    print(f"to {sender}")
"""


def test_what_is_printed_slowly_is_not_taken_for_another_threads(session_with: SessionWith) -> None:
    """The other threads print while it waits."""
    signalcli = session_with("connect king handlers.py:on_king --strong", handlers=SLOW)
    senders = [f"s{number}" for number in range(400)]

    result = send_all(signalcli, "--lines", "\n".join(senders), "--threads", "4", "--json")

    reported = [(d["sender"], d["calls"][0]["output"]) for d in documents(result.stdout)]
    assert result.status == 0
    assert sorted(reported) == sorted((s, f"from {s}\nto {s}\n") for s in senders)


def test_threads_print_whole_lines(session_with: SessionWith) -> None:
    signalcli = session_with("receivers add one --says '{signal} {sender}'; connect king one")
    senders = [f"s{number}" for number in range(30_000)]

    result = send_all(signalcli, "--lines", "\n".join(senders), "--threads", "4")

    printed = result.stdout.splitlines()
    assert Counter(printed[:30_000]) == Counter(f"king {sender}" for sender in senders)
    assert (result.status, table(result.stdout)[1:]) == (0, [["one", "30,000", "0", "0"]])


def test_more_threads_than_messages_send_each_once(echoing_session: SignalCli) -> None:
    result = echoing_session.ok("send", "king", "--count", "3", "--threads", "64")

    assert table(result.stdout)[1:] == [["echo", "3", "0", "0"]]


def test_an_exception_ends_all_threads(echoing_session: SignalCli) -> None:
    prepare(echoing_session, "connect king failing")

    result = echoing_session("send", "king", "--count", "1000000", "--threads", "4")

    run = the_run(echoing_session)
    assert (result.status, run["stopped"]) == (1, STOPPED)
    assert counts(run)["failing"][:2] == (run["sent"], run["sent"])
    assert run["sent"] <= 4


# The pace.


@pytest.mark.parametrize("threads", ["1", "3"])
def test_sends_keep_their_distance_and_their_order(
    echoing_session: SignalCli, threads: str
) -> None:
    content = "1\n2\n3\n4\n5\n6"

    result = send_all(
        echoing_session, "--lines", content, "--every=0.06", "--threads", threads, "--json"
    )

    assert result.status == 0
    assert senders_of(result) == [*"123456"]
    assert the_run(echoing_session)["seconds"] >= 0.3


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
def test_an_unheard_send_can_have_a_status_of_its_own(
    signalcli: SignalCli, lines: list[str], status: int, many: list[str]
) -> None:
    prepare(signalcli, *lines)

    ended = signalcli("send", "king", "狮子", "--fail-unheard", *many)

    assert (ended.status, ended.stderr == "") == (status, status != 1 or not many)


@pytest.mark.parametrize("many", [[], ["--count", "3"]], ids=" ".join)
def test_an_unheard_send_ends_in_0_by_default(signalcli: SignalCli, many: list[str]) -> None:
    prepare(signalcli, "define king")

    assert signalcli("send", "king", *many).status == 0
