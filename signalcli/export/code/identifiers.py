"""Names of signals and receivers ⇒ Python identifiers: valid, readable, and no two alike."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable
from keyword import iskeyword
from unicodedata import normalize

LONGEST = 40
"""characters: what is longer is cut."""
COLLECTED = re.compile("test|setup|teardown|pytest|tear_down|set_up", re.IGNORECASE)
"""How the names begin that pytest takes for its own."""


class Identifiers:
    """The names at the top of one module.

    :param taken: those that it uses already.
    :param is_test: whether pytest will read it.
    """

    def __init__(self, taken: Iterable[str], *, is_test: bool = False) -> None:
        self._taken = {*taken, *dir(builtins)}
        self._is_test = is_test

    def new(self, text: str, kind: str) -> str:
        """An identifier for ``text`` that nothing else has.

        :param kind: what it is a name of, such as ``"signal"``: it tells apart what would be alike.
        """
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
        """Use just this name, which is known to be free."""
        self._taken.add(name)
        return name


def identifier_of(text: str) -> str:
    """What of ``text`` can be part of an identifier, as Python reads it; nothing if there is nothing.

    It has no underscore at either end: names with two of them mean something to Python. It may
    begin with a digit.
    """
    before = None
    while text != before:  # what is normal need not stay so when a character is left out
        before = text
        text = normalize("NFKC", text[:LONGEST])
        text = "".join(c if f"a{c}".isidentifier() else "_" for c in text)
        text = re.sub("_+", "_", text).strip("_")
    return text if f"a{text}".isidentifier() and _may_begin(text) else ""


def _may_begin(text: str) -> bool:
    """Whether it is an identifier, or becomes one behind another."""
    return text.isidentifier() or text[:1].isdecimal()
