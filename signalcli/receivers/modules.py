"""Import the user's code: what receivers and applications share.

The caller passes in what differs: where a directory goes on ``sys.path``, what runs around the code,
and which error to raise.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from unicodedata import normalize

from signalcli.errors import SignalcliError
from signalcli.language.phrases import phrase
from signalcli.signals.reflection import attributes, class_attributes, is_a
from signalcli.signals.tracebacks import own_place
from signalcli.text import typed_text

Runs = Callable[[], AbstractContextManager[object]]
"""Returns the block in which user code runs."""


def add_to_path(directory: str, *, first: bool) -> None:
    """Let code import the modules of a directory.

    :param first: whether they hide other modules, as with ``python``; if not, no file in the
        directory hides what Python, an installed package or signalcli is about to import.
    """
    if first and sys.path[:1] != [directory]:
        sys.path.insert(0, directory)
    elif directory not in sys.path:
        sys.path.append(directory)


def check_not_hidden(
    name: str, place: str, loaded: str | None, error: type[SignalcliError]
) -> None:
    """Raise ``error`` if ``import`` would give another module of that name.

    An example is a ``queue.py`` of the user's, after Python's own ``queue`` was imported.

    :param loaded: the file or directory of the module in ``sys.modules``, if there is one.
    """
    if loaded is None or os.path.realpath(loaded) == os.path.realpath(place):
        return
    with suppress(OSError):  # the file was deleted, or is in a ZIP file
        if os.path.samefile(loaded, place):
            return
    raise error(
        phrase(
            "The module '{name}' of {path} can't be imported, because another one of that name is in "
            "use, from {other}. Give it another name.",
            name=name,
            path=typed_text(place),
            other=typed_text(loaded),
        )
    )


def import_by_name(name: str, runs: Runs, missing: Callable[[str], SignalcliError]) -> ModuleType:
    """Import a module by its dotted name; ``missing`` makes the error for a part that doesn't exist."""
    with runs():
        try:
            return import_module(name)
        except ModuleNotFoundError as error:
            is_part = error.name is not None and f"{name}.".startswith(f"{error.name}.")
            if not is_part or own_place(error) is not None:
                raise  # the module exists, and something that it imports doesn't
            raise missing(str(error.name)) from None


def attribute_of(
    module: ModuleType, path: str, runs: Runs, missing: Callable[[object, str, str], SignalcliError]
) -> object:
    """Return the object at a dotted path in a module, whose ``__getattr__`` may run code.

    :param missing: makes the error for a name that doesn't exist, from the object that doesn't have
        it, the name, and the path before it, which is empty or ends in a dot.
    """
    found: object = module
    before = ""
    for name in path.split("."):
        with runs():
            try:
                found = getattr(found, normalize("NFKC", name))  # as Python reads source code
            except AttributeError as error:
                raise missing(found, name, before) from error
        before += f"{name}."
    return found


def public_names(owner: object, *, callables: bool) -> list[str]:
    """Return the public names, or those of callables, that an object or its class defines."""
    names = class_attributes(owner if is_a(owner, type) else type(owner))  # type: ignore[arg-type]
    if not is_a(owner, type):
        names = {**names, **attributes(owner)}
    return [
        name
        for name, value in names.items()
        if not name.startswith("_")
        and (not callables or callable(value) or is_a(value, classmethod))
    ]


def module_names(directories: Iterable[str]) -> list[str]:
    """Return the names of the modules in some directories, sorted."""
    return sorted(module.name for module in iter_modules(list(directories)))


def names_in_source(module: str) -> list[str]:
    """Return the public classes, functions and variables in the source of a module.

    :param module: a file, or the dotted name of a module or a package in the current directory.
    :raises OSError, SyntaxError, ValueError: if there is no such file, or if it can't be parsed.
    """
    import ast

    stem = module.removesuffix(".py") if module.endswith(".py") else module.replace(".", "/")
    paths = (f"{stem}.py", os.path.join(stem, "__init__.py"))
    with open(next(filter(os.path.isfile, paths), paths[0]), "rb") as file:
        tree = ast.parse(file.read())
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            named = (one for target in targets for one in ast.walk(target))
            names += [one.id for one in named if isinstance(one, ast.Name)]
    return [name for name in dict.fromkeys(names) if not name.startswith("_")]


def python_files(directory: str) -> list[str]:
    """Return the names of the Python files in a directory, sorted; none if it doesn't exist."""
    with suppress(OSError):
        return sorted(typed_text(name) for name in os.listdir(directory) if name.endswith(".py"))
    return []
