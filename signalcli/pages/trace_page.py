"""The page of a trace: a tree of its sends, with filters and details."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from string import Template

from signalcli.pages.page import asset, html, page
from signalcli.pages.trace_data import TraceData, status_text, trace_name
from signalcli.values.trace import Trace

SCRIPTS = "trace_data.js", "trace_tree.js", "trace_page.js"


def trace_page(traces: Sequence[Trace], title: str, theme: str | None = None) -> str:
    """Return the page of several requests, or of one or a program.

    :param title: the command that made them.
    """
    data = TraceData()
    for traced in traces:
        data.add(traced)
    heading = trace_name(traces[0]) if len(traces) == 1 else title
    body = Template(asset("trace.html")).substitute(
        heading=html(heading),
        facts="\n".join(f"<li>{html(fact)}</li>" for fact in _facts(traces)),
        data=_script_text(data),
    )
    script = "".join(map(asset, SCRIPTS))
    return page(heading, body, script=script, style=asset("trace.css"), theme=theme)


def _facts(traces: Sequence[Trace]) -> list[str]:
    events = list(chain.from_iterable(traced.events for traced in traces))
    processes = len({event.process for event in events})
    counts = {
        "request": len(traces) if len(traces) > 1 else 0,
        "send": len(events),
        "process": processes if processes > 1 else 0,
    }
    status = [status_text(traces[0])] if len(traces) == 1 else []
    seconds = sum(traced.seconds for traced in traces)
    facts = [_counted(count, noun) for noun, count in counts.items() if count or noun == "send"]
    found = {
        "raised": sum(event.raised for event in events),
        "unheard": sum(not event.is_heard for event in events),
    }
    facts += [f"{count:,} {what}" for what, count in found.items() if count]
    return [*status, f"{seconds * 1000:,.1f} ms", *facts]


def _counted(count: int, noun: str) -> str:
    plural = "es" if noun.endswith("s") else "s"
    return f"{count:,} {noun}{'' if count == 1 else plural}"


def _script_text(data: TraceData) -> str:
    """Return JSON that ends no element within which it stands: ``<`` is written as an escape."""
    text = json.dumps(data.to_json(), ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")
