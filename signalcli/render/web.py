"""What there is for Flask."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from signalcli.flask_demo.installed import MISSING
from signalcli.render.parts import literal, new_table
from signalcli.web.overview import FlaskOverview


def rendered(overview: FlaskOverview) -> RenderableType:
    """The demo application, its signals and its paths."""
    signals = new_table("signal", "is sent", "your receivers")
    signals.columns[0].no_wrap = True  # the others fold
    for signal in overview.signals:
        signals.add_row(
            literal(signal.signal, "signal"),
            literal(signal.sent),
            literal(", ".join(signal.receivers) or "–", "receiver"),
        )
    if overview.version is None:
        return Group(Text(MISSING, "warning"), signals)
    routes = new_table("path", "what its view does")
    for path, does in overview.routes.items():
        routes.add_row(literal(path), literal(does))
    title = Text("Flask ", "heading") + literal(overview.version, "heading")
    about = "  a demo application, in which your receivers listen to Flask's own signals"
    return Group(title + Text(about, "detail"), routes, signals)
