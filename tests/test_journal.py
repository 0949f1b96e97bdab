"""The journal's file: whole lines whoever writes at once, is killed, reads, rotates or follows."""

from __future__ import annotations

import ctypes
import json
import os
import random
import re
import resource
import signal
import stat
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count, islice
from multiprocessing import get_context
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from signalcli.files import lock_path, locked
from signalcli.session.journal import BLOCK, Entry, Journal, JournalError, Unreadable, journal_of
from signalcli.text import UNSAFE

UNLIMITED = sys.maxsize

forked = get_context("fork")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """A journal that nobody wrote yet, in a directory of its own."""
    return journal_of(str(tmp_path / "sessions" / "king.json"))


def written(journal: Journal, content: bytes) -> Path:
    """Write a journal's file by hand."""
    path = Path(journal.path)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def add(path: str, content: bytes) -> None:
    """Write to the end of a file as it is, a part of a line for instance."""
    with open(path, "ab") as file:
        file.write(content)


def entries(journal: Journal) -> list[Entry]:
    """What the journal holds, newest first."""
    return list(journal.backwards())


def numbered(numbers: range) -> list[dict[str, int]]:
    """Entries to append."""
    return [{"number": number} for number in numbers]


def append_all(journal: Journal, documents: list[dict[str, Any]], limit: int = UNLIMITED) -> None:
    for document in documents:
        journal.append(document, limit)


def refused(action: Callable[[], object]) -> str:
    """Why something can't be done."""
    with pytest.raises(JournalError) as caught:
        action()
    return str(caught.value)


