"""Run lessons step by step, and return what their commands and their Python print.

Commands run as processes with a temporary home directory, which is deleted afterwards. The Python of
a lesson runs in a new interpreter at the same time.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import signalcli
from signalcli.flask_demo.installed import INSTALL, check_flask_installed, is_flask_installed
from signalcli.language.phrases import (
    LANGUAGE_VARIABLE,
    counted,
    joined,
    language_to_choose,
    phrase,
)
from signalcli.tour.exercises.index import EXERCISES
from signalcli.tour.lessons.index import LESSONS, Lesson, next_lesson
from signalcli.tour.progress import Progress
from signalcli.values.result import Result, fields_to_json

MARGIN = 2
NARROWEST = 20
"""columns: the least width of a command's terminal."""
USUAL = 100
"""columns: the width of a command's terminal if the screen has no limit."""
AT_ONCE = max(os.cpu_count() or 1, 2)
"""lessons that run side by side."""


class _CancelledError(Exception):
    """End a lesson early, because its output isn't needed any more."""


class LessonTitle(NamedTuple):
    """The id and the title of a lesson."""

    lesson: str
    title: str
    is_below: bool = False
    """Whether another lesson is shown before it."""

    def result(self) -> Result:
        return Result(self)

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self, "lesson", "title")


class ListedLesson(NamedTuple):
    """A lesson of the list."""

    lesson: str
    title: str
    exercise: str | None
    """The goal of its exercise."""
    finished: bool
    solved: bool
    """Whether its exercise is solved."""

    def to_json(self) -> dict[str, Any]:
        return {"teaches": self.title, **fields_to_json(self)}


class LessonList(NamedTuple):
    """All lessons."""

    lessons: tuple[ListedLesson, ...]
    language: str

    def result(self) -> Result:
        note = phrase("Run one: signalcli tour 2.4; or the next one: signalcli tour next")
        return Result(self, notes=(note,))

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self, "lessons")


class CommandRun(NamedTuple):
    """A command of a lesson, with its output and its exit status."""

    command: str
    status: int
    output: str
    """With escape codes for colours."""

    def to_json(self) -> dict[str, Any]:
        return {**self._asdict(), "output": re.sub(r"\x1b\[[\d;]*m", "", self.output)}


class PythonRun(NamedTuple):
    """The Python of a step, with its output."""

    source: str
    output: str
    status: int
    """1 if an exception ended it, with the traceback in the output; else 0."""


class TaughtStep(NamedTuple):
    """A step of a lesson, after it ran."""

    number: int
    of: int
    """The number of steps in the lesson."""
    language: str
    teaches: str
    commands: tuple[CommandRun, ...]
    python: PythonRun

    def question(self, *, has_more: bool, has_next: bool) -> str:
        """Return the question below it on a terminal, which fits a line of 80 columns.

        :param has_more: whether only a part of it is shown, as the screen is too small.
        :param has_next: whether another lesson follows.
        """
        numbers = {"number": self.number, "of": self.of}
        if has_more:
            return phrase(
                "step {number} of {of}   Enter: more   b: back   t: try it   q: quit ", **numbers
            )
        if self.number < self.of or has_next:
            return phrase(
                "step {number} of {of}   Enter: next   b: back   t: try it   q: quit ", **numbers
            )
        return phrase(
            "step {number} of {of}   Enter: end   b: back   t: try it   q: quit ", **numbers
        )

    def result(self) -> Result:
        return Result(self)

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self, "teaches", "commands", "python")


class LessonExercise(NamedTuple):
    """The exercise at the end of a lesson."""

    lesson: str
    language: str
    goal: str

    def result(self) -> Result:
        return Result(self)

    def to_json(self) -> dict[str, Any]:
        return {"lesson": self.lesson, "exercise": self.goal}


LessonPart = LessonTitle | TaughtStep | LessonExercise
"""What is shown of a lesson, one after the other."""


class TaughtLesson(NamedTuple):
    """A lesson, after it ran."""

    heading: LessonTitle
    language: str
    steps: tuple[TaughtStep, ...]
    exercise: LessonExercise | None

    def result(self) -> Result:
        return Result(self, lines=())  # its steps were shown as they ran

    def to_json(self) -> dict[str, Any]:
        goal = None if self.exercise is None else self.exercise.goal
        taught = {"lang": self.language, **fields_to_json(self, "steps"), "exercise": goal}
        return {**self.heading.to_json(), **taught}


