"""Run a program with Python, and collect the parts of its trace that it and its child processes write."""

from __future__ import annotations

import os
import signal
from ast import literal_eval
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Any

from signalcli.apps.hosting.codec import from_line
from signalcli.apps.hosting.faults import signal_name
from signalcli.apps.process import start_program
from signalcli.apps.running.parts_directory import lost_sends, names_in, new_directory
from signalcli.apps.running.passed_on_signals import AWAITED, awaited_signals_blocked, pass_on
from signalcli.apps.running.startup import sitecustomize
from signalcli.apps.running.startup.sitecustomize import (
    DIRECTORY,
    LIVE,
    LOST,
    MISSING,
    REPR,
    UNFOLLOWED,
)
from signalcli.language.phrases import counted, phrase, sentences
from signalcli.sending.outgoing_messages import INBOX
from signalcli.tracing.look_alikes import with_look_alikes
from signalcli.tracing.updates import SendUpdate, TraceUpdates
from signalcli.values.delivery import RaisedError
from signalcli.values.trace import ProgramTrace, TracedProcess, UnfollowedProcess

if TYPE_CHECKING:
    from signalcli.apps.running.live_trace import LiveProcess, LiveTrace
    from signalcli.apps.running.program import Program
    from signalcli.tracing.updates import Update
    from signalcli.values.change import ConnectionChange
    from signalcli.values.inspection import ObjectKind
    from signalcli.values.trace import Event

STARTUP = os.path.dirname(os.path.abspath(sitecustomize.__file__))
"""The directory with the ``sitecustomize`` that records."""
INTERVAL = 0.05
"""seconds between two looks at the parts of processes that outlive the program."""
LIVE_INTERVAL = 0.03
"""seconds between two looks at the parts while the program runs, if they are shown then."""
PORTION = 1 << 20
"""bytes of a part that are read at once."""
LINGER = 1.0
"""seconds for child processes that outlive the program."""


class Part:
    """What one process has written so far.

    :param path: of its file.
    :param live: takes what is new while it runs.
    :param keeps_sends: whether its sends are kept.
    """

    def __init__(
        self, path: str, live: LiveProcess | None = None, *, keeps_sends: bool = True
    ) -> None:
        self.path = path
        self._live = live
        self._keeps_sends = keeps_sends
        self.process: TracedProcess | None = None
        self.started = 0.0
        self.updates = TraceUpdates()
        self.has_sent = False
        self.has_ended = False
        self.error: RaisedError | None = None
        self.listened: tuple[str, ...] = ()
        """The signals of the application that had receivers at its end."""
        self._position = 0

    def read(self) -> bool:
        """Read the lines that were added, up to a limit, and return whether more may be left."""
        limit = self._position + PORTION
        with open(self.path, "rb") as file:
            file.seek(self._position)
            for line in file:
                if not line.endswith(b"\n"):  # it is being written
                    return False
                self._position += len(line)
                self._take(*from_line(line))
                if self._position > limit:
                    return True
        return False

    @property
    def id(self) -> int | None:
        """The id of the process, once it was read."""
        return None if self.process is None else self.process.process

    def outermost(self, began: float, *, marked: bool) -> Iterator[list[Event]]:
        """Yield each outermost send, with all sends below it, and forget them.

        :param began: the start of the program, by ``perf_counter``.
        :param marked: whether they name their process.
        """
        process = self.id if marked else None
        group: list[Event] = []
        for event in self.updates.take_events():
            if event.depth == 0 and group:
                yield group
                group = []
            started = self._since(began, event.started)
            group.append(event._replace(started=started, process=process))
        if group:
            yield group

    def changes(self, began: float, *, marked: bool) -> Iterator[ConnectionChange]:
        """Yield the changes of its connections. See :meth:`outermost` for the parameters."""
        process = self.id if marked else None
        for change in self.updates.changes:
            yield change._replace(started=self._since(began, change.started), process=process)

    def _since(self, began: float, moment: float) -> float:
        """Return the seconds from the start of the program until a moment of this trace."""
        return max(round(moment + self.started - began, 9), 0.0)

    def _take(self, name: str, value: Any) -> None:
        if name == "updates":
            self._take_updates(value)
        elif name == "process":
            number, parent, words, self.started = value
            self.process = TracedProcess(number, parent, tuple(words))
            if self._live is not None:
                self._live.number, self._live.started = number, self.started
        elif name == "ended":
            self.updates.names, self.listened, self.error = value
            self.has_ended = True

    def _take_updates(self, updates: Sequence[Update]) -> None:
        if self._live is not None:
            self._live.add(updates)
        self.has_sent = self.has_sent or any(isinstance(one, SendUpdate) for one in updates)
        if not self._keeps_sends:
            updates = [update for update in updates if not isinstance(update, SendUpdate)]
        self.updates.add(updates)