def refused_in_a_process(
    prepare: Callable[[], object], *actions: Callable[[], object]
) -> list[str]:
    """Why each of some actions can't be done by a process that is prepared for it."""
    reasons = forked.SimpleQueue()

    def run() -> None:
        prepare()
        reasons.put([refused(action) for action in actions])

    process = forked.Process(target=run)
    process.start()
    process.join()
    assert process.exitcode == 0
    found: list[str] = reasons.get()
    return found


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Let the test fail, rather than hang, if something takes longer."""

    def stop(number: int, frame: FrameType | None) -> None:
        pytest.fail(f"it took longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def just_before(
    call: Callable[..., object], action: Callable[[], object], number: int = 1
) -> Iterator[None]:
    """Do in the middle of something what another process might do at that moment.

    :param call: a function of the system.
    :param number: which of its calls the action comes before, counted from 1.
    """
    calls = 0

    def watch(frame: FrameType, event: str, called: object) -> None:
        nonlocal calls
        if event == "c_call" and called is call:
            calls += 1
            if calls == number:
                sys.setprofile(None)
                action()

    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(None)
    assert calls == number


# Where it is.


@pytest.mark.parametrize(
    ("target", "path", "rotated_path"),
    [
        ("/x/king.json", "/x/king.history.jsonl", "/x/king.history.1.jsonl"),
        ("/x/大象.json", "/x/大象.history.jsonl", "/x/大象.history.1.jsonl"),
        ("/x/king.txt", "/x/king.txt.history.jsonl", "/x/king.txt.history.1.jsonl"),
        ("/x.json/king", "/x.json/king.history.jsonl", "/x.json/king.history.1.jsonl"),
    ],
)
def test_a_journal_stands_beside_its_session(target: str, path: str, rotated_path: str) -> None:
    journal = journal_of(target)

    assert (journal, journal.rotated_path) == (Journal(path, target), rotated_path)


def test_it_loads_nothing_that_a_send_would_wait_for() -> None:
    script = "import sys, signalcli.session.journal; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)

    slow = "blinker click rich filelock dataclasses datetime pathlib shutil tempfile"
    assert set(loaded.stdout.decode().split()) & set(slow.split()) == set()


# Appending and reading.


def test_a_journal_without_a_file_is_empty_and_reading_creates_nothing(
    journal: Journal, tmp_path: Path
) -> None:
    assert entries(journal) == []
    assert list(tmp_path.iterdir()) == []


def test_entries_are_lines_and_are_read_newest_first(journal: Journal) -> None:
    append_all(journal, [{"number": 1}, {"sender": "大象"}, {}])

    assert Path(journal.path).read_text("utf-8") == '{"number": 1}\n{"sender": "大象"}\n{}\n'
    assert entries(journal) == [{}, {"sender": "大象"}, {"number": 1}]


def test_an_append_leaves_nothing_beside_the_file(journal: Journal) -> None:
    """No lock in particular: taking it would cost more than the append."""
    journal.append({})

    assert os.listdir(os.path.dirname(journal.path)) == ["king.history.jsonl"]


@pytest.mark.parametrize(("mask", "mode"), [(0o027, 0o640), (0o002, 0o664)])
def test_a_new_file_has_the_mode_that_the_umask_gives(
    journal: Journal, mask: int, mode: int
) -> None:
    before = os.umask(mask)
    try:
        journal.append({})
    finally:
        os.umask(before)

    assert stat.S_IMODE(os.stat(journal.path).st_mode) == mode


@pytest.mark.parametrize(
    "text",
    [
        *("\n", "\r\n", "\0", "\x85", "\u2028", "\u2029", "\udcff", "\ud83d", "\x1b[2J", "\u202e"),
        *('"', "\\", "\\n", "大象", "🦁", "\ufeff"),
    ],
    ids=ascii,
)
def test_any_text_is_kept_exactly_in_one_line_that_is_safe_to_print(
    journal: Journal, text: str
) -> None:
    document = {text: [text, {"": text}]}

    append_all(journal, [document, {}])

    content = Path(journal.path).read_text("utf-8")
    assert len(content.splitlines()) == 2
    assert re.findall(UNSAFE, content) == ["\n", "\n"]
    assert entries(journal) == [{}, document]


def too_deep() -> dict[str, Any]:
    document: dict[str, Any] = {}
    for _ in range(100_000):
        document = {"in": document}
    return document


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        pytest.param(too_deep(), "the entry is nested too deeply", id="deep"),
        pytest.param({"number": float("nan")}, "the entry is not JSON: ", id="nan"),
        pytest.param({"set": set()}, "the entry is not JSON: ", id="set"),
        pytest.param({"number": 10**5000}, "the entry is not JSON: ", id="digits"),
    ],
)
def test_what_json_cannot_hold_is_refused_and_nothing_is_written(
    journal: Journal, document: dict[str, Any], reason: str
) -> None:
    assert refused(lambda: journal.append(document)).startswith(reason)

    assert not os.path.exists(journal.path)


@pytest.mark.parametrize("distance", range(-3, 4))
def test_lines_are_whole_wherever_the_blocks_end(journal: Journal, distance: int) -> None:
    """The text is a third as long in characters as in bytes, so blocks end within characters."""
    texts = ["大" * (size // 3) + "x" * (size % 3) for size in (BLOCK + distance, 1, 3 * BLOCK, 0)]
    documents = [{"text": text} for text in texts]

    append_all(journal, documents)

    assert entries(journal) == documents[::-1]


def peak_of(action: Callable[[], object]) -> int:
    """How much memory is taken at most, in bytes."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_newest_entries_are_read_without_the_others(journal: Journal) -> None:
    """The others are a hole of 1 GiB, which would be seen in the memory, and in the time."""
    os.truncate(written(journal, b""), 2**30)
    append_all(journal, numbered(range(20)))
    found: list[Entry] = []

    peak = peak_of(lambda: found.extend(islice(journal.backwards(), 10)))

    assert found == numbered(range(20))[:9:-1]
    assert peak < 10 * BLOCK


def test_a_long_journal_takes_little_memory(journal: Journal) -> None:
    line = json.dumps({"text": "x" * 1000}).encode() + b"\n"
    written(journal, line * 5000)
    lengths: list[int] = []

    peak = peak_of(lambda: lengths.append(sum(1 for _ in journal.backwards())))

    assert lengths == [5000]
    assert peak < 10 * BLOCK


# Lines that nobody should have written.


def test_a_torn_line_is_told_from_one_that_is_no_entry(journal: Journal) -> None:
    written(journal, b'{"number": 1}\nking\n{"number": 2}\n{"number": 3')

    assert entries(journal) == [
        Unreadable(journal.path, torn=True),
        {"number": 2},
        Unreadable(journal.path, torn=False),
        {"number": 1},
    ]


def test_an_append_ends_a_torn_line(journal: Journal) -> None:
    path = written(journal, b'{"number": 1}\n{"number": 2')

    journal.append({"number": 3})

    assert path.read_bytes() == b'{"number": 1}\n{"number": 2\n{"number": 3}\n'
    assert entries(journal) == [
        {"number": 3},
        Unreadable(journal.path, torn=False),
        {"number": 1},
    ]


