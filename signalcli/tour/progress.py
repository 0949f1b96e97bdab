"""Remember which lessons the user has finished."""

from __future__ import annotations

import json
import os
from typing import Any

from signalcli.errors import SessionError
from signalcli.files import LockedByAnother, locked, reason_of, replace
from signalcli.text import typed_text

FILE = "tour.json"
LARGEST = 2**20
"""bytes. A larger file isn't read."""


class Progress:
    """The file with the ids of finished lessons. It is never replaced if it can't be understood.

    :param directory: the user's application directory.
    """

    def __init__(self, directory: str) -> None:
        self._path = os.path.join(directory, FILE)

    def finished(self) -> tuple[str, ...]:
        """Return the ids of the finished lessons, in the order in which they were finished.

        :raises SessionError: if the file can't be read or understood.
        """
        try:
            with open(self._path, "rb") as file:
                content = file.read(LARGEST + 1)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._error(f"can't be read: {reason_of(error)}") from error
        try:
            document: Any = json.loads(content)
            if document["version"] != 1 or not isinstance(document["finished"], list):
                raise ValueError
        except (ValueError, KeyError, TypeError, RecursionError):
            remedy = "Correct or delete it"
            raise self._error(f"isn't one that this version can read. {remedy}") from None
        return tuple(id for id in document["finished"] if isinstance(id, str))

    def finish(self, lesson: str) -> None:
        """Remember that a lesson is finished.

        :raises SessionError: if the file can't be read, understood or written.
        """
        if lesson in self.finished():
            return
        target = os.path.realpath(self._path)
        try:
            with locked(target):
                finished = [*self.finished(), lesson]
                replace(target, json.dumps({"version": 1, "finished": finished}).encode() + b"\n")
        except LockedByAnother:
            raise self._error("can't be written: another process is changing it") from None
        except OSError as error:
            raise self._error(f"can't be written: {reason_of(error)}") from error

    def _error(self, what: str) -> SessionError:
        return SessionError(f"The file of finished lessons {typed_text(self._path)} {what}.")
