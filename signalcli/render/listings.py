"""The receivers that can be connected, and what holds them."""

from __future__ import annotations

from functools import singledispatch

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from signalcli.render.parts import kind, listens_to, literal, new_table
from signalcli.values.inspection import Catalogue, Drop, HeldReceiver, ReceiverDetail


@singledispatch
def rendered(value: object) -> RenderableType:
    """All receivers, one in full, or what dropping one left."""
    raise TypeError(f"nothing here draws a {type(value).__name__}")


@rendered.register
def _(catalogue: Catalogue) -> RenderableType:
    table = new_table("receiver", "from", "kind", "does", "teaches")
    for entry in catalogue.receivers:
        table.add_row(
            literal(entry.receiver, "receiver"),
            Text(entry.source),
            Text(kind(entry.is_async)),
            literal(entry.doc),
            literal(entry.teaches),
        )
    return table


@rendered.register
def _(detail: ReceiverDetail) -> RenderableType:
    entry = detail.entry
    parts: list[RenderableType] = [
        literal(entry.receiver, "receiver")
        + Text(f"  {entry.source} receiver, {kind(entry.is_async)}", "detail"),
        literal(entry.doc),
    ]
    if entry.teaches:
        parts.append(literal(entry.teaches))
    if entry.where is not None:
        parts.append(literal(entry.where, "detail"))
    if not detail.connections:
        return Group(*parts, Text("It is not connected to anything.", "detail"))
    table = new_table("signal", "listens to", "held")
    for held in detail.connections:
        table.add_row(*_held(held))
    return Group(*parts, table)


@rendered.register
def _(drop: Drop) -> Table:
    after = {held.signal: held for held in drop.after}
    table = new_table("signal", "listens to", "held", "after the drop")
    for held in drop.before:
        stays = held.signal in after
        remains = Text("stays") if stays else Text("gone", "outcome.raised")
        table.add_row(*_held(held), remains)
    return table


def _held(held: HeldReceiver) -> tuple[Text, Text, Text]:
    strength = Text("weakly" if held.weak else "strongly")
    return literal(held.signal, "signal"), listens_to(held.connections), strength
