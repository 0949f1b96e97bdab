"""``signalcli tour``: run the lessons."""

from __future__ import annotations

import sys
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import click

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.output import UNLIMITED, width_of
from signalcli.cli.parsing.types import LESSON
from signalcli.cli.tour.ending_signals import cleaned_up_at_signals
from signalcli.errors import SessionError, UsageError
from signalcli.language.phrases import language_to_choose, phrase
from signalcli.text import PROGRAM
from signalcli.values.result import StreamEnd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from signalcli.tour.exercises.outcome import ExerciseGoal
    from signalcli.tour.lessons.index import Lesson
    from signalcli.tour.progress import Progress
    from signalcli.tour.run import LessonPart
    from signalcli.values.result import Value


@signalcli_command(
    "tour",
    works_on="session",
    draws=True,
    examples=[
        "signalcli tour",
        "signalcli tour next",
        "signalcli tour 2.4 --lang zh",
        "signalcli tour 2.1 2.2 --no-pause",
        "signalcli tour 2.4 --exercise",
        "signalcli tour check 2.4",
    ],
)
@click.argument("lessons", nargs=-1, type=LESSON, metavar="[LESSON]...")
@click.option("--all", "every", is_flag=True, help="Run all lessons.")
@click.option("--exercise", "begins", is_flag=True, help="Begin the exercise of LESSON.")
@click.option("--no-pause", is_flag=True, help="Don't stop after each step.")
def tour_command(
    invocation: Invocation, lessons: tuple[str, ...], every: bool, begins: bool, no_pause: bool
) -> Value:
    """Run the lessons, each as commands and as Python.

    Without LESSON, list the lessons, and mark those that you have finished. LESSON is one of the list, a
    section such as 2, flask for those on Flask, or next for the first that isn't finished.

    Each step explains one thing. Then its commands run in a temporary session, and the same calls in
    Python run in a new interpreter. Your own sessions don't change. On a terminal, a lesson stops after
    each step: Enter goes on, b goes back, q leaves, and t opens the shell in a copy of the session, with
    the commands in its history.

    Each lesson ends with an exercise. --exercise begins it in a session of its own, such as exercise-2.4,
    and on a terminal opens the shell there, in which check says what differs from the goal, goal shows it
    again, hint helps, and solution shows one way. Without a terminal, type signalcli tour check 2.4 and so
    on. --session checks another session. Some exercises are a file of Python instead, such as during.py,
    which --exercise writes and check runs. With --all, several lessons or --json, each lesson takes a line
    of JSON.
    """
    from signalcli.cli.shell.words import EXERCISE_WORDS
    from signalcli.tour import run as tour
    from signalcli.tour.progress import Progress

    invocation.session.refuse_application()
    language = invocation.lesson_language
    progress = Progress(click.get_app_dir(PROGRAM))
    if begins or (lessons and lessons[0] in EXERCISE_WORDS):
        return _exercise(invocation, lessons, begins, no_pause, language, progress)
    if every and lessons:
        sentence = phrase("Give either the lesson {lesson} or --all.", lesson=lessons[0])
        raise click.UsageError(sentence)
    if every:
        notes = tour.missing_lessons_note()
        return _run_all(invocation, tour.runnable_lessons(), language, notes)
    if not lessons:
        return _list(invocation, language, progress)
    chosen = _chosen(lessons, progress)
    if _is_on_terminal(invocation, no_pause):
        return _step_through(invocation, chosen, language, progress)
    if len(chosen) == 1:
        with cleaned_up_at_signals():
            return tour.teach(chosen[0], language, _columns, _shown(invocation))
    notes = () if chosen else tour.next_note(chosen, progress, language)
    return _run_all(invocation, chosen, language, notes)


def _list(invocation: Invocation, language: str, progress: Progress) -> Value:
    from signalcli.tour.run import list_lessons

    try:
        return list_lessons(language, progress.finished(), progress.solved())
    except SessionError as error:  # the lessons are there all the same
        invocation.output.note(str(error))
        return list_lessons(language, (), ())


def _chosen(words: Sequence[str], progress: Progress) -> list[Lesson]:
    """Return the lessons that the user names. SessionError if ``next`` isn't known."""
    from signalcli.tour.lessons.index import NEXT, find_lessons

    return find_lessons(words, progress.finished() if NEXT in words else ())


