"""Show lessons step by step: the user goes on, back, or tries commands in a shell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from signalcli.cli.tour.keyboard import END_OF_INPUT, Keyboard
from signalcli.errors import MissingPackage
from signalcli.language.phrases import LANGUAGE_VARIABLE, current_language, language_to_choose
from signalcli.tour.run import TaughtStep, path_of_package

if TYPE_CHECKING:
    from signalcli.cli.output import Output
    from signalcli.tour.run import LessonPart, ScratchHome

KEYS = {
    **dict.fromkeys(("\r", "\n", " ", "\x1b[c", "\x1b[6~"), "next"),
    **dict.fromkeys(("b", "\x1b[d", "\x1b[5~"), "back"),
    "t": "try",
    **dict.fromkeys(("q", END_OF_INPUT), "leave"),
}
"""What each key does, in lower case. Arrows, Page Up and Page Down go back and on, too."""


class LessonExit(Exception):
    """The user has left a lesson before its end."""


class InteractiveLessons:
    """Wait after each step of a lesson until the user goes on.

    :param directory: an empty one, for copies of the sessions of lessons.
    """

    def __init__(self, output: Output, directory: str) -> None:
        self._output = output
        self._directory = directory
        self._keyboard = Keyboard()
        self._lesson = ""
        self._has_next = False
        self._steps: list[TaughtStep] = []
        self._homes: list[str] = []
        """A directory for each step, with a copy of the session after it; those of earlier lessons come first."""

    def begin(self, lesson: str, *, has_next: bool) -> None:
        """Begin a lesson, which has this id.

        :param has_next: whether another lesson follows.
        """
        self._lesson, self._has_next = lesson, has_next
        self._steps.clear()

    def show(self, part: LessonPart) -> None:
        """Write a part of a lesson, unless it is a step: :meth:`pause` shows these."""
        if not isinstance(part, TaughtStep):
            self._output.stream(part)

    def pause(self, step: TaughtStep, home: ScratchHome) -> None:
        """Show a step, and do what the typed keys ask for, until the user goes on to a new step.

        :raises Left: if the user leaves the lesson.
        """
        self._steps.append(step)
        self._homes.append(os.path.join(self._directory, str(len(self._homes))))
        home.copy(self._homes[-1])
        at = step.number
        while at <= step.number:
            key = self._show(self._steps[at - 1])
            if key == "leave":
                raise LessonExit
            if key == "try":
                self._try(at)
            elif key in ("next", "back"):
                at = max(at + (1 if key == "next" else -1), 1)

    def _show(self, step: TaughtStep) -> str:
        """Show a step, as much at a time as fits the terminal, and return what the last typed key does."""
        key = "next"
        parts = self._output.screenfuls(step)
        for number, part in enumerate(parts, 1):
            self._output.write(part)
            self._output.flush()
            has_more = number < len(parts)
            key = self._ask(step.question(has_more=has_more, has_next=self._has_next))
            if key != "next":
                return key
        return key

    def _ask(self, question: str) -> str:
        """Ask below what is shown of a step, and return what the typed key does, or :data:`keyboard.RESIZED`."""
        with self._keyboard.reading():
            self._output.ask("", end="\n")
            self._output.ask(question)
            try:
                return self._keyboard.read(KEYS)
            finally:
                self._output.erase_question(question)

    def _try(self, at: int) -> None:
        """Open a shell in a copy of the session after a step, with the commands up to it in its history."""
        from signalcli.cli.commands.shell import check_editor_installed

        try:
            check_editor_installed()
        except MissingPackage as error:
            self._output.error(error)
            return
        lines = [ran.command for step in self._steps[:at] for ran in step.commands]
        kept = self._homes[at - len(self._steps) - 1]
        with TemporaryDirectory(prefix="try-", dir=self._directory) as directory:
            home = os.path.join(directory, "home")
            copytree(kept, home)
            _run_shell(home, self._lesson, lines)


def _run_shell(home: str, lesson: str, lines: list[str]) -> None:
    """Run the shell in a process with another home directory, to its end.

    :param lesson: the name that its session gets.
    :param lines: the lines in its history.
    """
    language = language_to_choose(current_language())
    chosen = {} if language is None else {LANGUAGE_VARIABLE: language}
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("SIGNALCLI_", "XDG_"))}
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "signalcli.cli.tour.try_shell",
            lesson,
            *(line.encode() for line in lines),
        ],
        cwd=home,
        env={**inherited, **chosen, "HOME": home, "PYTHONPATH": path_of_package()},
    )
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the shell
    try:
        process.wait()
    finally:
        process.kill()  # if a signal has ended the waiting
        signal.signal(signal.SIGINT, before)
