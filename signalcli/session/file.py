"""Read, change and locate session files. See :mod:`signalcli.session.document` for their content."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from signalcli.errors import InvalidJSON, LockTimeout, SessionError, UsageError, shortened
from signalcli.files import LOCK_SECONDS, LockedByAnother, lock_path, locked, reason_of, replace
from signalcli.language.phrases import Phrase, phrase, sentences
from signalcli.session.document import (
    UPGRADE,
    NewerVersion,
    WrongShape,
    format_session,
    parse_session,
)
from signalcli.text import command, from_json, path_from, session_command, typed_text
from signalcli.values.session import Session, differ

if TYPE_CHECKING:
    from signalcli.session.changes import SessionChange
    from signalcli.session.snapshots import Snapshots
    from signalcli.values.change import Change

LARGEST = 32 * 2**20
"""bytes. A larger file is neither read nor written."""
_UNREADABLE = phrase("can't be read: {reason}")
_NOT_FOUND = phrase("can't be found: {reason}")
_TOO_LARGE = phrase("is larger than {n} MiB, the most that is read")
DEFAULT = "default"
"""The name of the session that is in use until another one is."""
T = TypeVar("T")
_DONE = {"undo": "undone", "redo": "redone"}


class SessionFile(NamedTuple):
    """The file that a session is saved in. Methods raise SessionError if it can't be used.

    ``wait`` is how long to wait for another change to end, in seconds.
    """

    label: str
    """What the user calls it: its name, or the path they typed."""
    path: str
    words: tuple[str, ...] = ()
    """The arguments of the command that uses it, which undo names if they change the session."""
    warn: Callable[[str], object] = lambda sentence: None
    """Called with a sentence if a change was saved, but couldn't be added to the journal."""

    @property
    def place(self) -> str:
        """What errors call it."""
        return phrase("session '{name}'", name=self.label)

    @property
    def sentence_start(self) -> str:
        return phrase("Session '{name}'", name=self.label)

    def command(self, verb: str) -> str:
        """Return the command line ``signalcli session VERB`` for this session."""
        return command("session", verb, *["--"] * self.label.startswith("-"), self.label)

    @property
    def is_named(self) -> bool:
        """Whether it is a named session, and not a file that the user gave by its path."""
        return os.sep not in self.label and not self.label.endswith(".json")

    @property
    def target(self) -> str:
        """The real path, symbolic links resolved. Lock and journal are next to this file."""
        with self._using(_NOT_FOUND):  # the current directory may be removed
            return os.path.realpath(self.path)

    def version(self) -> tuple[int, int, int] | None:
        """Return a value that differs once the file was changed; ``None`` without a file."""
        status = self._status()
        return status and (status.st_ino, status.st_mtime_ns, status.st_size)

    def read(self) -> Session:
        """Return the session, empty without a file. This takes no lock: a change replaces the whole file."""
        if not self._is_there():
            return Session({})
        with self._using(_UNREADABLE), open(self.path, "rb") as file:
            content = file.read()
        try:
            return _session_in(content)
        except _UnusableFile as error:
            delete = self.command("delete")
            remedy = phrase("Fix it by hand, or delete it: {command}", command=delete)
            raise self._error(str(error), error.upgrade or remedy) from None

    def change(
        self,
        operation: Callable[[Session], tuple[Session, T]],
        wait: float = LOCK_SECONDS,
        *first: SessionChange,
    ) -> T:
        """Read, change and write the session, while other changes wait.

        The file is replaced as a whole, and only if the session differs: at any moment it holds the
        old session or the new one.

        :param operation: returns the changed session, and the result of this method.
        :param first: changes that the journal lists before those of the session.
        """
        self._is_there()  # raises before a lock file is made
        with self._locked(wait):
            before = self.read()
            after, result = operation(before)
            if differ(before, after):
                self._write(after, self._keep)
                self._record(before, after, *first)
        return result

    def record(self, *changes: SessionChange) -> None:
        """Append changes to the journal. A failure is only a warning: the changes were made."""
        from signalcli.session.changes import change_record
        from signalcli.session.journal import JournalError, journal_of

        try:
            journal_of(self.target).append(change_record(changes, command(*self.words)).to_json())
        except JournalError as error:
            path = typed_text(error.path)
            self.warn(
                phrase(
                    "Warning: the change isn't saved to the history {path}: {reason}.",
                    path=path,
                    reason=str(error),
                )
            )

    def _record(self, before: Session, after: Session, *first: SessionChange) -> None:
        from signalcli.session.changes import changes_between

        self.record(*first, *changes_between(before, after))

    def undo(self) -> str | None:
        """Take back the last change that wasn't taken back yet.

        Returns its command line, or ``None`` if there is no such change. The history stays.
        """
        return self._restore("undo", "redo")

    def redo(self) -> str | None:
        """Make the change again that :meth:`undo` took back last. Returns its command line, or ``None``."""
        return self._restore("redo", "undo")

    def _restore(self, kind: str, other: str) -> str | None:
        """Replace the session by its next snapshot of a kind, and keep it as one of the other kind."""
        self._is_there()  # raises before a lock file is made
        from signalcli.session.changes import SessionChange

        snapshots = self._snapshots
        with self._locked(LOCK_SECONDS), self._using_snapshots():
            before, numbers = self.read(), snapshots.numbers(kind)
            for number in reversed(numbers) if kind == "undo" else numbers:
                after, line = self._snapshot(number, kind), snapshots.command_line(number)
                changed = differ(before, after)
                if changed:
                    self._write(after, partial(snapshots.keep, number, other))
                snapshots.delete(number, kind)
                if changed:
                    self._record(before, after, SessionChange(_DONE[kind], command=line))
                    return line
        return None

    def _snapshot(self, number: int, kind: str) -> Session:
        path = self._snapshots.path(number, kind)
        with open(path, "rb") as file:
            content = file.read()
        try:
            return _session_in(content)
        except _UnusableFile as error:
            sentence = phrase(
                "The snapshot {path} of {place} {what}.",
                path=typed_text(path),
                place=self.place,
                what=str(error),
            )
            upgrade = phrase("{remedy}.", remedy=UPGRADE) if error.upgrade else ""
            remedy = phrase("Delete that file to go past it.")
            raise SessionError(sentences(sentence, upgrade, remedy)) from None

    @property
    def _snapshots(self) -> Snapshots:
        from signalcli.session.snapshots import Snapshots

        return Snapshots(self.target)

    @contextmanager
    def _using_snapshots(self) -> Iterator[None]:
        """Raise SessionError if the block can't use the snapshots."""
        try:
            yield
        except OSError as error:
            where = typed_text(self._snapshots.directory)
            raise SessionError(
                "The snapshots of {place} in {directory} can't be used: {reason}.",
                place=self.place,
                directory=where,
                reason=reason_of(error),
            ) from error

    def copy_to(self, target: SessionFile) -> Change:
        """Copy the session to another file. UsageError if it is the same file."""
        if self.target == target.target:
            raise UsageError(
                "{place} and {other} are the same file.", place=self.place, other=target.place
            )
        done = phrase("Copied {place} to {other}.", place=self.place, other=target.place)
        same = phrase("{place} is the same already.", place=target.place)
        return target._replace_by(self.read(), done, same)

    def replace_by(self, session: Session, label: str) -> Change:
        """Replace the session by another one from ``label``. The history stays."""
        same = phrase("Nothing changed: {place} is the same already.", place=self.place)
        done = phrase("Replaced {place} by {source}.", place=self.place, source=label)
        return self._replace_by(session, done, same)

    def _replace_by(self, session: Session, done: str, same: str) -> Change:
        """Replace the session, and return the note ``done``; ``same`` if the two don't differ."""

        def replaced(before: Session) -> tuple[Session, Change]:
            changed = differ(before, session)
            return session, _change(changed, done if changed else same)

        return self.change(replaced)

    def delete(self, wait: float = LOCK_SECONDS) -> Change:
        """Delete the file and its history, while no change is in progress.

        A symbolic link is deleted alone; its target and the history there stay.
        """
        from signalcli.session.journal import journal_of

        is_link = os.path.islink(self.path)
        with self._locked(wait), self._using(phrase("can't be removed: {reason}")):
            os.unlink(self.path)
            if not is_link:
                journal_of(self.target).delete()
                self._snapshots.clear()
        return _change(True, phrase("Deleted {place}.", place=self.place))

    def create(self, wait: float = LOCK_SECONDS) -> Change:
        """Write an empty session to a new file. UsageError if the file exists."""
        with self._locked(wait):
            self._check_is_new(
                phrase(
                    "There is a {place} already. Use it: {use}, or delete it: {delete}",
                    place=self.place,
                    use=self.command("use"),
                    delete=self.command("delete"),
                )
            )
            with self._using_snapshots():
                self._snapshots.clear()  # of a file that was deleted by hand
            self._write(Session({}))
        return _change(True, phrase("Created {place}.", place=self.place))

    def rename_to(self, new: SessionFile) -> Change:
        """Rename the file and its history, as :meth:`delete` does. UsageError if the name is taken."""
        from signalcli.session.journal import journal_of

        if os.path.abspath(self.path) == os.path.abspath(new.path):
            same = phrase(
                "{session} has that name already: nothing changed.", session=self.sentence_start
            )
            return _change(False, same)
        is_link = os.path.islink(self.path)
        new._check_is_new()  # also before the locks, which would wait for each other on the same file
        with self._locked(LOCK_SECONDS), new._locked(LOCK_SECONDS):
            new._check_is_new()
            journal, snapshots = journal_of(self.target), self._snapshots
            left_over = journal_of(new.target)
            with self._using(phrase("can't be renamed: {reason}")):
                for path in (left_over.path, left_over.rotated_path):
                    if os.path.lexists(path) and not left_over.is_empty:
                        raise UsageError(
                            "There is a history of {place} already: {path}",
                            place=new.place,
                            path=typed_text(path),
                        )
                left_over.delete()
                os.rename(self.path, new.path)
                if not is_link:
                    journal.rename_to(left_over)
                    snapshots.rename_to(new._snapshots)
        done = phrase("Renamed {place} to {other}.", place=self.place, other=new.place)
        return _change(True, done)

    def _check_is_new(self, taken: str = "") -> None:
        """Raise UsageError, with the message ``taken``, if the file exists."""
        if os.path.lexists(self.path):
            delete = phrase(
                "There is a {place} already. Delete it: {command}",
                place=self.place,
                command=self.command("delete"),
            )
            raise UsageError(taken or delete)

    @contextmanager
    def _using(self, fault: Phrase) -> Iterator[None]:
        """Raise SessionError, with the template ``fault``, if the block can't use the files."""
        try:
            yield
        except OSError as error:
            raise self._error(phrase(fault, reason=reason_of(error))) from error

    @contextmanager
    def _locked(self, wait: float) -> Iterator[None]:
        target = self.target
        with ExitStack() as held:
            try:
                with self._using(phrase("can't be locked for a change: {reason}")):
                    held.enter_context(locked(target, wait))
            except LockedByAnother:
                raise LockTimeout(
                    "Process {process} waited {seconds:g} s for {place} ({path}), which another "
                    "process is changing and has locked with {lock}. Try again when that one has "
                    "ended.",
                    process=os.getpid(),
                    seconds=wait,
                    place=self.place,
                    path=typed_text(target),
                    lock=typed_text(lock_path(target)),
                ) from None
            yield

    def _write(self, session: Session, before_rename: Callable[[], object] = lambda: None) -> None:
        content = format_session(session).encode()
        if len(content) > LARGEST:
            raise self._error(
                phrase("would become larger than {n} MiB, the most that is read", n=LARGEST >> 20)
            )
        with self._using(phrase("can't be written: {reason}")):
            replace(self.target, content, before_rename=before_rename)

    def _keep(self) -> None:
        """Keep the session as it is, to undo the change that follows."""
        with self._using_snapshots():
            self._snapshots.add(command(*self.words))

    def _is_there(self) -> bool:
        """Return whether the file exists; raise SessionError if it can't be a session's."""
        status = self._status()
        if status is None:
            return False
        if not stat.S_ISREG(status.st_mode):
            is_directory = stat.S_ISDIR(status.st_mode)
            raise self._error(
                phrase("is a directory") if is_directory else phrase("is not a regular file")
            )
        if status.st_size > LARGEST:
            raise self._error(phrase(_TOO_LARGE, n=LARGEST >> 20))
        return True

    def _status(self) -> os.stat_result | None:
        with self._using(_UNREADABLE), suppress(FileNotFoundError):
            return os.stat(self.path)
        return None

    def _error(self, what: str, remedy: str = "") -> SessionError:
        path = typed_text(self.path)
        sentence = (
            phrase("The file of {place}, {path}, {what}.", place=self.place, path=path, what=what)
            if self.label != path
            else phrase("The file of {place} {what}.", place=self.place, what=what)
        )
        return SessionError(sentences(sentence, remedy))


