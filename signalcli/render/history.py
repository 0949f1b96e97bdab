"""Past sends, and what differs when they are sent again."""

from __future__ import annotations

from collections import Counter
from functools import singledispatch

from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.history.query import History, Shown
from signalcli.history.record import Record
from signalcli.history.replay import Difference, Replay, Replays
from signalcli.render import runs
from signalcli.render.delivery import OUTCOMES, error_cell, outcome_cell
from signalcli.render.delivery import rendered as rendered_delivery
from signalcli.render.parts import literal, new_table
from signalcli.text import plain, sender_label
from signalcli.values.delivery import Call


@singledispatch
def rendered(value: object) -> RenderableType:
    """Past sends as a list, one of them whole, or those that were sent again."""
    raise TypeError(f"nothing here draws a {type(value).__name__}")


@rendered.register
def _(history: History) -> RenderableType:
    table = new_table("id", "time", "signal", "sender", "payload", "what it did")
    for record in history.items:
        sent = record.delivery
        payload = " ".join(f"{key}={plain(value)}" for key, value in sent.payload.items())
        table.add_row(
            literal(record.id, "detail"),
            literal(_time(record)),
            literal(sent.signal, "signal"),
            _sender(record),
            literal(payload),
            _outcomes(record),
        )
    return table


@rendered.register
def _(record: Record) -> RenderableType:
    title = literal(f"{record.id}  {_time(record)}", "detail")
    if record.replay_of is not None:
        title += literal(f"  replays {record.replay_of}", "detail")
    if record.run is not None:
        return Group(title, runs.rendered(record.run))
    return Group(title, rendered_delivery(record.delivery), *_output(record.delivery.calls))


@rendered.register
def _(shown: Shown) -> RenderableType:
    return rendered(shown.record)


@rendered.register
def _(replays: Replays) -> RenderableType:
    return Group(*map(_replay, replays.replays))


def _replay(replay: Replay) -> RenderableType:
    title = literal(f"{replay.then.id}  {_time(replay.then)}  sent again", "detail")
    parts: list[RenderableType] = [title, rendered_delivery(replay.now.delivery)]
    if not replay.differences:
        return Group(*parts, Text("Nothing differs from then."))
    table = new_table("receiver", "differs in", "then", "now")
    for difference in replay.differences:
        table.add_row(
            literal(difference.receiver, "receiver"),
            Text(difference.what),
            _side(difference, difference.then),
            _side(difference, difference.now),
        )
    return Group(*parts, table)


def _side(difference: Difference, call: Call | None) -> Text:
    """What a receiver came to, as far as that is the difference."""
    if call is None:
        return Text("no receiver of it", "detail")
    if difference.what == "value":
        return literal(plain(call.value))
    if difference.what == "output":
        return literal(call.output.strip() or "printed nothing")
    if difference.what == "error":
        return error_cell(call)
    if difference.what == "order":
        return Text("called in another order")
    return outcome_cell(call.outcome) + Text(": ") + literal(call.reason)


def _time(record: Record) -> str:
    """The time in this person's own zone, to the second, as it was written down."""
    return record.time[:19].replace("T", " ")


def _sender(record: Record) -> Text:
    if record.run is None or record.run.origin.kind == "count":
        return literal(sender_label(record.delivery.sender))
    source = record.run.origin.file
    return literal("standard input" if source == "-" else f"{source}", "detail")


def _outcomes(record: Record) -> Text:
    if record.run is not None:
        raised = sum(count.raised for count in record.run.receivers)
        ended = (
            " (interrupted)" if record.run.interrupted else " (stopped)" * bool(record.run.stopped)
        )
        return Text(record.run.times + ended + (f", {raised:,} raised" if raised else ""))
    outcomes = Counter(call.outcome for call in record.delivery.calls)
    if not outcomes:
        return Text("nobody listened", "warning")
    return Text(", ".join(f"{outcomes[o]} {o.replace('_', ' ')}" for o in OUTCOMES if outcomes[o]))


def _output(calls: tuple[Call, ...]) -> list[Text]:
    """What the receivers printed."""
    return [
        literal(f"{call.receiver} printed: ", "detail") + literal(call.output.strip())
        for call in calls
        if call.output.strip()
    ]
