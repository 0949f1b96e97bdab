"""What the tests run the program with: real processes, each with a home of its own."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any, NamedTuple

from tests.support.fork_server import ForkServer, Request

PROGRAM: tuple[str, ...] = (sys.executable, "-m", "signalcli")

COVERAGE = {key: value for key, value in os.environ.items() if key.startswith("COVERAGE_")}
"""The variables by which coverage measures the processes too, where it runs."""

OTHER_PLUGINS = ("anyio", "asyncio", "flask", "hypothesispytest", "randomly")
"""Plugins of pytest that run only where a test asks for them."""
WITHOUT_PLUGINS = {"PYTEST_ADDOPTS": " ".join(f"-p no:{name}" for name in OTHER_PLUGINS)}
"""The variable by which they are turned off in the runs of pytest that tests start."""

USUAL = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **WITHOUT_PLUGINS, **COVERAGE}
"""The variables of a command, besides its home."""

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


def finished(command: Sequence[str | Path], **options: Any) -> Result:
    """Run a command to its end, with options of :func:`subprocess.run`."""
    usual = {"capture_output": True, "encoding": "utf-8", "timeout": 60}
    completed = subprocess.run(command, check=False, **{**usual, **options})
    return Result(completed.returncode, completed.stdout, completed.stderr)


@cache
def fork_server() -> ForkServer:
    """Return the process that forks for commands with the usual variables."""
    return ForkServer(USUAL)


class Process(subprocess.Popen[bytes]):
    """A process. A test uses only the pipes that it was started with; the others are ``None``."""

    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]


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
        self.environment = {"HOME": str(self.home), **USUAL}

    @property
    def session_path(self) -> Path:
        """The file of the default session."""
        return self.home / ".config" / "signalcli" / "sessions" / "default.json"

    def __call__(
        self, *arguments: str | bytes, environment: Mapping[str, str] | None = None, **options: Any
    ) -> Result:
        """Run a command to its end.

        :param environment: variables besides the usual ones.
        :param options: for :func:`subprocess.run`, of which ``command`` is run instead.
        """
        variables = {**self.environment, **(environment or {})}
        completed = None
        if self.program == PROGRAM and not options:
            request = Request([*map(os.fsdecode, arguments)], str(self.directory), variables)
            completed = fork_server().run(request, timeout=60)
        if completed is None:
            usual = {
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                "cwd": self.directory,
                "env": variables,
                "timeout": 60,
            }
            command = options.pop("command", [*self.program, *arguments])
            completed = subprocess.run(command, check=False, **{**usual, **options})
        written = (completed.stdout or b""), (completed.stderr or b"")
        return Result(completed.returncode, *(text.decode("utf-8") for text in written))

    def python(self, *arguments: str, **options: Any) -> Result:
        """Run plain Python where the commands run, with the options of a command."""
        return self(command=[sys.executable, *arguments], **options)

    def ok(self, *arguments: str | bytes) -> Result:
        """Run a command that is to end in status 0."""
        result = self(*arguments)
        assert result.status == 0, result
        return result

    def read(self, line: str, **options: Any) -> Any:
        """Run a command line with ``--json`` to a status of 0; returns its document.

        :param line: without the program's name, quoted as in a shell.
        """
        result = self(*shlex.split(line), "--json", **options)
        assert result.status == 0, result
        return result.json

    def refused(self, line: str, status: int = 2, **options: Any) -> str:
        """Run a command line that writes nothing but one line of an error; returns its sentence."""
        result = self(*shlex.split(line), **options)
        assert (result.status, result.stdout) == (status, ""), result
        assert result.stderr.startswith("Error: "), result
        assert result.stderr.index("\n") == len(result.stderr) - 1, result
        return result.stderr.removeprefix("Error: ").removesuffix("\n")

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file into the directory of the commands, or into a folder of it."""
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self, name: str) -> Any:
        """Return the JSON document in a file."""
        return json.loads((self.directory / name).read_text(encoding="utf-8"))

    def start(self, *arguments: str, **options: Any) -> Process:
        """Start a command and go on."""
        return Process(self.command(arguments), cwd=self.directory, env=self.environment, **options)

    def piped(self, line: str, **options: Any) -> Process:
        """Start a command line whose standard output and error are read here meanwhile."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return self.start(*shlex.split(line), **pipes, **options)

    def interrupted(self, *arguments: str, after: str) -> Result:
        """Press Ctrl-C once a command has written a line to standard error; returns what it wrote then.

        :param after: the start of that line.
        """
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with self.start(*arguments, **pipes) as process:
            assert process.stderr.readline().decode().startswith(after)
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=60)
        return Result(process.returncode, stdout.decode(), stderr.decode())

    def command(self, arguments: Sequence[str]) -> list[str]:
        """The command line of a process."""
        return [*self.program, *arguments]


SessionWith = Callable[..., SignalCli]
"""The fixture ``session_with``."""
Traced = Callable[..., Result]
"""The fixture ``traced``."""
