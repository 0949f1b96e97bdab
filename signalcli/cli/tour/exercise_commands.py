"""Begin an exercise in a session or a file of its own, and check what has become of it."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from signalcli.cli.tour.ending_signals import cleaned_up_at_signals
from signalcli.errors import ExitStatus, OutputError, SessionError, UsageError
from signalcli.language.phrases import LANGUAGES, language_to_choose, phrase
from signalcli.tour.exercises.conditions import ExerciseSession
from signalcli.tour.exercises.index import exercise_session, find_exercise
from signalcli.tour.exercises.outcome import (
    CheckedExercise,
    ExerciseGoal,
    Hint,
    Solution,
    check_exercise,
    how_to_work_on,
    not_begun,
)
from signalcli.tour.lessons.index import LESSONS
from signalcli.tour.run import next_note

if TYPE_CHECKING:
    from signalcli.cli.invocation import Invocation
    from signalcli.tour.exercises.exercise import Exercise
    from signalcli.tour.progress import Progress

MOST_SENDS = 1000
"""past sends that a check looks at."""


def begin(invocation: Invocation, lesson: str, language: str) -> ExerciseGoal:
    """Create the session or the file of an exercise as it is at the start."""
    from signalcli.cli.shell.line import run_text

    exercise = find_exercise(lesson)
    if exercise.file:
        _write_file(exercise, exercise.file, language)
        return ExerciseGoal(exercise, language, how_to_work_on(exercise))
    file = invocation.session.file_of(exercise_session(lesson))
    if os.path.lexists(file.path):
        file.delete()
    file.create()
    chosen = language_to_choose(language)
    options = ["--session", file.label, "--quiet", *(("--lang", chosen) if chosen else ())]
    for line in exercise.start:
        status = run_text(line, options, invocation.output)
        if status != ExitStatus.DONE:  # it has written the reason
            raise click.exceptions.Exit(status or ExitStatus.DONE)
    return ExerciseGoal(exercise, language, how_to_work_on(exercise))


def _write_file(exercise: Exercise, path: str, language: str) -> None:
    """Write the file of an exercise, unless it is there already."""
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(exercise.file_text(language))
    except FileExistsError:
        if not _is_at_start(exercise, path):
            raise UsageError(
                "{file} is here already. Go on with it, or delete it to begin again.", file=path
            ) from None
    except OSError as error:
        raise OutputError(error, path) from error


def _is_at_start(exercise: Exercise, path: str) -> bool:
    if not os.path.isfile(path):  # such as a named pipe, which would be waited for
        return False
    with suppress(OSError, UnicodeDecodeError), open(path, encoding="utf-8") as file:
        return file.read() in map(exercise.file_text, LANGUAGES)
    return False


def run_exercise_word(
    invocation: Invocation, word: str, lesson: str, language: str, progress: Progress
) -> ExerciseGoal | CheckedExercise | Hint | Solution:
    """Answer a word of :data:`EXERCISE_WORDS` about the exercise of a lesson, and save it if it is solved."""
    exercise = find_exercise(lesson)
    if word == "goal":
        return ExerciseGoal(exercise, language)
    if word == "hint":
        return Hint(lesson, language, exercise.hint(language))
    if word == "solution":
        return Solution(exercise)
    if exercise.file:
        return _check_file(exercise, exercise.file, language, progress)
    if "--session" not in invocation.typed_options:
        invocation.session_name = exercise_session(lesson)
        if not os.path.lexists(invocation.session.file.path):
            raise UsageError(not_begun(exercise))
    return _checked(exercise, _differences(invocation, exercise), (), language, progress)


def _checked(
    exercise: Exercise,
    differences: tuple[str, ...],
    notes: tuple[str, ...],
    language: str,
    progress: Progress,
) -> CheckedExercise:
    """Return the differences, or save that there are none, with a note about the next lesson."""
    lesson = exercise.lesson
    if not differences:
        try:
            progress.solve(lesson)
            notes += next_note([LESSONS[lesson]], progress, language)
        except SessionError as error:  # it is solved, though that can't be remembered
            notes += (str(error),)
    return CheckedExercise(lesson, language, differences, notes)


def _check_file(
    exercise: Exercise, path: str, language: str, progress: Progress
) -> CheckedExercise:
    """Check the file of an exercise."""
    from signalcli.tour.exercises.file_check import check_file

    if not os.path.lexists(path):
        raise UsageError(not_begun(exercise))
    if not os.path.isfile(path):
        raise UsageError("{file} is not a file. Move it away, and begin again.", file=path)
    with cleaned_up_at_signals():
        found = check_file(exercise.lesson, path)
    run = phrase(
        "To see what {file} prints, run it: {command}", file=path, command=f"python {path}"
    )
    notes = (run,) if found.prints else ()
    return _checked(exercise, found.differences, notes, language, progress)


def _differences(invocation: Invocation, exercise: Exercise) -> tuple[str, ...]:
    from signalcli.history.query import newest
    from signalcli.session.listing import check_exists

    access = invocation.session
    check_exists(access.file, access.directory)
    newest_first = newest(access.journal, "", MOST_SENDS)
    with access.opened() as source:
        sends = [record.delivery for record in reversed(newest_first)]
        return check_exercise(exercise, ExerciseSession(source, sends))
