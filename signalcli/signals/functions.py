"""What is known of a function: where it stands, what it says of itself, whether it is async."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

Receiver = Callable[..., Any]
"""What blinker calls: ``receiver(sender, **payload)``."""


Result = TypeVar("Result")

START_PATH = tuple(sys.path)
"""Where Python looked for modules when the program started."""

_PACKAGE = os.path.join(os.path.dirname(__file__), "")


def answer(question: Callable[[], Result], otherwise: Result) -> Result:
    """What is asked about an object; something else if the object itself raises at that.

    Proxies do, and whatever has ideas of its own about its attributes. Even ``SystemExit`` is an
    answer: asking isn't to end who asks.
    """
    try:
        return question()
    except (Exception, SystemExit):  # noqa: BLE001 - an object's own attributes may raise anything
        return otherwise


def first_line(receiver: Receiver) -> str | None:
    """The first line of its docstring."""
    doc = answer(lambda: inspect.getdoc(receiver), None)
    return doc.strip().partition("\n")[0] if doc else None


def is_coroutine_function(receiver: Receiver) -> bool:
    """Whether blinker takes it for a coroutine function."""
    return inspect.iscoroutinefunction(receiver)


def message_of(error: BaseException) -> str:
    """The message of an exception."""
    try:
        return str(error)
    except KeyboardInterrupt:
        raise
    except BaseException as broken:  # noqa: BLE001 - its own __str__ may raise anything
        return f"<no message: its __str__ raises {type(broken).__name__}>"


def can_be_weak(receiver: Receiver) -> bool:
    """Whether there can be a weak reference to it: not to every object that can be called."""
    return inspect.ismethod(receiver) or type(receiver).__weakrefoffset__ != 0


def place_of(receiver: Receiver) -> str | None:
    """The file and line of its definition; ``None`` if it isn't written in Python."""
    code = answer(lambda: getattr(inspect.unwrap(receiver), "__code__", None), None)
    return None if code is None else place(code.co_filename, code.co_firstlineno)


def place(file: str, line: int) -> str:
    """A file and line, relative to where signalcli is, to here, or to where Python imports from."""
    if file.startswith(_PACKAGE):
        return f"signalcli/{file[len(_PACKAGE) :]}:{line}"
    for root in (_current_directory(), *sys.path):
        if os.path.isabs(root) and file.startswith(f"{root}/"):
            return f"{os.path.relpath(file, root)}:{line}"
    return f"{file}:{line}"


def _current_directory() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:  # somebody removed it
        return ""