def test_an_append_survives_a_line_that_is_torn_just_before_it_writes(journal: Journal) -> None:
    """The torn line spoils the first writing, and a second one follows."""
    journal.append({"number": 1})

    with just_before(os.write, lambda: add(journal.path, b'{"number": 2')):
        journal.append({"number": 3})
    journal.append({"number": 4})

    assert entries(journal) == [
        {"number": 4},
        {"number": 3},
        Unreadable(journal.path, torn=False),
        {"number": 1},
    ]


def test_an_append_that_another_one_precedes_is_written_once(journal: Journal) -> None:
    journal.append({"number": 1})

    with just_before(os.write, lambda: journal.append({"number": 2})):
        journal.append({"number": 3})

    assert Path(journal.path).read_text() == '{"number": 1}\n{"number": 2}\n{"number": 3}\n'


def test_an_entry_that_only_lacks_its_newline_is_an_entry(journal: Journal) -> None:
    written(journal, b'{"number": 1}')
    before = entries(journal)

    journal.append({"number": 2})

    assert (before, entries(journal)) == ([{"number": 1}], [{"number": 2}, {"number": 1}])


def test_blank_lines_are_no_entries(journal: Journal) -> None:
    written(journal, b'\n\n{"number": 1}\n \t\r\n{"number": 2}\r\n\n  ')

    assert entries(journal) == [{"number": 2}, {"number": 1}]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b'{"text": "\xff\xfe"}', id="no UTF-8"),
        pytest.param(b'{"text": "\xed\xa0\x80"}', id="a surrogate in UTF-8"),
        pytest.param(b"\0" * 10_000, id="zeros"),
        pytest.param(b'{"text": "\x1b[2J"}', id="a raw escape"),
        pytest.param(b"\x1b]0;king\x07", id="a title"),
        pytest.param(b"[1]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b"{} {}", id="two"),
        pytest.param(b'{"number": NaN}', id="nan"),
        pytest.param(b'{"number": 1, "number": 2}', id="a key twice"),
        pytest.param(b'{"number": 1' + b"0" * 10_000 + b"}", id="digits"),
        pytest.param(b'{"list":' + b"[" * 1_000_000, id="deep"),
        pytest.param(b'{"list":' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="deep and closed"),
        pytest.param(b"x" * 5_000_000, id="huge"),
    ],
)
def test_a_line_that_is_no_entry_hides_no_other(journal: Journal, line: bytes) -> None:
    written(journal, b'{"number": 1}\n%b\n{"number": 2}\n%b' % (line, line))

    assert entries(journal) == [
        Unreadable(journal.path, torn=True),
        {"number": 2},
        Unreadable(journal.path, torn=False),
        {"number": 1},
    ]


def test_a_huge_line_is_read_exactly(journal: Journal) -> None:
    huge = {"text": "大王叫我来巡山" * 500_000}
    documents: list[dict[str, Any]] = [{"number": 1}, huge, {"number": 2}]

    append_all(journal, documents)

    assert entries(journal) == documents[::-1]


# What isn't a file, or can't be written.


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_full_device(path: Path) -> None:
    path.symlink_to("/dev/full")


@pytest.mark.parametrize("make", [Path.mkdir, make_fifo])
@pytest.mark.parametrize("name", ["path", "rotated_path"])
def test_what_is_no_file_is_not_read_and_not_waited_for(
    journal: Journal, make: Callable[[Path], None], name: str
) -> None:
    path = Path(getattr(journal, name))
    path.parent.mkdir()
    make(path)

    for read in (lambda: entries(journal), journal.follow):
        with at_most(10), pytest.raises(JournalError) as caught:
            read()
        assert (caught.value.path, str(caught.value)) == (str(path), "is not a regular file")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Path.mkdir, "Is a directory"),
        (make_fifo, "is not a regular file"),
        (make_full_device, "Too many levels of symbolic links"),
    ],
)
def test_what_is_no_file_is_not_written_to(
    journal: Journal, make: Callable[[Path], None], reason: str
) -> None:
    path = Path(journal.path)
    path.parent.mkdir()
    make(path)

    with at_most(10):
        assert refused(lambda: journal.append({})) == reason


