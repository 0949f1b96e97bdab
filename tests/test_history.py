"""``history``: what is kept of every send, how it is found again, and journals of every kind."""

from __future__ import annotations

import json
import os
import random
import re
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from signalcli.text import UNSAFE
from tests.conftest import PROGRAM, Result, SignalCli
from tests.support.scenario import prepare, without

ADDED = ("id", "time", "run", "replay_of")
"""What an entry has beside the keys of a delivery."""
NOTHING = "No past sends here. Make one: signalcli send king\n"
NONE_LIKE_THAT = "No past send is like that. See them all: signalcli history\n"


@pytest.fixture(scope="module")
def echoing(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """The signal ``king``, which ``echo`` listens to. No test sends it."""
    signalcli = SignalCli(tmp_path_factory.mktemp("echoing"))
    prepare(signalcli, "connect king echo", "define quiet")
    return signalcli


@pytest.fixture
def kingdom(signalcli: SignalCli, echoing: SignalCli) -> SignalCli:
    """The same for one test alone."""
    signalcli.session_path.parent.mkdir(parents=True)
    signalcli.session_path.write_bytes(echoing.session_path.read_bytes())
    return signalcli


def journal_path(signalcli: SignalCli) -> Path:
    """The journal of the default session."""
    return signalcli.session_path.with_name("default.history.jsonl")


def documents(text: str) -> list[Any]:
    """The JSON documents of some text, one a line."""
    return [json.loads(line) for line in text.splitlines()]


def past(signalcli: SignalCli, *arguments: str) -> list[Any]:
    """The entries of the history, oldest first."""
    return documents(signalcli.ok("history", "--json", "-q", *arguments).stdout)


def senders(signalcli: SignalCli, *arguments: str) -> list[Any]:
    """The senders of the history, oldest first."""
    return [entry["sender"] for entry in past(signalcli, *arguments)]


def table(text: str) -> list[list[str]]:
    """The cells of the table in a text, row by row."""
    rows = [line for line in text.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in row.split("│")[1:-1]] for row in rows]


def an_entry(**differing: Any) -> dict[str, Any]:
    """An entry of the journal, as a send to ``echo`` leaves it."""
    call = {
        "receiver": "echo",
        "outcome": "returned",
        "reason": "listens to ANY",
        "value": {"sender": "大象", "payload": {"slogan": "巡山"}},
        "error": None,
        "output": "",
        "seconds": 0.000012,
    }
    options = {
        "on_error": "stop",
        "async": False,
        "wrap": False,
        "muted": False,
        "connected_to": None,
    }
    entry = {
        "signal": "king",
        "sender": "大象",
        "payload": {"slogan": "巡山"},
        "muted": False,
        "calls": [call],
        "options": options,
        "notes": [],
        "deliveries": [],
        "id": "0000000000",
        "time": "2026-11-24T08:30:00.125+08:00",
        "run": None,
        "replay_of": None,
    }
    return {**entry, **differing}


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


def lines_of(*entries: dict[str, Any]) -> bytes:
    return "".join(f"{json.dumps(entry)}\n" for entry in entries).encode()


# An entry.


