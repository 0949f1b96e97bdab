"""Facts about a function: where it is defined, and its docstring."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from signalcli.signals.tracebacks import place

Receiver = Callable[..., Any]
"""A callable that blinker calls as ``receiver(sender, **payload)``."""


Result = TypeVar("Result")

START_PATH = tuple(sys.path)
"""``sys.path`` at the start of the program."""


def try_call(function: Callable[[], Result], default: Result) -> Result:
    """Return what a function returns, or a default if it raises.

    Use it to read attributes of an unknown object: a proxy's may raise anything, even ``SystemExit``.
    """
    try:
        return function()
    except (Exception, SystemExit):  # noqa: BLE001 - an object's own attributes may raise anything
        return default


def first_line(receiver: Receiver) -> str | None:
    """Return the first line of a receiver's docstring."""
    doc = try_call(lambda: inspect.getdoc(receiver), None)
    return doc.strip().partition("\n")[0] if doc else None


def place_of(receiver: Receiver) -> str | None:
    """Return the file and line of a receiver's definition; ``None`` if it isn't written in Python."""
    code = try_call(lambda: getattr(inspect.unwrap(receiver), "__code__", None), None)
    return None if code is None else place(code.co_filename, code.co_firstlineno)
