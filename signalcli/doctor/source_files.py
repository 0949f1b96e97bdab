"""Find the source files of an application, and read them as text.

Nothing of them runs, so this finds what a module would do that was never imported.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from signalcli.doctor.source_reader import SourceFile, parse_source

if TYPE_CHECKING:
    from signalcli.apps.app_details import AppDetails

_LARGEST = 1_000_000
"""bytes of a file that is read. Files written by hand are smaller."""
_MOST = 5_000
"""The number of files that are read."""
_IGNORED = {"tests", "test", "migrations", "node_modules", "site-packages", "__pycache__"}
_INIT = "__init__.py"
_UNREADABLE = (OSError, SyntaxError, ValueError, RecursionError, MemoryError)


def own_source_files(details: AppDetails, containing: str = "") -> Iterator[SourceFile]:
    """Yield the source files of an application's own packages, imported or not.

    They are those below its packages' directories, without tests, migrations and virtual environments. Of
    the files beside an application of one file, those that import a module of the application.

    :param containing: text that a file must contain to be parsed and yielded.
    """
    own = _OwnFiles(details)
    for module, path in islice(own.below_packages(), _MOST):
        yield from _read(module, path, containing)
    for module, path in own.beside_modules():
        for file in _read(module, path, containing):
            if own.is_part(file):
                yield file


class _OwnFiles:
    """The files of an application, by its imported modules."""

    def __init__(self, details: AppDetails) -> None:
        self._modules = {name: file for name, file in details.modules if file.endswith(".py")}
        self._tops = {name.partition(".")[0] for name in self._modules} - {"__main__"}
        self._packages: dict[str, str] = {}
        for name, file in self._modules.items():
            top, directory = name.partition(".")[0], os.path.dirname(file)
            levels = name.count(".") + (os.path.basename(file) == _INIT)
            for _ in range(levels - 1):
                directory = os.path.dirname(directory)
            if levels and os.path.basename(directory) == top:
                self._packages.setdefault(top, directory)

    def below_packages(self) -> Iterator[tuple[str, str]]:
        """Yield the module names and the paths of all files of the packages."""
        for top, directory in sorted(self._packages.items()):
            yield from _files_below(directory, top)

    def beside_modules(self) -> Iterator[tuple[str, str]]:
        """Yield the names and the paths of modules that are files in no package, and of those beside them."""
        alone = {name: file for name, file in self._modules.items() if "." not in name}
        alone = {name: file for name, file in alone.items() if name not in self._packages}
        for directory in sorted({os.path.dirname(file) for file in alone.values()}):
            for name, is_directory in _entries(directory):
                path = os.path.join(directory, name)
                if not is_directory:
                    yield name.removesuffix(".py"), path
                elif name not in self._packages and os.path.isfile(os.path.join(path, _INIT)):
                    yield from _files_below(path, name)

    def is_part(self, file: SourceFile) -> bool:
        """Return whether a file belongs to the application, by what it imports."""
        tops = {imported.partition(".")[0] for imported in file.imports}
        return file.module in self._modules or not self._tops.isdisjoint(tops)


def _files_below(directory: str, package: str) -> Iterator[tuple[str, str]]:
    for name, is_directory in _entries(directory):
        path = os.path.join(directory, name)
        if is_directory:
            yield from _files_below(path, f"{package}.{name}")
        else:
            yield (package if name == _INIT else f"{package}.{name.removesuffix('.py')}"), path


def _entries(directory: str) -> list[tuple[str, bool]]:
    """Return the names of the directories and Python files in a directory that may be an application's."""
    try:
        with os.scandir(directory) as entries:
            found = [(one.name, one.is_dir(follow_symlinks=False)) for one in entries]
    except OSError:
        return []
    if ("pyvenv.cfg", False) in found:
        return []
    return sorted(
        (name, is_directory)
        for name, is_directory in found
        if (name.isidentifier() and name not in _IGNORED if is_directory else _is_source(name))
    )


def _is_source(name: str) -> bool:
    is_test = name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"
    return name.endswith(".py") and not is_test


def _read(module: str, path: str, containing: str) -> Iterator[SourceFile]:
    """Yield a file if it contains a text."""
    try:
        if os.path.getsize(path) > _LARGEST:
            yield SourceFile(module, path, problem="is larger than 1 MB")
            return
        with open(path, "rb") as stream:
            text = stream.read()
        if containing.encode() not in text:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield parse_source(text, module, path, os.path.basename(path) == _INIT)
    except _UNREADABLE:
        yield SourceFile(module, path, problem="can't be parsed")
