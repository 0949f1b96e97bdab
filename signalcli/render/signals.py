"""Who listens to signals."""

from __future__ import annotations

from functools import singledispatch

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from signalcli.render.parts import kind, listens_to, literal, new_table
from signalcli.text import sender_label
from signalcli.views import Audience, ReceiverView, SignalList, SignalView, SignalViews

NUMBERS = ("receivers", "connections")


@singledispatch
def rendered(value: object) -> RenderableType:
    """One signal in full, several, or a list of all."""
    raise TypeError(f"nothing here draws a {type(value).__name__}")


@rendered.register
def _(view: SignalView) -> RenderableType:
    traits = [view.kind, *(["unordered"] if not view.ordered else [])]
    heading = literal(view.signal, "signal") + Text(f"  {', '.join(traits)} signal", "detail")
    if view.muted:
        heading += Text("  muted", "warning")
    parts: list[RenderableType] = [heading]
    if view.doc:
        parts.append(literal(view.doc))
    if view.receivers:
        parts.append(_receivers_table(view.receivers))
    else:
        parts.append(Text("It has no receivers.", "detail"))
    parts.append(_audiences_table(view.has_receivers_for))
    return Group(*parts)


def _receivers_table(receivers: tuple[ReceiverView, ...]) -> Table:
    table = new_table("receiver", "listens to", "held", "kind", "defined at", "does")
    for receiver in receivers:
        table.add_row(
            literal(receiver.receiver, "receiver"),
            listens_to(receiver.connections),
            Text("weakly" if receiver.weak else "strongly"),
            Text(kind(receiver.is_async)),
            literal(receiver.where or "", "detail"),
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
            literal(summary.signal, "signal"),
            Text(summary.kind),
            Text(str(summary.receivers)),
            Text(str(summary.connections)),
            Text("muted" if summary.muted else "", "warning"),
            literal(summary.doc or ""),
        )
    return table
