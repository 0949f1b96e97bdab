"""The past sends of a session, one JSON object a line: the file they are kept in, as bytes.

Any number of processes append, read and follow at the same time, and none waits for another. A line
is appended by a single write, which the system keeps apart from all others. One that was cut short,
by a full disk or by a kill, is ended by the next append, so that it spoils no line but itself.

A file that became too large is renamed, in the place of the one that was renamed before: these two
are what there is to read. Who has it open goes on with it, so a rotation loses no line but the ones
in the file it replaces.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple, TypeAlias

from signalcli.errors import InvalidJSON
from signalcli.files import LockedByAnother, locked, reason_of
from signalcli.text import from_json, to_json

DEFAULT_LIMIT = 10_000_000
"""bytes: a file that became larger is rotated."""
BLOCK = 64 * 2**10
"""bytes: how much is read at once."""


class JournalError(Exception):
    """The journal can't be read or written.

    :param path: the file that is the trouble.
    :param reason: what is wrong, in a few words; it is the text of the error.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(reason)
        self.path = path


class Unreadable(NamedTuple):
    """A line that isn't a JSON object in UTF-8."""

    path: str
    """The file that it stands in."""
    torn: bool
    """Whether it is the end of the file and its newline is missing: it was cut short, or is still
    being written."""


Entry: TypeAlias = "dict[str, Any] | Unreadable"


class Journal(NamedTuple):
    """Where the past sends of a session are kept."""

    path: str
    """The file that is appended to."""
    target: str
    """The session's file, any symbolic link resolved. Its lock is the one that a rotation takes."""

    @property
    def rotated_path(self) -> str:
        """The file with the entries before those in ``path``."""
        return f"{self.path.removesuffix('.jsonl')}.1.jsonl"

    def append(self, document: dict[str, Any], limit: int = DEFAULT_LIMIT) -> None:
        """Add an entry. The file is made if there is none, and rotated if it becomes too large.

        It waits for nobody: while another process holds the session's lock, the file stays too
        large until a later append. Whoever holds that lock can append too, but not rotate.

        :param limit: how large the file may become, in bytes.
        :raises JournalError: if the entry wasn't written whole, or if it was and the file can't be
            rotated, which the text then says.
        """
        line = self._line(document)
        with _as_journal_error(self.path):
            descriptor, status = self._open_to_append()
            try:
                size = _append_line(descriptor, status.st_size, line)
            finally:
                os.close(descriptor)
        if size > limit:
            self._rotate(limit)

    def backwards(self) -> Iterator[Entry]:
        """The entries there are, newest first, read only as far as they are asked for.

        :raises JournalError: at the first entry or later, if a file can't be read.
        """
        files = self._open_to_read()
        try:
            for file in reversed(files.values()):
                for number, line in enumerate(file.lines_backwards()):
                    if line.strip():
                        yield _parsed(line, file.path, ended=number > 0)
        finally:
            for file in files.values():
                file.close()

    def follow(self, poll: float = 0.05) -> Generator[Entry | None, None, None]:
        """The entries that are added from now on, from this call and not from the first ``next``.

        It never ends. Whenever there is nothing new it waits a little and yields ``None``, so that
        the caller can stop. A line is new once it is complete. Rotated files are followed to their
        end; a file that was deleted, or cut and not filled again within ``poll``, is followed from
        the start of what is there then.

        :param poll: how long it waits, in seconds.
        :raises JournalError: here or at an entry, if a file can't be read.
        """
        following = self._following(poll)
        next(following)
        return following

    def delete(self) -> None:
        """Remove both files, if they are there.

        :raises JournalError: if one can't be removed.
        """
        for path in (self.path, self.rotated_path):  # what a rotation moves meanwhile goes as well
            with _as_journal_error(path), suppress(FileNotFoundError):
                os.unlink(path)

    def _line(self, document: dict[str, Any]) -> bytes:
        try:
            return f"{to_json(document)}\n".encode()
        except RecursionError:
            raise JournalError(self.path, "the entry is nested too deeply") from None
        except (TypeError, ValueError) as error:
            raise JournalError(self.path, f"the entry is not JSON: {error}") from error

    def _open_to_append(self) -> tuple[int, os.stat_result]:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
        try:
            return _open(self.path, flags)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            return _open(self.path, flags)

    def _rotate(self, limit: int) -> None:
        try:
            with locked(self.target, wait=0):
                if os.stat(self.path).st_size > limit:  # nobody else rotated it meanwhile
                    os.replace(self.path, self.rotated_path)
        except (LockedByAnother, FileNotFoundError):  # the next append tries again, if need be
            return
        except OSError as error:
            raise JournalError(
                self.path,
                f"the entry was written, but the journal can't be rotated: {reason_of(error)}",
            ) from error

    def _open_to_read(self) -> dict[_Identity, _File]:
        """The files there are, older first.

        A rotation may happen in between. As the newer one is opened first, it is then found twice,
        and counts once; the other way round, it would be missed.
        """
        files: dict[_Identity, _File] = {}
        try:
            for path in (self.path, self.rotated_path):
                with _as_journal_error(path), suppress(FileNotFoundError):
                    file = _File(path)
                    if file.identity in files:
                        file.close()
                    else:
                        files[file.identity] = file
        except JournalError:
            for file in files.values():
                file.close()
            raise
        return dict(reversed(files.items()))

    def _following(self, poll: float) -> Generator[Entry | None, None, None]:
        """What :meth:`follow` gives, after a first item by which its start is settled."""
        files = self._open_to_read()
        try:
            for file in files.values():
                file.skip_to_end()
            yield None
            while True:
                gone = self._look_again(files)
                found = False
                for file in files.values():
                    for line in file.new_lines():
                        yield _parsed(line, file.path)
                        found = True
                for identity in gone:
                    files.pop(identity).close()
                if not found:
                    time.sleep(poll)
                    yield None
        finally:
            for file in files.values():
                file.close()

    def _look_again(self, files: dict[_Identity, _File]) -> list[_Identity]:
        """Open the files that are new.

        A file that was rotated stays open: there may still be someone about to write to it.

        :return: those that are no longer there.
        """
        there = self._open_to_read()
        for identity, file in there.items():
            if identity in files:
                files[identity].path = file.path
                file.close()
            else:
                files[identity] = file
        return [identity for identity in files if identity not in there]


