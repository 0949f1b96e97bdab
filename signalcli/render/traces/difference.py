"""Draw who heard the signals of two traces, where that differs."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.language.phrases import CLAUSES, counted, joined, phrase, sentences
from signalcli.render.parts import FittingTable, literal, own
from signalcli.values.traces.difference import (
    CallCount,
    ComparedTrace,
    ReceiverDifference,
    TraceDifference,
)

STYLES = {"only in A": "outcome.raised", "only in B": "outcome.returned", "changed": "warning"}


def draw_difference(difference: TraceDifference) -> RenderableType:
    sides = [_side("A", difference.a), _side("B", difference.b)]
    columns = phrase("signal"), phrase("sender"), phrase("receiver"), "A", "B", phrase("difference")
    table = FittingTable(*columns, numbers=["A", "B"])
    for one in difference.differences:
        missing = own(phrase("no receiver"), "detail")
        receiver = literal(one.receiver, "receiver") if one.receiver else missing
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
    text = counted(
        "{side}  {file}, {n} send",
        "{side}  {file}, {n:,} sends",
        len(trace.events),
        side=label,
        file=trace.name,
    )
    return literal(text, "heading")


def _count(count: CallCount) -> Text:
    if not count.raised:
        return Text(f"{count.calls:,}")
    return own(joined((f"{count.calls:,}", phrase("{n:,} raised", n=count.raised)), CLAUSES))


def _what(one: ReceiverDifference) -> Text:
    other = "B" if one.a.calls else "A"
    change = literal(one.change, STYLES[one.change])
    if one.reason is None:
        return change
    why = phrase("; in {side}: {reason}", side=other, reason=sentences(one.reason))
    return change + literal(why)
