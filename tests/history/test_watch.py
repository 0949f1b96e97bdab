"""``watch``: the sends and the changes of other processes, as they happen."""

from __future__ import annotations

import json
import os
import re
import select
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.cli import Process, Result, SignalCli
from tests.support.histories import documents, past
from tests.support.scenario import prepare
from tests.support.serving import PATIENCE
from tests.support.terminal import terminal

pytestmark = pytest.mark.slow

ANOTHER = "Send from another terminal; Ctrl-C ends it."
INVITATION = f"Watching every signal of session 'default'. {ANOTHER}"


class Watcher:
    """A ``signalcli watch`` that is watching already."""

    def __init__(self, process: Process, invitation: str) -> None:
        self.process = process
        self.invitation = invitation
        self._read = b""

    def lines(self, number: int) -> list[str]:
        """The next so many lines that it writes, and no more, while it goes on."""
        deadline = time.monotonic() + PATIENCE
        while self._read.count(b"\n") < number:
            ready, _, _ = select.select([self.process.stdout], [], [], deadline - time.monotonic())
            assert ready, f"nothing more came: {self._read!r}"
            block = os.read(self.process.stdout.fileno(), 65536)
            assert block, f"it ended: {self._read!r}"
            self._read += block
        *lines, self._read = self._read.split(b"\n", number)
        assert self._read == b""
        return [line.decode() for line in lines]

    def documents(self, number: int) -> list[Any]:
        return list(map(json.loads, self.lines(number)))

    def end(self) -> Result:
        """What it still writes, when it ends by itself."""
        stdout, stderr = self.process.communicate(timeout=PATIENCE)
        return Result(self.process.returncode, (self._read + stdout).decode(), stderr.decode())

    def interrupt(self) -> Result:
        """What it still writes when Ctrl-C ends it."""
        self.process.send_signal(signal.SIGINT)
        return self.end()


@contextmanager
def watching(signalcli: SignalCli, *arguments: str) -> Iterator[Watcher]:
    """Watch from another process, until the block ends."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with signalcli.start("watch", *arguments, **pipes) as process:
        try:
            yield Watcher(process, process.stderr.readline().decode())
        finally:
            process.kill()


def test_each_send_of_another_process_is_a_line_at_once(echoing_session: SignalCli) -> None:
    """It is the entry of the history, and what was sent before isn't shown."""
    prepare(echoing_session, "send king before")

    with watching(echoing_session, "--json") as watcher:
        seen = []
        for arguments in (["king", "大象", "count:=3"], ["zoo/queen", ":=1"], ["king"]):
            echoing_session.ok("send", *arguments)
            seen += watcher.documents(1)
        ended = watcher.interrupt()

    assert seen == past(echoing_session)[1:]
    assert [entry["sender"] for entry in seen] == ["大象", 1, None]
    assert watcher.invitation == f"{INVITATION}\n"
    assert ended == Result(130, "", "Interrupted.\n")


def test_each_send_is_drawn_as_it_is_in_the_history(echoing_session: SignalCli) -> None:
    prepare(echoing_session, "connect king animal_one")

    with watching(echoing_session, "--count", "1", "--full") as watcher:
        echoing_session.ok("send", "king", "大象")
        ended = watcher.end()

    assert (ended.status, ended.stdout) == (0, echoing_session.ok("history", "show", "last").stdout)
    printed = "animal_one printed: 小钻风：大象大王有令，我记住了！\n"
    assert ended.stdout.endswith(printed)


def test_replays_are_shown_too(echoing_session: SignalCli) -> None:
    prepare(echoing_session, "send king 1; send king 2")

    with watching(echoing_session, "--json") as watcher:
        echoing_session.ok("replay", "--all")
        seen = watcher.documents(2)

    assert seen == past(echoing_session)[2:]
    assert [entry["replay_of"] is None for entry in seen] == [False, False]


