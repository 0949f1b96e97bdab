"""Run the file of an exercise and look at its signals: ``python -m signalcli.tour.exercises.file_interpreter``.

The arguments are the lesson, the file, and where to write the differences from the goal, as JSON.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from resource import RLIMIT_CPU, setrlimit
from types import ModuleType
from typing import Any, TextIO

from signalcli.language.phrases import phrase
from signalcli.tour.exercises.exercise import Exercise
from signalcli.tour.exercises.index import find_exercise
from signalcli.tour.exercises.program import ExerciseProgram, ProgramDifference

MOST_CPU_SECONDS = 60
"""seconds of a processor, after which the system ends a program whose check was killed."""


def differences(exercise: Exercise, path: str, output: TextIO) -> Iterator[str]:
    """Run a file as Python runs a program, and yield a sentence for each difference from the goal.

    :param output: takes what the program prints. What the sends of the check print is dropped.
    """
    main = ModuleType("__main__")
    main.__file__ = path
    sys.modules["__main__"] = main
    sys.argv[:] = [path]
    directory, start = os.path.dirname(path), os.getcwd()
    sys.path[:] = [directory, *(place for place in sys.path if place != start)]
    os.chdir(directory)
    program = ExerciseProgram(path, os.path.basename(path), vars(main))
    assert exercise.differences is not None
    try:
        with open(path, "rb") as file, redirect_stdout(output):
            program.result(program.file, _run, file.read(), program)
        yield from exercise.differences(program)
    except ProgramDifference as difference:
        yield from difference.args
    except SystemExit as error:
        line = program.line_of(error)
        if line is None:
            yield phrase(
                "{file} ends itself. Leave that out, so that its signals can be looked at.",
                file=program.file,
            )
        else:
            yield phrase(
                "{file} ends itself in line {line}. Leave that out, so that its signals can be looked at.",
                file=program.file,
                line=line,
            )
    except BaseException as error:  # noqa: BLE001 - any exception of the learner's code
        yield phrase("{call} raises {error}.", call=program.file, error=program.described(error))


def _run(source: bytes, program: ExerciseProgram) -> None:
    exec(compile(source, program.path, "exec", dont_inherit=True), program.names)  # noqa: S102 - its purpose


class _Printed(io.RawIOBase):
    """What the program prints, of which only one thing is kept: whether it is empty."""

    is_empty = True

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self.is_empty = False
        return len(content)


if __name__ == "__main__":
    setrlimit(RLIMIT_CPU, (MOST_CPU_SECONDS, MOST_CPU_SECONDS))
    lesson, path, answer = sys.argv[1:]
    printed = _Printed()
    output = io.TextIOWrapper(io.BufferedWriter(printed), "utf-8", write_through=True)
    found = dict.fromkeys(differences(find_exercise(lesson), path, output))
    with suppress(ValueError):  # the program has closed it
        output.flush()
    with open(answer, "w", encoding="utf-8") as written:
        json.dump({"differences": [*found], "prints": not printed.is_empty}, written)
    os._exit(0)  # without waiting for threads of the learner's code
