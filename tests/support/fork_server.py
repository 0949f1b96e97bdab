"""A process that has imported what most commands need, and forks for each command of a test.

A command is a process of its own, and takes a third of the time of one that starts Python.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import socket
import subprocess
import sys
import time
from importlib import import_module
from select import select
from signal import SIGKILL
from threading import Lock
from typing import Any, NamedTuple

IMPORTED = """
difflib filelock graphlib html http logging pickle pkgutil random shutil tempfile urllib.parse uuid
blinker click.shell_completion rich.ansi rich.panel rich.syntax rich.table rich.tree pygments.lexers.python
signalcli.cli.main signalcli.cli.session_access signalcli.history.record
"""
"""What the server imports, besides the modules above. Of signalcli, what a send of a session loads."""
READ_AT_START = ("COVERAGE_", "LC_ALL", "PYTHON")
"""What begins the names of the variables that are read when Python starts."""
NUMBER = 8
"""bytes: the size of a number."""
PIPE_SIZE = 65536
"""bytes that are read at once."""


class Request(NamedTuple):
    """A command to run, without ``python -m signalcli``."""

    arguments: list[str]
    directory: str
    environment: dict[str, str]


class ForkServer:
    """Runs commands that have no input, one at a time.

    :param environment: the variables with which Python starts.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._lock = Lock()
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                env=environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        atexit.register(self._end)

    def _end(self) -> None:
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def run(self, request: Request, timeout: float) -> subprocess.CompletedProcess[bytes] | None:
        """Run a command to its end.

        Return None if these variables would make Python start differently, if another thread is running
        a command, or if the server has ended because of an exception in here.
        """
        if _read_at_start(request.environment) != _read_at_start(self._environment):
            return None
        if not self._lock.acquire(blocking=False):
            return None
        try:
            return None if self._socket.fileno() < 0 else self._run(request, timeout)
        except (
            BaseException
        ):  # among others Ctrl-C, after which the next answer would be this one's
            self._end()
            raise
        finally:
            self._lock.release()

    def _run(self, request: Request, timeout: float) -> subprocess.CompletedProcess[bytes]:
        message = json.dumps(request).encode()
        starts, ends = zip(os.pipe(), os.pipe(), strict=True)
        socket.send_fds(self._socket, [_bytes(len(message))], ends)
        self._socket.sendall(message)
        for end in ends:
            os.close(end)
        number, deadline = _receive(self._socket), time.monotonic() + timeout
        outputs = _read(starts, deadline)
        is_late = not _can_be_read([self._socket], deadline)
        if is_late:
            os.kill(number, SIGKILL)
        status = _receive(self._socket)
        if outputs is None or is_late:
            raise subprocess.TimeoutExpired(request.arguments, timeout)
        return subprocess.CompletedProcess(request.arguments, status, *outputs)


def _read_at_start(environment: dict[str, str]) -> dict[str, str]:
    """Return the variables that are read when Python starts."""
    return {name: text for name, text in environment.items() if name.startswith(READ_AT_START)}


def _can_be_read(files: list[Any], deadline: float) -> list[Any]:
    return select(files, [], [], max(deadline - time.monotonic(), 0))[0]


def _read(descriptors: tuple[int, ...], deadline: float) -> list[bytes] | None:
    """Read pipes to their ends, and close them. Return None if that isn't done in time."""
    outputs = {one: bytearray() for one in descriptors}
    left = list(descriptors)
    try:
        while left:
            ready = _can_be_read(left, deadline)
            if not ready:
                return None
            for one in ready:
                data = os.read(one, PIPE_SIZE)
                outputs[one] += data
                if not data:
                    left.remove(one)
    finally:
        for one in descriptors:
            os.close(one)
    return [bytes(output) for output in outputs.values()]


def _bytes(number: int) -> bytes:
    return number.to_bytes(NUMBER, "big", signed=True)


def _receive(connection: socket.socket) -> int:
    data = connection.recv(NUMBER, socket.MSG_WAITALL)
    if len(data) < NUMBER:
        raise RuntimeError("The process that forks the commands of tests has ended.")
    return int.from_bytes(data, "big", signed=True)


def serve(connection: socket.socket) -> None:
    """Fork for each request, send the number of the process, and its status when it has ended."""
    while True:
        length, descriptors, _, _ = socket.recv_fds(connection, NUMBER, 2)
        if not length:
            return
        message = connection.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL)
        number = os.fork()
        if not number:
            connection.close()
            become(Request(*json.loads(message)), descriptors)
            runpy.run_module("signalcli", run_name="__main__", alter_sys=True)
            return
        for descriptor in descriptors:
            os.close(descriptor)
        connection.sendall(_bytes(number))
        connection.sendall(_bytes(os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])))


def become(request: Request, descriptors: list[int]) -> None:
    """Make this process the one that Python starts for a command."""
    for name, descriptor in zip(("stdout", "stderr"), descriptors, strict=True):
        old = getattr(sys, name)
        os.dup2(descriptor, old.fileno())
        os.close(descriptor)
        buffering = 1 if name == "stderr" else -1
        new = open(old.fileno(), "w", buffering, old.encoding, old.errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)
    os.chdir(request.directory)
    os.environ.clear()
    os.environ.update(request.environment)
    time.tzset()
    sys.path[0] = request.directory
    sys.argv = ["-m", *request.arguments]
    sys.orig_argv = [sys.executable, "-m", "signalcli", *request.arguments]


if __name__ == "__main__":
    for module in IMPORTED.split():
        import_module(module)
    gc.collect()
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))