def _is_on_terminal(invocation: Invocation, no_pause: bool) -> bool:
    """Return whether the user can be asked, and wants to be."""
    output = invocation.output
    if no_pause or output.as_json or output.saves or sys.stdin is None:
        return False
    return sys.stdin.isatty() and sys.stdout.isatty()


def _exercise(
    invocation: Invocation,
    words: Sequence[str],
    begins: bool,
    no_pause: bool,
    language: str,
    progress: Progress,
) -> Value:
    """Begin an exercise, or answer a word about it."""
    from signalcli.cli.tour.exercise_commands import begin, run_exercise_word
    from signalcli.tour.run import next_note

    named = words if begins else words[1:]
    chosen = _chosen(named, progress)
    if not chosen and named:  # the next of all that are finished
        return StreamEnd(notes=next_note(chosen, progress, language))
    if begins:
        if len(chosen) != 1:
            raise UsageError("--exercise takes one lesson, as in: signalcli tour 2.4 --exercise")
        goal = begin(invocation, chosen[0].id, language)
        return _in_shell(invocation, goal) if _is_on_terminal(invocation, no_pause) else goal
    if len(chosen) != 1:
        raise UsageError(
            "{word} takes one lesson, as in: {command}",
            word=words[0],
            command=f"signalcli tour {words[0]} 2.4",
        )
    return run_exercise_word(invocation, words[0], chosen[0].id, language, progress)


def _in_shell(invocation: Invocation, goal: ExerciseGoal) -> ExerciseGoal:
    """Open the shell on an exercise.

    Return the exercise unchanged if it has a file, if the shell isn't installed, or if this is its shell.

    Within a shell, this is a second one: its end goes back to the first.
    """
    from signalcli.cli.commands.shell import check_editor_installed
    from signalcli.cli.shell.line import LineInvocation
    from signalcli.errors import MissingPackage
    from signalcli.tour.exercises.outcome import words_note

    if goal.session is None:
        return goal
    try:
        check_editor_installed()
    except MissingPackage:
        return goal
    if isinstance(invocation, LineInvocation) and invocation.session.file.label == goal.session:
        return goal._replace(notes=(words_note(),))  # the shell is open on it
    from signalcli.cli.shell.prompt import run_prompt

    invocation.output.stream(goal._replace(notes=(words_note(),)))
    chosen = language_to_choose(goal.language)
    options = ["--session", goal.session, *(("--lang", chosen) if chosen else ())]
    raise click.exceptions.Exit(run_prompt(options, invocation.output))


def _run_all(
    invocation: Invocation, lessons: Sequence[Lesson], language: str, notes: tuple[str, ...]
) -> StreamEnd:
    """Run lessons side by side, and write them in their order."""
    from signalcli.tour import run as tour

    every = tour.teach_side_by_side(lessons, language, _columns, _shown(invocation))
    with cleaned_up_at_signals(), closing(every):
        for taught in every:
            if invocation.output.as_json:
                invocation.output.stream(taught)
    return StreamEnd(notes=notes)


def _step_through(
    invocation: Invocation, lessons: Sequence[Lesson], language: str, progress: Progress
) -> StreamEnd:
    """Run lessons and wait after each step. Remember those that the user goes through to their end."""
    from tempfile import TemporaryDirectory

    from signalcli.cli.tour.interactive_lessons import InteractiveLessons, LessonExit
    from signalcli.tour import run as tour

    ended = 0
    failure: tuple[str, ...] = ()
    temporary = TemporaryDirectory(prefix="signalcli-tour-")
    with cleaned_up_at_signals(), temporary as directory, suppress(LessonExit):
        interactive = InteractiveLessons(invocation.output, directory)
        for number, each in enumerate(lessons):
            interactive.begin(each.id, has_next=number + 1 < len(lessons))
            tour.teach(each, language, _columns, interactive.show, number > 0, interactive.pause)
            ended += 1
            try:
                progress.finish(each.id)
            except SessionError as error:  # the lesson was shown, though that can't be remembered
                failure = (str(error),)
    if ended:
        invocation.output.ask("", end="\n")  # sets the note apart
    try:
        notes = failure or tour.next_note(lessons[:ended], progress, language)
    except SessionError as error:
        notes = (str(error),)
    return StreamEnd(notes=notes)


def _shown(invocation: Invocation) -> Callable[[LessonPart], None]:
    """Return a function that writes a part of a lesson, unless the whole is written as JSON."""
    output = invocation.output
    return (lambda part: None) if output.as_json else output.stream


def _columns() -> int | None:
    width = width_of(sys.stdout)
    return None if width == UNLIMITED else width
