"""Frozen values as lines of JSON, between signalcli and an application's process.

A line holds text, phrases, numbers, ``None``, lists, tuples, dictionaries, and the named tuples of
:mod:`signalcli.values`. Reading a line runs no code but their constructors.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib import import_module
from sys import intern
from types import MappingProxyType
from typing import Any

from signalcli.apps.describing.objects import ObjectDescription
from signalcli.language.phrases import JoinedPhrases, Phrase, counted, joined, phrase
from signalcli.tracing.updates import ReturnedSend, SendUpdate, Update
from signalcli.values.delivery import Message
from signalcli.values.inspection import ObjectKind
from signalcli.values.trace import Event

_PACKAGE = "signalcli."
_VALUES = (
    "values.",
    "apps.connecting.connect_report",
    "apps.app_details",
    "tracing.updates",
    "apps.hosting.app_options",
)
"""The prefixes of the modules with values."""
_LONGEST_INTEGER = 10_000
"""bits: Python writes some 14,000 as text."""
_UPDATES = "updates"
_EXACT = frozenset((str, int, float, bool, type(None)))
_KEYS: dict[tuple[str, ...], tuple[str, ...]] = {}
"""The keys of payloads that were read, which equal ones share."""
_MOST_KEYS = 1_000
_CLASSES: dict[str, type[Any]] = {}
"""The classes of the values that were read."""


def to_line(name: str, value: object) -> bytes:
    """Return a named value as one line, a JSON object. TypeError if the value is not frozen."""
    return json.dumps({name: _encoded(value)}, separators=(",", ":")).encode() + b"\n"


def updates_line(updates: Iterable[Update]) -> bytes:
    """Return updates of a trace as one line. This is quick, because a program may send millions of times."""
    rows = [
        (*update[:4], _encoded_send(update.send))
        if type(update) is SendUpdate
        else _encoded(update)
        for update in updates
    ]
    return json.dumps({_UPDATES: rows}, separators=(",", ":")).encode() + b"\n"


def _encoded_send(send: Event | ReturnedSend | None) -> Any:
    if type(send) is not ReturnedSend:
        return _encoded(send)
    if type(send.sender) is int:
        send = send._replace(sender=_shown_integer(send.sender))
    if any(type(value) is int for value in send.results):
        results = [_shown_integer(one) if type(one) is int else one for one in send.results]
        send = send._replace(results=results)
    return send


def _shown_integer(value: int) -> int | str:
    """Return an integer, or a description if Python can't write it as text."""
    bits = value.bit_length()
    return value if bits < _LONGEST_INTEGER else f"<int of {bits} bits>"


def from_line(line: bytes) -> tuple[str, Any]:
    """Return the name and the value of a line. ValueError if it is no such line."""
    document = json.loads(line)
    if type(document) is not dict or len(document) != 1:
        raise ValueError("not one named value")
    [(name, content)] = document.items()
    return name, tuple(map(_update, content)) if name == _UPDATES else _decoded(content)


def _update(row: Any) -> Update:
    if type(row) is dict:
        decoded: Update = _decoded(row)
        return decoded
    number, parent, signal_id, signal, send = row
    signal = _shared(signal)
    if type(send) is not list:
        return SendUpdate(number, parent, signal_id, signal, _decoded(send))
    depth, sender, shown, keys, seconds, reason, results, *times = send
    sender, shown, reason, *results = map(_shared, (sender, shown, reason, *results))
    keys = tuple(map(_shared, keys))
    keys = _KEYS.setdefault(keys, keys) if len(_KEYS) < _MOST_KEYS else keys
    sent = ReturnedSend(depth, sender, shown, keys, seconds, reason, results, *times)
    return SendUpdate(number, parent, signal_id, signal, sent)


def _shared(value: Any) -> Any:
    """Return a text that all its equals share, because a trace has the same names in each send."""
    return intern(value) if type(value) is str else value


def _encoded(value: Any) -> Any:
    kind = type(value)
    if kind is int:
        return _shown_integer(value)
    if kind in _EXACT:
        return value
    if kind is tuple or kind is list:
        items = [_encoded(item) for item in value]
        return items if kind is tuple else {"list": items}
    if kind is dict or kind is MappingProxyType:
        return {"dict": [[_encoded(key), _encoded(item)] for key, item in value.items()]}
    if kind is ObjectDescription:
        kind_of_sender = None if value.kind is None else [_encoded(part) for part in value.kind]
        return {"object": [value.text, kind_of_sender]}
    if kind is Message:
        return {
            "message": [_encoded(part) for part in (value.sender, value.payload, value.options)]
        }
    if kind is JoinedPhrases:
        return {"joined": [str.__str__(value.template), *map(_encoded, value.parts)]}
    if kind is Phrase:
        texts = str.__str__(value.template), str.__str__(value.plural)
        return {"phrase": [*texts, _encoded(value.arguments)]}
    if issubclass(kind, tuple) and kind.__module__.startswith(_PACKAGE):
        name = f"{kind.__module__.removeprefix(_PACKAGE)}:{kind.__name__}"
        return {name: [_encoded(item) for item in value]}
    if issubclass(kind, int):  # an exit status
        return int(value)
    raise TypeError(f"{kind.__name__} is not a frozen value")


def _decoded(document: Any) -> Any:
    if type(document) is list:
        return tuple(_decoded(item) for item in document)
    if type(document) is not dict:
        return document
    [(name, content)] = document.items()
    if name == "list":
        return [_decoded(item) for item in content]
    if name == "dict":
        return {_decoded(key): _decoded(item) for key, item in content}
    if name == "object":
        text, kind = content
        return ObjectDescription(text, None if kind is None else ObjectKind(*map(_decoded, kind)))
    if name == "message":
        return Message(*map(_decoded, content))
    if name == "phrase":
        return _phrase(*map(_decoded, content))
    if name == "joined":
        pattern, *parts = map(_decoded, content)
        return joined(parts, phrase(pattern))
    return _class_of(name)(*map(_decoded, content))


def _phrase(template: str, plural: str, arguments: dict[str, Any]) -> Phrase:
    if not plural:
        return phrase(template, **arguments)
    number = arguments.pop("n")
    return counted(template, plural, number, **arguments)


def _class_of(name: str) -> type[Any]:
    if name not in _CLASSES:
        module, _, name_in_module = name.partition(":")
        if not module.startswith(_VALUES):
            raise ValueError(f"no value {name}")
        found = getattr(import_module(_PACKAGE + module), name_in_module, None)
        if not (isinstance(found, type) and issubclass(found, tuple)):
            raise ValueError(f"no value {name}")
        _CLASSES[name] = found
    return _CLASSES[name]
