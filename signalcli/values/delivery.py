"""The values of a send: its options, and what it did with each receiver.

Tables and ``--json`` render the same value. Scripts rely on the keys of ``to_json``: never rename or remove
one.

The values are named tuples, because each dataclass adds half a millisecond to every start. This module does
not import ``annotations`` from ``__future__``, because ``NamedTuple`` would compile each annotation again.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from signalcli.errors import ExitStatus
from signalcli.language.phrases import phrase
from signalcli.text import as_json_value, field
from signalcli.values.result import (
    NO_RECEIVERS,
    Result,
    fields_from_json,
    fields_to_json,
    texts_from_json,
)


class SendOptions(NamedTuple):
    """How a signal is sent."""

    on_error: str = "stop"
    """``"stop"``, as blinker does, or ``"continue"``, which catches each receiver's exception."""
    is_async: bool = False
    wrap: bool = False
    """Whether to pass a wrapper for coroutine functions to ``send``, or for plain ones to ``send_async``."""
    muted: bool = False
    connected_to: str | None = None


PLAIN = SendOptions()


class SenderObject(NamedTuple):
    """The sender of ``--sender-object``: an object of an application, which only its process has."""

    expression: str
    """``app``, or a module and a name such as ``shop.models:Order``; both may have attributes."""


class Message:
    """A sender, a payload, and the options of the send."""

    __slots__ = ("options", "payload", "sender")

    def __init__(
        self, sender: object, payload: Mapping[str, object], options: SendOptions = PLAIN
    ) -> None:
        self.sender = sender
        self.payload = payload
        self.options = options


class RaisedError(NamedTuple):
    """An exception that a receiver raised."""

    type: str
    message: str
    where: str | None
    """The file and line that raised it, if known."""

    def __str__(self) -> str:
        return f"{self.type}: {self.message}" if self.message else self.type

    @classmethod
    def from_json(cls, document: Any) -> "RaisedError | None":
        """Read its JSON, or ``None``."""
        return None if document is None else fields_from_json(cls, document, "where")


class Call(NamedTuple):
    """What a send did, or would do, with one receiver."""

    receiver: str
    outcome: str
    """``"returned"``, ``"raised"``, ``"skipped"`` or ``"not_reached"``. If it was only explained,
    ``"would_call"`` or ``"would_raise"`` replace the first two."""
    reason: str
    value: object = None
    error: RaisedError | None = None
    output: str = ""
    seconds: float = 0.0
    wrapped_by: str | None = None
    """What wrapped the receiver for this send, if ``receivers_for`` yielded a wrapper of it."""

    def to_json(self) -> dict[str, Any]:
        why = fields_to_json(self, "receiver", "outcome", "reason")
        what = fields_to_json(self, "error", "output", "seconds")
        by = {} if self.wrapped_by is None else fields_to_json(self, "wrapped_by")
        return {**why, "value": as_json_value(self.value), **what, **by}

    @classmethod
    def from_json(cls, document: Any, *more_outcomes: str) -> "Call":
        """Read what ``to_json`` returns.

        :param more_outcomes: the outcomes it may have beside those of a send.
        :raises ValueError: for another outcome too, and for an error that doesn't belong to it.
        """
        value, error = document["value"], RaisedError.from_json(document["error"])
        call = fields_from_json(cls, document, "wrapped_by", value=value, error=error)
        is_known = call.outcome in OUTCOMES or call.outcome in more_outcomes
        if not is_known or (call.outcome == "raised") != (error is not None):
            raise ValueError("outcome")
        return call


