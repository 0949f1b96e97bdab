"""Break text into lines of a number of columns, where wide characters take two."""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import east_asian_width

NOT_FIRST = "，。、；：？！）》」』”’…"
"""Characters that no line begins with."""
NOT_LAST = "（《「『“‘"
"""Characters that no line ends with."""
_WHOLE = r"\[[^\[\]]{1,24}\]|默认|详见|参见|例如"
"""What isn't broken: short texts in brackets, and words that are common in the help."""
_UNIT = re.compile(
    rf"\s+|[{NOT_LAST}]*(?:{_WHOLE}|[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef{NOT_LAST}]+)[{NOT_FIRST})\]]*"
)


def columns(text: str) -> int:
    """Return the number of columns that a text takes."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def wrap(text: str, width: int) -> list[str]:
    """Return a paragraph as lines, broken at spaces and between Chinese characters."""
    lines, current = [], ""
    for unit in units(" ".join(text.split())):
        if current and columns(current + unit.rstrip()) > width:
            lines.append(current.rstrip())
            current = ""
        current += unit if current else unit.lstrip()
    return [*lines, current.rstrip()] if current.strip() else lines


def units(text: str) -> Iterable[str]:
    """Yield what stays on one line: words, spaces, and characters with their punctuation."""
    return (match.group() for match in _UNIT.finditer(text))