def test_a_fifo_that_somebody_reads_is_not_written_to(journal: Journal) -> None:
    os.mkdir(os.path.dirname(journal.path))
    os.mkfifo(journal.path)
    with open(os.open(journal.path, os.O_RDONLY | os.O_NONBLOCK), "rb") as reader:
        reason = refused(lambda: journal.append({}))

        assert (reason, reader.read()) == ("is not a regular file", b"")


def test_a_place_in_what_is_no_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    journal = journal_of(str(tmp_path / "file" / "king.json"))

    for action in (lambda: journal.append({}), lambda: entries(journal), journal.delete):
        assert refused(action) == "Not a directory"


def test_a_disk_that_gets_full_spoils_one_line_at_most(journal: Journal) -> None:
    journal.append({"number": 1})
    long = {"text": "x" * 3000}

    def only_small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        journal.append(long)

    reasons = refused_in_a_process(only_small_files, *[lambda: journal.append(long)] * 2)
    torn = entries(journal)
    journal.append({"number": 2})

    room, size = 4096 - len('{"number": 1}\n'), len(json.dumps(long)) + 1
    assert reasons == [f"only {room - size} of {size} bytes could be written", "File too large"]
    assert torn == [Unreadable(journal.path, torn=True), long, {"number": 1}]
    assert entries(journal) == [{"number": 2}, Unreadable(journal.path, torn=False), *torn[1:]]


def bound_by_permissions() -> None:
    """Give up what lets root pass over permissions."""
    version = (ctypes.c_uint32 * 2)(0x20080522, 0)
    if ctypes.CDLL(None).capset(version, (ctypes.c_uint32 * 6)()):
        raise OSError("the permissions can't be given up")


permissions = pytest.mark.skipif(sys.platform != "linux", reason="there is no capset")


@permissions
@pytest.mark.parametrize("mode", [0o000, 0o400], ids=oct)
def test_a_file_that_may_not_be_written_is_an_error_and_stays(journal: Journal, mode: int) -> None:
    path = written(journal, b"{}\n")
    path.chmod(mode)

    reasons = refused_in_a_process(bound_by_permissions, lambda: journal.append({}))

    assert (reasons, path.read_bytes()) == (["Permission denied"], b"{}\n")


@permissions
def test_a_file_that_may_not_be_read_is_an_error(journal: Journal) -> None:
    written(journal, b"{}\n").chmod(0o200)

    reasons = refused_in_a_process(bound_by_permissions, lambda: entries(journal), journal.follow)

    assert reasons == ["Permission denied"] * 2


@permissions
def test_a_directory_that_may_not_be_written_takes_entries_but_no_change_of_files(
    journal: Journal,
) -> None:
    directory = written(journal, b"{}\n").parent
    directory.chmod(0o500)
    other = journal_of(str(directory / "other.json"))

    reasons = refused_in_a_process(
        bound_by_permissions,
        lambda: other.append({}),
        lambda: journal.append({"number": 1}, limit=1),
        journal.delete,
    )

    assert reasons == [
        "Permission denied",
        "the entry was written, but the journal can't be rotated: Permission denied",
        "Permission denied",
    ]
    assert entries(journal) == [{"number": 1}, {}]


# Rotation.


def lines_of(journal: Journal) -> tuple[list[str], list[str]]:
    """The lines of the rotated file, and of the one that is appended to."""
    rotated, current = (
        Path(path).read_text().splitlines() if os.path.exists(path) else []
        for path in (journal.rotated_path, journal.path)
    )
    return rotated, current


def test_a_file_that_is_over_the_limit_is_rotated_and_still_read(journal: Journal) -> None:
    """Each line takes 14 bytes."""
    files = []

    for document in numbered(range(1, 7)):
        journal.append(document, limit=28)
        files.append(tuple(map(len, lines_of(journal))))

    assert files == [(0, 1), (0, 2), (3, 0), (3, 1), (3, 2), (3, 0)]
    assert entries(journal) == numbered(range(4, 7))[::-1]


def test_both_files_are_read_the_newer_first(journal: Journal) -> None:
    append_all(journal, numbered(range(3)), limit=28)
    append_all(journal, numbered(range(3, 5)))
    add(journal.rotated_path, b"{")

    assert entries(journal) == [
        *numbered(range(3, 5))[::-1],
        Unreadable(journal.rotated_path, torn=True),
        *numbered(range(3))[::-1],
    ]