def journal_of(target: str) -> Journal:
    """The journal of a session, which stands beside it.

    :param target: the session's file, any symbolic link resolved.
    """
    return Journal(f"{target.removesuffix('.json')}.history.jsonl", target)


_Identity: TypeAlias = tuple[int, int]
"""What a file keeps when it is renamed."""


class _File:
    """A file of the journal, open to be read."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.descriptor, status = _open(path, os.O_RDONLY)
        self.identity: _Identity = (status.st_dev, status.st_ino)
        self.size = status.st_size
        self.position = 0
        self.pieces: list[bytes] = []
        """Of the line before ``position``, which isn't complete yet."""
        self.old = b""
        """What there was of that line when following began."""

    def close(self) -> None:
        os.close(self.descriptor)

    def lines_backwards(self) -> Iterator[bytes]:
        """What follows the last newline, often nothing, and then the lines before, last first."""
        pieces: list[bytes] = []
        position = self.size
        while position > 0:
            start = max(position - BLOCK, 0)
            *lines, piece = self._read(position - start, start).split(b"\n")
            position = start
            pieces.append(piece)
            while lines:
                yield b"".join(reversed(pieces))
                pieces = [lines.pop()]
        yield b"".join(reversed(pieces))

    def skip_to_end(self) -> None:
        """Let only what comes after the present end be new."""
        self.position = self.size
        self.old = next(self.lines_backwards())
        self.pieces = [self.old]

    def new_lines(self) -> Iterator[bytes]:
        """The lines that were completed since the last time."""
        if os.fstat(self.descriptor).st_size < self.position:
            self.position, self.pieces, self.old = 0, [], b""
        while block := self._read(BLOCK, self.position):
            self.position += len(block)
            piece, *pieces = block.split(b"\n")
            self.pieces.append(piece)
            for piece in pieces:
                line = b"".join(self.pieces)
                if line.strip() and line != self.old:
                    yield line
                self.pieces, self.old = [piece], b""

    def _read(self, size: int, position: int) -> bytes:
        with _as_journal_error(self.path):
            return os.pread(self.descriptor, size, position)


def _open(path: str, flags: int) -> tuple[int, os.stat_result]:
    """Open a regular file, and don't wait at what isn't one.

    A link isn't followed: one beside somebody else's session could lead to any file of this person.

    :raises JournalError: if it isn't.
    :raises OSError: if it can't be opened.
    """
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW, 0o666)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise JournalError(path, "is not a regular file")
    return descriptor, status


def _append_line(descriptor: int, size: int, line: bytes) -> int:
    """Write a line by a single write, and end the line before it if that one was torn.

    A process may be killed in the middle of its line after we looked at the end, and before we
    write there. Then our line was spoiled as well, and is written once more.

    :param size: how large the file was a moment ago, in bytes.
    :return: how large it is now.
    :raises OSError: if the line can't be written whole.
    """
    end = _write(descriptor, line if _begins_line(descriptor, size) else b"\n" + line)
    if not _begins_line(descriptor, end - len(line)):
        end = _write(descriptor, line)
    return end


def _begins_line(descriptor: int, position: int) -> bool:
    return position == 0 or os.pread(descriptor, 1, position - 1) == b"\n"


def _write(descriptor: int, content: bytes) -> int:
    """Write to the end of a file, and return where it is then."""
    written = os.write(descriptor, content)
    if written < len(content):
        raise OSError(f"only {written} of {len(content)} bytes could be written")
    return os.lseek(descriptor, 0, os.SEEK_CUR)


def _parsed(line: bytes, path: str, ended: bool = True) -> Entry:
    try:
        document = from_json(line.decode())
    except (UnicodeDecodeError, InvalidJSON):
        document = None
    return document if isinstance(document, dict) else Unreadable(path, torn=not ended)


@contextmanager
def _as_journal_error(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise JournalError(path, reason_of(error)) from error
