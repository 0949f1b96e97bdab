"""Draw past sends, and the differences after sending them again."""

from __future__ import annotations

from time import strftime

from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.history.query import History, PastSend
from signalcli.history.record import PassedSend, Record
from signalcli.history.replay import Difference, Replay, Replays
from signalcli.render.bulk import draw_run
from signalcli.render.delivery import (
    counted_outcomes,
    draw_delivery,
    error_cell,
    heading,
    outcome_cell,
)
from signalcli.render.parts import Cell, FittingTable, literal
from signalcli.text import display_text, sender_label
from signalcli.values.delivery import Call


def draw_history(history: History) -> RenderableType:
    shows_origin = any(record.origin is not None for record in history.records)
    table = FittingTable(
        "id",
        "time",
        "signal",
        "sender",
        "payload",
        "what it did",
        *(["from"] if shows_origin else []),
        whole=["time"],
        optional=["payload"],
    )
    for record in history.records:
        sent = record.delivery
        payload = " ".join(f"{key}={display_text(value)}" for key, value in sent.payload.items())
        table.add_row(
            literal(record.id, "detail"),
            literal(_time(record).removeprefix(strftime("%Y-%m-%d "))),  # a time alone is of today
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
    title = literal(f"{record.id}  {_time(record)}", "detail")
    if record.replay_of is not None:
        title += literal(f"  replays {record.replay_of}", "detail")
    if record.origin is not None:
        again = f", attempt {record.origin.attempt}" if record.origin.attempt > 1 else ""
        title += literal(f"  from {record.origin.source}{again}", "detail")
    return title


def draw_passed_send(passed: PassedSend) -> RenderableType:
    sent = passed.record.delivery
    return Group(_title(passed.record), heading(sent.signal, sent.sender, sent.payload, ()))


def draw_past_send(shown: PastSend) -> RenderableType:
    return draw_record(shown.record)


def draw_replays(replays: Replays) -> RenderableType:
    return Group(*map(_replay, replays.replays))


def _replay(replay: Replay) -> RenderableType:
    title = literal(f"{replay.then.id}  {_time(replay.then)}  sent again", "detail")
    parts: list[RenderableType] = [title, draw_delivery(replay.now.delivery)]
    if not replay.differences:
        return Group(*parts, Text("Nothing differs from then."))
    table = FittingTable("receiver", "differs in", "then", "now")
    for difference in replay.differences:
        table.add_row(
            literal(difference.receiver, "receiver"),
            Text(difference.what),
            _side(difference, difference.then),
            _side(difference, difference.now),
        )
    return Group(*parts, table)


def _side(difference: Difference, call: Call | None) -> Cell:
    """Return the part of a call in which it differs."""
    if call is None:
        return Text("no receiver of it", "detail")
    if difference.what == "value":
        return literal(display_text(call.value))
    if difference.what == "output":
        return literal(call.output.strip() or "printed nothing")
    if difference.what == "error":
        return error_cell(call)
    if difference.what == "order":
        return Text("called in another order")
    return outcome_cell(call.outcome) + Text(": ") + literal(call.reason)


def _time(record: Record) -> str:
    return record.time[:19].replace("T", " ")


def _sender(record: Record) -> Text:
    if record.run is None or record.run.origin.kind == "count":
        return literal(sender_label(record.delivery.sender))
    source = record.run.origin.file
    return literal("standard input" if source == "-" else f"{source}", "detail")


def _origin(record: Record) -> Text:
    return literal("here" if record.origin is None else record.origin.source, "detail")


def _outcomes(record: Record) -> Text:
    run, calls = record.run, record.delivery.calls
    if run is not None:
        raised = sum(count.raised for count in run.receivers)
        ended = " (interrupted)" if run.interrupted else " (stopped)" if run.stopped else ""
        return Text(run.times + ended + (f", {raised:,} raised" if raised else ""))
    return Text(counted_outcomes(calls)) if calls else Text("nobody listened", "warning")


def _output(calls: tuple[Call, ...]) -> list[Text]:
    return [
        literal(f"{call.receiver} printed: ", "detail") + literal(call.output.strip())
        for call in calls
        if call.output.strip()
    ]
