"""The page of a trace: a tree of its sends, with filters and details."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import chain
from string import Template
from typing import Any

from signalcli.language.phrases import counted, current_language, localized, phrase
from signalcli.pages.page import asset, html, page
from signalcli.pages.page_texts import with_texts, words
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
    body = Template(with_texts(asset("trace.html"))).substitute(
        heading=html(heading),
        facts="\n".join(f"<li>{html(localized(fact))}</li>" for fact in _facts(traces)),
        data=_script_text(data.to_json()),
        words=_script_text(words()),
    )
    script = "".join(map(asset, SCRIPTS))
    return page(
        heading,
        body,
        language=current_language(),
        script=script,
        style=asset("trace.css"),
        theme=theme,
    )


def _facts(traces: Sequence[Trace]) -> list[str]:
    events = list(chain.from_iterable(traced.events for traced in traces))
    processes = len({event.process for event in events})
    status = [status_text(traces[0])] if len(traces) == 1 else []
    seconds = sum(traced.seconds for traced in traces)
    raised = sum(event.raised for event in events)
    unheard = sum(not event.is_heard for event in events)
    facts = [*status, f"{seconds * 1000:,.1f} ms"]
    if len(traces) > 1:
        facts.append(counted("{n:,} request", "{n:,} requests", len(traces)))
    facts.append(counted("{n:,} send", "{n:,} sends", len(events)))
    if processes > 1:
        facts.append(counted("{n:,} process", "{n:,} processes", processes))
    if raised:
        facts.append(phrase("{number:,} raised", number=raised))
    if unheard:
        facts.append(phrase("{number:,} unheard", number=unheard))
    return facts


def _script_text(data: Mapping[str, Any]) -> str:
    """Return JSON that doesn't end the HTML element around it: ``<`` is written as an escape."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")
