"""The values that the commands of an exercise return."""

from __future__ import annotations

from typing import Any, NamedTuple

from signalcli.errors import ExitStatus
from signalcli.language.phrases import phrase
from signalcli.text import PROGRAM, command
from signalcli.tour.exercises.conditions import ExerciseSession
from signalcli.tour.exercises.exercise import Exercise
from signalcli.tour.exercises.index import exercise_session
from signalcli.values.result import Result


class ExerciseGoal(NamedTuple):
    """An exercise, whose goal is shown."""

    exercise: Exercise
    language: str
    notes: tuple[str, ...] = ()

    @property
    def session(self) -> str | None:
        """The name of its session; ``None`` if it has a file."""
        return None if self.exercise.file else exercise_session(self.exercise.lesson)

    def result(self) -> Result:
        return Result(self, notes=self.notes)

    def to_json(self) -> dict[str, Any]:
        return {
            "lesson": self.exercise.lesson,
            "exercise": self.exercise.goal(self.language),
            "session": self.session,
            "start": []
            if self.exercise.file
            else [f"{PROGRAM} {line}" for line in self.exercise.start],
            "file": self.exercise.file,
        }


class CheckedExercise(NamedTuple):
    """Whether a session is what an exercise asks for."""

    lesson: str
    language: str
    differences: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def solved(self) -> bool:
        return not self.differences

    def result(self) -> Result:
        status = ExitStatus.DONE if self.solved else ExitStatus.FOUND
        return Result(self, status=status, notes=self.notes)

    def to_json(self) -> dict[str, Any]:
        differences = list(self.differences)
        return {"lesson": self.lesson, "solved": self.solved, "differences": differences}


class Hint(NamedTuple):
    """The hint of an exercise."""

    lesson: str
    language: str
    hint: str

    def result(self) -> Result:
        return Result(self)

    def to_json(self) -> dict[str, Any]:
        return {"lesson": self.lesson, "hint": self.hint}


class Solution(NamedTuple):
    """One way to solve an exercise."""

    exercise: Exercise

    def result(self) -> Result:
        return Result(self, lines=self.exercise.solution)

    def to_json(self) -> dict[str, Any]:
        lesson, lines = self.exercise.lesson, self.exercise.solution
        if self.exercise.file:
            return {"lesson": lesson, "commands": [], "code": "".join(f"{one}\n" for one in lines)}
        return {"lesson": lesson, "commands": list(lines), "code": None}


def check_exercise(exercise: Exercise, session: ExerciseSession) -> tuple[str, ...]:
    """Return a sentence for each difference between a session and the goal of an exercise."""
    return tuple(
        dict.fromkeys(
            one for condition in exercise.conditions for one in condition.differences(session)
        )
    )


def how_to_work_on(exercise: Exercise) -> tuple[str, ...]:
    """Return a sentence with the commands to work on an exercise, and to check it."""
    then = command("tour", "check", exercise.lesson)
    if exercise.file:
        edit = phrase("Edit {file}. Then: {check}", file=exercise.file, check=then)
        return edit, phrase("For help: {command}", command=command("tour", "hint", exercise.lesson))
    shell = command("shell", "--session", exercise_session(exercise.lesson))
    return (phrase("Work on it: {shell}. Then: {check}", shell=shell, check=then),)


def words_note() -> str:
    """Return a sentence about what to type in the shell of an exercise."""
    return phrase(
        "check compares the session with the goal, goal shows it again, hint helps, solution shows one way."
    )


def not_begun(exercise: Exercise) -> str:
    """Return the message for an exercise that has no session or file yet."""
    lesson, file = exercise.lesson, exercise.file
    begin = command("tour", lesson, "--exercise")
    if file:
        return phrase(
            "There is no {file} in this directory. Begin the exercise: {command}",
            file=file,
            command=begin,
        )
    return phrase(
        "The exercise {lesson} hasn't begun yet. Begin it: {command}", lesson=lesson, command=begin
    )
