"""A running ``signalcli flask serve``, and real requests to it."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.support.cli import Process, Result, SignalCli
from tests.support.histories import documents

PATIENCE = 30.0
"""seconds: how long to wait for what never comes."""
AT_ONCE = 8
"""requests."""
HELLO = (200, "hello blinker")
"""The answer of ``/hello``."""

TALKING = """
import contextvars, threading, time
from blinker import signal
from flask import request

def who(sender, **payload):
    for part in ("you are ", request.full_path, "\\n"):
        time.sleep(0.002)
        print(part, end="")
    signal("news").send(request.full_path, number=int(request.args["n"]))
    time.sleep(0.005)
    print("goodbye")
    return request.full_path

def on_news(sender, number, **payload):
    time.sleep(0.005)
    print(f"news {number}")
    return number

def leave(sender, **payload): raise SystemExit(3)

class Gone(BaseException): ...

def gone(sender, **payload): raise Gone("away")

def much(sender, **payload):
    for _ in range(1000): print("x" * 999)

def slow(sender, **payload):
    time.sleep(0.6)
    print("slept")

def aside(sender, **payload):
    context = contextvars.copy_context()
    thread = threading.Thread(target=lambda: context.run(print, "aside"))
    thread.start()
    thread.join()
"""
"""Receivers for ``request-started``, for ``news``, and some that misbehave."""


class Answer(NamedTuple):
    """The answer that a client got."""

    status: int
    body: str


class Server:
    """A server in a process of its own, which writes to a file."""

    def __init__(self, process: Process, stdout: Path, notes: list[str], url: str) -> None:
        self.process = process
        self.notes = notes
        """The lines on standard error before the server was ready."""
        self.url = url
        self._stdout = stdout

    @property
    def address(self) -> tuple[str, int]:
        """The host and the port."""
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        assert parts.port is not None
        return parts.hostname, parts.port

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one request, over a connection of its own."""
        with closing(http.client.HTTPConnection(*self.address, timeout=PATIENCE)) as connection:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.read().decode())

    @property
    def written(self) -> str:
        """Return the standard output so far."""
        return self._stdout.read_text(encoding="utf-8")

    def end(self) -> Result:
        """Wait for the end of the server, and return its result."""
        _, stderr = self.process.communicate(timeout=PATIENCE)
        return Result(self.process.returncode, self.written, stderr.decode())

    def interrupt(self) -> Result:
        """Press Ctrl-C until the server ends, and return its result."""
        while self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(2)
        return self.end()


@contextmanager
def serving(signalcli: SignalCli, *arguments: str) -> Iterator[Server]:
    """Serve from another process, on any free port, until the block ends."""
    stdout = signalcli.directory / "served.txt"
    command = ("flask", "serve", "--port", "0", *arguments)
    with (
        stdout.open("wb") as file,
        signalcli.start(*command, stdout=file, stderr=subprocess.PIPE) as process,
    ):
        notes: list[str] = []
        try:
            while (ready := re.search(r"Serving on (\S+) ", line := _line_of(process))) is None:
                notes.append(line)
            yield Server(process, stdout, notes, ready[1])
        finally:
            process.kill()


def _line_of(process: Process) -> str:
    line = process.stderr.readline().decode()
    assert line, "it ended before it served"
    return line


def served(
    signalcli: SignalCli, *paths: str, options: Sequence[str] = (), together: bool = False
) -> tuple[list[Answer], list[Any]]:
    """Serve requests to the end, one after the other or together; returns answers and timelines."""
    with serving(signalcli, "--json", "--count", f"{len(paths)}", *options) as server:
        answers = at_once(server, [*paths]) if together else [server.ask(path) for path in paths]
        ended = server.end()
    assert (ended.status, ended.stderr) == (0, "")
    return answers, documents(ended.stdout)


def at_once(server: Server, paths: list[str]) -> list[Answer]:
    """Make requests, some at a time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(server.ask, paths))


def when_written(server: Server, is_enough: Callable[[str], bool]) -> str:
    """Return the server's output as soon as a condition on it is true."""
    deadline = time.monotonic() + PATIENCE
    while not is_enough(server.written):
        assert server.process.poll() is None, server.end()
        assert time.monotonic() < deadline, server.written
        time.sleep(0.02)
    return server.written


def timelines(server: Server, number: int) -> list[Any]:
    """Return the timelines of some requests, as soon as they are written."""
    return documents(when_written(server, lambda text: text.count("\n") >= number))
