"""``signalcli tour``: run the lessons."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.cli.output import UNLIMITED, width_of
from signalcli.cli.parsing.types import LESSON

if TYPE_CHECKING:
    from signalcli.tour.run import LessonList, LessonTitle, TaughtLesson, TaughtStep, TaughtTour


@click.command(
    "tour",
    cls=Command,
    works_on="",
    draws=True,
    examples=["signalcli tour", "signalcli tour 2.4 --lang zh"],
)
@click.argument("lesson", required=False, type=LESSON)
@click.option("--all", "every", is_flag=True, help="Run all lessons.")
@click.option(
    "--lang",
    "language",
    type=click.Choice(["en", "zh"]),
    help="English or Chinese.  [default: by the locale]",
)
@click.pass_obj
def tour_command(
    invocation: Invocation, lesson: str | None, every: bool, language: str | None
) -> LessonList | TaughtLesson | TaughtTour:
    """Run the lessons, each as commands and as Python.

    Without LESSON, list the lessons. Each step explains one thing. Then its commands run in a temporary
    session, and the same calls in Python run in a new interpreter. Your own sessions don't change. With
    --all --json, each lesson takes a line.
    """
    from signalcli.tour import run as tour
    from signalcli.tour.lessons.index import find_lesson

    output = invocation.output
    language = language or tour.language_of(os.environ)
    width = width_of(sys.stdout)
    columns = None if width == UNLIMITED else width

    def show(part: LessonTitle | TaughtStep) -> None:
        if not output.as_json:
            output.stream(part)

    if lesson is not None:
        if every:
            raise click.UsageError(f"Give either the lesson {lesson} or --all.")
        return tour.teach(find_lesson(lesson), language, columns, show)
    if not every:
        return tour.list_lessons(language)
    lessons = tour.runnable_lessons()
    for number, each in enumerate(lessons):
        taught = tour.teach(each, language, columns, show, is_below=number > 0)
        if output.as_json:
            output.stream(taught)
    return tour.TaughtTour(len(lessons), tour.missing_lessons_note(language))
