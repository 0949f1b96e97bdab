"""The journal of past sends and changes: append, read backwards, follow. The file has one JSON object per line.

Any number of processes append, read and follow at the same time without waiting. A line is appended
by a single write, which the system keeps apart from other writes. The next append ends a line that a
full disk or a kill cut short, so that no other line is damaged.

A file that becomes too large is renamed and replaces the file that was renamed before it. Readers read
these two. A process that has a renamed file open goes on with it, so a rotation loses only the lines
of the replaced file.
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
from signalcli.language.phrases import phrase
from signalcli.text import from_json, to_json

DEFAULT_LIMIT = 10_000_000
"""bytes. A larger file is rotated."""
CHANGES = "changes"
"""The key that only the entries of changes have."""
BLOCK = 64 * 2**10
"""bytes read at once."""


class JournalError(OSError):
    """The journal can't be read or written, for a ``reason`` of a few words."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(reason)
        self.path = path


class UnreadableLine(NamedTuple):
    """A line that isn't a JSON object in UTF-8."""

    path: str
    """The file of the line."""
    torn: bool
    """Whether it is the end of the file without a newline: cut short, or still being written."""


Entry: TypeAlias = "dict[str, Any] | UnreadableLine"


class Journal(NamedTuple):
    """The files that hold the past sends and the changes of a session.

    Methods, and the iterators that they return, raise JournalError if a file can't be used.
    """

    path: str
    """The file to append to."""
    target: str
    """The session's file, symbolic links resolved. A rotation takes its lock."""

    @property
    def rotated_path(self) -> str:
        """The file with the entries before those in ``path``."""
        return f"{self.path.removesuffix('.jsonl')}.1.jsonl"

    def append(self, document: dict[str, Any], limit: int = DEFAULT_LIMIT) -> None:
        """Append an entry, and rotate the file if it becomes too large.

        This waits for no lock: while another process holds the session's lock, the file stays too
        large until a later append. A process that holds the lock can append, but not rotate.

        :param limit: the size that the file may reach, in bytes.
        :raises JournalError: if the entry wasn't written whole; or if it was, but the file can't be
            rotated, as the text then says.
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
        """Yield the sends and what can't be read, newest first. Blocks are read only when needed."""
        files = self._open_to_read()
        try:
            for file in reversed(files.values()):
                for number, line in enumerate(file.lines_backwards()):
                    if line.strip():
                        entry = _parsed(line, file.path, ended=number > 0)
                        if not is_change(entry):
                            yield entry
        finally:
            for file in files.values():
                file.close()

    @property
    def is_empty(self) -> bool:
        """Whether there is no send, and no line that can't be read."""
        return next(self.backwards(), None) is None

    def follow(self, poll: float = 0.05) -> Generator[Entry | None, None, None]:
        """Return an endless iterator of the entries that are added after this call.

        When there is nothing new, it waits for ``poll`` and yields ``None``, so that the caller can
        stop. A line counts once it is complete. A rotated file is followed to its end. After a file
        was deleted, or truncated and not refilled within ``poll``, its successor is followed from
        the start.

        :param poll: how long to wait, in seconds.
        """
        following = self._following(poll)
        next(following)
        return following

    def delete(self) -> None:
        """Delete both files, if they exist."""
        # in this order, which also catches a rotation in between
        for path in (self.path, self.rotated_path):
            with _as_journal_error(path), suppress(FileNotFoundError):
                os.unlink(path)

    def rename_to(self, new: Journal) -> None:
        """Rename both files, if they exist."""
        for path, new_path in ((self.path, new.path), (self.rotated_path, new.rotated_path)):
            with _as_journal_error(path), suppress(FileNotFoundError):
                os.rename(path, new_path)

    def _line(self, document: dict[str, Any]) -> bytes:
        try:
            return f"{to_json(document)}\n".encode()
        except RecursionError:
            raise JournalError(self.path, phrase("the entry is nested too deeply")) from None
        except (TypeError, ValueError) as error:
            raise JournalError(
                self.path, phrase("the entry is not JSON: {reason}", reason=error)
            ) from error

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
                if os.stat(self.path).st_size > limit:  # no other process has rotated it
                    os.replace(self.path, self.rotated_path)
        except (LockedByAnother, FileNotFoundError):  # a later append tries again
            return
        except OSError as error:
            reason = phrase(
                "the entry was written, but the journal can't be rotated: {reason}",
                reason=reason_of(error),
            )
            raise JournalError(self.path, reason) from error

    def _open_to_read(self) -> dict[_Identity, _OpenFile]:
        """Open the existing files, and return them older first.

        A rotation may happen in between. Because the newer file is opened first, it is then found
        twice, and counts once; in the other order it would be missed.
        """
        files: dict[_Identity, _OpenFile] = {}
        try:
            for path in (self.path, self.rotated_path):
                with _as_journal_error(path), suppress(FileNotFoundError):
                    file = _OpenFile(path)
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
        """Yield what :meth:`follow` returns, after a first item that marks the start."""
        files = self._open_to_read()
        try:
            for file in files.values():
                file.skip_to_end()
            yield None
            while True:
                gone = self._open_new(files)
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

    def _open_new(self, files: dict[_Identity, _OpenFile]) -> list[_Identity]:
        """Open new files, and return the identities of those that no longer exist.

        A rotated file stays open, because another process may still write to it.
        """
        there = self._open_to_read()
        for identity, file in there.items():
            if identity in files:
                files[identity].path = file.path
                file.close()
            else:
                files[identity] = file
        return [identity for identity in files if identity not in there]


