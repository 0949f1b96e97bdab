"""Frozen values as lines of JSON, between signalcli and an application's process.

A line holds text, phrases, numbers, ``None``, lists, tuples, dictionaries, and the named tuples of
:mod:`signalcli.values`. Reading a line runs no code but their constructors.
"""

from __future__ import annotations

import json
from importlib import import_module
from types import MappingProxyType
from typing import Any

from signalcli.language.phrases import JoinedPhrases, Phrase, counted, joined, phrase
from signalcli.values.delivery import Message
from signalcli.values.inspection import ObjectDescription, ObjectKind

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
UPDATES = "updates"
"""The name of a line with updates of a trace: see :mod:`signalcli.apps.hosting.update_lines`."""
_EXACT = frozenset((str, int, float, bool, type(None)))
_CLASSES: dict[str, type[Any]] = {}
"""The classes of the values that were read."""


def to_line(name: str, value: object) -> bytes:
    """Return a named value as one line, a JSON object. TypeError if the value is not frozen."""
    return json.dumps({name: encoded(value)}, separators=(",", ":")).encode() + b"\n"


def shown_integer(value: int) -> int | str:
    """Return an integer, or a description if Python can't write it as text."""
    bits = value.bit_length()
    return value if bits < _LONGEST_INTEGER else f"<int of {bits} bits>"


def from_line(line: bytes) -> tuple[str, Any]:
    """Return the name and the value of a line. ValueError if it is no such line."""
    document = json.loads(line)
    if type(document) is not dict or len(document) != 1:
        raise ValueError("not one named value")
    [(name, content)] = document.items()
    if name != UPDATES:
        return name, decoded(content)
    from signalcli.apps.hosting.update_lines import updates_of  # few processes are traced

    return name, updates_of(content)


def encoded(value: Any) -> Any:
    """Return a frozen value as JSON. TypeError if it isn't frozen."""
    kind = type(value)
    if kind is int:
        return shown_integer(value)
    if kind in _EXACT:
        return value
    if kind is tuple or kind is list:
        items = [encoded(item) for item in value]
        return items if kind is tuple else {"list": items}
    if kind is dict or kind is MappingProxyType:
        return {"dict": [[encoded(key), encoded(item)] for key, item in value.items()]}
    if kind is ObjectDescription:
        kind_of_sender = None if value.kind is None else [encoded(part) for part in value.kind]
        return {"object": [value.text, kind_of_sender]}
    if kind is Message:
        return {"message": [encoded(part) for part in (value.sender, value.payload, value.options)]}
    if kind is JoinedPhrases:
        return {"joined": [str.__str__(value.template), *map(encoded, value.parts)]}
    if kind is Phrase:
        texts = str.__str__(value.template), str.__str__(value.plural)
        return {"phrase": [*texts, encoded(value.arguments)]}
    if issubclass(kind, tuple) and kind.__module__.startswith(_PACKAGE):
        name = f"{kind.__module__.removeprefix(_PACKAGE)}:{kind.__name__}"
        return {name: [encoded(item) for item in value]}
    if issubclass(kind, int):  # an exit status
        return int(value)
    raise TypeError(f"{kind.__name__} is not a frozen value")


def decoded(document: Any) -> Any:
    """Return the value that :func:`encoded` wrote."""
    if type(document) is list:
        return tuple(decoded(item) for item in document)
    if type(document) is not dict:
        return document
    [(name, content)] = document.items()
    if name == "list":
        return [decoded(item) for item in content]
    if name == "dict":
        return {decoded(key): decoded(item) for key, item in content}
    if name == "object":
        text, kind = content
        return ObjectDescription(text, None if kind is None else ObjectKind(*map(decoded, kind)))
    if name == "message":
        return Message(*map(decoded, content))
    if name == "phrase":
        return _phrase(*map(decoded, content))
    if name == "joined":
        pattern, *parts = map(decoded, content)
        return joined(parts, phrase(pattern))
    return _class_of(name)(*map(decoded, content))


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
