"""The section "signals" in the report of a test, and the trace files of failing tests."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator

from signalcli.files import reason_of, replace
from signalcli.text import display_text, escape
from signalcli.tracing.trace_file import trace_text
from signalcli.values.delivery import Call
from signalcli.values.trace import Event, ProgramTrace

MOST_UNHEARD = 10
"""unheard sends that a section lists above the timeline"""
MOST_SENDS = 200
"""sends of the timeline"""
LONGEST_NAME = 100
"""characters of the name of a trace file"""


def section_text(trace: ProgramTrace, of_packages: Collection[str]) -> str:
    """Return what a test sent: first the sends that no receiver heard, then the timeline.

    This is plain text, because Rich would take longer than most tests.

    :param of_packages: the names of the signals of installed packages, which usually have no receivers.
    """
    unheard = list(dict.fromkeys(_unheard(trace.events, of_packages)))
    lines = unheard[:MOST_UNHEARD]
    if len(unheard) > MOST_UNHEARD:
        lines.append(f"and {len(unheard) - MOST_UNHEARD} more that no receiver heard")
    if lines:
        lines.append("")
    for event in trace.events[:MOST_SENDS]:
        lines += _lines_of(event)
    if len(trace.events) > MOST_SENDS:
        lines.append(
            f"and {len(trace.events) - MOST_SENDS:,} more: --signals-save DIR saves them all"
        )
    return escape("\n".join(lines or ["no signal was sent"]), keep="\n")


def save_trace(trace: ProgramTrace, directory: str, test: str) -> str | None:
    """Save the trace of a test.

    :param test: the node id of the test.
    :return: why it can't be saved, as a sentence; ``None`` if it was.
    """
    name = re.sub(r"[^\w.-]+", "-", test).strip("-")[-LONGEST_NAME:]
    path = os.path.join(directory, f"{name}.json")
    try:
        os.makedirs(directory, exist_ok=True)
        replace(path, "".join(trace_text(trace)).encode())
    except OSError as error:
        return f"The trace '{path}' can't be saved: {reason_of(error)}."
    return None


def _unheard(events: tuple[Event, ...], of_packages: Collection[str]) -> Iterator[str]:
    """Yield a line for each send that no receiver heard."""
    for event in events:
        has_reason = event.calls or event.muted or event.died or event.look_alike
        if event.is_heard or (event.signal in of_packages and not has_reason):
            continue
        why = event.remark or "; ".join(f"{call.receiver} {call.reason}" for call in event.calls)
        yield f"not heard: {event.signal} from {event.displayed_sender}: {why}"


def _lines_of(event: Event) -> Iterator[str]:
    """Yield a line for a send, and below it one for each receiver."""
    indent = "  " * event.depth
    payload = f" with {', '.join(event.payload_keys)}" if event.payload_keys else ""
    why = f": {event.remark}" if event.remark else ""
    yield f"{indent}{event.signal} from {event.displayed_sender}{payload}{why}"
    for call in event.calls:
        yield f"{indent}  {call.receiver} {_outcome(call)}"


def _outcome(call: Call) -> str:
    outcome = call.outcome.replace("_", " ")
    if call.error is not None:
        where = "" if call.error.where is None else f" ({call.error.where})"
        return f"{outcome} {call.error}{where}"
    if call.outcome == "returned":
        return f"{outcome} {display_text(call.value)}"
    return f"{outcome}: {call.reason}"
