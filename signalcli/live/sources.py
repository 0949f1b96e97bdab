"""Where ``signalcli live`` gets what it shows: a session, or the lines of a traced program."""

from __future__ import annotations

import os
import select
import stat
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from signalcli.errors import InvalidJSON, SignalcliError
from signalcli.history.query import Criteria, find, read_record, reading_history
from signalcli.history.record import Record
from signalcli.language.phrases import localized, phrase
from signalcli.live.model import CurrentSignals, Item
from signalcli.session.file import SessionFile
from signalcli.session.journal import Entry, Journal, UnreadableLine
from signalcli.text import from_json
from signalcli.values.traces.edges import SignalEdges, edges_of_session
from signalcli.values.traces.live import Live, live_from_json

PAST = 20
"""past sends that are listed at the start."""
BLOCK = 2**16
"""bytes read at once."""

Put = Callable[[Item], object]


class Source(Protocol):
    """Pass on what is new, in a thread of its own."""

    @property
    def title(self) -> str:
        """What is shown, in a few words."""

    def past(self) -> tuple[Record, ...]:
        """Return the sends that were made before."""

    def run(self, put: Put, is_stopped: Callable[[], bool]) -> None:
        """Pass on what is new, until ``is_stopped`` returns true."""


class SessionSource:
    """The sends and the changes of a session, and its signals whenever its file changed.

    Making it and ``past`` raise SessionError or HistoryError if the files can't be read.
    """

    def __init__(self, file: SessionFile, journal: Journal) -> None:
        self.title = localized(file.place)
        self._file = file
        self._journal = journal
        self._past: set[str] = set()
        """The ids of the past sends, some of which ``_followed`` yields again."""
        self._version = file.version()
        self._signals = edges_of_session(file.read())
        with reading_history():
            self._followed = journal.follow()

    def past(self) -> tuple[Record, ...]:
        records = find(self._journal, Criteria(last=PAST)).records
        self._past = {record.id for record in records}
        return records

    def run(self, put: Put, is_stopped: Callable[[], bool]) -> None:
        put(CurrentSignals(self._signals))
        try:
            with reading_history():
                for entry in self._followed:
                    self._pass_on(entry, put)
                    if is_stopped():
                        return
        except SignalcliError as error:
            put(str(error))

    def _pass_on(self, entry: Entry | None, put: Put) -> None:
        record = None if entry is None else read_record(entry)
        if isinstance(record, UnreadableLine):
            put(phrase("A line of the history is no past send, and was left out."))
        elif record is not None and getattr(record, "id", None) not in self._past:
            put(record)
        if not isinstance(record, Record):
            self._read_again(put)

    def _read_again(self, put: Put) -> None:
        """Pass on the signals, if the file changed."""
        try:
            version = self._file.version()
            if version != self._version:
                self._version = version
                put(CurrentSignals(edges_of_session(self._file.read())))
        except SignalcliError as error:
            put(str(error))


class ProgramSource:
    """The signals of a program, and its sends and changes from the lines of ``trace run --live=json``.

    :param descriptor: of the file or pipe with the lines; ``None`` for a program that isn't traced.
    :param signals: those that are known at the start, such as those of the application.
    """

    def __init__(
        self, title: str, descriptor: int | None, signals: tuple[SignalEdges, ...] = ()
    ) -> None:
        self.title = title
        self._descriptor = descriptor
        self._signals = signals

    def past(self) -> tuple[Record, ...]:
        return ()

    def run(self, put: Put, is_stopped: Callable[[], bool]) -> None:
        put(CurrentSignals(self._signals))
        if self._descriptor is None:
            return
        for line in self._lines(self._descriptor, is_stopped):
            put(_read_line(line))
        if not is_stopped():
            put(phrase("The program has ended."))

    def _lines(self, descriptor: int, is_stopped: Callable[[], bool]) -> Iterator[bytes]:
        """Yield the lines until the end of a pipe. A file is followed as it grows."""
        is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        rest = b""
        while not is_stopped():
            ready, _, _ = select.select([descriptor], [], [], 0.1)
            block = os.read(descriptor, BLOCK) if ready else b""
            if is_file and not block:
                time.sleep(0.1)
            if not block and (is_file or not ready):
                continue
            if not block:
                break
            *lines, rest = (rest + block).split(b"\n")
            yield from filter(bytes.strip, lines)
        if rest.strip():
            yield rest


def _read_line(line: bytes) -> Live | str:
    """Return what a line of a trace holds, or a sentence if it is no send and no change."""
    try:
        document = from_json(line.decode())
        if isinstance(document, dict) and "counts" in document:  # the last line
            return phrase("The trace is complete.")
        return live_from_json(document)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, InvalidJSON):
        return phrase("A line of the trace is no send and no change, and was left out.")
