"""Load the applications of ``tests/support/apps`` in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import blinker.base
import pytest

SKIPS_OWN_SIGNALS = pytest.mark.skipif(
    "_receiver_connected" in vars(blinker.base),
    reason="before 1.9, blinker itself has a signal that is listed too",
)
"""For tests that expect an exact list of signals."""

APPS = Path(__file__).parent / "apps"
DRIVER = Path(__file__).parent / "app_driver.py"

SHORT = 0.5
"""seconds for an application that never comes to its end."""
LONG = 30.0


class Answer(NamedTuple):
    """What came of loading one."""

    status: int
    stdout: str
    stderr: str

    @property
    def value(self) -> Any:
        """What was answered, as the one line on standard output."""
        return json.loads(self.stdout)

    @property
    def error(self) -> str:
        """The sentence of the error; nothing if there was none."""
        return str(self.value.get("error", ""))

    @property
    def details(self) -> list[str]:
        """The traceback of the application's fault: its lines, without the markers under them."""
        lines = str(self.value.get("details", "")).splitlines()
        return [line for line in lines if line.strip(" ^~")]


def load(
    target: str,
    *asked: str,
    seconds: float = LONG,
    directory: Path = APPS,
    environment: Mapping[str, str] | None = None,
) -> Answer:
    """Load one in a process of its own, to the end of that process."""
    completed = subprocess.run(
        [sys.executable, DRIVER, target, str(seconds), *asked],
        check=False,
        capture_output=True,
        cwd=directory,
        env=environment_of(environment),
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    return Answer(
        completed.returncode, completed.stdout.decode(), completed.stderr.decode(errors="replace")
    )


def environment_of(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of such a process."""
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
        **(more or {}),
    }
    paths = (variables.get("PYTHONPATH"), os.environ.get("PYTHONPATH"))
    return {**variables, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def frame(file: str, line: int, function: str, code: str) -> list[str]:
    """Two lines of a traceback."""
    return [f'  File "{APPS / file}", line {line}, in {function}', f"    {code}"]


HEADING = "Traceback (most recent call last):"