class TracedProgram:
    """A program that runs, or ran, and its parts.

    :param python: the path of the interpreter.
    :param asks_repr: whether objects are described by their own ``repr``, which runs their code.
    :param memory: the most memory that each process may use, in MiB; ``None`` for no limit.
    :param live: takes what is sent while the program runs.
    :param inbox: the subject to which other processes answer what its messages did there.
    """

    def __init__(
        self,
        program: Program,
        python: str,
        *,
        asks_repr: bool = False,
        memory: int | None = None,
        live: LiveTrace | None = None,
        inbox: str | None = None,
    ) -> None:
        self._program = program
        self._python = python
        self._asks_repr = asks_repr
        self._memory = memory
        self._live = live
        self._inbox = inbox
        self.began = 0.0
        """When it started, by ``perf_counter``."""
        self._parts: dict[str, Part] = {}
        self._id = 0

    def run(self) -> ProgramTrace:
        """Run the program to its end, and return its sends and those of its child processes.

        :raises ApplicationError: if the interpreter can't be started.
        """
        from shutil import rmtree

        self._directory = new_directory()
        try:
            began = self.began = perf_counter()
            with awaited_signals_blocked() as before:
                status = self._run(before)
                seconds = perf_counter() - began
                self._read_until_ended()
                if self._live is not None:
                    self._live.end()
            return self._trace(status, began, seconds)
        finally:
            rmtree(os.path.dirname(self._directory), ignore_errors=True)

    def _run(self, mask: Iterable[int]) -> int:
        """Run the program, pass signals on to it, and return its exit status, negative for a signal.

        :param mask: the signals that the program blocks.
        """
        command = [self._python, *self._program.located(self._python)]
        environment = dict(self._environment())
        with _memory_limited(self._memory):
            self._id = start_program(command, environment, mask)
        while True:
            changed, status = os.waitpid(self._id, os.WNOHANG | os.WUNTRACED)
            if changed and not os.WIFSTOPPED(status):
                return os.waitstatus_to_exitcode(status)
            if changed and os.WSTOPSIG(status) in (signal.SIGTTIN, signal.SIGTTOU):
                os.kill(os.getpid(), signal.SIGSTOP)  # so that the shell says that both wait
            while self._live is not None and AWAITED.isdisjoint(signal.sigpending()):
                if not self._read():
                    sleep(LIVE_INTERVAL)
            pass_on(signal.sigwait(AWAITED), self._id)

    def _environment(self) -> Iterator[tuple[str, str]]:
        yield from os.environ.items()
        before = os.environ.get("PYTHONPATH")
        yield "PYTHONPATH", STARTUP if not before else f"{STARTUP}{os.pathsep}{before}"
        yield DIRECTORY, self._directory
        if self._asks_repr:
            yield REPR, "1"
        if self._live is not None:
            yield LIVE, "1"
        if self._inbox is not None:
            yield INBOX, self._inbox

    def _read(self) -> bool:
        """Read what is new in the parts, up to a limit, and return whether more may be left."""
        is_left = False
        for name in names_in(self._directory):
            if not name.endswith((MISSING, UNFOLLOWED, LOST)):
                if name not in self._parts:
                    self._parts[name] = self._new_part(os.path.join(self._directory, name))
                with suppress(FileNotFoundError):  # the program removes the directory
                    is_left |= self._parts[name].read()
        if self._live is not None:
            self._live.pass_on()
        return is_left

    def _read_all(self) -> None:
        """Read what is new in the parts. Ctrl-C ends the lines of ``--live``, which may be many."""
        while self._read():
            if self._live is not None and signal.SIGINT in signal.sigpending():
                self._live.stop()

    def _new_part(self, path: str) -> Part:
        live = self._live
        if live is None:
            return Part(path)
        return Part(path, live.new_process(), keeps_sends=live.keeps_sends)

    def _read_until_ended(self) -> None:
        """Read to the end of each part whose process still runs, for a short time."""
        deadline = perf_counter() + LINGER
        self._read_all()
        while self._running() and perf_counter() < deadline:
            sleep(INTERVAL)
            self._read_all()

    @property
    def _ended(self) -> set[int | None]:
        """The ids of the processes that wrote their end."""
        return {part.id for part in self._parts.values() if part.has_ended}

    def _running(self) -> int:
        """Return the number of processes that go on, without those that wrote their end."""
        variable = f"{DIRECTORY}={self._directory}".encode()
        return len(set(_processes_with(variable)) - self._ended)

    def _trace(self, status: int, began: float, seconds: float) -> ProgramTrace:
        parts = sorted(self._parts.values(), key=lambda part: part.path)
        several = any(part.has_sent and part.id != self._id for part in parts)
        listened = [name for part in parts for name in part.listened]
        groups = [group for part in parts for group in part.outermost(began, marked=several)]
        groups.sort(key=lambda group: group[0].started)
        senders: dict[str, ObjectKind] = {}
        for part in parts:
            senders.update(part.updates.senders)
        changes = sorted(
            (change for part in parts for change in part.changes(began, marked=several)),
            key=lambda change: change.started,
        )
        events = tuple(event for group in groups for event in group)
        return ProgramTrace(
            self._program.words,
            128 - status if status < 0 else status,
            with_look_alikes(events, changes, listened),
            seconds,
            next((part.error for part in parts if part.id == self._id), self._missing_module()),
            self._program.main,
            tuple(changes),
            senders,
            tuple(one.process._replace(ended=one.has_ended) for one in parts if one.process),
            sentences(*self._cut(status)) or None,
            -status if status < 0 else None,
            unfollowed=tuple(self._unfollowed()),
        )

    def _missing_module(self) -> RaisedError | None:
        """Return the exception of a program that missed a module before it imported blinker."""
        try:
            with open(f"{self._directory}/{self._id}{MISSING}", encoding="utf-8") as file:
                return RaisedError("ModuleNotFoundError", file.read(), None)
        except FileNotFoundError:
            return None

    def _unfollowed(self) -> Iterator[UnfollowedProcess]:
        """Yield the processes that the followed ones started and that aren't followed."""
        for name in names_in(self._directory):
            if name.endswith(UNFOLLOWED):
                with open(os.path.join(self._directory, name), encoding="utf-8") as file:
                    for words, why in map(literal_eval, file):
                        yield UnfollowedProcess(tuple(words), why)

    def _cut(self, status: int) -> Iterator[str]:
        """Yield why sends may be missing, as sentences."""
        lost = lost_sends(self._directory)
        if lost is not None:
            yield lost
        running = self._running()
        if running:
            yield counted(
                "{n} process of the program still runs: what is sent from now on isn't recorded.",
                "{n} processes still run: what is sent from now on isn't recorded.",
                running,
            )
        elif status < 0 and self._id not in self._ended:
            yield phrase(
                "{signal} ended the program: sends just before that may be missing.",
                signal=signal_name(-status),
            )


def _processes_with(variable: bytes) -> Iterator[int]:
    """Yield the processes of this machine with a variable; none where there is no ``/proc``."""
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if name.isdecimal():
            with suppress(OSError), open(f"/proc/{name}/environ", "rb") as file:
                if variable in file.read().split(b"\0"):
                    yield int(name)


@contextmanager
def _memory_limited(most: int | None) -> Iterator[None]:
    """Limit the memory of processes that start within the block, in MiB."""
    if most is None:
        yield
        return
    from resource import RLIM_INFINITY, RLIMIT_AS, getrlimit, setrlimit

    before, hard = getrlimit(RLIMIT_AS)
    limit = most << 20
    setrlimit(RLIMIT_AS, (limit if hard == RLIM_INFINITY else min(limit, hard), hard))
    try:
        yield
    finally:
        setrlimit(RLIMIT_AS, (before, hard))