def test_an_entry_is_the_delivery_with_an_id_and_a_time(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal --sender 大象", "connect king failing", "mute king")
    prepare(signalcli, "connect king qq --sender 狮子")
    before = datetime.now(timezone.utc)
    sent = [
        signalcli("send", "king", *arguments, "--json").json
        for arguments in (["大象", "count:=3"], [":=1", "--connected-to=echo"], ["--muted"])
    ]
    signalcli.ok("unmute", "king")
    sent.append(signalcli("send", "king", "大象", "--on-error", "continue", "--json").json)
    after = datetime.now(timezone.utc)

    entries = past(signalcli)

    assert [without(entry, *ADDED) for entry in entries] == sent
    assert [(entry["run"], entry["replay_of"]) for entry in entries] == [(None, None)] * 4
    times = [datetime.fromisoformat(entry["time"]) for entry in entries]
    assert [time.utcoffset() for time in times] == [timedelta(0)] * 4
    assert times == sorted(times)
    assert before - timedelta(milliseconds=1) <= times[0] <= times[-1] <= after
    ids = [entry["id"] for entry in entries]
    assert [id_ for id_ in ids if not re.fullmatch("[0-9a-f]{10}", id_)] == []
    assert len(set(ids)) == 4


@pytest.mark.parametrize(
    ("zone", "offset"), [("Asia/Kolkata", "+05:30"), ("XXX+03:30", "-03:30"), ("UTC", "+00:00")]
)
def test_the_time_has_the_offset_of_the_place(kingdom: SignalCli, zone: str, offset: str) -> None:
    now = datetime.now(timezone.utc)
    kingdom("send", "king", environment={"TZ": zone})

    (entry,) = past(kingdom)

    assert entry["time"].endswith(offset)
    assert abs(datetime.fromisoformat(entry["time"]) - now) < timedelta(minutes=1)


def test_the_history_is_a_table_with_the_newest_last(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal --sender 大象", "connect king failing --sender 大象")
    prepare(signalcli, "connect king echo", "define zoo/quiet")
    signalcli("send", "king", "大象", "count:=3", "slogan=巡山")
    signalcli("send", "king", "1")
    signalcli("send", "zoo/quiet", ":=1")
    signalcli("send", "king", "--count", "1200", "--on-error", "continue")

    rows = table(signalcli.ok("history").stdout)

    assert rows[0] == ["id", "time", "signal", "sender", "payload", "what it did"]
    assert [row[2:] for row in rows[1:]] == [
        ["king", "大象", "count=3 slogan=巡山", "2 returned, 1 raised"],
        ["king", '"1"', "", "1 returned, 2 skipped"],
        ["zoo/quiet", "1", "", "nobody listened"],
        ["king", "None", "", "1,200 sends"],
    ]
    entries = past(signalcli)
    assert [row[0] for row in rows[1:]] == [entry["id"] for entry in entries]
    assert [row[1] for row in rows[1:]] == [
        entry["time"][:19].replace("T", " ") for entry in entries
    ]


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["table", "JSON"])
@pytest.mark.parametrize("arguments", [[], ["king"], ["--last", "3"]], ids=" ".join)
def test_without_past_sends_nothing_is_shown_and_that_is_said(
    echoing: SignalCli, arguments: list[str], options: list[str]
) -> None:
    assert echoing("history", *arguments, *options) == Result(0, "", NOTHING)


def test_looking_creates_nothing(signalcli: SignalCli) -> None:
    for command in (["history"], ["history", "--json"], ["history", "show", "last"]):
        signalcli(*command)

    assert list(signalcli.home.iterdir()) == []


EXACT: list[tuple[list[str | bytes], Any, dict[str, Any]]] = [
    ([":=1", "k:=12345678901234567890123456789012345678901234567890"], 1, {"k": 12345678901234567890123456789012345678901234567890}),
    (["1", "k=1"], "1", {"k": "1"}),
    ([":=1.0", "k:=1e308"], 1.0, {"k": 1e308}),
    ([":=true", "k:=[true,1,1.0,null]"], True, {"k": [True, 1, 1.0, None]}),
    ([':={"a":{"b":[{"c":[]}]}}', "k:={}"], {"a": {"b": [{"c": []}]}}, {"k": {}}),
    ([b"\xff\xfe\xe5", b"\xff=\xe5\xa4"], "\udcff\udcfe\udce5", {"\udcff": "\udce5\udca4"}),
    ([r':="\ud83d"', r'k:="\udca4\ud83d"'], "\ud83d", {"k": "\udca4\ud83d"}),
    (["🐘👩\u200d🚀", "🦁=大象"], "🐘👩\u200d🚀", {"🦁": "大象"}),
    (["\x1b[2J\r\n\t\x7f\x85\u2028\u202e", "\x1b=\n"], "\x1b[2J\r\n\t\x7f\x85\u2028\u202e", {"\x1b": "\n"}),
    ([r':=["\u001b]0;x\u0007"]', 'k:={"\\u202e":{"\\u0000":"\\u009b"}}'], ["\x1b]0;x\x07"], {"k": {"\u202e": {"\0": "\x9b"}}}),
    (["", "id=x", "time=y", "run:=1", "sender=z", "signal="], "", {"id": "x", "time": "y", "run": 1, "sender": "z", "signal": ""}),
    (["[red]x[/red]", "k=:smile:"], "[red]x[/red]", {"k": ":smile:"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "sender", "payload"), EXACT, ids=lambda value: ascii(value)[:20]
)
def test_what_was_sent_is_kept_exactly(
    kingdom: SignalCli, arguments: list[str | bytes], sender: Any, payload: dict[str, Any]
) -> None:
    """And it is sent again exactly, too."""
    kingdom.ok("send", "king", *arguments)

    (entry,) = past(kingdom)
    again = kingdom.ok("replay", "last", "--json").json["replays"][0]["now"]
    shown = kingdom.ok("history", "show", "last").stdout + kingdom.ok("history").stdout

    sent = {"sender": sender, "payload": payload}
    kept = {key: entry[key] for key in sent}
    assert repr([kept, again["calls"][0]["value"]]) == repr([sent, sent])
    content = journal_path(kingdom).read_text("utf-8")
    assert re.findall(UNSAFE, content) == ["\n"] * 2
    assert re.findall(UNSAFE, shown.replace("\n", "")) == []


def test_what_is_nested_deeply_is_kept_exactly_and_sent_again_so(signalcli: SignalCli) -> None:
    """Deeper than what is shown as JSON."""
    (signalcli.directory / "handlers.py").write_text(
        "def depth(sender, k):\n    n = 0\n    while k:\n        k = k[0]; n += 1\n    return n\n"
    )
    prepare(signalcli, "connect king handlers.py:depth")
    signalcli.ok("send", "king", "k:=" + "[" * 300 + "]" * 300)

    again = signalcli.ok("replay", "last", "--json").json["replays"][0]

    assert (again["now"]["calls"][0]["value"], again["differences"]) == (299, [])


def test_a_send_can_be_left_out(kingdom: SignalCli) -> None:
    kingdom.ok("send", "king", "1")
    kingdom.ok("send", "king", "2", "--no-history")
    kingdom.ok("send", "king", "3")

    assert senders(kingdom) == ["1", "3"]


def test_what_only_looks_is_not_in_the_history(kingdom: SignalCli) -> None:
    prepare(kingdom, "explain king", "inspect king", "list", "connect king qq", "mute king")

    assert past(kingdom) == []


# Finding some of them.

NOW = datetime.now().astimezone().replace(microsecond=0)


def ago(**time: float) -> str:
    return (NOW - timedelta(**time)).isoformat()


FOUND = [
    ("a", "king", "大象", "2020-02-29T00:00:00.000+00:00"),
    ("b", "zoo/king", "大象", "2020-03-01T00:30:00.000+02:00"),
    ("c", "king", "1", ago(days=40)),
    ("d", "king", 1, ago(hours=30)),
    ("e", "gone", 1.0, ago(hours=10)),
    ("f", "king", True, ago(hours=5)),
    ("g", "king", None, ago(hours=2)),
    ("h", "zoo/king", "狮子", ago(minutes=1)),
]
"""Past sends: the first letter of the id, the signal, the sender and the time."""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """A session with past sends. No test changes it."""
    signalcli = SignalCli(tmp_path_factory.mktemp("archive"))
    prepare(signalcli, "define king", "define zoo/king", "define unsent")
    entries = [
        an_entry(id=f"{letter}000000000", signal=name, sender=sender, time=time)
        for letter, name, sender, time in FOUND
    ]
    journal_path(signalcli).write_bytes(lines_of(*entries))
    return signalcli


@pytest.mark.parametrize(
    ("arguments", "letters"),
    [
        ([], "abcdefgh"),
        (["king"], "acdfg"),
        (["zoo/king"], "bh"),
        (["/king"], "acdfg"),
        (["gone"], "e"),
        (["unsent"], ""),
        (["--last", "3"], "fgh"),
        (["--last", "100"], "abcdefgh"),
        (["--last", "0"], ""),
        (["king", "--last", "2"], "fg"),
        (["--sender", "大象"], "ab"),
        (["--sender", "1"], "c"),
        (["--sender", ":=1"], "df"),
        (["--sender", ":=true"], "df"),
        (["--sender", ":=null"], "g"),
        (["--sender", "大象", "--sender", "狮子"], "abh"),
        (["--sender", "nobody"], ""),
        (["--since", "3600s"], "h"),
        (["--since", "180m"], "gh"),
        (["--since", "7.5h"], "fgh"),
        (["--since", "20h"], "efgh"),
        (["--since", "2d"], "defgh"),
        (["--since", "50d"], "cdefgh"),
        (["--since", "0s"], ""),
        (["--since", "2020-02-29"], "abcdefgh"),
        (["--since", "2020-02-29T00:00:00Z"], "abcdefgh"),
        (["--since", "2020-02-29T00:00:01Z"], "bcdefgh"),
        (["--since", "2020-02-29T22:30:00+00:00"], "bcdefgh"),
        (["--since", "2020-02-29T22:30:01+00:00"], "cdefgh"),
        (["--since", "2020-03-01T00:31:00+02:00"], "cdefgh"),
        pytest.param(["--since", ago(hours=6)], "fgh", id="since six hours ago"),
        (["king", "--sender", ":=1", "--since", "2d", "--last", "1"], "f"),
        (["king", "--sender", ":=1", "--since", "1h"], ""),
        (["zoo/king", "--sender", "大象", "--last", "1"], "b"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_past_sends_are_found_by_signal_sender_time_and_number(
    archive: SignalCli, arguments: list[str], letters: str
) -> None:
    result = archive.ok("history", "--json", *arguments)

    assert "".join(entry["id"][0] for entry in documents(result.stdout)) == letters
    assert result.stderr == ("" if letters else NONE_LIKE_THAT)


def test_a_time_without_offset_is_that_of_the_place(archive: SignalCli) -> None:
    command = ("history", "--since", "2020-02-29T00:00:01", "--json")

    found = {
        zone: documents(archive(*command, environment={"TZ": zone}).stdout)[0]["id"][0]
        for zone in ("XXX-01", "XXX+01")
    }

    assert found == {"XXX-01": "a", "XXX+01": "b"}


@pytest.mark.parametrize(
    "arguments",
    [
        *(["--last", number] for number in ("-1", "x", "1.5")),
        *(["--since", moment] for moment in ("", "yesterday", "5", "5w", "-5m", "2020-13-01", "1e9s")),
        ["--sender", ":=x"],
        ["king", "zoo"],
        ["show", "a", "b"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_makes_no_sense_is_an_error(archive: SignalCli, arguments: list[str]) -> None:
    result = archive("history", *arguments)

    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: ")


def test_a_signal_that_neither_session_nor_history_has_is_an_error(archive: SignalCli) -> None:
    results = [archive("history", name) for name in ("kin", "gon", "elephant")]

    sentence = "Error: No signal '{}' in session 'default'.{} See them all: signalcli list\n"
    assert results == [
        Result(2, "", sentence.format("kin", " Did you mean 'king'?")),
        Result(2, "", sentence.format("gon", " Did you mean 'gone'?")),
        Result(2, "", sentence.format("elephant", "")),
    ]


# One of them.


def test_one_is_shown_whole(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal_one", "connect king failing")
    sent = signalcli("send", "king", "大象", "count:=3")
    entry = past(signalcli)[0]

    shown = signalcli.ok("history", "show", entry["id"])

    time = entry["time"][:19].replace("T", " ")
    printed, *lines = sent.stdout.splitlines()
    assert shown.stdout.splitlines() == [
        f"{entry['id']}  {time}",
        *lines,
        f"animal_one printed: {printed}",
    ]
    assert (shown.stderr, printed) == ("", "小钻风：大象大王有令：count是3，我记住了！")


def test_a_run_is_shown_whole(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king echo")
    sent = signalcli("send", "king", "大象", "--count", "3")

    shown = signalcli.ok("history", "show", "last")

    assert shown.stdout.splitlines()[1:] == sent.stdout.splitlines()


@pytest.mark.parametrize("json_", [True, False], ids=["JSON", "table"])
@pytest.mark.parametrize(
    ("typed", "letter"), [("c000000000", "c"), ("c", "c"), ("c0000", "c"), ("last", "h")]
)
def test_one_is_found_by_its_id_or_the_beginning_of_it(
    archive: SignalCli, typed: str, letter: str, json_: bool
) -> None:
    shown = archive.ok("history", "show", typed, *["--json"] * json_)

    found = shown.json["id"] if json_ else shown.stdout.split()[0]
    assert (found, shown.stderr) == (f"{letter}000000000", "")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("x", "No past send 'x'. See them all: signalcli history"),
        ("", "No past send ''. See them all: signalcli history"),
        ("C000000000x", "No past send 'C000000000x'. Did you mean 'c000000000'? See them all: signalcli history"),
        ("\x1b[2J", r"No past send '\x1b[2J'. See them all: signalcli history"),
    ],
)  # fmt: skip
def test_an_id_that_there_is_not_is_an_error(archive: SignalCli, typed: str, sentence: str) -> None:
    assert archive("history", "show", typed, "--json") == Result(2, "", f"Error: {sentence}\n")


def test_a_beginning_that_several_ids_have_is_an_error(signalcli: SignalCli) -> None:
    prepare(signalcli, "define king")
    entries = [an_entry(id=id_) for id_ in ("ab00000000", "ac00000000", "b000000000")]
    journal_path(signalcli).write_bytes(lines_of(*entries))

    results = [signalcli("history", "show", typed) for typed in ("a", "ab", "b")]

    several = (
        "Several past sends have an id that begins with 'a', such as ac00000000 and ab00000000. "
        "Type more of it."
    )
    assert results[0] == Result(2, "", f"Error: {several}\n")
    assert [result.stdout.split()[0] for result in results[1:]] == ["ab00000000", "b000000000"]


def test_a_signal_can_be_called_show(signalcli: SignalCli) -> None:
    prepare(signalcli, "define show", "send show 大象", "define king", "send king 狮子")

    assert senders(signalcli, "show") == ["大象"]


# Journals that can't be written or read.


def only_small_files() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))


def full(path: Path) -> None:
    path.write_bytes(b"[" * 10)


UNWRITABLE: list[tuple[Callable[[Path], Any], str]] = [
    (Path.mkdir, "Is a directory"),
    (os.mkfifo, "is not a regular file"),
    (full, "File too large"),
]
unwritable = pytest.mark.parametrize(("make", "reason"), UNWRITABLE)


@unwritable
@pytest.mark.parametrize("many", [[], ["--count", "3"]], ids=" ".join)
@pytest.mark.parametrize("receiver", ["echo", "failing"])
def test_a_journal_that_cannot_be_written_is_a_warning_and_the_send_stands(
    signalcli: SignalCli, receiver: str, many: list[str], make: Callable[[Path], Any], reason: str
) -> None:
    prepare(signalcli, f"connect king {receiver}")
    path = journal_path(signalcli)
    make(path)
    limit = only_small_files if make is full else None

    result = signalcli("send", "king", "大象", *many, preexec_fn=limit)

    warning = f"Warning: the send stands, but for the history {path}: {reason}.\n"
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
    kingdom: SignalCli, command: list[str], make: Callable[[Path], Any]
) -> None:
    path = journal_path(kingdom)
    make(path)

    result = kingdom(*command, "--json")

    assert result == Result(
        4, "", f"Error: The history {path} can't be read: is not a regular file.\n"
    )


# Lines that are no past sends.


def test_a_torn_last_line_is_left_out_with_a_note(kingdom: SignalCli) -> None:
    kingdom.ok("send", "king", "1")
    path = journal_path(kingdom)
    path.write_bytes(path.read_bytes() + lines_of(an_entry())[:50])

    result = kingdom.ok("history", "--json")
    kingdom.ok("send", "king", "2")
    after = kingdom.ok("history", "--json")

    note = f"The last line of {path} was cut short, and is left out.\n"
    assert ([e["sender"] for e in documents(result.stdout)], result.stderr) == (["1"], note)
    assert [e["sender"] for e in documents(after.stdout)] == ["1", "2"]
    assert after.stderr == "1 line of the history is no past send, and left out.\n"


@pytest.mark.parametrize(
    ("command", "left_out"),
    [
        (["history"], 4),
        (["history", "--last", "1"], 2),
        (["history", "show", "last"], 4),
        (["replay", "--all"], 4),
    ],
)
def test_lines_of_garbage_are_left_out_with_a_note(
    kingdom: SignalCli, command: list[str], left_out: int
) -> None:
    garbage = b'king\n\n{"signal": "king"}\n'
    path = journal_path(kingdom)
    path.write_bytes(garbage + lines_of(an_entry()) + b"\xff\xfe\n  \n[1, 2]\n")

    result = kingdom.ok(*command, "--json")

    note = f"{left_out} lines of the history are no past send, and left out."
    assert (result.stdout + result.stderr).count(note) == 1
    assert result.stdout.count("0000000000") >= 1


# Journals from somebody else.

HOSTILE = "\x1b[2J\x1b]0;x\x07\r\u202e\x9b[red]"
NUMBER = 10**400


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def places(value: Any) -> Iterator[tuple[Any, ...]]:
    """Where each part of an entry stands."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in parts:
        yield (key,)
        if isinstance(part, dict | list):
            yield from ((key, *rest) for rest in places(part))


def changed(entry: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A copy of an entry, with another value somewhere, or without the key for ``...``."""
    copy = json.loads(json.dumps(entry))
    part = copy
    for key in place[:-1]:
        part = part[key]
    if value is ...:
        del part[place[-1]]
    else:
        part[place[-1]] = value
    assert isinstance(copy, dict)
    return copy


ERROR = {"type": "RuntimeError", "message": "x", "where": "handlers.py:1"}


def mutants(values: list[Any]) -> list[dict[str, Any]]:
    """Entries each of which has another value in one place, between two that are as they should."""
    first = an_entry(notes=["a note"])
    first["calls"] += [
        {**first["calls"][0], "receiver": "failing", "outcome": "raised", "error": ERROR}
    ]
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
    "huge numbers": [NUMBER],
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
@hostile
def test_a_hostile_entry_is_shown_literally_or_left_out(
    kingdom: SignalCli, values: list[Any], options: list[str]
) -> None:
    """And hides none of the others."""
    journal_path(kingdom).write_bytes(lines_of(*mutants(values)))

    result = kingdom("history", *options)

    shown = safe(result)
    assert result.status == 0
    assert [shown.count(id_) > 0 for id_ in ("aaaaaaaaaa", "bbbbbbbbbb")] == [True, True]


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["table", "JSON"])
@hostile
def test_a_hostile_entry_is_replayed_or_left_out(
    kingdom: SignalCli, values: list[Any], options: list[str]
) -> None:
    prepare(kingdom, "connect king failing")
    journal_path(kingdom).write_bytes(lines_of(*mutants(values)))

    result = kingdom("replay", "--all", "--no-history", *options)

    shown = safe(result)
    assert result.status == 1
    assert [shown.count(id_) > 0 for id_ in ("aaaaaaaaaa", "bbbbbbbbbb")] == [True, True]


def test_an_entry_in_which_a_receiver_stands_twice_is_no_past_send(kingdom: SignalCli) -> None:
    call = an_entry()["calls"][0]
    journal_path(kingdom).write_bytes(lines_of(an_entry(calls=[call, call])))

    result = kingdom("replay", "last", "--json")

    assert result == Result(2, "", "Error: No past send 'last'. See them all: signalcli history\n")


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["table", "JSON"])
@hostile
def test_a_hostile_entry_is_watched_whole_or_left_out(
    kingdom: SignalCli, values: list[Any], options: list[str]
) -> None:
    """Each is drawn whole, as ``history show`` draws it."""
    command = ["watch", "--timeout", "20", *options]

    with kingdom.start(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        invitation = process.stderr.readline()
        with journal_path(kingdom).open("ab") as journal:
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
def test_sends_within_sends_are_shown_or_left_out_however_deep(
    kingdom: SignalCli, depth: int
) -> None:
    inner = json.dumps(an_entry())
    before, after = json.dumps(an_entry(deliveries=[0], id="aaaaaaaaaa")).split("[0]")
    line = (f"{before}[" * depth + inner + f"]{after}" * depth).encode()
    path = journal_path(kingdom)
    path.write_bytes(lines_of(an_entry(id="bbbbbbbbbb")) + line + b"\n")
    commands = [
        *(
            ["history", *words]
            for words in ([], ["--json"], ["show", "a"], ["show", "a", "--json"])
        ),
        ["replay", "--all", "--no-history", "--json"],
    ]

    results = [kingdom(*command) for command in commands]

    assert [safe(result) for result in results if result.status not in (0, 2)] == []
    assert "bbbbbbbbbb" in safe(results[0])


def test_nothing_that_a_journal_names_is_run(kingdom: SignalCli) -> None:
    """Neither an import, nor a template, nor what stands around a send."""
    (kingdom.directory / "handlers.py").write_text("open('ran', 'w')\ndef on_king(s): pass\n")
    names = ["os:system", "handlers.py:on_king", "{sender.__class__}", "$(touch ran)"]
    entries = []
    for number, name in enumerate(names):
        entry = an_entry(id=f"a{number}", sender="touch ran", payload={"command": "touch ran"})
        entry["calls"][0]["receiver"] = entry["calls"][0]["output"] = name
        entry["options"] = {**entry["options"], "connected_to": name, "async": True, "wrap": True}
        run = {**a_run(), "file": "| touch ran", "from": name}
        entries += [entry, an_entry(id=f"b{number}", calls=[], run=run)]
    journal_path(kingdom).write_bytes(lines_of(*entries))

    for command in (["history"], ["history", "show", "a0"], ["replay", "--all"]):
        for options in ([], ["--json"]):
            kingdom.ok(*command, *options)

    assert not (kingdom.directory / "ran").exists()


# Two generations.


def test_a_history_that_became_too_large_begins_a_new_file(kingdom: SignalCli) -> None:
    """Entries of both are read, and only the oldest go."""
    kept = []
    for number in range(9):
        kingdom.ok("send", "king", str(number), "--history-size", "1kB")
        kept.append(senders(kingdom) if number > 3 else [])
    rotated = journal_path(kingdom).with_name("default.history.1.jsonl")

    assert [found[-1] for found in kept[4:]] == [str(number) for number in range(4, 9)]
    assert kept[-1] == [str(number) for number in range(9 - len(kept[-1]), 9)]
    assert 2 < len(kept[-1]) < 9
    assert len(rotated.read_text().splitlines()) == 3
    assert senders(kingdom, "--last", "2") == ["7", "8"]


def test_the_size_can_come_from_the_environment(kingdom: SignalCli) -> None:
    rotated = journal_path(kingdom).with_name("default.history.1.jsonl")
    environment = {"SIGNALCLI_HISTORY_SIZE": "0"}

    kingdom("send", "king", "1", "--history-size", "1GB", environment=environment)
    before = rotated.exists()
    kingdom("send", "king", "2", environment=environment)

    assert (before, rotated.exists()) == (False, True)
    assert senders(kingdom) == ["1", "2"]


@pytest.mark.parametrize("size", ["x", "-1", "1.5MB", ""])
def test_a_size_that_is_none_is_an_error_and_nothing_is_sent(kingdom: SignalCli, size: str) -> None:
    result = kingdom("send", "king", "--history-size", size)

    assert (result.status, result.stdout, past(kingdom)) == (2, "", [])


# Sessions.


def test_each_session_has_its_own_history(kingdom: SignalCli) -> None:
    prepare(kingdom, "session copy default moon", "send king 1", "send king 2 --session moon")
    prepare(kingdom, "session copy default ./here.json", "send king 3 --session ./here.json")

    found = [senders(kingdom, "--session", s) for s in ("default", "moon", "./here.json", "new")]

    assert found == [["1"], ["2"], ["3"], []]
    assert (kingdom.directory / "here.history.jsonl").exists()


def test_a_link_to_a_session_has_its_history(kingdom: SignalCli) -> None:
    (kingdom.directory / "real").mkdir()
    prepare(kingdom, "session copy default real/king.json")
    (kingdom.directory / "link.json").symlink_to("real/king.json")

    prepare(kingdom, "send king 1 --session link.json", "send king 2 --session real/king.json")

    assert senders(kingdom, "--session", "link.json") == ["1", "2"]
    assert not (kingdom.directory / "link.history.jsonl").exists()


def test_deleting_a_session_deletes_its_history(kingdom: SignalCli) -> None:
    prepare(kingdom, "session copy default moon", "send king 1", "send king 1 --session moon")
    prepare(kingdom, "send king 2 --session moon --history-size 0", "session delete moon --yes")

    prepare(kingdom, "session copy default moon")

    assert (senders(kingdom, "--session", "moon"), senders(kingdom)) == ([], ["1"])
    left = [path.name for path in kingdom.session_path.parent.glob("moon.history*")]
    assert left == []


def test_deleting_a_link_leaves_the_history_of_the_session(kingdom: SignalCli) -> None:
    (kingdom.directory / "link.json").symlink_to(kingdom.session_path)

    prepare(kingdom, "send king 1", "session delete link.json --yes")

    assert senders(kingdom) == ["1"]


def test_removing_signals_leaves_their_history(kingdom: SignalCli) -> None:
    prepare(kingdom, "send king 1", "reset --yes")

    assert senders(kingdom, "king") == ["1"]


# At once, and killed.


def test_two_terminals_that_send_at_once_lose_no_entry(kingdom: SignalCli) -> None:
    script = 'for i in 1 2 3 4 5 6 7 8; do "$@" "$0$i" || exit; done'
    command = [*PROGRAM, "send", "king", "-q", "payload=" + "x" * 5000]
    shells = [
        subprocess.Popen(
            ["sh", "-c", script, name, *command],
            stdout=subprocess.DEVNULL,
            cwd=kingdom.directory,
            env=kingdom.environment,
        )
        for name in "ab"
    ]

    statuses = [shell.wait(60) for shell in shells]

    result = kingdom.ok("history", "--json")
    found = [entry["sender"] for entry in documents(result.stdout)]
    assert (statuses, result.stderr) == ([0, 0], "")
    for name in "ab":
        of_one = [sender for sender in found if sender[0] == name]
        assert of_one == [f"{name}{number}" for number in range(1, 9)]


def test_a_send_killed_at_any_moment_leaves_a_history_that_can_be_read(
    kingdom: SignalCli,
) -> None:
    moments = random.Random(500)
    start = time.monotonic()
    kingdom.ok("send", "king", "0", f"payload={'x' * 100_000}")
    duration = time.monotonic() - start

    for number in range(1, 11):
        command = ["send", "king", str(number), f"payload={'x' * 100_000}"]
        process = kingdom.start(*command, stdout=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.5, 1.1) * duration)
        process.kill()
        process.wait()
    kingdom.ok("send", "king", "11")

    found = list(map(int, senders(kingdom)))
    assert found == sorted(set(found))
    assert (found[0], found[-1]) == (0, 11)


def test_a_run_that_is_killed_leaves_the_history_before_it(kingdom: SignalCli) -> None:
    kingdom.ok("send", "king", "1")
    command = ["send", "king", "--count", "100000000"]

    process = kingdom.start(*command, stdout=subprocess.DEVNULL)
    time.sleep(0.3)
    process.kill()
    process.wait()

    assert senders(kingdom) == ["1"]


GROWS = "def grow(sender, /, **payload):\n    payload['list'].append(1)\n    sender.append(2)\n"


def test_it_holds_what_was_sent_whatever_a_receiver_makes_of_it(signalcli: SignalCli) -> None:
    (signalcli.directory / "handlers.py").write_text(GROWS)
    prepare(signalcli, "connect king handlers.py:grow -q", "send king list:='[]' --sender=:=[]")

    for _ in range(2):
        signalcli.ok("replay", "last")

    sent = [(entry["sender"], entry["payload"]) for entry in past(signalcli)]
    assert sent == [([], {"list": []})] * 3