def test_a_send_that_is_left_out_of_the_history_is_not_seen(echoing_session: SignalCli) -> None:
    with watching(echoing_session, "--json") as watcher:
        prepare(echoing_session, "send king 1 --no-history; explain king 2; send king 3")
        seen = watcher.documents(1)

    assert [entry["sender"] for entry in seen] == ["3"]


@pytest.mark.parametrize("name", ["zoo/queen", "king", "/king"])
def test_a_signal_is_watched_alone(echoing_session: SignalCli, name: str) -> None:
    with watching(echoing_session, name, "--count", "2", "--json") as watcher:
        for number in range(4):
            echoing_session.ok("send", ("king", "zoo/queen")[number % 2], str(number))
        ended = watcher.end()

    seen = documents(ended.stdout)
    first = 1 if name == "zoo/queen" else 0
    assert [entry["sender"] for entry in seen] == [str(first), str(first + 2)]
    shown = name.removeprefix("/")
    assert watcher.invitation.startswith(f"Watching {shown} of session 'default'. ")
    assert (ended.status, ended.stderr) == (0, "")


def test_an_unknown_signal_is_an_error(echoing_session: SignalCli) -> None:
    sentence = echoing_session.refused("watch kin --timeout 1")

    unknown = "No signal 'kin' in session 'default'. Did you mean 'king'?"
    assert sentence == f"{unknown} See them all: signalcli list"


@pytest.mark.parametrize(
    "arguments", ["--count 0", "--count x", "--timeout -1", "--timeout nan", "a b"]
)
def test_what_makes_no_sense_is_an_error(echoing_session: SignalCli, arguments: str) -> None:
    result = echoing_session("watch", *arguments.split())

    assert (result.status, result.stdout, result.stderr[:7]) == (2, "", "Error: ")


# Changes.


def changes(document: Any) -> list[list[Any]]:
    """What a line of changes lists, without what isn't set."""
    return [[value for value in change.values() if value] for change in document["changes"]]


def test_changes_are_lines_with_their_command_and_process(echoing_session: SignalCli) -> None:
    commands = {
        "connect lion animal --sender 大象 --sender :=1": [
            ["defined", "lion"],
            ["connected", "lion", "animal", "大象"],
            ["connected", "lion", "animal", 1],
        ],
        "mute king": [["muted", "king"]],
        "undo": [["undone", "signalcli mute king"], ["unmuted", "king"]],
        "redo": [["redone", "signalcli mute king"], ["muted", "king"]],
        "receivers add mine --says hi": [["receiver added", "mine"]],
        "receivers remove mine": [["receiver removed", "mine"]],
        "drop animal": [
            ["dropped", "animal"],
            ["disconnected", "lion", "animal", "大象"],
            ["disconnected", "lion", "animal", 1],
        ],
        "define king --doc 大王": [["documented", "king"]],
        "disconnect king echo": [["disconnected", "king", "echo", True]],
        "remove lion": [["removed", "lion"]],
    }

    with watching(echoing_session, "--json") as watcher:
        prepare(echoing_session, "; ".join(commands))
        seen = watcher.documents(len(commands))

    assert [changes(document) for document in seen] == [*commands.values()]
    typed = [shlex.split(document["command"]) for document in seen]
    assert typed == [["signalcli", *shlex.split(command)] for command in commands]
    assert len({document["process"] for document in seen}) == len(commands)


def test_a_change_that_changes_nothing_is_not_seen(echoing_session: SignalCli) -> None:
    with watching(echoing_session, "--json") as watcher:
        prepare(echoing_session, "define king; unmute king; mute king")
        (seen,) = watcher.documents(1)

    assert changes(seen) == [["muted", "king"]]


