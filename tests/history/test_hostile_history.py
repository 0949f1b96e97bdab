"""Journals that can't be used, and entries that are damaged or foreign."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from signalcli.text import UNSAFE
from tests.support.cli import Result, SignalCli
from tests.support.histories import an_entry, documents, journal_path, lines_of
from tests.support.scenario import prepare

pytestmark = pytest.mark.slow


def a_run() -> dict[str, Any]:
    """What the journal holds of a run."""
    return {
        "from": "lines",
        "file": "senders.txt",
        "sent": 10,
        "bad_lines": 1,
        "seconds": 0.25,
        "receivers": [
            {"receiver": "echo", "called": 10, "raised": 0, "skipped": 0, "not_reached": 0}
        ],
        "stopped": "Line 11 of senders.txt is not UTF-8 text: byte 1.",
        "interrupted": False,
    }


# Journals that can't be written or read.


def only_small_files() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))


def full(path: Path) -> None:
    path.write_bytes(b"[" * 10)


unwritable = pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Path.mkdir, "Is a directory"),
        (os.mkfifo, "is not a regular file"),
        (full, "File too large"),
    ],
)


@unwritable
@pytest.mark.parametrize("many", [[], ["--count", "3"]], ids=" ".join)
@pytest.mark.parametrize("receiver", ["echo", "failing"])
def test_a_journal_that_cannot_be_written_is_a_warning_after_the_send(
    signalcli: SignalCli, receiver: str, many: list[str], make: Callable[[Path], Any], reason: str
) -> None:
    prepare(signalcli, f"connect king {receiver}")
    path = journal_path(signalcli)
    path.unlink()  # it has the change
    make(path)
    limit = only_small_files if make is full else None

    result = signalcli("send", "king", "大象", *many, preexec_fn=limit)

    warning = f"Warning: the send isn't saved to the history {path}: {reason}.\n"
    assert result.status == (1 if receiver == "failing" else 0)
    assert result.stdout.startswith("king ← 大象")
    other = [line for line in result.stderr.splitlines(keepends=True) if line != warning]
    assert len(result.stderr.splitlines()) == 1 + len(other)
    assert [line.split(":")[0] for line in other] == (
        ["Stopped after 1 send"] if many and receiver == "failing" else []
    )


@pytest.mark.parametrize(
    "command", [["history"], ["history", "show", "last"], ["replay", "last"], ["watch"]]
)
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_a_journal_that_cannot_be_read_is_an_error(
    echoing_session: SignalCli, command: list[str], make: Callable[[Path], Any]
) -> None:
    path = journal_path(echoing_session)
    make(path)

    result = echoing_session(*command, "--json")

    sentence = f"The history {path} can't be read: is not a regular file."
    assert result == Result(4, "", f"Error: {sentence}\n")


# Lines that are no past sends.


def test_a_torn_last_line_is_left_out_with_a_note(echoing_session: SignalCli) -> None:
    echoing_session.ok("send", "king", "1")
    path = journal_path(echoing_session)
    path.write_bytes(path.read_bytes() + lines_of(an_entry())[:50])

    result = echoing_session.ok("history", "--json")
    echoing_session.ok("send", "king", "2")
    after = echoing_session.ok("history", "--json")

    note = f"The last line of {path} was cut short, and is left out.\n"
    assert ([e["sender"] for e in documents(result.stdout)], result.stderr) == (["1"], note)
    assert [e["sender"] for e in documents(after.stdout)] == ["1", "2"]
    assert after.stderr == "1 line of the history is no past send, and left out.\n"


@pytest.mark.parametrize(
    ("command", "left_out"),
    [("history", 4), ("history --last 1", 2), ("history show last", 4), ("replay --all", 4)],
)
def test_garbage_is_left_out_with_a_note(
    echoing_session: SignalCli, command: str, left_out: int
) -> None:
    garbage = b'king\n\n{"signal": "king"}\n'
    path = journal_path(echoing_session)
    path.write_bytes(garbage + lines_of(an_entry()) + b"\xff\xfe\n  \n[1, 2]\n")

    result = echoing_session.ok(*command.split(), "--json")

    note = f"{left_out} lines of the history are no past send, and left out."
    assert (result.stdout + result.stderr).count(note) == 1
    assert result.stdout.count("0000000000") >= 1


# Journals of another user.

HOSTILE = "\x1b[2J\x1b]0;x\x07\r\u202e\x9b[red]"


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def places(value: Any) -> Iterator[tuple[Any, ...]]:
    """The path to each part of an entry."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in parts:
        yield (key,)
        if isinstance(part, dict | list):
            yield from ((key, *rest) for rest in places(part))


