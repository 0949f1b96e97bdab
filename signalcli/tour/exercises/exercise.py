"""The class of an exercise: a goal, how it starts, and the conditions that solve it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import dedent
from typing import TYPE_CHECKING, NamedTuple

from signalcli.language.wrapping import wrap

if TYPE_CHECKING:
    from signalcli.tour.exercises.conditions import Condition
    from signalcli.tour.exercises.program import ExerciseProgram

WIDTH = 76
"""columns of the goal in a file."""


class Exercise(NamedTuple):
    """The exercise at the end of a lesson, in a session or, with ``differences``, in a file of Python."""

    lesson: str
    goal_en: str
    goal_zh: str
    hint_en: str
    hint_zh: str
    start: tuple[str, ...]
    """The commands that make the session of the exercise, without ``signalcli``; or the lines of its file."""
    conditions: tuple[Condition, ...]
    """The conditions that the session fulfils."""
    solution: tuple[str, ...]
    """One way to solve it: commands without ``signalcli``, or the lines of the file."""
    differences: Callable[[ExerciseProgram], Iterator[str]] | None = None
    """Yields a sentence for each difference between the program in the file and the goal."""

    @property
    def file(self) -> str | None:
        """The name of its file; ``None`` if it has a session."""
        return None if self.differences is None else f"{self.lesson.replace('-', '_')}.py"

    def file_text(self, language: str) -> str:
        """Return the file as it is at the start, with the goal at its top."""
        check = f"$ signalcli tour check {self.lesson}"
        goal = [f"# {line}" for line in (*wrap(self.goal(language), WIDTH), check)]
        return "\n".join([*goal, "", *self.start, ""])

    def goal(self, language: str) -> str:
        """Return the goal in a language. `Backquotes` mark code."""
        return self.goal_zh if language == "zh" else self.goal_en

    def hint(self, language: str) -> str:
        """Return the hint in a language."""
        return self.hint_zh if language == "zh" else self.hint_en


def exercise(
    lesson: str,
    *,
    goal_en: str,
    goal_zh: str,
    hint_en: str,
    hint_zh: str,
    conditions: tuple[Condition, ...],
    solution: str,
    start: str = "",
) -> Exercise:
    """Return an exercise.

    :param start: one command per line.
    :param solution: one command per line.
    """
    return Exercise(
        lesson, goal_en, goal_zh, hint_en, hint_zh, _lines(start), conditions, _lines(solution)
    )


def python_exercise(
    lesson: str,
    *,
    goal_en: str,
    goal_zh: str,
    hint_en: str,
    hint_zh: str,
    start: str,
    solution: str,
    differences: Callable[[ExerciseProgram], Iterator[str]],
) -> Exercise:
    """Return an exercise in a file of Python, whose text is indented as the code around it."""
    texts = lesson, goal_en, goal_zh, hint_en, hint_zh
    return Exercise(*texts, _code(start), (), _code(solution), differences)


def _code(text: str) -> tuple[str, ...]:
    return tuple(dedent(text).strip().splitlines())


def _lines(commands: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in commands.strip().splitlines())
