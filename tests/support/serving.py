"""A ``signalcli flask serve`` that is serving already, and real requests to it."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.conftest import Result, SignalCli

PATIENCE = 30.0
"""seconds: how long to wait for what never comes."""
AT_ONCE = 8
"""requests."""
HELLO = (200, "hello blinker")
"""What a client gets of ``/hello``."""

TALKING = """
import contextvars
import threading
import time
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

def leave(sender, **payload):
    raise SystemExit(3)

class Gone(BaseException):
    pass

def gone(sender, **payload):
    raise Gone("away")

def much(sender, **payload):
    for _ in range(1000):
        print("x" * 999)

def slow(sender, **payload):
    time.sleep(0.6)
    print("slept")

def aside(sender, **payload):
    context = contextvars.copy_context()
    thread = threading.Thread(target=lambda: context.run(print, "aside"))
    thread.start()
    thread.join()
"""
"""Receivers of a person's own, for ``request-started``, for ``news``, and to misbehave."""


class Answer(NamedTuple):
    """What a client got."""

    status: int
    body: str


class Server:
    """A server in a process of its own, which writes to a file."""

    def __init__(
        self, process: subprocess.Popen[bytes], stdout: Path, notes: list[str], url: str
    ) -> None:
        self.process = process
        self.notes = notes
        """What it said beside the data before it was ready."""
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
        """What it wrote to standard output so far."""
        return self._stdout.read_text(encoding="utf-8")

    def end(self) -> Result:
        """What it leaves behind, when it ends by itself."""
        _, stderr = self.process.communicate(timeout=PATIENCE)
        return Result(self.process.returncode, self.written, stderr.decode())

    def interrupt(self) -> Result:
        """What it leaves behind when Ctrl-C ends it, pressed until it is heard."""
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
        assert process.stderr is not None
        notes: list[str] = []
        try:
            while (ready := re.search(r"Serving on (\S+) ", line := _line_of(process))) is None:
                notes.append(line)
            yield Server(process, stdout, notes, ready[1])
        finally:
            process.kill()


def _line_of(process: subprocess.Popen[bytes]) -> str:
    assert process.stderr is not None
    line = process.stderr.readline().decode()
    assert line, "it ended before it served"
    return line


def documents(text: str) -> list[Any]:
    """The JSON documents of some lines."""
    return list(map(json.loads, text.splitlines()))


def at_once(server: Server, paths: list[str]) -> list[Answer]:
    """Make requests, some at a time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(server.ask, paths))


def when_written(server: Server, is_enough: Callable[[str], bool]) -> str:
    """What the server wrote, as soon as that is enough."""
    deadline = time.monotonic() + PATIENCE
    while not is_enough(server.written):
        assert server.process.poll() is None, server.end()
        assert time.monotonic() < deadline, server.written
        time.sleep(0.02)
    return server.written


def timelines(server: Server, number: int) -> list[Any]:
    """The timelines of so many requests, as soon as they are there."""
    return documents(when_written(server, lambda text: text.count("\n") >= number))
