"""Turn a value into the text that a person reads."""

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
        "outcome.yielded": "yellow",
        "bar.back": "dim",
        "bar.complete": "green",
        "bar.finished": "green",
        "bar.pulse": "green",
        "progress.percentage": "dim",
        "progress.remaining": "dim",
    },
    inherit=False,
)
ON_LIGHT = {"cyan": "blue", "yellow": "magenta"}
"""The colours that are hard to read on a light background, and those there."""
LIGHT_THEME = Theme(
    {
        name: " ".join(ON_LIGHT.get(word, word) for word in str(style).split())
        for name, style in THEME.styles.items()
    },
    inherit=False,
)

DRAWINGS = {
    "ReceiverCatalog": "listings.draw_catalog",
    "DeadLetter": "relay.tables.draw_dead_letter",
    "DeadLetters": "relay.tables.draw_dead_letters",
    "ListenerList": "relay.tables.draw_listeners",
    "RelayStatus": "relay.tables.draw_status",
    "RelayedSend": "relay.tables.draw_relayed_send",
    "RelayedSignals": "relay.tables.draw_relayed_signals",
    "Change": "delivery.draw_change",
    "ConnectedReceivers": "signals.draw_connected",
    "Delivery": "delivery.draw_delivery",
    "Drop": "listings.draw_drop",
    "FlaskOverview": "listings.draw_flask_overview",
    "Graph": "graphs.draw_graph",
    "History": "history.draw_history",
    "LessonTitle": "lessons.draw_title",
    "LessonExercise": "lessons.draw_exercise",
    "ExerciseGoal": "lessons.draw_exercise_goal",
    "CheckedExercise": "lessons.draw_checked",
    "Hint": "lessons.draw_hint",
    "ProgramTrace": "timelines.draw_program",
    "ReceiverDetail": "listings.draw_receiver",
    "Record": "history.draw_record",
    "Replays": "history.draw_replays",
    "RequestTimeline": "timelines.draw_request",
    "Run": "bulk.draw_run",
    "SessionList": "listings.draw_sessions",
    "PassedSend": "history.draw_passed_send",
    "PastSend": "history.draw_past_send",
    "SignalList": "signals.draw_signal_list",
    "SignalView": "signals.draw_signal",
    "SignalViews": "signals.draw_signals",
    "LessonList": "lessons.draw_lesson_list",
    "TaughtLesson": "lessons.draw_lesson",
    "TaughtStep": "lessons.draw_step",
    "ChangeRecord": "changes.draw_change_record",
    "WatchedLine": "changes.draw_watched_line",
    "TraceDifference": "traces.difference.draw_difference",
    "TraceSummary": "traces.summary.draw_summary",
    "WatchedProgram": "traces.live.draw_watched_program",
    "Topic": "guide.topics.DrawnTopic",
}
"""The function of this folder that draws each class of values. The classes are named, so that only
the module that draws the value is imported."""


def new_console(
    stream: TextIO, width: int, color: bool, terminal: bool | None = None, theme: str | None = None
) -> Console:
    """Return a console that draws on a stream. A ``terminal`` can move the cursor."""
    return Console(
        file=stream,
        width=width,
        height=25,  # without one, Rich takes a dumb terminal for 80 columns wide
        color_system="standard" if color else None,
        force_terminal=color if terminal is None else terminal,
        no_color=not color,
        theme=LIGHT_THEME if theme == "light" else THEME,
        highlight=False,
        emoji=False,
        markup=False,
    )


DRAWING_APPLICATIONS = ("delivery", "graphs", "bulk", "signals", "timelines", "traces.summary")
"""The modules that draw the signals and sends of an application."""


def import_drawing(*, files: bool) -> None:
    """Import what draws an application (and files of it): early, as its directory may shadow it later."""
    import fractions  # noqa: F401 - Rich needs it for the columns of a table
    import http  # noqa: F401 - for the status of a request

    import rich.progress  # noqa: F401

    for module in (*DRAWING_APPLICATIONS, *(["saved.picture", "saved.document"] if files else [])):
        import_module(f"signalcli.render.{module}")


def cell_width(text: str) -> int:
    """Return the number of columns that a text takes on a terminal."""
    return cell_len(text)


def draw(value: object, width: int, color: bool, theme: str | None = None) -> str:
    """Draw a value as text of ``width`` columns, with escape codes for colours if ``color``."""
    canvas = StringIO()
    new_console(canvas, width, color, theme=theme).print(renderable(value))
    return canvas.getvalue()


def renderable(value: object) -> RenderableType:
    """Return what Rich draws for a value."""
    module, _, function = DRAWINGS[type(value).__name__].rpartition(".")
    drawing: RenderableType = getattr(import_module(f"signalcli.render.{module}"), function)(value)
    return drawing
