"""The progress bar of many sends, when Ctrl-C comes while something is printed above it."""

from __future__ import annotations

import io
import os
import signal
import sys
from dataclasses import dataclass

import pytest

from signalcli.render.bulk import progress


@dataclass
class TenLines:
    """A source of messages of which none was read yet."""

    total: int = 10
    position: int = 0


class InterruptedTerminal(io.StringIO):
    """A terminal that gets Ctrl-C in the middle of a line of a receiver."""

    def write(self, text: str) -> int:
        if "said" in text and "said" not in self.getvalue():
            before, line, after = text.partition("said")
            super().write(before + line)
            os.kill(os.getpid(), signal.SIGINT)
            return super().write(after)
        return super().write(text)


def test_an_interrupted_line_above_the_bar_is_written_once_and_whole() -> None:
    stream = InterruptedTerminal()

    with pytest.raises(KeyboardInterrupt), progress(TenLines(), stream, 80, False, True):
        sys.stdout.write("said 大象\n")

    assert [stream.getvalue().count(text) for text in ("said", "said 大象\n")] == [1, 1]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
