"""Run the commands that users give in ``signalcli live``, each in a process of its own."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple

from signalcli.errors import InvalidJSON
from signalcli.history.record import Record, record_of
from signalcli.language.phrases import LANGUAGE_VARIABLE, current_language, localized, phrase
from signalcli.session.journal import now
from signalcli.text import PROGRAM, from_json
from signalcli.values.delivery import Delivery

_START = """
import sys
if sys.path[0] == "":
    del sys.path[0]  # files of the working directory must not replace modules
from signalcli.__main__ import main
sys.exit(main())
"""
IN_SESSION = frozenset(
    (
        *("connect", "define", "disconnect", "drop", "mute", "receivers"),
        *("redo", "remove", "replay", "send", "undo", "unmute"),
    )
)
"""The commands that can be run on a session."""
IN_APPLICATION = frozenset({"send"})
"""The commands that can be run on an application."""


class CommandOutcome(NamedTuple):
    """What a command wrote and sent."""

    sentence: str
    """The first line of its standard error, or why it can't be run."""
    records: tuple[Record, ...] = ()
    """Its sends, if no history has them."""


class CommandRunner:
    """Run commands on a session or an application.

    :param options: the options that choose it.
    :param app: whether it is an application. Then only ``send`` runs, whose sends no history has.
    """

    def __init__(self, options: Sequence[str], *, app: bool = False) -> None:
        self._options = options
        self._app = app
        self._lines: dict[str, str] = {}
        """The command line of each send that no history has, by its id."""

    @property
    def can_change(self) -> bool:
        """Whether signals can be connected and muted."""
        return not self._app

    def run(self, line: str) -> CommandOutcome:
        """Run a command line, without or with the program's name before it, and wait for its end."""
        try:
            words = shlex.split(line)
        except ValueError as error:
            return CommandOutcome(phrase("That is no command line: {error}.", error=error))
        words = words[1:] if words[:1] == [PROGRAM] else words
        if not words:
            return CommandOutcome("")
        if words[0] not in (IN_APPLICATION if self._app else IN_SESSION):
            return CommandOutcome(phrase("'{word}' can't be run here.", word=words[0]))
        return self._run(words, line)

    def again(self, record: Record) -> CommandOutcome:
        """Send again what was sent."""
        if record.id in self._lines:
            return self.run(self._lines[record.id])
        return self._run(["replay", record.id], "")

    def _run(self, words: Sequence[str], line: str) -> CommandOutcome:
        began = now()
        completed = subprocess.run(
            [
                *(sys.executable, "-c", _START, *self._options, *words),
                *(["--json"] if self._app else []),
            ],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env={**os.environ, "NO_COLOR": "1", LANGUAGE_VARIABLE: current_language()},
        )
        sentence = _first_sentence(completed.stderr)
        if not self._app:
            return CommandOutcome(sentence)
        record = _record(completed.stdout, began)
        if record is None:
            return CommandOutcome(sentence)
        self._lines[record.id] = line
        return CommandOutcome(sentence, (record,))


def _first_sentence(text: str) -> str:
    """Return the error of a command, or else the first note."""
    lines = [line for line in text.splitlines() if line]
    errors = (line for line in lines if line.startswith(localized(phrase("Error: "))))
    return next(errors, next(iter(lines), ""))


def _record(text: str, began: str) -> Record | None:
    """Return the record of a send from its JSON; ``None`` if nothing was sent."""
    try:
        return record_of(Delivery.from_json(from_json(text)), began)
    except (KeyError, TypeError, ValueError, InvalidJSON):
        return None
