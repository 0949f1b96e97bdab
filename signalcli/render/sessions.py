"""The saved sessions."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from signalcli.render.parts import literal, new_table
from signalcli.values.inspection import SessionList


def rendered(sessions: SessionList) -> RenderableType:
    table = new_table("session", "bytes", "file", numbers=("bytes",))
    for entry in sessions.sessions:
        name = literal(f"* {entry.session}" if entry.current else f"  {entry.session}")
        table.add_row(name, Text(str(entry.bytes)), literal(entry.path, "detail"))
    return table
