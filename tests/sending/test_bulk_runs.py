"""Many sends: options, trust, memory, history, the progress bar and Ctrl-C."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections import Counter
from typing import Any

import pytest

from signalcli.text import UNSAFE
from tests.cli.test_terminal import COLOR, interrupt
from tests.support.cli import SessionWith, SignalCli
from tests.support.histories import documents, past, table
from tests.support.many_sends import Count, counts, send_all, the_run
from tests.support.scenario import prepare, without
from tests.support.terminal import Screen, terminal

pytestmark = pytest.mark.slow

# With connected_to() and muted() around a send.


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
    echoing_session: SignalCli, options: list[str], receivers: dict[str, Count], status: int
) -> None:
    prepare(echoing_session, "connect king coroutine")

    result = echoing_session("send", "king", "--count", "50", *options, "-q")

    assert (result.status, counts(the_run(echoing_session))) == (status, receivers)


def test_threads_take_the_options_of_one_too(echoing_session: SignalCli) -> None:
    prepare(echoing_session, "connect king coroutine")

    options = ["--threads", "4", "--async", "--wrap", "--on-error", "continue"]
    result = echoing_session.ok("send", "king", "--count", "200", *options)

    rows = [["echo", "200", "0", "0"], ["coroutine", "200", "0", "0"]]
    assert table(result.stdout)[1:] == rows


def test_a_receiver_is_connected_for_the_run_and_then_not_at_all(session_with: SessionWith) -> None:
    """Its own connections go too, as with blinker's ``connected_to``."""
    signalcli = session_with("connect king echo; connect king qq --sender 大象; mute king")

    muted, unmuted = (
        send_all(signalcli, "--lines", "狮子\n狮子\n大象\n", "--connected-to", "qq", *options)
        for options in (["--muted"], [])
    )

    assert table(muted.stdout)[1:] == [["echo", "0", "0", "3"], ["qq", "0", "0", "3"]]
    assert muted.stderr.splitlines() == [
        "connected_to ends by disconnecting every connection of qq, its own to 大象 included.",
        "muted() ends by unmuting, although the signal was muted before.",
    ]
    assert table(unmuted.stdout)[1:] == [["echo", "3", "0", "0"], ["qq", "3", "0", "0"]]
    assert (muted.status, unmuted.status) == (0, 0)
    view = signalcli.read("inspect king")
    assert ([r["receiver"] for r in view["receivers"]], view["muted"]) == (["echo"], False)


@pytest.mark.parametrize(
    "options", [[], ["--on-error=continue"], ["--json"], ["--threads=4"]], ids=" ".join
)
def test_receivers_that_are_not_trusted_are_skipped_and_nothing_of_them_runs(
    session_with: SessionWith, options: list[str]
) -> None:
    signalcli = session_with(
        "connect king handlers.py:on_king os:system echo; session copy default theirs.json",
        "receivers untrust handlers.py:on_king; receivers untrust os:system",
        handlers="open('ran', 'w')\ndef on_king(sender): open('ran', 'w')\n",
    )
    (signalcli.directory / "ran").unlink()

    result = signalcli("send", "king", "大象", "--count=5", "--session=theirs.json", *options)

    (entry,) = past(signalcli, "--session", "theirs.json")
    skipped = dict.fromkeys(["handlers.py:on_king", "os:system"], (0, 0, 5, 0))
    assert (result.status, counts(entry["run"])) == (0, {**skipped, "echo": (5, 0, 0, 0)})
    assert result.stderr.endswith(": signalcli receivers trust --all-of theirs.json\n")
    assert not (signalcli.directory / "ran").exists()


@pytest.mark.parametrize(
    ("options", "cells"),
    [([], ["1", "1", "0"]), (["--on-error", "continue", "--threads=2"], ["3", "3", "0"])],
)
def test_an_imported_receiver_that_ends_the_program_has_raised(
    session_with: SessionWith, options: list[str], cells: list[str]
) -> None:
    code = "import sys\ndef on_king(sender): sys.exit(7)\n"
    signalcli = session_with("connect king handlers.py:on_king", handlers=code)

    result = signalcli("send", "king", "--count", "3", *options)

    assert (result.status, table(result.stdout)[1][1:]) == (1, cells)


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
def test_a_long_run_takes_the_memory_of_a_short_one(
    echoing_session: SignalCli, option: str, line: str
) -> None:
    def peak(number: int) -> int:
        """How much memory is taken for so many lines, in the system's units."""
        echoing_session.write("lines", f"{line}\n" * number)
        command = echoing_session.command(["send", "king", option, "lines", "-q"])
        measured = echoing_session.python("-c", MEASURE, *command, timeout=None)
        assert measured.status == 0, measured
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
    echoing_session: SignalCli, arguments: list[str], sent: list[Any], origin: list[str | None]
) -> None:
    with echoing_session.write("lines", "{}\n{}\n").open() as stdin:
        echoing_session("send", "king", *arguments, stdin=stdin)

    (entry,) = past(echoing_session)
    run = entry["run"]
    assert [entry["sender"], entry["payload"], entry["calls"]] == [*sent, []]
    assert without(run, "seconds") == {
        "from": origin[0],
        "file": origin[1],
        "count": 2 if origin[0] == "count" else None,
        "sent": 2,
        "bad_lines": 0,
        "stopped": None,
        "interrupted": False,
        "receivers": [
            {"receiver": "echo", "called": 2, "raised": 0, "skipped": 0, "not_reached": 0}
        ],
    }
    assert run["seconds"] > 0


