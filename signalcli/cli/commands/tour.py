"""``signalcli tour``"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.cli.output import UNLIMITED, width_of

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from signalcli.tour.run import LessonTitle, Syllabus, TaughtLesson, TaughtStep, TaughtTour


def _complete_lesson(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from signalcli.tour.lessons import LESSONS

    return [CompletionItem(id) for id in LESSONS if id.startswith(incomplete)]


@click.command(
    "tour",
    cls=Command,
    draws=True,
    options_metavar="[OPTIONS]",
    examples=["signalcli tour", "signalcli tour 2.4 --lang zh"],
)
@click.argument("lesson", required=False, shell_complete=_complete_lesson)
@click.option("--all", "every", is_flag=True, help="Run them all.")
@click.option(
    "--lang",
    "language",
    type=click.Choice(["en", "zh"]),
    help="English or Chinese.  [default: by the locale]",
)
@click.pass_obj
def tour_command(
    invocation: Invocation, lesson: str | None, every: bool, language: str | None
) -> Syllabus | TaughtLesson | TaughtTour:
    """Run the lessons: what each teaches, as commands and as Python.

    Without LESSON, list them. Each step says what it teaches; then its commands run in a session of
    their own that is gone afterwards, and the Python that does the same in a fresh interpreter.
    Nothing that is shown was recorded, and your sessions are not touched. With --all --json, each
    lesson takes a line.
    """
    from signalcli.tour import run as tour
    from signalcli.tour.lessons import find

    output = invocation.output
    language = language or tour.language_of(os.environ)
    width = width_of(sys.stdout)
    columns = None if width == UNLIMITED else width

    def show(part: LessonTitle | TaughtStep) -> None:
        if not output.as_json:
            output.stream(part)

    if lesson is not None:
        if every:
            raise click.UsageError(f"It is either lesson {lesson} or --all.")
        return tour.teach(find(lesson), language, columns, show)
    if not every:
        return tour.syllabus(language)
    lessons = tour.teachable()
    for number, each in enumerate(lessons):
        taught = tour.teach(each, language, columns, show, is_below=number > 0)
        if output.as_json:
            output.stream(taught)
    return tour.TaughtTour(len(lessons), tour.left_out(language))
