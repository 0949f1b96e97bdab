"""What a person reads: a value ⇒ a Rich renderable. The only package that imports Rich."""

from __future__ import annotations

from importlib import import_module
from io import StringIO
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.theme import Theme

THEME = Theme(
    {
        "heading": "bold",
        "signal": "bold",
        "receiver": "cyan",
        "detail": "dim",
        "warning": "yellow",
        "lesson.title": "bold cyan",
        "lesson.id": "cyan",
        "lesson.code": "cyan",
        "lesson.command": "bold",
        "lesson.option": "cyan",
        "outcome.returned": "green",
        "outcome.would_call": "green",
        "outcome.raised": "bold red",
        "outcome.would_raise": "bold red",
        "outcome.skipped": "dim",
        "outcome.not_reached": "yellow",
        "outcome.running": "yellow",
        "bar.back": "dim",
        "bar.complete": "green",
        "bar.finished": "green",
        "bar.pulse": "green",
        "progress.percentage": "dim",
        "progress.remaining": "dim",
    },
    inherit=False,
)

MODULES = {
    "Catalogue": "receivers",
    "Change": "changes",
    "Delivery": "delivery",
    "Drop": "receivers",
    "FlaskOverview": "web",
    "Graph": "graphs",
    "History": "history",
    "LessonTitle": "lessons",
    "ReceiverDetail": "receivers",
    "ProgramTrace": "timelines",
    "Record": "history",
    "Replays": "history",
    "RequestTimeline": "timelines",
    "Run": "runs",
    "SessionList": "sessions",
    "Shown": "history",
    "SignalList": "signals",
    "SignalView": "signals",
    "SignalViews": "signals",
    "Syllabus": "lessons",
    "TaughtLesson": "lessons",
    "TaughtStep": "lessons",
}
"""Where the values are drawn: a module of this package for each, imported when it is needed."""


def console(stream: TextIO, width: int, color: bool, terminal: bool | None = None) -> Console:
    """The console that draws on a stream.

    :param width: in columns.
    :param terminal: whether the cursor can be moved; without it, where there is colour.
    """
    return Console(
        file=stream,
        width=width,
        height=25,  # without one, Rich takes a dumb terminal for 80 columns wide
        color_system="standard" if color else None,
        force_terminal=color if terminal is None else terminal,
        no_color=not color,
        theme=THEME,
        highlight=False,
        emoji=False,
        markup=False,
    )


OF_SOMEBODYS_CODE = ("delivery", "graphs", "progress", "runs", "signals", "timelines")
"""The modules that draw what somebody's code was, or did."""


def import_what_draws(*, pictures: bool) -> None:
    """Import all that draws somebody's code, before a file of its can stand in for a part of that.

    :param pictures: whether pictures are drawn too.
    """
    import fractions  # noqa: F401 - Rich needs it for the columns of a table
    import http  # noqa: F401 - for the status of a request

    for module in (*OF_SOMEBODYS_CODE, *(["pictures"] if pictures else [])):
        import_module(f"signalcli.render.{module}")


def cell_width(text: str) -> int:
    """The columns that a text takes on a terminal."""
    return cell_len(text)


def drawn(value: object, width: int, color: bool) -> str:
    """What a person reads of a value, as text to print.

    :param width: in columns.
    :param color: whether to colour it, with escape codes.
    """
    canvas = StringIO()
    console(canvas, width, color).print(renderable(value))
    return canvas.getvalue()


def renderable(value: object) -> RenderableType:
    """What Rich draws for a value."""
    module = import_module(f"signalcli.render.{MODULES[type(value).__name__]}")
    drawing: RenderableType = module.rendered(value)
    return drawing
