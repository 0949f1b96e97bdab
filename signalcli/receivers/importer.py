"""Importing a receiver: its code runs now."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from signalcli.errors import ImportFailed, SignalcliError, UnknownName, UsageError
from signalcli.receivers.import_names import (
    ImportName,
    current_directory,
    package_spec,
    place_of,
    real,
    real_file,
    unknown_module,
)
from signalcli.signals.functions import message_of
from signalcli.streams import STDERR, descriptor_to_stderr
from signalcli.text import typed_text

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType


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
def stdout_to_stderr() -> Iterator[int]:
    """Let all that is printed go to standard error, also by a child process or a C library.

    Whatever is put in the place of the standard streams meanwhile, ours are back at the end. Gives
    the descriptor that is the one way left to standard output.
    """
    stdout, stderr = sys.stdout, sys.stderr
    stdout.flush()
    with descriptor_to_stderr() as descriptor:
        sys.stdout = stream_to_stderr()
        try:
            yield descriptor
        finally:
            instead = getattr(sys, "stdout", None)  # it may be gone, or be anything
            with suppress(Exception):  # and hold text
                instead.flush()  # type: ignore[union-attr]
            _STREAMS.append(instead)
            sys.stdout = stdout
            sys.stderr = stream_to_stderr() if getattr(stderr, "closed", False) else stderr
            with suppress(OSError, ValueError):  # what was written past sys.stdout, if it's open
                (sys.__stdout__ or stdout).flush()


def stream_to_stderr() -> io.TextIOWrapper:
    """A stream to standard error that can be closed, and leaves the descriptor open.

    It is there to the end of the process: Python's ``print``, in a thread, doesn't hold the stream
    that it writes to, and crashes if that goes meanwhile.
    """
    stream = io.TextIOWrapper(
        _StandardError(STDERR, "w", closefd=False),
        encoding="utf-8",
        errors="backslashreplace",
        write_through=True,
    )
    _STREAMS.append(stream)
    return stream


_STREAMS: list[object] = []
"""Every stream that was put in the place of standard output."""


def _module(name: ImportName, what: str) -> ModuleType:
    from importlib import import_module

    spec = package_spec(name.package)
    place = None if spec is None else place_of(spec)
    if spec is None or place is None:
        raise unknown_module(name.package)
    _check_no_other_is_loaded(name, place)
    if name.package not in sys.modules and os.path.dirname(place) == current_directory():
        _put_last(os.path.dirname(real(place)))
        _executed(name.package, spec, what)
    with importing(what):
        try:
            return import_module(name.module)
        except ModuleNotFoundError as error:
            if error.name is not None and f"{name.module}.".startswith(f"{error.name}."):
                raise unknown_module(error.name) from None
            raise  # it is there, and something that it imports is not


def _check_no_other_is_loaded(name: ImportName, place: str) -> None:
    """Make sure that what was located is what ``import`` would give: no namesake of it.

    Such as the json.py of a person, when Python's own json was imported long ago.
    """
    from importlib.machinery import ModuleSpec

    spec = getattr(sys.modules.get(name.package), "__spec__", None)
    loaded = place_of(spec) if isinstance(spec, ModuleSpec) else None
    if loaded is not None and real(loaded) != real(place):
        raise UsageError(
            f"The module '{name.package}' of {typed_text(place)} can't be imported, because "
            f"another one of that name is in use, from {typed_text(loaded)}. Give it another name."
        )


def _file_module(file: str, what: str) -> ModuleType:
    from importlib.machinery import SourceFileLoader
    from importlib.util import spec_from_file_location

    path = real_file(file)
    already = _imported_from(path)
    if already is not None:
        return already
    module_name = _free_name(os.path.basename(file).removesuffix(".py"))
    loader = SourceFileLoader(module_name, path)  # a link may lead to a name without .py
    spec = spec_from_file_location(module_name, path, loader=loader)
    assert spec is not None, "there is one for every loader"
    _put_last(os.path.dirname(path))
    return _executed(module_name, spec, what)


def _executed(module_name: str, spec: ModuleSpec, what: str) -> ModuleType:
    """Run the code of a module: of just the one that was located, whatever else has its name."""
    from importlib.util import module_from_spec

    module = module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        with importing(what):
            assert spec.loader is not None, "it was found"
            spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(module_name, None)
        raise
    return sys.modules.get(module_name, module)  # a module may put another in its place


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


def _put_last(directory: str) -> None:
    """Let code import what is beside it.

    The directory comes last: a file in it must not stand in the way of what Python itself, an
    installed package or signalcli is about to import.
    """
    if directory not in sys.path:
        sys.path.append(directory)


def _attribute(module: ModuleType, name: ImportName) -> object:
    from unicodedata import normalize

    found: object = module
    place, parts = f"{name.module}:", name.attribute.split(".")
    for number, part in enumerate(parts, start=1):
        try:
            found = getattr(found, normalize("NFKC", part))  # as Python reads names in its source
        except AttributeError:
            known = public_names(found, callables=number == len(parts))
            where = f"'{place[:-1]}'"
            remedy = "Name a function that is defined there."
            raise UnknownName("attribute", part, known, place=where, remedy=remedy) from None
        place += f"{part}."
    return found


def public_names(owner: object, *, callables: bool) -> list[str]:
    """The names that an object or its class defines, all of them or those that can be called."""
    of_class = {} if isinstance(owner, type) else vars(type(owner))
    return [
        name
        for name, value in {**of_class, **getattr(owner, "__dict__", {})}.items()
        if not name.startswith("_")
        and (not callables or callable(value) or isinstance(value, classmethod))
    ]


def _told(what: str, error: BaseException) -> str:
    """The sentence for what an import raised."""
    sentence = (
        f"{what} can't be imported, because {place_of_fault(error)} raises {described(error)}"
    )
    sentence += "" if sentence.endswith((".", "!", "?")) else "."
    if isinstance(error, ModuleNotFoundError):
        python = typed_text(sys.executable)
        sentence += f" Install what is missing for {python}, or mend that line."
    return sentence


def described(error: BaseException) -> str:
    message = error.msg if isinstance(error, SyntaxError) else message_of(error)
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def place_of_fault(error: BaseException) -> str:
    """The last line of a person's own code that an error came through, or else of installed code."""
    from traceback import walk_tb

    from signalcli.signals.functions import place

    if isinstance(error, SyntaxError) and error.filename and os.path.isfile(error.filename):
        return typed_text(place(error.filename, error.lineno or 1))
    ours, standard = (os.path.join(os.path.dirname(file), "") for file in (__file__, os.__file__))
    own, installed = [], []
    for frame, line in walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        if file.startswith(ours):
            continue
        if {"site-packages", "dist-packages"} & set(file.split(os.sep)):
            installed.append((file, line))
        elif os.path.isabs(file) and not file.startswith(standard):
            own.append((file, line))
    return typed_text(place(*(own or installed)[-1])) if own or installed else "it"
