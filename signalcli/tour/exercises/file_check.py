"""Check the file of an exercise in an interpreter of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from tempfile import TemporaryDirectory
from typing import NamedTuple

from signalcli.language.phrases import phrase
from signalcli.tour.run import path_of_package

MOST_SECONDS = 10
"""for the program of a learner, and for the sends of the check."""


class FileCheck(NamedTuple):
    """What was found in the file of an exercise."""

    differences: tuple[str, ...]
    prints: bool = False
    """Whether its program prints something."""


def check_file(lesson: str, path: str, seconds: float = MOST_SECONDS) -> FileCheck:
    """Compare the program in a file with the goal of an exercise. What it prints is dropped.

    :param seconds: after which the program is ended.
    """
    file = os.path.basename(path)
    with TemporaryDirectory(prefix="signalcli-tour-") as directory:
        answer = os.path.join(directory, "answer.json")
        if not _run_in_time(lesson, os.path.abspath(path), answer, seconds):
            late = phrase(
                "{file} hasn't ended after {seconds} seconds. It has an endless loop, or waits for something.",
                file=file,
                seconds=seconds,
            )
            return FileCheck((late,))
        try:
            with open(answer, encoding="utf-8") as written:
                found = json.load(written)
        except FileNotFoundError:
            ended = phrase("{file} ends Python before its signals can be looked at.", file=file)
            return FileCheck((ended,))
    return FileCheck(tuple(found["differences"]), found["prints"])


def _run_in_time(lesson: str, path: str, answer: str, seconds: float) -> bool:
    """Run the program, and return whether it ends in time."""
    module = "signalcli.tour.exercises.file_interpreter"
    with subprocess.Popen(
        [sys.executable, "-m", module, lesson, path, answer],
        cwd=os.path.dirname(answer),  # where no file of the learner hides a module
        env={**os.environ, "PYTHONPATH": path_of_package()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # so that its child processes end with it
    ) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        finally:
            with suppress(ProcessLookupError, PermissionError):  # the latter on macOS
                os.killpg(process.pid, signal.SIGKILL)
    return True
