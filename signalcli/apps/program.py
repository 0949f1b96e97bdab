"""A Python program that is run in this process as Python runs it, until its threads have ended too."""

from __future__ import annotations

import atexit
import builtins
import importlib.util
import io
import os
import shutil
import sys
import threading
from importlib.machinery import ModuleSpec
from pkgutil import get_importer
from types import CodeType, ModuleType
from typing import Any, NamedTuple

from signalcli.apps.faults import EndsProcess, running, trimmed
from signalcli.apps.guard import contained, only_this_process
from signalcli.errors import ExitStatus, UsageError
from signalcli.functions import message_of
from signalcli.model import RaisedError
from signalcli.text import escape, path_from
from signalcli.underway import told

FAILED = 1
"""The status in which Python ends for an exception."""


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


class _Code(NamedTuple):
    """What is run as ``__main__``."""

    code: CodeType
    file: str | None
    spec: ModuleSpec | None = None


def run(program: Program) -> Ending:
    """Run a program, and wait for its threads and for what it does at its end.

    It has ``sys.argv``, ``sys.path`` and the module ``__main__`` as if Python had been started with it.
    What it prints goes to standard error, and so does the traceback of what it raises.

    :raises UsageError: if there is no such program.
    """
    path = None if program.is_module else _located(program.name)
    process = os.getpid()
    with contained(running(program.name)), only_this_process():
        ending = _ended(program, path)
        try:
            _end_threads()
        except KeyboardInterrupt:
            ending = Ending(ExitStatus.INTERRUPTED)
        if os.getpid() != process:  # it forked, and this is the other one
            raise SystemExit(ending.status)
    return ending


def _located(name: str) -> str:
    """The path of a program: what is there under this name, or a script that is installed.

    :raises UsageError: if there is none, or it isn't written in Python.
    """
    path = path_from(name)
    if not os.path.exists(path):
        beside = os.path.join(os.path.dirname(sys.executable), path)
        installed = beside if os.path.isfile(beside) else shutil.which(path)
        if os.path.dirname(path) or installed is None:
            raise UsageError(
                f"No program '{name}'. Name a file, or a module: signalcli trace run -m {name}"
            )
        path = installed
    if os.path.isfile(path) and not path.endswith((".py", ".pyw", ".pyz", ".zip")):
        with io.open_code(os.path.abspath(path)) as file:
            first = file.readline(200)
        if not (first.startswith(b"#!") and b"python" in first):
            raise UsageError(
                f"'{name}' is no Python program: its name doesn't end in .py, and its first line "
                f"doesn't name Python."
            )
    return path


def _ended(program: Program, path: str | None) -> Ending:
    """Run it, and say how it ended."""
    try:
        _execute(program, path)
    except KeyboardInterrupt:
        return Ending(ExitStatus.INTERRUPTED)
    except SystemExit as end:
        return Ending(_status_of(end))
    except EndsProcess as end:
        if end.status is not None:
            return Ending(end.status & 0xFF)
        sys.stderr.write(f"The program called {end}, and was ended there.\n")
        return Ending(FAILED)
    except UsageError:
        raise
    except BaseException as error:  # noqa: BLE001 - it is shown, as Python would
        _show(error)
        return Ending(FAILED, told(error))
    return Ending(0)


def _execute(program: Program, path: str | None) -> None:
    sys.argv = [program.name, *program.arguments]
    if path is None:
        sys.path.insert(0, os.getcwd())
        found = _code_of_module(program.name)
        sys.argv[0] = found.file or program.name
    elif os.path.isfile(path) and not path.endswith((".pyz", ".zip")):
        sys.argv[0] = path
        sys.path.insert(0, os.path.dirname(os.path.realpath(path)))
        absolute = os.path.abspath(path)
        with io.open_code(absolute) as file:
            found = _Code(compile(file.read(), absolute, "exec", dont_inherit=True), absolute)
    else:
        path = os.path.abspath(path)
        sys.path.insert(0, path)
        found = _code_of_directory(path, program.name)
    main = ModuleType("__main__")
    main.__dict__.update(__builtins__=builtins, __file__=found.file, __spec__=found.spec)
    if found.spec is not None:
        main.__dict__.update(__loader__=found.spec.loader, __package__=found.spec.parent)
    sys.modules["__main__"] = main
    exec(found.code, main.__dict__)  # noqa: S102 - it is what was asked for


def _code_of_module(name: str) -> _Code:
    """What ``python -m`` runs.

    :raises UsageError: if there is no such module, or none that can be run.
    """
    spec = None
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
    except ModuleNotFoundError as error:
        if not f"{name}.".startswith(f"{error.name}."):
            raise  # it is there, and something that its package imports is not
    except ValueError:  # a module without a spec
        spec = None
    return _loaded(spec, f"No module '{name}' that can be run. Is it installed here, for {{}}?")


def _code_of_directory(path: str, name: str) -> _Code:
    """What Python runs of a directory or an archive.

    :raises UsageError: if nothing.
    """
    importer: Any = get_importer(path)
    spec = None if importer is None else importer.find_spec("__main__")
    return _loaded(spec, f"'{name}' has no __main__.py, which is what Python would run.")


def _loaded(spec: ModuleSpec | None, otherwise: str) -> _Code:
    loader: Any = None if spec is None else spec.loader
    code = loader.get_code(spec.name) if spec is not None and hasattr(loader, "get_code") else None
    if spec is None or code is None:
        raise UsageError(otherwise.format(sys.executable))
    return _Code(code, spec.origin, spec)


def _end_threads() -> None:
    """Wait for all threads that Python waits for, and then do what was to be done at the end."""
    threading._shutdown()  # type: ignore[attr-defined]  # as Python does: it ends idle executors too
    atexit._run_exitfuncs()


def _status_of(end: SystemExit) -> int:
    """The status of ``sys.exit()``, which prints what isn't a number."""
    if end.code is None:
        return 0
    if isinstance(end.code, int):
        return end.code & 0xFF
    sys.stderr.write(f"{escape(message_of(end), keep=chr(10))}\n")
    return FAILED


def _show(error: BaseException) -> None:
    """Show the traceback, by the program's own hook if it has one."""
    if sys.excepthook is not sys.__excepthook__:
        sys.excepthook(type(error), error, error.__traceback__)
    else:
        sys.stderr.write(escape(trimmed(error), keep="\n\t"))