def test_each_change_is_one_line_and_so_is_each_send(echoing_session: SignalCli) -> None:
    prepare(echoing_session, "connect king animal_one --sender 狮子")
    with watching(echoing_session) as watcher:
        prepare(
            echoing_session, "connect king animal --sender 大象; send king 大象; mute king; undo"
        )
        lines = watcher.lines(4)

    shown = [line[10:].partition("  process")[0] for line in lines]
    identity = past(echoing_session)[-1]["id"]
    assert shown == [
        "connected animal to king ← 大象",
        f"{identity}  king ← 大象  →  ● echo  ● animal  1 not called",
        "muted king",
        "undone signalcli mute king",
    ]


def test_full_changes_have_the_command_above(echoing_session: SignalCli) -> None:
    with watching(echoing_session, "--full") as watcher:
        prepare(echoing_session, "connect lion animal")
        heading, *below = watcher.lines(3)

    assert heading[10:].partition("  process")[0] == "signalcli connect lion animal"
    assert below == ["  defined lion", "  connected animal to lion ← ANY"]


def test_many_changes_of_one_command_are_counted(echoing_session: SignalCli) -> None:
    senders = [word for number in range(130) for word in ("--sender", str(number))]
    with watching(echoing_session, "king", "--count", "1", "--only", "changes") as watcher:
        echoing_session.ok("connect", "king", "animal", *senders)
        lines = watcher.end().stdout.splitlines()

    assert (len(lines), lines[-1]) == (101, "  and 30 more")


def test_a_signal_and_a_kind_are_watched_alone(echoing_session: SignalCli) -> None:
    with watching(
        echoing_session, "king", "--only", "changes", "--count", "2", "--json"
    ) as watcher:
        prepare(echoing_session, "send king; mute zoo/queen; mute king; receivers add mine")
        ended = watcher.end()

    seen = [changes(json.loads(line)) for line in ended.stdout.splitlines()]
    assert (ended.status, seen) == (0, [[["muted", "king"]], [["receiver added", "mine"]]])


def test_the_terminal_of_a_change_is_named(echoing_session: SignalCli) -> None:
    with watching(echoing_session, "--json") as watcher:
        with terminal(echoing_session, "mute", "king") as started:
            started.end()
        echoing_session.ok("unmute", "king")
        seen = watcher.documents(2)

    assert re.match(r"(pts/|tty)", seen[0]["terminal"])
    assert seen[1]["terminal"] is None


def test_trust_in_an_import_is_seen(echoing_session: SignalCli) -> None:
    echoing_session.write("shop.py", "def on_king(sender, **payload): ...\n")
    with watching(echoing_session, "--json") as watcher:
        prepare(
            echoing_session, "receivers trust shop.py:on_king; receivers untrust shop.py:on_king"
        )
        prepare(echoing_session, "connect king shop.py:on_king")
        seen = watcher.documents(4)

    name = "shop.py:on_king"
    assert [changes(document) for document in seen] == [
        [["trusted", name]],
        [["untrusted", name]],
        [["connected", "king", name, True]],
        [["trusted", name]],
    ]


def test_changes_are_no_past_sends(echoing_session: SignalCli) -> None:
    prepare(echoing_session, "mute king")

    history, cleared = echoing_session("history"), echoing_session("history", "clear", "--yes")

    assert history == Result(0, "", "No past sends here. Make one: signalcli send king\n")
    assert cleared.stderr == "The history of session 'default' is empty: nothing changed.\n"


def test_a_change_that_cannot_be_noted_is_made_with_a_warning(echoing_session: SignalCli) -> None:
    path = echoing_session.session_path.with_name("default.history.jsonl")
    path.mkdir()

    result = echoing_session("mute", "king", "--json")

    assert (result.status, json.loads(result.stdout)["changed"]) == (0, True)
    assert result.stderr == (
        f"Warning: the change isn't saved to the history {path}: Is a directory.\n"
    )


# How it ends.


