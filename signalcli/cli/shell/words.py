"""Split a line of the shell into the words of a command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

from signalcli.errors import UsageError
from signalcli.text import PROGRAM

ShellOptions = Sequence[str]
"""The common options of the shell, which those of a line overrule."""
LINE_WORDS = ("clear", "exit")
"""The words that are whole lines, and no commands outside the shell."""
EXERCISE_WORDS = ("check", "goal", "hint", "solution")
"""The words that are whole lines in the session of an exercise, and after ``tour`` precede a lesson."""
_PART = re.compile(r"""\s+|(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+""", re.DOTALL)
"""Space, or a word with its quotes."""


def words_of(line: str) -> list[str]:
    """Return the words of a line, quoted as in a POSIX shell. ``signalcli`` before them is left out.

    ``?`` is help. A comment starts with ``#`` at the beginning of a word.

    :raises UsageError: if a quote isn't closed.
    """
    try:
        words = shlex.split(_without_comment(line))
    except ValueError:
        raise UsageError(
            "The line ends within a quote. Close it, or put a backslash before a quote that is "
            "text."
        ) from None
    if words[:1] == [PROGRAM]:
        return words[1:] or ["--help"]
    if words[:1] == ["?"]:
        return ["help", *words[1:]] if words[1:] else ["--help"]
    return words


def _without_comment(line: str) -> str:
    end = 0
    while (part := _PART.match(line, end)) is not None:
        if part[0].startswith("#"):
            return line[:end]
        end = part.end()
    return line


def numbered_lines(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield each line with its number. A line that ends in a backslash goes on in the next one."""
    first, whole = 0, ""
    for number, line in enumerate(lines, start=1):
        first = first if whole else number
        whole += line.rstrip("\n")
        if len(whole) - len(whole.rstrip("\\")) & 1 and not whole.lstrip().startswith("#"):
            whole = f"{whole[:-1]} "
        else:
            yield first, whole
            whole = ""
    if whole:
        yield first, whole
