"""The process of an application: start it, call its methods, and end it."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from time import perf_counter, sleep
from typing import Any

import signalcli
from signalcli import errors
from signalcli.apps.hosting import start
from signalcli.apps.hosting.faults import (
    FAILS,
    Operation,
    dumped_frames,
    hang,
    process_end,
    start_operation,
)
from signalcli.errors import ApplicationError, MissingModule, SignalcliError, system_reason
from signalcli.language.phrases import phrase, sentences
from signalcli.streams import STDERR, STDOUT

INTERRUPT_TIMEOUT = 2.0
"""seconds for an interrupted process to answer."""
DUMP_TIMEOUT = 1.0
"""seconds for Python to begin to write what the process runs."""
SIGNAL_TIMEOUT = 0.25
"""seconds for the process to end on a signal; for the next line of a dump; for the rest of what it writes."""
END_TIMEOUT = 1.0
"""seconds for an interrupted process to end what it started, such as child processes."""
EXIT_TIMEOUT = 0.1
"""seconds that a command waits for the end of the process, which may have slow exit functions."""

IDLE = Operation(
    phrase("The application"), FAILS, phrase("did not answer"), phrase("it was waiting")
)
"""What the process runs between two operations."""
BLOCK = 1 << 16
"""bytes: the most that one read takes."""

EventHandler = Callable[[Any], object]


class AppProcess:
    """A process that has imported an application, and the connection to it.

    What the application prints goes to standard error.

    :param python: the path of the interpreter.
    :param note: takes a sentence for standard error.
    :param wait: the time limit of its start in seconds.
    :param memory: the most memory that it may use, in MiB; ``None`` for no limit.
    :param advice: what an error adds for a module that isn't installed.
    """

    def __init__(
        self,
        python: str,
        note: Callable[[str], None],
        wait: float,
        memory: int | None = None,
        advice: str = "",
    ) -> None:
        self._note = note
        self._python = python
        self._memory = memory
        self.advice = advice
        self._has_answered = False
        self._status = 0
        self.answered = 0.0
        """When the last call was answered or failed, by ``perf_counter``."""
        self._is_interrupted = False
        self._wait_for_start = wait
        self._buffer = b""
        self._id = 0
        to_read, self._calls = os.pipe()
        self._answers, to_write = os.pipe()
        self._dumps, to_dump = os.pipe()
        """Where Python writes of a crash, or what the process runs."""
        self._inherited = to_read, to_write, to_dump

    @contextmanager
    def running(self) -> Iterator[None]:
        """Start the process, and end it after the block. See :meth:`start` and :meth:`end`."""
        try:
            self.start()
            yield
        finally:
            self.end()

    def start(self) -> None:
        """Start the process. Ctrl-C waits until it is known, so that :meth:`end` ends it.

        :raises ApplicationError: if the interpreter can't be started.
        """
        self._begin(start_operation(self._python), self._wait_for_start)
        for descriptor in self._inherited:
            os.set_inheritable(descriptor, True)
        directory = os.path.dirname(signalcli.__file__)
        try:
            with signals_blocked({signal.SIGINT}) as mask:
                is_blocked = "blocked" if signal.SIGINT in mask else ""
                arguments = [*self._inherited, self._memory or "", is_blocked]
                command = [self._python, "-c", start.START, directory, *map(str, arguments)]
                self._id = start_program(command, os.environ, {*mask, signal.SIGINT})
        finally:
            for descriptor in self._inherited:
                os.close(descriptor)

    def _begin(self, operation: Operation | None, limit: float | None) -> None:
        """Remember what the process runs, and the time limit of that in seconds."""
        self._operation, self._limit = operation, limit
        if not self._is_interrupted:
            self._deadline: float | None = None if limit is None else perf_counter() + limit

    def call(
        self,
        name: str,
        arguments: tuple[Any, ...],
        events: Mapping[str, EventHandler],
        *,
        keeps_result: bool = False,
        finishes_events: bool = False,
    ) -> Any:
        """Return the result of a call.

        :param events: what to call with the value of each event of that name.
        :param keeps_result: whether a result that comes after Ctrl-C is returned.
        :param finishes_events: whether Ctrl-C waits for the end of what was called for an event.
        :raises ApplicationError: if the application fails, ends its process or exceeds its time limit.
        :raises SignalcliError: the error of the call.
        """
        self.write(name, arguments)
        try:
            with signals_blocked({signal.SIGINT}) if finishes_events else nullcontext():
                try:
                    return self._result(events)
                finally:
                    self.answered = perf_counter()
        except _Interrupted:
            raise KeyboardInterrupt from None
        except KeyboardInterrupt:
            with signals_blocked({signal.SIGINT}) if finishes_events else nullcontext():
                result = self._result_after_interrupt(events)
            if keeps_result and result is not None:
                return result
            raise
        except _TimedOut:
            raise self._timeout_error(events) from None
        except _ProcessEnd:
            raise self._exit_error() from None

    def write(self, name: str, value: object) -> None:
        """Write one line to the process."""
        from signalcli.apps.hosting.codec import to_line  # while the process starts

        line = to_line(name, value)
        with suppress(BrokenPipeError):  # it ended: reading tells how
            while line and self._calls >= 0:
                line = line[os.write(self._calls, line) :]

    def _result(self, events: Mapping[str, EventHandler]) -> Any:
        for name, value in self._messages():
            self._has_answered = True
            if name == "result":
                return value
            if name == "error":
                raise self._error(*value)
            if name == "interrupted":
                raise _Interrupted
            if name == "operation":
                words, limit = value
                self._begin(None if words is None else Operation(*words), limit)
            elif name == "note":
                self._note(value)
            elif name in events or name != "updates":  # receivers may die after the answer, unread
                events[name](value)
        raise _ProcessEnd

    def _error(self, name: str, message: str, details: str) -> SignalcliError:
        """Return an error of the process as one of this process."""
        kind = getattr(errors, name, ApplicationError)
        error: SignalcliError = kind.__new__(kind)
        if kind is MissingModule and self.advice:  # a message may end with a command
            if message.endswith((".", "?")):
                message = sentences(message, self.advice)
            else:
                message = phrase("{message} ({advice})", message=message, advice=self.advice)
        Exception.__init__(error, message)
        if isinstance(error, ApplicationError):
            error.details = details
        return error

    def _messages(self) -> Iterator[tuple[str, Any]]:
        """Yield what the process writes, until its end.

        It may write without a pause, so the deadline ends that too.
        """
        from signalcli.apps.hosting.codec import from_line

        while True:
            line, newline, self._buffer = self._buffer.partition(b"\n")
            if newline:
                yield from_line(line)
                continue
            self._buffer = line
            is_over = self._deadline and perf_counter() > self._deadline + SIGNAL_TIMEOUT
            if is_over or not _is_readable(self._answers, self._deadline):
                raise _TimedOut
            block = os.read(self._answers, BLOCK)
            if not block:
                return
            self._buffer += block

    def _pass_on_interrupt(self) -> None:
        """Interrupt the process too, unless it is on the terminal, which does that."""
        if self._id and not is_on_terminal():
            os.kill(self._id, signal.SIGINT)

    def _result_after_interrupt(self, events: Mapping[str, EventHandler]) -> Any:
        """Return the result if there is one in spite of Ctrl-C, or kill the process."""
        self._is_interrupted = True
        self._deadline = perf_counter() + INTERRUPT_TIMEOUT
        try:
            self._pass_on_interrupt()
            return self._result(events)
        except (_Interrupted, _ProcessEnd, SignalcliError):
            return None
        except (_TimedOut, KeyboardInterrupt):  # the process goes on, or the user interrupts again
            self._kill()
            raise KeyboardInterrupt from None

    def _timeout_error(self, events: Mapping[str, EventHandler]) -> ApplicationError:
        """Return the error for what exceeds its time limit, and kill the process."""
        os.kill(self._id, signal.SIGUSR2)  # Python writes the frames of each thread
        frames = dumped_frames(self._dump(DUMP_TIMEOUT))
        self._deadline = perf_counter()
        with suppress(_TimedOut):  # what it wrote until now
            for name, value in self._messages():
                if name in events:
                    events[name](value)
        self._kill()
        return _fault(hang(self._operation or IDLE, self._limit or 0.0, frames))

    def _dump(self, timeout: float) -> list[str]:
        """Return the lines that Python wrote of a crash, or of what the process runs."""
        dump = b""
        while _is_readable(self._dumps, perf_counter() + timeout):
            block = os.read(self._dumps, BLOCK)
            if not block:
                break
            dump += block
            timeout = SIGNAL_TIMEOUT
        return dump.decode(errors="replace").splitlines()

    def _exit_error(self) -> ApplicationError:
        """Return the error for a process that ended, or whose program was replaced, on its own."""
        status = self._wait(INTERRUPT_TIMEOUT)
        if status is None:
            self._kill()
        if not self._has_answered and self._memory is not None:
            return ApplicationError(
                "{python} can't start with {memory} MiB of memory. Give it more: {option}",
                python=self._python,
                memory=self._memory,
                option="--memory 512",
            )
        return _fault(process_end(self._operation or IDLE, status, dumped_frames(self._dump(0.0))))

    def _wait(self, seconds: float | None) -> int | None:
        """Return the exit status, negative for a signal; ``None`` if the process goes on for so long."""
        deadline, pause = perf_counter() + (seconds or 0.0), 0.001
        while self._id:
            ended, status = os.waitpid(self._id, 0 if seconds is None else os.WNOHANG)
            if ended:
                self._id = 0
                self._status = os.waitstatus_to_exitcode(status)
            elif perf_counter() > deadline:
                return None
            else:
                sleep(pause)
                pause = min(pause * 2, 0.004)
        return self._status

    def _kill(self) -> None:
        """Interrupt the process, so that it ends what it started, and then kill it."""
        self._close()
        for number, timeout in (signal.SIGINT, END_TIMEOUT), (signal.SIGKILL, SIGNAL_TIMEOUT):
            if self._id:
                os.kill(self._id, number)
                self._wait(timeout)

    def _close(self) -> None:
        """Close the connection, after which the process ends."""
        if self._calls >= 0:
            os.close(self._calls)
            self._calls = -1

    def end(self) -> None:
        """Let the process end. Its exit functions may go on after this returns.

        A process that never answered is killed.
        """
        if self._has_answered:
            self._close()
            self._wait(EXIT_TIMEOUT)
        else:
            self._kill()
        os.close(self._answers)
        os.close(self._dumps)


class ProcessFault(ApplicationError):
    """An application ended its process or exceeded its time limit."""


class _TimedOut(Exception):
    """The process exceeds its time limit."""


class _Interrupted(Exception):
    """The process was interrupted."""


class _ProcessEnd(Exception):
    """The process ended."""


def _is_readable(descriptor: int, deadline: float | None) -> bool:
    """Return whether there is something to read until a deadline, a time of ``perf_counter``."""
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    left = None if deadline is None else max(deadline - perf_counter(), 0) * 1000
    held = signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))
    try:
        return bool(waiting.poll(left))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def start_program(command: list[str], environment: Mapping[str, str], mask: Iterable[int]) -> int:
    """Start a program, whose output goes to standard error, and return the id of its process.

    :param command: the path of its interpreter, and its arguments.
    :param mask: the signals of the operating system that it blocks.
    :raises ApplicationError: if the interpreter can't be started.
    """
    python, actions = command[0], [(os.POSIX_SPAWN_DUP2, STDERR, STDOUT)]
    try:
        return os.posix_spawn(python, command, environment, file_actions=actions, setsigmask=mask)
    except OSError as error:
        reason = system_reason(error)
        raise ApplicationError(
            "{python} can't be started: {reason}.", python=python, reason=reason
        ) from error


@contextmanager
def signals_blocked(numbers: Iterable[int]) -> Iterator[set[int]]:
    """Block signals within the block. Yields those that were blocked before.

    Ctrl-C still raises while an :class:`AppProcess` waits for its process.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield set(map(int, before))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def is_on_terminal() -> bool:
    """Return whether this process is in the foreground of a terminal, which interrupts all processes there."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)


def _fault(error: ApplicationError) -> ProcessFault:
    return ProcessFault(str(error), details=error.details)
