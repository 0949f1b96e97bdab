"""Draw who heard the signals of two traces, where that differs."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.render.parts import FittingTable, literal
from signalcli.values.traces.difference import (
    CallCount,
    ComparedTrace,
    ReceiverDifference,
    TraceDifference,
)

STYLES = {"only in A": "outcome.raised", "only in B": "outcome.returned", "changed": "warning"}


def draw_difference(difference: TraceDifference) -> RenderableType:
    sides = [_side("A", difference.a), _side("B", difference.b)]
    table = FittingTable("signal", "sender", "receiver", "A", "B", "difference", numbers=["A", "B"])
    for one in difference.differences:
        receiver = literal(one.receiver, "receiver") if one.receiver else Text("nobody", "detail")
        table.add_row(
            literal(one.signal, "signal"),
            literal(one.sender or ""),
            receiver,
            _count(one.a),
            _count(one.b),
            _what(one),
        )
    return Group(*sides, table)


def _side(label: str, trace: ComparedTrace) -> Text:
    count = len(trace.events)
    return literal(
        f"{label}  {trace.name}, {count:,} {'send' if count == 1 else 'sends'}", "heading"
    )


def _count(count: CallCount) -> Text:
    raised = f", {count.raised:,} raised" if count.raised else ""
    return Text(f"{count.calls:,}{raised}")


def _what(one: ReceiverDifference) -> Text:
    other = "B" if one.a.calls else "A"
    why = "" if one.reason is None else f"; in {other}: {one.reason}"
    return Text(one.change, STYLES[one.change]) + literal(why)