def test_while_the_session_is_locked_the_rotation_is_left_to_a_later_append(
    journal: Journal,
) -> None:
    with at_most(5), locked(journal.target):
        append_all(journal, numbered(range(2)), limit=1)
    before = lines_of(journal)

    journal.append({"number": 2}, limit=1)

    assert before == ([], ['{"number": 0}', '{"number": 1}'])
    assert lines_of(journal) == (['{"number": 0}', '{"number": 1}', '{"number": 2}'], [])


def test_a_rotation_that_fails_says_that_the_entry_was_written(journal: Journal) -> None:
    os.makedirs(journal.rotated_path)

    reason = refused(lambda: journal.append({}, limit=1))

    assert reason == "the entry was written, but the journal can't be rotated: Is a directory"
    assert Path(journal.path).read_text() == "{}\n"


def test_a_lock_that_cannot_be_taken_says_that_the_entry_was_written(journal: Journal) -> None:
    os.makedirs(lock_path(journal.target))

    reason = refused(lambda: journal.append({}, limit=1))

    assert reason.startswith("the entry was written, but the journal can't be rotated: ")
    assert entries(journal) == [{}]


def test_an_entry_of_who_had_the_file_open_when_it_was_rotated_is_read(journal: Journal) -> None:
    journal.append({"number": 1})
    with open(journal.path, "ab", buffering=0) as late:
        journal.append({"number": 2}, limit=1)
        late.write(b'{"number": 3}\n')
    journal.append({"number": 4})

    assert entries(journal) == [{"number": number} for number in (4, 3, 2, 1)]


def test_a_file_that_another_process_just_rotated_is_not_rotated_again(journal: Journal) -> None:
    """That would lose what is in the rotated one."""
    append_all(journal, numbered(range(2)))

    def append_and_rotate() -> None:
        append_all(journal, numbered(range(3, 5)), limit=42)

    with just_before(os.lseek, append_and_rotate):  # our entry is written, its end not known yet
        journal.append({"number": 2}, limit=28)

    assert tuple(map(len, lines_of(journal))) == (4, 1)
    assert entries(journal) == numbered(range(5))[::-1]


def test_a_rotation_while_the_files_are_opened_hides_no_entry_and_doubles_none(
    journal: Journal,
) -> None:
    """What it replaces is lost, and what comes after the first look needn't be seen."""
    append_all(journal, numbered(range(5)), limit=28)
    found: list[Entry] = []

    def rotate() -> None:
        append_all(journal, numbered(range(5, 7)), limit=28)

    with just_before(os.open, rotate, number=2):
        found += journal.backwards()

    assert found == numbered(range(3, 5))[::-1]
    assert entries(journal) == numbered(range(3, 7))[::-1]


def test_a_file_that_has_both_names_is_read_once(journal: Journal) -> None:
    append_all(journal, numbered(range(3)))
    os.link(journal.path, journal.rotated_path)

    assert entries(journal) == numbered(range(3))[::-1]


def test_nothing_is_written_through_a_link(journal: Journal, tmp_path: Path) -> None:
    """One beside a session that came from somebody else could lead to any file of this person."""
    victim = tmp_path / "diary"
    victim.write_text("dear diary")
    link = written(journal, b"")
    link.unlink()
    link.symlink_to(victim)

    with pytest.raises(JournalError):
        journal.append({"number": 1})

    assert victim.read_text() == "dear diary"


# Deleting.


def test_delete_removes_both_files(journal: Journal) -> None:
    journal.append({}, limit=1)
    journal.append({})

    journal.delete()

    assert (lines_of(journal), entries(journal)) == (([], []), [])
    journal.delete()


def test_delete_removes_what_is_rotated_meanwhile(journal: Journal) -> None:
    journal.append({})

    with just_before(os.unlink, lambda: journal.append({}, limit=1), number=2):
        journal.delete()

    assert lines_of(journal) == ([], [])


def test_what_cannot_be_deleted_is_named_with_the_reason(journal: Journal) -> None:
    os.makedirs(journal.rotated_path)

    with pytest.raises(JournalError) as caught:
        journal.delete()

    assert (caught.value.path, str(caught.value)) == (journal.rotated_path, "Is a directory")


# At once.


def documents_of(process: int, number_of_entries: int, largest: int) -> list[dict[str, Any]]:
    """What a process appends: many small entries, and some of up to ``largest`` characters."""
    sizes = random.Random(process)
    return [
        {"process": process, "number": number, "text": "x" * int(largest ** sizes.uniform(0, 1))}
        for number in range(number_of_entries)
    ]


