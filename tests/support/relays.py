"""Relays of applications for the tests: waiting for what comes, and scripts that run in processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.nats_servers import PATIENCE

ROOT = Path(__file__).parents[2]


def until(is_over: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until something is over, and fail if that takes too long."""
    deadline = time.monotonic() + seconds
    while not is_over():
        assert time.monotonic() < deadline, "it didn't come"
        time.sleep(0.01)


def lines_of(file: Path) -> list[str]:
    """Return the lines that processes wrote to a file until now."""
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


@contextmanager
def running(
    command: list[str], directory: Path, **variables: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of this environment until the block ends, in a process group of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    program = str(Path(sys.executable).parent / command[0])
    with open(directory / "log.txt", "ab") as log:
        process = subprocess.Popen(
            [program, *command[1:]],
            cwd=directory,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()
            process.wait()
