"""The journal: appending and reading, damaged lines, and what is no file."""

from __future__ import annotations

import ctypes
import json
import os
import re
import resource
import signal
import stat
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from signalcli.session.journal import BLOCK, Entry, Journal, JournalError, journal_of
from signalcli.text import UNSAFE
from tests.support.cli import COVERAGE
from tests.support.journals import (
    add,
    append_all,
    at_most,
    entries,
    forked,
    just_before,
    numbered,
    refused,
    spoiled,
    torn,
    written,
)


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


@pytest.mark.parametrize(
    ("target", "path", "rotated_path"),
    [
        ("/x/king.json", "/x/king.history.jsonl", "/x/king.history.1.jsonl"),
        ("/x/大象.json", "/x/大象.history.jsonl", "/x/大象.history.1.jsonl"),
        ("/x/king.txt", "/x/king.txt.history.jsonl", "/x/king.txt.history.1.jsonl"),
        ("/x.json/king", "/x.json/king.history.jsonl", "/x.json/king.history.1.jsonl"),
    ],
)
def test_a_journal_is_beside_its_session(target: str, path: str, rotated_path: str) -> None:
    journal = journal_of(target)

    assert (journal, journal.rotated_path) == (Journal(path, target), rotated_path)


def test_the_journal_loads_nothing_that_a_send_would_wait_for() -> None:
    script = "import sys, signalcli.session.journal; print(*sys.modules)"
    environment = {key: value for key, value in os.environ.items() if key not in COVERAGE}
    loaded = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, env=environment
    )

    slow = "blinker click rich filelock dataclasses datetime pathlib shutil tempfile"
    assert set(loaded.stdout.decode().split()) & set(slow.split()) == set()


def test_a_journal_without_a_file_is_read_as_empty(journal: Journal, tmp_path: Path) -> None:
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
def test_a_new_file_has_the_mode_of_the_umask(journal: Journal, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        journal.append({})
    finally:
        os.umask(before)

    assert stat.S_IMODE(os.stat(journal.path).st_mode) == mode


TEXTS = (
    *("\n", "\r\n", "\0", "\x85", "\u2028", "\u2029", "\udcff", "\ud83d", "\x1b[2J", "\u202e"),
    *('"', "\\", "\\n", "大象", "🦁", "\ufeff"),
)


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_any_text_is_kept_in_one_line_that_is_safe_to_print(journal: Journal, text: str) -> None:
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


NOT_JSON = {
    "deep": (too_deep(), "the entry is nested too deeply"),
    "nan": ({"number": float("nan")}, "the entry is not JSON: "),
    "set": ({"set": set()}, "the entry is not JSON: "),
    "digits": ({"number": 10**5000}, "the entry is not JSON: "),
}


@pytest.mark.parametrize(("document", "reason"), NOT_JSON.values(), ids=NOT_JSON)
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


def test_an_append_ends_a_torn_line(journal: Journal) -> None:
    path = written(journal, b'{"number": 1}\n{"number": 2')

    journal.append({"number": 3})

    assert path.read_bytes() == b'{"number": 1}\n{"number": 2\n{"number": 3}\n'
    assert entries(journal) == [{"number": 3}, spoiled(journal), {"number": 1}]


def test_an_append_survives_a_line_that_is_torn_just_before_it_writes(journal: Journal) -> None:
    """The torn line spoils the first writing, and a second one follows."""
    journal.append({"number": 1})

    with just_before(os.write, lambda: add(journal.path, b'{"number": 2')):
        journal.append({"number": 3})
    journal.append({"number": 4})

    one, _, three, four = numbered(range(1, 5))
    assert entries(journal) == [four, three, spoiled(journal), one]


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


NOT_ENTRIES = {
    "no UTF-8": b'{"text": "\xff\xfe"}',
    "a surrogate in UTF-8": b'{"text": "\xed\xa0\x80"}',
    "zeros": b"\0" * 10_000,
    "a raw escape": b'{"text": "\x1b[2J"}',
    "a title": b"\x1b]0;king\x07",
    "a list": b"[1]",
    "null": b"null",
    "two": b"{} {}",
    "nan": b'{"number": NaN}',
    "a key twice": b'{"number": 1, "number": 2}',
    "digits": b'{"number": 1' + b"0" * 10_000 + b"}",
    "deep": b'{"list":' + b"[" * 1_000_000,
    "deep and closed": b'{"list":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "huge": b"x" * 5_000_000,
    "a word": b"king",
    "a torn one": b'{"number": 3',
}


@pytest.mark.parametrize("line", NOT_ENTRIES.values(), ids=NOT_ENTRIES)
def test_a_line_that_is_no_entry_hides_no_other(journal: Journal, line: bytes) -> None:
    written(journal, b'{"number": 1}\n%b\n{"number": 2}\n%b' % (line, line))

    one, two = numbered(range(1, 3))
    assert entries(journal) == [torn(journal), two, spoiled(journal), one]


def test_blank_lines_are_no_entries(journal: Journal) -> None:
    written(journal, b'\n\n{"number": 1}\n \t\r\n{"number": 2}\r\n\n  ')

    assert entries(journal) == [{"number": 2}, {"number": 1}]


def test_a_huge_line_is_read_exactly(journal: Journal) -> None:
    huge = {"text": "大王叫我来巡山" * 500_000}
    documents: list[dict[str, Any]] = [{"number": 1}, huge, {"number": 2}]

    append_all(journal, documents)

    assert entries(journal) == documents[::-1]


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
def test_what_is_no_file_takes_no_entry(
    journal: Journal, make: Callable[[Path], None], reason: str
) -> None:
    Path(journal.path).parent.mkdir()
    make(Path(journal.path))

    with at_most(10):
        assert refused(lambda: journal.append({})) == reason


def test_a_fifo_with_a_reader_is_not_written_to(journal: Journal) -> None:
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
    found = entries(journal)
    journal.append({"number": 2})

    room, size = 4096 - len('{"number": 1}\n'), len(json.dumps(long)) + 1
    assert reasons == [f"only {room - size} of {size} bytes could be written", "File too large"]
    assert found == [torn(journal), long, {"number": 1}]
    assert entries(journal) == [{"number": 2}, spoiled(journal), *found[1:]]


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
def test_a_directory_that_may_not_be_written_takes_entries_only(journal: Journal) -> None:
    directory = written(journal, b"{}\n").parent
    directory.chmod(0o500)
    other = journal_of(str(directory / "other.json"))
    append, rotate = (lambda: other.append({})), (lambda: journal.append({"number": 1}, limit=1))

    reasons = refused_in_a_process(bound_by_permissions, append, rotate, journal.delete)

    denied = "Permission denied"
    unrotated = f"the entry was written, but the journal can't be rotated: {denied}"
    assert reasons == [denied, unrotated, denied]
    assert entries(journal) == [{"number": 1}, {}]
