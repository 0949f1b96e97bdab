"""Rotating and deleting the journal, and processes that write at once."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from signalcli.files import lock_path, locked
from signalcli.session.journal import Entry, Journal, JournalError, UnreadableLine
from tests.support.journals import (
    UNLIMITED,
    add,
    append_all,
    at_most,
    documents_of,
    entries,
    forked,
    just_before,
    numbered,
    refused,
    spoiled,
    written,
)

pytestmark = pytest.mark.slow

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


def test_both_journal_files_are_read_the_newer_first(journal: Journal) -> None:
    append_all(journal, numbered(range(3)), limit=28)
    append_all(journal, numbered(range(3, 5)))
    add(journal.rotated_path, b"{")

    assert entries(journal) == [
        *numbered(range(3, 5))[::-1],
        UnreadableLine(journal.rotated_path, torn=True),
        *numbered(range(3))[::-1],
    ]


def test_while_the_session_is_locked_a_later_append_rotates(journal: Journal) -> None:
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
    """A second rotation would lose the entries of the rotated file."""
    append_all(journal, numbered(range(2)))

    def append_and_rotate() -> None:
        append_all(journal, numbered(range(3, 5)), limit=42)

    with just_before(os.lseek, append_and_rotate):  # our entry is written, its end not known yet
        journal.append({"number": 2}, limit=28)

    assert tuple(map(len, lines_of(journal))) == (4, 1)
    assert entries(journal) == numbered(range(5))[::-1]


def test_a_rotation_while_files_are_opened_hides_and_doubles_nothing(journal: Journal) -> None:
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
    """One beside another user's session could lead to any file of this user."""
    victim = tmp_path / "diary"
    victim.write_text("dear diary")
    link = written(journal, b"")
    link.unlink()
    link.symlink_to(victim)

    with pytest.raises(JournalError):
        journal.append({"number": 1})

    assert victim.read_text() == "dear diary"


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
        if isinstance(entry, UnreadableLine):
            assert entry.torn, "a line was spoiled"
        else:
            entries_of.setdefault(entry["process"], []).append(entry)
    return entries_of


@pytest.mark.parametrize("number_of_processes", [2, 4])
def test_processes_that_append_at_once_lose_and_spoil_no_line(
    journal: Journal, number_of_processes: int
) -> None:
    """A reader finds the entries of each in order at any moment, and never fewer."""
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
    """Every entry that it reported is there, as is the one that the next process appends."""
    moments = random.Random(500)

    for round_number in range(20):
        reported, done = os.pipe()
        process = forked.Process(target=append_until_killed, args=(journal, round_number, done))
        process.start()
        os.close(done)
        with open(reported, "rb") as pipe:
            number_told = len(pipe.read(1))
            time.sleep(moments.uniform(0, 0.02))
            process.kill()
            process.join()
            number_told += len(pipe.read())
        journal.append({"after": round_number})
        after, *found = entries(journal)
        journal.delete()

        whole = [entry for entry in found if isinstance(entry, dict)]
        lost = [entry for entry in found if isinstance(entry, UnreadableLine)]
        assert process.exitcode == -signal.SIGKILL
        assert after == {"after": round_number}
        assert lost in ([], [spoiled(journal)])
        assert found[len(lost) :] == whole, "only the last one can be spoiled"
        assert whole == [
            {"round": round_number, "number": number, "text": "x" * 1_000_000}
            for number in reversed(range(len(whole)))
        ]
        assert len(whole) - number_told in (0, 1), "the last one may be written, but not reported"
