"""Answer the questions of rules about recorded changes of connections."""

from __future__ import annotations

import re

from signalcli.apps.connecting.connect_report import LostReceiver
from signalcli.doctor.evidence import Evidence
from signalcli.doctor.findings import Problem
from signalcli.doctor.sender_rules import label
from signalcli.language.phrases import phrase
from signalcli.values.change import ConnectionChange
from signalcli.values.inspection import ObjectDescription

ENDS = "disconnected", "receiver died", "sender died"
"""The actions that end connections."""


def no_connects(evidence: Evidence) -> str | None:
    """Return why rules that need recorded connects can't be checked; ``None`` if they can."""
    connected = evidence.connected
    if evidence.is_session:
        return phrase(
            "A session doesn't record how its connections were made: connect and drop report these "
            "problems themselves."
        )
    if connected.is_late and not (connected.lost or connected.zeros):
        return phrase("What the script connected before it made the application was not recorded.")
    if connected.unmade is not None and not connected.seen:
        return phrase("No connects were recorded, and {reason}.", reason=phrase(connected.unmade))
    return None if connected.seen else phrase("The application has connected nothing.")


def no_changes(evidence: Evidence) -> str | None:
    """Return why rules that need changes of connections can't be checked; ``None`` if they can."""
    return None if evidence.sends.changes else no_connects(evidence)


def changed_sender(change: ConnectionChange) -> str:
    """Return the sender of a change as text for a message."""
    sender = change.sender
    if isinstance(sender, str) and not isinstance(sender, ObjectDescription):
        return sender
    return "ANY" if change.any else label(sender)


def function_as_sender(change: ConnectionChange) -> str | None:
    """Return the name of the function that is the sender of a change; ``None`` for another sender."""
    sender = change.sender
    text = sender if isinstance(sender, str) else getattr(sender, "text", "")
    match = re.match("<(?:function|method) (.+)>$", text)
    return None if match is None or change.any else match[1]


def was_called(change: ConnectionChange | LostReceiver, evidence: Evidence) -> bool:
    """Return whether a send called a receiver of that name."""
    sends = evidence.sends_of(change.signal)
    return any(sent.outcomes_of(change.receiver).was_called for sent in sends)


def is_connected_at(change: ConnectionChange, evidence: Evidence) -> bool:
    """Return whether the application has a receiver that the same line connected, to a sender that lives."""
    return any(
        receiver.in_program is not None
        and receiver.in_program.connected_at == change.where
        and bool(receiver.connections)
        for signal in evidence.signals
        if signal.signal == change.signal
        for receiver in signal.receivers
    )


def problem_at(
    change: ConnectionChange | LostReceiver,
    template: str,
    *,
    remedy: str | None = None,
    level: str | None = None,
    **known: object,
) -> Problem:
    """Return a problem at the line of a change, whose message names its receiver and its signal."""
    named = {"receiver": change.receiver, "signal": change.signal, **known}
    its = change.signal, phrase(template, **named), change.receiver, change.where
    return Problem(*its, remedy, level, change.package or "")
