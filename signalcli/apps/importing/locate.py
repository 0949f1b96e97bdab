"""Where a named module is, as the ``flask`` command finds it: nothing is imported here."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pkgutil import iter_modules
from typing import NamedTuple

from signalcli.apps.importing.target import Target, option
from signalcli.errors import ApplicationError, closest
from signalcli.receivers.import_names import current_directory
from signalcli.text import path_from, typed_text

INIT = "__init__.py"
SHOWN = 5
"""How many of the names that there are stand in an error."""


class Place(NamedTuple):
    """What to import, and the directory that comes first on ``sys.path`` for it."""

    module: str
    """The dotted name."""
    root: str

    def check_no_other_is_loaded(self) -> None:
        """Make sure that ``import`` gives the module that is here, and no namesake of it.

        Such as the ``queue.py`` of a person, when Python's own ``queue`` was imported long ago.

        :raises ApplicationError: if it would be another one.
        """
        top = self.module.partition(".")[0]
        loaded = getattr(sys.modules.get(top), "__file__", None)
        stem = os.path.join(self.root, top)
        for file in (os.path.join(stem, INIT), f"{stem}.py"):
            if loaded is not None and os.path.isfile(file):
                with suppress(OSError):  # that one is gone, or within a ZIP file
                    if os.path.samefile(loaded, file):
                        return
                raise ApplicationError(
                    f"The module '{top}' of {typed_text(file)} can't be imported, because another "
                    f"one of that name is in use, from {typed_text(loaded)}. Give it another name."
                )


def here() -> str:
    """The current directory.

    :raises ApplicationError: if somebody removed it.
    """
    directory = current_directory()
    if directory is None:
        raise ApplicationError("The current directory was removed. Go to another one.")
    return directory


def place_of(target: Target) -> Place:
    """What to import for a target.

    A file in a package is imported under the package's name. As with Flask, that goes for a module
    in the current directory as well, if that is a package itself.

    :raises ApplicationError: if there is no such file.
    """
    directory = here()
    if target.is_file:
        return _of_path(_module_path(target))
    path = os.path.join(directory, *target.module.split("."))
    if os.path.isfile(INIT) and (os.path.isfile(f"{path}.py") or os.path.isdir(path)):
        return _of_path(path)
    return Place(target.module, directory)


def _module_path(target: Target) -> str:
    """The real path of a file without its ending, or of a package's directory."""
    path = os.path.realpath(path_from(target.module))
    stem = path.removesuffix(".py")
    if os.path.isfile(f"{stem}.py"):
        is_init = os.path.basename(stem) == "__init__"
        return os.path.dirname(stem) if is_init else stem
    if os.path.isdir(path) and os.path.isfile(os.path.join(path, INIT)):
        return path
    if os.path.exists(path):
        raise ApplicationError(
            f"'{target.module}' is neither a file that ends in .py nor a package's directory. "
            f"Name one, for example: {option('shop.py', target.expression)}"
        )
    raise _missing_file(target, path)


def _of_path(path: str) -> Place:
    """The dotted name of a module: every directory above with an ``__init__.py`` is a package."""
    root, name = os.path.split(path)
    if "." in name:
        raise ApplicationError(
            f"The file '{typed_text(name)}.py' can't be imported, because its name has a dot. "
            f"Give it another name."
        )
    names = [name]
    while os.path.isfile(os.path.join(root, INIT)):
        root, name = os.path.split(root)
        names.insert(0, name)
    return Place(".".join(names), root)


def _missing_file(target: Target, path: str) -> ApplicationError:
    folder, missing = os.path.split(path)
    names = []
    with suppress(OSError):  # there is no such directory, either
        names = sorted(name for name in os.listdir(folder) if name.endswith(".py"))
    before = os.path.dirname(target.module)
    known = [typed_text(name) for name in names]
    typed = {name: option(os.path.join(before, name), target.expression) for name in known}
    what = f"No file '{typed_text(missing)}' in {typed_text(folder)}."
    return ApplicationError(f"{what} {_hint(typed_text(missing), typed)}")


def missing_module(target: Target, missing: str) -> ApplicationError:
    """The error for a module that isn't there: at the top, or in a package that was imported."""
    package, _, name = missing.rpartition(".")
    parent = sys.modules.get(package)
    if package and name in getattr(parent, "__dict__", {}):
        meant = option(package, name)
        return ApplicationError(f"'{name}' in '{package}' is no module. Did you mean {meant}?")
    paths = list(getattr(parent, "__path__", ())) if package else [here()]
    known = sorted(module.name for module in iter_modules(paths))
    stem = f"{package}." if package else ""
    typed = {one: option(f"{stem}{one}", target.expression) for one in known}
    where = f"in '{package}'" if package else f"in {typed_text(paths[0])} or among those installed"
    if not paths:
        remedy = f"Name the module itself: {option(package, target.expression)}"
        return ApplicationError(f"'{package}' is no package, and has no '{name}' in it. {remedy}")
    return ApplicationError(f"No module '{name}' {where}. {_hint(name, typed)}")


def _hint(missing: str, typed: dict[str, str]) -> str:
    """What to type instead.

    :param typed: what to type for each name that there is.
    """
    close = closest(missing, typed)
    if close is not None:
        return f"Did you mean {typed[close]}?"
    if not typed:
        return "Go to the directory that the application is in."
    more = ", …" if len(typed) > SHOWN else ""
    names = ", ".join([*typed][:SHOWN])
    return f"There are: {names}{more}. For example: {next(iter(typed.values()))}"
