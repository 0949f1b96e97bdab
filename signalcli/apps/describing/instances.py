"""Identify an instance by the values that it stores: a name, an id, or the key that an ORM keeps.

Everything is read from instance dictionaries and slots. No property, ``__getattr__`` or descriptor of a
class runs.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time, timezone
from enum import Enum
from typing import Any

from signalcli.signals.reflection import (
    attributes,
    class_name,
    inherited,
    is_a,
    is_exactly,
    short_class_name,
    slots,
)

NAMES = ("id", "pk", "name", "import_name", "__name__", "title", "slug", "label", "_id", "_name")
"""The attributes that identify an instance, the best first."""
_RECORDS = ("__data__", "_data")
"""The attributes in which peewee and mongoengine store the fields of a model."""
_LONGEST_TEXT = 60
"""characters. A longer text is no name."""

_STANDARD = {
    "datetime": ("date", "datetime", "time", "timedelta", "timezone"),
    "decimal": ("Decimal",),
    "fractions": ("Fraction",),
    "ipaddress": ("IPv4Address", "IPv4Network", "IPv6Address", "IPv6Network"),
    "re": ("Pattern",),
    "pathlib": ("PosixPath", "PurePosixPath", "PureWindowsPath", "WindowsPath"),
    "uuid": ("UUID",),
    "zoneinfo": ("ZoneInfo",),
}
"""Classes of the standard library whose ``repr`` shows the value, by module."""

Write = Callable[[object], str]
"""Returns the description of a value within the limit of the whole."""


def stored_values(thing: object) -> Mapping[str, Any]:
    """Return the values that an instance stores, by attribute."""
    found = attributes(thing)
    own = found if type(found) is dict else dict(dict.items(found))
    filled = {descriptor.__name__: value for descriptor, value in slots(thing)}
    return {**filled, **own} if filled else own


def is_standard_value(thing: object) -> bool:
    """Return whether a class of the standard library shows the value in a ``repr`` of its own."""
    kind = type(thing)
    module, _, rest = class_name(kind).partition(".")
    name = rest.rpartition(".")[2]
    if name not in _STANDARD.get(module, ()):
        return False
    if attributes(sys.modules.get(module)).get(name) is not kind:
        return False
    if type(thing) is datetime or type(thing) is time:
        zone = thing.tzinfo
        return zone is None or type(zone) is timezone or is_standard_value(zone)
    return True


def fields_of(thing: object) -> Iterator[tuple[str, object]] | None:
    """Return the fields of a dataclass that are part of its ``repr``; ``None`` for another object."""
    fields = inherited(type(thing), "__dataclass_fields__")
    if type(fields) is not dict:
        return None
    own = stored_values(thing)
    return (
        (name, own[name])
        for name, field in fields.items()
        if name in own and stored_values(field).get("repr") is True
    )


def identity(thing: object, write: Write) -> str | None:
    """Return what identifies an instance, such as ``'shop'`` or ``5``; ``None`` if nothing does."""
    own = stored_values(thing)
    state_key = stored_values(own.get("_sa_instance_state")).get("key")  # of SQLAlchemy
    if type(state_key) is tuple and len(state_key) > 1 and type(state_key[1]) is tuple:
        return ", ".join(map(write, state_key[1]))
    records = [own, *(own[name] for name in _RECORDS if is_a(own.get(name), dict))]
    for name in (*_primary_key(type(thing)), *NAMES):
        for record in records:
            value = dict.get(record, name)
            is_address = type(value) is int and value == id(thing)
            if value is not None and not is_address and _identifies(value):
                return _object_id(value) or write(value)
    return None


def _primary_key(kind: type) -> Iterator[str]:
    """Yield the attribute of the primary key of a model of Django or peewee."""
    meta = attributes(inherited(kind, "_meta"))
    for key, name in (("pk", "attname"), ("primary_key", "name")):
        found = attributes(meta.get(key)).get(name)
        if type(found) is str:
            yield found


def _identifies(value: object) -> bool:
    if type(value) is str:
        return 0 < len(value) <= _LONGEST_TEXT
    if is_exactly(value, int, bytes) or is_a(value, Enum) or _object_id(value):
        return True
    return is_standard_value(value)


def _object_id(value: object) -> str | None:
    """Return an ``ObjectId`` of MongoDB in hexadecimal digits."""
    is_id = short_class_name(type(value)) == "ObjectId"
    own = stored_values(value).get("_ObjectId__id") if is_id else None
    return repr(own.hex()) if type(own) is bytes else None


def module_attribute(thing: object) -> str | None:
    """Return the name of the first module's attribute that is an object; ``None`` if no module has it.

    The search takes milliseconds, so its result is kept, with what shows that it still holds. After some
    objects of a class that no module has, no more of them are searched for: each request may make one.
    """
    found = _ATTRIBUTES.get(id(thing))
    if found is not None:
        own, name, count = found
        if own.get(name) is thing or (not name and count == len(sys.modules)):
            return name or None
    kind = id(type(thing))
    own, name = next(_holders(thing), ({}, "")) if _MISSES[kind] < _MOST_MISSES else ({}, "")
    _MISSES[kind] += not name
    _ATTRIBUTES[id(thing)] = own, name, len(sys.modules)
    return name or None


_ATTRIBUTES: dict[int, tuple[dict[str, Any], str, int]] = {}
"""By the id of an object: the namespace and the name, or none and the number of modules searched."""


_MISSES: Counter[int] = Counter()
"""By the id of a class: the number of its objects that no module had."""
_MOST_MISSES = 10


def _holders(thing: object) -> Iterator[tuple[dict[str, Any], str]]:
    main = sys.modules.get("__main__")
    others = [module for module in list(sys.modules.values()) if module is not main]
    for module in (*others, main):
        own = attributes(module)
        for name, value in list(own.items()):
            if value is thing and type(name) is str and not name.startswith("__"):
                yield own, name
