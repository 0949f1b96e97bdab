"""Somebody's code while it runs in this process: it can neither print over our output, nor end us.

It gets so much time. What it raises, or does to end the process, becomes one error.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import wraps
from types import FrameType
from typing import Any, NoReturn

from signalcli.apps.forks import FORKS
from signalcli.apps.hosting.faults import EndsProcess, OutOfTime, Step, fault, hang, trimmed
from signalcli.apps.printing import printing_goes_beside, stdout_kept_open
from signalcli.errors import ApplicationError, ExitStatus, SignalcliError
from signalcli.receivers.importer import stdout_to_stderr
from signalcli.signals.functions import message_of
from signalcli.streams import STDERR
from signalcli.text import escape

AGAIN = 0.5
"""seconds from one attempt to interrupt the code to the next: it may swallow the exception."""
GRACE = 5.0
"""seconds after which code that can't be interrupted takes the process with it."""

WAYS_OUT = ("_exit", "abort", "execv", "execve")
"""The functions of ``os`` that end this process, or put another program in its place."""

FAILED = 1
"""The status in which Python ends for an exception."""

_exit = os._exit

Last = Callable[[ApplicationError], object]
"""What is done, in whatever thread, before the process is ended with an error."""


@contextmanager
def guarded(step: Step, wait: float | None) -> Iterator[None]:
    """Let somebody's code run in the main thread. What it prints goes to standard error.

    If it forks, only this process comes back from the block: the other one ends there. Code that
    nothing interrupts ends the process, with the message, some seconds after its time.

    :param wait: how long it may take, in seconds; ``None`` if a person waits, who has Ctrl-C.
    :raises ApplicationError: if it raises anything but ``KeyboardInterrupt``, wants to end the
        process, or takes longer. Our own errors pass.
    """
    forks = FORKS.count
    limit = None if wait is None else Limit(step, wait)
    try:
        timed = nullcontext() if limit is None else limit.running()
        with contained(step), timed, only_this_process():
            yield
    except (KeyboardInterrupt, SignalcliError):
        raise
    except BaseException as error:
        late = wait if limit is not None and limit.is_over else None
        raise fault(step, error, late=late, forked=FORKS.count > forks) from error


@contextmanager
def contained(step: Step, last: Last | None = None) -> Iterator[None]:
    """Let somebody's code run: what it prints goes to standard error, and it can't end the process.

    :raises EndsProcess: if it wants to, in the main thread.
    """
    try:
        with (
            stdout_to_stderr() as kept,
            stdout_kept_open(),
            FORKS.closing_in_children(kept),
            _no_way_out(step, last),
        ):
            yield
    finally:  # the last to be registered is the first to be called
        atexit.register(printing_goes_beside)


# Time.


class Limit:
    """So much time for a block of code in the main thread."""

    def __init__(self, step: Step, seconds: float, last: Last | None = None) -> None:
        self._step = step
        self._seconds = seconds
        self._last = last
        self._runs = False
        self._done = threading.Event()
        self.is_over = False
        """Whether the time was up before the block ended."""

    @contextmanager
    def running(self) -> Iterator[None]:
        """Raise :class:`OutOfTime` in the block when its time is up, until it ends."""
        threading.Thread(target=self._watch, name="signalcli watchdog", daemon=True).start()
        before = signal.signal(signal.SIGALRM, self._interrupt)
        timer = signal.setitimer(signal.ITIMER_REAL, self._seconds, AGAIN)
        self._runs = True
        try:
            yield
        finally:
            self._runs = False
            signal.setitimer(signal.ITIMER_REAL, *timer)
            self._done.set()
            if signal.getsignal(signal.SIGALRM) == self._interrupt:  # else it's the application's
                signal.signal(signal.SIGALRM, before)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._runs:
            self.is_over = True
            raise OutOfTime(f"it had {self._seconds:g} s")

    def _watch(self) -> None:
        """End the process if the block can't be interrupted: it waits in a C library, say."""
        if not self._done.wait(self._seconds + GRACE):
            frame = sys._current_frames().get(threading.main_thread().ident or 0)
            _end(hang(self._step, self._seconds, frame), self._last)


# Ends.


@contextmanager
def _no_way_out(step: Step, last: Last | None) -> Iterator[None]:
    """Let what would end this process raise :class:`EndsProcess`; a process that it forks may end.

    In another thread, where nobody would see that, the process ends with the message.
    """
    process = os.getpid()
    runs = True

    def guard(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(real)
        def function(*arguments: Any, **named: Any) -> Any:
            if not runs or os.getpid() != process:
                return real(*arguments, **named)
            given = [*arguments, *named.values()]
            status = given[0] if name == "_exit" and given else None
            becomes = os.fsdecode(given[0]) if name.startswith("exec") and given else None
            if becomes is not None and not os.access(becomes, os.X_OK):
                return real(*arguments, **named)  # which fails, and another directory may have it
            end = EndsProcess(f"os.{name}({'' if status is None else status})", status, becomes)
            if threading.current_thread() is threading.main_thread():
                raise end
            _end(fault(step, end, late=None, forked=False), last)

        return function

    before = {name: getattr(os, name) for name in WAYS_OUT}
    guards = {name: guard(name, real) for name, real in before.items()}
    vars(os).update(guards)
    try:
        yield
    finally:
        runs = False  # who imported one by its name has it for good
        for name, function in guards.items():
            if getattr(os, name) is function:  # else it's the application's
                setattr(os, name, before[name])


@contextmanager
def only_this_process() -> Iterator[None]:
    """End a process that the block forked, instead of letting it leave the block."""
    process = os.getpid()
    status = 0
    try:
        yield
    except BaseException as error:
        if os.getpid() == process:
            raise
        status = status_of(error, _write)
    if os.getpid() != process:
        with suppress(OSError, ValueError, AttributeError):  # or it is gone
            sys.stderr.flush()
        _exit(status)


def status_of(error: BaseException, write: Callable[[str], object]) -> int:
    """The status in which Python would end, having printed what it would print.

    :param write: prints it.
    """
    if isinstance(error, SystemExit) and (error.code is None or isinstance(error.code, int)):
        return (error.code or 0) & 0xFF
    write(f"{message_of(error)}\n" if isinstance(error, SystemExit) else trimmed(error))
    return FAILED


def _end(error: ApplicationError, last: Last | None) -> NoReturn:
    """End the process with an error, from whatever thread."""
    status = ExitStatus.UNREADABLE if last is None else ExitStatus.FOUND
    try:
        if last is not None:
            last(error)
        details = error.details if last is None else ""
        _write(f"{details}Error: {error}\n")
    except OSError:  # nobody is left to tell
        pass
    finally:
        _exit(status)


def _write(text: str) -> None:
    os.write(STDERR, escape(text, keep="\n\t").encode())
