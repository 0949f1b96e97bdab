"""Remember which lessons the user has finished, and which exercises are solved."""

from __future__ import annotations

import json
import os
from typing import Any

from signalcli.errors import SessionError
from signalcli.files import LockedByAnother, locked, reason_of, replace
from signalcli.language.phrases import phrase
from signalcli.text import field, typed_text

FILE = "tour.json"
VERSION = 1
FINISHED, SOLVED = "finished", "solved"
LARGEST = 2**20
"""bytes. A larger file isn't read."""


class Progress:
    """The file with the ids of finished lessons and of solved exercises. It is never replaced if it can't be understood.

    :param directory: the user's application directory.
    """

    def __init__(self, directory: str) -> None:
        self._path = os.path.join(directory, FILE)

    def finished(self) -> tuple[str, ...]:
        """Return the ids of the finished lessons, in the order in which they were finished.

        :raises SessionError: if the file can't be read or understood.
        """
        return self._read()[FINISHED]

    def solved(self) -> tuple[str, ...]:
        """Return the ids of the lessons whose exercises are solved. See :meth:`finished`."""
        return self._read()[SOLVED]

    def finish(self, lesson: str) -> None:
        """Remember that a lesson is finished.

        :raises SessionError: if the file can't be read, understood or written.
        """
        self._add(FINISHED, lesson)

    def solve(self, lesson: str) -> None:
        """Remember that the exercise of a lesson is solved. See :meth:`finish`."""
        self._add(SOLVED, lesson)

    def _add(self, key: str, lesson: str) -> None:
        if lesson in self._read()[key]:
            return
        target = os.path.realpath(self._path)
        try:
            with locked(target):
                document = self._read()
                document[key] += (lesson,)
                content = json.dumps({"version": VERSION, **document})
                replace(target, content.encode() + b"\n")
        except LockedByAnother:
            raise self._error(phrase("can't be written: another process is changing it")) from None
        except OSError as error:
            raise self._error(
                phrase("can't be written: {reason}", reason=reason_of(error))
            ) from error

    def _read(self) -> dict[str, tuple[str, ...]]:
        try:
            with open(self._path, "rb") as file:
                content = file.read(LARGEST + 1)
        except FileNotFoundError:
            return {FINISHED: (), SOLVED: ()}
        except OSError as error:
            raise self._error(phrase("can't be read: {reason}", reason=reason_of(error))) from error
        try:
            document: Any = json.loads(content)
            if document["version"] != VERSION:
                raise ValueError
            lists = {key: field(document, key, list, default=[]) for key in (FINISHED, SOLVED)}
            return {key: tuple(map(str, ids)) for key, ids in lists.items()}
        except (ValueError, KeyError, TypeError, RecursionError):
            what = phrase("isn't one that this version can read. Correct or delete it")
            raise self._error(what) from None

    def _error(self, what: str) -> SessionError:
        path = typed_text(self._path)
        return SessionError("The file of finished lessons {path} {what}.", path=path, what=what)