def list_lessons(language: str, finished: Collection[str], solved: Collection[str]) -> LessonList:
    """Return all lessons.

    :param finished: the ids of those that the user has finished.
    :param solved: the ids of those whose exercises are solved.
    """
    lessons = (
        ListedLesson(
            id, lesson.title(language), goal_of(id, language), id in finished, id in solved
        )
        for id, lesson in LESSONS.items()
    )
    return LessonList(tuple(lessons), language)


def goal_of(lesson: str, language: str) -> str | None:
    """Return the goal of a lesson's exercise; ``None`` if it has none."""
    return EXERCISES[lesson].goal(language) if lesson in EXERCISES else None


def teach(
    lesson: Lesson,
    language: str,
    columns: Callable[[], int | None],
    show: Callable[[LessonPart], None],
    is_below: bool = False,
    pause: Callable[[TaughtStep, ScratchHome], None] = lambda step, home: None,
) -> TaughtLesson:
    """Run a lesson.

    :param columns: returns the width of the screen; ``None`` for no limit. It may change between steps.
    :param show: called with the title, with each step as soon as it ran, and with the exercise.
    :param pause: called after each step was shown, with the directory that its commands ran in.
    :raises ApplicationError: if the lesson needs Flask and Flask isn't installed.
    """
    if lesson.needs == "flask":
        check_flask_installed()
    heading = LessonTitle(lesson.id, lesson.title(language), is_below)
    show(heading)
    steps = []
    with scratch_home(lesson, columns, language) as place, place.python(lesson) as printed:
        for number, step in enumerate(lesson.steps, 1):
            commands, teaches = tuple(map(place.run, step.commands)), step.prose(language)
            taught = TaughtStep(
                number, len(lesson.steps), language, teaches, commands, next(printed)
            )
            show(taught)
            pause(taught, place)
            steps.append(taught)
    goal = goal_of(lesson.id, language)
    exercise = None if goal is None else LessonExercise(lesson.id, language, goal)
    if exercise is not None:
        show(exercise)
    return TaughtLesson(heading, language, tuple(steps), exercise)


def teach_side_by_side(
    lessons: Sequence[Lesson],
    language: str,
    columns: Callable[[], int | None],
    show: Callable[[LessonPart], None],
    pause: Callable[[TaughtStep, ScratchHome], None] = lambda step, home: None,
) -> Generator[TaughtLesson, None, None]:
    """Run several lessons at once, and yield them in their order.

    See :func:`teach` for the parameters. ``show`` is called in this thread, for one lesson after the other;
    ``pause`` in the thread of each lesson.
    """
    from concurrent.futures import ThreadPoolExecutor
    from queue import SimpleQueue
    from threading import Event

    is_cancelled = Event()

    def run(number: int, parts: SimpleQueue[LessonPart | None]) -> TaughtLesson:
        def pause_unless_cancelled(step: TaughtStep, home: ScratchHome) -> None:
            if is_cancelled.is_set():
                raise _CancelledError
            pause(step, home)

        try:
            is_below = number > 0
            return teach(
                lessons[number], language, columns, parts.put, is_below, pause_unless_cancelled
            )
        finally:
            parts.put(None)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        queues: list[SimpleQueue[LessonPart | None]] = [SimpleQueue() for _ in lessons]
        running = [pool.submit(run, *numbered) for numbered in enumerate(queues)]
        try:
            for taught, parts in zip(running, queues, strict=True):
                while (part := parts.get()) is not None:
                    show(part)
                yield taught.result()
        finally:
            is_cancelled.set()
            pool.shutdown(cancel_futures=True)


def runnable_lessons() -> list[Lesson]:
    """Return the lessons whose packages are installed."""
    return [lesson for lesson in LESSONS.values() if lesson.needs is None or is_flask_installed()]


def missing_lessons_note() -> tuple[str, ...]:
    """Return a note that names the lessons that need Flask, if Flask isn't installed."""
    runnable = runnable_lessons()
    missing = [id for id, lesson in LESSONS.items() if lesson not in runnable]
    if not missing:
        return ()
    left_out = joined(missing)
    return (
        phrase(
            "Left out, as Flask is not installed here: {lessons}. Install it: {command}",
            lessons=left_out,
            command=INSTALL,
        ),
    )