def appending(
    journal: Journal, processes: dict[int, list[dict[str, Any]]], limit: int = UNLIMITED
) -> Iterator[None]:
    """Let processes append at once. An item comes again and again until all have ended."""
    running = [
        forked.Process(target=append_all, args=(journal, documents, limit))
        for documents in processes.values()
    ]
    for process in running:
        process.start()
    while any(process.is_alive() for process in running):
        yield
    assert [process.exitcode for process in running] == [0] * len(running)


def by_process(found: list[Entry]) -> dict[int, list[dict[str, Any]]]:
    """The entries of each process, oldest first. What is still being written is left out."""
    entries_of: dict[int, list[dict[str, Any]]] = {}
    for entry in reversed(found):
        if isinstance(entry, Unreadable):
            assert entry.torn, "a line was spoiled"
        else:
            entries_of.setdefault(entry["process"], []).append(entry)
    return entries_of


@pytest.mark.parametrize("number_of_processes", [2, 4])
def test_processes_that_append_at_once_lose_and_spoil_no_line(
    journal: Journal, number_of_processes: int
) -> None:
    """And whoever reads meanwhile finds the entries of each in order, and never fewer."""
    documents = {
        process: documents_of(process, 300, largest=100_000)
        for process in range(number_of_processes)
    }
    counts = []

    for _ in appending(journal, documents):
        meanwhile = by_process(entries(journal))
        for process, found in meanwhile.items():
            assert found == documents[process][: len(found)]
        counts.append(sum(map(len, meanwhile.values())))

    assert by_process(entries(journal)) == documents
    assert counts == sorted(counts)
    assert len(entries(journal)) == 300 * number_of_processes


def test_processes_that_rotate_at_once_keep_at_least_the_newest_entries(journal: Journal) -> None:
    """What can be read is never less than the limit, and has no entry twice and no gap."""
    limit = 400_000
    documents = {process: documents_of(process, 4000, largest=1000) for process in range(2)}

    def size_of(found: list[Entry]) -> int:
        """How many bytes the entries take, which are those of each process in a row."""
        kept_of = by_process(found)
        for process, kept in kept_of.items():
            first = kept[0]["number"]
            assert kept == documents[process][first : first + len(kept)]
        return sum(len(json.dumps(entry)) + 1 for kept in kept_of.values() for entry in kept)

    sizes = [size_of(entries(journal)) for _ in appending(journal, documents, limit)]
    final = by_process(entries(journal))
    sizes.append(size_of(entries(journal)))

    reached = next(position for position, size in enumerate(sizes) if size >= limit)
    assert min(sizes[reached:]) >= limit
    assert 4000 in [kept[-1]["number"] + 1 for kept in final.values()]
    assert sum(map(len, final.values())) < 8000, "nothing was rotated away"


def append_until_killed(journal: Journal, round_number: int, done: int) -> None:
    """Append one entry after the other, and tell after each that it is done."""
    for number in count():
        journal.append({"round": round_number, "number": number, "text": "x" * 1_000_000})
        os.write(done, b".")


def test_a_process_killed_while_it_appends_spoils_one_line_at_most(journal: Journal) -> None:
    """And every entry that it told of is there, as is the one that the next process appends."""
    moments = random.Random(500)

    for round_number in range(20):
        told, done = os.pipe()
        process = forked.Process(target=append_until_killed, args=(journal, round_number, done))
        process.start()
        os.close(done)
        with open(told, "rb") as pipe:
            number_told = len(pipe.read(1))
            time.sleep(moments.uniform(0, 0.02))
            process.kill()
            process.join()
            number_told += len(pipe.read())
        journal.append({"after": round_number})
        after, *found = entries(journal)
        journal.delete()

        whole = [entry for entry in found if isinstance(entry, dict)]
        spoiled = [entry for entry in found if isinstance(entry, Unreadable)]
        assert process.exitcode == -signal.SIGKILL
        assert after == {"after": round_number}
        assert spoiled in ([], [Unreadable(journal.path, torn=False)])
        assert found[len(spoiled) :] == whole, "only the last one can be spoiled"
        assert whole == [
            {"round": round_number, "number": number, "text": "x" * 1_000_000}
            for number in reversed(range(len(whole)))
        ]
        assert len(whole) - number_told in (0, 1), "the last one may be written, but not told of"


# Following.


