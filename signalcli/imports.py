"""Receivers that are imports, such as ``shop.handlers:on_king`` or ``handlers.py:on_king``.

Locating one runs no code of it, so that it can be asked whether that code may run. Loading it does.
"""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from signalcli.errors import ImportFailed, SignalcliError, UnknownName, UsageError
from signalcli.files import reason_of
from signalcli.text import escape, path_from, typed_text

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType

BUILT_IN = "built-in"
"""Where a module is that is part of Python itself and has no file."""
EXAMPLE = "For example: signalcli connect king shop.handlers:on_king"
STDOUT, STDERR = 1, 2


def is_import(name: str) -> bool:
    """Whether a receiver's name is that of an import."""
    return ":" in name


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
    place = _package_place(name.package)
    return None if place is None else _real(place)


def location(name: ImportName) -> str:
    """As :func:`locate`.

    :raises UsageError: if there is none, with what was looked for.
    """
    place = _real_file(name.module) if name.is_file else locate(name)
    if place is None:
        raise _unknown_module(name.package)
    return place


def _package_place(package: str) -> str | None:
    """Where Python would import a top-level package from, if it looked here first.

    As ``importlib.util.find_spec`` does, but what was imported already makes no difference. Only
    the finder that searches ``sys.path`` is told to look here. Others are somebody's code, which
    may import something to find out: that must not come from a directory nobody trusts.
    """
    from importlib.machinery import PathFinder

    here = _current_directory()
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
            return _place(spec)
    return None


def _place(spec: ModuleSpec) -> str | None:
    for place in spec.submodule_search_locations or (spec.origin,):
        if place in ("built-in", "frozen"):
            return BUILT_IN
        if place is not None and os.path.isabs(place):  # an editable install has place holders
            return place
    return None


def _real(place: str) -> str:
    return place if place == BUILT_IN else os.path.realpath(place)


def _current_directory() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # somebody removed it
        return None


# Loading.


def load(name: ImportName) -> Callable[..., Any]:
    """Import what is named. What its code prints meanwhile goes to standard error.

    :raises UsageError: if it isn't there, or can't be called.
    :raises ImportFailed: if its code raises anything but ``KeyboardInterrupt``.
    """
    what = f"The receiver '{name}'"
    module = _file_module(name.module, what) if name.is_file else _module(name, what)
    with importing(what):
        found = _attribute(module, name)
    return checked(str(name), found)


def checked(name: str, found: object) -> Callable[..., Any]:
    """What was imported under a name, if it can be called.

    :raises UsageError: if it can't.
    """
    if not callable(found):
        raise UsageError(
            f"'{name}' is a value of type '{type(found).__name__}' and can't be called. "
            f"Name a function, or another object that can be called."
        )
    return found


@contextmanager
def importing(what: str) -> Iterator[None]:
    """Let somebody's code run while it is imported. What it prints goes to standard error.

    :param what: the subject of the sentence that says what went wrong.
    :raises ImportFailed: if that code raises anything but ``KeyboardInterrupt``, ``SystemExit``
        included. Our own errors pass.
    """
    with stdout_to_stderr():
        try:
            yield
        except (KeyboardInterrupt, SignalcliError):
            raise
        except BaseException as error:
            raise ImportFailed(_told(what, error)) from error


class _StandardError(io.FileIO):
    """What stays open when a module wraps the buffer of ``sys.stdout`` and drops the wrapper."""

    def close(self) -> None:
        pass


@contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """Let all that is printed go to standard error, also by a child process or a C library."""
    stdout = sys.stdout
    stdout.flush()
    descriptor = os.dup(STDOUT)
    os.dup2(STDERR, STDOUT)
    sys.stdout = io.TextIOWrapper(
        _StandardError(STDERR, "w", closefd=False),
        encoding="utf-8",
        errors="backslashreplace",
        write_through=True,
    )
    try:
        yield
    finally:
        sys.stdout = stdout
        with suppress(OSError, ValueError):  # what was written to it past sys.stdout, if it's open
            (sys.__stdout__ or stdout).flush()
        os.dup2(descriptor, STDOUT)
        os.close(descriptor)


def _module(name: ImportName, what: str) -> ModuleType:
    from importlib import import_module

    place = _package_place(name.package)
    if place is None:
        raise _unknown_module(name.package)
    _check_no_other_is_loaded(name, place)
    # The current directory goes on the path only if the package itself was found there. Otherwise
    # a directory that somebody else filled could shadow what an installed package imports.
    if os.path.dirname(place) == _current_directory():
        _put_first(os.path.dirname(place))
    with importing(what):
        try:
            return import_module(name.module)
        except ModuleNotFoundError as error:
            if error.name is not None and f"{name.module}.".startswith(f"{error.name}."):
                raise _unknown_module(error.name) from None
            raise  # it is there, and something that it imports is not


def _check_no_other_is_loaded(name: ImportName, place: str) -> None:
    """Make sure that what was located is what ``import`` would give: no namesake of it.

    Such as the json.py of a person, when Python's own json was imported long ago.
    """
    from importlib.machinery import ModuleSpec

    spec = getattr(sys.modules.get(name.package), "__spec__", None)
    loaded = _place(spec) if isinstance(spec, ModuleSpec) else None
    if loaded is not None and _real(loaded) != _real(place):
        raise UsageError(
            f"The module '{name.package}' of {typed_text(place)} can't be imported, because "
            f"another one of that name is in use, from {typed_text(loaded)}. Give it another name."
        )


