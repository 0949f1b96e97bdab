"""A session's file: the only code that touches it. :mod:`signalcli.session.document` says what is in it."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from signalcli.errors import InvalidJSON, LockTimeout, SessionError, UnknownName, UsageError
from signalcli.files import LOCK_SECONDS, LockedByAnother, lock_path, locked, reason_of, replace
from signalcli.session.document import NewerVersion, WrongShape, format_session, parse_session
from signalcli.text import from_json, path_from, typed_text
from signalcli.values.delivery import Session, differ

if TYPE_CHECKING:
    from signalcli.values.change import Change
    from signalcli.values.inspection import SessionList

LARGEST = 32 * 2**20
"""bytes: a larger file is neither read nor written."""
Result = TypeVar("Result")


class SessionFile(NamedTuple):
    """Where a session is saved."""

    label: str
    """How a person calls it: its name, or the path they gave."""
    path: str

    @property
    def place(self) -> str:
        """How errors call it."""
        return f"session '{self.label}'"

    @property
    def target(self) -> str:
        """The file itself, where ``path`` is a symbolic link to it. Lock and journal stand beside."""
        try:
            return os.path.realpath(self.path)
        except FileNotFoundError as error:  # there is no current directory any more
            raise self._error(f"can't be found: {reason_of(error)}") from error

    def read(self) -> Session:
        """The session, empty if there is no file.

        A reader needs no lock: the file is only ever replaced as a whole.

        :raises SessionError: if it can't be read or understood.
        """
        if not self._is_there():
            return Session({})
        try:
            with open(self.path, "rb") as file:
                return self._parsed(file.read())
        except OSError as error:
            raise self._error(f"can't be read: {reason_of(error)}") from error

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
        self._is_there()  # no lock beside what will never be a session
        with self._locked(wait):
            before = self.read()
            after, result = operation(before)
            if differ(before, after):
                self._write(after)
        return result

    def copy_to(self, target: SessionFile) -> Change:
        """Let another file hold the same session.

        :raises UsageError: if it is the same file.
        :raises SessionError: if one of them can't be read, or the target can't be written.
        """
        if self.target == target.target:
            raise UsageError(f"{self.place} and {target.place} are the same file.")
        from signalcli.values.change import Change

        session = self.read()

        def copied(before: Session) -> tuple[Session, Change]:
            if not differ(before, session):
                return session, Change(False, (f"{target.place} is the same already.",))
            return session, Change(True, (f"Copied {self.place} to {target.place}.",))

        return target.change(copied)

    def delete(self, wait: float = LOCK_SECONDS) -> Change:
        """Remove the file and the history beside it, while no change is under way.

        Of a symbolic link, only the link goes: the session and its history are where it leads.

        :raises SessionError: if one can't be removed.
        """
        from signalcli.session.journal import JournalError, journal_of
        from signalcli.values.change import Change

        is_link = os.path.islink(self.path)
        with self._locked(wait):
            try:
                os.unlink(self.path)
                if not is_link:
                    journal_of(self.target).delete()
            except (OSError, JournalError) as error:
                reason = reason_of(error) if isinstance(error, OSError) else str(error)
                raise self._error(f"can't be removed: {reason}") from error
        return Change(True, (f"Deleted {self.place}.",))

    def replace_by(self, session: Session, label: str) -> Change:
        """Let the file hold another session; the history beside it stays.

        :param label: where that session comes from, for a sentence.
        :raises SessionError: if it can't be read or written.
        """
        from signalcli.values.change import Change

        def replaced(before: Session) -> tuple[Session, Change]:
            if not differ(before, session):
                return session, Change(False, (f"Nothing changed: {self.place} is that already.",))
            return session, Change(True, (f"Replaced {self.place} by {label}.",))

        return self.change(replaced)

    @contextmanager
    def _locked(self, wait: float) -> Iterator[None]:
        target = self.target
        with ExitStack() as held:
            try:
                held.enter_context(locked(target, wait))
            except LockedByAnother:
                raise LockTimeout(
                    f"Process {os.getpid()} waited {wait:g} s for {self.place} "
                    f"({typed_text(target)}), which another process is changing and has locked "
                    f"with {typed_text(lock_path(target))}. Try again when that one has ended."
                ) from None
            except OSError as error:
                raise self._error(f"can't be locked for a change: {reason_of(error)}") from error
            yield

    def _write(self, session: Session) -> None:
        content = format_session(session).encode()
        if len(content) > LARGEST:
            raise self._error(
                f"would become larger than {LARGEST >> 20} MiB, the most that is read"
            )
        try:
            replace(self.target, content)
        except OSError as error:
            raise self._error(f"can't be written: {reason_of(error)}") from error

    def _is_there(self) -> bool:
        """Whether there is a file; an error for what can't be a session's."""
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._error(f"can't be read: {reason_of(error)}") from error
        if not stat.S_ISREG(status.st_mode):
            what = "a directory" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            raise self._error(f"is {what}")
        if status.st_size > LARGEST:
            raise self._error(f"is larger than {LARGEST >> 20} MiB, the most that is read")
        return True

    def _parsed(self, content: bytes) -> Session:
        try:
            return _session_in(content)
        except NewerVersion as error:
            raise self._error(str(error), end="") from None
        except _Unusable as error:
            raise self._unusable(str(error)) from None

    def _unusable(self, what: str) -> SessionError:
        import shlex

        return self._error(
            f"{what}. Mend it by hand, or give it up: "
            f"signalcli session delete {shlex.quote(self.label)}",
            end="",
        )

    def _error(self, what: str, end: str = ".") -> SessionError:
        return SessionError(f"The file of {self.place}, {typed_text(self.path)}, {what}{end}")


class _Unusable(ValueError):
    """What isn't a session, with what is wrong as the end of a sentence."""


