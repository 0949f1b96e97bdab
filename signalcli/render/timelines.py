"""Draw the sends of a request, or of a program."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.language.phrases import Phrase, localized, phrase
from signalcli.render.delivery import time_cell
from signalcli.render.parts import LONGEST_NAME, FittingTable, literal, own
from signalcli.text import display_text, sender_label
from signalcli.values.delivery import OUTCOME_LABELS, Call, RaisedError
from signalcli.values.trace import (
    YIELDED,
    Event,
    ProgramTrace,
    RequestTimeline,
    Trace,
    TracedProcess,
)
from signalcli.values.traces.relayed import RelayedMessage

MOST_SENDS = 5_000
"""sends: drawing more takes many seconds."""
RULE = 78
"""columns"""


def draw_request(request: RequestTimeline) -> RenderableType:
    usual = _usual_sender(request.events)
    parts = [trace_heading(request), _events(request, usual, is_cut=not request.http_status)]
    if request.error is not None:
        error = _error(request.error)
        if request.propagated:
            if request.http_status:
                came = phrase(" came out of the application: a server answers 500.")
            else:
                came = phrase(" came out of the application: a server gives no answer.")
            error += own(came, "warning")
        parts.append(error)
    if request.body:
        parts.append(literal(request.body.strip("\n"), keep="\n\t"))
    if request.then is not None:
        parts.append(_rule(request.then))
    return Group(*parts)


def _rule(following: str) -> Text:
    """Return a line with the next request, as wide as the usual terminal even in a file."""
    line = (
        Text(no_wrap=True, overflow="crop") + Text("── ", "detail") + literal(following, "heading")
    )
    return line + Text(" ") + Text("─" * max(RULE - line.cell_len - 1, 0), "detail")


def draw_program(trace: ProgramTrace) -> RenderableType:
    usual = _usual_sender(trace.events)
    return Group(
        trace_heading(trace),
        _events(trace, usual, is_cut=trace.cut is not None),
        *_process_lines(trace),
    )


def trace_heading(trace: Trace) -> Text:
    """Return the line above the sends of a request or a program: how it ended, and the usual sender."""
    if isinstance(trace, ProgramTrace):
        line = literal(shlex.join(trace.program), "heading") + Text(" → ")
        status = trace.exit_status
        line += own(phrase("status {n}", n=status), "outcome.raised" if status else "")
    else:
        line = _answered(trace)
    usual = _usual_sender(trace.events)
    milliseconds = trace.seconds * 1000
    took = phrase("  in {milliseconds:.1f} ms", milliseconds=milliseconds)
    if usual is not None:
        took = phrase(
            "  in {milliseconds:.1f} ms  sender {sender}", milliseconds=milliseconds, sender=usual
        )
    return line + own(took, "detail")


def _process_lines(trace: ProgramTrace) -> Iterator[Text]:
    """Yield a line for each process, if several sent signals."""
    if any(event.process is not None for event in trace.events):
        yield from map(process_line, trace.processes)


def process_line(process: TracedProcess) -> Text:
    """Return what a process is."""
    text = phrase(
        "process {process}, of {parent}: {name}",
        process=process.process,
        parent=process.parent,
        name=process.name,
    )
    return literal(text, "detail")


def _usual_sender(events: tuple[Event, ...]) -> str | None:
    senders = Counter(display_text(event.sender) for event in events)
    return senders.most_common(1)[0][0] if senders else None


def no_sends_line(*, is_cut: bool) -> Text:
    """Return the line of a trace without sends.

    :param is_cut: whether sends may be missing.
    """
    if is_cut:
        return own(phrase("No send was recorded until then."), "warning")
    return own(phrase("No signal was sent."), "warning")


def _events(trace: Trace, usual: str | None, *, is_cut: bool) -> RenderableType:
    events = trace.events
    if trace.left_out and not events:
        return own(phrase("None of {n:,} sends matches.", n=trace.left_out), "warning")
    if not events:
        return no_sends_line(is_cut=is_cut)
    drawn = _events_table(events[:MOST_SENDS], usual)
    if len(events) <= MOST_SENDS:
        return drawn
    rest = phrase(
        "{n:,} more sends aren't drawn: --json and --save FILE have them all.",
        n=len(events) - MOST_SENDS,
    )
    return Group(drawn, own(rest, "warning"))


def _answered(request: RequestTimeline) -> Text:
    """Return a request and the status of its answer."""
    status = request.http_status
    style = "outcome.raised" if status >= 500 or not status else "warning" if status >= 400 else ""
    line = Text() + literal(f"{request.method} {request.path}", "heading") + Text(" → ")
    return line + literal(request.answer, style)


def _events_table(events: tuple[Event, ...], usual: str | None) -> FittingTable:
    """Return a table of each send, with its receivers below it. The usual sender is left out."""
    names = [_name(event, usual) for event in events]
    columns = (
        phrase("signal"),
        phrase("payload"),
        phrase("who heard it"),
        phrase("process"),
        phrase("time"),
    )
    table = FittingTable(*columns, numbers=["process", "time"])
    for event, (name, sender) in zip(events, names, strict=True):
        style = "warning" if event.look_alike or event.died else "detail"
        remark = event.remark
        beside = literal(f"{sender} " if sender and (remark or not event.is_heard) else sender)
        table.add_row(
            name,
            literal(", ".join(event.payload_keys)),
            beside + own(remark, style),
            Text("" if event.process is None else str(event.process)),
            time_cell(event.seconds),
        )
        _add_calls(table, event.calls)
        if event.relayed is not None:
            _add_elsewhere(table, event.relayed, event.depth + 1)
    return table


def _add_calls(table: FittingTable, calls: tuple[Call, ...], *, is_here: bool = True) -> None:
    for call in calls:
        was_called = call.outcome in ("returned", "raised", "running")
        is_timed = was_called and (is_here or call.seconds)  # an application's receipt has no times
        time = time_cell(call.seconds) if is_timed else Text()
        table.add_row(Text(), Text(), call_text(call), Text(), time)


def _add_elsewhere(table: FittingTable, message: RelayedMessage, depth: int) -> None:
    """Add the receivers elsewhere, and the sends that they made."""
    if message.remark:
        table.add_row(Text(), Text(), own(message.remark, "detail"), Text(), Text())
    _add_calls(table, message.calls, is_here=False)
    for send in message.sends:
        table.add_row(
            literal(f"{'  ' * depth}{send.signal}", "signal"),
            literal(", ".join(send.payload_keys)),
            literal(sent_by(send.sender, send.source), "detail"),
            Text(),
            Text(),
        )
        _add_elsewhere(table, send.relayed, depth + 1)


def sent_by(sender: object, source: str) -> Phrase:
    """Return the sender and the process of a send that was made elsewhere."""
    return phrase("← {sender}, sent by {process}", sender=sender_label(sender), process=source)


def _name(event: Event, usual: str | None) -> tuple[Text, str]:
    """Return the signal, indented if a receiver sent it, and its sender unless it is the usual one.

    A sender that doesn't fit beside the signal is returned separately.
    """
    name = literal(f"{'  ' * event.depth}{event.signal}", "signal")
    if display_text(event.sender) == usual:
        return name, ""
    sender = f"← {event.displayed_sender}"
    if cell_len(f"{name.plain} {sender}") > LONGEST_NAME:
        return name, sender
    return Text() + name + literal(f" {sender}"), ""


def call_text(call: Call) -> Text:
    """Return a receiver with its mark, and what it returned or why it wasn't called."""
    mark = Text(OUTCOME_LABELS[call.outcome][:2], f"outcome.{call.outcome}")
    line = mark + literal(call.receiver, "receiver")
    if call.error is not None:
        return line + _error(call.error, localized(phrase(" raised ")))
    if call.outcome == "returned":
        line += literal(f" → {display_text(call.value)}")
        if call.wrapped_by is None:
            return line
        return line + literal(phrase(" (wrapped by {wrapper})", wrapper=call.wrapped_by), "detail")
    if call.outcome == "running":
        return line + own(phrase(" still runs"), "warning")
    reason = phrase("yielded") if call.outcome == YIELDED else call.reason
    return line + own(phrase(": "), "detail") + own(reason, "detail")


def _error(error: RaisedError, before: str = "") -> Text:
    where = f" ({error.where})" if error.where else ""
    line, _, rest = str(error).partition("\n")
    shown = f"{before}{line}{' …' if rest else ''}"
    return literal(shown, "outcome.raised") + literal(where, "detail")
