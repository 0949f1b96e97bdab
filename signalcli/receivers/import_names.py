"""Receivers that are imports, such as ``shop.handlers:on_king`` or ``handlers.py:on_king``.

Locating one runs none of its code, so that signalcli can check the trust in it first.
"""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, NamedTuple

from signalcli.errors import UnknownName, UsageError, shortened
from signalcli.files import reason_of
from signalcli.language.phrases import phrase, sentences
from signalcli.signals.tracebacks import current_directory
from signalcli.text import escape, path_from, session_command, typed_text

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

BUILT_IN = "built-in"
"""The place of a module that is part of Python and has no file."""


def _example() -> str:
    command = session_command("connect", "king", "shop.handlers:on_king")
    return phrase("For example: {command}", command=command)


class ImportName(NamedTuple):
    """The name of an object to import. ``str()`` returns it as it was typed."""

    module: str
    """A dotted name, or a file's path as it was typed."""
    attribute: str
    """A name in the module, which may be dotted."""

    @classmethod
    def parse(cls, text: str) -> ImportName:
        """Parse a typed import, whose last colon ends the module, or raise UsageError."""
        module, _, attribute = text.rpartition(":")
        parsed = cls(module, attribute)
        if not module:
            fault = phrase(
                "An import needs a module before its colon, and '{text}' has none.", text=text
            )
        elif not attribute:
            fault = phrase(
                "An import needs a function after its colon, and '{text}' has none.", text=text
            )
        elif parsed.is_file and escape(module) != module:  # an escaped name can't be typed
            raise UsageError(
                "The file '{file}' has a character in its name that can't be shown. Give it "
                "another name.",
                file=module,
            )
        elif not parsed.is_file and not _is_dotted_name(module):
            fault = phrase(
                "'{text}' is neither a module's name nor a file that ends in .py.", text=module
            )
        elif not _is_dotted_name(attribute):
            fault = phrase("'{text}' can't be the name of a function.", text=attribute)
        else:
            return parsed
        raise UsageError(sentences(fault, _example()))

    @property
    def is_file(self) -> bool:
        """Whether the module is a file's path."""
        return self.module.endswith(".py")

    @property
    def package(self) -> str:
        """The top-level package or module of a dotted name."""
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.module}:{self.attribute}"


def _is_dotted_name(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))


# Locating: this runs no code of the import.


def locate(name: ImportName) -> str | None:
    """Return the real path that trust is bound to; ``None`` if there is none.

    It is the path of the file, of the top-level package's directory (the first, if it has several)
    or of the top-level module's file. For a part of Python it is ``BUILT_IN``. This imports
    nothing, not even the parents of a dotted name.
    """
    if name.is_file:
        path = path_from(name.module)
        return os.path.realpath(path) if os.path.isfile(path) else None
    spec = package_spec(name.package)
    place = None if spec is None else module_origin(spec)
    return None if place is None else real(place)


def location(name: ImportName) -> str:
    """Return the same as :func:`locate`, or raise UsageError if there is no such file or module."""
    place = real_file(name.module) if name.is_file else locate(name)
    if place is None:
        raise unknown_module(name.package)
    return place


def package_spec(package: str) -> ModuleSpec | None:
    """Return the spec of a top-level package, with the current directory first on ``sys.path``.

    Unlike ``importlib.util.find_spec``, this ignores ``sys.modules``. Only the finder of
    ``sys.path`` searches the current directory: other finders are foreign code, which may import
    modules to find one, and must not import them from an untrusted directory.
    """
    from importlib.machinery import PathFinder

    here = current_directory()
    path = sys.path if here is None else [here, *sys.path]
    if here is not None:  # its cached listing may be out of date
        sys.path_importer_cache.pop(here, None)
    for finder in list(sys.meta_path):
        if finder is PathFinder:
            spec = PathFinder.find_spec(package, path)
        elif hasattr(finder, "find_spec"):  # Python 3.10 and 3.11 accept older finders
            spec = finder.find_spec(package, None)
        else:
            spec = None
        if spec is not None:
            return spec
    return None


def module_origin(spec: ModuleSpec) -> str | None:
    """Return the file or directory of a module, or ``BUILT_IN``; ``None`` if it has none."""
    for place in spec.submodule_search_locations or (spec.origin,):
        if place in ("built-in", "frozen"):
            return BUILT_IN
        if place is not None and os.path.isabs(place):  # an editable install has placeholders
            return place
    return None


def real(place: str) -> str:
    """Return a place with its symbolic links resolved."""
    return place if place == BUILT_IN else os.path.realpath(place)


def real_file(file: str) -> str:
    """Return the real path of a readable file, or raise UsageError."""
    path = path_from(file)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            with open(path, "rb"):
                return os.path.realpath(path)
    except FileNotFoundError:
        raise _unknown_file(file) from None
    except OSError as error:
        raise UsageError(
            "The file '{file}' can't be read: {reason}.",
            file=shortened(file),
            reason=reason_of(error),
        ) from error
    if stat.S_ISDIR(mode):
        fault = phrase("'{file}' is a directory.", file=shortened(file))
    else:
        fault = phrase("'{file}' is not a regular file.", file=shortened(file))
    raise UsageError(sentences(fault, phrase("Name a file of Python code."), _example()))


def unknown_module(name: str) -> UnknownName:
    """Return the error for a module that doesn't exist, at the top or in an imported package."""
    from signalcli.receivers.modules import module_names

    package, _, missing = name.rpartition(".")
    if package:
        paths = list(getattr(sys.modules.get(package), "__path__", []))
        known = module_names(paths)
        if paths:
            place: str = typed_text(paths[0])
        else:
            place = phrase("'{name}', which isn't a package", name=package)
        remedy = phrase("Name a module that is there.")
        return UnknownName("module", shortened(missing), known, place=place, remedy=remedy)
    here = current_directory()
    known = module_names([*filter(None, [here]), *sys.path])
    place = ""
    if here is not None:
        place = phrase("{directory} or among those installed", directory=typed_text(here))
    remedy = phrase(
        "Go to the directory that it is in, or install it for {python}.",
        python=typed_text(sys.executable),
    )
    return UnknownName("module", shortened(missing), known, place=place, remedy=remedy)


def _unknown_file(file: str) -> UnknownName:
    from signalcli.receivers.modules import python_files

    folder, missing = os.path.split(os.path.join(current_directory() or "", path_from(file)))
    name, place = shortened(typed_text(missing)), typed_text(folder)
    remedy = phrase("Name a file that is there.")
    return UnknownName("file", name, python_files(folder), place=place, remedy=remedy)
