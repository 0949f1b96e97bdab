"""The frozen values that every command works with: what a session holds, and what was done.

What was looked at has its values in :mod:`signalcli.views`. A table and ``--json`` are two
renderings of one such value; the keys of its ``to_json`` are a contract with scripts, never renamed
and never removed.

They are named tuples, because a dataclass costs a half millisecond of start-up each; and their
annotations are not postponed, because ``NamedTuple`` would compile each of them again.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from signalcli.text import as_json_value

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
    """All signals, by their names, in the order in which they were defined."""

    signals: Mapping[str, SignalState]


def differ(one: Session, other: Session) -> bool:
    """Whether two sessions differ, in the order of their signals too."""
    return list(one.signals.items()) != list(other.signals.items())


class RaisedError(NamedTuple):
    """The exception that came out of a receiver."""

    type: str
    message: str
    where: str | None
    """The file and line it came from."""

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


class Call(NamedTuple):
    """What one send did with one receiver."""

    receiver: str
    outcome: str
    """``"returned"``, ``"raised"``, ``"skipped"`` or ``"not_reached"``."""
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
    """What one send did, receiver by receiver."""

    signal: str
    sender: object
    payload: Mapping[str, object]
    muted: bool
    calls: tuple[Call, ...]
    """Those reached, in the order of the dispatch, then the rest in the order of receivers."""

    @property
    def raised(self) -> bool:
        return any(call.outcome == "raised" for call in self.calls)

    def to_json(self) -> dict[str, Any]:
        return {
            "signal": self.signal,
            "sender": as_json_value(self.sender),
            "payload": {key: as_json_value(value) for key, value in self.payload.items()},
            "muted": self.muted,
            "calls": [call.to_json() for call in self.calls],
        }


class Change(NamedTuple):
    """What a changing command did."""

    changed: bool
    notes: tuple[str, ...]
    """What there is to say about it, a sentence each."""
    deliveries: tuple[Delivery, ...] = ()
    """The sends of meta signals that it caused."""

    def to_json(self) -> dict[str, Any]:
        return {
            "changed": self.changed,
            "notes": list(self.notes),
            "deliveries": [delivery.to_json() for delivery in self.deliveries],
        }
