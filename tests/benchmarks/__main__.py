"""``python tests/benchmarks``: how long commands take, as ratios to what they can't do without.

Each row alternates between two commands, in fresh interpreters, and compares the medians: these
machines are noisy, and a ratio of neighbours is not. ``--runs`` says how often (15 at least; the
rows of a million sends take a third of it).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

SIGNALCLI = str(Path(sysconfig.get_path("scripts")) / "signalcli")

UNWANTED = (
    "COLUMNS",
    "FORCE_COLOR",
    "PYTHONDONTWRITEBYTECODE",  # compiling every module anew is not what people wait for
    "SIGNALCLI_SESSION",
    "XDG_CONFIG_HOME",
)

GROWTH = "inspect of 10,000 connections"
MEMORY = "memory of 1,000,000 sends, "
MANY = 1_000_000
HAND_WRITTEN = str(Path(__file__).parent / "hand_written.py")

Command = Sequence[str]


class Pair(NamedTuple):
    """Two commands to compare, and the ratio that is the most we want."""

    what: str
    ours: Command
    against: str
    theirs: Command
    at_most: float
    slow: bool = False
    """Whether it takes seconds, so that fewer runs must do."""
    more: float = 0.0
    """Seconds that our command may take beside the ratio."""


def imports(modules: str) -> tuple[str, Command]:
    """A fresh interpreter that imports some modules: what it does, and the command."""
    return f"import {modules}", (sys.executable, "-c", f"import {modules}")


def main() -> None:
    """Measure every pair and print a table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=25, help="of each command (at least 15)")
    parser.add_argument("--only", default="", help="the rows that have this text")
    options = parser.parse_args()
    runs = max(15, options.runs)

    with tempfile.TemporaryDirectory() as home:
        os.chdir(home)
        os.environ.update(HOME=home, LC_ALL="C.UTF-8")
        for variable in UNWANTED:
            os.environ.pop(variable, None)
        print(f"{'what':<44} {'against':<50} {'ratio':>6} {'at most':>8}")
        for pair in (*pairs(), *history_pairs(), *app_pairs(), *many_pairs()):
            if options.only not in pair.what:
                continue
            ours, theirs = medians(pair.ours, pair.theirs, runs // 3 if pair.slow else runs)
            ratio = (ours - pair.more) / theirs
            report(pair.what, pair.against, ratio, pair.at_most, ours, theirs)
        for kind in ("lines", "jsonl"):
            if options.only in MEMORY + kind:
                report_memory(kind)
        if options.only in GROWTH:
            report_growth(runs)


def report(
    what: str, against: str, ratio: float, at_most: float, ours: float, theirs: float
) -> None:
    """Print one row, in milliseconds where there are times."""
    verdict = "" if ratio <= at_most else "  over"
    times = f"({ours * 1000:.1f} ms / {theirs * 1000:.1f} ms)"
    print(f"{what:<44} {against:<50} {ratio:>6.2f} {at_most:>8.2f} {times}{verdict}", flush=True)


def pairs() -> list[Pair]:
    """What is compared with what, on sessions made for it."""
    run([SIGNALCLI, "connect", "king", "animal", "--sender", "大象"])
    for session in ("small", "large"):
        run([SIGNALCLI, "--session", session, "connect", "king", "animal", "--sender", "大象"])
    for start in range(0, 100_000, 2_000):
        senders = [f"--sender=sender-{number}" for number in range(start, start + 2_000)]
        receiver = ("animal", "animal_one", "animal_two", "echo")[start // 2_000 % 4]
        run([SIGNALCLI, "--session", "large", "connect", "crowd", receiver, *senders])

    send = (SIGNALCLI, "send", "king", "大象")
    connect = (SIGNALCLI, "connect", "king", "animal")
    beside = [(*send, "--json", "--session", session) for session in ("large", "small")]
    table, locks = (
        "click, blinker, json, rich.table, rich.console",
        "click, blinker, json, filelock",
    )
    return [
        Pair("signalcli --help", (SIGNALCLI, "--help"), *imports("click"), 1.2),
        Pair("signalcli send … --json", (*send, "--json"), *imports("click, blinker, json"), 1.2),
        Pair("signalcli send … as a table", send, *imports(table), 1.15),
        Pair("send … as a table, --lang zh", (*send, "--lang", "zh"), "in English", send, 1.05),
        Pair("signalcli connect (locks, writes, flushes)", connect, *imports(locks), 1.15),
        Pair(
            "send beside 100,000 other connections", beside[0], "send beside none", beside[1], 1.4
        ),
    ]


def history_pairs() -> list[Pair]:
    """What the history costs, and how its length tells."""
    send = (SIGNALCLI, "send", "king", "大象", "--json")
    session = ("--session", "long")
    run([SIGNALCLI, *session, "connect", "king", "animal", "--sender", "大象"])
    run([SIGNALCLI, *session, "send", "king", "大象", "slogan=巡山", "count:=3"])
    path = Path(".config/signalcli/sessions/long.history.jsonl")
    line = path.read_bytes()
    path.write_bytes(line * (10_000_000 // len(line)))
    run([SIGNALCLI, "--session", "empty", "connect", "king", "animal"])
    last = ("history", "--last", "10", "--json")
    of_none = (SIGNALCLI, "--session", "empty", *last)
    return [
        Pair("send with history", send, "send --no-history", (*send, "--no-history"), 1.1),
        Pair("history --last 10 of 10 MB", (SIGNALCLI, *session, *last), "of none", of_none, 1.2),
    ]


APPLICATION = """\
from blinker import signal
from flask import Flask

def create_app():
    app = Flask("shop")
    signal("order").connect(print, sender=app)
    return app
"""
MADE = "import shop; shop.create_app()"


def app_pairs() -> list[Pair]:
    """What it costs to look into an application, beside its bare import."""
    Path("shop.py").write_text(APPLICATION, encoding="utf-8")
    bare = (sys.executable, "-c", MADE)
    listed = (SIGNALCLI, "--app", "shop", "list")
    return [
        Pair("--app shop list, less 60 ms", listed, MADE, bare, 1.2, more=0.06),
        Pair("--app shop list --json, less 60 ms", (*listed, "--json"), MADE, bare, 1.2, more=0.06),
    ]


def many_pairs() -> list[Pair]:
    """A million sends, against what a person would write by hand."""
    for kind, line in (
        ("lines", "sender-{0}\n"),
        ("jsonl", '{{"sender": "sender-{1}", "payload": {{"count": {0}, "slogan": "巡山"}}}}\n'),
    ):
        for count in (MANY, MANY // 100):
            with open(f"{count}.{kind}", "w", encoding="utf-8") as file:
                file.writelines(line.format(number, number % 1_000) for number in range(count))
    for session, arguments in (
        ("lines", ("connect", "king", "echo")),
        ("printed", ("connect", "king", "animal")),
        ("jsonl", ("receivers", "add", "silent")),
        ("jsonl", ("receivers", "add", "filtered")),
        ("jsonl", ("connect", "king", "echo", "silent")),
        ("jsonl", ("connect", "king", "filtered", "--sender", "sender-7")),
    ):
        run([SIGNALCLI, "--session", session, *arguments])
    printed = (SIGNALCLI, "--session", "printed", "send", "king", "--lines", f"{MANY}.lines")
    compared = [
        ("--lines of 1,000,000 to 1 receiver", sending("lines", MANY), by_hand("lines")),
        ("--jsonl of 1,000,000 to 3 receivers", sending("jsonl", MANY), by_hand("jsonl")),
        ("--lines of 1,000,000 that are printed", piped(printed), piped(by_hand("printed"))),
    ]
    return [
        Pair(f"send {what}", ours, "a script by hand", theirs, 1.5, slow=True)
        for what, ours, theirs in compared
    ]


def by_hand(kind: str) -> Command:
    """The script that does the same with the file of a million messages."""
    file = f"{MANY}.{'jsonl' if kind == 'jsonl' else 'lines'}"
    return (sys.executable, HAND_WRITTEN, kind, file)


def piped(command: Command) -> Command:
    """Return a command whose output goes through a pipe to a file."""
    return ("sh", "-c", '"$@" | cat > printed.txt', "sh", *command)


def sending(kind: str, count: int) -> Command:
    """The command that sends the messages of a file, in the session for that."""
    return (SIGNALCLI, "--session", kind, "send", "king", f"--{kind}", f"{count}.{kind}")


def report_memory(kind: str) -> None:
    """Print how the memory of a million sends compares with that of ten thousand."""
    many, few = (peak_memory(sending(kind, count)) for count in (MANY, MANY // 100))
    print(
        f"{MEMORY + kind:<44} {'that of 10,000':<50} {many / few:>6.2f} {1.05:>8.2f} "
        f"({many / 1000:.1f} MB / {few / 1000:.1f} MB){'' if many / few <= 1.05 else '  over'}"
    )


def peak_memory(command: Command) -> float:
    """The most that a command takes of memory, in kB."""
    script = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    measured = subprocess.run(
        [sys.executable, "-c", script, *command], stdout=subprocess.PIPE, check=True
    )
    return float(measured.stdout)


def report_growth(runs: int) -> None:
    """Print how the time of ``inspect`` grows from 1,000 to 10,000 connections; 10 is linear."""
    commands = []
    for count in (1, 1_000, 10_000):
        name = f"connections-{count}"
        for start in range(0, count, 2_000):
            numbers = range(start, min(start + 2_000, count))
            senders = [f"--sender=sender-{number}" for number in numbers]
            run([SIGNALCLI, "--session", name, "connect", "king", "animal", *senders])
        commands.append((SIGNALCLI, "--session", name, "inspect", "king"))
    few, thousand = medians(commands[0], commands[1], runs)
    _, ten_thousand = medians(commands[0], commands[2], runs)
    growth = (ten_thousand - few) / (thousand - few)
    report(GROWTH, "inspect of 1,000, less one of 1", growth, 10, ten_thousand, thousand)


def medians(ours: Command, theirs: Command, runs: int) -> tuple[float, float]:
    """The median times of two commands in seconds, measured in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        for command, taken in zip((ours, theirs), times, strict=True):
            started = perf_counter()
            run(command)
            taken.append(perf_counter() - started)
    return median(times[0]), median(times[1])


def run(command: Command) -> None:
    """Run a command that is to end well."""
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main()
