"""Draw listings: receivers, sessions, and what signalcli offers for Flask."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.flask_demo.installed import MISSING
from signalcli.flask_demo.signals import FlaskOverview
from signalcli.language.phrases import joined, phrase
from signalcli.render.parts import (
    WIDEST,
    FittingTable,
    folding,
    held,
    kind,
    listens_to,
    literal,
    own,
    prose,
)
from signalcli.session.listing import SessionList
from signalcli.values.catalog import Drop, HeldReceiver, ReceiverCatalog, ReceiverDetail

SOURCES = (phrase("demo"), phrase("own"), phrase("package"), phrase("import"))
"""Where receivers come from, translated where it is shown."""


def draw_catalog(catalog: ReceiverCatalog) -> RenderableType:
    columns = phrase("receiver"), phrase("from"), phrase("kind"), phrase("does"), phrase("teaches")
    table = FittingTable(*columns, widest=WIDEST)
    for entry in catalog.receivers:
        table.add_row(
            literal(entry.receiver, "receiver"),
            own(entry.source),
            own(kind(entry.is_async)),
            literal(entry.doc),
            literal(entry.teaches),
        )
    return table


def draw_receiver(detail: ReceiverDetail) -> RenderableType:
    entry = detail.entry
    parts: list[RenderableType] = [
        literal(entry.receiver, "receiver")
        + own(
            phrase(
                "  {source} receiver, {kind}",
                source=phrase(entry.source),
                kind=kind(entry.is_async),
            ),
            "detail",
        ),
        prose(literal(entry.doc)),
    ]
    if entry.teaches:
        parts.append(prose(literal(entry.teaches)))
    if entry.where is not None:
        parts.append(literal(entry.where, "detail"))
    if not detail.connections:
        return Group(*parts, own(phrase("It is not connected to anything."), "detail"))
    table = FittingTable(phrase("signal"), phrase("listens to"), phrase("held"))
    for one in detail.connections:
        table.add_row(*_held(one))
    return Group(*parts, table)


def draw_drop(drop: Drop) -> RenderableType:
    after = {one.signal for one in drop.after}
    columns = phrase("signal"), phrase("listens to"), phrase("held"), phrase("after the drop")
    table = FittingTable(*columns)
    for one in drop.before:
        stays = one.signal in after
        remains = own(phrase("stays")) if stays else own(phrase("gone"), "outcome.raised")
        table.add_row(*_held(one), remains)
    return table


def _held(one: HeldReceiver) -> tuple[Text, Text, Text]:
    return literal(one.signal, "signal"), listens_to(one.connections), held(one.weak)


def draw_sessions(sessions: SessionList) -> RenderableType:
    table = FittingTable(phrase("session"), phrase("bytes"), phrase("file"), numbers=("bytes",))
    for entry in sessions.sessions:
        name = literal(f"* {entry.session}" if entry.current else f"  {entry.session}")
        table.add_row(name, Text(str(entry.bytes)), folding(literal(entry.path, "detail"), "path"))
    return table


def draw_flask_overview(overview: FlaskOverview) -> RenderableType:
    signals = FittingTable(
        phrase("signal"), phrase("is sent"), phrase("your receivers"), widest=WIDEST
    )
    for signal in overview.signals:
        signals.add_row(
            literal(signal.signal, "signal"),
            literal(signal.sent),
            literal(joined(signal.receivers) or "–", "receiver"),
        )
    if overview.version is None:
        return Group(own(MISSING, "warning"), signals)
    routes = FittingTable(phrase("path"), phrase("what its view does"), widest=WIDEST)
    for path, does in overview.routes.items():
        routes.add_row(literal(path), literal(does))
    title = Text("Flask ", "heading") + literal(overview.version, "heading")
    about = phrase("  a demo application, in which your receivers listen to Flask's own signals")
    return Group(title + own(about, "detail"), routes, signals)
