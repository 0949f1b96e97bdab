"""Signals of the operating system that signalcli passes on to the program that it runs."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from signalcli.apps.process import is_on_terminal, signals_blocked

KEPT = (
    *("SIGKILL", "SIGSTOP", "SIGTSTP", "SIGCHLD", "SIGPIPE", "SIGXCPU", "SIGXFSZ"),
    *("SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGSYS", "SIGTRAP"),
)
"""The signals that concern only the process that gets them, or that can't be blocked."""
PASSED_ON = {one for one in signal.valid_signals() if getattr(one, "name", "") not in KEPT}
"""The signals that the program gets too."""
TYPED = (signal.SIGINT, signal.SIGQUIT, signal.SIGWINCH)
"""The signals that a terminal sends to all processes in its foreground."""
AWAITED = {signal.SIGCHLD, *PASSED_ON}


def pass_on(number: int, process: int) -> None:
    """Pass a signal on to the program, unless that gets it too, from the terminal."""
    is_typed = number in TYPED and is_on_terminal()
    if number in PASSED_ON and not is_typed:
        os.kill(process, number)


@contextmanager
def awaited_signals_blocked() -> Iterator[set[int]]:
    """Keep signals for ``sigwait`` within the block. Yields the signals that were blocked before.

    Those that come after the end of the program are dropped, except Ctrl-C: they would lose the trace.
    """
    with signals_blocked(AWAITED) as before:
        try:
            yield before
        finally:
            while left := AWAITED & signal.sigpending() - {signal.SIGINT}:
                signal.sigwait(left)