def is_change(entry: Entry) -> bool:
    """Return whether an entry is of :mod:`signalcli.session.changes`, and not of a send."""
    return isinstance(entry, dict) and CHANGES in entry


def now() -> str:
    """Return the present time: ISO 8601 with offset, in milliseconds."""
    seconds = time.time()
    zone = time.strftime("%z", time.localtime(seconds))
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(seconds))
    return f"{moment}.{int(seconds * 1000) % 1000:03d}{zone[:3]}:{zone[3:5]}"


def journal_of(target: str) -> Journal:
    """Return the journal beside a session's file, whose path has no symbolic links."""
    return Journal(f"{target.removesuffix('.json')}.history.jsonl", target)


_Identity: TypeAlias = tuple[int, int]
"""Device and inode, which a file keeps when it is renamed."""


class _OpenFile:
    """A file of the journal, open for reading."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.descriptor, status = _open(path, os.O_RDONLY)
        self.identity: _Identity = (status.st_dev, status.st_ino)
        self.size = status.st_size
        self.position = 0
        self.pieces: list[bytes] = []
        """The parts of the incomplete line before ``position``."""
        self.old = b""
        """The part of that line that existed when following began."""

    def close(self) -> None:
        os.close(self.descriptor)

    def lines_backwards(self) -> Iterator[bytes]:
        """Yield the text after the last newline, often empty, and then the lines, last first."""
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
        """Skip the present content, so that only later lines are new."""
        self.position = self.size
        self.old = next(self.lines_backwards())
        self.pieces = [self.old]

    def new_lines(self) -> Iterator[bytes]:
        """Yield the lines completed since the last call."""
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
    """Open a regular file, without blocking on another kind of file.

    Symbolic links are refused: one next to a foreign session could lead to any file of the user.

    :raises JournalError: if it isn't a regular file.
    :raises OSError: if it can't be opened.
    """
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW, 0o666)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise JournalError(path, phrase("is not a regular file"))
    return descriptor, status


def _append_line(descriptor: int, size: int, line: bytes) -> int:
    """Append a line by a single write, after ending a line that was cut short.

    Another process may be killed in the middle of its line between the check and the write. That
    damages this line too, so it is written again.

    :param size: the size of the file a moment ago, in bytes.
    :return: the size of the file now.
    :raises OSError: if the line can't be written whole.
    """
    end = _write(descriptor, line if _begins_line(descriptor, size) else b"\n" + line)
    if not _begins_line(descriptor, end - len(line)):
        end = _write(descriptor, line)
    return end


def _begins_line(descriptor: int, position: int) -> bool:
    return position == 0 or os.pread(descriptor, 1, position - 1) == b"\n"


def _write(descriptor: int, content: bytes) -> int:
    """Write to the end of a file, and return its new size."""
    written = os.write(descriptor, content)
    if written < len(content):
        raise OSError(
            phrase("only {written} of {n} bytes could be written", written=written, n=len(content))
        )
    return os.lseek(descriptor, 0, os.SEEK_CUR)


def _parsed(line: bytes, path: str, ended: bool = True) -> Entry:
    try:
        document = from_json(line.decode())
    except (UnicodeDecodeError, InvalidJSON):
        document = None
    return document if isinstance(document, dict) else UnreadableLine(path, torn=not ended)


@contextmanager
def _as_journal_error(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise JournalError(path, reason_of(error)) from error
