"""The class of an exercise: a goal, the commands at its start, and the conditions that solve it."""

from __future__ import annotations

from typing import NamedTuple

from signalcli.tour.exercises.wants import Want


class Exercise(NamedTuple):
    """The exercise at the end of a lesson."""

    lesson: str
    goal_en: str
    goal_zh: str
    hint_en: str
    hint_zh: str
    start: tuple[str, ...]
    """The commands that make the session of the exercise, without ``signalcli``."""
    wants: tuple[Want, ...]
    solution: tuple[str, ...]
    """The commands of one way to solve it, without ``signalcli``."""

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
    wants: tuple[Want, ...],
    solution: str,
    start: str = "",
) -> Exercise:
    """Return an exercise.

    :param start: one command per line.
    :param solution: one command per line.
    """
    return Exercise(
        lesson, goal_en, goal_zh, hint_en, hint_zh, _lines(start), wants, _lines(solution)
    )


def _lines(commands: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in commands.strip().splitlines())