def changed(entry: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A copy of an entry, with another value somewhere, or without the key for ``...``."""
    copy: dict[str, Any] = json.loads(json.dumps(entry))
    part: Any = copy
    for key in place[:-1]:
        part = part[key]
    if value is ...:
        del part[place[-1]]
    else:
        part[place[-1]] = value
    return copy


ERROR = {"type": "RuntimeError", "message": "x", "where": "handlers.py:1"}


def mutants(values: list[Any]) -> list[dict[str, Any]]:
    """Entries each of which has another value in one place, between two that are as they should."""
    first = an_entry(notes=["a note"])
    failing = {"receiver": "failing", "outcome": "raised", "error": ERROR}
    first["calls"] += [{**first["calls"][0], **failing}]
    around = an_entry(deliveries=[an_entry(signal="king:receiver_connected")], calls=[])
    run = an_entry(calls=[], run=a_run())
    return [
        an_entry(id="aaaaaaaaaa"),
        *(
            changed(entry, place, value)
            for value in values
            for entry in (first, around, run)
            for place in places(entry)
            if place != ("signal",)
        ),
        an_entry(id="bbbbbbbbbb"),
    ]


VALUES: dict[str, list[Any]] = {
    "escapes": [HOSTILE, {HOSTILE: [HOSTILE]}],
    "missing": [..., None],
    "numbers": [-1, 1.5, True, "12"],
    "huge numbers": [10**400],
    "endless numbers": ["nan", "-inf"],
    "digits": ["9" * 5000],
    "text": ["x", ""],
    "lists": [[], ["x"], [[]], [{}], {}, {"x": "x"}],
    "deep": [nested(400)],
    "times": ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2020-01-01"],
}


hostile = pytest.mark.parametrize("values", list(VALUES.values()), ids=list(VALUES))


def safe(result: Result) -> str:
    """What a command wrote, of which nothing is a control character and nothing a traceback."""
    written = result.stdout + result.stderr
    assert "Traceback" not in written
    assert re.findall(UNSAFE, written.replace("\n", "")) == []
    return written


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["table", "JSON"])
@pytest.mark.parametrize(
    ("command", "status"),
    [("history", 0), ("replay --all --no-history", 1)],
    ids=["shown", "replayed"],
)
@hostile
def test_a_hostile_entry_is_shown_literally_or_replayed_or_left_out(
    echoing_session: SignalCli, values: list[Any], command: str, status: int, options: list[str]
) -> None:
    """It hides none of the other entries."""
    prepare(echoing_session, "connect king failing")
    journal_path(echoing_session).write_bytes(lines_of(*mutants(values)))

    result = echoing_session(*command.split(), *options)

    shown = safe(result)
    assert result.status == status
    assert [shown.count(id_) > 0 for id_ in ("aaaaaaaaaa", "bbbbbbbbbb")] == [True, True]


def test_an_entry_with_a_receiver_twice_is_no_past_send(echoing_session: SignalCli) -> None:
    call = an_entry()["calls"][0]
    journal_path(echoing_session).write_bytes(lines_of(an_entry(calls=[call, call])))

    result = echoing_session("replay", "last", "--json")

    assert result == Result(2, "", "Error: No past send 'last'. See them all: signalcli history\n")


@pytest.mark.parametrize("options", ["", "--json"], ids=["table", "JSON"])
@hostile
def test_a_hostile_entry_is_watched_whole_or_left_out(
    echoing_session: SignalCli, values: list[Any], options: str
) -> None:
    """Each is drawn whole, as ``history show`` draws it."""
    with echoing_session.piped(f"watch --timeout 20 {options}") as process:
        invitation = process.stderr.readline()
        with journal_path(echoing_session).open("ab") as journal:
            journal.write(lines_of(*mutants(values)))
        shown = b""
        while b"bbbbbbbbbb" not in shown and process.poll() is None:
            shown += os.read(process.stdout.fileno(), 65536)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)

    result = Result(process.returncode, (shown + stdout).decode(), (invitation + stderr).decode())
    written = safe(result)
    assert result.status == 130
    assert "bbbbbbbbbb" in written


@pytest.mark.parametrize("depth", [60, 150, 300, 2000])
def test_sends_within_sends_are_shown_or_left_out(echoing_session: SignalCli, depth: int) -> None:
    inner = json.dumps(an_entry())
    before, after = json.dumps(an_entry(deliveries=[0], id="aaaaaaaaaa")).split("[0]")
    line = (f"{before}[" * depth + inner + f"]{after}" * depth).encode()
    path = journal_path(echoing_session)
    path.write_bytes(lines_of(an_entry(id="bbbbbbbbbb")) + line + b"\n")
    commands = ["history", "history --json", "history show a", "history show a --json"]
    commands += ["replay --all --no-history --json"]

    results = [echoing_session(*command.split()) for command in commands]

    assert [safe(result) for result in results if result.status not in (0, 2)] == []
    assert "bbbbbbbbbb" in safe(results[0])


def test_nothing_that_a_journal_names_is_run(echoing_session: SignalCli) -> None:
    """Neither an import, nor a template, nor the receiver of connected_to()."""
    echoing_session.write("handlers.py", "open('ran', 'w')\ndef on_king(s): pass\n")
    names = ["os:system", "handlers.py:on_king", "{sender.__class__}", "$(touch ran)"]
    entries = []
    for number, name in enumerate(names):
        entry = an_entry(id=f"a{number}", sender="touch ran", payload={"command": "touch ran"})
        entry["calls"][0]["receiver"] = entry["calls"][0]["output"] = name
        entry["options"] = {**entry["options"], "connected_to": name, "async": True, "wrap": True}
        run = {**a_run(), "file": "| touch ran", "from": name}
        entries += [entry, an_entry(id=f"b{number}", calls=[], run=run)]
    journal_path(echoing_session).write_bytes(lines_of(*entries))

    for command in (["history"], ["history", "show", "a0"], ["replay", "--all"]):
        for options in ([], ["--json"]):
            echoing_session.ok(*command, *options)

    assert not (echoing_session.directory / "ran").exists()
