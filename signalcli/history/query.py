"""Find past sends in a journal: a filtered list, one by its id, all, or those to replay.

The functions raise HistoryError if the history can't be read. Each part of a line is checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from signalcli.errors import HistoryError, UnknownName, UsageError, closest, shortened
from signalcli.history.record import Record
from signalcli.language.phrases import counted, phrase, sentences
from signalcli.session.changes import ChangeRecord
from signalcli.session.file import SessionFile
from signalcli.session.journal import Entry, Journal, JournalError, UnreadableLine, is_change
from signalcli.text import session_command, typed_text
from signalcli.values.result import Result
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.values.change import Change

_UNREADABLE = phrase("The history {path} can't be read: {reason}.")
LAST = "last"
"""What users type instead of the id of the newest send."""


class History(NamedTuple):
    """Past sends, newest last unless they were chosen by their ids."""

    records: tuple[Record, ...]
    notes: tuple[str, ...]

    def result(self) -> Result:
        lines = None if self.records else ()
        return Result(self, notes=self.notes, lines=lines, items=self.records)

    def to_json(self) -> dict[str, Any]:
        return {"history": [record.to_json() for record in self.records]}


class PastSend(NamedTuple):
    """One past send, with all its details."""

    record: Record
    notes: tuple[str, ...]

    def result(self) -> Result:
        notes = (*self.record.result().notes, *self.notes)
        return Result(self, notes=notes, items=(self.record,))

    def to_json(self) -> dict[str, Any]:
        return self.record.to_json()


class Criteria(NamedTuple):
    """Criteria that a past send must meet."""

    signal: str | None = None
    since: float | None = None
    """The earliest time, in seconds since the epoch."""
    senders: tuple[object, ...] = ()
    """Any of these senders; none means all."""
    last: int | None = None

    def fits(self, record: Record) -> bool:
        """Return whether a record meets the criteria."""
        from datetime import datetime

        delivery, time = record.delivery, datetime.fromisoformat(record.time).timestamp()
        return (
            (self.signal is None or delivery.signal == self.signal)
            and (not self.senders or any(_is_sender(delivery.sender, s) for s in self.senders))
            and (self.since is None or time >= self.since)
        )


def find(journal: Journal, wanted: Criteria) -> History:
    """Return the past sends that meet the criteria, reading from the end."""
    records: list[Record] = []
    unreadable: list[UnreadableLine] = []
    if wanted.last != 0:
        for record in backwards(journal, unreadable):
            if wanted.fits(record):
                records.append(record)
                if len(records) == wanted.last:
                    break
    records.reverse()
    return History(tuple(records), tuple(_notes(unreadable)))


def find_by_id(journal: Journal, ids: Sequence[str]) -> History:
    """Return the past sends of some ids, in the order of the ids.

    :param ids: ids, beginnings of ids, or ``last``.
    :raises UnknownName: if no past send has an id.
    :raises UsageError: if several ids begin with one.
    """
    unreadable: list[UnreadableLine] = []
    found: dict[str, Record] = {}
    known: list[str] = []
    for record in backwards(journal, unreadable):
        known.append(record.id)
        for typed in dict.fromkeys(ids):
            if typed == LAST and typed not in found:
                found[LAST] = record
            if typed == LAST or not typed or not record.id.startswith(typed):
                continue
            if typed in found and found[typed].id not in (typed, record.id):
                raise UsageError(
                    "Several past sends have an id that begins with '{id}', such as {first} and "
                    "{second}. Type more of it.",
                    id=typed,
                    first=shortened(found[typed].id),
                    second=shortened(record.id),
                )
            found.setdefault(typed, record)
    for typed in ids:
        if typed not in found:
            remedy = phrase("See them all: {command}", command=session_command("history"))
            raise UnknownName("past send", typed, known, remedy=remedy)
    return History(tuple(found[typed] for typed in ids), tuple(_notes(unreadable)))


def backwards(journal: Journal, unreadable: list[UnreadableLine]) -> Iterator[Record]:
    """Yield every past send, newest first, and add the lines that are none to ``unreadable``."""
    with reading_history():
        for entry in journal.backwards():
            record = read_record(entry)
            if isinstance(record, UnreadableLine):
                unreadable.append(record)
            elif isinstance(record, Record):  # backwards leaves out the changes
                yield record


def read_record(entry: Entry) -> Record | ChangeRecord | UnreadableLine:
    """Return the record in a line of the journal; ``UnreadableLine`` if it isn't one."""
    if isinstance(entry, UnreadableLine):
        return entry
    try:
        return ChangeRecord.from_json(entry) if is_change(entry) else Record.from_json(entry)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        return UnreadableLine("", torn=False)


