"""What receivers of many sends print to a pipe: few writes, in order, and nothing lost."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable

import pytest

from signalcli.streams import BUFFER, Capture
from tests.support.cli import SessionWith

pytestmark = pytest.mark.slow

HANDLERS = """\
import os, subprocess, sys

def both(sender):
    print("out", sender)
    print("err", sender, file=sys.stderr)
def around(sender):
    print("out", sender)
    sys.stdout.buffer.write(b"bytes\\n")
    sys.stdout.buffer.flush()
def flushes(sender):
    print("out", sender, flush=True)
    subprocess.run(["echo", "child"], check=True)
def raises(sender):
    print("out", sender)
    if sender == "3": raise ValueError("three")
def interrupts(sender):
    print("out", sender)
    if sender == "3": raise KeyboardInterrupt
def leaves(sender):
    print("out", sender)
    if sender == "3": sys.exit(5)
"""


@pytest.fixture
def sending(session_with: SessionWith) -> Callable[[str], str]:
    """Send 1 to 5 to a receiver of ``handlers.py``; returns what came through one pipe."""

    def send(receiver: str) -> str:
        signalcli = session_with(f"connect king handlers.py:{receiver}", handlers=HANDLERS)
        signalcli.write("lines", "1\n2\n3\n4\n5\n")
        sent = signalcli("send", "king", "--lines", "lines", stderr=subprocess.STDOUT)
        return sent.stdout.partition("king ←")[0]

    return send


@pytest.mark.parametrize(
    ("receiver", "written"),
    [
        ("both", "out {0}\nerr {0}\n"),
        ("around", "out {0}\nbytes\n"),
        ("flushes", "out {0}\nchild\n"),
    ],
)
def test_what_goes_around_the_buffer_keeps_its_place(
    sending: Callable[[str], str], receiver: str, written: str
) -> None:
    assert sending(receiver) == "".join(written.format(number) for number in range(1, 6))


@pytest.mark.parametrize("receiver", ["raises", "interrupts", "leaves"])
def test_nothing_is_lost_when_sends_end(sending: Callable[[str], str], receiver: str) -> None:
    assert sending(receiver).startswith("out 1\nout 2\nout 3\n")


class Counting(io.StringIO):
    """A stream, of a terminal or not, that counts its writes."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.writes = 0
        self._terminal = terminal

    def write(self, text: str) -> int:
        self.writes += 1
        return super().write(text)

    def isatty(self) -> bool:
        return self._terminal


def capture_of(stream: Counting) -> Capture:
    """A live capture of a stream, which keeps no copy."""
    capture = Capture(stream, live=True)
    capture.remembers = False
    return capture


def test_a_pipe_is_written_to_rarely_and_completely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    stream = Counting(terminal=False)
    capture = capture_of(stream)

    with capture.buffered():
        for number in range(50_000):
            print(number, "\x1b", file=capture)

    text = "".join(f"{number} \\x1b\n" for number in range(50_000))
    assert stream.getvalue() == text
    assert stream.writes <= len(text) // BUFFER + 2


def test_a_terminal_is_written_to_at_once() -> None:
    stream = Counting(terminal=True)
    capture = capture_of(stream)

    with capture.buffered():
        capture.write("at once")

        assert stream.getvalue() == "at once"


def test_an_error_of_the_stream_is_kept_and_ends_the_writing() -> None:
    class Full(Counting):
        def write(self, text: str) -> int:
            raise OSError(28, "full")

    capture = capture_of(Full(terminal=False))

    with capture.buffered():
        capture.write("lost")

    assert capture.broken is not None
