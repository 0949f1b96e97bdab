"""How a module came by what it holds: whether it made it, or imported it from another.

Python doesn't keep that; the module's own text does. It is read, not run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Any

from signalcli.signals.reflection import attributes

_LARGEST = 1_000_000
"""bytes of a module's text: nobody writes one by hand that is larger."""

_IMPORT = re.compile(
    r"^[ \t]*from[ \t]+[\w.]+[ \t]+import[ \t]*(\([^)]*\)|(?:[^\n\\]|\\\r?\n)*)", re.MULTILINE
)
_COMMENT = re.compile(r"#[^\n]*")


class Binding(IntEnum):
    """How sure it is that a module made what it holds under a name, the surest first."""

    CALLED = 0
    """Its text has ``name = something(…)``."""
    CLASS = 1
    """It is an attribute of a class."""
    UNKNOWN = 2
    """Its text doesn't tell, or can't be read."""
    IMPORTED = 3
    """Its text has ``from … import name``."""


def binding(module: Mapping[str, Any], name: str) -> Binding:
    """How a module came by what it holds under ``name``.

    :param module: its globals.
    """
    text = _text(_file(module))
    called = rf"^[ \t]*{re.escape(name)}[ \t]*(?::[^=\n]+)?=[ \t\\(]*[\w.]+(?:\[[^\]]*\])?[ \t]*\("
    if re.search(called, text, re.MULTILINE):
        return Binding.CALLED
    return (
        Binding.IMPORTED if name in _imported(text) or "*" in _imported(text) else Binding.UNKNOWN
    )


def _file(module: Mapping[str, Any]) -> str:
    """The file of a module's text, as the module or its specification tells; nothing if neither."""
    for file in (module.get("__file__"), attributes(module.get("__spec__")).get("origin")):
        if type(file) is str and file.endswith(".py"):
            return file
    return ""


@lru_cache(maxsize=256)
def _text(file: str) -> str:
    try:
        with open(file, "rb") as stream:
            return stream.read(_LARGEST).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""


@lru_cache(maxsize=256)
def _imported(text: str) -> frozenset[str]:
    """The names that a module's text imports from other modules."""
    names = set()
    for clause in _IMPORT.findall(text):
        for part in _COMMENT.sub("", clause).strip("()").replace("\\", " ").split(","):
            words = part.split()
            if words:
                names.add(words[-1])
    return frozenset(names)
