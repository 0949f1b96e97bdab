"""Begin an exercise in a session of its own, and check what the session has become."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from signalcli.errors import ExitStatus, UsageError
from signalcli.language.phrases import language_to_choose
from signalcli.tour.exercises.index import find_exercise, session_of
from signalcli.tour.exercises.outcome import (
    BegunExercise,
    CheckedExercise,
    Hint,
    Solution,
    check,
    how_to_work_on,
    not_begun,
)
from signalcli.tour.exercises.wants import Seen
from signalcli.tour.lessons.index import LESSONS
from signalcli.tour.run import next_note

if TYPE_CHECKING:
    from signalcli.cli.invocation import Invocation
    from signalcli.tour.exercises.exercise import Exercise
    from signalcli.tour.progress import Progress

MOST_SENDS = 1000
"""past sends that a check looks at."""


def begin(invocation: Invocation, lesson: str, language: str) -> BegunExercise:
    """Create the session of an exercise as it is at the start."""
    from signalcli.cli.shell.line import run_text

    exercise = find_exercise(lesson)
    file = invocation.session.file_of(session_of(lesson))
    if os.path.lexists(file.path):
        file.delete()
    file.create()
    chosen = language_to_choose(language)
    options = ["--session", file.label, "--quiet", *(("--lang", chosen) if chosen else ())]
    for line in exercise.start:
        status = run_text(line, options, invocation.output)
        if status != ExitStatus.DONE:  # it has written the reason
            raise click.exceptions.Exit(status or ExitStatus.DONE)
    return BegunExercise(exercise, language, how_to_work_on(lesson))


def answer(
    invocation: Invocation, word: str, lesson: str, language: str, progress: Progress
) -> CheckedExercise | Hint | Solution:
    """Answer a word of :data:`EXERCISE_WORDS` about the exercise of a lesson, and save it if it is solved."""
    exercise = find_exercise(lesson)
    if word == "hint":
        return Hint(lesson, language, exercise.hint(language))
    if word == "solution":
        return Solution(lesson, exercise.solution)
    if "--session" not in invocation.typed_options:
        invocation.session_name = session_of(lesson)
        if not os.path.lexists(invocation.session.file.path):
            raise UsageError(not_begun(lesson))
    differences = _differences(invocation, exercise)
    if differences:
        return CheckedExercise(lesson, language, differences)
    progress.solve(lesson)
    return CheckedExercise(
        lesson, language, (), next_note([LESSONS[lesson]], progress.finished(), language)
    )


def _differences(invocation: Invocation, exercise: Exercise) -> tuple[str, ...]:
    from signalcli.history.query import newest
    from signalcli.session.listing import check_exists

    access = invocation.session
    check_exists(access.file, access.directory)
    newest_first = newest(access.journal, "", MOST_SENDS)
    with access.opened() as source:
        sends = [record.delivery for record in reversed(newest_first)]
        return check(exercise, Seen(source, sends))
