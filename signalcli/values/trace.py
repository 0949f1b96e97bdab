"""The values of traces: each send while a request or a program ran."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from signalcli.errors import ExitStatus, shortened
from signalcli.language.phrases import counted, joined, phrase, some_of
from signalcli.text import field, sender_label
from signalcli.values.change import ConnectionChange
from signalcli.values.delivery import Call, RaisedError
from signalcli.values.inspection import ObjectKind
from signalcli.values.result import Result, fields_from_json, fields_to_json, texts_from_json

if TYPE_CHECKING:
    from signalcli.values.traces.relayed import RelayedMessage

STREAM_CLOSED = "GeneratorExit"
"""The exception that ends a streamed response early. It is no error of the application."""
YIELDED = "yielded"
"""The outcome of a receiver that code calls by hand. What became of the call isn't known."""
REACHED = ("returned", "raised", "running", YIELDED)
"""The outcomes of receivers that a send reached, or that code calls by hand."""
MOST_DEPTH = 10_000
"""sends around one: Python ends a recursion long before."""
DROPPED = ", dropped before it ran"
"""The end of a receiver's result that is a coroutine or a generator, if the code that sent uses no results."""


class Event(NamedTuple):
    """One traced send, or one loop that calls receivers by hand."""

    signal: str
    depth: int
    """The number of sends around it: 0 for an outermost send, which no receiver made."""
    sender: object
    payload_keys: tuple[str, ...]
    muted: bool
    calls: tuple[Call, ...]
    """As those of a :class:`~signalcli.values.delivery.Delivery`."""
    seconds: float
    exception: RaisedError | None = None
    is_async: bool = False
    sender_shown: str | None = None
    """The label of a sender that blinker compares by identity, as ``inspect`` shows it, if known;
    ``None`` for text and integers."""
    ended: bool = True
    """Whether the send was over when the trace ended. If not, the receiver that still runs has the outcome
    ``"running"``."""
    started: float = 0.0
    """seconds from the start of the trace to that of the send."""
    died: tuple[str, ...] = ()
    """The places of receivers that Python deleted before any send called them, and that would have heard it."""
    look_alike: str | None = None
    """For a send without receivers: a signal with receivers that wasn't sent, and has a similar name."""
    process: int | None = None
    """The process id, if several processes of a program sent signals."""
    by_hand: bool = False
    """Whether it is no send, but code that calls the receivers by hand, in a loop over ``receivers_for``."""
    relayed: "RelayedMessage | None" = None
    """What became of it in other processes, if the trace followed it there."""

    @property
    def is_heard(self) -> bool:
        """Whether it reached a receiver, here or elsewhere."""
        is_heard_elsewhere = self.relayed is not None and self.relayed.is_heard
        return is_heard_elsewhere or any(call.outcome != "skipped" for call in self.calls)

    @property
    def raised(self) -> bool:
        """Whether a receiver raised, here or elsewhere."""
        raised_elsewhere = self.relayed is not None and self.relayed.raised
        return raised_elsewhere or any(call.outcome == "raised" for call in self.calls)

    @property
    def all_calls(self) -> tuple[Call, ...]:
        """Its receivers here, and those elsewhere."""
        return self.calls if self.relayed is None else self.calls + self.relayed.calls

    @property
    def displayed_sender(self) -> str:
        """The label of its sender: ``sender_shown``, or that of the text or the number."""
        is_described = self.sender_shown is not None and isinstance(self.sender, str)
        return str(self.sender_shown) if is_described else sender_label(self.sender)

    @property
    def remark(self) -> str:
        """What its calls don't say: why it reached no receiver, or that it is no send; else ``""``."""
        if self.died and not self.is_heard:
            places = joined(dict.fromkeys(self.died))
            return counted(
                "{n} receiver died: {places}",
                "{n} receivers died: {places}",
                len(self.died),
                places=places,
            )
        why = ""
        if self.muted:
            why = phrase("muted")
        elif not self.calls:
            is_local = self.relayed is None
            why = phrase("no receivers") if is_local else phrase("no receivers here")
        if self.look_alike:
            why = phrase("{why}, but {signal} has receivers", why=why, signal=self.look_alike)
        if not self.by_hand:
            return why
        if not why:
            return phrase("receivers_for, called by hand")
        return phrase("receivers_for, called by hand: {why}", why=why)

    def to_json(self) -> dict[str, Any]:
        document = fields_to_json(self)
        if self.relayed is None:  # only traces that follow messages have the key
            del document["relayed"]
        return document

    @classmethod
    def from_json(cls, document: Any) -> "Event":
        """Read what ``to_json`` returns. See :func:`signalcli.text.field` for the errors."""
        relayed = None
        if "relayed" in document:
            from signalcli.values.traces.relayed import RelayedMessage

            relayed = RelayedMessage.from_json(document["relayed"])
        calls = field(document, "calls", list)
        return fields_from_json(
            cls,
            document,
            "exception",
            sender=document["sender"],
            payload_keys=texts_from_json(document, "payload_keys"),
            muted=field(document, "muted", bool, default=False),
            calls=tuple(Call.from_json(call, "running", YIELDED) for call in calls),
            exception=RaisedError.from_json(document.get("exception")),
            died=tuple(map(str, field(document, "died", list, default=[]))),
            relayed=relayed,
        )


