"""Sources of an application: ``--app``, and the interface that ``flask signals`` implements too."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol

from signalcli.language.phrases import phrase
from signalcli.text import command

if TYPE_CHECKING:
    from signalcli.apps.hosting.app_interface import AppInterface
    from signalcli.apps.interpreter import Interpreter
    from signalcli.apps.process import AppProcess
    from signalcli.cli.invocation import Invocation


class AppSource(Protocol):
    """A source of an application. ``str()`` returns it as the user wrote it."""

    program: str
    """The command line before the name of a command."""

    def opened(self, purpose: str, invocation: Invocation) -> AbstractContextManager[AppInterface]:
        """Yield the application, which is imported for a purpose: see :mod:`signalcli.apps.hosting.host`.

        All that the application prints goes to standard error.

        :raises ApplicationError: if it can't be loaded or its factory fails.
        """

    def commands_of_trace(self, file: str) -> tuple[str, str]:
        """Return the commands that save a trace, and that examine the application."""


def app_timeout() -> float:
    """Return SIGNALCLI_APP_TIMEOUT in seconds. UsageError if it isn't a time."""
    from signalcli.apps.hosting.faults import TIMEOUT_VARIABLE, USUAL_TIME
    from signalcli.cli.parsing.option_values import parse_seconds

    return parse_seconds(os.environ.get(TIMEOUT_VARIABLE) or USUAL_TIME)


def new_process(module: str, invocation: Invocation) -> AppProcess:
    """Return a process for an application or a program, and note which interpreter was chosen.

    :param module: its module, file or directory, as typed.
    :raises UsageError: if the interpreter of the options is none, or their memory is no number.
    """
    from signalcli.apps.interpreter import FALLBACK
    from signalcli.apps.process import AppProcess

    memory, python = memory_of(invocation), interpreter_of(module, invocation)
    advice = FALLBACK if python.is_fallback else ""
    return AppProcess(python.path, invocation.output.note, app_timeout(), memory, advice)


def memory_of(invocation: Invocation) -> int | None:
    """Return the limit of the memory in MiB; ``None`` for none. UsageError if it is no number."""
    from signalcli.cli.parsing.option_values import parse_memory

    return None if invocation.memory is None else parse_memory(invocation.memory)


def interpreter_of(module: str, invocation: Invocation) -> Interpreter:
    """Return the interpreter for an application or a program, and note which was chosen.

    :param module: its module, file or directory, as typed.
    :raises UsageError: if the interpreter of the options is none.
    """
    from signalcli.apps.interpreter import find_interpreter

    found = find_interpreter(module, invocation.python, os.environ)
    if found.source is not None:
        invocation.output.note(
            phrase(
                "The interpreter is {path}, from {source}.", path=found.path, source=found.source
            )
        )
    return found


class ProcessAppSource:
    """An application in a process of its own. The parameters are the values of the options of their names.

    Without ``app``, it is the application that ``flask`` would find.
    """

    def __init__(
        self,
        app: str | None = None,
        setup: Sequence[str] = (),
        no_factory: bool = False,
        python: str | None = None,
        memory: str | None = None,
    ) -> None:
        self._typed = app
        self._setups = tuple(setup)
        self._calls_factory = not no_factory
        self._words = (
            *(() if app is None else ("--app", app)),
            *(word for text in setup for word in ("--setup", text)),
            *(("--no-factory",) if no_factory else ()),
            *(() if python is None else ("--python", python)),
            *(() if memory is None else ("--memory", memory)),
        )
        self.program = command(*self._words)

    def __str__(self) -> str:
        return str(self._typed)

    @contextmanager
    def opened(self, purpose: str, invocation: Invocation) -> Iterator[AppInterface]:
        from signal import SIGINT

        from signalcli.apps.importing.target import Target
        from signalcli.apps.process import signals_blocked

        typed = self._typed or os.environ.get("FLASK_APP")
        module = Target.parse(typed).module if typed else os.curdir
        wait, output = app_timeout(), invocation.output
        process = new_process(module, invocation)
        with process.running():
            # these imports take no time, because the process starts meanwhile; Python may lose a Ctrl-C in one
            with signals_blocked({SIGINT}):
                from signalcli.apps.client import WorkerApplication
                from signalcli.apps.hosting.app_options import AppOptions

                if not output.as_json:
                    from signalcli.render.draw import import_drawing

                    import_drawing(files=bool(output.saves))
            asked = AppOptions(
                self._typed,
                self._setups,
                self._calls_factory,
                wait,
                self.program,
                invocation.asks_repr,
                shows_output=not output.as_json,
            )
            process.call("open", (asked, purpose), {})
            yield WorkerApplication(process)

    def commands_of_trace(self, file: str) -> tuple[str, str]:
        request = command("trace", "request", "GET", "/", *self._words, "--save", file)
        run = command("trace", "run", "--save", file, "PROGRAM")
        either = phrase("{first}, or {second}", first=request, second=run)
        return either, command("doctor", *self._words)