def next_of(following: Iterator[Entry | None], number: int) -> list[Entry]:
    """The next so many entries, and no more until there is nothing new."""
    found: list[Entry] = []
    with at_most(20):
        while len(found) < number:
            entry = next(following)
            if entry is not None:
                found.append(entry)
        assert next(following) is None
    return found


def next_of_process(following: Iterator[Entry | None], number: int) -> list[Entry]:
    """The next so many entries, however long they take."""
    with at_most(20):
        return list(islice((entry for entry in following if entry is not None), number))


def test_following_a_journal_without_a_file_gives_nothing_and_creates_nothing(
    journal: Journal, tmp_path: Path
) -> None:
    with at_most(10), closing(journal.follow()) as following:
        assert list(islice(following, 3)) == [None] * 3

    assert list(tmp_path.iterdir()) == []


def test_following_starts_when_it_is_asked_for(journal: Journal) -> None:
    """Not at the first look, which may be later."""
    journal.append({"number": 1})

    with closing(journal.follow()) as following:
        journal.append({"number": 2})

        assert next_of(following, 1) == [{"number": 2}]


@pytest.mark.parametrize("before", [[], [{"number": -1}]], ids=["no file", "a file"])
def test_following_gives_what_other_processes_append(
    journal: Journal, before: list[dict[str, Any]]
) -> None:
    append_all(journal, before)
    documents = documents_of(1, 300, largest=100_000)

    with closing(journal.follow()) as following:
        process = forked.Process(target=append_all, args=(journal, documents))
        process.start()

        assert next_of_process(following, 300) == documents

    process.join()


def test_many_entries_written_at_once_come_in_order(journal: Journal) -> None:
    with closing(journal.follow()) as following:
        append_all(journal, numbered(range(5000)))

        assert next_of(following, 5000) == numbered(range(5000))


def test_a_line_is_followed_once_it_is_complete(journal: Journal) -> None:
    with closing(journal.follow()) as following:
        journal.append({"number": 1})
        add(journal.path, b'{"sender": "\xe5\xa4')
        before = next_of(following, 1)
        add(journal.path, b'\xa7\xe8\xb1\xa1"}')
        unfinished = next_of(following, 0)
        add(journal.path, b"\n{")

        assert (before, unfinished) == ([{"number": 1}], [])
        assert next_of(following, 1) == [{"sender": "大象"}]


def test_a_torn_line_is_followed_once_the_next_append_ends_it(journal: Journal) -> None:
    journal.append({"number": 1})
    with closing(journal.follow()) as following:
        add(journal.path, b'{"number": 2')
        before = next_of(following, 0)
        journal.append({"number": 3})

        assert before == []
        assert next_of(following, 2) == [Unreadable(journal.path, torn=False), {"number": 3}]


@pytest.mark.parametrize("end", [b'{"number": 1', b'{"number": 1}'], ids=["torn", "whole"])
def test_a_last_line_without_its_newline_is_not_new(journal: Journal, end: bytes) -> None:
    """Unlike the one that is appended then, though it is the same."""
    written(journal, b"{}\n" + end)
    with closing(journal.follow()) as following:
        journal.append({"number": 1})

        assert next_of(following, 1) == [{"number": 1}]


def test_a_line_that_was_being_written_when_following_began_is_new(journal: Journal) -> None:
    text = "x" * (2 * BLOCK)
    written(journal, f'{{}}\n{{"text": "{text}'.encode())
    with closing(journal.follow()) as following:
        add(journal.path, b'"}\n')

        assert next_of(following, 1) == [{"text": text}]


def test_blank_and_hostile_lines_are_followed_as_they_are_read(journal: Journal) -> None:
    with closing(journal.follow()) as following:
        written(journal, b'\n \r\n\xff\n{"number": 1}\n[]\n')

        spoiled = Unreadable(journal.path, torn=False)
        assert next_of(following, 3) == [spoiled, {"number": 1}, spoiled]


def test_a_rotation_is_followed_from_the_rest_of_the_old_file_to_the_new_one(
    journal: Journal,
) -> None:
    append_all(journal, numbered(range(5)), limit=28)
    with closing(journal.follow()) as following:
        append_all(journal, numbered(range(5, 8)), limit=28)
        first = next_of(following, 3)
        append_all(journal, numbered(range(8, 10)), limit=28)

        assert (first, next_of(following, 2)) == (numbered(range(5, 8)), numbered(range(8, 10)))