class Request(NamedTuple):
    """A request to an application."""

    method: str
    path: str
    """The path with the query."""
    body: str | None = None
    """Text. Lone surrogates are bytes that aren't UTF-8."""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def content(self) -> bytes | None:
        """The body in bytes."""
        return None if self.body is None else self.body.encode("utf-8", "surrogateescape")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class RequestTimeline(NamedTuple):
    """One request to an application, and its sends."""

    method: str
    path: str
    http_status: int
    """500 if the application raised an exception, as servers answer; 0 if it raised one that servers don't
    answer, such as ``SystemExit``."""
    events: tuple[Event, ...]
    """By their start."""
    seconds: float
    body: str | None = None
    error: RaisedError | None = None
    """The exception that the application raised, or passed to a signal."""
    propagated: bool = False
    """Whether the application raised the exception instead of returning a response."""
    note: str | None = None
    """A sentence about what the client of the request leaves out."""
    then: str | None = None
    """The next request with the same client, such as ``POST /order``."""
    changes: tuple[ConnectionChange, ...] = ()
    """In the order of time."""
    senders: Mapping[str, ObjectKind] = MappingProxyType({})
    """The classes of the senders that are no text or number, by their labels."""
    cut: str | None = None
    """Why it was cut off before it was answered, as a sentence."""
    left_out: int = 0
    """The number of its sends that aren't among the events, because they weren't chosen."""

    @classmethod
    def cut_off(cls, requests: Sequence[Request], seconds: float, why: str) -> "RequestTimeline":
        """Return the timeline of a request that was cut off, without its sends.

        :param requests: that one, and those that were to follow.
        :param why: a sentence.
        """
        (method, path, *_), *skipped = requests
        left_out = joined(map(str, skipped))
        note = phrase("Not requested: {requests}.", requests=left_out) if skipped else None
        return cls(method, path, 0, (), seconds, note=note, cut=why)

    @property
    def answer(self) -> str:
        """The status in words, such as ``"404 Not Found"``, or ``"no answer"``."""
        from http import HTTPStatus

        if self.http_status in HTTPStatus._value2member_map_:
            return f"{self.http_status} {HTTPStatus(self.http_status).phrase}"
        return str(self.http_status) if self.http_status else phrase("no answer")

    def result(self) -> Result:
        notes = () if self.note is None else (self.note,)
        return Result(self, notes=notes, status=_status_of(self.events), wraps=True)

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self)

    @classmethod
    def from_json(cls, document: Any) -> "RequestTimeline":
        """Read what ``to_json`` returns. See :func:`signalcli.text.field` for the errors."""
        return fields_from_json(cls, document, "body", **_parts_from_json(document))


class TracedProcess(NamedTuple):
    """A process of a traced program that connected or sent signals."""

    process: int
    """Its process id."""
    parent: int
    words: tuple[str, ...]
    """Its command line, the interpreter first."""
    ended: bool = False
    """Whether it recorded its own end. If not, it was killed or still runs."""

    @property
    def name(self) -> str:
        """Its command line without the path of the interpreter."""
        return _command_line(self.words)

    @classmethod
    def from_json(cls, document: Any) -> "TracedProcess":
        """Read its JSON. See :func:`signalcli.text.field` for the errors."""
        return fields_from_json(cls, document, words=texts_from_json(document, "words"))


