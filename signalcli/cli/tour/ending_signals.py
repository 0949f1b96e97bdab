"""Delete temporary files when a signal of the operating system ends the process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
"""``SIGHUP`` comes when the terminal is closed."""


class _EndedBySignal(BaseException):
    """One of the signals has come."""


@contextmanager
def cleaned_up_at_signals() -> Iterator[None]:
    """Leave the block by an exception when a signal comes, so that it cleans up. Then the signal ends the process.

    A signal that is ignored, as with ``nohup``, stays ignored.
    """
    received: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        if not received:  # a terminal that closes may send several
            received.append(number)
            raise _EndedBySignal

    caught = [number for number in ENDING_SIGNALS if signal.getsignal(number) == signal.SIG_DFL]
    for number in caught:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in caught:
            signal.signal(number, signal.SIG_DFL)
        if received:
            os.kill(os.getpid(), received[0])
