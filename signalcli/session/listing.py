"""List the saved sessions, suggest one for a misspelled name, and set the one in use."""

import os
import re
from contextlib import suppress
from typing import Any, NamedTuple

from signalcli.errors import SessionError, UnknownName, closest
from signalcli.files import reason_of, replace
from signalcli.language.phrases import phrase, sentences
from signalcli.session.file import DEFAULT, SessionFile, name_in_use
from signalcli.text import typed_text
from signalcli.values.inspection import start_hint
from signalcli.values.result import Result, fields_to_json, list_result


class SessionEntry(NamedTuple):
    """One saved session."""

    session: str
    path: str
    bytes: int
    current: bool


class SessionList(NamedTuple):
    """The named sessions in the user's application directory, and the file in use."""

    sessions: tuple[SessionEntry, ...]

    def result(self) -> Result:
        return list_result(
            self, self.sessions, sentences(phrase("No session is saved yet."), start_hint())
        )

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self)


def saved_sessions(directory: str) -> list[SessionFile]:
    """Return the named sessions, sorted. SessionError if the directory can't be listed."""
    try:
        names = sorted(os.listdir(directory))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SessionError(
            "The sessions in {directory} can't be listed: {reason}.",
            directory=typed_text(directory),
            reason=reason_of(error),
        ) from error
    return [
        SessionFile(typed_text(name).removesuffix(".json"), os.path.join(directory, name))
        for name in names
        if name.endswith(".json")
    ]


def list_sessions(directory: str, current: SessionFile) -> SessionList:
    """Return the named sessions, and the current one if it is another file, with their sizes."""
    files = saved_sessions(directory)
    if all(file.target != current.target for file in files):
        files.append(current)
    entries = (
        SessionEntry(
            session=file.label,
            path=typed_text(file.path),
            bytes=os.path.getsize(file.path),
            current=file.target == current.target,
        )
        for file in files
        if os.path.exists(file.path)  # a symbolic link may be broken
    )
    return SessionList(tuple(entries))


def check_exists(file: SessionFile, directory: str) -> None:
    """Raise UnknownName, with the closest named session, if a session was not saved."""
    if not os.path.lexists(file.path):
        known = [saved.label for saved in saved_sessions(directory)]
        remedy = phrase("See them all: {command}", command="signalcli session list")
        raise UnknownName("session", file.label, known, remedy=remedy)


def set_name_in_use(path: str, choice: str) -> None:
    """Make a session, a name or an absolute path, the one in use. SessionError if that fails."""
    try:
        if choice == DEFAULT:
            with suppress(FileNotFoundError):
                os.unlink(path)
        else:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            replace(path, f"{choice}\n".encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise SessionError(
            "The name of the session in use can't be written to {path}: {reason}.",
            path=typed_text(path),
            reason=reason_of(error),
        ) from error


def is_in_use(path: str, choice: str) -> bool:
    """Return whether a session is the one in use; false if that name can't be read or isn't valid."""
    try:
        return name_in_use(path) == choice
    except SessionError:
        return False


def likely_session(file: SessionFile, directory: str) -> str | None:
    """Return the session whose name is almost that of a session that doesn't exist.

    Names that differ only in digits are different on purpose: ``lesson1`` and ``lesson2``.

    :param directory: the directory of the named sessions.
    """
    try:
        names = [saved.label for saved in saved_sessions(directory)]
    except SessionError:
        return None
    letters = re.sub(r"\d+", "", file.label)
    different = (name for name in names if re.sub(r"\d+", "", name) != letters)
    return closest(file.label, different, cutoff=0.8)
