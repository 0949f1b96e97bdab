"""What a lesson is: prose in two languages, and the same thing done in two ways."""

from __future__ import annotations

from textwrap import dedent
from typing import NamedTuple


class Step(NamedTuple):
    """One thought of a lesson: said, then done as commands and as Python.

    The commands of all steps share a session, and the Python of all steps is one program.
    """

    en: str
    """What it teaches, in a sentence or two. `Backquotes` mark code."""
    zh: str
    commands: tuple[str, ...]
    """Command lines as a person types them."""
    python: str
    """What does the same with blinker, and prints what the receivers print and return."""
    unordered: bool = False
    """Whether blinker's own order is shown, which differs from run to run."""

    def prose(self, language: str) -> str:
        """What it teaches, in one language."""
        return self.zh if language == "zh" else self.en


class Lesson(NamedTuple):
    """A few steps on one subject."""

    id: str
    """The section of the article, or a word."""
    en: str
    """Its title."""
    zh: str
    steps: tuple[Step, ...]
    needs: str | None = None
    """The package that it can't do without, besides blinker."""

    def title(self, language: str) -> str:
        """What it is about, in one language."""
        return self.zh if language == "zh" else self.en


def lesson(id: str, en: str, zh: str, *steps: Step, needs: str | None = None) -> Lesson:
    """A lesson, its steps one after the other."""
    return Lesson(id, en, zh, steps, needs)


def step(en: str, zh: str, commands: str, python: str, unordered: bool = False) -> Step:
    """A step whose texts are written over several lines, indented as the code around them.

    :param en: its line breaks are spaces.
    :param zh: its line breaks are nothing, as Chinese has no spaces between words.
    :param commands: a command line each line.
    """
    return Step(
        " ".join(en.split()),
        "".join(line.strip() for line in zh.splitlines()),
        tuple(line.strip() for line in commands.strip().splitlines()),
        dedent(python).strip() + "\n",
        unordered,
    )
