"""Outboxes in memory and on disk: full ones, and what outlives a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from signalcli.errors import UsageError
from signalcli.relay.application.file_outbox import FileOutbox
from signalcli.relay.application.outbox import Outbox, OutboxFull, OutgoingSend
from signalcli.values.signal_name import SignalName

KING = SignalName("king")
ROOT = Path(__file__).parents[3]


def send(number: int) -> OutgoingSend:
    return OutgoingSend(f"id-{number}", KING, None, {"n": number}, 0.0, None, 0, ())


def file_outbox(directory: Path, size: int = 1000, full: str = "drop") -> FileOutbox:
    return FileOutbox(str(directory), lambda: "shop@host/1", size, full)


def ids(outbox: Outbox) -> list[str]:
    found = []
    while (taken := outbox.take(lambda: None)) is not None:
        found.append(taken.id)
    return found


def first_of(outbox: Outbox) -> OutgoingSend:
    taken = outbox.take(lambda: None)
    assert taken is not None
    return taken


Make = Callable[[str], Outbox]


@pytest.fixture(params=["memory", "file"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes an outbox of two sends."""
    if request.param == "memory":
        return lambda full: Outbox(2, full)
    return lambda full: file_outbox(tmp_path, 2, full)


def test_a_closed_outbox_wakes_nothing_that_waited_before(make: Make) -> None:
    """Such as the event loop of a relay that was stopped and starts again."""
    outbox, woken = make("drop"), list[str]()
    outbox.take(lambda: woken.append("before"))
    outbox.close()
    outbox.reopen()

    outbox.put(send(1))

    assert woken == []
    assert ids(outbox) == ["id-1"]


def test_a_process_asks_once_for_its_source_and_again_after_a_fork(tmp_path: Path) -> None:
    """The system call for the host's name lets other threads run: with it, sends took three times as long."""
    asked: list[int] = []

    def source() -> str:
        asked.append(1)
        return f"shop@host/{len(asked)}"

    outbox = FileOutbox(str(tmp_path), source)
    for number in range(3):
        outbox.put(send(number))
    before = len(asked)
    outbox.reset()
    outbox.put(send(4))

    assert (before, len(asked)) == (1, 2)
    assert b'"shop@host/2"' in first_of(outbox).write("")


def test_a_full_outbox_drops_and_counts(make: Make) -> None:
    outbox = make("drop")

    for number in range(5):
        outbox.put(send(number))

    assert (ids(outbox), outbox.dropped) == (["id-0", "id-1"], 3)


def test_a_full_outbox_raises(make: Make) -> None:
    outbox = make("raise")
    outbox.put(send(0))
    outbox.put(send(1))

    with pytest.raises(OutboxFull, match="The outbox is full: 2 sends wait"):
        outbox.put(send(2))
    assert outbox.dropped == 0


def test_a_full_outbox_blocks_until_a_send_is_stored(make: Make) -> None:
    outbox = make("block")
    outbox.put(send(0))
    outbox.put(send(1))
    first = first_of(outbox)
    blocked = Thread(target=outbox.put, args=(send(2),))
    blocked.start()
    blocked.join(0.05)
    assert blocked.is_alive(), "a send that was taken isn't stored yet"

    outbox.remove(first)
    blocked.join(20)

    assert ids(outbox) == ["id-1", "id-2"]


def test_closing_ends_what_is_blocked(make: Make) -> None:
    outbox = make("block")
    outbox.put(send(0))
    outbox.put(send(1))
    blocked = Thread(target=outbox.put, args=(send(2),))
    blocked.start()

    outbox.close()
    blocked.join(20)

    assert not blocked.is_alive()
    assert outbox.dropped == 1


def test_a_waiting_event_loop_is_woken_once() -> None:
    outbox = Outbox()
    woken: list[int] = []
    assert outbox.take(lambda: woken.append(1)) is None

    outbox.put(send(0))
    outbox.put(send(1))

    assert woken == [1]


