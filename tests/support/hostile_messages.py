"""Messages that no careful program sends: broken, foreign, deep, huge, and with hostile text."""

from __future__ import annotations

import json
import random
from typing import Any

from signalcli.relay.envelope import TYPE
from signalcli.relay.subjects import PREFIX, subject_of
from signalcli.values.signal_name import SignalName

Message = tuple[str, bytes]

NAMES = ["king", "a king", "zoo.king", ">", "*", "🦁", "狮子", "%", "..", "-", "a" * 200, "\x1b[2J"]
VALUES: list[Any] = [None, 0, -1, True, "", "\x00", "\x1b]0;x\x07", "\u202e[red]", [], {}, 10**400]
VALUES += ["x" * 100_000, "\ud800", {"": None}, [[[]]], 1e308, {"__proto__": {"a": 1}}]
ATTRIBUTES = ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"]
ATTRIBUTES += ["parentid", "hops", "replyto", "dataschema", "ID"]
SUBJECTS = ["%FF", "%zz", "a.b.c.d", "%", "%2E", "_", "a%20"]


def hostile_messages(number: int, seed: int) -> list[Message]:
    """Return subjects and data, the same ones for each seed. Some of them are valid."""
    chance = random.Random(seed)
    kinds = [_changed, _cut_off, _flipped, _deep, _misplaced, _random_bytes, _named]
    return [kinds[one % len(kinds)](chance, one) for one in range(number)]


def _event(one: int) -> dict[str, Any]:
    data = {"sender": "大象", "payload": {"n": one}}
    return {"specversion": "1.0", "id": f"h{one}", "source": "/h", "type": TYPE, "data": data}


def _bytes(event: object) -> bytes:
    return json.dumps(event).encode()


def _king(data: bytes) -> Message:
    return f"{PREFIX}.king", data


def _changed(chance: random.Random, one: int) -> Message:
    event = _event(one)
    place = event if chance.random() < 0.7 else event["data"]
    name = chance.choice(ATTRIBUTES if place is event else ["sender", "payload", "other"])
    place[name] = chance.choice(VALUES)
    return _king(_bytes(event))


def _cut_off(chance: random.Random, one: int) -> Message:
    data = _bytes(_event(one))
    return _king(data[: chance.randrange(len(data))])


def _flipped(chance: random.Random, one: int) -> Message:
    data = bytearray(_bytes(_event(one)))
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return _king(bytes(data))


def _deep(chance: random.Random, one: int) -> Message:
    depth = chance.choice([10, 1_000, 100_000])
    nested = b"[" * depth + b"]" * depth
    return _king(_bytes(_event(one)).replace(b'{"n": %d}' % one, b'{"n": %s}' % nested))


def _misplaced(chance: random.Random, one: int) -> Message:
    return f"{PREFIX}.{chance.choice(SUBJECTS)}", _bytes(_event(one))


def _random_bytes(chance: random.Random, one: int) -> Message:
    return _king(chance.randbytes(chance.choice([0, 1, 50, 5_000])))


def _named(chance: random.Random, one: int) -> Message:
    return subject_of(SignalName(chance.choice(NAMES))), _bytes(_event(one))
