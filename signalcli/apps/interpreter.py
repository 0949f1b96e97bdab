"""Choose the Python interpreter that runs an application. This imports and runs nothing of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import NamedTuple

from signalcli.errors import ApplicationError, UsageError
from signalcli.language.phrases import phrase, sentences
from signalcli.text import path_from, typed_text

VARIABLE = "SIGNALCLI_PYTHON"
"""The environment variable of the option ``--python``."""
ENVIRONMENT = ".venv"
"""The usual name of a project's virtual environment."""
OLDEST = (3, 10)
"""The oldest Python that applications may run in."""
CONFIGURATION = "pyvenv.cfg"
"""The file that makes a directory a virtual environment."""
EXAMPLE = phrase("For example: {option}", option="--python .venv/bin/python")
FALLBACK = phrase(
    "signalcli used its own interpreter, because it found no environment of the project. Name the "
    "project's interpreter: --python PATH"
)
"""The sentences after an error about a module that isn't installed."""


class Interpreter(NamedTuple):
    """A Python interpreter, and why it was chosen."""

    path: str
    """Its absolute path. A link of a virtual environment isn't followed."""
    source: str | None
    """Where it is from, such as ``"the project's .venv"``; ``None`` if it is signalcli's own."""
    is_fallback: bool = False
    """Whether it is signalcli's own because none was named or found."""


def find_interpreter(module: str, given: str | None, environment: Mapping[str, str]) -> Interpreter:
    """Return the interpreter for an application or a program.

    It is the given one, or else that of the active virtual environment, or else that of the
    ``.venv`` in the application's directory or in a parent, up to the repository's root, or else
    signalcli's own. Outside a repository, the search ends at the current directory.

    :param module: a dotted name, or the path of a file or of a package's directory, as typed.
    :param given: the typed path of an interpreter or of an environment's directory.
    :param environment: the variables of the process.
    :raises UsageError: if the given path is not an executable file.
    :raises ApplicationError: if the virtual environment has a Python that is too old.
    """
    if given:
        found = Interpreter(
            _given(given, environment), phrase("--python or {variable}", variable=VARIABLE)
        )
    else:
        chosen = _active(environment) or _of_project(module, environment)
        if chosen is None:
            return Interpreter(sys.executable, None, is_fallback=True)
        found = chosen
    _check_version(found.path)
    return found._replace(source=None) if _is_own(found.path) else found


def _given(typed: str, environment: Mapping[str, str]) -> str:
    """Return the absolute path of a typed interpreter. A bare name is also searched on ``PATH``."""
    path = os.path.expanduser(path_from(typed))
    if os.sep not in typed and not os.path.exists(path):
        from shutil import which

        path = which(typed, path=environment.get("PATH")) or path
    found = python_of(path) if os.path.isdir(path) else os.path.abspath(path)
    if found is not None and _is_executable(found):
        return found
    if found is None:
        message = phrase("The directory '{directory}' has no bin/python.", directory=typed)
    elif os.path.exists(found):
        message = phrase("'{path}' is not an executable file. Name an interpreter.", path=typed)
    else:
        message = phrase("No Python interpreter '{path}'.", path=typed)
    raise UsageError(sentences(message, EXAMPLE))


def python_of(directory: str) -> str | None:
    """Return the absolute path of an environment's interpreter; ``None`` if there is none."""
    path = os.path.join(os.path.abspath(directory), "bin", "python")
    return path if _is_executable(path) else None


def _is_executable(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def _active(environment: Mapping[str, str]) -> Interpreter | None:
    directory = environment.get("VIRTUAL_ENV")
    path = python_of(directory) if directory else None
    return None if path is None else Interpreter(path, phrase("the active virtual environment"))


def _of_project(module: str, environment: Mapping[str, str]) -> Interpreter | None:
    for directory in _directories(module, environment):
        path = python_of(os.path.join(directory, ENVIRONMENT))
        if path is not None:
            return Interpreter(path, phrase("the project's {directory}", directory=ENVIRONMENT))
    return None


def _directories(module: str, environment: Mapping[str, str]) -> list[str]:
    """Return the directory of an application and its parents that may have its environment."""
    try:
        here = os.getcwd()
    except OSError:  # it was removed
        return []
    path = os.path.realpath(path_from(module))
    if not (os.sep in module or module.endswith(".py") or module in (os.curdir, os.pardir)):
        path = here
    directory = path if os.path.isdir(path) else os.path.dirname(path)
    home = os.path.realpath(environment.get("HOME") or os.path.expanduser("~"))
    found = [directory]
    while not os.path.exists(os.path.join(directory, ".git")):
        parent = os.path.dirname(directory)
        if parent in (directory, home):  # not in a repository
            return found[: found.index(here) + 1] if here in found else found[:1]
        directory = parent
        found.append(directory)
    return found


def _is_own(path: str) -> bool:
    """Return whether an interpreter has the packages of this process.

    The ``python`` of a virtual environment is often a link to an interpreter that has others, so
    directories are compared, not files.
    """
    prefix = _prefix(path)
    if prefix is None:
        own = sys.prefix == sys.base_prefix
        return own and os.path.realpath(path) == os.path.realpath(sys.executable)
    return os.path.realpath(prefix) == os.path.realpath(sys.prefix)


def _prefix(path: str) -> str | None:
    """Return the directory of the virtual environment of an interpreter; ``None`` if it is in none."""
    folder = os.path.dirname(path)
    for directory in (folder, os.path.dirname(folder)):
        if os.path.isfile(os.path.join(directory, CONFIGURATION)):
            return directory
    return None


def _check_version(path: str) -> None:
    """Raise ApplicationError if a virtual environment says that its Python is too old."""
    prefix = _prefix(path)
    version = None if prefix is None else _version(os.path.join(prefix, CONFIGURATION))
    if version is not None and version < OLDEST:
        found, oldest = (".".join(map(str, numbers)) for numbers in (version, OLDEST))
        raise ApplicationError(
            "The Python of '{path}' is {version}, and signalcli needs {oldest} or newer to look into an "
            "application. Name another one: {option}",
            path=typed_text(path),
            version=found,
            oldest=oldest,
            option="--python PATH",
        )


def _version(file: str) -> tuple[int, int] | None:
    """Return the first two numbers of the version in a ``pyvenv.cfg``, if it can be read."""
    try:
        with open(file, encoding="utf-8") as lines:
            pairs = (line.replace(" ", "").strip().partition("=") for line in lines)
            values = {name: value for name, _, value in pairs}
        major, minor, *_ = (values.get("version") or values["version_info"]).split(".")
        return int(major), int(minor)
    except (OSError, ValueError, KeyError):
        return None
