"""The receivers that can be connected."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from signalcli.render.parts import kind, literal, new_table
from signalcli.views import Catalogue


def rendered(catalogue: Catalogue) -> RenderableType:
    table = new_table("receiver", "kind", "does", "teaches")
    for entry in catalogue.receivers:
        table.add_row(
            literal(entry.receiver, "receiver"),
            Text(kind(entry.is_async)),
            literal(entry.doc),
            literal(entry.teaches),
        )
    return table
