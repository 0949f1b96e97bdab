"""Journals to test with, and files that stand in their way."""

from __future__ import annotations

import random
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from signalcli.session.journal import Entry, Journal, JournalError, UnreadableLine

UNLIMITED = sys.maxsize

forked = get_context("fork")


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


def torn(journal: Journal) -> UnreadableLine:
    """The last line of a journal, without its end."""
    return UnreadableLine(journal.path, torn=True)


def spoiled(journal: Journal) -> UnreadableLine:
    """A whole line of a journal that is no entry."""
    return UnreadableLine(journal.path, torn=False)


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


def documents_of(process: int, number_of_entries: int, largest: int) -> list[dict[str, Any]]:
    """What a process appends: many small entries, and some of up to ``largest`` characters."""
    sizes = random.Random(process)
    return [
        {"process": process, "number": number, "text": "x" * int(largest ** sizes.uniform(0, 1))}
        for number in range(number_of_entries)
    ]
