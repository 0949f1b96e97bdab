"""The classes of a lesson: text in two languages, commands, and the same calls in Python."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent
from types import MappingProxyType
from typing import NamedTuple


class LessonStep(NamedTuple):
    """One step of a lesson: an explanation, commands, and Python that makes the same calls.

    The commands of all steps share a session, and the Python of all steps is one program.
    """

    en: str
    """The explanation, in a few sentences. `Backquotes` mark code."""
    zh: str
    commands: tuple[str, ...]
    """Command lines as users type them."""
    python: str
    """Code that does the same with blinker, and prints what the receivers print and return."""
    unordered: bool = False
    """Whether the output has blinker's own order, which differs from run to run."""

    def prose(self, language: str) -> str:
        """Return the explanation in a language."""
        return self.zh if language == "zh" else self.en


class Lesson(NamedTuple):
    """Two to four steps on one subject."""

    id: str
    """A section of the article, such as ``"2.4"``, or a word."""
    en: str
    zh: str
    steps: tuple[LessonStep, ...]
    needs: str | None = None
    """The package that the lesson needs besides blinker."""
    files: Mapping[str, str] = MappingProxyType({})
    """The files that its commands use, by name."""

    def title(self, language: str) -> str:
        """Return the title in a language."""
        return self.zh if language == "zh" else self.en


def lesson(
    id: str,
    en: str,
    zh: str,
    *steps: LessonStep,
    needs: str | None = None,
    files: Mapping[str, str] = MappingProxyType({}),
) -> Lesson:
    """Return a lesson, with its steps as arguments."""
    return Lesson(id, en, zh, steps, needs, files)


def step(en: str, zh: str, commands: str, python: str, unordered: bool = False) -> LessonStep:
    """Return a step from texts over several lines, indented as the code around them.

    :param en: line breaks become spaces.
    :param zh: line breaks are dropped, since Chinese has no spaces between words.
    :param commands: one command per line.
    """
    return LessonStep(
        " ".join(en.split()),
        "".join(line.strip() for line in zh.splitlines()),
        tuple(line.strip() for line in commands.strip().splitlines()),
        dedent(python).strip() + "\n",
        unordered,
    )