def path_of_package() -> str:
    """Return the value of ``PYTHONPATH`` for a process that runs signalcli."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(signalcli.__file__)))
    return os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))


def next_note(ended: Sequence[Lesson], progress: Progress, language: str) -> tuple[str, ...]:
    """Return a sentence about the first unfinished lesson after those that have ended, or that all are finished.

    There is none if no lesson has ended and some are unfinished.

    :raises SessionError: if the file of finished lessons can't be read or understood.
    """
    following = next_lesson(progress.finished(), after=ended[-1].id if ended else None)
    if following is None:
        solved = progress.solved()
        left = [id for id in LESSONS if id in EXERCISES and id not in solved]
        if left:
            return (
                counted(
                    "You have finished all lessons; {n} exercise isn't solved. Begin it: {command}",
                    "You have finished all lessons; {n} exercises aren't solved. Begin one: {command}",
                    len(left),
                    command=f"signalcli tour {left[0]} --exercise",
                ),
            )
        return (
            phrase(
                "You have finished all lessons and exercises. Run one again: signalcli tour 2.4"
            ),
        )
    if not ended:
        return ()
    name = f"{following.id} {following.title(language)}"
    return (phrase("Next: {lesson}. Start it: signalcli tour {id}", lesson=name, id=following.id),)


class ScratchHome:
    """A home directory of its own, in which the commands and the Python of a lesson run."""

    def __init__(self, directory: str, columns: Callable[[], int | None], language: str) -> None:
        self.directory = directory
        self._columns = columns
        self._environment = {
            "HOME": directory,
            "TMPDIR": directory,
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": path_of_package(),
            "LC_ALL": "C.UTF-8",
            "PYTHONUTF8": "1",
        }
        chosen = language_to_choose(language)
        self._language = chosen
        if chosen is not None:
            self._environment[LANGUAGE_VARIABLE] = chosen

    def code(self, code: str) -> str:
        """Return code of a lesson that prints what the commands print, in their language."""
        if self._language is None:
            return code
        from signalcli.tour.code_texts import in_chinese, in_english

        return in_english(code) if self._language == "en" else in_chinese(code)

    def run(self, command: str, *options: str) -> CommandRun:
        """Run a command line of signalcli, with further options."""
        words = [*shlex.split(command)[1:], *options]
        columns = self._columns()
        width = USUAL if columns is None else max(columns - MARGIN, NARROWEST)
        completed = subprocess.run(
            [sys.executable, "-m", "signalcli", *(word.encode() for word in words)],
            check=False,
            cwd=self.directory,
            env={**self._environment, "COLUMNS": str(width), "FORCE_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return CommandRun(command, completed.returncode, completed.stdout.decode())

    def copy(self, directory: str) -> None:
        """Copy what the commands have saved into a new directory, which can be the home of others."""
        shutil.copytree(self.directory, directory)

    @contextmanager
    def python(self, lesson: Lesson) -> Iterator[Iterator[PythonRun]]:
        """Run the Python of a lesson in a new interpreter. Yields an iterator over the steps' output."""
        sources = [self.code(step.python) for step in lesson.steps]
        with subprocess.Popen(
            [sys.executable, "-m", "signalcli.tour.interpreter"],
            cwd=self.directory,
            env={**self._environment, "NO_COLOR": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # on Ctrl-C it would print a traceback
            encoding="utf-8",
        ) as process:
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                json.dump(sources, process.stdin)
                process.stdin.close()
                answers = zip(sources, process.stdout, strict=True)
                yield (PythonRun(source, **json.loads(answer)) for source, answer in answers)
            finally:
                process.kill()


@contextmanager
def scratch_home(
    lesson: Lesson, columns: Callable[[], int | None] = lambda: None, language: str = "en"
) -> Iterator[ScratchHome]:
    """Create a home directory with the files of a lesson, and delete it when the block ends."""
    with TemporaryDirectory(prefix="signalcli-tour-") as directory:
        home = ScratchHome(directory, columns, language)
        for name, content in lesson.files.items():
            with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
                file.write(home.code(content))
        yield home