def _file_module(file: str, what: str) -> ModuleType:
    from importlib.machinery import SourceFileLoader
    from importlib.util import module_from_spec, spec_from_file_location

    path = _real_file(file)
    already = _imported_from(path)
    if already is not None:
        return already
    module_name = _free_name(os.path.basename(file).removesuffix(".py"))
    loader = SourceFileLoader(module_name, path)  # a link may lead to a name without .py
    spec = spec_from_file_location(module_name, path, loader=loader)
    assert spec is not None, "there is one for every loader"
    module = module_from_spec(spec)
    _put_first(os.path.dirname(path))  # as `python handlers.py` does
    sys.modules[module_name] = module
    try:
        with importing(what):
            loader.exec_module(module)
    except BaseException:
        sys.modules.pop(module_name, None)
        raise
    return sys.modules.get(module_name, module)  # a module may put another in its place


def _real_file(file: str) -> str:
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


def _imported_from(path: str) -> ModuleType | None:
    """The module that was imported from a file already, under whatever name."""
    from importlib.machinery import ModuleSpec

    for module in list(sys.modules.values()):
        spec = getattr(module, "__spec__", None)
        if isinstance(spec, ModuleSpec) and spec.origin is not None and spec.has_location:
            with suppress(OSError):  # it is gone, or within a ZIP file
                if os.path.samefile(spec.origin, path):
                    return module
    return None


def _free_name(stem: str) -> str:
    name, number = stem, 2
    while name in sys.modules:
        name, number = f"{stem}_{number}", number + 1
    return name


def _put_first(directory: str) -> None:
    """Let Python look in a directory before any other."""
    with suppress(ValueError):
        sys.path.remove(directory)
    sys.path.insert(0, directory)


def _attribute(module: ModuleType, name: ImportName) -> object:
    from unicodedata import normalize

    found: object = module
    place, parts = f"{name.module}:", name.attribute.split(".")
    for number, part in enumerate(parts, start=1):
        try:
            found = getattr(found, normalize("NFKC", part))  # as Python reads names in its source
        except AttributeError:
            known = _public_names(found, callables=number == len(parts))
            where = f"'{place[:-1]}'"
            remedy = "Name a function that is defined there."
            raise UnknownName("attribute", part, known, place=where, remedy=remedy) from None
        place += f"{part}."
    return found


def _public_names(owner: object, *, callables: bool) -> list[str]:
    """The names that an object or its class defines, all of them or those that can be called."""
    of_class = {} if isinstance(owner, type) else vars(type(owner))
    return [
        name
        for name, value in {**of_class, **getattr(owner, "__dict__", {})}.items()
        if not name.startswith("_")
        and (not callables or callable(value) or isinstance(value, classmethod))
    ]


# What to say.


def _unknown_module(name: str) -> UnknownName:
    """There is no such module: at the top, or in a package that is imported by now."""
    from pkgutil import iter_modules

    package, _, missing = name.rpartition(".")
    if package:
        paths = list(getattr(sys.modules.get(package), "__path__", []))
        known = [module.name for module in iter_modules(paths)]
        place = typed_text(paths[0]) if paths else f"'{package}', which isn't a package"
        remedy = "Name a module that is there."
        return UnknownName("module", missing, known, place=place, remedy=remedy)
    here = _current_directory()
    known = [module.name for module in iter_modules([*filter(None, [here]), *sys.path])]
    place = "" if here is None else f"{typed_text(here)} or among those installed"
    remedy = f"Go to the directory that it is in, or install it for {typed_text(sys.executable)}."
    return UnknownName("module", missing, known, place=place, remedy=remedy)


def _unknown_file(file: str) -> UnknownName:
    folder, missing = os.path.split(os.path.join(_current_directory() or "", path_from(file)))
    known = []
    with suppress(OSError):  # there is no such directory, either
        known = [typed_text(name) for name in os.listdir(folder) if name.endswith(".py")]
    remedy = "Name a file that is there."
    return UnknownName("file", typed_text(missing), known, place=typed_text(folder), remedy=remedy)


def _told(what: str, error: BaseException) -> str:
    """The sentence for what an import raised."""
    sentence = f"{what} can't be imported, because {_place_of(error)} raises {_described(error)}"
    sentence += "" if sentence.endswith((".", "!", "?")) else "."
    if isinstance(error, ModuleNotFoundError):
        python = typed_text(sys.executable)
        sentence += f" Install what is missing for {python}, or mend that line."
    return sentence


def _described(error: BaseException) -> str:
    kind = type(error).__name__
    try:
        message = error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception as broken:  # noqa: BLE001 - an exception's own __str__ may raise anything
        message = f"<no message: its __str__ raises {type(broken).__name__}>"
    return f"{kind}: {message}" if message else kind


def _place_of(error: BaseException) -> str:
    """The last line of a person's own code that an error came through, or else of installed code."""
    from traceback import walk_tb

    from signalcli.functions import place

    if isinstance(error, SyntaxError) and error.filename and os.path.isfile(error.filename):
        return typed_text(place(error.filename, error.lineno or 1))
    ours, standard = (os.path.join(os.path.dirname(file), "") for file in (__file__, os.__file__))
    own, installed = [], []
    for frame, line in walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        if {"site-packages", "dist-packages"} & set(file.split(os.sep)):
            installed.append((file, line))
        elif os.path.isabs(file) and not file.startswith((ours, standard)):
            own.append((file, line))
    return typed_text(place(*(own or installed)[-1])) if own or installed else "it"
