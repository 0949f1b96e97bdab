"""Break text into lines of a number of columns, where wide characters take two."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from unicodedata import east_asian_width

NOT_FIRST = "，。、；：？！）》」』”’…"
"""Characters that no line begins with."""
NOT_LAST = "（《「『“‘"
"""Characters that no line ends with."""
_WHOLE = r"\[[^\[\]]{1,24}\]|默认|详见|参见|例如"
"""What isn't broken: short texts in brackets, and words that are common in the help."""
_UNIT = re.compile(
    rf"\s+|[{NOT_LAST}]*(?:{_WHOLE}|[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef{NOT_LAST}]+)[{NOT_FIRST})\]]*"
    rf"|[{NOT_LAST}]+"
)


def columns(text: str) -> int:
    """Return the number of columns that a text takes."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def wrap(text: str, width: int) -> list[str]:
    """Return a paragraph as lines, broken at spaces and between Chinese characters. Words stay whole."""
    paragraph = " ".join(text.split())
    places = [0, *breaks(paragraph, width, whole=True), len(paragraph)]
    return [paragraph[start:end].rstrip() for start, end in pairwise(places) if start < end]


def breaks(
    text: str,
    width: int,
    measure: Callable[[str], int] = columns,
    *,
    indent: int = 0,
    whole: bool = False,
) -> list[int]:
    """Return where to break a line: at spaces, and between Chinese characters.

    :param measure: returns the number of columns of a text.
    :param indent: columns before each line but the first.
    :param whole: whether a word that is wider than a line stays whole.
    """
    found: list[int] = []
    start = position = used = 0

    def end_line() -> None:
        nonlocal start, used
        found.append(position)
        start, used = position, indent

    for unit in units(text):
        is_word = not unit.isspace()
        is_divided = is_word and not whole
        if is_word and used + measure(unit) > width and text[start:position].strip():
            end_line()
        for part in unit if is_divided else [unit]:
            if is_divided and used + measure(part) > width and position > start:
                end_line()
            used += measure(part)
            position += len(part)
    return found


def units(text: str) -> Iterable[str]:
    """Yield what stays on one line: words, spaces, and characters with their punctuation."""
    return (match.group() for match in _UNIT.finditer(text))
