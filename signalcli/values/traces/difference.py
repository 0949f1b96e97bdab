"""The difference of two traces: which receivers heard each signal in one, and which in the other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from signalcli.errors import ExitStatus
from signalcli.language.phrases import joined, phrase
from signalcli.values.result import Result, fields_to_json
from signalcli.values.trace import REACHED, Event

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{4,}\b")


class ComparedTrace(NamedTuple):
    """One of two traces."""

    name: str
    """Its file, as the user typed it."""
    events: tuple[Event, ...]

    def to_json(self) -> dict[str, Any]:
        return {"file": self.name, "sends": len(self.events)}


class CallCount(NamedTuple):
    """How often a receiver was called in one trace."""

    calls: int = 0
    """For a row without a receiver, the number of sends that reached none."""
    raised: int = 0


class ReceiverDifference(NamedTuple):
    """What one receiver heard of a signal in two traces, if that isn't the same."""

    signal: str
    sender: str | None
    """The label of the sender; ``None`` if senders aren't compared."""
    receiver: str | None
    """``None`` for sends that reached no receiver."""
    a: CallCount
    b: CallCount
    reason: str | None
    """Why the receiver heard nothing in one of the traces, as far as that trace has it."""

    @property
    def change(self) -> str:
        """``"only in A"``, ``"only in B"`` or ``"changed"``."""
        if self.a.calls and self.b.calls:
            return phrase("changed")
        return phrase("only in A") if self.a.calls else phrase("only in B")

    def to_json(self) -> dict[str, Any]:
        return {"change": self.change, **fields_to_json(self)}


class TraceDifference(NamedTuple):
    """The differences of two traces."""

    a: ComparedTrace
    b: ComparedTrace
    differences: tuple[ReceiverDifference, ...]
    same: int
    """The number of signals and receivers without a difference."""
    fails: bool = False
    """Whether the exit status is 1 if there is a difference."""

    def result(self) -> Result:
        if not self.differences:
            note = phrase("No difference between {a} and {b}.", a=self.a.name, b=self.b.name)
            return Result(self, notes=(note,), lines=())
        return Result(self, status=ExitStatus.FOUND if self.fails else ExitStatus.DONE)

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self, "differences", "same", "a", "b")


def compare(
    a: ComparedTrace, b: ComparedTrace, *, by_sender: bool = False, fails: bool = False
) -> TraceDifference:
    """Compare two traces by signal and receiver, and also by sender if that is asked.

    Addresses of objects are no difference.
    """
    sides = _Side(a.events, by_sender), _Side(b.events, by_sender)
    keys = list(dict.fromkeys([*sides[0].heard, *sides[1].heard]))
    found = [_difference(key, *sides) for key in keys]
    differing = tuple(one for one in found if one.a != one.b)
    return TraceDifference(a, b, differing, len(found) - len(differing), fails)


_Key = tuple[str, str | None, str | None]
"""A signal, a sender and a receiver."""


class _Side:
    """What was heard in one trace."""

    def __init__(self, events: Iterable[Event], by_sender: bool) -> None:
        self.heard: dict[_Key, CallCount] = {}
        self._sent: set[tuple[str, str | None]] = set()
        self._reasons: dict[_Key, str] = {}
        self._died: dict[tuple[str, str | None], tuple[str, ...]] = {}
        for event in events:
            sender = _plain(event.displayed_sender) if by_sender else None
            self._add(event, _plain(event.signal), sender)

    def _add(self, event: Event, signal: str, sender: str | None) -> None:
        self._sent.add((signal, sender))
        if event.died:
            self._died[signal, sender] = event.died
        if not event.is_heard:
            self._count((signal, sender, None), False)
        for call in event.calls:
            key = signal, sender, _plain(call.receiver)
            if call.outcome in REACHED:
                self._count(key, call.outcome == "raised")
            else:
                self._reasons.setdefault(key, call.reason)

    def _count(self, key: _Key, raised: bool) -> None:
        heard = self.heard.get(key, CallCount())
        self.heard[key] = CallCount(heard.calls + 1, heard.raised + raised)

    def why_not(self, key: _Key) -> str:
        """Return why a receiver heard nothing."""
        signal, sender, _ = key
        if (signal, sender) not in self._sent:
            if sender is None:
                return phrase("not sent")
            return phrase("not sent from {sender}", sender=sender)
        if key in self._reasons:
            return self._reasons[key]
        died = self._died.get((signal, sender))
        if died is None:
            return phrase("not connected")
        return phrase("a receiver died: {places}", places=joined(died))


def _difference(key: _Key, a: _Side, b: _Side) -> ReceiverDifference:
    signal, sender, receiver = key
    reasons: Iterator[str] = (side.why_not(key) for side in (a, b) if key not in side.heard)
    reason = None if receiver is None else next(reasons, None)
    return ReceiverDifference(
        signal,
        sender,
        receiver,
        a.heard.get(key, CallCount()),
        b.heard.get(key, CallCount()),
        reason,
    )


def _plain(name: str) -> str:
    """Return a name without the address of an object, which differs between two runs."""
    return _ADDRESS.sub("0x…", name)