def test_watch_ends_after_so_many_sends(echoing_session: SignalCli) -> None:
    with watching(echoing_session, "--count", "2", "--timeout", f"{PATIENCE}", "--json") as watcher:
        prepare(echoing_session, "send king 1")
        running = (watcher.documents(1)[0]["sender"], watcher.process.poll())
        prepare(echoing_session, "send king 2")
        ended = watcher.end()

    assert running == ("1", None)
    assert (ended.status, json.loads(ended.stdout)["sender"], ended.stderr) == (0, "2", "")


def test_of_many_sends_at_once_it_shows_no_more_than_so_many(echoing_session: SignalCli) -> None:
    prepare(echoing_session, *["send king"] * 2)

    with watching(echoing_session, "--count", "1", "--json") as watcher:
        echoing_session.ok("replay", "--all")
        ended = watcher.end()

    assert (ended.status, len(ended.stdout.splitlines())) == (0, 1)


@pytest.mark.parametrize(
    ("seconds", "count", "sends", "status", "sentence"),
    [
        ("1.5", [], 0, 1, "Timed out: no send came within 1.5 s.\n"),
        ("5", [], 1, 0, ""),
        ("5", ["--count", "3"], 1, 1, "Timed out: 1 of 3 sends came within 5 s.\n"),
    ],
)
def test_the_status_says_whether_enough_came_in_time(
    echoing_session: SignalCli,
    seconds: str,
    count: list[str],
    sends: int,
    status: int,
    sentence: str,
) -> None:
    with watching(echoing_session, *count, "--timeout", seconds, "--json") as watcher:
        for _ in range(sends):
            echoing_session.ok("send", "king", "--no-history")
            echoing_session.ok("send", "king")
        ended = watcher.end()

    assert (ended.status, ended.stderr) == (status, sentence)
    assert len(ended.stdout.splitlines()) == sends


@pytest.mark.parametrize(
    ("options", "notes"),
    [([], f"{INVITATION}\nTimed out: no send came within 0 s.\n"), (["-q"], "")],
    ids=["", "quiet"],
)
def test_no_time_at_all_is_over_at_once(
    echoing_session: SignalCli, options: list[str], notes: str
) -> None:
    assert echoing_session("watch", "--timeout", "0", *options) == Result(1, "", notes)


def test_control_c_ends_it_on_a_terminal(echoing_session: SignalCli) -> None:
    with terminal(echoing_session, "watch", columns=100, environment={"NO_COLOR": "1"}) as started:
        started.wait_for(INVITATION)
        echoing_session.ok("send", "king", "大象")
        started.wait_for("● echo")
        ended = started.interrupt()

    assert ended.status == 130
    assert ended.text.count("king ← 大象") == 1
    assert ended.text.endswith("Interrupted.\n")
    assert "Traceback" not in ended.text


@pytest.mark.parametrize("options", [["--json"], []], ids=["JSON", "table"])
def test_a_reader_that_leaves_ends_it_silently(
    echoing_session: SignalCli, options: list[str]
) -> None:
    with watching(echoing_session, *options) as watcher:
        echoing_session.ok("send", "king", "1")
        first = watcher.process.stdout.readline()
        watcher.process.stdout.close()
        echoing_session.ok("send", "king", "2")
        complaints = watcher.process.stderr.read()
        status = watcher.process.wait(PATIENCE)

    assert (status, complaints) == (141, b"")
    assert first != b""


# What it follows.


def test_a_session_without_a_file_can_be_watched_before_it_is_made(signalcli: SignalCli) -> None:
    with watching(signalcli, "--json") as watcher:
        made = sorted(path.name for path in signalcli.home.rglob("*"))
        prepare(signalcli, "connect king echo; send king 大象")
        connected, *seen = watcher.documents(2)

    assert made == []
    assert connected["command"] == "signalcli connect king echo"
    assert seen == past(signalcli)


