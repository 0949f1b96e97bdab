"""What Python would run of what was typed: the code of a file, a directory, an archive or a module."""

from __future__ import annotations

import errno
import importlib.util
import io
import os
import shutil
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader, SourcelessFileLoader
from pkgutil import get_importer
from types import CodeType
from typing import Any, NamedTuple

from signalcli.errors import UsageError
from signalcli.text import path_from, typed_text


class Code(NamedTuple):
    """What is run as ``__main__``."""

    code: CodeType
    file: str | None
    loader: Any
    spec: ModuleSpec | None = None


def located(name: str) -> str:
    """The path of a program: what is there under this name, or a script that is installed.

    :raises UsageError: if there is none, it can't be read, or what is installed is no Python.
    """
    path = path_from(name)
    if os.path.exists(path):
        if not os.access(path, os.R_OK):
            raise UsageError(f"The program '{name}' can't be read: {os.strerror(errno.EACCES)}.")
        return path
    beside = os.path.join(os.path.dirname(sys.executable), path)
    installed = beside if os.path.isfile(beside) else shutil.which(path)
    if os.path.dirname(path) or installed is None:
        raise UsageError(
            f"No program '{name}'. Name a file, or a module: signalcli trace run -m {name}"
        )
    if not _is_python(installed):
        raise UsageError(
            f"'{name}' is no Python program but {typed_text(installed)}, which is something else. "
            f"Name a file, or a module: signalcli trace run -m {name}"
        )
    return installed


def _is_python(installed: str) -> bool:
    """Whether a program is for Python: its first line says so, or it can be read as Python."""
    try:
        with io.open_code(os.path.abspath(installed)) as file:
            content = file.read()
    except OSError:
        return False
    first = content.partition(b"\n")[0]
    if first.startswith(b"#!") and b"python" in first:
        return True
    try:
        compile(content, installed, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return get_importer(os.path.abspath(installed)) is not None
    return True


def is_directory(path: str) -> bool:
    """Whether a path is a directory to Python, as an archive is too, whatever its name."""
    if os.path.isdir(path):
        return True
    return os.path.isfile(path) and get_importer(os.path.abspath(path)) is not None


def directory_of(path: str) -> str:
    """Where a program stands; of a pipe, where its name does."""
    real = os.path.realpath(path)
    return os.path.dirname(real if os.path.exists(real) else os.path.abspath(path))


def code_of_file(path: str) -> Code:
    """What Python runs of a file that is no archive, whatever its name. A pipe is read once."""
    with io.open_code(path) as file:
        content = file.read()
    if path.endswith(".pyc") or content.startswith(importlib.util.MAGIC_NUMBER):
        compiled = SourcelessFileLoader("__main__", path)
        code: Any = compiled.get_code("__main__")
        return Code(code, path, compiled)
    code = compile(content, path, "exec", dont_inherit=True)
    return Code(code, path, SourceFileLoader("__main__", path))


def code_of_module(name: str) -> Code:
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


def code_of_directory(path: str, name: str) -> Code:
    """What Python runs of a directory or an archive.

    :raises UsageError: if nothing.
    """
    importer: Any = get_importer(path)
    spec = None if importer is None else importer.find_spec("__main__")
    return _loaded(spec, f"'{name}' has no __main__.py, which is what Python would run.")


def _loaded(spec: ModuleSpec | None, otherwise: str) -> Code:
    loader: Any = None if spec is None else spec.loader
    code = loader.get_code(spec.name) if spec is not None and hasattr(loader, "get_code") else None
    if spec is None or code is None:
        raise UsageError(otherwise.format(sys.executable))
    return Code(code, spec.origin, loader, spec)
