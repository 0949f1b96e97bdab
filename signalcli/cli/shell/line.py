"""Run one line of the shell, so that it changes nothing for the next one but files."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from signalcli.cli.invocation import Invocation
from signalcli.cli.output import Output
from signalcli.cli.shell.words import EXERCISE_WORDS, ShellOptions, words_of
from signalcli.errors import ExitStatus, SignalcliError, UsageError
from signalcli.streams import forget_ended
from signalcli.text import PROGRAM

IN_THIS_PROCESS = {
    *("connect", "define", "disconnect", "drop", "explain", "graph", "help", "history", "import"),
    *("inspect", "list", "mute", "receivers", "redo", "remove", "reset", "send", "session"),
    *("tour", "undo", "unmute"),
}
"""Commands that leave the process as it was, unless they run code of the user."""
_USER_CODE = re.compile(rb'[:\\][^"\n]*"\s*:\s*"(?:weak|strong)"|"offered_by"')
"""What a session's file has if a receiver is an import or is offered by a package, and seldom else."""


class LineEnded(BaseException):
    """A process of its own has run the command, and ended with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class LineInvocation(Invocation):
    """The run of a line. A command that runs other code than signalcli's gets a process of its own.

    That process is a fork, so the command sees the same as in this process. Modules that it imports,
    variables that it sets and threads that it starts end with it.
    """

    def __init__(self, *, shows_python: bool = False) -> None:
        super().__init__()
        self.shows_python = shows_python

    def call(self, context: click.Context, command: Callable[[click.Context], Any]) -> Any:
        self.show_calls(context)
        if self._keeps_process(context):
            return command(context)
        sys.stdout.flush()
        sys.stderr.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        child = os.fork()
        before = signal.getsignal(signal.SIGINT)
        try:
            if child:
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        if not child:
            return command(context)
        try:
            _, ended = os.waitpid(child, 0)
        finally:
            signal.signal(signal.SIGINT, before)
        status = os.waitstatus_to_exitcode(ended)
        raise LineEnded(status if status >= 0 else 128 - status)

    def _keeps_process(self, context: click.Context) -> bool:
        """Return whether the command runs no code that could change this process for later lines."""
        name = context.command_path.split()[1]
        if name not in IN_THIS_PROCESS or context.params.get("via") or self.app is not None:
            return False
        if any(re.search(":(?!=)", word) for word in self.output.words):  # such as shop:on_king
            return False
        try:
            with open(self.session.file.path, "rb") as file:
                return _USER_CODE.search(file.read()) is None
        except (OSError, SignalcliError):  # the command reports it
            return True


def run_text(line: str, options: ShellOptions, output: Output) -> int | None:
    """Run a line. Return its status, or ``None`` if it ends the shell.

    :raises LineEnded: within the process of a command that has its own, after the command.
    """
    try:
        words = exercise_words(words_of(line), options)
        shows_python = words[:1] == ["python"]
        words = words[shows_python:]
        if shows_python and not words:
            raise UsageError("python goes before a command, as in: python connect king animal")
        if words[:1] == ["shell"]:
            raise UsageError("This is the shell already. Leave it: exit")
    except UsageError as error:
        output.error(error)
        return error.status
    if words == ["exit"]:
        return None
    if words == ["clear"]:
        click.clear()  # nothing, unless the output is a terminal
        return ExitStatus.DONE
    if not words:
        return ExitStatus.DONE
    return _run([*options, *words], LineInvocation(shows_python=shows_python))


def exercise_words(words: list[str], options: ShellOptions) -> list[str]:
    """Return the words of a line; in the session of an exercise, those of ``tour`` for ``check`` and so on."""
    lesson = exercise_of(options) if words and words[0] in EXERCISE_WORDS else None
    return words if lesson is None else ["tour", words[0], lesson, *words[1:]]


def exercise_of(options: ShellOptions) -> str | None:
    """Return the lesson whose exercise the session of the shell is for; ``None`` for any other session."""
    from signalcli.cli.root import root
    from signalcli.tour.exercises.index import exercise_of_session

    invocation = LineInvocation()
    root.make_context(PROGRAM, [*options], obj=invocation)
    try:
        exercise = exercise_of_session(invocation.session.file.label)
    except SignalcliError:  # an application is chosen
        return None
    return None if exercise is None else exercise.lesson


def _run(arguments: Sequence[str], invocation: LineInvocation) -> int:
    """Run a command as a process would, and return its status."""
    from signalcli.cli.main import flush_streams, run

    parent = os.getpid()
    try:
        status = run(arguments, invocation)
    except LineEnded as ended:
        return ended.status
    if os.getpid() != parent:
        raise LineEnded(status)
    status = flush_streams(status)
    forget_ended()
    return status
