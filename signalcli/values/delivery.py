"""The frozen values that every command works with: what a session holds, and what was done.

What was looked at has its values in :mod:`signalcli.values.inspection`. A table and ``--json`` are two
renderings of one such value; the keys of its ``to_json`` are a contract with scripts, never renamed
and never removed.

They are named tuples, because a dataclass costs a half millisecond of start-up each; and their
annotations are not postponed, because ``NamedTuple`` would compile each of them again.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from signalcli.errors import ExitStatus
from signalcli.text import as_json_value

if TYPE_CHECKING:
    from signalcli.values.receiver_specs import Declared

Sender = str | int
"""A sender that blinker compares by value, and that can therefore be saved."""


class Bucket(NamedTuple):
    """The receivers, in order of their connection, that listen to each of some senders."""

    receivers: tuple[str, ...]
    """Empty where a ``disconnect`` left a sender behind without a receiver."""
    senders: tuple[Sender, ...]


class SignalState(NamedTuple):
    """What blinker holds for one signal, in plain values."""

    doc: str | None = None
    muted: bool = False
    ordered: bool = True
    """Whether its buckets keep the order of connection; blinker's own are plain sets."""
    receivers: tuple[tuple[str, bool], ...] = ()
    """The name of each, and whether it is held weakly."""
    any: tuple[str, ...] = ()
    """The bucket of ``ANY``."""
    buckets: tuple[Bucket, ...] = ()


class Session(NamedTuple):
    """What one program holds: signals and receivers by their names."""

    signals: Mapping[str, SignalState]
    """In the order in which they were defined."""
    receivers: Mapping[str, "Declared"] = MappingProxyType({})
    """Those that are neither demos nor imports."""
    dropped: tuple[str, ...] = ()
    """The receivers that live on although the program let go of its own reference to them."""


def differ(one: Session, other: Session) -> bool:
    """Whether two sessions differ, in the order of their signals and receivers too."""
    return _in_order(one) != _in_order(other)


def _in_order(session: Session) -> tuple[object, ...]:
    return list(session.signals.items()), list(session.receivers.items()), session.dropped


class SendOptions(NamedTuple):
    """How a signal is sent."""

    on_error: str = "stop"
    """``"stop"`` is blinker's own; ``"continue"`` keeps each receiver's exception."""
    is_async: bool = False
    """By ``send_async``."""
    wrap: bool = False
    """With a wrapper for the receivers of the other kind, plain or coroutine."""
    muted: bool = False
    """Within ``muted()``."""
    connected_to: str | None = None
    """The receiver within whose ``connected_to()`` it is sent."""

    def to_json(self) -> dict[str, Any]:
        return {
            "on_error": self.on_error,
            "async": self.is_async,
            "wrap": self.wrap,
            "muted": self.muted,
            "connected_to": self.connected_to,
        }


PLAIN = SendOptions()
"""A plain ``send``, as blinker does it."""


class RaisedError(NamedTuple):
    """The exception that came out of a receiver."""

    type: str
    message: str
    where: str | None
    """The file and line it came from."""

    def __str__(self) -> str:
        return f"{self.type}: {self.message}" if self.message else self.type

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


class Call(NamedTuple):
    """What one send did with one receiver, or would do."""

    receiver: str
    outcome: str
    """``"returned"``, ``"raised"``, ``"skipped"`` or ``"not_reached"``; foreseen, ``"would_call"``
    or ``"would_raise"`` in the place of the first two."""
    reason: str
    """Why it was called, or why not."""
    value: object = None
    error: RaisedError | None = None
    output: str = ""
    """What it printed."""
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "receiver": self.receiver,
            "outcome": self.outcome,
            "reason": self.reason,
            "value": as_json_value(self.value),
            "error": self.error.to_json() if self.error else None,
            "output": self.output,
            "seconds": self.seconds,
        }


class Delivery(NamedTuple):
    """What one send did, receiver by receiver, or would do."""

    signal: str
    sender: object
    payload: Mapping[str, object]
    muted: bool
    calls: tuple[Call, ...]
    """Those reached, in the order of the dispatch, then the rest in the order of receivers."""
    options: SendOptions = PLAIN
    notes: tuple[str, ...] = ()
    """What there is to say about it, a sentence each."""
    deliveries: tuple["Delivery", ...] = ()
    """The sends of meta signals around it."""
    foreseen: bool = False
    """Whether it wasn't sent, only explained."""

    @property
    def raised(self) -> bool:
        return any(call.outcome == "raised" for call in self.calls) or any_raised(self.deliveries)

    @property
    def status(self) -> ExitStatus:
        return ExitStatus.FOUND if self.raised else ExitStatus.DONE

    @property
    def sentences(self) -> tuple[str, ...]:
        """What there is to say about it and about the sends around it."""
        around = (note for delivery in self.deliveries for note in delivery.sentences)
        return (*around, *self.notes)

    @property
    def heard(self) -> bool:
        return any(call.outcome in CALLED for call in self.calls)

    @property
    def first_error(self) -> str | None:
        """Who raised first, and what, for a sentence."""
        for call in self.calls:
            if call.error is not None:
                return f"{call.receiver} raised {call.error}"
        return None

    def to_json(self) -> dict[str, Any]:
        return {
            "signal": self.signal,
            "sender": as_json_value(self.sender),
            "payload": {key: as_json_value(value) for key, value in self.payload.items()},
            "muted": self.muted,
            "calls": [call.to_json() for call in self.calls],
            "options": self.options.to_json(),
            "notes": list(self.notes),
            "deliveries": [delivery.to_json() for delivery in self.deliveries],
        }


CALLED = ("returned", "raised", "would_call", "would_raise")
"""The outcomes of a receiver that is called."""


def any_raised(deliveries: Iterable[Delivery]) -> bool:
    """Whether a receiver raised in one of several sends."""
    return any(delivery.raised for delivery in deliveries)
