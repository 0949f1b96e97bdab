"""Who listens to signals."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from signalcli.render.parts import folding, kind, listens_to, literal, new_table
from signalcli.text import sender_label
from signalcli.values.inspection import (
    Audience,
    ReceiverView,
    SignalInProgram,
    SignalList,
    SignalSummary,
    SignalView,
    SignalViews,
)

NUMBERS = ("receivers", "connections")
BLINKER = "blinker"
ALIASES = 5
"""of a signal: how many are shown."""


@singledispatch
def rendered(value: object) -> RenderableType:
    """One signal in full, several, or a list of all."""
    raise TypeError(f"nothing here draws a {type(value).__name__}")


@rendered.register
def _(view: SignalView) -> RenderableType:
    traits = [view.kind, *(["unordered"] if not view.ordered else [])]
    heading = literal(view.signal, "signal") + Text(f"  {', '.join(traits)} signal", "detail")
    if view.in_program is not None and view.in_program.library != BLINKER:
        heading += literal(f"  of {view.in_program.library}, a copy of blinker", "detail")
    if view.muted:
        heading += Text("  muted", "warning")
    parts: list[RenderableType] = [heading]
    if view.in_program is not None:
        parts += _names_and_holder(view.in_program)
    if view.doc:
        parts.append(literal(view.doc))
    if view.receivers:
        parts.append(_receivers_table(view.receivers))
    else:
        parts.append(Text("It has no receivers.", "detail"))
    parts.append(_audiences_table(view.has_receivers_for))
    return Group(*parts)


def _names_and_holder(told: SignalInProgram) -> Iterator[Text]:
    if told.aliases:
        shown = ", ".join(told.aliases[:ALIASES])
        more = len(told.aliases) - ALIASES
        yield literal(f"also {shown}{f' and {more} more' if more > 0 else ''}", "detail")
    if told.held_by is not None:
        yield literal(f"held by {told.held_by}", "detail")


def _receiver_cell(receiver: ReceiverView) -> Text:
    """The name, and under it what else there is to know of an application's."""
    cell = literal(receiver.receiver, "receiver")
    told = receiver.in_program
    if told is None:
        return folding(cell)
    if told.calls not in ("plain", "coroutine", "unknown"):  # blinker takes it for plain
        cell += literal(f"\n{told.calls}", "warning", keep="\n")
    if told.bound_to is not None:
        cell += literal(f"\nof {told.bound_to}", "detail", keep="\n")
    if told.inner is not None and told.inner not in receiver.receiver:
        cell += literal(f"\ncalls {told.inner}", "detail", keep="\n")
    return folding(cell)


def _receivers_table(receivers: tuple[ReceiverView, ...]) -> Table:
    table = new_table("receiver", "listens to", "held", "kind", "defined at", "does")
    for receiver in receivers:
        table.add_row(
            _receiver_cell(receiver),
            listens_to(receiver.connections),
            Text("weakly" if receiver.weak else "strongly"),
            Text(kind(receiver.is_async)),
            folding(literal(receiver.where or "", "detail"), "path"),
            literal(receiver.doc or ""),
        )
    return table


def _audiences_table(audiences: tuple[Audience, ...]) -> Table:
    beware = ["beware"] if any(audience.note for audience in audiences) else []
    table = new_table("has_receivers_for", "answers", "receivers_for yields", *beware)
    for audience in audiences:
        table.add_row(
            Text("ANY") if audience.any else literal(sender_label(audience.sender)),
            Text(str(audience.result), "warning" if audience.note else ""),
            literal(", ".join(audience.receivers_for) or "–", "receiver"),
            *(literal(audience.note or "", "warning") for _ in beware),
        )
    return table


@rendered.register
def _(views: SignalViews) -> RenderableType:
    parts: list[RenderableType] = []
    for view in views.signals:
        parts += [rendered(view), Text()]
    return Group(*parts[:-1])


@rendered.register
def _(signals: SignalList) -> RenderableType:
    table = new_table("signal", "kind", *NUMBERS, "muted", "doc", numbers=NUMBERS)
    for summary in signals.signals:
        table.add_row(
            _signal_cell(summary),
            Text(summary.kind),
            Text(str(summary.receivers)),
            Text(str(summary.connections)),
            Text("muted" if summary.muted else "", "warning"),
            literal(_doc(summary)),
        )
    return table


def _signal_cell(summary: SignalSummary) -> Text:
    """The name, and under it whose copy of blinker it is of, if it is."""
    cell = literal(summary.signal, "signal")
    if summary.library is None:
        return cell
    if summary.library != BLINKER:
        cell += literal(f"\nof {summary.library}", "detail", keep="\n")
    return folding(cell)


def _doc(summary: SignalSummary) -> str:
    """What was said of it; of an application's signal the first line, for it may have many."""
    doc = summary.doc or ""
    return doc if summary.library is None else doc.strip().partition("\n")[0]
