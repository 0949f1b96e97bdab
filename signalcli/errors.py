"""Every error that a person can cause, with the exit status it ends in.

::

    SignalcliError
    ├── UsageError          2  what was typed can't be understood or isn't allowed
    │   ├── UnknownName     2  a name that nobody defined
    │   └── InvalidJSON     2  JSON that doesn't parse, with the place
    ├── Declined            1  the answer to a question was no
    ├── OutputError         4  standard output can't be written
    ├── ApplicationError    4  an application, or what it needs, can't be loaded
    │   └── Unanswered      1  a request to it came to no end
    ├── ImportFailed        4  the person's own code fails while it is imported
    ├── HistoryError        4  the past sends can't be read
    ├── TrustError          4  the file of what is trusted can't be read, understood or written
    └── SessionError        4  the session file can't be read, understood or written
        └── LockTimeout     4  another process is changing it

Messages are one sentence, or two where the second is the next command to type. They hold what
people typed as it is: it is escaped once, where it is printed.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class ExitStatus(IntEnum):
    """What the process tells the shell."""

    DONE = 0
    FOUND = 1
    """A receiver raised, a check found something, or a question was declined."""
    USAGE = 2
    UNHEARD = 3
    """Nobody was called, and ``--fail-unheard`` asked to be told."""
    UNREADABLE = 4
    """The session file or the application can't be read, loaded or written."""
    INTERRUPTED = 130
    CLOSED_PIPE = 141


class SignalcliError(Exception):
    """An error to be told in one sentence, without a traceback."""

    status = ExitStatus.USAGE


class UsageError(SignalcliError):
    """What was typed can't be understood or isn't allowed."""


class UnknownName(UsageError):
    """A name that nobody defined.

    :param kind: what it would be a name of, such as ``"signal"``.
    :param name: what was typed.
    :param known: the names there are; the close ones are suggested.
    :param place: where they were looked for, such as ``"session 'default'"``, or nothing.
    :param remedy: the sentence that gives the next command.
    """

    def __init__(
        self, kind: str, name: str, known: Iterable[str], *, place: str = "", remedy: str
    ) -> None:
        within = f" in {place}" if place else ""
        close = closest(name, known)
        hint = f" Did you mean '{close}'?" if close is not None else ""
        super().__init__(f"No {kind} '{name}'{within}.{hint} {remedy}")


class InvalidJSON(UsageError):
    """JSON that doesn't parse.

    :param reason: what is wrong, as the end of a sentence.
    :param text: the whole JSON text.
    :param position: the index into ``text`` where it went wrong; ``None`` if that isn't known.
    """

    def __init__(self, reason: str, text: str, position: int | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.text = text
        self.position = position

    @property
    def place(self) -> str:
        """The place as people count, from 1, for the end of a sentence; nothing if not known."""
        if self.position is None:
            return ""
        before = self.text[: self.position]
        line, column = before.count("\n") + 1, self.position - before.rfind("\n")
        return f" at line {line}, column {column}"


class Declined(SignalcliError):
    """The answer to a question was no."""

    status = ExitStatus.FOUND


class OutputError(SignalcliError):
    """Standard output, or a picture, can't be written. A closed pipe is no error: it ends silently.

    :param file: the picture, as it was typed; nothing is standard output.
    """

    status = ExitStatus.UNREADABLE

    def __init__(self, error: OSError, file: str = "") -> None:
        what = f"The file '{file}'" if file else "Standard output"
        super().__init__(f"{what} can't be written: {error.strerror}.")


class ApplicationError(SignalcliError):
    """An application, or what it needs, can't be loaded.

    :param details: the traceback of a fault that is the application's own, trimmed to its frames,
        as lines to show before the sentence; nothing if it isn't at fault.
    """

    status = ExitStatus.UNREADABLE

    def __init__(self, sentence: str, details: str = "") -> None:
        super().__init__(sentence)
        self.details = details


class Unanswered(ApplicationError):
    """A request to an application came to no end. What was sent until then is data, and is shown."""

    status = ExitStatus.FOUND


class ImportFailed(SignalcliError):
    """The person's own code fails while it is imported."""

    status = ExitStatus.UNREADABLE


class HistoryError(SignalcliError):
    """The past sends of a session can't be read."""

    status = ExitStatus.UNREADABLE


class TrustError(SignalcliError):
    """The file of the imports that are trusted can't be read, understood or written."""

    status = ExitStatus.UNREADABLE


class SessionError(SignalcliError):
    """The session file can't be read, understood or written."""

    status = ExitStatus.UNREADABLE


class LockTimeout(SessionError):
    """Another process held the session's lock for longer than we wait."""


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like ``name``, if one is alike enough to suggest."""
    if len(name) > 200:  # a slip of the finger isn't this long, and comparing it would be slow
        return None
    from difflib import get_close_matches

    by_lower = {candidate.lower(): candidate for candidate in known}
    matches = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.55)
    return by_lower[matches[0]] if matches else None
