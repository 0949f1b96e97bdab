"""What the tests run the program with: real processes, each with a home of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

PROGRAM: tuple[str, ...] = (sys.executable, "-m", "signalcli")

# What a shell starts in the background ignores Ctrl-C, and so would all that the tests start there.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Result(NamedTuple):
    """What a command left behind."""

    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.stdout)


class SignalCli:
    """Runs ``signalcli`` in a process of its own, in an empty directory with an empty home.

    :param python: the interpreter that it is installed for.
    """

    def __init__(self, directory: Path, python: str = sys.executable) -> None:
        self.directory = directory
        self.program = (python, *PROGRAM[1:])
        """What is run."""
        self.home = directory / "home"
        self.home.mkdir()
        self.environment = {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
        }

    @property
    def session_path(self) -> Path:
        """The file of the default session."""
        return self.home / ".config" / "signalcli" / "sessions" / "default.json"

    def __call__(
        self,
        *arguments: str | bytes,
        environment: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Result:
        """Run a command to its end.

        :param environment: variables besides the usual ones.
        :param options: for :func:`subprocess.run`.
        """
        completed = subprocess.run(
            [*self.program, *arguments],
            check=False,
            capture_output=True,
            cwd=self.directory,
            env={**self.environment, **(environment or {})},
            stdin=options.pop("stdin", subprocess.DEVNULL),
            timeout=60,
            **options,
        )
        return Result(
            completed.returncode,
            completed.stdout.decode("utf-8"),
            completed.stderr.decode("utf-8"),
        )

    def ok(self, *arguments: str | bytes) -> Result:
        """Run a command that is to end in status 0."""
        result = self(*arguments)
        assert result.status == 0, result
        return result

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start a command and go on."""
        return subprocess.Popen(
            self.command(arguments), cwd=self.directory, env=self.environment, **options
        )

    def command(self, arguments: Sequence[str]) -> list[str]:
        """The command line of a process."""
        return [*self.program, *arguments]


@pytest.fixture
def signalcli(tmp_path: Path) -> SignalCli:
    """Runs ``signalcli`` in a process of its own."""
    return SignalCli(tmp_path)
