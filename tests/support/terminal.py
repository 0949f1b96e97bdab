"""A real terminal for a command: a pseudo-terminal of some width, with a person at the keyboard."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from tests.support.cli import SignalCli

PATIENCE = 60.0
"""seconds: how long to wait for what never comes."""
CONTROL_C = "\x03"
CURSOR_QUESTION, CURSOR_ANSWER = b"\x1b[6n", b"\x1b[1;1R"
"""How a command asks its terminal where the cursor is, and the answer: at the top."""


class Screen(NamedTuple):
    """What a command left on its terminal."""

    status: int
    text: str


class Terminal:
    """The terminal of a command that runs."""

    def __init__(self, process: subprocess.Popen[bytes], descriptor: int) -> None:
        self._process = process
        self._descriptor = descriptor
        self._shown = b""
        self._returned = 0

    def wait_for_new(self, text: str) -> str:
        """Look at the screen until ``text`` comes after what was returned before; returns what came."""
        start = self._returned
        while (at := self._shown.find(text.encode(), start)) < 0:
            assert self._look(), f"the command ended and never wrote {text!r}: {self._text!r}"
        self._returned = at + len(text.encode())
        return self._shown[start : self._returned].decode("utf-8", "replace").replace("\r\n", "\n")

    def wait_for(self, text: str) -> None:
        """Look at the screen until it shows ``text``."""
        while text.encode() not in self._shown:
            assert self._look(), f"the command ended and never wrote {text!r}: {self._text!r}"

    def type(self, keys: str, *answers: str) -> None:
        """Press keys, and wait for new texts on the screen, one after the other."""
        os.write(self._descriptor, keys.encode())
        for answer in answers:
            self.wait_for_new(answer)

    def send_signal(self, number: int) -> None:
        """Send a signal of the operating system to the command alone."""
        self._process.send_signal(number)

    def resize(self, columns: int, lines: int = 24) -> None:
        """Change the size of the terminal."""
        set_size(self._descriptor, columns, lines)

    def interrupt(self, key: str = CONTROL_C) -> Screen:
        """Press a key until the command ends: one just before it waits for keys may be lost."""
        while self._process.poll() is None:
            self.type(key)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(2)
        return self.end()

    def end(self) -> Screen:
        """Look at the screen until the command ends."""
        while self._look():
            pass
        return Screen(self._process.wait(PATIENCE), self._text)

    @property
    def _text(self) -> str:
        return self._shown.decode("utf-8").replace("\r\n", "\n")

    def _look(self) -> bool:
        """Read what can be read now; false when the command has closed the terminal."""
        ready, _, _ = select.select([self._descriptor], [], [], PATIENCE)
        assert ready, f"nothing more came: {self._text!r}"
        try:
            chunk = os.read(self._descriptor, 65536)
        except OSError:  # how Linux tells the end
            return False
        self._shown += chunk
        if CURSOR_QUESTION in chunk:
            os.write(self._descriptor, CURSOR_ANSWER)
        return bool(chunk)


def set_size(descriptor: int, columns: int, lines: int) -> None:
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


@contextmanager
def terminal(
    signalcli: SignalCli,
    *arguments: str,
    command: Sequence[str] = (),
    columns: int = 80,
    lines: int = 24,
    environment: Mapping[str, str] | None = None,
    stdout: int | None = None,
) -> Iterator[Terminal]:
    """Start ``signalcli`` on a terminal of its own, which Ctrl-C interrupts.

    :param command: another program that is started instead.
    :param environment: variables besides the usual ones, among which is that for no pager.
    :param stdout: where standard output goes instead.
    """
    descriptor, inside = pty.openpty()
    set_size(inside, columns, lines)
    process = subprocess.Popen(
        command or signalcli.command(arguments),
        stdin=inside,
        stdout=inside if stdout is None else stdout,
        stderr=inside,
        cwd=signalcli.directory,
        env={
            **signalcli.environment,
            "TERM": "xterm-256color",
            "PAGER": "cat",
            **(environment or {}),
        },
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here
    )
    os.close(inside)
    try:
        yield Terminal(process, descriptor)
    finally:
        os.close(descriptor)
        process.kill()
        process.wait()


def on_terminal(
    signalcli: SignalCli,
    *arguments: str,
    columns: int = 80,
    environment: Mapping[str, str] | None = None,
) -> Screen:
    """Run ``signalcli`` on a terminal, to its end."""
    with terminal(signalcli, *arguments, columns=columns, environment=environment) as started:
        return started.end()
