"""Rules about connections that did not end, and about those that nothing can use any more."""

from __future__ import annotations

from collections.abc import Iterator

from signalcli.doctor.connecting.changes import (
    changed_sender,
    is_connected_at,
    no_changes,
    problem_at,
    was_called,
)
from signalcli.doctor.evidence import Evidence
from signalcli.doctor.findings import ERROR, WARNING, Problem, rule
from signalcli.language.phrases import phrase
from signalcli.text import to_json
from signalcli.values.change import ConnectionChange
from signalcli.values.inspection import ObjectDescription

_KEPT = {
    "another sender": phrase(
        "{call} ended no connection: {receiver} is connected to {signal}, but not for that sender, and stays "
        "connected."
    ),
    "another instance": phrase(
        "{call} ended no connection: it got the method of another object than the one that is connected to "
        "{signal}, which stays connected."
    ),
    "a deleted instance": phrase(
        "{call} ended no connection: it got the method of a temporary object, and that of another one stays "
        "connected to {signal}."
    ),
    "another signal": phrase(
        "{call} ended no connection: {receiver} is connected to {kept}, not to {signal}, and stays connected."
    ),
    "another function": phrase(
        "{call} ended no connection: it got a new function, and the one of {kept} stays connected to {signal}."
    ),
}
"""By the reason of a missed disconnect: the message."""


@rule(
    "disconnect-missed",
    what=phrase("A disconnect ended no connection, and what it was to end stays connected."),
    why=phrase(
        "disconnect ends the connection of the very object and sender that connect got, and does nothing "
        "for others. A lambda, a partial or a nested function is a new object each time its line runs, and the "
        "method of another instance is another receiver. A receiver that listens to ANY still hears a sender "
        "that it was disconnected from."
    ),
    bad="king.connect(lambda sender: 1, weak=False)\nking.disconnect(lambda sender: 1)",
    good="on_king = lambda sender: 1\nking.connect(on_king)\nking.disconnect(on_king)",
    remedy=phrase(
        "Pass disconnect the object and the sender that connect got: keep the receiver in a variable. "
        "disconnect(receiver) without a sender ends all its connections."
    ),
    missing=no_changes,
)
def disconnect_missed(evidence: Evidence) -> Iterator[Problem]:
    found, undone = list[Problem](), set[tuple[object, ...]]()
    for change in reversed(evidence.changes):
        its = change.signal, change.receiver, change.any, changed_sender(change)
        if change.action == "connected":  # a disconnect before it makes sure that there is one
            undone.add(its)
        elif change.action in ("disconnected", "receiver died"):
            undone.add((change.signal, change.defined))
        elif change.reason in _KEPT and undone.isdisjoint({its, _kept(change)}):
            found.append(_missed(change))
    yield from reversed(found)


def _kept(change: ConnectionChange) -> tuple[str | None, str | None]:
    """Return the signal of what stays connected after a missed disconnect, and its definition."""
    is_elsewhere = change.reason == "another signal"
    return (change.kept, change.defined) if is_elsewhere else (change.signal, change.kept)


def _missed(change: ConnectionChange) -> Problem:
    reason = change.reason or ""
    label = changed_sender(change)
    is_text = isinstance(change.sender, str) and not isinstance(change.sender, ObjectDescription)
    sender = "" if change.any else f", sender={to_json(label) if is_text else label}"
    is_elsewhere = reason == "another signal"  # it may only make sure that there is no connection
    remedy = phrase("Disconnect it from {signal}, if it should be.", signal=change.kept)
    return problem_at(
        change,
        _KEPT[reason],
        remedy=remedy if is_elsewhere else None,
        level=WARNING if is_elsewhere or reason == "another instance" else ERROR,
        call=f"disconnect({change.receiver}{sender})",
        kept=change.kept or phrase("before"),
    )


@rule(
    "dead-sender",
    what=phrase("A receiver listens to an object that was deleted."),
    why=phrase(
        "blinker doesn't keep the sender of a filter alive, and compares senders by identity. When it is "
        "deleted, nothing can send from it any more: an object that looks the same is another sender."
    ),
    bad="king.connect(on_king, sender=Shop())",
    good="shop = Shop()\nking.connect(on_king, sender=shop)",
    remedy=phrase("Connect it to an object that lives while it sends, or to text."),
    missing=no_changes,
)
def dead_sender(evidence: Evidence) -> Iterator[Problem]:
    template = phrase(
        "{receiver} listens to {signal} only from {sender}, which was deleted: nothing can send from it any "
        "more."
    )
    for change in evidence.changes:
        if change.action != "sender died" or change.reason or was_called(change, evidence):
            continue
        if not is_connected_at(change, evidence):
            is_certain = change.at_once or change in evidence.connected.changes
            level, sender = ERROR if is_certain else WARNING, changed_sender(change)
            yield problem_at(change, template, level=level, sender=sender)