def _session_in(content: bytes) -> Session:
    """The session that is the content of a file.

    :raises NewerVersion: if a newer signalcli wrote it.
    :raises _Unusable: if it isn't a session.
    """
    try:
        return parse_session(from_json(content.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise _Unusable(f"is not UTF-8 text: byte {error.start + 1}") from None
    except InvalidJSON as error:
        if not content.strip():
            raise _Unusable("is empty") from None
        raise _Unusable(f"is not JSON: {error.reason}{error.place}") from None
    except WrongShape as error:
        raise _Unusable(f"is not a session: {error}") from None


def read_exported(name: str) -> Session:
    """The session in a file that isn't a session's own, or in standard input for ``-``.

    :raises SessionError: if it can't be read or understood.
    """
    what = "Standard input" if name == "-" else f"The file '{name}'"
    try:
        content = _content(name)
        if len(content) > LARGEST:
            raise _Unusable(f"is larger than {LARGEST >> 20} MiB, the most that is read")
        return _session_in(content)
    except OSError as error:
        raise SessionError(f"{what} can't be read: {reason_of(error)}.") from error
    except NewerVersion as error:
        raise SessionError(f"{what} {error}") from None
    except _Unusable as error:
        example = "signalcli export --format json > king.json"
        raise SessionError(f"{what} {error}. Export a session: {example}") from None


def _content(name: str) -> bytes:
    """What a file or standard input holds, as far as more of it makes a difference."""
    if name != "-":
        with open(path_from(name), "rb") as file:
            return file.read(LARGEST + 1)
    if sys.stdin is None:  # the process was started with it closed
        return b""
    return sys.stdin.buffer.read(LARGEST + 1)


def locate(choice: str, directory: str) -> SessionFile:
    """The file of a session that was chosen by name or path.

    :param choice: a name, or a path: anything with a path separator or that ends in ``.json``.
    :param directory: where the named sessions are.
    :raises UsageError: if it is empty, or names a directory.
    """
    if not choice:
        raise UsageError("A session needs a name. For example: signalcli --session monkey list")
    if choice.endswith(os.sep) or choice in (".", ".."):
        raise UsageError(f"A session is a file, and '{choice}' names a directory.")
    as_path = path_from(choice)
    if os.sep not in choice and not choice.endswith(".json"):
        return SessionFile(choice, os.path.join(directory, f"{as_path}.json"))
    return SessionFile(choice, os.path.expanduser(as_path))


def saved_sessions(directory: str) -> list[SessionFile]:
    """The named sessions, by name."""
    try:
        names = sorted(os.listdir(directory))
    except FileNotFoundError:
        return []
    except OSError as error:
        where = typed_text(directory)
        raise SessionError(
            f"The sessions in {where} can't be listed: {reason_of(error)}."
        ) from error
    return [
        SessionFile(typed_text(name).removesuffix(".json"), os.path.join(directory, name))
        for name in names
        if name.endswith(".json")
    ]


def list_sessions(directory: str, current: SessionFile) -> SessionList:
    """The named sessions, with their sizes and which one is in use."""
    from signalcli.values.inspection import SessionEntry, SessionList

    return SessionList(
        tuple(
            SessionEntry(
                session=file.label,
                path=typed_text(file.path),
                bytes=os.path.getsize(file.path),
                current=file.target == current.target,
            )
            for file in saved_sessions(directory)
            if os.path.exists(file.path)  # a link may lead nowhere
        )
    )


def check_exists(file: SessionFile, directory: str) -> None:
    """Make sure that a session was saved.

    :raises UnknownName: if it wasn't; with the closest of the named sessions.
    """
    if not os.path.lexists(file.path):
        known = [saved.label for saved in saved_sessions(directory)]
        remedy = "See them all: signalcli session list"
        raise UnknownName("session", file.label, known, remedy=remedy)