class Delivery(NamedTuple):
    """What a send did, or would do, with each receiver."""

    signal: str
    sender: object
    payload: Mapping[str, object]
    muted: bool
    calls: tuple[Call, ...]
    """The receivers that were reached, in the order of the dispatch, then the others."""
    options: SendOptions = PLAIN
    notes: tuple[str, ...] = ()
    deliveries: tuple["Delivery", ...] = ()
    """The sends of meta signals before and after it."""
    is_explained: bool = False
    no_receivers: str = NO_RECEIVERS
    """The clause for a signal without receivers."""

    @property
    def raised(self) -> bool:
        return any(call.outcome == "raised" for call in self.calls) or any_raised(self.deliveries)

    def result(self) -> Result:
        return Result(
            self,
            notes=tuple(notes_of((self,))),
            status=status_of((self,)),
            called_receiver=any(call.outcome in CALLED for call in self.calls),
        )

    @property
    def first_error(self) -> str | None:
        """The first receiver that raised and its exception, as text."""
        for call in self.calls:
            if call.error is not None:
                return phrase("{receiver} raised {error}", receiver=call.receiver, error=call.error)
        return None

    def to_json(self) -> dict[str, Any]:
        return {
            "signal": self.signal,
            "sender": as_json_value(self.sender),
            "payload": {key: as_json_value(value) for key, value in self.payload.items()},
            **fields_to_json(self, "muted", "calls", "options", "notes"),
            # by hand, because sends may nest almost as deeply as Python recurses
            "deliveries": [delivery.to_json() for delivery in self.deliveries],
        }

    @classmethod
    def from_json(cls, document: Any) -> "Delivery":
        """Read what ``to_json`` returns.

        :raises ValueError: for a reserved payload key or a repeated receiver too.
        """
        payload = field(document, "payload", dict)
        calls = tuple(map(Call.from_json, field(document, "calls", list)))
        is_repeated = len({call.receiver for call in calls}) != len(calls)
        if is_repeated or any(key in payload for key in RESERVED_KEYS):
            raise ValueError("calls" if is_repeated else "payload")
        return cls(
            field(document, "signal", str),
            document["sender"],
            payload,
            field(document, "muted", bool),
            calls,
            fields_from_json(SendOptions, document["options"]),
            texts_from_json(document, "notes"),
            tuple(map(cls.from_json, field(document, "deliveries", list))),
        )


OUTCOMES = ("returned", "raised", "skipped", "not_reached")

OUTCOME_LABELS = {
    "returned": phrase("● returned"),
    "would_call": phrase("● would call"),
    "raised": phrase("✗ raised"),
    "would_raise": phrase("✗ would raise"),
    "skipped": phrase("○ skipped"),
    "not_reached": phrase("– not reached"),
    "running": phrase("◌ still running"),
    "yielded": phrase("● yielded"),
}
"""How outcomes are shown: a mark, a space and words. Traces have the last two."""

OUTCOME_COUNTS = {
    "returned": phrase("{n} returned"),
    "would_call": phrase("{n} would call"),
    "raised": phrase("{n} raised"),
    "would_raise": phrase("{n} would raise"),
    "skipped": phrase("{n} skipped"),
    "not_reached": phrase("{n} not reached"),
    "running": phrase("{n} still running"),
    "yielded": phrase("{n} yielded"),
}
"""How a number of receivers with an outcome is shown: templates."""

CALLED = ("returned", "raised", "would_call", "would_raise")


def any_raised(deliveries: Iterable[Delivery]) -> bool:
    """Return whether a receiver raised in any of several sends."""
    return any(delivery.raised for delivery in deliveries)


def status_of(deliveries: Iterable[Delivery]) -> ExitStatus:
    """Return the exit status after some sends: ``FOUND`` if a receiver raised."""
    return ExitStatus.FOUND if any_raised(deliveries) else ExitStatus.DONE


def notes_of(deliveries: Iterable[Delivery]) -> Iterator[str]:
    """Yield the notes of some sends, each after those of the meta signals around it."""
    for delivery in deliveries:
        yield from notes_of(delivery.deliveries)
        yield from delivery.notes


RESERVED_KEYS = ("_async_wrapper", "_sync_wrapper")
"""The keywords that blinker's ``send`` and ``send_async`` reserve."""