def _change(changed: bool, note: str) -> Change:
    from signalcli.values.change import Change

    return Change(changed, (note,))


class _UnusableFile(ValueError):
    """The content isn't a session. The message is the end of a sentence."""

    def __init__(self, fault: str, upgrade: str = "") -> None:
        super().__init__(fault)
        self.upgrade = upgrade
        """What to do, if a newer version wrote it."""


def _session_in(content: bytes) -> Session:
    """Return the session in the content of a file, or raise _UnusableFile."""
    try:
        return parse_session(from_json(content.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise _UnusableFile(phrase("is not UTF-8 text: byte {n}", n=error.start + 1)) from None
    except InvalidJSON as error:
        if not content.strip():
            raise _UnusableFile(phrase("is empty")) from None
        fault = phrase("is not JSON: {reason}{place}", reason=error.reason, place=error.place)
        raise _UnusableFile(fault) from None
    except NewerVersion as error:
        raise _UnusableFile(str(error), UPGRADE) from None
    except WrongShape as error:
        raise _UnusableFile(phrase("is not a session: {fault}", fault=str(error))) from None


def read_exported(name: str) -> Session:
    """Return the session in an exported file, or in standard input for ``-``, or raise SessionError."""
    what = phrase("Standard input") if name == "-" else phrase("The file '{file}'", file=name)
    try:
        content = _content(name)
        if len(content) > LARGEST:
            raise _UnusableFile(phrase(_TOO_LARGE, n=LARGEST >> 20))
        return _session_in(content)
    except OSError as error:
        raise SessionError(
            "{what} can't be read: {reason}.", what=what, reason=reason_of(error)
        ) from error
    except _UnusableFile as error:
        sentence = phrase("{what} {fault}.", what=what, fault=str(error))
        example = f"{session_command()} export --format json > king.json"
        remedy = phrase("Export a session: {command}", command=example)
        raise SessionError(sentences(sentence, error.upgrade or remedy)) from None


def _content(name: str) -> bytes:
    """Return the content of a file or of standard input, up to one byte over the limit."""
    if name != "-":
        with open(path_from(name), "rb") as file:
            return file.read(LARGEST + 1)
    if sys.stdin is None:  # the process was started with standard input closed
        return b""
    return sys.stdin.buffer.read(LARGEST + 1)


def name_in_use(path: str) -> str:
    """Return the name or the absolute path of the session in use.

    :param path: the file that holds it; without one, the session in use is ``DEFAULT``.
    :raises SessionError: if the file can't be read, or holds a path that isn't absolute.
    """
    try:
        with open(path, "rb") as file:
            name = typed_text(os.fsdecode(file.read(4096))).removesuffix("\n") or DEFAULT
    except FileNotFoundError:
        return DEFAULT
    except OSError as error:
        raise SessionError(
            "The name of the session in use can't be read from {path}: {reason}.",
            path=typed_text(path),
            reason=reason_of(error),
        ) from error
    if not (os.path.isabs(name) or SessionFile(name, "").is_named) or "\0" in name:
        raise SessionError(
            "The name of the session in use in {path} is not valid: '{name}'. Choose one: "
            "{command}",
            path=typed_text(path),
            name=shortened(name),
            command=command("session", "use", DEFAULT),
        )
    return name


def session_file_of(choice: str, directory: str) -> SessionFile:
    """Return the file of a session.

    :param choice: a name, or a path: text with a path separator or the ending ``.json``.
    :param directory: the directory of the named sessions.
    :raises UsageError: if it is empty, or names a directory.
    """
    if not choice:
        example = "signalcli --session monkey list"
        raise UsageError("A session needs a name. For example: {command}", command=example)
    if choice.endswith(os.sep) or choice in (".", ".."):
        raise UsageError("A session is a file, and '{choice}' names a directory.", choice=choice)
    as_path = path_from(choice)
    file = SessionFile(choice, os.path.expanduser(as_path))
    return file._replace(path=os.path.join(directory, f"{as_path}.json")) if file.is_named else file
