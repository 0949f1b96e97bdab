"""Draw listings: receivers, sessions, and what signalcli offers for Flask."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.flask_demo.installed import MISSING
from signalcli.flask_demo.signals import FlaskOverview
from signalcli.render.parts import WIDEST, FittingTable, folding, kind, listens_to, literal
from signalcli.session.listing import SessionList
from signalcli.values.catalog import Drop, HeldReceiver, ReceiverCatalog, ReceiverDetail


def draw_catalog(catalog: ReceiverCatalog) -> RenderableType:
    table = FittingTable("receiver", "from", "kind", "does", "teaches", widest=WIDEST)
    for entry in catalog.receivers:
        table.add_row(
            literal(entry.receiver, "receiver"),
            Text(entry.source),
            Text(kind(entry.is_async)),
            literal(entry.doc),
            literal(entry.teaches),
        )
    return table


def draw_receiver(detail: ReceiverDetail) -> RenderableType:
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
    table = FittingTable("signal", "listens to", "held")
    for held in detail.connections:
        table.add_row(*_held(held))
    return Group(*parts, table)


def draw_drop(drop: Drop) -> RenderableType:
    after = {held.signal: held for held in drop.after}
    table = FittingTable("signal", "listens to", "held", "after the drop")
    for held in drop.before:
        stays = held.signal in after
        remains = Text("stays") if stays else Text("gone", "outcome.raised")
        table.add_row(*_held(held), remains)
    return table


def _held(held: HeldReceiver) -> tuple[Text, Text, Text]:
    strength = Text("weakly" if held.weak else "strongly")
    return literal(held.signal, "signal"), listens_to(held.connections), strength


def draw_sessions(sessions: SessionList) -> RenderableType:
    table = FittingTable("session", "bytes", "file", numbers=("bytes",))
    for entry in sessions.sessions:
        name = literal(f"* {entry.session}" if entry.current else f"  {entry.session}")
        table.add_row(name, Text(str(entry.bytes)), folding(literal(entry.path, "detail"), "path"))
    return table


def draw_flask_overview(overview: FlaskOverview) -> RenderableType:
    signals = FittingTable("signal", "is sent", "your receivers", widest=WIDEST)
    for signal in overview.signals:
        signals.add_row(
            literal(signal.signal, "signal"),
            literal(signal.sent),
            literal(", ".join(signal.receivers) or "–", "receiver"),
        )
    if overview.version is None:
        return Group(Text(MISSING, "warning"), signals)
    routes = FittingTable("path", "what its view does", widest=WIDEST)
    for path, does in overview.routes.items():
        routes.add_row(literal(path), literal(does))
    title = Text("Flask ", "heading") + literal(overview.version, "heading")
    about = "  a demo application, in which your receivers listen to Flask's own signals"
    return Group(title + Text(about, "detail"), routes, signals)