def test_another_session_is_not_seen(echoing_session: SignalCli) -> None:
    prepare(echoing_session, "session copy default moon.json")
    (echoing_session.directory / "link.json").symlink_to("moon.json")

    with watching(echoing_session, "--session", "link.json", "--json") as watcher:
        prepare(echoing_session, "send king 1; send king 2 --session moon.json")
        seen = watcher.documents(1)

    assert [entry["sender"] for entry in seen] == ["2"]
    assert watcher.invitation.startswith("Watching every signal of session 'link.json'. ")


def test_a_run_is_seen_once_as_it_ends(echoing_session: SignalCli) -> None:
    command = ["send", "king", "--lines", "-", "--json"]

    with (
        watching(echoing_session, "--json") as watcher,
        echoing_session.start(*command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as run,
    ):
        run.stdin.write(b"a\n")
        run.stdin.flush()
        prepare(echoing_session, "send king meanwhile")
        first = watcher.documents(1)
        run.stdin.write(b"b\nc\n")
        run.stdin.close()
        second = watcher.documents(1)

    assert [first[0]["sender"], first[0]["run"]] == ["meanwhile", None]
    assert second == past(echoing_session)[1:]
    assert second[0]["run"]["sent"] == 3


def test_a_run_that_is_interrupted_is_seen(echoing_session: SignalCli) -> None:
    with (
        watching(echoing_session, "--json") as watcher,
        echoing_session.piped("send king --count 9 --every 60 --json") as run,
    ):
        run.stdout.readline()
        run.send_signal(signal.SIGINT)
        run.wait(PATIENCE)
        (seen,) = watcher.documents(1)

    assert (seen["run"]["sent"], seen["run"]["interrupted"]) == (1, True)


def test_rotations_are_followed(echoing_session: SignalCli) -> None:
    with watching(echoing_session, "--json") as watcher:
        for number in range(8):
            echoing_session.ok("send", "king", str(number), "--history-size", "700")
        seen = watcher.documents(8)

    assert [entry["sender"] for entry in seen] == [*"01234567"]
    assert len(past(echoing_session)) < 8, "nothing was rotated away"


def test_a_deleted_session_is_followed_when_it_is_made_anew(echoing_session: SignalCli) -> None:
    prepare(echoing_session, "send king before")

    with watching(echoing_session, "--only", "sends", "--json") as watcher:
        prepare(echoing_session, "session delete default --yes; connect king echo; send king after")
        seen = watcher.documents(1)

    assert [entry["sender"] for entry in seen] == ["after"]


def test_lines_that_are_no_sends_are_passed_over_with_a_note(echoing_session: SignalCli) -> None:
    journal = echoing_session.session_path.with_name("default.history.jsonl")

    with watching(echoing_session, "--count", "1", "--json") as watcher:
        journal.write_bytes(b'king\n\xff\x1b[2J\n{"signal": "king"}\n{"signal": "k')
        prepare(echoing_session, "send king 大象")
        ended = watcher.end()

    assert (ended.status, json.loads(ended.stdout)["sender"]) == (0, "大象")
    assert "\x1b" not in ended.stderr
    assert ended.stderr.splitlines() != []
    assert {line.split(",")[0] for line in ended.stderr.splitlines()} == {
        "A line of the history is no past send"
    }


def test_two_watch_at_once(echoing_session: SignalCli) -> None:
    with watching(echoing_session, "--json") as one, watching(echoing_session, "--json") as other:
        prepare(echoing_session, "send king 1; send king 2")
        seen = [one.documents(2), other.documents(2)]

    assert seen == [past(echoing_session)] * 2


def test_a_crowd_of_sends_is_seen_completely(echoing_session: SignalCli) -> None:
    with watching(echoing_session, "--json") as watcher:
        sends = [
            echoing_session.start("send", "king", str(number), stdout=subprocess.DEVNULL)
            for number in range(10)
        ]
        statuses = [send.wait(PATIENCE) for send in sends]
        seen = watcher.documents(10)

    assert statuses == [0] * 10
    assert seen == past(echoing_session)
    assert sorted(entry["sender"] for entry in seen) == [*"0123456789"]
