"""Read from a module's source text whether it made an object or imported it. The text is not run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Any

from signalcli.signals.reflection import attributes

_LARGEST = 1_000_000
"""bytes of source text that are read. Modules written by hand are smaller."""

_IMPORT = re.compile(
    r"^[ \t]*from[ \t]+[\w.]+[ \t]+import[ \t]*(\([^)]*\)|(?:[^\n\\]|\\\r?\n)*)", re.MULTILINE
)
_COMMENT = re.compile(r"#[^\n]*")


class Binding(IntEnum):
    """How a name of a module or class is bound, from made there to imported."""

    CALLED = 0
    """The source has ``name = something(…)``."""
    CLASS = 1
    """A class has it as an attribute."""
    UNKNOWN = 2
    """The source doesn't show it, or can't be read."""
    IMPORTED = 3
    """The source has ``from … import name``."""


def binding_of(module: Mapping[str, Any], name: str) -> Binding:
    """Return how a module binds ``name``."""
    text = _text(_file(module))
    called = rf"^[ \t]*{re.escape(name)}[ \t]*(?::[^=\n]+)?=[ \t\\(]*[\w.]+(?:\[[^\]]*\])?[ \t]*\("
    if re.search(called, text, re.MULTILINE):
        return Binding.CALLED
    is_imported = not _imported(text).isdisjoint((name, "*"))
    return Binding.IMPORTED if is_imported else Binding.UNKNOWN


def _file(module: Mapping[str, Any]) -> str:
    """Return a module's source file by ``__file__`` or by its spec, or an empty text."""
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
    """Return the names that a module's source imports from other modules."""
    names = set()
    for clause in _IMPORT.findall(text):
        for part in _COMMENT.sub("", clause).strip("()").replace("\\", " ").split(","):
            words = part.split()
            if words:
                names.add(words[-1])
    return frozenset(names)
