"""Looking back at the sends of a session, and following them as they happen."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from signalcli.errors import ExitStatus, HistoryError, UnknownName, UsageError
from signalcli.history.record import Record
from signalcli.past import Past, Wanted, backwards, find, find_by_id, read_record
from signalcli.session.file import SessionFile
from signalcli.session.journal import Journal, JournalError, Unreadable
from signalcli.text import typed_text
from signalcli.values.signal_name import SignalName


class History(NamedTuple):
    """Past sends, newest last."""

    items: tuple[Record, ...]
    sentences: tuple[str, ...]
    """What there is to say about what can't be read."""

    @property
    def is_drawn(self) -> bool:
        return bool(self.items)

    def to_json(self) -> dict[str, Any]:
        return {"history": [record.to_json() for record in self.items]}


class Shown(NamedTuple):
    """One past send, whole."""

    record: Record
    notes: tuple[str, ...]
    """What there is to say about what can't be read."""

    @property
    def sentences(self) -> tuple[str, ...]:
        return (*self.record.sentences, *self.notes)

    @property
    def items(self) -> tuple[Record, ...]:
        """Itself, in a line: what there is to say has no place in its JSON."""
        return (self.record,)

    def to_json(self) -> dict[str, Any]:
        return self.record.to_json()


def history(
    file: SessionFile,
    journal: Journal,
    signal: str | None,
    since: float | None,
    senders: tuple[object, ...],
    last: int | None,
) -> History:
    """The past sends that are asked for.

    :param since: seconds since the epoch.
    :raises UnknownName: if neither the session nor the history has such a signal.
    :raises HistoryError: if the history can't be read.
    """
    name = None if signal is None else str(SignalName.parse(signal))
    with _readable():
        past = find(journal, Wanted(name, since, senders, last))
        if name is not None and not past.records:
            _check_known(name, file, journal)
        notes = past.notes
        if not past.records and next(backwards(journal, []), None) is None:
            notes += ("No past sends here. Make one: signalcli send king",)
        elif not past.records:
            notes += ("No past send is like that. See them all: signalcli history",)
    return History(past.records, notes)


def show(journal: Journal, typed: str) -> Shown:
    """One past send.

    :param typed: its id, or the beginning of that.
    :raises UnknownName: if there is none.
    :raises HistoryError: if the history can't be read.
    """
    with _readable():
        past = find_by_id(journal, [typed])
    return Shown(past.records[0], past.notes)


def every(journal: Journal) -> Past:
    """All past sends.

    :raises HistoryError: if the history can't be read.
    """
    with _readable():
        return find(journal, Wanted())


def chosen(journal: Journal, ids: Sequence[str], last: int | None, every: bool) -> Past:
    """The past sends to send again.

    :raises UsageError: if it isn't said which, or in two ways.
    :raises UnknownName: if there is none of an id.
    :raises HistoryError: if the history can't be read.
    """
    ways = [bool(ids), last is not None, every]
    if sum(ways) != 1:
        how = "in one way" if any(ways) else "first"
        raise UsageError(
            f"Say {how} which sends to replay: by their ids, with --last, or with --all. "
            f"See them: signalcli history"
        )
    with _readable():
        return find_by_id(journal, ids) if ids else find(journal, Wanted(last=last))


class Watched(NamedTuple):
    """How the watching of a session ended."""

    seen: int
    sentences: tuple[str, ...]
    timed_out: bool
    items: tuple[Record, ...] = ()
    """None: each was shown when it came."""
    is_drawn: bool = False

    @property
    def status(self) -> ExitStatus:
        return ExitStatus.FOUND if self.timed_out else ExitStatus.DONE

    def to_json(self) -> dict[str, Any]:
        return {"seen": self.seen, "timed_out": self.timed_out}


class Watching:
    """The sends of a session from now on, as they come.

    :raises HistoryError: while they are followed, if the history can't be read.
    """

    def __init__(
        self,
        place: str,
        journal: Journal,
        signal: str | None,
        count: int | None,
        timeout: float | None,
    ) -> None:
        self._place = place
        self._signal = signal
        self._count = count
        self._timeout = timeout
        self._notes: list[str] = []
        self._seen = 0
        self._deadline = None if timeout is None else time.monotonic() + timeout
        with _readable():
            self._followed = journal.follow()

    @property
    def invitation(self) -> str:
        """The sentence that says what is waited for."""
        what = "every signal" if self._signal is None else self._signal
        return f"Watching {what} of {self._place}. Send from another terminal; Ctrl-C ends it."

    def __iter__(self) -> Iterator[Record]:
        with _readable():
            for entry in self._followed:
                record = None if entry is None else read_record(entry)
                if isinstance(record, Unreadable):
                    self._notes.append("A line of the history is no past send, and was left out.")
                elif record is not None and self._signal in (None, record.delivery.signal):
                    self._seen += 1
                    yield record
                if self._seen == self._count or self._is_over():
                    return

    @property
    def outcome(self) -> Watched:
        """How it ended."""
        wanted = self._count or 1
        if self._seen >= wanted:
            return Watched(self._seen, tuple(self._notes), timed_out=False)
        seen = f"{self._seen} of {wanted} sends came" if self._seen else "no send came"
        over = f"The time is over: {seen} within {self._timeout:g} s."
        return Watched(self._seen, (*self._notes, over), timed_out=True)

    def _is_over(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline


def watch(
    file: SessionFile,
    journal: Journal,
    signal: SignalName | None,
    count: int | None,
    timeout: float | None,
) -> Watching:
    """Follow the sends of a session, from this call on.

    :param count: how many to wait for; ``None`` goes on.
    :param timeout: how long to wait for them, in seconds.
    :raises UnknownName: if the session has no such signal.
    :raises HistoryError: if the history can't be read.
    """
    if signal is not None:
        known = file.read().signals
        if str(signal) not in known:
            raise _unknown(str(signal), known, file)
    name = None if signal is None else str(signal)
    return Watching(file.place, journal, name, count, timeout)


def _check_known(name: str, file: SessionFile, journal: Journal) -> None:
    known = list(file.read().signals)
    if name not in known:
        known += [record.delivery.signal for record in backwards(journal, [])]
        if name not in known:
            raise _unknown(name, known, file)


def _unknown(name: str, known: Sequence[str] | Any, file: SessionFile) -> UnknownName:
    remedy = "See them all: signalcli list"
    return UnknownName("signal", name, known, place=file.place, remedy=remedy)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except JournalError as error:
        path = typed_text(error.path)
        raise HistoryError(f"The history {path} can't be read: {error}.") from error
