"""Receivers that are imports, such as ``shop.handlers:on_king`` or ``handlers.py:on_king``.

Locating one runs no code of it, so that it can be asked whether that code may run.
"""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from signalcli.errors import UnknownName, UsageError
from signalcli.files import reason_of
from signalcli.text import escape, path_from, typed_text

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

BUILT_IN = "built-in"
"""Where a module is that is part of Python itself and has no file."""
EXAMPLE = "For example: signalcli connect king shop.handlers:on_king"


class ImportName(NamedTuple):
    """Which object is meant. ``str()`` gives it as it was typed."""

    module: str
    """A dotted name, or the path of a file as it was typed."""
    attribute: str
    """What stands in the module: a name, or names with dots between."""

    @classmethod
    def parse(cls, text: str) -> ImportName:
        """Read a typed import. The last colon ends the module.

        :raises UsageError: if a part is missing, or can't be what it stands for.
        """
        module, _, attribute = text.rpartition(":")
        parsed = cls(module, attribute)
        if not module:
            raise UsageError(
                f"An import needs a module before its colon, and '{text}' has none. {EXAMPLE}"
            )
        if not attribute:
            raise UsageError(
                f"An import needs a function after its colon, and '{text}' has none. {EXAMPLE}"
            )
        if parsed.is_file and escape(module) != module:  # nobody could type what is shown
            raise UsageError(
                f"The file '{module}' has a character in its name that can't be shown. "
                f"Give it another name."
            )
        if not parsed.is_file and not _is_dotted_name(module):
            raise UsageError(
                f"'{module}' is neither a module's name nor a file that ends in .py. {EXAMPLE}"
            )
        if not _is_dotted_name(attribute):
            raise UsageError(f"'{attribute}' can't be the name of a function. {EXAMPLE}")
        return parsed

    @property
    def is_file(self) -> bool:
        """Whether the module is given as a file."""
        return self.module.endswith(".py")

    @property
    def package(self) -> str:
        """The top-level package, or module, of a dotted name."""
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.module}:{self.attribute}"


def _is_dotted_name(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))


# Locating: no code of it runs.


def locate(name: ImportName) -> str | None:
    """The real path that trust is bound to, as the system has it; ``None`` if there is none.

    It is that of the file, of the top-level package's directory (the first one, if it has several)
    or of the top-level module's file; for what is part of Python itself it is ``BUILT_IN``.
    Nothing is imported, not even the parents of a dotted name.
    """
    if name.is_file:
        path = path_from(name.module)
        return os.path.realpath(path) if os.path.isfile(path) else None
    spec = package_spec(name.package)
    place = None if spec is None else place_of(spec)
    return None if place is None else real(place)


def location(name: ImportName) -> str:
    """As :func:`locate`.

    :raises UsageError: if there is none, with what was looked for.
    """
    place = real_file(name.module) if name.is_file else locate(name)
    if place is None:
        raise unknown_module(name.package)
    return place


def package_spec(package: str) -> ModuleSpec | None:
    """What Python would import as a top-level package, if it looked here first.

    As ``importlib.util.find_spec`` does, but what was imported already makes no difference. Only
    the finder that searches ``sys.path`` is told to look here. Others are somebody's code, which
    may import something to find out: that must not come from a directory nobody trusts.
    """
    from importlib.machinery import PathFinder

    here = current_directory()
    path = sys.path if here is None else [here, *sys.path]
    if here is not None:  # a list of its files may be older than the newest of them
        sys.path_importer_cache.pop(here, None)
    for finder in list(sys.meta_path):
        if finder is PathFinder:
            spec = PathFinder.find_spec(package, path)
        elif hasattr(finder, "find_spec"):  # Python 3.10 and 3.11 take older ones, too
            spec = finder.find_spec(package, None)
        else:
            spec = None
        if spec is not None:
            return spec
    return None


def place_of(spec: ModuleSpec) -> str | None:
    """Where a module is: its file, its directory, or ``BUILT_IN``."""
    for place in spec.submodule_search_locations or (spec.origin,):
        if place in ("built-in", "frozen"):
            return BUILT_IN
        if place is not None and os.path.isabs(place):  # an editable install has place holders
            return place
    return None


def real(place: str) -> str:
    """A place with its links resolved."""
    return place if place == BUILT_IN else os.path.realpath(place)


def current_directory() -> str | None:
    """Where we are, if that is still there."""
    try:
        return os.getcwd()
    except OSError:  # somebody removed it
        return None


def real_file(file: str) -> str:
    """The real path of a file that can be read.

    :raises UsageError: if there is none.
    """
    path = path_from(file)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            with open(path, "rb"):
                return os.path.realpath(path)
    except FileNotFoundError:
        raise _unknown_file(file) from None
    except OSError as error:
        raise UsageError(f"The file '{file}' can't be read: {reason_of(error)}.") from error
    found = "a directory" if stat.S_ISDIR(mode) else "not a regular file"
    raise UsageError(f"'{file}' is {found}. Name a file of Python code. {EXAMPLE}")


def unknown_module(name: str) -> UnknownName:
    """There is no such module: at the top, or in a package that is imported by now."""
    from pkgutil import iter_modules

    package, _, missing = name.rpartition(".")
    if package:
        paths = list(getattr(sys.modules.get(package), "__path__", []))
        known = [module.name for module in iter_modules(paths)]
        place = typed_text(paths[0]) if paths else f"'{package}', which isn't a package"
        remedy = "Name a module that is there."
        return UnknownName("module", missing, known, place=place, remedy=remedy)
    here = current_directory()
    known = [module.name for module in iter_modules([*filter(None, [here]), *sys.path])]
    place = "" if here is None else f"{typed_text(here)} or among those installed"
    remedy = f"Go to the directory that it is in, or install it for {typed_text(sys.executable)}."
    return UnknownName("module", missing, known, place=place, remedy=remedy)


def _unknown_file(file: str) -> UnknownName:
    folder, missing = os.path.split(os.path.join(current_directory() or "", path_from(file)))
    known = []
    with suppress(OSError):  # there is no such directory, either
        known = [typed_text(name) for name in os.listdir(folder) if name.endswith(".py")]
    remedy = "Name a file that is there."
    return UnknownName("file", typed_text(missing), known, place=typed_text(folder), remedy=remedy)
