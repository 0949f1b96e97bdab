"""The connection of an application's process to signalcli: calls and answers, one line each.

Only functions of this module write to the connection. They are imported before the application, which
may replace those of the standard library, as gevent does.
"""

from __future__ import annotations

import os
from _thread import allocate_lock, start_new_thread
from collections.abc import Iterator
from os import _exit, fstat, read, write
from select import poll
from time import sleep
from typing import TYPE_CHECKING, Any

from signalcli.apps.hosting.codec import from_line, to_line
from signalcli.apps.hosting.periodic_writer import PeriodicWriter

if TYPE_CHECKING:
    from signalcli.apps.hosting.faults import Operation
    from signalcli.tracing.recorder import Recording

BLOCK = 1 << 16
"""bytes: the most that one read takes."""


class Channel:
    """Calls from signalcli, and answers to them.

    :param calls: the descriptor to read from.
    :param answers: the descriptor to write to.
    """

    def __init__(self, calls: int, answers: int) -> None:
        self._descriptor = calls
        self.answers = answers
        self.calls = self._read()
        """Yields the name and the arguments of each call, until signalcli closes the connection."""
        self._lock = allocate_lock()
        self._recording: Recording | None = None
        self.is_fork = False
        """Whether this is a process that the application forked. It has no connection."""
        self._identity = _identity_of(answers)
        for descriptor in (calls, answers):
            os.set_inheritable(descriptor, False)
        os.register_at_fork(after_in_child=self._close_in_fork)

    def _read(self) -> Iterator[tuple[str, Any]]:
        rest = b""
        while block := read(self._descriptor, BLOCK):
            *lines, rest = (rest + block).split(b"\n")
            yield from map(from_line, lines)

    def write(self, name: str, value: object = None) -> None:
        """Write one answer.

        :raises SystemExit: in a process that the application forked, which ends as its program does.
        """
        self._write_line(to_line(name, value))

    def stream(self, recording: Recording) -> None:
        """Write the sends of a recording from now on, in a thread and before the process ends."""
        from signalcli.apps.hosting.update_lines import updates_line

        recording.sink = lambda updates: self._write_line(updates_line(updates))
        self._recording, before = recording, self._recording
        if before is None:
            PeriodicWriter(self._write_sends).start()

    def end_when_closed(self, seconds: float) -> None:
        """End the process some seconds after signalcli closed the connection or was killed.

        A thread waits for that, because the application may run for ever.
        """

        def wait() -> None:
            closed = poll()
            closed.register(self.answers, 0)  # errors only
            closed.poll()
            sleep(seconds)
            _exit(0)

        start_new_thread(wait, ())

    def _write_sends(self) -> None:
        if self._recording is not None and not self.is_fork:
            self._recording.advance()

    def announce(self, operation: Operation | None, seconds: float | None) -> None:
        """Write which operation begins, with its time limit, or that none runs now."""
        if not self.is_fork:
            self.write("operation", (None if operation is None else (*operation,), seconds))

    def _write_line(self, line: bytes) -> None:
        if self.is_fork:
            raise SystemExit
        with self._lock:
            if _identity_of(self.answers) != self._identity:  # the application closed it
                raise BrokenPipeError
            while line:
                line = line[write(self.answers, line) :]

    def _close_in_fork(self) -> None:
        self.is_fork = True
        for descriptor in (self._descriptor, self.answers):
            os.close(descriptor)


def _identity_of(descriptor: int) -> tuple[int, int] | None:
    """Return the device and number of what a descriptor is open for; ``None`` if it is closed."""
    try:
        status = fstat(descriptor)
    except OSError:
        return None
    return status.st_dev, status.st_ino