class UnfollowedProcess(NamedTuple):
    """A child process of a traced program that is Python and can't be followed."""

    words: tuple[str, ...]
    """Its command line, the interpreter first."""
    why: str
    """The option of Python that keeps it from being followed, ``"an environment of its own"``, or the version of
    a Python that is too old."""

    def __str__(self) -> str:
        line = shortened(_command_line(self.words), 60)
        return line if self.why[:1] == "-" else f"{line} ({self.why})"

    @classmethod
    def from_json(cls, document: Any) -> "UnfollowedProcess":
        """Read its JSON. See :func:`signalcli.text.field` for the errors."""
        return fields_from_json(cls, document, words=texts_from_json(document, "words"))


class ProgramTrace(NamedTuple):
    """One run of a program, and its sends."""

    program: tuple[str, ...]
    """The program and its arguments, as the user typed them."""
    exit_status: int
    events: tuple[Event, ...]
    """By their start."""
    seconds: float
    error: RaisedError | None = None
    main: str | None = None
    """The name of its module ``__main__`` when it is imported."""
    changes: tuple[ConnectionChange, ...] = ()
    """In the order of time."""
    senders: Mapping[str, ObjectKind] = MappingProxyType({})
    """The classes of the senders that are no text or number, by their labels."""
    processes: tuple[TracedProcess, ...] = ()
    """Those that connected or sent signals, by their start."""
    cut: str | None = None
    """Why its last sends may be missing, as a sentence."""
    signal: int | None = None
    """The number of the signal that ended the program, if one did. It is part of the status, as in shells."""
    left_out: int = 0
    """The number of its sends that aren't among the events, because they weren't chosen."""
    unfollowed: tuple[UnfollowedProcess, ...] = ()
    """Its child processes that weren't followed. Their sends are missing."""
    fails_if_raised: bool = False
    """Whether the status is 1 if the program ends in 0 and a receiver raised."""

    def result(self) -> Result:
        notes = [] if self.cut is None else [self.cut]
        notes += [_note_on(self.unfollowed)] if self.unfollowed else []
        raised = _status_of(self.events) if self.fails_if_raised else ExitStatus.DONE
        status = self.exit_status or raised
        return Result(
            self, notes=tuple(notes), status=status, wraps=True, document=lambda: streamed(self)
        )

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self, *self._fields[:-1])  # without fails_if_raised

    @classmethod
    def from_json(cls, document: Any) -> "ProgramTrace":
        """Read what ``to_json`` returns. See :func:`signalcli.text.field` for the errors."""
        processes = field(document, "processes", list, default=[])
        unfollowed = field(document, "unfollowed", list, default=[])
        return fields_from_json(
            cls,
            document,
            "error",
            program=texts_from_json(document, "program"),
            processes=tuple(map(TracedProcess.from_json, processes)),
            unfollowed=tuple(map(UnfollowedProcess.from_json, unfollowed)),
            fails_if_raised=False,
            **_parts_from_json(document),
        )


def _command_line(words: Sequence[str]) -> str:
    """Return a command line without the path of the interpreter."""
    return " ".join((words[0].rpartition("/")[2], *words[1:]))


def _note_on(unfollowed: Sequence[UnfollowedProcess]) -> str:
    """Return a sentence about processes that weren't followed, with the first three command lines."""
    found = list(dict.fromkeys(map(str, unfollowed)))
    return counted(
        "{n} child process wasn't followed, so sends may be missing: {processes}.",
        "{n} child processes weren't followed, so sends may be missing: {processes}.",
        len(unfollowed),
        processes=some_of(found, 3),
    )


Trace = ProgramTrace | RequestTimeline


def streamed(trace: Trace) -> dict[str, Any]:
    """Return what ``to_json`` of a trace returns, with an iterator for the sends, which may be millions."""
    return trace._replace(events=()).to_json() | {"events": map(Event.to_json, trace.events)}


def _parts_from_json(document: Any) -> dict[str, Any]:
    """Return the fields that the traces of requests and of programs have in common, but plain ones."""
    events = tuple(map(Event.from_json, field(document, "events", list)))
    if any(event.depth >= MOST_DEPTH for event in events):
        raise ValueError("depth")
    changes = field(document, "changes", list, default=[])
    kinds = field(document, "senders", dict, default={}).items()
    return {
        "events": events,
        "error": RaisedError.from_json(document.get("error")),
        "changes": tuple(map(ConnectionChange.from_json, changes)),
        "senders": {label: ObjectKind.from_json(kind) for label, kind in kinds},
    }


def _status_of(events: tuple[Event, ...]) -> ExitStatus:
    return ExitStatus.FOUND if any(event.raised for event in events) else ExitStatus.DONE
