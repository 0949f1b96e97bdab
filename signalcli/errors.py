"""The errors that users can cause, with their exit statuses.

::

    SignalcliError
    ├── UsageError                2  what was typed is invalid or isn't allowed
    │   ├── UnknownName           2  an unknown name
    │   └── InvalidJSON           2  invalid JSON, with the place of the error
    ├── DeclinedQuestion          1  the user answered no to a question
    └── ResourceError             4  a file, an application or a server can't be used
        ├── OutputError           4  standard output
        ├── ApplicationError      4  an application, or what it needs
        │   ├── MissingModule     4  a module that isn't installed
        │   └── UnansweredRequest 1  a request to an application didn't end
        ├── MissingPackage        4  a package of an extra isn't installed
        ├── ImportFailed          4  the user's code fails while it is imported
        ├── HistoryError          4  the history
        ├── TrustError            4  the file of trusted imports
        ├── RelayError            4  the relay, or the server that it needs
        └── SessionError          4  the session file
            └── LockTimeout       4  another process is changing it

A message is one sentence, or two if the second gives the next command to type. It contains typed text
as it is; unsafe characters are escaped when it is printed.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from signalcli.language.phrases import (
    SENTENCES,
    JoinedPhrases,
    Phrase,
    phrase,
    sentences,
    with_arguments,
)

LONGEST_QUOTE = 100
"""characters that an error quotes of a key, a name or a value in a file."""
INTERRUPTED = phrase("Interrupted.")
"""The message after Ctrl-C."""
LONGEST_TYPED = 1_000
"""characters that an error quotes of what a user typed. Paths and commands of usual length stay whole."""


KINDS = (
    *(
        "signal",
        "receiver",
        "receiver of your own",
        "connected receiver",
        "session",
        "past send",
        "command",
        "format",
    ),
    *("topic or command", "lesson", "rule", "module", "attribute", "file", "program"),
    *("dead letter", "durable listener", "signal that matches", "receiver that matches"),
)
"""What an unknown name may be for."""


class ExitStatus(IntEnum):
    """The exit status of the process."""

    DONE = 0
    FOUND = 1
    """A receiver raised, a check found something, or the user declined a question."""
    USAGE = 2
    UNHEARD = 3
    """A send with ``--fail-unheard`` called no receiver."""
    UNREADABLE = 4
    """The session file or the application can't be read, loaded or written."""
    INTERRUPTED = 130
    CLOSED_PIPE = 141
    TERMINATED = 143
    """``listen`` was ended by SIGTERM."""


class SignalcliError(Exception):
    """An error that is shown as one sentence, without a traceback.

    :param sentence: the sentence; with ``arguments`` a template, as :func:`phrase` takes it.
    """

    status = ExitStatus.USAGE

    def __init__(self, sentence: str, /, **arguments: object) -> None:
        is_made = isinstance(sentence, Phrase) and not arguments
        super().__init__(sentence if is_made else phrase(sentence, **arguments))


class UsageError(SignalcliError):
    """What was typed is invalid or isn't allowed."""


class UnknownName(UsageError):
    """An unknown name.

    :param kind: the kind of thing that the name is for, of ``KINDS``.
    :param known: the existing names; the closest one is suggested.
    :param place: where the name was searched, such as ``"session 'default'"``.
    :param likely: the name to suggest; without it, the closest of ``known``.
    :param remedy: the sentence that gives the next command.
    """

    def __init__(
        self,
        kind: str,
        name: str,
        known: Iterable[str],
        *,
        place: str = "",
        likely: str | None = None,
        remedy: str,
    ) -> None:
        sentence = phrase(unknown(kind, place), name=name, place=place)
        close = closest(name, known) if likely is None else likely
        hint = "" if close is None else phrase("Did you mean '{name}'?", name=close)
        super().__init__(sentences(sentence, hint, remedy))