def _notes(unreadable: list[UnreadableLine]) -> Iterator[str]:
    torn = [line for line in unreadable if line.torn]
    other = len(unreadable) - len(torn)
    for line in torn:
        yield phrase("The last line of {path} was cut short, and is left out.", path=line.path)
    if other:
        yield counted(
            "{n} line of the history is no past send, and left out.",
            "{n} lines of the history are no past send, and left out.",
            other,
        )


def _is_sender(sender: object, wanted: object) -> bool:
    """Return whether blinker considers two senders equal, or they are the same JSON."""
    if isinstance(sender, int) and isinstance(wanted, int):
        return sender == wanted
    return type(sender) is type(wanted) and sender == wanted


def list_history(
    file: SessionFile, journal: Journal, wanted: Criteria, likely: str | None = None
) -> History:
    """Return the past sends that meet all criteria.

    :param likely: the command that the name of the signal may mean.
    :raises UnknownName: for an unknown signal.
    """
    past = find(journal, wanted)
    if past.records:
        return past
    if wanted.signal is not None:
        _check_known(wanted.signal, file, journal, likely)
    has_none = next(backwards(journal, []), None) is None
    if has_none:
        note = phrase(
            "No past sends here. Make one: {command}", command=session_command("send", "king")
        )
    else:
        note = phrase(
            "No past send matches. See them all: {command}", command=session_command("history")
        )
    notes = (*past.notes, note)
    signals = [] if wanted.signal is None else [wanted.signal]
    if has_none and not signals:
        signals = list(file.read().signals)
    requests = (SignalName.parse(name).demo_request for name in signals)
    request = next(filter(None, requests), None)
    if request is not None:
        traced = phrase(
            "Requests to the demo application are saved only in traces: {command}",
            command=session_command(*request),
        )
        notes = (*notes, traced)
    return past._replace(notes=notes)


def show(journal: Journal, typed: str) -> PastSend:
    """Return one past send by its id or the beginning of its id, or raise UnknownName."""
    past = find_by_id(journal, [typed])
    return PastSend(past.records[0], past.notes)


def newest(journal: Journal, beginning: str, most: int) -> list[Record]:
    """Return the newest past sends whose id begins as given, newest first."""
    matching = (r for r in backwards(journal, []) if r.id.startswith(beginning))
    return list(islice(matching, most))


def clear(file: SessionFile, journal: Journal) -> Change:
    """Delete the past sends of a session, or raise HistoryError if the files can't be deleted."""
    from signalcli.values.change import Change

    if is_empty(journal):
        empty = phrase("The history of {place} is empty: nothing changed.", place=file.place)
        return Change(False, (empty,))
    with reading_history(phrase("The history {path} can't be deleted: {reason}.")):
        journal.delete()
    return Change(True, (phrase("Cleared the history of {place}.", place=file.place),))


def is_empty(journal: Journal) -> bool:
    """Return whether a history has no past send, and no line that can't be read."""
    with reading_history():
        return journal.is_empty


def select_past_sends(
    journal: Journal, ids: Sequence[str], last: int | None, every: bool
) -> History:
    """Return the past sends to replay. UnknownName if no past send has an id.

    :raises UsageError: unless exactly one of the three selects the sends.
    """
    ways = [bool(ids), last is not None, every]
    if sum(ways) != 1:
        if any(ways):
            fault = phrase(
                "Choose the sends to replay in one way: by their ids, with --last, or with --all."
            )
        else:
            fault = phrase("Choose the sends to replay: by their ids, with --last, or with --all.")
        raise UsageError(
            sentences(fault, phrase("See them: {command}", command=session_command("history")))
        )
    return find_by_id(journal, ids) if ids else find(journal, Criteria(last=last))


def _check_known(name: str, file: SessionFile, journal: Journal, likely: str | None) -> None:
    names = list(file.read().signals)
    if name not in names:
        names += [record.delivery.signal for record in backwards(journal, [])]
        if name not in names:
            if likely is None and (verb := closest(name, ("show", "clear"))) is not None:
                likely = f"history {verb}"
            raise unknown_signal(name, names, file, None if closest(name, names) else likely)


def unknown_signal(
    name: str, known: Sequence[str] | Any, file: SessionFile, likely: str | None = None
) -> UnknownName:
    """Return the error for a signal that the session doesn't have."""
    kind, place = "signal", file.place
    remedy = phrase("See them all: {command}", command=session_command("list"))
    return UnknownName(kind, name, known, place=place, likely=likely, remedy=remedy)


@contextmanager
def reading_history(fault: str = _UNREADABLE) -> Iterator[None]:
    """Raise HistoryError, with the template ``fault``, if the block can't use the journal."""
    try:
        yield
    except JournalError as error:
        path = typed_text(error.path)
        raise HistoryError(fault, path=path, reason=str(error)) from error
