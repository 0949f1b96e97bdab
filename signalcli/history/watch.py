"""Follow the sends of a session as other processes make them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from signalcli.errors import ExitStatus
from signalcli.history.query import read_record, reading_history, unknown_signal
from signalcli.history.record import Record
from signalcli.session.file import SessionFile
from signalcli.session.journal import Journal, UnreadableLine
from signalcli.values.result import Result
from signalcli.values.signal_name import SignalName


class WatchOutcome(NamedTuple):
    """The outcome of watching a session."""

    seen: int
    notes: tuple[str, ...]
    timed_out: bool

    def result(self) -> Result:
        status = ExitStatus.FOUND if self.timed_out else ExitStatus.DONE
        return Result(self, notes=self.notes, status=status, lines=(), items=())

    def to_json(self) -> dict[str, Any]:
        return {"seen": self.seen, "timed_out": self.timed_out}


class SendWatcher:
    """An iterable of the sends of a session, from now on.

    Making it and iterating raise HistoryError if the history can't be read.

    :param count: the number of sends to wait for, or ``None`` for no end.
    :param timeout: the time to wait, in seconds, or ``None`` for no end.
    :raises UnknownName: if the signal is not defined.
    """

    def __init__(
        self,
        file: SessionFile,
        journal: Journal,
        signal: SignalName | None,
        count: int | None,
        timeout: float | None,
    ) -> None:
        self._place = file.place
        self._signal = None if signal is None else str(signal)
        if self._signal is not None and self._signal not in (known := file.read().signals):
            raise unknown_signal(self._signal, known, file)
        self._count = count
        self._timeout = timeout
        self._notes: list[str] = []
        self._seen = 0
        self._deadline = None if timeout is None else time.monotonic() + timeout
        with reading_history():
            self._followed = journal.follow()

    @property
    def invitation(self) -> str:
        """The sentence to show first, about what is watched and how to end it."""
        what = "every signal" if self._signal is None else self._signal
        return f"Watching {what} of {self._place}. Send from another terminal; Ctrl-C ends it."

    def __iter__(self) -> Iterator[Record]:
        with reading_history():
            for entry in self._followed:
                record = None if entry is None else read_record(entry)
                if isinstance(record, UnreadableLine):
                    self._notes.append("A line of the history is no past send, and was left out.")
                elif record is not None and self._signal in (None, record.delivery.signal):
                    self._seen += 1
                    yield record
                is_over = self._deadline is not None and time.monotonic() >= self._deadline
                if is_over or self._seen == self._count:
                    return

    @property
    def outcome(self) -> WatchOutcome:
        """The outcome, once the iteration has ended."""
        return watch_outcome(self._seen, self._count, self._timeout, tuple(self._notes))


def watch_outcome(
    seen: int, count: int | None, timeout: float | None, notes: tuple[str, ...]
) -> WatchOutcome:
    """Return the outcome of watching until ``count`` sends came, or for ``timeout`` seconds."""
    wanted = count or 1
    if seen >= wanted:
        return WatchOutcome(seen, notes, timed_out=False)
    came = f"{seen} of {wanted} sends came" if seen else "no send came"
    over = f"Timed out: {came} within {timeout:g} s."
    return WatchOutcome(seen, (*notes, over), timed_out=True)
