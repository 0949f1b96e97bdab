"""The past sends of a session, found in its journal and read again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from signalcli.cli.parsing.senders_and_payload import RESERVED_KEYS
from signalcli.errors import UnknownName, UsageError
from signalcli.history.record import Record
from signalcli.session.journal import Journal, Unreadable
from signalcli.values.bulk import ReceiverCount, Run, RunOrigin
from signalcli.values.delivery import Call, Delivery, RaisedError, SendOptions

OUTCOMES = ("returned", "raised", "skipped", "not_reached")
LARGEST_NUMBER = 10**15
"""No send takes as many seconds, and nobody counts as many sends."""
LAST = "last"
"""What stands for the id of the newest."""


class Past(NamedTuple):
    """The records of a journal, as far as they were asked for."""

    records: tuple[Record, ...]
    """Newest last."""
    notes: tuple[str, ...]
    """What there is to say about lines that can't be read, a sentence each."""


class Wanted(NamedTuple):
    """Which past sends are asked for."""

    signal: str | None = None
    since: float | None = None
    """seconds since the epoch."""
    senders: tuple[object, ...] = ()
    """Any of these, if there are any."""
    last: int | None = None

    def fits(self, record: Record) -> bool:
        """Whether a record is one of those."""
        delivery = record.delivery
        return (
            (self.signal is None or delivery.signal == self.signal)
            and (not self.senders or any(_is_sender(delivery.sender, s) for s in self.senders))
            and (self.since is None or _epoch(record.time) >= self.since)
        )


def find(journal: Journal, wanted: Wanted) -> Past:
    """The past sends that are asked for, read from the end.

    :raises JournalError: if the journal can't be read.
    """
    records: list[Record] = []
    unreadable: list[Unreadable] = []
    if wanted.last != 0:
        for record in backwards(journal, unreadable):
            if wanted.fits(record):
                records.append(record)
                if len(records) == wanted.last:
                    break
    records.reverse()
    return Past(tuple(records), tuple(_notes(unreadable)))


def find_by_id(journal: Journal, ids: Sequence[str]) -> Past:
    """The past sends of some ids, of what these begin with, or of ``last``, in their order.

    :raises UnknownName: if there is none of an id.
    :raises UsageError: if several begin with it.
    :raises JournalError: if the journal can't be read.
    """
    unreadable: list[Unreadable] = []
    found: dict[str, Record] = {}
    known: list[str] = []
    for record in backwards(journal, unreadable):
        known.append(record.id)
        for typed in dict.fromkeys(ids):
            if typed == LAST and typed not in found:
                found[LAST] = record
            if typed == LAST or not typed or not record.id.startswith(typed):
                continue
            if typed in found and found[typed].id != typed:
                raise UsageError(
                    f"Several past sends have an id that begins with '{typed}', such as "
                    f"{found[typed].id} and {record.id}. Type more of it."
                )
            found.setdefault(typed, record)
    for typed in ids:
        if typed not in found:
            remedy = "See them all: signalcli history"
            raise UnknownName("past send", typed, known, remedy=remedy)
    return Past(tuple(found[typed] for typed in ids), tuple(_notes(unreadable)))


def backwards(journal: Journal, unreadable: list[Unreadable]) -> Iterator[Record]:
    """Every past send, newest first.

    :param unreadable: gets the lines that aren't one.
    """
    for entry in journal.backwards():
        record = read_record(entry)
        if isinstance(record, Unreadable):
            unreadable.append(record)
        else:
            yield record


def read_record(entry: dict[str, Any] | Unreadable) -> Record | Unreadable:
    """The record of a line of the journal, if it is one."""
    if isinstance(entry, Unreadable):
        return entry
    try:
        return _parsed(entry)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        return Unreadable("", torn=False)


def _notes(unreadable: list[Unreadable]) -> Iterator[str]:
    torn = [line for line in unreadable if line.torn]
    other = len(unreadable) - len(torn)
    for line in torn:
        yield f"The last line of {line.path} was cut short, and is left out."
    if other:
        lines = "1 line of the history is" if other == 1 else f"{other} lines of the history are"
        yield f"{lines} no past send, and left out."