@pytest.mark.parametrize("number", [1, 2])
def test_a_rotation_while_the_files_are_looked_for_is_followed(
    journal: Journal, number: int
) -> None:
    append_all(journal, numbered(range(5)), limit=28)

    def rotate() -> None:
        append_all(journal, numbered(range(5, 8)), limit=42)

    with closing(journal.follow()) as following:
        with just_before(os.open, rotate, number):
            entry = next(following)

        assert [entry, *next_of_process(following, 2)] == numbered(range(5, 8))
        assert next_of(following, 0) == []


def test_two_rotations_between_two_looks_are_followed_in_order(journal: Journal) -> None:
    with closing(journal.follow()) as following:
        append_all(journal, numbered(range(4)), limit=28)
        first = next_of(following, 4)
        append_all(journal, numbered(range(4, 10)), limit=28)

        assert (first, next_of(following, 6)) == (numbered(range(4)), numbered(range(4, 10)))


def test_rotations_by_another_process_are_followed(journal: Journal) -> None:
    documents = documents_of(1, 200, largest=2000)

    def append_slowly() -> None:
        for document in documents:
            journal.append(document, limit=10_000)
            time.sleep(0.002)

    with closing(journal.follow(poll=0.001)) as following:
        process = forked.Process(target=append_slowly)
        process.start()

        assert next_of_process(following, 200) == documents

    process.join()
    assert len(entries(journal)) < 200, "nothing was rotated away"


def test_an_entry_of_who_had_the_file_open_when_it_was_rotated_is_followed(
    journal: Journal,
) -> None:
    journal.append({"number": 1})
    with (
        closing(journal.follow()) as following,
        open(journal.path, "ab", buffering=0) as late,
    ):
        journal.append({"number": 2}, limit=1)
        journal.append({"number": 3})
        before = next_of(following, 2)
        late.write(b'{"number": 4}\nking\n')

        assert before == numbered(range(2, 4))
        assert next_of(following, 2) == [
            {"number": 4},
            Unreadable(journal.rotated_path, torn=False),
        ]


def test_a_deleted_journal_is_followed_to_its_end_and_then_the_one_made_anew(
    journal: Journal,
) -> None:
    append_all(journal, numbered(range(5)), limit=28)
    with closing(journal.follow()) as following:
        journal.append({"number": 5})
        journal.delete()
        first = next_of(following, 1)
        append_all(journal, numbered(range(3)))

        assert (first, next_of(following, 3)) == ([{"number": 5}], numbered(range(3)))


def test_a_file_deleted_by_hand_does_not_make_the_rotated_one_new(journal: Journal) -> None:
    append_all(journal, numbered(range(5)), limit=28)
    with closing(journal.follow()) as following:
        os.unlink(journal.path)
        append_all(journal, numbered(range(5, 7)))

        assert next_of(following, 2) == numbered(range(5, 7))


def test_a_file_that_was_cut_is_followed_from_its_start(journal: Journal) -> None:
    append_all(journal, numbered(range(5)))
    add(journal.path, b'{"torn"')
    with closing(journal.follow()) as following:
        os.truncate(journal.path, 0)
        append_all(journal, numbered(range(5, 7)))

        assert next_of(following, 2) == numbered(range(5, 7))


def test_what_takes_the_place_of_a_followed_file_and_is_none_is_an_error(journal: Journal) -> None:
    journal.append({})
    with closing(journal.follow()) as following:
        os.unlink(journal.path)
        os.mkfifo(journal.path)

        with at_most(10):
            assert refused(lambda: next(following)) == "is not a regular file"


def test_no_file_stays_open(journal: Journal) -> None:
    append_all(journal, numbered(range(5)), limit=28)
    before = os.listdir("/dev/fd")

    following = journal.follow()
    for number in range(10):
        append_all(journal, numbered(range(3)), limit=28)
        assert len(next_of(following, 3)) == 3, number
    while_following = len(os.listdir("/dev/fd"))
    following.close()
    journal.follow()  # and nobody asks for an entry
    next(journal.backwards())
    os.unlink(journal.rotated_path)
    journal.append({})
    os.link(journal.path, journal.rotated_path)
    entries(journal)
    os.unlink(journal.rotated_path)
    os.mkfifo(journal.rotated_path)
    for action in (lambda: entries(journal), journal.follow):
        refused(action)

    assert while_following <= len(before) + 2
    assert os.listdir("/dev/fd") == before
