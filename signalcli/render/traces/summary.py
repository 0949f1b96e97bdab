"""Draw how often the receivers of traces were called, and how long that took."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.render.parts import FittingTable, literal
from signalcli.render.timelines import heading
from signalcli.values.traces.summary import ReceiverSummary, TraceSummary


def draw_summary(summary: TraceSummary) -> RenderableType:
    headings = [heading(trace) for trace in summary.traces]
    if not summary.receivers:
        nothing = "No send matches." if summary.sends else "No signal was sent."
        return Group(*headings, Text(nothing, "warning"))
    times = "total ms", "median ms", "95 % ms"
    columns = "signal", "receiver", "calls", "raised", *times
    table = FittingTable(
        *columns, numbers=columns[2:], below="receiver", optional=["median ms", "95 % ms"]
    )
    for one in summary.receivers:
        table.add_row(
            literal(one.signal, "signal"),
            literal(one.receiver or "", "receiver"),
            _calls(one),
            Text(f"{one.errors:,}" if one.errors else "", "outcome.raised"),
            _milliseconds(one.total if one.calls else None),
            _milliseconds(one.median),
            _milliseconds(one.p95),
        )
    return Group(*headings, table)


def _calls(one: ReceiverSummary) -> Text:
    """Return the number of calls, with that of sends if it is another."""
    if one.calls == one.sends:
        return Text(f"{one.calls:,}")
    return Text(f"{one.calls:,} of {one.sends:,}", "" if one.calls else "warning")


def _milliseconds(seconds: float | None) -> Text:
    return Text("" if seconds is None else f"{seconds * 1000:,.3f}", "detail")
