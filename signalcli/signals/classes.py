"""Signal classes: blinker's ``Signal``, copies of it in other packages, and their subclasses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from signalcli.signals.internals import blinkers_own
from signalcli.signals.reflection import class_attributes, inherited

Method = Callable[..., Any]


METHODS = {"connect", "disconnect", "receivers_for", "has_receivers_for", "send"}
"""The methods by which a signal class is recognised. Every release of blinker has them."""


_SUBCLASSES: Callable[[type], list[type]] = type.__subclasses__


def is_root(kind: type) -> bool:
    """Return whether a class is blinker's ``Signal``, or a copy of it in another package."""
    return class_attributes(kind).keys() >= METHODS


def subclasses(*roots: type) -> Iterator[type]:
    """Yield classes and all of their subclasses, each once and after one of its bases."""
    seen: set[int] = set()
    todo = list(roots)
    while todo:
        kind = todo.pop()
        if id(kind) not in seen:
            seen.add(id(kind))
            yield kind
            todo += _SUBCLASSES(kind)


HAS_OWN_CODE: dict[type, bool] = {}
"""A cache of :func:`has_own_code`. Traced sends read it directly."""


_METHODS_OF_A_SEND = (
    "send",
    "send_async",
    "receivers_for",
    "has_receivers_for",
    "__getattribute__",
    "__dict__",
)


_DATA_OF_A_SEND = ("is_muted", "receivers", "_by_sender")


def has_own_code(kind: type) -> bool:
    """Return whether a signal class overrides what blinker's ``send`` uses, and cache it."""
    root = blinkers_own(kind)
    HAS_OWN_CODE[kind] = any(
        inherited(kind, name) is not inherited(root, name) for name in _METHODS_OF_A_SEND
    ) or any(
        inherited(type(inherited(kind, name)), "__set__") is not None for name in _DATA_OF_A_SEND
    )
    return HAS_OWN_CODE[kind]
