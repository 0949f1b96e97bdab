"""The tour: lessons that are run while they are shown.

Commands run as processes of their own, in a scratch directory that is gone afterwards; the Python
of a lesson in a fresh interpreter beside them.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from tempfile import TemporaryDirectory
from typing import IO, Any, NamedTuple

from signalcli.flask_demo.installed import INSTALL, check_installed, is_installed
from signalcli.tour.lessons import LESSONS, Lesson, Step

MARGIN = 2
"""columns: how far what a lesson's commands print is set in."""
NARROWEST = 20
"""columns: what a command is given at least."""
USUAL = 100
"""columns: what it is given where there is no limit."""


class LessonTitle(NamedTuple):
    """What one lesson is about."""

    lesson: str
    """Its id."""
    title: str
    is_below: bool = False
    """Whether another lesson stands above it."""

    def to_json(self) -> dict[str, Any]:
        return {"lesson": self.lesson, "title": self.title}


class Syllabus(NamedTuple):
    """All the lessons there are."""

    lessons: tuple[LessonTitle, ...]
    language: str

    @property
    def sentences(self) -> tuple[str, ...]:
        if self.language == "zh":
            return ("运行其中一课：signalcli tour 2.4；全部运行：signalcli tour --all",)
        return ("Run one: signalcli tour 2.4; or all of them: signalcli tour --all",)

    def to_json(self) -> dict[str, Any]:
        return {"lessons": [title.to_json() for title in self.lessons]}


class Ran(NamedTuple):
    """A command of a lesson, and what it wrote to the terminal."""

    command: str
    status: int
    output: str
    """In colour, with escape codes."""

    def to_json(self) -> dict[str, Any]:
        return {**self._asdict(), "output": re.sub(r"\x1b\[[\d;]*m", "", self.output)}


class RanPython(NamedTuple):
    """The Python of a step, and what it printed."""

    source: str
    output: str
    status: int
    """1 where an exception ended it, whose traceback is part of the output."""

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


class TaughtStep(NamedTuple):
    """A step of a lesson that has run."""

    number: int
    """From 1."""
    of: int
    language: str
    teaches: str
    commands: tuple[Ran, ...]
    python: RanPython

    def to_json(self) -> dict[str, Any]:
        return {
            "teaches": self.teaches,
            "commands": [ran.to_json() for ran in self.commands],
            "python": self.python.to_json(),
        }


class TaughtLesson(NamedTuple):
    """A lesson that has run."""

    heading: LessonTitle
    language: str
    steps: tuple[TaughtStep, ...]
    is_drawn: bool = False
    """Its steps were shown as they ran."""

    def to_json(self) -> dict[str, Any]:
        return {
            **self.heading.to_json(),
            "lang": self.language,
            "steps": [step.to_json() for step in self.steps],
        }


class TaughtTour(NamedTuple):
    """How a tour of all the lessons ended."""

    lessons: int
    """How many could run."""
    sentences: tuple[str, ...]
    """What there is to say about those that couldn't."""
    items: tuple[TaughtLesson, ...] = ()
    """None: each was written as it ended."""
    is_drawn: bool = False

    def to_json(self) -> dict[str, Any]:
        return {"lessons": self.lessons}


def syllabus(language: str) -> Syllabus:
    """All the lessons there are."""
    titles = (LessonTitle(lesson.id, lesson.title(language)) for lesson in LESSONS.values())
    return Syllabus(tuple(titles), language)


def language_of(environment: Mapping[str, str]) -> str:
    """The language that a person's locale asks for: ``"zh"`` for Chinese of any kind, else ``"en"``.

    The first variable that is set decides, as everywhere.
    """
    values = (environment.get(variable) for variable in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, values), "").startswith("zh") else "en"


