"""Draw past sends, and the differences after sending them again."""

from __future__ import annotations

from time import strftime

from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.history.query import History, PastSend
from signalcli.history.record import PassedSend, Record
from signalcli.history.replay import Replay, ReplayDifference, Replays
from signalcli.language.phrases import CLAUSES, Phrase, joined, phrase
from signalcli.render.bulk import draw_run
from signalcli.render.delivery import (
    counted_outcomes,
    draw_delivery,
    error_cell,
    heading,
    outcome_cell,
)
from signalcli.render.parts import Cell, FittingTable, literal, moment, own
from signalcli.text import display_text, sender_label
from signalcli.values.delivery import Call

DIFFERENCES = (
    *(phrase("connection"), phrase("outcome"), phrase("error")),
    *(phrase("value"), phrase("output"), phrase("order")),
)
"""In what a replayed send may differ, translated where it is shown."""


def draw_history(history: History) -> RenderableType:
    shows_origin = any(record.origin is not None for record in history.records)
    sent_columns = (
        phrase("id"),
        phrase("time"),
        phrase("signal"),
        phrase("sender"),
        phrase("payload"),
    )
    origin = [phrase("from")] if shows_origin else []
    columns = *sent_columns, phrase("what it did"), *origin
    table = FittingTable(*columns, whole=["id", "time"])
    for record in history.records:
        sent = record.delivery
        payload = " ".join(f"{key}={display_text(value)}" for key, value in sent.payload.items())
        table.add_row(
            literal(record.id, "detail"),
            literal(
                moment(record.time).removeprefix(strftime("%Y-%m-%d "))
            ),  # a time alone is of today
            literal(sent.signal, "signal"),
            _sender(record),
            literal(payload),
            _outcomes(record),
            *([_origin(record)] if shows_origin else []),
        )
    return table


def draw_record(record: Record) -> RenderableType:
    title = _title(record)
    if record.run is not None:
        return Group(title, draw_run(record.run))
    return Group(title, draw_delivery(record.delivery), *_output(record.delivery.calls))


def _title(record: Record) -> Text:
    title = literal(f"{record.id}  {moment(record.time)}", "detail")
    if record.replay_of is not None:
        title += own(phrase("  replays {id}", id=record.replay_of), "detail")
    if record.origin is not None:
        source, attempt = record.origin.source, record.origin.attempt
        origin = phrase("  from {source}", source=source)
        if attempt > 1:
            origin = phrase("  from {source}, attempt {n}", source=source, n=attempt)
        title += own(origin, "detail")
    return title


def draw_passed_send(passed: PassedSend) -> RenderableType:
    sent = passed.record.delivery
    return Group(_title(passed.record), heading(sent.signal, sent.sender, sent.payload, ()))


def draw_past_send(shown: PastSend) -> RenderableType:
    return draw_record(shown.record)


def draw_replays(replays: Replays) -> RenderableType:
    return Group(*map(_replay, replays.replays))


def _replay(replay: Replay) -> RenderableType:
    again = phrase("{id}  {time}  sent again", id=replay.then.id, time=moment(replay.then.time))
    title = literal(again, "detail")
    parts: list[RenderableType] = [title, draw_delivery(replay.now.delivery)]
    if not replay.differences:
        return Group(*parts, own(phrase("Nothing differs from then.")))
    table = FittingTable(phrase("receiver"), phrase("differs in"), phrase("then"), phrase("now"))
    for difference in replay.differences:
        table.add_row(
            literal(difference.receiver, "receiver"),
            own(difference.what),
            _side(difference, difference.then),
            _side(difference, difference.now),
        )
    return Group(*parts, table)


def _side(difference: ReplayDifference, call: Call | None) -> Cell:
    """Return the part of a call in which it differs."""
    if call is None:
        return own(phrase("no receiver of it"), "detail")
    if difference.what == "value":
        return literal(display_text(call.value))
    if difference.what == "output":
        return literal(call.output.strip() or phrase("printed nothing"))
    if difference.what == "error":
        return error_cell(call)
    if difference.what == "order":
        return own(phrase("called in another order"))
    return outcome_cell(call.outcome) + own(phrase(": ")) + own(call.reason)


def _sender(record: Record) -> Text:
    if record.run is None or record.run.origin.kind == "count":
        return literal(sender_label(record.delivery.sender))
    source = record.run.origin.file
    return literal(phrase("standard input") if source == "-" else str(source), "detail")


def _origin(record: Record) -> Text:
    return literal(phrase("here") if record.origin is None else record.origin.source, "detail")


def _outcomes(record: Record) -> Text:
    run, calls = record.run, record.delivery.calls
    if run is not None:
        raised = sum(count.raised for count in run.receivers)
        times: Phrase = run.times
        if run.interrupted:
            times = phrase("{times} (interrupted)", times=times)
        elif run.stopped:
            times = phrase("{times} (stopped)", times=times)
        if raised:
            times = joined((times, phrase("{n:,} raised", n=raised)), CLAUSES)
        return own(times)
    if calls:
        return own(counted_outcomes(calls))
    return own(phrase("no receivers"), "warning")


def _output(calls: tuple[Call, ...]) -> list[Text]:
    return [
        literal(phrase("{receiver} printed: ", receiver=call.receiver), "detail")
        + literal(call.output.strip())
        for call in calls
        if call.output.strip()
    ]