def test_a_run_can_be_left_out_of_the_history(echoing_session: SignalCli) -> None:
    echoing_session.ok("send", "king", "--count", "2", "--no-history")

    assert past(echoing_session) == []


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
def patient(session_with: SessionWith) -> SignalCli:
    """The signal ``king`` with a receiver that tells each sender, and takes its time."""
    signalcli = session_with("receivers add herald --says 'said {sender}' --sleeps 0.02")
    prepare(signalcli, "connect king herald")
    signalcli.write("senders.txt", "\n".join(map(str, range(50))))
    return signalcli


def shown_of(patient: SignalCli, *arguments: str, **options: Any) -> Screen:
    """What a send leaves on a terminal of 100 columns."""
    with terminal(patient, "send", "king", *arguments, columns=100, **options) as started:
        return started.end()


def test_a_bar_shows_the_rate_and_is_gone_in_the_end(patient: SignalCli) -> None:
    """What goes to standard output, here a file, has nothing of it."""
    path = patient.directory / "stdout"

    with path.open("wb") as stdout:
        ended = shown_of(patient, "--lines", "senders.txt", stdout=stdout.fileno())

    assert ended.status == 0
    bar = r"Sending ━+ +\d+% \d+ sent, [\d,]+/s \d:\d\d:\d\d"
    assert re.search(bar, COLOR.sub("", ended.text))
    assert [line for line in on_screen(ended.text) if line] == []
    written = path.read_text()
    assert written.splitlines()[:50] == [f"said {number}" for number in range(50)]
    assert table(written)[1:] == [["herald", "50", "0", "0"]]
    assert re.findall(UNSAFE, written.replace("\n", "")) == []


def test_with_a_bar_what_receivers_print_stays_whole_and_in_order(patient: SignalCli) -> None:
    ended = shown_of(patient, "--lines", "senders.txt")

    shown = on_screen(ended.text)
    assert "Sending" in ended.text
    assert shown[:50] == [f"said {number}" for number in range(50)]
    assert shown[50].startswith("king ← senders.txt  50 sends in ")
    assert table("\n".join(shown))[1:] == [["herald", "50", "0", "0"]]
    assert [line for line in shown if "Sending" in line] == []


def test_with_a_bar_a_bad_line_is_still_reported(patient: SignalCli) -> None:
    patient.write("messages.jsonl", "{}\n" * 10 + "king\n" + "{}\n" * 10)

    ended = shown_of(patient, "--jsonl", "messages.jsonl", "--on-error", "continue")

    shown = on_screen(ended.text)
    bad = "Line 11 of messages.jsonl is not JSON: expecting value at column 1."
    assert (ended.status, shown.count(bad), shown.count("said None")) == (1, 1, 20)
    assert [line for line in shown if "Sending" in line] == []


@pytest.mark.parametrize("option", ["-q", "--json"])
def test_no_bar_is_drawn_where_it_would_be_in_the_way(patient: SignalCli, option: str) -> None:
    ended = shown_of(patient, "--count", "10", option, environment={"NO_COLOR": "1"})

    assert ended.status == 0
    assert "Sending" not in ended.text
    assert "\x1b" not in ended.text


def test_a_bar_is_drawn_beside_json_that_goes_elsewhere(patient: SignalCli) -> None:
    path = patient.directory / "stdout"

    with path.open("wb") as stdout:
        ended = shown_of(patient, "--count", "20", "--json", stdout=stdout.fileno())

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
    with terminal(
        patient,
        "send",
        "king",
        "大象",
        "--count",
        "1000000",
        *options,
        environment={"NO_COLOR": "1"},
    ) as started:
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
    with patient.piped("send king --count 1000000 --json") as process:
        first = process.stdout.readline()
        interrupt(process)
        stdout, stderr = process.communicate()

    written = documents((first + stdout).decode())
    run = the_run(patient)
    assert (process.returncode, run["interrupted"]) == (130, True)
    unwritten = 1  # Ctrl-C may fall between a send and its line
    assert 1 <= len(written) <= run["sent"] <= len(written) + unwritten
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
def test_one_control_c_ends_what_waits(
    echoing_session: SignalCli, stdin: str, threads: str
) -> None:
    """For the next moment to send, or for the next line of standard input."""
    waiting = "--count=9 --every=30" if stdin == "every" else "--lines -"
    line = f"send king {waiting} --threads {threads} --json"

    with echoing_session.piped(line, stdin=subprocess.PIPE) as process:
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
    assert the_run(echoing_session)["sent"] == 1


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
def test_a_receiver_that_comes_and_goes(session_with: SessionWith, options: list[str]) -> None:
    signalcli = session_with("connect king handlers.py:first -q", handlers=LATE)

    send_all(signalcli, "--lines", "x\ncome\na\nb\ngo\nx\n", *options)

    called = {name: count[0] for name, count in counts(the_run(signalcli)).items()}
    assert called == {"handlers.py:first": 6, "handlers:late": 2}


SLOW = """
import threading, time
def slow(sender, **payload):
    time.sleep(0.02)
    print(threading.get_ident())
"""


def test_threads_share_slow_work(session_with: SessionWith) -> None:
    """Each line of output is one thread's; none of four does more than half of the work."""
    signalcli = session_with("connect king handlers.py:slow -q", handlers=SLOW)

    result = signalcli.ok("send", "king", "--count", "80", "--threads", "4")

    shares = Counter(line for line in result.stdout.splitlines() if line.isdecimal())
    assert (sum(shares.values()), len(shares), max(shares.values()) <= 40) == (80, 4, True)
