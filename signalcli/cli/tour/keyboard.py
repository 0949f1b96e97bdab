"""Read single keys of a terminal."""

from __future__ import annotations

import os
import re
import termios
import tty
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from select import select

from signalcli.streams import STDIN

END_OF_INPUT = "\x04"
"""Ctrl-D."""
RESIZED = "resized"
"""What :meth:`Keyboard.read` returns when the size of the terminal has changed."""
_INTERVAL = 0.2
"""seconds between two looks at the size: a window that is dragged changes it many times."""
_KEY = re.compile(r"\x1b(?:\[|O)[\d;]*[A-Za-z~]|.", re.DOTALL)
"""One key: an escape sequence, such as that of an arrow, or a character."""


class Keyboard:
    """The keys that are typed on standard input, which is a terminal."""

    def __init__(self) -> None:
        self._typed: list[str] = []
        self._size = os.terminal_size((0, 0))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Deliver each key without Enter while the block runs. Ctrl-C raises KeyboardInterrupt as usual.

        What was typed before is discarded.
        """
        before = termios.tcgetattr(STDIN)
        self._typed.clear()
        self._size = os.get_terminal_size(STDIN)
        try:
            tty.setcbreak(STDIN)
            yield
        finally:
            termios.tcsetattr(STDIN, termios.TCSADRAIN, before)

    def read(self, meanings: Mapping[str, str]) -> str:
        """Wait for a key that has a meaning, and return the meaning, or :data:`RESIZED`. Others are ignored.

        The end of the input is the key Ctrl-D.
        """
        while True:
            while self._typed:
                meaning = meanings.get(self._typed.pop(0).lower())
                if meaning is not None:
                    return meaning
            while not select([STDIN], [], [], _INTERVAL)[0]:
                if os.get_terminal_size(STDIN) != self._size:
                    return RESIZED
            keys = os.read(STDIN, 1024).decode("utf-8", "replace")
            self._typed += _KEY.findall(keys) or [END_OF_INPUT]