def _is_sender(sender: object, wanted: object) -> bool:
    """Whether blinker would take two senders for the same, or they are the same JSON."""
    if isinstance(sender, int) and isinstance(wanted, int):
        return sender == wanted
    return type(sender) is type(wanted) and sender == wanted


def _epoch(moment: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(moment).timestamp()


# Reading what the journal holds of a send. Whoever wrote it, each part is what it must be.


def _parsed(entry: Mapping[str, Any]) -> Record:
    moment = _text(entry["time"])
    _epoch(moment)
    run = entry.get("run")
    replay_of = entry.get("replay_of")
    delivery = _delivery(entry)
    return Record(
        id=_text(entry["id"]),
        time=moment,
        delivery=delivery,
        run=None if run is None else _run(run, delivery),
        replay_of=None if replay_of is None else _text(replay_of),
    )


def _delivery(entry: Mapping[str, Any]) -> Delivery:
    options = entry["options"]
    connected_to = options["connected_to"]
    return Delivery(
        signal=_text(entry["signal"]),
        sender=entry["sender"],
        payload=_mapping(entry["payload"]),
        muted=bool(entry["muted"]),
        calls=_distinct(tuple(map(_call, entry["calls"]))),
        options=SendOptions(
            on_error=_text(options["on_error"]),
            is_async=bool(options["async"]),
            wrap=bool(options["wrap"]),
            muted=bool(options["muted"]),
            connected_to=None if connected_to is None else _text(connected_to),
        ),
        notes=tuple(map(_text, entry["notes"])),
        deliveries=tuple(map(_delivery, entry["deliveries"])),
    )


def _call(call: Mapping[str, Any]) -> Call:
    error = call["error"]
    outcome = _text(call["outcome"])
    if outcome not in OUTCOMES or (outcome == "raised") != (error is not None):
        raise ValueError(outcome)
    return Call(
        receiver=_text(call["receiver"]),
        outcome=outcome,
        reason=_text(call["reason"]),
        value=call["value"],
        error=None if error is None else _error(error),
        output=_text(call["output"]),
        seconds=_number(call["seconds"]),
    )


def _error(error: Mapping[str, Any]) -> RaisedError:
    where = error.get("where")
    where = None if where is None else _text(where)
    return RaisedError(_text(error["type"]), _text(error["message"]), where)


def _run(run: Mapping[str, Any], delivery: Delivery) -> Run:
    file, stopped = run["file"], run["stopped"]
    return Run(
        signal=delivery.signal,
        origin=RunOrigin(
            _kind(run["from"]),
            None if file is None else _text(file),
            delivery.sender,
            delivery.payload,
            None if run.get("count") is None else _count(run["count"]),
        ),
        sent=_count(run["sent"]),
        bad_lines=_count(run["bad_lines"]),
        seconds=_number(run["seconds"]),
        receivers=tuple(
            ReceiverCount(
                _text(count["receiver"]),
                _count(count["called"]),
                _count(count["raised"]),
                _count(count["skipped"]),
                _count(count["not_reached"]),
            )
            for count in run["receivers"]
        ),
        options=delivery.options,
        stopped=None if stopped is None else _text(stopped),
        interrupted=bool(run["interrupted"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _mapping(value: object) -> dict[str, object]:
    if not isinstance(value, dict) or any(key in value for key in RESERVED_KEYS):
        raise TypeError(value)
    return value


def _distinct(calls: tuple[Call, ...]) -> tuple[Call, ...]:
    if len({call.receiver for call in calls}) != len(calls):
        raise ValueError("a receiver is there twice")
    return calls


def _kind(value: object) -> str:
    if value not in ("count", "lines", "jsonl"):
        raise ValueError(value)
    return str(value)


def _number(value: object) -> float:
    if not isinstance(value, (int, float)) or not 0 <= value < LARGEST_NUMBER:
        raise ValueError(value)
    return float(value)


def _count(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value < LARGEST_NUMBER:
        raise ValueError(value)
    return value
