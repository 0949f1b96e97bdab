"""Keep the session as it was before each of the last changes, to undo and redo them.

The directory beside the session's file has, for each change, its command line in ``NUMBER.command``, and
the session before it in ``NUMBER.undo``; once the change is undone, the session after it in
``NUMBER.redo``. Only the holder of the session's lock changes these files. A killed process may leave a
snapshot that equals the session; undo and redo pass over it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from signalcli.files import replace
from signalcli.language.phrases import phrase
from signalcli.session.document import format_session
from signalcli.values.session import Session

UNKNOWN = phrase("a change")
LIMIT = 50
"""changes that can be undone; the oldest are deleted."""


class Snapshots(NamedTuple):
    """The snapshots of a session. Methods raise OSError if the files can't be used."""

    target: str
    """The session's file, symbolic links resolved."""

    @property
    def directory(self) -> str:
        return f"{self.target}.undo"

    def path(self, number: int, kind: str) -> str:
        """Return the file of a change: of its ``"undo"``, its ``"redo"`` or its ``"command"``."""
        return os.path.join(self.directory, f"{number}.{kind}")

    def add(self, command_line: str) -> None:
        """Keep the session as it is, before a change. What was undone can't be redone any more."""
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        undone, redone = self.numbers("undo"), self.numbers("redo")
        number = max((*undone, *redone), default=0) + 1
        with open(self.path(number, "command"), "wb") as file:
            file.write(command_line.encode("utf-8", "surrogateescape"))
        self.keep(number, "undo")
        for old in redone:
            self.delete(old, "redo")
        for old in undone[: max(len(undone) + 1 - LIMIT, 0)]:
            self.delete(old, "undo")

    def keep(self, number: int, kind: str) -> None:
        """Keep the session as it is, as a hard link where the file system has them."""
        path = self.path(number, kind)
        with suppress(FileNotFoundError):
            os.unlink(path)
        if not os.path.exists(self.target):
            return replace(path, format_session(Session({})).encode())
        try:
            os.link(self.target, path)
        except OSError:
            with open(self.target, "rb") as file:
                replace(path, file.read())

    def numbers(self, kind: str) -> list[int]:
        """Return the numbers of the changes that have a snapshot, oldest first."""
        return sorted(number for number, found in self._files() if found == kind)

    def command_line(self, number: int) -> str:
        """Return the command line of a change, or words for it if it was lost."""
        try:
            with open(self.path(number, "command"), "rb") as file:
                return file.read().decode("utf-8", "surrogateescape") or UNKNOWN
        except FileNotFoundError:
            return UNKNOWN

    def delete(self, number: int, kind: str) -> None:
        """Delete a snapshot, and the command line if no other snapshot needs it."""
        os.unlink(self.path(number, kind))
        if all(other != number or found == "command" for other, found in self._files()):
            with suppress(FileNotFoundError):
                os.unlink(self.path(number, "command"))

    def clear(self) -> None:
        """Delete all snapshots and the directory, if it has nothing else."""
        for number, kind in self._files():
            os.unlink(self.path(number, kind))
        with suppress(OSError):  # there is none, or it has files of the user
            os.rmdir(self.directory)

    def rename_to(self, new: Snapshots) -> None:
        """Rename the directory. Snapshots left over at the new name are deleted."""
        new.clear()
        with suppress(FileNotFoundError):
            os.rename(self.directory, new.directory)

    def _files(self) -> Iterator[tuple[int, str]]:
        try:
            names = os.listdir(self.directory)
        except FileNotFoundError:
            return
        for name in names:
            number, _, kind = name.partition(".")
            if number.isdecimal() and kind in ("undo", "redo", "command"):
                yield int(number), kind
