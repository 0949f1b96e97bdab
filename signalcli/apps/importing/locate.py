"""Locate the module of an application as the ``flask`` command does, without importing it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

from signalcli.apps.importing.target import APP, Target
from signalcli.errors import ApplicationError, MissingModule, SignalcliError, closest
from signalcli.language.phrases import joined, phrase, sentences
from signalcli.receivers.modules import check_not_hidden, module_names, python_files
from signalcli.signals.reflection import attributes
from signalcli.signals.tracebacks import current_directory
from signalcli.text import path_from, typed_text

INIT = "__init__.py"
SHOWN = 5
"""names that an error lists."""


class ModuleLocation(NamedTuple):
    """A module to import, and the directory to put first on ``sys.path`` for it."""

    module: str
    root: str

    def check_not_hidden(self) -> None:
        """Raise ApplicationError if ``import`` would give another module of that name."""
        top = self.module.partition(".")[0]
        loaded = attributes(sys.modules.get(top)).get("__file__")
        stem = os.path.join(self.root, top)
        file = next(filter(os.path.isfile, (os.path.join(stem, INIT), f"{stem}.py")), None)
        if file is not None:
            check_not_hidden(top, file, loaded, ApplicationError)


def checked_current_directory() -> str:
    """Return the current directory, or raise ApplicationError if it was removed."""
    directory = current_directory()
    if directory is None:
        raise ApplicationError("The current directory was removed. Go to another one.")
    return directory


def locate_module(target: Target) -> ModuleLocation:
    """Return the location of a target's module.

    A file in a package is imported by the name of the package. As with Flask, this includes a module
    in the current directory if that is a package.

    :raises ApplicationError: if there is no such file.
    """
    directory = checked_current_directory()
    if target.is_file:
        return _of_path(_module_path(target))
    path = os.path.join(directory, *target.module.split("."))
    if os.path.isfile(INIT) and (os.path.isfile(f"{path}.py") or os.path.isdir(path)):
        return _of_path(path)
    return ModuleLocation(target.module, directory)


def _module_path(target: Target) -> str:
    """Return the real path of a file without its extension, or of a package's directory."""
    path = os.path.realpath(path_from(target.module))
    stem = path.removesuffix(".py")
    if os.path.isfile(f"{stem}.py"):
        is_init = os.path.basename(stem) == "__init__"
        return os.path.dirname(stem) if is_init else stem
    if os.path.isdir(path) and os.path.isfile(os.path.join(path, INIT)):
        return path
    if os.path.exists(path):
        raise ApplicationError(
            "'{path}' is neither a file that ends in .py nor a package's directory. Name one, for "
            "example: {option}",
            path=target.module,
            option=target.retyped("shop.py", target.expression),
        )
    raise _missing_file(target, path)


def _of_path(path: str) -> ModuleLocation:
    """Return the location of a path: directories above with an ``__init__.py`` are packages."""
    root, name = os.path.split(path)
    if "." in name:
        raise ApplicationError(
            "The file '{file}' can't be imported, because its name has a dot. Give it another name.",
            file=f"{typed_text(name)}.py",
        )
    names = [name]
    while os.path.isfile(os.path.join(root, INIT)):
        root, name = os.path.split(root)
        names.insert(0, name)
    return ModuleLocation(".".join(names), root)


def _missing_file(target: Target, path: str) -> SignalcliError:
    folder, missing = os.path.split(path)
    known = python_files(folder)
    before = os.path.dirname(target.module)
    typed = {name: target.retyped(os.path.join(before, name), target.expression) for name in known}
    message = phrase(
        "No file '{name}' in {place}.", name=typed_text(missing), place=typed_text(folder)
    )
    return target.unknown(sentences(message, _hint(typed_text(missing), typed)))


def missing_module(target: Target, missing: str) -> SignalcliError:
    """Return the error for a missing module, at the top or in an imported package."""
    package, _, name = missing.rpartition(".")
    parent = sys.modules.get(package)
    if package and name in attributes(parent):
        meant = target.retyped(package, name)
        return target.unknown(
            phrase(
                "'{name}' in '{package}' is not a module. Did you mean {option}?",
                name=name,
                package=package,
                option=meant,
            )
        )
    paths = list(getattr(parent, "__path__", ())) if package else [checked_current_directory()]
    known = module_names(paths)
    stem = f"{package}." if package else ""
    typed = {one: target.retyped(f"{stem}{one}", target.expression) for one in known}
    if not paths:
        message = phrase(
            "'{package}' is not a package and contains no '{name}'. Name the module itself: {option}",
            package=package,
            name=name,
            option=target.retyped(package, target.expression),
        )
        return target.unknown(message)
    if package:
        what = phrase("No module '{name}' in '{package}'.", name=name, package=package)
    else:
        what = phrase(
            "No module '{name}' in {place} or among those installed.",
            name=name,
            place=typed_text(paths[0]),
        )
    message = sentences(what, _hint(name, typed))
    return target.unknown(message) if package or target.kind is not APP else MissingModule(message)


def _hint(missing: str, typed: dict[str, str]) -> str:
    """Return what to type instead. ``typed`` has the text for each existing name."""
    close = closest(missing, typed)
    if close is not None:
        return did_you_mean(typed[close])
    if not typed:
        return phrase("Change to the directory of the application.")
    return there_are([*typed], next(iter(typed.values())))


def did_you_mean(option: str) -> str:
    """Return a sentence that suggests an option."""
    return phrase("Did you mean {option}?", option=option)


def there_are(names: Sequence[str], option: str) -> str:
    """Return sentences with the first of some names, and an option as an example."""
    return phrase("There are: {names}. For example: {option}", names=first_of(names), option=option)


def first_of(names: Sequence[str]) -> str:
    """Return the first names, and whether there are more."""
    return joined([*names[:SHOWN], "…"] if len(names) > SHOWN else names)
