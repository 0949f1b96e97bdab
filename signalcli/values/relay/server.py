"""What a relay's server holds: listeners, stored sends and dead letters."""

from typing import Any, NamedTuple

from signalcli.language.phrases import phrase, sentences
from signalcli.text import session_command
from signalcli.values.result import (
    Result,
    fields_from_json,
    fields_to_json,
    list_result,
    texts_from_json,
)


class Listener(NamedTuple):
    """A process that listens, as it announces itself."""

    source: str
    patterns: tuple[str, ...]
    place: str
    """What its receivers belong to, such as ``session 'default'``."""
    queue: str | None = None
    durable: str | None = None
    since: str | None = None
    """The time of its start, ISO 8601."""

    def to_json(self) -> dict[str, Any]:
        return {**self._asdict(), "patterns": list(self.patterns)}

    @classmethod
    def from_json(cls, document: Any) -> "Listener":
        """Read its JSON. See :func:`signalcli.text.field` for the errors."""
        patterns = texts_from_json(document, "patterns")
        return fields_from_json(cls, document, "queue", patterns=patterns)


class DurableListener(NamedTuple):
    """A durable listener and one of its patterns, as the server knows it, running or not."""

    name: str
    pattern: str
    running: int
    """processes that wait for its messages, or whose receivers run."""
    waiting: int
    """messages that it wasn't given yet."""
    unacknowledged: int
    """messages that it was given and has not acknowledged."""
    redelivered: int
    """messages that were given again, and are not acknowledged yet."""
    busy: int = 0
    """those of the processes whose receivers run."""


class ListenerList(NamedTuple):
    """The processes that listen, and the durable listeners that the server keeps."""

    via: str
    listeners: tuple[Listener, ...]
    durable: tuple[DurableListener, ...]

    def result(self) -> Result:
        nothing = sentences(phrase("No process listens at {via}.", via=self.via), listen_hint())
        return list_result(self, (*self.listeners, *self.durable), nothing)

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self)


def listen_hint() -> str:
    """Return the sentence that says how to listen."""
    return phrase("Listen in another terminal: {command}", command=session_command("listen"))


class RelayedSignal(NamedTuple):
    """A signal of which the stream holds sends."""

    signal: str
    stored: int


class RelayedSignals(NamedTuple):
    """The signals of which the stream holds sends."""

    via: str
    signals: tuple[RelayedSignal, ...]

    def result(self) -> Result:
        return list_result(self, self.signals, phrase("No send is stored at {via}.", via=self.via))

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self)


class RelayStatus(NamedTuple):
    """The state of a relay's server."""

    via: str
    own: bool
    """Whether it is the user's own server on this machine."""
    version: str
    stored: int
    """sends in the stream."""
    bytes: int
    limit: int | None
    """bytes that the stream may hold; ``None`` for no limit."""
    replicas: int
    dead_letters: int
    listeners: int
    """processes that listen."""
    durable: tuple[DurableListener, ...]

    def result(self) -> Result:
        return Result(self)

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self)


class DeadLetter(NamedTuple):
    """A message that a durable listener gave up."""

    id: str
    time: str
    durable: str
    consumer: str
    """The server's name of the durable listener and its pattern."""
    subject: str
    """The subject that the message came on."""
    signal: str | None
    attempts: int
    reason: str
    listener: str
    """The process that gave it up."""
    message: str
    """The text of the message, as it came."""

    @property
    def is_readable(self) -> bool:
        """Whether a listener wrote it. One that another program wrote has only its subject and message."""
        return bool(self.consumer)

    def result(self) -> Result:
        return Result(self)

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


class DeadLetters(NamedTuple):
    """The dead letters of a relay, oldest first."""

    via: str
    letters: tuple[DeadLetter, ...]

    def result(self) -> Result:
        nothing = phrase("There are no dead letters at {via}.", via=self.via)
        return list_result(self, self.letters, nothing, self.letters)

    def to_json(self) -> dict[str, Any]:
        return {"dead_letters": [letter.to_json() for letter in self.letters]}
