"""Following the journal while other processes append, rotate and delete."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from signalcli.session.journal import BLOCK, Entry, Journal, UnreadableLine
from tests.support.journals import (
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
def test_what_others_append_is_followed(journal: Journal, before: list[dict[str, Any]]) -> None:
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
        assert next_of(following, 2) == [spoiled(journal), {"number": 3}]


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

        line = spoiled(journal)
        assert next_of(following, 3) == [line, {"number": 1}, line]


def test_a_rotation_is_followed_from_the_old_file_to_the_new_one(journal: Journal) -> None:
    append_all(journal, numbered(range(5)), limit=28)
    with closing(journal.follow()) as following:
        append_all(journal, numbered(range(5, 8)), limit=28)
        first = next_of(following, 3)
        append_all(journal, numbered(range(8, 10)), limit=28)

        assert (first, next_of(following, 2)) == (numbered(range(5, 8)), numbered(range(8, 10)))


@pytest.mark.parametrize("number", [1, 2])
def test_a_rotation_while_files_are_looked_for_is_followed(journal: Journal, number: int) -> None:
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


def test_an_entry_of_who_had_the_rotated_file_open_is_followed(journal: Journal) -> None:
    journal.append({"number": 1})
    with closing(journal.follow()) as following, open(journal.path, "ab", buffering=0) as late:
        journal.append({"number": 2}, limit=1)
        journal.append({"number": 3})
        before = next_of(following, 2)
        late.write(b'{"number": 4}\nking\n')

        assert before == numbered(range(2, 4))
        assert next_of(following, 2) == [
            {"number": 4},
            UnreadableLine(journal.rotated_path, torn=False),
        ]


def test_a_deleted_journal_is_followed_and_then_the_one_made_anew(journal: Journal) -> None:
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
    journal.follow()  # and no entry is asked for
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
