"""A session's file: the only code that touches it. :mod:`signalcli.document` says what is in it."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

from signalcli.document import NewerVersion, WrongShape, format_session, parse_session
from signalcli.errors import InvalidJSON, LockTimeout, SessionError, UnknownName, UsageError
from signalcli.model import Change, Session, SessionEntry, SessionList, differ
from signalcli.text import from_json, name_text, path_from

LARGEST = 32 * 2**20
"""bytes: a larger file is neither read nor written."""
LOCK_SECONDS = 10.0
"""How long a change waits for another to end."""

Result = TypeVar("Result")


class SessionFile(NamedTuple):
    """Where a session is saved."""

    label: str
    """How a person calls it: its name, or the path they gave."""
    path: Path

    @property
    def place(self) -> str:
        """How errors call it."""
        return f"session '{self.label}'"

    @property
    def target(self) -> Path:
        """The file itself, where ``path`` is a symbolic link to it. Lock and journal stand beside."""
        return Path(os.path.realpath(self.path))  # Path.resolve raises RuntimeError on a loop

    def read(self) -> Session:
        """The session, empty if there is no file.

        A reader needs no lock: the file is only ever replaced as a whole.

        :raises SessionError: if it can't be read or understood.
        """
        try:
            mode, size = self._mode_and_size()
            if not stat.S_ISREG(mode):
                what = "a directory" if stat.S_ISDIR(mode) else "not a regular file"
                raise self._error(f"is {what}")
            if size > LARGEST:
                raise self._error(f"is larger than {LARGEST >> 20} MiB, the most that is read")
            content = self.path.read_bytes()
        except FileNotFoundError:
            return Session({})
        except OSError as error:
            raise self._error(f"can't be read: {_reason(error)}") from error
        return self._parsed(content)

    def change(
        self, operation: Callable[[Session], tuple[Session, Result]], wait: float = LOCK_SECONDS
    ) -> Result:
        """Read, change and write the session, while other changes wait.

        The file is written only if the session became another one, and then replaced as a whole:
        whatever happens, it holds the old session or the new one.

        :param operation: gives the session as it should become, and what to return.
        :param wait: how long to wait for another change to end, in seconds.
        :raises SessionError: if it can't be read, understood or written.
        """
        with self._locked(wait):
            before = self.read()
            after, result = operation(before)
            if differ(before, after):
                self._write(after)
        return result

    def copy_to(self, target: SessionFile) -> Change:
        """Let another file hold the same session.

        :raises SessionError: if one of them can't be read, or the target can't be written.
        """
        session = self.read()

        def copied(before: Session) -> tuple[Session, Change]:
            return session, Change(
                differ(before, session), (f"Copied {self.place} to {target.place}.",)
            )

        return target.change(copied)

    def delete(self, wait: float = LOCK_SECONDS) -> Change:
        """Remove the file, while no change is under way.

        :raises SessionError: if it can't be removed.
        """
        with self._locked(wait):
            try:
                self.path.unlink()
            except OSError as error:
                raise self._error(f"can't be removed: {_reason(error)}") from error
        return Change(True, (f"Deleted {self.place}.",))

    @contextmanager
    def _locked(self, wait: float) -> Iterator[None]:
        from filelock import FileLock, Timeout

        target = self.target
        lock_path = beside(target, ".lock")
        lock = FileLock(lock_path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=wait, poll_interval=0.01)
        except Timeout:
            raise LockTimeout(
                f"Process {os.getpid()} waited {wait:g} s for {self.place} ({target}), which "
                f"another process is changing and has locked with {lock_path}. "
                f"Try again when that one has ended."
            ) from None
        except OSError as error:
            raise self._error(f"can't be locked for a change: {_reason(error)}") from error
        try:
            yield
        finally:
            lock.release()

    def _write(self, session: Session) -> None:
        content = format_session(session).encode()
        if len(content) > LARGEST:
            raise self._error(
                f"would become larger than {LARGEST >> 20} MiB, the most that is read"
            )
        try:
            _replace(self.target, content)
        except OSError as error:
            raise self._error(f"can't be written: {_reason(error)}") from error

    def _mode_and_size(self) -> tuple[int, int]:
        status = self.path.stat()
        return status.st_mode, status.st_size

    def _parsed(self, content: bytes) -> Session:
        try:
            return parse_session(from_json(content.decode()))
        except UnicodeDecodeError as error:
            raise self._unusable(f"is not UTF-8 text: byte {error.start + 1}") from None
        except InvalidJSON as error:
            if not content.strip():
                raise self._unusable("is empty") from None
            place = ""
            if error.line_and_column is not None:
                place = " at line {}, column {}".format(*error.line_and_column)
            raise self._unusable(f"is not JSON: {error.reason}{place}") from None
        except NewerVersion as error:
            raise self._error(str(error)) from None
        except WrongShape as error:
            raise self._unusable(f"is not a session: {error}") from None

    def _unusable(self, what: str) -> SessionError:
        return self._error(
            f"{what}. Mend it by hand, or give it up: "
            f"signalcli session delete {shlex.quote(self.label)}",
            end="",
        )

    def _error(self, what: str, end: str = ".") -> SessionError:
        return SessionError(f"The file of {self.place}, {self.path}, {what}{end}")


def locate(choice: str, directory: Path) -> SessionFile:
    """The file of a session that was chosen by name or path.

    :param choice: a name, or a path: anything with a path separator or that ends in ``.json``.
    :param directory: where the named sessions are.
    :raises UsageError: if it is empty.
    """
    if not choice:
        raise UsageError("A session needs a name. For example: signalcli --session monkey list")
    as_path = path_from(choice)
    if os.sep in choice or choice.endswith(".json"):
        return SessionFile(choice, as_path)
    return SessionFile(choice, directory / f"{as_path}.json")


def saved_sessions(directory: Path) -> list[SessionFile]:
    """The named sessions, by name."""
    files = sorted(directory.glob("*.json"))
    return [SessionFile(name_text(file).removesuffix(".json"), file) for file in files]


def list_sessions(directory: Path, current: SessionFile) -> SessionList:
    """The named sessions, with their sizes and which one is in use."""
    return SessionList(
        tuple(
            SessionEntry(
                session=file.label,
                path=str(file.path),
                bytes=file.path.stat().st_size,
                current=file.path == current.path,
            )
            for file in saved_sessions(directory)
        )
    )


def check_exists(file: SessionFile, directory: Path) -> None:
    """Make sure that a session was saved.

    :raises UnknownName: if it wasn't; with the closest of the named sessions.
    """
    if not os.path.lexists(file.path):
        known = [saved.label for saved in saved_sessions(directory)]
        remedy = "See them all: signalcli session list"
        raise UnknownName("session", file.label, known, remedy=remedy)


def beside(file: Path, suffix: str) -> Path:
    """The file of the same name with another ending, such as the lock of a session."""
    return file.with_name(file.name.removesuffix(".json") + suffix)


def _reason(error: OSError) -> str:
    """What the system says, without the file that the sentence names already."""
    return error.strerror or str(error)


def _replace(target: Path, content: bytes) -> None:
    """Put ``content`` in the place of a file, whole or not at all, and keep its mode.

    The one who holds the lock is the only writer, so the file beside has a fixed name: what a
    killed process left behind is overwritten by the next.
    """
    temporary = beside(target, ".json.tmp")
    try:
        mode = stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        mode = None
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(temporary, flags, 0o666), "wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_directory(target.parent)


def _sync_directory(directory: Path) -> None:
    """Make a rename outlast a power failure."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
