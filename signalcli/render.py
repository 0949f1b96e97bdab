"""What a person reads: a value ⇒ a Rich renderable. The only module that imports Rich."""

from __future__ import annotations

from functools import singledispatch
from typing import TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from signalcli.model import (
    Audience,
    Call,
    Catalogue,
    Connection,
    Delivery,
    ReceiverView,
    SessionList,
    SignalList,
    SignalView,
    SignalViews,
)
from signalcli.text import as_json_value, escape, sender_label

THEME = Theme(
    {
        "heading": "bold",
        "signal": "bold",
        "receiver": "cyan",
        "detail": "dim",
        "warning": "yellow",
        "outcome.returned": "green",
        "outcome.raised": "bold red",
        "outcome.skipped": "dim",
        "outcome.not_reached": "yellow",
    },
    inherit=False,
)

OUTCOMES = {
    "returned": "● returned",
    "raised": "✗ raised",
    "skipped": "○ skipped",
    "not_reached": "– not reached",
}


def console(stream: TextIO, width: int, color: bool) -> Console:
    """The console that draws on a stream.

    :param width: in columns.
    """
    return Console(
        file=stream,
        width=width,
        color_system="standard" if color else None,
        force_terminal=color,
        no_color=not color,
        theme=THEME,
        highlight=False,
        emoji=False,
        markup=False,
    )


def cell_width(text: str) -> int:
    """The columns that a text takes on a terminal."""
    return cell_len(text)


@singledispatch
def rendered(value: object) -> RenderableType:
    """What a person reads of a value."""
    raise TypeError(f"nothing draws a {type(value).__name__}")


@rendered.register
def _(delivery: Delivery) -> RenderableType:
    heading = _text(delivery.signal, "signal") + Text(" ← ") + _text(sender_label(delivery.sender))
    for key, value in delivery.payload.items():
        heading += _text(f"  {key}={_plain(value)}", "detail")
    if not delivery.calls:
        return Group(heading, Text("Nobody was called: it has no receivers.", "warning"))
    table = _table("receiver", "outcome", "why")
    called = sum(call.outcome in ("returned", "raised") for call in delivery.calls)
    if called:
        table.add_column("result", overflow="fold")
        table.add_column("time", justify="right", min_width=9, no_wrap=True)
    for call in delivery.calls:
        cells = [
            _text(call.receiver, "receiver"),
            Text(OUTCOMES[call.outcome], f"outcome.{call.outcome}"),
            _text(call.reason),
        ]
        table.add_row(*cells, *(_result_and_time(call) if called else ()))
    return Group(heading, table, _heard(delivery, called))


def _result_and_time(call: Call) -> tuple[Text, Text]:
    if call.outcome not in ("returned", "raised"):
        return Text(), Text()
    time = Text(f"{call.seconds * 1000:.3f} ms", "detail")
    if call.error is None:
        return _text(_plain(call.value)), time
    result = _text(f"{call.error.type}: {call.error.message}", "outcome.raised")
    if call.error.where is not None:
        result += Text("\n") + _text(f"at {call.error.where}", "detail")
    return result, time


def _heard(delivery: Delivery, called: int) -> Text:
    """The sentence under the table of a send."""
    every = len(delivery.calls)
    if called == 0:
        return Text(f"Nobody was called, of {_count(every, 'receiver')}.", "warning")
    heard = Text(f"{called} of {_count(every, 'receiver')} called.")
    if delivery.raised:
        heard += Text(" The exception ends blinker's send: its caller gets no results.", "warning")
    return heard


@rendered.register
def _(view: SignalView) -> RenderableType:
    traits = [view.kind, *(["unordered"] if not view.ordered else [])]
    heading = _text(view.signal, "signal") + Text(f"  {', '.join(traits)} signal", "detail")
    if view.muted:
        heading += Text("  muted", "warning")
    parts: list[RenderableType] = [heading]
    if view.doc:
        parts.append(_text(view.doc))
    if view.receivers:
        parts.append(_receivers_table(view.receivers))
    else:
        parts.append(Text("It has no receivers.", "detail"))
    parts.append(_audiences_table(view.has_receivers_for))
    return Group(*parts)


def _receivers_table(receivers: tuple[ReceiverView, ...]) -> Table:
    table = _table("receiver", "listens to", "held", "kind", "defined at", "does")
    for receiver in receivers:
        table.add_row(
            _text(receiver.receiver, "receiver"),
            _listens_to(receiver.connections),
            Text("weakly" if receiver.weak else "strongly"),
            Text(_kind(receiver.is_async)),
            _text(receiver.where or "", "detail"),
            _text(receiver.doc or ""),
        )
    return table


def _listens_to(connections: tuple[Connection, ...]) -> Text:
    if not connections:
        return Text("nobody", "warning")
    return _text(", ".join("ANY" if c.any else sender_label(c.sender) for c in connections))


def _audiences_table(audiences: tuple[Audience, ...]) -> Table:
    table = _table("has_receivers_for", "answers", "receivers_for yields", "beware")
    for audience in audiences:
        table.add_row(
            Text("ANY") if audience.any else _text(sender_label(audience.sender)),
            Text(str(audience.result), "warning" if audience.note else ""),
            _text(", ".join(audience.receivers_for) or "–", "receiver"),
            _text(audience.note or "", "warning"),
        )
    return table


@rendered.register
def _(views: SignalViews) -> RenderableType:
    if not views.signals:
        return _no_signals()
    parts: list[RenderableType] = []
    for view in views.signals:
        parts += [rendered(view), Text()]
    return Group(*parts[:-1])


@rendered.register
def _(signals: SignalList) -> RenderableType:
    if not signals.signals:
        return _no_signals()
    table = _table("signal", "kind", "receivers", "connections", "muted", "doc")
    for summary in signals.signals:
        table.add_row(
            _text(summary.signal, "signal"),
            Text(summary.kind),
            Text(str(summary.receivers)),
            Text(str(summary.connections)),
            Text("muted" if summary.muted else "", "warning"),
            _text(summary.doc or ""),
        )
    return table


@rendered.register
def _(catalogue: Catalogue) -> RenderableType:
    table = _table("receiver", "kind", "does", "teaches")
    for entry in catalogue.receivers:
        table.add_row(
            _text(entry.receiver, "receiver"),
            Text(_kind(entry.is_async)),
            _text(entry.doc),
            _text(entry.teaches),
        )
    return table


@rendered.register
def _(sessions: SessionList) -> RenderableType:
    if not sessions.sessions:
        return Text("No session is saved yet. Start one: signalcli connect king animal")
    table = _table("session", "bytes", "file")
    for entry in sessions.sessions:
        name = _text(f"* {entry.session}" if entry.current else f"  {entry.session}")
        table.add_row(name, Text(str(entry.bytes)), _text(entry.path, "detail"))
    return table


def _no_signals() -> Text:
    return Text("No signals yet. Start with: signalcli connect king animal")


def _table(*headings: str) -> Table:
    """A table that folds what doesn't fit, and cuts nothing."""
    table = Table(box=box.ROUNDED, header_style="heading", border_style="detail")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _text(text: str, style: str = "") -> Text:
    """What a person typed or a receiver said, shown literally."""
    return Text(escape(text), style)


def _plain(value: object) -> str:
    """A value as people write it: text as it is, anything else as Python does."""
    shown = as_json_value(value)
    return shown if isinstance(shown, str) else repr(shown)


def _kind(is_async: bool) -> str:
    return "async" if is_async else "sync"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
