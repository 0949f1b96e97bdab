"""Draw how often the receivers of traces were called, and how long that took."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.language.phrases import phrase
from signalcli.render.delivery import time_cell
from signalcli.render.parts import FittingTable, literal, own
from signalcli.render.timelines import no_sends_line, trace_heading
from signalcli.values.traces.summary import ReceiverSummary, TraceSummary


def draw_summary(summary: TraceSummary) -> RenderableType:
    headings = [trace_heading(trace) for trace in summary.traces]
    if not summary.receivers:
        is_cut = any(trace.cut is not None for trace in summary.traces)
        nothing = own(phrase("No send matches."), "warning")
        if not summary.sends:
            nothing = no_sends_line(is_cut=is_cut)
        return Group(*headings, nothing)
    names = phrase("signal"), phrase("receiver")
    times = phrase("total"), phrase("median"), "95 %"
    numbers = phrase("calls"), phrase("raised"), *times
    table = FittingTable(*names, *numbers, numbers=numbers, below="receiver", optional=times[1:])
    for one in summary.receivers:
        table.add_row(
            literal(one.signal, "signal"),
            literal(one.receiver or "", "receiver"),
            _calls(one),
            Text(f"{one.errors:,}" if one.errors else "", "outcome.raised"),
            *(
                Text() if seconds is None else time_cell(seconds)
                for seconds in (one.total if one.calls else None, one.median, one.p95)
            ),
        )
    return Group(*headings, table)


def _calls(one: ReceiverSummary) -> Text:
    """Return the number of calls, with that of sends if it is another."""
    if one.calls == one.sends:
        return Text(f"{one.calls:,}")
    text = phrase("{n:,} of {sends:,}", n=one.calls, sends=one.sends)
    return own(text, "" if one.calls else "warning")
