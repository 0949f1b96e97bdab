"""Relays of applications for the tests: in this process, and in scripts that run in others."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from blinker import Signal

from signalcli.relay import Relay
from signalcli.relay.envelope import CURRENT, Envelope
from tests.support.nats_servers import PATIENCE, NatsServer

ROOT = Path(__file__).parents[2]


def until(
    is_over: Callable[[], object],
    seconds: float = PATIENCE,
    found: Callable[[], object] = lambda: "it didn't come",
) -> None:
    """Wait until something is over. If that takes too long, fail with what was found instead."""
    deadline = time.monotonic() + seconds
    while not is_over():
        assert time.monotonic() < deadline, found()
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


MakeApplication = Callable[..., "Application"]
"""The fixture ``application``."""


class Application:
    """A relay with signals of its own, as if it were in another process."""

    def __init__(self, server: NatsServer, name: str, **options: Any) -> None:
        self.relay = Relay(server.url, name=name, flush_seconds=2, **options)
        self.heard: list[tuple[Any, dict[str, Any]]] = []
        self.messages: list[Envelope | None] = []

    def signal(self, *, publish: str = "", receive: str = "", **options: Any) -> Signal:
        """Return a new signal, with a receiver if it is received."""
        signal = Signal()
        if publish:
            self.relay.publish(signal, name=publish)
        if receive:
            self.relay.receive(signal, name=receive, **options)
            signal.connect(self._hear, weak=False)
        return signal

    def _hear(self, sender: Any, **payload: Any) -> None:
        self.heard.append((sender, payload))
        self.messages.append(CURRENT.get())


def start(*applications: Application) -> None:
    """Start relays, and wait until they listen."""
    for one in applications:
        assert one.relay.start(10), "it doesn't listen"
