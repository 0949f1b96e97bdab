"""All exercises, by the ids of their lessons."""

from __future__ import annotations

from signalcli.errors import UnknownName
from signalcli.tour.exercises.article import ARTICLE_EXERCISES
from signalcli.tour.exercises.exercise import Exercise
from signalcli.tour.exercises.in_python import EXERCISES_IN_PYTHON
from signalcli.tour.exercises.more_on_signals import EXERCISES_ON_SIGNALS
from signalcli.tour.exercises.truths import EXERCISES_OF_TRUTHS

EXERCISES: dict[str, Exercise] = {
    one.lesson: one
    for one in (
        *ARTICLE_EXERCISES,
        *EXERCISES_ON_SIGNALS,
        *EXERCISES_OF_TRUTHS,
        *EXERCISES_IN_PYTHON,
    )
}
SESSION = "exercise-"
"""The beginning of the names of sessions of exercises; the id of the lesson follows."""


def exercise_session(lesson: str) -> str:
    """Return the name of the session of a lesson's exercise."""
    return f"{SESSION}{lesson}"


def find_exercise(lesson: str) -> Exercise:
    """Return the exercise of a lesson, or raise UnknownName."""
    if lesson not in EXERCISES:
        remedy = "See them all: signalcli tour"
        raise UnknownName("lesson", lesson, EXERCISES, remedy=remedy)
    return EXERCISES[lesson]


def exercise_of_session(session: str) -> Exercise | None:
    """Return the exercise whose session has a name; ``None`` for any other session."""
    found = EXERCISES.get(session.removeprefix(SESSION)) if session.startswith(SESSION) else None
    return None if found is None or found.file else found
