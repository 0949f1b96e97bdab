"""Documents that tests expect of commands: what differs is given, what most share is filled in."""

from __future__ import annotations

from typing import Any

OPTIONS: dict[str, Any] = {
    "on_error": "stop",
    "async": False,
    "wrap": False,
    "muted": False,
    "connected_to": None,
}
"""The options of a send that is blinker's own."""


def connections(*senders: Any) -> list[dict[str, Any]]:
    """Return the connections of a receiver to some senders; to ``ANY`` if there are none."""
    named = [{"any": False, "sender": sender} for sender in senders]
    return named or [{"any": True, "sender": None}]


def listening(
    receiver: str,
    *senders: Any,
    weak: bool = True,
    is_async: bool | None = False,
    where: str | None = None,
    doc: str | None = None,
) -> dict[str, Any]:
    """Return a receiver as ``inspect --json`` shows it."""
    return {
        "receiver": receiver,
        "weak": weak,
        "async": is_async,
        "connections": connections(*senders),
        "where": where,
        "doc": doc,
    }


def listed(
    receiver: str, doc: str, source: str, *, is_async: bool | None = False, **differing: Any
) -> dict[str, Any]:
    """Return a receiver as ``receivers --json`` shows it."""
    entry = {"receiver": receiver, "async": is_async, "doc": doc, "teaches": "", "where": None}
    return {**entry, "source": source, **differing}


def called(receiver: str, reason: str = "listens to ANY", **differing: Any) -> dict[str, Any]:
    """Return a call as ``send --json`` shows it, but for its time: it returned null."""
    result = {"outcome": "returned", "value": None, "error": None, "output": ""}
    return {"receiver": receiver, "reason": reason, **result, **differing}


def changed(*notes: str, changed: bool = True) -> dict[str, Any]:
    """Return what a command that changes a session shows with ``--json``."""
    return {"changed": changed, "notes": list(notes), "deliveries": []}