def teach(
    lesson: Lesson,
    language: str,
    columns: int | None,
    show: Callable[[LessonTitle | TaughtStep], None],
    is_below: bool = False,
) -> TaughtLesson:
    """Run a lesson.

    :param columns: the width of the screen it is shown on; ``None`` for no limit.
    :param show: called with its title, and with each step as soon as that has run.
    :param is_below: whether another lesson was shown before it.
    :raises ApplicationError: if it needs Flask, which isn't installed here.
    """
    if lesson.needs == "flask":
        check_installed()
    heading = LessonTitle(lesson.id, lesson.title(language), is_below)
    show(heading)
    steps = []
    width = USUAL if columns is None else max(columns - MARGIN, NARROWEST)
    with closing(_run(lesson, width)) as running:  # whatever showing them comes to
        for number, (step, commands, python) in enumerate(running, 1):
            taught = TaughtStep(
                number, len(lesson.steps), language, step.prose(language), commands, python
            )
            show(taught)
            steps.append(taught)
    return TaughtLesson(heading, language, tuple(steps))


def teachable() -> list[Lesson]:
    """The lessons that can run here: those of Flask need it installed."""
    return [lesson for lesson in LESSONS.values() if lesson.needs is None or is_installed()]


def left_out(language: str) -> tuple[str, ...]:
    """The sentence that says which lessons can't run here, and why, if there are such."""
    known = teachable()
    missing = [id for id, lesson in LESSONS.items() if lesson not in known]
    if not missing:
        return ()
    if language == "zh":
        return (f"这里没有安装 Flask，略去 {'、'.join(missing)} 课。安装：{INSTALL}",)
    return (
        f"Left out, as Flask is not installed here: {', '.join(missing)}. Install it: {INSTALL}",
    )


def _run(
    lesson: Lesson, columns: int
) -> Generator[tuple[Step, tuple[Ran, ...], RanPython], None, None]:
    """Each step, with what its commands and its Python did."""
    with scratch(columns) as place, place.python(lesson) as printed:
        for step in lesson.steps:
            commands = tuple(place.run(command) for command in step.commands)
            yield step, commands, next(printed)


class Scratch:
    """A home that a lesson has for itself.

    :param directory: empty.
    :param columns: the width that commands write for.
    """

    def __init__(self, directory: str, columns: int) -> None:
        self._directory = directory
        package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._environment = {
            "HOME": directory,
            "TMPDIR": directory,
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": os.pathsep.join(paths),
            "LC_ALL": "C.UTF-8",
            "PYTHONUTF8": "1",
            "COLUMNS": str(columns),
        }

    def run(self, command: str, *options: str) -> Ran:
        """Run a command line of signalcli's.

        :param options: what to add to it.
        """
        words = [*shlex.split(command)[1:], *options]
        completed = subprocess.run(
            [sys.executable, "-m", "signalcli", *(word.encode() for word in words)],
            check=False,
            cwd=self._directory,
            env={**self._environment, "FORCE_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return Ran(command, completed.returncode, completed.stdout.decode())

    @contextmanager
    def python(self, lesson: Lesson) -> Iterator[Iterator[RanPython]]:
        """Start an interpreter on the Python of a lesson, which runs while other things do.

        :return: what each step printed, as it is known.
        """
        sources = [step.python for step in lesson.steps]
        with subprocess.Popen(
            [sys.executable, "-m", "signalcli.tour.interpreter"],
            cwd=self._directory,
            env={**self._environment, "NO_COLOR": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # on Ctrl-C it would say so
            encoding="utf-8",
        ) as process:
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                json.dump(sources, process.stdin)
                process.stdin.close()
                yield _printed(sources, process.stdout)
            finally:
                process.kill()


def _printed(sources: list[str], answers: IO[str]) -> Iterator[RanPython]:
    for source, answer in zip(sources, answers, strict=True):
        yield RanPython(source, **json.loads(answer))


@contextmanager
def scratch(columns: int = USUAL) -> Iterator[Scratch]:
    """A home for a lesson, which is gone when the block ends."""
    with TemporaryDirectory(prefix="signalcli-tour-") as directory:
        yield Scratch(directory, columns)
