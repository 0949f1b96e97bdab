"""What many sends did."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.render.delivery import heading
from signalcli.render.delivery import rendered as rendered_delivery
from signalcli.render.parts import literal, new_table
from signalcli.values.bulk import Run


def rendered(run: Run) -> RenderableType:
    """How often each receiver came to what."""
    parts: list[RenderableType] = [*map(rendered_delivery, run.deliveries), _heading(run)]
    if not run.receivers:
        parts.append(Text("Nobody heard it: it has no receivers.", "warning"))
        return Group(*parts)
    columns = ["called", "raised", "skipped"]
    if any(count.not_reached for count in run.receivers):
        columns.append("not reached")
    table = new_table("receiver", *columns, numbers=columns)
    for count in run.receivers:
        numbers = [count.called, count.raised, count.skipped, count.not_reached]
        table.add_row(
            literal(count.receiver, "receiver"),
            *(Text(f"{number:,}") for number in numbers[: len(columns)]),
        )
    parts.append(table)
    if run.bad_lines:
        lines = "1 line was" if run.bad_lines == 1 else f"{run.bad_lines:,} lines were"
        parts.append(Text(f"{lines} bad, and not sent.", "warning"))
    if not run.heard:
        parts.append(Text("Nobody heard it.", "warning"))
    return Group(*parts)


def _heading(run: Run) -> Text:
    """What was sent, how often, and how fast."""
    origin = run.origin
    if origin.kind == "count":
        line = heading(run.signal, origin.sender, origin.payload, ())
    else:
        source = "standard input" if origin.file == "-" else origin.file
        line = literal(run.signal, "signal") + Text(" ← ") + literal(f"{source}")
    rate = f", {run.sent / run.seconds:,.0f} a second" if run.seconds and run.sent > 1 else ""
    return line + Text(f"  {run.times} in {run.seconds:.2f} s{rate}", "detail")
