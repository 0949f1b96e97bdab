"""A Python program that is run in this process as Python runs it, until its threads have ended too."""

from __future__ import annotations

import atexit
import builtins
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any, NamedTuple

from signalcli.apps.hosting.faults import EndsProcess, running, trimmed
from signalcli.apps.hosting.guard import FAILED, Last, contained, only_this_process, status_of
from signalcli.apps.startable import (
    code_of_directory,
    code_of_file,
    code_of_module,
    directory_of,
    is_directory,
    located,
)
from signalcli.errors import ExitStatus, UsageError
from signalcli.signals.functions import START_PATH
from signalcli.text import escape, typed_text
from signalcli.tracing.traced_send import told
from signalcli.values.delivery import RaisedError


class Program(NamedTuple):
    """Which program, and its arguments."""

    name: str
    """The file, the directory or the archive, or the module with ``-m``, as it was typed."""
    arguments: tuple[str, ...]
    is_module: bool = False

    @property
    def main(self) -> str | None:
        """What its module ``__main__`` is called when it is imported, if that can be told."""
        if self.is_module:
            return self.name
        stem, ending = os.path.splitext(os.path.basename(self.name))
        return stem if ending == ".py" else None

    @property
    def words(self) -> tuple[str, ...]:
        """The same, as it was typed."""
        return (*(("-m",) if self.is_module else ()), self.name, *self.arguments)


class Ending(NamedTuple):
    """How a program ended."""

    status: int
    error: RaisedError | None = None


def run(program: Program, last: Last) -> Ending:
    """Run a program, and wait for its threads and for what it does at its end.

    It has ``sys.argv``, ``sys.path`` and the module ``__main__`` as if Python had been started with it.
    What it prints goes to standard error, and so does the traceback of what it raises.

    :param last: what is done before a thread of the program ends the process.
    :raises UsageError: if there is no such program.
    """
    path = None if program.is_module else located(program.name)
    process = os.getpid()
    with contained(running(program.name), last), only_this_process():
        ending = _ended(program, path)
        try:
            with _ends_in_exit_functions() as ends:
                _end_threads()
        except KeyboardInterrupt:
            ending = Ending(ExitStatus.INTERRUPTED)
        if ends:
            ending = _ended_by(ends[0])
        if os.getpid() != process:  # it forked, and this is the other one
            raise SystemExit(ending.status)
    return ending


def _ended(program: Program, path: str | None) -> Ending:
    """Run it, and say how it ended."""
    try:
        _execute(program, path)
    except KeyboardInterrupt:
        return Ending(ExitStatus.INTERRUPTED)
    except SystemExit as end:
        return Ending(status_of(end, _write))
    except EndsProcess as end:
        return _ended_by(end)
    except UsageError:
        raise
    except BaseException as error:  # noqa: BLE001 - it is shown, as Python would
        return Ending(_show(error), told(error))
    return Ending(0)


def _ended_by(end: EndsProcess) -> Ending:
    """The end of a program that wanted to end the process past Python."""
    if end.status is not None:
        return Ending(end.status & 0xFF)
    becomes = "" if end.becomes is None else f" to become {typed_text(end.becomes)}"
    unseen = "" if end.becomes is None else ", which signalcli doesn't follow"
    sentence = f"The program called {end}{becomes}{unseen}. It was ended there."
    _write(f"{sentence}\n")
    return Ending(FAILED)


def _execute(program: Program, path: str | None) -> None:
    sys.argv = [program.name, *program.arguments]
    if path is None:
        _put_first(os.getcwd())
        found = code_of_module(program.name)
        sys.argv[0] = found.file or program.name
    elif is_directory(path):
        _put_first(os.path.abspath(path), always=True)
        found = code_of_directory(os.path.abspath(path), program.name)
    else:
        sys.argv[0] = path
        _put_first(directory_of(path))
        found = code_of_file(os.path.abspath(path))
    main = ModuleType("__main__")
    main.__dict__.update(
        __builtins__=builtins,
        __file__=found.file,
        __loader__=found.loader,
        __spec__=found.spec,
        __cached__=None if found.spec is None else found.spec.cached,
    )
    if found.spec is not None:
        main.__dict__.update(__package__=found.spec.parent)
    sys.modules["__main__"] = main
    exec(found.code, main.__dict__)  # noqa: S102 - it is what was asked for


def _put_first(directory: str, *, always: bool = False) -> None:
    """Let the program import from a directory, and not from where Python put us.

    :param always: even where Python was told to leave that out, by ``PYTHONSAFEPATH`` or ``-P``.
    """
    is_safe = getattr(sys.flags, "safe_path", False) or sys.flags.isolated
    if not is_safe and sys.path[:1] == list(START_PATH[:1]):
        del sys.path[0]
    if always or not is_safe:
        sys.path.insert(0, directory)


@contextmanager
def _ends_in_exit_functions() -> Iterator[list[EndsProcess]]:
    """Take what would end the process from within a function that is called at the end.

    The functions after that one aren't called any more, as they wouldn't be.
    """
    ends: list[EndsProcess] = []
    before = getattr(sys, "unraisablehook", None)

    def took(unraisable: Any) -> None:
        if not isinstance(unraisable.exc_value, EndsProcess):
            (before or sys.__unraisablehook__)(unraisable)
            return
        ends.append(unraisable.exc_value)
        atexit._clear()

    sys.unraisablehook = took
    try:
        yield ends
    finally:
        sys.unraisablehook = before or sys.__unraisablehook__


def _end_threads() -> None:
    """Wait for all threads that Python waits for, and then do what was to be done at the end."""
    threading._shutdown()  # type: ignore[attr-defined]  # as Python does: it ends idle executors too
    atexit._run_exitfuncs()


def _show(error: BaseException) -> int:
    """Show the traceback, by the program's own hook if it has one; gives the status to end in."""
    hook = getattr(sys, "excepthook", None)
    if hook is None:
        _write("sys.excepthook is missing\n")
    elif hook is not sys.__excepthook__:
        try:
            hook(type(error), error, error.__traceback__)
            return FAILED
        except SystemExit as end:
            return status_of(end, _write)
        except EndsProcess as end:
            return _ended_by(end).status
        except KeyboardInterrupt:
            return ExitStatus.INTERRUPTED
        except BaseException as broken:  # noqa: BLE001 - it is shown, as Python would
            _write(f"Error in sys.excepthook:\n{trimmed(broken)}\nOriginal exception was:\n")
    _write(trimmed(error))
    return FAILED


def _write(text: str) -> None:
    """Write to standard error, if the program left us one."""
    stream = getattr(sys, "stderr", None)
    with suppress(Exception):  # it may be anything, and Python says nothing then either
        stream.write(escape(text, keep="\n\t"))  # type: ignore[union-attr]