class InvalidJSON(UsageError):
    """Invalid JSON, for a ``reason`` that ends a sentence, at an index of the text if that is known."""

    def __init__(self, reason: str, text: str, position: int | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.text = text
        self.position = position

    @property
    def place(self) -> str:
        """The line and column, counted from 1, as the end of a sentence; empty if unknown."""
        if self.position is None:
            return ""
        before = self.text[: self.position]
        line, column = before.count("\n") + 1, self.position - before.rfind("\n")
        return phrase(" at line {line}, column {column}", line=line, column=column)


class DeclinedQuestion(SignalcliError):
    """The user answered no to a question."""

    status = ExitStatus.FOUND


class ResourceError(SignalcliError):
    """Something outside signalcli can't be read, loaded or written: a file, an application, a server."""

    status = ExitStatus.UNREADABLE


class OutputError(ResourceError):
    """Standard output, or the picture ``file``, can't be written. A closed pipe is no error."""

    def __init__(self, error: OSError, file: str = "") -> None:
        reason = system_reason(error)
        super().__init__(
            phrase("The file '{file}' can't be written: {reason}.", file=file, reason=reason)
            if file
            else phrase("Standard output can't be written: {reason}.", reason=reason)
        )


class ApplicationError(ResourceError):
    """An application, or what it needs, can't be loaded.

    ``details`` are the lines of the traceback in the application's code; empty if it isn't at fault.
    """

    def __init__(self, sentence: str, /, *, details: str = "", **arguments: object) -> None:
        super().__init__(sentence, **arguments)
        self.details = details


class MissingModule(ApplicationError):
    """A module, of the application or one that it imports, isn't installed for the interpreter."""


class UnansweredRequest(ApplicationError):
    """A request to an application didn't end. The sends until then are shown."""

    status = ExitStatus.FOUND


class MissingPackage(ResourceError):
    """A package that one of the extras installs isn't installed."""


class ImportFailed(ResourceError):
    """The user's code fails while it is imported."""


class HistoryError(ResourceError):
    """The history of a session can't be read."""


class TrustError(ResourceError):
    """The file of trusted imports can't be read, understood or written."""


class RelayError(ResourceError):
    """The relay's server can't be reached or started, or refuses what it is asked for."""


class SessionError(ResourceError):
    """The session file can't be read, understood or written."""


class LockTimeout(SessionError):
    """Another process holds the session's lock for too long."""


def unknown(kind: str, place: object) -> str:
    """Return the template of the sentence that a name is unknown; ``place`` is where, if it is known."""
    return f"No {kind} '{{name}}' in {{place}}." if place else f"No {kind} '{{name}}'."


def system_reason(error: OSError) -> Phrase:
    """Return the message of the operating system for an error."""
    return phrase(str(error.strerror))


def shortened(text: str, most: int = LONGEST_QUOTE, length: int | None = None) -> str:
    """Return ``text``, or if it has more than ``most`` characters, the first ones: an error may quote a file.

    :param length: the length of what is cut; by default ``most``.
    """
    return text if len(text) <= most else f"{text[: (length or most) - 1]}…"


def quoted_shortly(sentence: str) -> str:
    """Return a sentence for an error, without the rest of each very long text that it quotes."""
    if len(sentence) <= LONGEST_TYPED:
        return sentence
    if isinstance(sentence, JoinedPhrases) and sentence.template == SENTENCES:
        return sentences(*map(quoted_shortly, sentence.parts))
    if isinstance(sentence, Phrase):
        return with_arguments(sentence, lambda text: shortened(text, LONGEST_TYPED, LONGEST_QUOTE))
    import re

    texts = f"(?<=')[^']{{{LONGEST_TYPED},}}(?=')|\\S{{{LONGEST_TYPED},}}"
    return re.sub(texts, lambda match: shortened(match[0]), sentence)


def closest(name: str, known: Iterable[str], cutoff: float = 0.55) -> str | None:
    """Return the known name most like ``name``; ``cutoff`` is the least likeness, from 0 to 1."""
    if len(name) > 200:  # no typing error is this long, and the comparison would be slow
        return None
    from difflib import get_close_matches

    by_lower = {candidate.lower(): candidate for candidate in known}
    matches = get_close_matches(name.lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[matches[0]] if matches else None
