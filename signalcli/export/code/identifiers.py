"""Make unique, readable Python identifiers from the names of signals and receivers."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable
from keyword import iskeyword
from unicodedata import normalize

LONGEST = 40
"""characters: longer names are cut."""
COLLECTED = re.compile("test|setup|teardown|pytest|tear_down|set_up", re.IGNORECASE)
"""The beginnings of names that pytest collects or calls."""


class Identifiers:
    """The identifiers of one module, without those that are ``taken``, and for a test without test names."""

    def __init__(self, taken: Iterable[str], *, is_test: bool = False) -> None:
        self._taken = {*taken, *dir(builtins)}
        self._is_test = is_test

    def new(self, text: str, kind: str) -> str:
        """Return an unused identifier for ``text``. A taken one gets ``kind``, such as ``"signal"``."""
        base = identifier_of(text) or kind
        if base[0].isdecimal():
            base = f"{kind}_{base}"
        if self._is_test and COLLECTED.match(base):
            base = f"the_{base}"
        candidate, number = base, 1
        while iskeyword(candidate) or candidate in self._taken:
            candidate = f"{base}_{kind}" if number == 1 else f"{base}_{kind}_{number}"
            number += 1
        self._taken.add(candidate)
        return candidate

    def take(self, name: str) -> str:
        """Mark a name as used, and return it."""
        self._taken.add(name)
        return name


def identifier_of(text: str) -> str:
    """Return the characters of ``text`` that an identifier can have, NFKC-normalised; ``""`` if none.

    The result has no underscore at either end, since Python gives such names a meaning. It may begin
    with a digit.
    """
    before = None
    while text != before:  # replacing a character can make the rest normalisable again
        before = text
        text = normalize("NFKC", text[:LONGEST])
        text = "".join(c if f"a{c}".isidentifier() else "_" for c in text)
        text = re.sub("_+", "_", text).strip("_")
    may_begin = text.isidentifier() or text[:1].isdecimal()
    return text if f"a{text}".isidentifier() and may_begin else ""
