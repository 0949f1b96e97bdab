"""Whatever happens to a process, no session is lost, and no change that was reported."""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from signalcli.errors import LockTimeout
from signalcli.playground.editor import SessionEditor
from signalcli.session.file import SessionFile
from signalcli.values.session import Bucket, Session, SignalState
from signalcli.values.signal_name import SignalName
from tests.support.cli import SignalCli
from tests.support.journals import forked
from tests.support.scenario import change

pytestmark = pytest.mark.slow

LONG_DOC = "大王叫我来巡山" * 10_000
"""What makes the writing of a session take long enough to be killed in the middle of it."""


def connect(file: SessionFile, sender: int) -> None:
    """Let ``animal`` listen to one more sender, as the command does."""

    def operation(playground: SessionEditor) -> list[str]:
        return playground.connect(SignalName("king"), ["animal"], [sender])

    file.change(lambda session: change(session, file.place, operation), wait=60)


def connect_all(file: SessionFile, senders: Iterable[int]) -> None:
    for sender in senders:
        connect(file, sender)


def connected(file: SessionFile) -> list[int]:
    """The senders that ``animal`` listens to; everything else in the session is checked."""
    state = file.read().signals["king"]
    if not state.buckets:
        assert state == SignalState(doc=LONG_DOC)
        return []
    (bucket,) = state.buckets
    assert state == SignalState(
        doc=LONG_DOC, receivers=(("animal", True),), buckets=(Bucket(("animal",), bucket.senders),)
    )
    return [sender for sender in bucket.senders if isinstance(sender, int)]


@pytest.fixture
def mountain(tmp_path: Path) -> SessionFile:
    """A saved session that takes its time to be written."""
    file = SessionFile("mountain", str(tmp_path / "mountain.json"))
    file.change(lambda before: (Session({"king": SignalState(doc=LONG_DOC)}), None))
    return file


def test_eight_processes_that_connect_at_once_lose_no_connection(mountain: SessionFile) -> None:
    """A reader finds a whole session at any moment, which never gets smaller."""
    processes = [
        forked.Process(target=connect_all, args=(mountain, range(first, first + 50)))
        for first in range(1, 401, 50)
    ]
    counts = []

    for process in processes:
        process.start()
    while any(process.is_alive() for process in processes):
        counts.append(len(connected(mountain)))

    assert [process.exitcode for process in processes] == [0] * 8
    assert sorted(connected(mountain)) == list(range(1, 401))
    assert counts == sorted(counts)


def test_commands_at_once_lose_no_connection(signalcli: SignalCli, mountain: SessionFile) -> None:
    commands = [
        signalcli.start(
            *("--session", mountain.path, "connect", "king", "animal", "-q"), f"--sender=:={sender}"
        )
        for sender in range(1, 17)
    ]

    statuses = [command.wait(60) for command in commands]

    assert statuses == [0] * 16
    assert sorted(connected(mountain)) == list(range(1, 17))


def connect_until_killed(file: SessionFile, first: int, done: int) -> None:
    """Connect one sender after the other, and tell after each that it is done."""
    while True:
        connect(file, first)
        os.write(done, b".")
        first += 1


def changes_until_killed(file: SessionFile, first: int, seconds: float) -> int:
    """Kill a process that changes a session, some time after its first change.

    :return: how many changes it reported.
    """
    reported, done = os.pipe()
    process = forked.Process(target=connect_until_killed, args=(file, first, done))
    process.start()
    os.close(done)
    count = len(os.read(reported, 1))
    time.sleep(seconds)
    process.kill()
    process.join()
    while rest := os.read(reported, 4096):
        count += len(rest)
    os.close(reported)
    assert process.exitcode == -signal.SIGKILL
    return count


def test_a_process_killed_in_a_change_leaves_the_old_or_new_file(mountain: SessionFile) -> None:
    """The next one goes on, whatever lies about: the lock, or half of a new file."""
    moments = random.Random(500)
    path = Path(mountain.path)
    temporary = path.with_name(f".{path.name}.signalcli.tmp")
    unfinished = 0

    for _ in range(300):
        before = len(connected(mountain))
        reported = changes_until_killed(mountain, before + 1, moments.uniform(0, 0.01))
        after = connected(mountain)
        assert after == list(range(1, len(after) + 1))
        assert len(after) - before - reported in (0, 1)  # the last one was saved, but not reported
        unfinished += temporary.exists()

    assert unfinished > 0, "no process was killed in the middle of a change"


def test_a_command_killed_at_any_moment_leaves_the_old_or_the_new_file(
    signalcli: SignalCli, mountain: SessionFile
) -> None:
    moments = random.Random(500)
    connect_next = ("--session", mountain.path, "connect", "king", "animal", "-q")
    start = time.monotonic()
    signalcli.ok(*connect_next, "--sender=:=1")
    duration = time.monotonic() - start

    for _ in range(40):
        before = connected(mountain)
        command = signalcli.start(*connect_next, f"--sender=:={len(before) + 1}")
        time.sleep(moments.uniform(0.5, 1.1) * duration)
        command.kill()
        command.wait()
        assert connected(mountain) in (before, [*before, len(before) + 1])

    before = connected(mountain)
    signalcli.ok(*connect_next, f"--sender=:={len(before) + 1}")
    assert connected(mountain) == [*before, len(before) + 1]


def hold(file: SessionFile, started: Event, finish: Event) -> None:
    """Be in the middle of a change for as long as it is wanted."""

    def operation(session: Session) -> tuple[Session, bool]:
        started.set()
        return session, finish.wait(60)

    file.change(operation)


@pytest.fixture
def finish(mountain: SessionFile) -> Iterator[Event]:
    """Another process is changing the session, until this event."""
    started, finish = forked.Event(), forked.Event()
    holder = forked.Process(target=hold, args=(mountain, started, finish))
    holder.start()
    assert started.wait(60)
    yield finish
    finish.set()
    holder.join()


@pytest.mark.parametrize(
    "act",
    [
        lambda file: file.change(lambda session: (Session({}), None), wait=0.05),
        lambda file: file.delete(wait=0.05),
    ],
    ids=["change", "delete"],
)
def test_a_change_that_waits_too_long_names_the_session_and_the_lock(
    mountain: SessionFile, finish: Event, act: Callable[[SessionFile], object]
) -> None:
    link = SessionFile("link", mountain.path.replace("mountain", "link"))
    os.symlink("mountain.json", link.path)

    with pytest.raises(LockTimeout) as caught:
        act(link)

    message = re.fullmatch(
        rf"Process {os.getpid()} waited 0\.05 s for session 'link' \({re.escape(mountain.path)}\), "
        r"which another process is changing and has locked with (.+)\. "
        r"Try again when that one has ended\.",
        str(caught.value),
    )
    assert message is not None
    assert os.path.dirname(message[1]) == os.path.dirname(mountain.path)
    assert os.path.exists(message[1])
    assert connected(mountain) == []


def test_a_command_waits_until_the_other_process_has_ended(
    signalcli: SignalCli, mountain: SessionFile, finish: Event
) -> None:
    command = signalcli.start("--session", mountain.path, "connect", "king", "animal", "-q")
    reader = signalcli("--session", mountain.path, "list", "--json")  # which waits for no lock

    finish.set()

    assert (command.wait(60), reader.status) == (0, 0)
    assert mountain.read().signals["king"].any == ("animal",)
