"""Write what is recorded while a process runs, and the rest before it ends at once.

This is imported before the application, which may replace functions of the standard library, as gevent does.
"""

from __future__ import annotations

import os
from _thread import allocate_lock, start_new_thread
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from time import perf_counter, sleep
from typing import Any

INTERVAL = 0.02
"""seconds between writes of what is new; more, while writing takes long."""
PATIENCE = 0.5
"""seconds for the rest to be written when the process ends at once."""
ENDS = ("_exit", "abort", "execv", "execve")
"""The functions of ``os`` that end this process, or replace its program, at once."""


class PeriodicWriter:
    """Call functions that write, in threads of its own, until an ``OSError``: nothing reads any more.

    :param write: writes what is new.
    :param write_last: writes what is new and whatever comes last.
    """

    def __init__(
        self, write: Callable[[], object], write_last: Callable[[], object] | None = None
    ) -> None:
        self._write = write
        self._write_last = write_last or write

    def start(self) -> None:
        """Write from now on, and before the process ends at once."""
        for name in ENDS:
            setattr(os, name, self._after_writing(getattr(os, name)))
        self.go_on()

    def go_on(self) -> None:
        """Write from now on, in a process that was forked."""
        start_new_thread(self._write_often, ())

    def _write_often(self) -> None:
        with suppress(OSError):
            while True:
                started = perf_counter()
                self._write()
                sleep(max(INTERVAL, perf_counter() - started))

    def _after_writing(self, end: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function of ``os`` that ends the process, but after the rest was written."""

        @wraps(end)
        def write_and_end(*arguments: Any, **named: Any) -> Any:
            self.write_rest()
            return end(*arguments, **named)

        return write_and_end

    def write_rest(self) -> None:
        """Write the rest in another thread: a signal may have interrupted this one while it writes."""
        written = allocate_lock()
        written.acquire()

        def write_last() -> None:
            with suppress(OSError):
                self._write_last()
            written.release()

        with suppress(RuntimeError):  # no thread can be started
            start_new_thread(write_last, ())
            written.acquire(timeout=PATIENCE)
