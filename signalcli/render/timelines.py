"""What was sent while something ran: in a request, in a program."""

from __future__ import annotations

import shlex
from collections import Counter
from functools import singledispatch

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from signalcli.render.delivery import OUTCOMES
from signalcli.render.parts import literal, new_table
from signalcli.text import plain, sender_label
from signalcli.values.delivery import Call
from signalcli.values.trace import Event, ProgramTrace, RequestTimeline

MOST_DRAWN = 5_000
"""sends: a table of more takes many seconds, and nobody reads it."""
LONGEST_NAME = 34
"""columns: a longer name of a signal folds."""


@singledispatch
def rendered(value: object) -> RenderableType:
    """One request, or one run of a program."""
    raise TypeError(f"nothing here draws a {type(value).__name__}")


@rendered.register
def _(request: RequestTimeline) -> RenderableType:
    usual = _usual_sender(request.events)
    parts = [_heading(request, usual), _events(request.events, usual)]
    if request.error is not None:
        parts.append(_error(request))
    if request.body:
        parts.append(literal(request.body.strip("\n"), keep="\n\t"))
    return Group(*parts)


@rendered.register
def _(trace: ProgramTrace) -> RenderableType:
    usual = _usual_sender(trace.events)
    status = trace.exit_status
    line = literal(shlex.join(trace.program), "heading") + Text(" → ")
    line += Text(f"status {status}", "outcome.raised" if status else "")
    return Group(line + _beside(usual, trace.seconds), _events(trace.events, usual))


def _usual_sender(events: tuple[Event, ...]) -> str | None:
    """The sender of most of the signals."""
    senders = Counter(plain(event.sender) for event in events)
    return senders.most_common(1)[0][0] if senders else None


def _events(events: tuple[Event, ...], usual: str | None) -> RenderableType:
    if not events:
        return Text("No signal was sent.", "warning")
    drawn = _events_table(events[:MOST_DRAWN], usual)
    if len(events) <= MOST_DRAWN:
        return drawn
    rest = f"{len(events) - MOST_DRAWN:,} more sends aren't drawn: --json and --save FILE have them all."
    return Group(drawn, Text(rest, "warning"))


def _beside(sender: str | None, seconds: float) -> Text:
    by = "" if sender is None else f"  sender {sender}"
    return literal(f"  in {seconds * 1000:.1f} ms{by}", "detail")


def _heading(request: RequestTimeline, sender: str | None) -> Text:
    """What was asked for, the answer, and the sender of most of the signals."""
    from http import HTTPStatus

    status = request.http_status
    known = status in HTTPStatus._value2member_map_
    answer = f"{status} {HTTPStatus(status).phrase}" if known else f"{status or 'no answer'}"
    style = "outcome.raised" if status >= 500 or not status else "warning" if status >= 400 else ""
    line = Text() + literal(f"{request.method} {request.path}", "heading") + Text(" → ")
    return line + Text(answer, style) + _beside(sender, request.seconds)


def _events_table(events: tuple[Event, ...], usual: str | None) -> Table:
    """Every send with its payload's keys, and below it who was on its roll.

    :param usual: the sender that isn't named.
    """
    names = [_name(event, usual) for event in events]
    table = new_table("signal", "payload", "who heard it")
    longest = max(name.cell_len for name, _ in names)
    table.columns[0].no_wrap = longest <= LONGEST_NAME  # the others fold first
    table.add_column("time", justify="right", min_width=9, no_wrap=True)
    for event, (name, sender) in zip(events, names, strict=True):
        nobody = "muted" if event.muted else "" if event.calls else "nobody listens"
        beside = literal(f"{sender} " if sender and nobody else sender)
        table.add_row(
            name,
            literal(", ".join(event.payload_keys)),
            beside + Text(nobody, "detail"),
            _time(event.seconds),
        )
        for call in event.calls:
            was_called = call.outcome in ("returned", "raised", "running")
            time = _time(call.seconds) if was_called else Text()
            table.add_row("", "", _call(call), time)
    return table


def _name(event: Event, usual: str | None) -> tuple[Text, str]:
    """The signal, set in where a receiver sent it, with its sender if that isn't the usual one.

    A sender that doesn't fit there is given by itself.
    """
    name = literal(f"{'  ' * event.depth}{event.signal}", "signal")
    if plain(event.sender) == usual:
        return name, ""
    sender = f"← {sender_label(event.sender)}"
    if cell_len(f"{name.plain} {sender}") > LONGEST_NAME:
        return name, sender
    return Text() + name + literal(f" {sender}"), ""


def _call(call: Call) -> Text:
    """Who it was, and what came of it."""
    mark = Text(OUTCOMES[call.outcome][:2], f"outcome.{call.outcome}")
    told = mark + literal(call.receiver, "receiver")
    if call.error is not None:
        where = f" ({call.error.where})" if call.error.where else ""
        error = literal(f" raised {call.error}", "outcome.raised")
        return told + error + literal(where, "detail")
    if call.outcome == "returned":
        return told + literal(f" → {plain(call.value)}")
    if call.outcome == "running":
        return told + Text(" still runs", "warning")
    return told + literal(f": {call.reason}", "detail")


def _time(seconds: float) -> Text:
    return Text(f"{seconds * 1000:.3f} ms", "detail")


def _error(request: RequestTimeline) -> Text:
    """The exception that the request met."""
    error = request.error
    assert error is not None, "it met one"
    where = f" ({error.where})" if error.where else ""
    line = literal(str(error), "outcome.raised") + literal(where, "detail")
    if request.propagated:
        answer = "answers 500" if request.http_status else "gives no answer"
        line += Text(f" came out of the application: a server {answer}.", "warning")
    return line
