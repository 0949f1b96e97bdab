"""Rules about connections. They need no sends."""

from __future__ import annotations

from collections.abc import Iterator

from signalcli.apps.connecting.connect_report import LostReceiver
from signalcli.doctor.connecting.changes import (
    is_connected_at,
    no_changes,
    no_connects,
    problem_at,
    was_called,
)
from signalcli.doctor.evidence import Evidence, no_signals
from signalcli.doctor.findings import ERROR, WARNING, Problem, rule
from signalcli.doctor.sender_rules import is_by_value, label, listed
from signalcli.language.phrases import phrase
from signalcli.values.change import ConnectionChange
from signalcli.values.inspection import SenderReceivers, SignalView


@rule(
    "dead-receiver",
    what=phrase("A receiver was deleted because its only reference was a weak connection."),
    why=phrase(
        "blinker references receivers weakly by default, so that a connection doesn't keep an object "
        "alive. A lambda, a partial, a function within a function and a method of a temporary object are "
        "deleted when the code that connected them ends. No error is raised: send() returns []."
    ),
    bad="def create_app():\n    def on_king(sender, **payload): ...\n    king.connect(on_king)",
    good="def create_app():\n"
    "    def on_king(sender, **payload): ...\n"
    "    king.connect(on_king, weak=False)",
    remedy=phrase(
        "Keep a reference to it while it should be called, or connect it with weak=False."
    ),
    missing=no_changes,
)
def dead_receiver(evidence: Evidence) -> Iterator[Problem]:
    for lost in evidence.connected.lost:
        if not _is_proved(lost, evidence):
            yield problem_at(lost, _DEAD)
    for change in evidence.sends.changes:
        if change.action == "receiver died":
            level = _level_of_death(change, evidence)
            if level is not None:
                yield problem_at(change, _DEAD, level=level)


_DEAD = phrase(
    "{receiver} was connected to {signal} weakly and was deleted: nothing else referenced it, so no send "
    "calls it."
)


def _level_of_death(change: ConnectionChange, evidence: Evidence) -> str | None:
    """Return the level of a death while a request or a program ran; ``None`` if it was no loss.

    A receiver whose whole purpose was one request, or one test, may die with it. So what counts is a death
    in the very code that connected it, or that a later send would have called it.
    """
    if was_called(change, evidence):
        return None
    if change.at_once:
        return ERROR
    missed = [sent for sent in evidence.sends_of(change.signal) if change.where in sent.died]
    if not missed or is_connected_at(change, evidence):
        return None
    return WARNING if all(sent.is_heard for sent in missed) else ERROR


def _is_proved(lost: LostReceiver, evidence: Evidence) -> bool:
    """Return whether a send called a receiver of that name, which is not connected any more."""
    views = (view for view in evidence.signals if view.signal == lost.signal)
    is_connected = any(row.receiver == lost.receiver for view in views for row in view.receivers)
    return not is_connected and was_called(lost, evidence)


@rule(
    "sender-zero",
    what=phrase("A receiver was connected to the sender 0 or False, or disconnected from it."),
    why=phrase(
        "blinker uses 0 as the internal id of ANY, an integer is its own id, and False equals 0. "
        "connect(receiver, sender=0) raises AssertionError and leaves the receiver connected to ANY; "
        "under python -O, and before blinker 1.8, it doesn't even raise. disconnect(receiver, sender=0) ends all its connections."
    ),
    bad="for number, queue in enumerate(queues):\n    ready.connect(queue.wake, sender=number)",
    good="for number, queue in enumerate(queues, start=1):\n"
    "    ready.connect(queue.wake, sender=number)",
    remedy=phrase("Use another sender: text, or an integer from 1."),
    missing=no_connects,
)
def sender_zero(evidence: Evidence) -> Iterator[Problem]:
    for zero in evidence.connected.zeros:
        message = phrase(
            _CONNECTED_TO_ZERO if zero.method == "connect" else _DISCONNECTED_FROM_ZERO,
            call=f"{zero.method}({zero.receiver}, sender={zero.sender})",
            signal=zero.signal,
            sender=zero.sender,
        )
        yield Problem(zero.signal, message, zero.receiver, zero.where)


_CONNECTED_TO_ZERO = phrase(
    "{call} on {signal}: {sender} is blinker's internal id of ANY, so the receiver is connected to ANY, and "
    "blinker since 1.8 raises AssertionError."
)
_DISCONNECTED_FROM_ZERO = phrase(
    "{call} on {signal}: {sender} is blinker's internal id of ANY, so this ends all connections of the "
    "receiver."
)


@rule(
    "stale-has-receivers-for",
    level=WARNING,
    what=phrase(
        "has_receivers_for returns True for a sender for which no receiver would be called."
    ),
    why=phrase(
        "disconnect(receiver, sender=x) leaves an empty entry for x, even if there was none before, "
        "and has_receivers_for only checks for an entry and for any receiver at all."
    ),
    bad='king.disconnect(animal, sender="大象")\n'
    'if king.has_receivers_for("大象"):  # still True\n    ...',
    good='if any(True for receiver in king.receivers_for("大象")):\n    ...',
    remedy=phrase(
        "Where code asks has_receivers_for, ask any(True for receiver in signal.receivers_for(sender))."
    ),
    missing=no_signals,
)
def stale_has_receivers_for(evidence: Evidence) -> Iterator[Problem]:
    for signal in evidence.signals:
        stale = [
            row
            for row in signal.has_receivers_for
            if row.result and not row.receivers_for and not _is_of_dead(row, signal, evidence)
        ]
        if stale:
            senders = listed("ANY" if row.any else label(row.sender) for row in stale)
            message = phrase(
                "{signal}.has_receivers_for returns True for {senders}, but no receiver would be called: "
                "disconnect left an empty entry.",
                signal=signal.signal,
                senders=senders,
            )
            yield Problem(signal.signal, message)


def _is_of_dead(row: SenderReceivers, signal: SignalView, evidence: Evidence) -> bool:
    """Return whether a dead receiver listened to this sender: ``dead-receiver`` reports that."""
    sender = row.sender if is_by_value(row.sender) else None  # objects are not recorded
    dead = (one for one in evidence.connected.lost if one.signal == signal.signal)
    return any(not one.is_any and one.sender == sender for one in dead)
