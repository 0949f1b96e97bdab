"""Each exercise is solved in several ways, and near misses are not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from signalcli.tour.exercises.index import EXERCISES
from signalcli.tour.lessons.index import LESSONS
from tests.support.cli import SessionWith, SignalCli
from tests.tour.exercise_attempts import ATTEMPTS

pytestmark = pytest.mark.slow

every_exercise = pytest.mark.parametrize("lesson", ATTEMPTS)


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
    assert set(ATTEMPTS) == {id for id, exercise in EXERCISES.items() if not exercise.file}


def test_an_exercise_as_commands(signalcli: SignalCli) -> None:
    begun = signalcli.ok("tour", "2.4", "--exercise")
    unsolved = signalcli("tour", "check", "2.4")
    hint = signalcli.ok("tour", "hint", "2.4").stdout
    solution = signalcli.ok("tour", "solution", "2.4").stdout
    signalcli.ok("session", "use", "exercise-2.4")
    for line in solution.splitlines():
        signalcli.ok(*line.split())
    solved = signalcli.ok("tour", "check", "2.4")

    assert begun.stdout.startswith("Exercise 2.4\nLet only 大鹏 be heard, by `animal`")
    assert begun.stderr == (
        "Work on it: signalcli shell --session exercise-2.4. Then: signalcli tour check 2.4\n"
    )
    assert (unsolved.status, unsolved.stderr) == (1, "")
    assert unsolved.stdout == (
        "A send of king from 大鹏 should call qq, but doesn't: listens only to 大象, and this sender "
        "is 大鹏.\nA send of king from 大象 should not call qq, but does: listens to 大象.\n"
    )
    assert hint == f"{EXERCISES['2.4'].hint_en}\n"
    assert solved.stdout == "Solved.\n"
    assert solved.stderr.startswith("Next: 2.5 ")
    assert [one["solved"] for one in signalcli.read("tour")["lessons"][:5]] == [
        *(False, False, False, True, False)
    ]


def test_an_exercise_begins_again_without_what_was_done(signalcli: SignalCli) -> None:
    signalcli.ok("tour", "2.3", "--exercise")
    signalcli.ok("send", "king", "大象", "slogan=提防孙行者", "--session", "exercise-2.3")
    assert signalcli.read("tour check 2.3")["solved"]

    begun = signalcli.read("tour 2.3 --exercise")

    assert begun["start"] == [f"signalcli {line}" for line in EXERCISES["2.3"].start]
    assert signalcli("tour", "check", "2.3").stdout == "king hasn't been sent yet.\n"


def test_another_session_is_checked(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal")

    assert signalcli.read("tour check 2.1 --session default")["solved"]
    assert signalcli.read("list --session default")["signals"][0]["signal"] == "king"


def test_an_exercise_in_chinese(signalcli: SignalCli) -> None:
    begun = signalcli.ok("tour", "2.1", "--exercise", "--lang", "zh")
    unsolved = signalcli("tour", "check", "2.1", "--lang", "zh")

    assert begun.stdout == f"练习 2.1\n{EXERCISES['2.1'].goal_zh}\n"
    assert begun.stderr.startswith("动手做：signalcli shell --session exercise-2.1；")
    assert unsolved.stdout == "king 还没有定义。\nkng 还没有删掉。\n"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (
            "tour check 2.4",
            "The exercise 2.4 hasn't begun yet. Begin it: signalcli tour 2.4 --exercise",
        ),
        ("tour check", "check takes one lesson, as in: signalcli tour check 2.4"),
        ("tour hint 2.44", "No lesson '2.44'. Did you mean '2.4'? See them all: signalcli tour"),
        (
            "tour flask --exercise",
            "--exercise takes one lesson, as in: signalcli tour 2.4 --exercise",
        ),
        ("tour --exercise", "--exercise takes one lesson, as in: signalcli tour 2.4 --exercise"),
    ],
)
def test_what_is_refused(signalcli: SignalCli, line: str, error: str) -> None:
    assert signalcli.refused(line) == error


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
    assert len(wrong) >= 3
    for attempt, one in zip(wrong, found, strict=True):
        assert wrong[attempt] in "\n".join(one["differences"]), attempt


def test_the_next_lesson_has_an_exercise_too(signalcli: SignalCli) -> None:
    assert signalcli.read("tour next --exercise")["lesson"] == "2.1"
