"""Each exercise is solved in several ways, and near misses are told from it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from signalcli.tour.exercises.index import EXERCISES
from signalcli.tour.lessons.index import LESSONS
from tests.support.cli import SignalCli
from tests.tour.exercise_attempts import ATTEMPTS

pytestmark = pytest.mark.slow

every_exercise = pytest.mark.parametrize("lesson", EXERCISES)


def checked(signalcli: SignalCli, lesson: str, *attempts: str) -> list[dict[str, Any]]:
    """Return what the check says after each attempt. One shell runs the lines of all."""
    lines = []
    for attempt in attempts:
        lines += [f"tour {lesson} --exercise", *attempt.split("; "), "check"]
    options = ["--keep-going", "--json", "--session", f"exercise-{lesson}"]
    result = signalcli("shell", *options, stdin=None, input="\n".join(lines).encode())
    documents = map(json.loads, result.stdout.splitlines())
    return [document for document in documents if "solved" in document]


def test_each_lesson_has_an_exercise() -> None:
    assert sorted(EXERCISES) == sorted(LESSONS)
    assert sorted(ATTEMPTS) == sorted(EXERCISES)


@every_exercise
def test_an_exercise_is_solved_in_several_ways(signalcli: SignalCli, lesson: str) -> None:
    solution = "; ".join(EXERCISES[lesson].solution)

    found = checked(signalcli, lesson, solution, *ATTEMPTS[lesson].right)

    assert len(found) == 3
    assert [one["differences"] for one in found] == [[], [], []]


@every_exercise
def test_near_misses_are_refused_and_the_difference_is_named(
    signalcli: SignalCli, lesson: str
) -> None:
    wrong = ATTEMPTS[lesson].wrong

    nothing, *found = checked(signalcli, lesson, "list", *wrong)

    assert nothing["differences"] != []
    assert len(wrong) == 3
    for attempt, one in zip(wrong, found, strict=True):
        assert wrong[attempt] in "\n".join(one["differences"]), attempt
