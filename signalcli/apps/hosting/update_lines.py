"""The updates of a trace as lines of JSON: short ones, because a program may send millions of times."""

from __future__ import annotations

import json
from collections.abc import Iterable
from sys import intern
from typing import Any

from signalcli.apps.hosting.codec import UPDATES, decoded, encoded, shown_integer
from signalcli.tracing.updates import ReturnedSend, SendUpdate, Update
from signalcli.values.trace import Event

_KEYS: dict[tuple[str, ...], tuple[str, ...]] = {}
"""The keys of payloads that were read, which equal ones share."""
_MOST_KEYS = 1_000


def updates_line(updates: Iterable[Update]) -> bytes:
    """Return updates of a trace as one line. This is quick, because a program may send millions of times."""
    rows = [
        (*update[:4], _encoded_send(update.send)) if type(update) is SendUpdate else encoded(update)
        for update in updates
    ]
    return json.dumps({UPDATES: rows}, separators=(",", ":")).encode() + b"\n"


def _encoded_send(send: Event | ReturnedSend | None) -> Any:
    if type(send) is not ReturnedSend:
        return encoded(send)
    if type(send.sender) is int:
        send = send._replace(sender=shown_integer(send.sender))
    if any(type(value) is int for value in send.results):
        results = [shown_integer(one) if type(one) is int else one for one in send.results]
        send = send._replace(results=results)
    return send


def updates_of(rows: Iterable[Any]) -> tuple[Update, ...]:
    """Return the updates of a line that was read."""
    return tuple(map(_update, rows))


def _update(row: Any) -> Update:
    if type(row) is dict:
        update: Update = decoded(row)
        return update
    number, parent, signal_id, signal, send = row
    signal = _shared(signal)
    if type(send) is not list:
        return SendUpdate(number, parent, signal_id, signal, decoded(send))
    depth, sender, shown, keys, seconds, reason, results, *times = send
    sender, shown, reason, *results = map(_shared, (sender, shown, reason, *results))
    keys = tuple(map(_shared, keys))
    keys = _KEYS.setdefault(keys, keys) if len(_KEYS) < _MOST_KEYS else keys
    sent = ReturnedSend(depth, sender, shown, keys, seconds, reason, results, *times)
    return SendUpdate(number, parent, signal_id, signal, sent)


def _shared(value: Any) -> Any:
    """Return a text that all its equals share, because a trace has the same names in each send."""
    return intern(value) if type(value) is str else value
