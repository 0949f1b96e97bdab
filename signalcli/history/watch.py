"""Follow the sends and the changes of a session as other processes make them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from signalcli.errors import ExitStatus
from signalcli.history.query import read_record, reading_history, unknown_signal
from signalcli.history.record import Record
from signalcli.language.phrases import phrase
from signalcli.session.changes import ChangeRecord
from signalcli.session.file import SessionFile
from signalcli.session.journal import Journal, UnreadableLine
from signalcli.values.result import Result, StreamEnd
from signalcli.values.signal_name import SignalName

SENDS, CHANGES = "sends", "changes"
Followed: TypeAlias = Record | ChangeRecord

_SOME = {
    SENDS: phrase("Timed out: {seen} of {wanted} sends came within {seconds:g} s."),
    CHANGES: phrase("Timed out: {seen} of {wanted} changes came within {seconds:g} s."),
}
_NONE = {
    SENDS: phrase("Timed out: no send came within {seconds:g} s."),
    CHANGES: phrase("Timed out: no change came within {seconds:g} s."),
}


class WatchedLine(NamedTuple):
    """A send or a change on one line."""

    record: Followed

    def result(self) -> Result:
        return Result(self)

    def to_json(self) -> dict[str, Any]:
        return self.record.to_json()


class WatchOptions(NamedTuple):
    """What is watched, and for how long."""

    signal: SignalName | None = None
    only: str | None = None
    """``SENDS`` or ``CHANGES``; ``None`` for both."""
    end_after: int | None = None
    """The number of sends to wait for, or of changes if only they are watched; ``None`` for no end."""
    timeout: float | None = None
    """The time to wait, in seconds, or ``None`` for no end."""

    @property
    def counts_changes(self) -> bool:
        return self.only == CHANGES


class SessionWatcher:
    """An iterable of the sends and the changes of a session, from now on.

    Making it and iterating raise HistoryError if the history can't be read.

    :raises UnknownName: if the signal is not defined.
    """

    def __init__(self, file: SessionFile, journal: Journal, options: WatchOptions) -> None:
        self._place = file.place
        self._options = options
        self._signal = None if options.signal is None else str(options.signal)
        if self._signal is not None and self._signal not in (known := file.read().signals):
            raise unknown_signal(self._signal, known, file)
        self._notes: list[str] = []
        self._seen = 0
        seconds = options.timeout
        self._deadline = None if seconds is None else time.monotonic() + seconds
        with reading_history():
            self._followed = journal.follow()

    @property
    def invitation(self) -> str:
        """The sentence to show first, about what is watched and how to end it."""
        if self._signal is None:
            return phrase(
                "Watching every signal of {place}. Send from another terminal; Ctrl-C ends it.",
                place=self._place,
            )
        return phrase(
            "Watching {signal} of {place}. Send from another terminal; Ctrl-C ends it.",
            signal=self._signal,
            place=self._place,
        )

    def __iter__(self) -> Iterator[Followed]:
        with reading_history():
            for entry in self._followed:
                record = None if entry is None else read_record(entry)
                if isinstance(record, UnreadableLine):
                    self._notes.append(
                        phrase("A line of the history is no past send, and was left out.")
                    )
                elif record is not None and self._wants(record):
                    self._seen += isinstance(record, ChangeRecord) == self._options.counts_changes
                    yield record
                is_over = self._deadline is not None and time.monotonic() >= self._deadline
                if is_over or self._seen == self._options.end_after:
                    return

    def _wants(self, record: Followed) -> bool:
        if isinstance(record, ChangeRecord):
            is_of_signal = self._signal is None or record.concerns(self._signal)
            return is_of_signal and self._options.only != SENDS
        return self._signal in (None, record.delivery.signal) and self._options.only != CHANGES

    @property
    def outcome(self) -> StreamEnd:
        """The outcome, once the iteration has ended."""
        options, notes = self._options, tuple(self._notes)
        kind = options.only or SENDS
        return watch_outcome(self._seen, options.end_after, options.timeout, notes, kind)


def watch_outcome(
    seen: int, count: int | None, timeout: float | None, notes: tuple[str, ...], kind: str = SENDS
) -> StreamEnd:
    """Return the outcome of watching until ``count`` sends came, or for ``timeout`` seconds.

    :param kind: what is counted: ``SENDS`` or ``CHANGES``.
    """
    wanted = count or 1
    if seen >= wanted:
        return StreamEnd(notes=notes)
    template = (_SOME if seen else _NONE)[kind]
    over = phrase(template, seen=seen, wanted=wanted, seconds=timeout)
    return StreamEnd(ExitStatus.FOUND, (*notes, over))