def test_what_is_not_stored_outlives_the_outbox(tmp_path: Path) -> None:
    first = file_outbox(tmp_path)
    for number in range(5):
        first.put(send(number))
    first.remove(first_of(first))
    first.remove(first_of(first))
    first.close()

    second = file_outbox(tmp_path)
    second.put(send(5))
    second.adopt()

    assert ids(second) == ["id-2", "id-3", "id-4", "id-5"]


def test_a_stored_outbox_leaves_no_file(tmp_path: Path) -> None:
    outbox = file_outbox(tmp_path)
    outbox.put(send(0))
    outbox.remove(first_of(outbox))

    outbox.close()

    assert os.listdir(tmp_path) == []


def test_a_stored_send_is_kept_until_those_before_it_are_stored(tmp_path: Path) -> None:
    first = file_outbox(tmp_path)
    for number in range(3):
        first.put(send(number))
    first_of(first)
    first.remove(first_of(first))
    first.close()

    second = file_outbox(tmp_path)
    second.adopt()

    assert ids(second) == ["id-0", "id-1", "id-2"]


def test_a_send_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    first = file_outbox(tmp_path)
    first.put(send(0))
    first.put(send(1))
    first.close()
    (file,) = tmp_path.iterdir()
    content = file.read_bytes()
    end = content.rindex(b"\n")
    file.write_bytes(content[: end - 3] + content[end + 1 :])

    second = file_outbox(tmp_path)
    second.adopt()

    assert ids(second) == ["id-0"]


def test_outboxes_of_one_process_leave_each_other_alone(tmp_path: Path) -> None:
    one, other = file_outbox(tmp_path), file_outbox(tmp_path)
    one.put(send(0))

    other.adopt()

    assert (ids(other), ids(one)) == ([], ["id-0"])


PROCESS = """
import sys, time
from tests.relay.application.test_outboxes import Path, file_outbox, send
outbox = file_outbox(Path(sys.argv[1]))
for number in range(3):
    outbox.put(send(number))
print("put", flush=True)
time.sleep(3600)
"""


@pytest.mark.process
def test_a_killed_process_leaves_its_sends_to_the_next(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROCESS, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "put\n"
        alive = file_outbox(tmp_path)
        alive.adopt()
        while_it_runs = ids(alive)
        process.kill()
        process.wait()

    alive.adopt()

    assert (while_it_runs, ids(alive)) == ([], ["id-0", "id-1", "id-2"])


FULL_DISK = """
import resource, sys
import signalcli.relay.application.file_outbox
from tests.relay.application.test_outboxes import Path, file_outbox, ids, send
from signalcli.relay.application.outbox import OutboxFull
signalcli.relay.application.file_outbox.SEGMENT_BYTES = 1000
outbox = file_outbox(Path(sys.argv[1]), full=sys.argv[2])
outbox.put(send(0))
resource.setrlimit(resource.RLIMIT_FSIZE, (999, 999))
try:
    for number in range(1, 100):
        outbox.put(send(number))
except OutboxFull as error:
    print(error)
print(outbox.dropped, len(ids(outbox)))
"""


@pytest.mark.process
@pytest.mark.parametrize("full", ["drop", "raise"])
def test_a_full_disk_is_a_full_outbox(tmp_path: Path, full: str) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path), full]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout

    *errors, counts = printed.splitlines()
    dropped, kept = map(int, counts.split())
    assert 0 < kept < 10
    if full == "drop":
        assert (errors, dropped + kept) == ([], 100)
    else:
        assert errors[0].startswith(f"The outbox in {tmp_path} can't be written: File too large. ")
    survivor = file_outbox(tmp_path)
    survivor.adopt()
    assert len(ids(survivor)) == kept, "the file is whole"


def test_a_directory_that_cannot_be_made() -> None:
    with pytest.raises(UsageError, match=r"The outbox /dev/null/x can't be created: Not a dir"):
        file_outbox(Path("/dev/null/x"))
