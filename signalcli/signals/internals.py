"""Read blinker's private data of a signal, without changing the signal.

``Signal.receivers`` maps an id to the receiver, or to a weak reference to it. ``_by_sender`` maps the id of
a sender to its bucket, which is the set of its receivers' ids; ``_by_receiver`` is the reverse. Text and
integers are their own ids since 1.8.1. :mod:`signalcli.signals.snapshot` writes them on a real signal, and
:mod:`signalcli.signals.dry_run` on copies.

Reading an attribute of a signal may create its meta signals or run a subclass's code. So everything is read
from the instance's ``__dict__``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from inspect import iscoroutinefunction
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any
from weakref import WeakMethod, ref

from blinker import Namespace, Signal, _utilities, signal

from signalcli.signals.reflection import (
    attributes,
    bases_of,
    builtin_value,
    class_attributes,
    inherited,
    is_a,
    wrapped_in_c,
)

if TYPE_CHECKING:
    from signalcli.signals.receivers import Receiver, ReceiverInfo

PRIVATE_ATTRIBUTES = ("_by_receiver", "_by_sender", "_weak_senders")
"""The private attributes of a ``Signal`` that signalcli uses."""
PRIVATE_PARAMETERS = {"send": "_async_wrapper", "send_async": "_sync_wrapper"}
PRIVATE_LOCALS = ("self", "receiver", "results")
"""The local variables of both methods that signalcli reads from a traceback."""
ANY_ID = 0
"""The id that blinker gives to ``ANY``."""

# An application may have an older blinker than signalcli itself needs. What versions from 1.4 on name
# differently is here.
_NAMES = vars(_utilities)
_make_id: Callable[[object], Hashable] = _NAMES.get("make_id") or _NAMES["hashable_identity"]
"""Returns the id that blinker gives to a receiver or a sender. It was renamed in 1.8."""
_BY_VALUE = tuple(type(one) for one in ("a sender", 1) if _make_id(one) is one)
"""The classes whose instances are their own ids: text, except in 1.8.0, and integers since 1.6, except in
1.8.0."""
default_namespace: Namespace = signal.__self__  # type: ignore[attr-defined]
"""The namespace of ``blinker.signal``. blinker has a name for it since 1.8."""

is_coroutine_function: Callable[[Receiver], bool] = _NAMES.get(
    "is_coroutine_function", iscoroutinefunction
)
"""Returns whether blinker takes a receiver for a coroutine function. 1.6 has a function of its own."""


def make_id(thing: object) -> Hashable:
    """Return the id that blinker gives to a receiver or a sender.

    blinker asks an object for its ``__class__``; this does so only if that is a method's, by code in C.
    """
    kind = type(thing)
    if kind is MethodType:
        return id(thing.__func__), id(thing.__self__)  # type: ignore[attr-defined]
    if issubclass(kind, _BY_VALUE):
        return builtin_value(thing)
    if kind is not FunctionType and type(wrapped_in_c(thing)) is MethodType:
        return _make_id(thing)
    return id(thing)


def is_own_id(sender: object) -> bool:
    """Return whether a sender is its own id, so that blinker compares it by value."""
    return issubclass(type(sender), _BY_VALUE)


def is_any(sender_id: Hashable) -> bool:
    """Return whether an id of a sender is that of ``ANY``. An id may be an object with an ``==`` of its own."""
    return type(sender_id) is int and sender_id == ANY_ID


class LiveSignal:
    """A live blinker signal, its name, and what is known about its receivers."""

    __slots__ = ("name", "receivers", "signal")

    def __init__(self, name: str, signal: Signal, receivers: ReceiverInfo) -> None:
        self.name = name
        self.signal = signal
        self.receivers = receivers


def receivers_of(signal: Signal) -> dict[Hashable, Any]:
    """Return every receiver, or a weak reference to it, by its id."""
    found: dict[Hashable, Any] = attributes(signal).get("receivers", {})
    return found


def buckets_of(signal: Signal) -> Mapping[Hashable, Any]:
    """Return the buckets: by the sender's id, the ids of the receivers that listen to it.

    An id that is an object with a hash of its own, such as an enumeration member, is replaced by its value.
    """
    found: Mapping[Hashable, Any] = attributes(signal).get("_by_sender", {})
    for sender_id in found:  # there may be 100,000, so this is the quickest way
        kind = type(sender_id)
        if kind is not str and kind is not int and kind is not tuple:
            return {_plain_id(sender_id): bucket for sender_id, bucket in found.items()}
    return found


def any_bucket_of(signal: Signal) -> Any:
    """Return the ids of the receivers that listen to ``ANY``."""
    return attributes(signal).get("_by_sender", {}).get(ANY_ID, ())


def _plain_id(sender_id: Hashable) -> Hashable:
    """Return an id of a sender without code of its own. One that imitates text or an integer has an address."""
    if issubclass(type(sender_id), (str, int)):
        return builtin_value(sender_id)
    return sender_id if type(sender_id) is tuple else id(sender_id)


def listened_to(signal: Signal, receiver_id: Hashable) -> list[Hashable]:
    """Return the ids of the senders that a receiver listens to."""
    return list(attributes(signal).get("_by_receiver", {}).get(receiver_id, ()))


def sender_in(signal: Signal, sender_id: Hashable) -> object:
    """Return the sender of an id, if blinker has a weak reference to it and it is alive."""
    held = attributes(signal).get("_weak_senders", {}).get(sender_id)
    return None if held is None else referent(held)


def receiver_senders(signal: Signal) -> Iterator[object]:
    """Yield the live senders, other than text and numbers, to which receivers listen."""
    for held in list(attributes(signal).get("_weak_senders", {}).values()):
        sender = referent(held)
        if sender is not None:
            yield sender


def is_muted(signal: Signal) -> bool:
    """Return whether a signal is muted."""
    return bool(attributes(signal).get("is_muted", False))


def set_class_of(signal: Signal) -> Callable[[], Any]:
    """Return the class of a signal's buckets."""
    own = attributes(signal).get("set_class")
    made_of: Callable[[], Any] | None = inherited(type(signal), "set_class") if own is None else own
    return set if made_of is None else made_of


def live_receivers(signal: Signal) -> Iterator[tuple[Hashable, Receiver, bool]]:
    """Yield the id, the receiver, and whether it is held weakly, of each live ``signal.receivers`` entry."""
    for receiver_id, held in receivers_of(signal).items():
        weak = is_weak(held)
        receiver = referent(held) if weak else held
        if receiver is not None:
            yield receiver_id, receiver, weak


def referent(held: Any) -> Any:
    """Return the receiver behind a weak reference; ``None`` if it is dead.

    A ``WeakMethod`` creates the bound method again. That fails with a ``TypeError`` for objects that only
    look like a bound method, such as those of ``wrapt``: then return the method that they wrap.
    """
    if type(held) is not WeakMethod or held._meth_type is MethodType:  # type: ignore[attr-defined]
        return held()
    owner, function = ref.__call__(held), held._func_ref()  # type: ignore[attr-defined]
    return None if owner is None or function is None else MethodType(function, owner)


def is_weak(held: object) -> bool:
    """Return whether an entry of ``signal.receivers`` is a weak reference.

    Before 1.8, blinker had a class of its own for weak references to bound methods.
    """
    kind = type(held)
    if issubclass(kind, ref) or kind is FunctionType:
        return kind is not FunctionType
    return {"weak_self", "weak_func"} <= attributes(held).keys()


def doc_of(signal: Signal) -> str | None:
    """Return the ``doc`` that a signal was created with."""
    doc = attributes(signal).get("__doc__")
    return str.__str__(doc) if is_a(doc, str) else None


def blinkers_own(kind: type) -> type:
    """Return the base of a signal class that is blinker's ``Signal``, or a copy of it."""
    if issubclass(kind, Signal):
        return Signal
    for base in reversed(bases_of(kind)):
        if class_attributes(base).keys() >= {"connect", "has_receivers_for", "receivers_for"}:
            return base
    raise TypeError(f"{kind} is no signal's class")


def overrides_receivers_for(kind: type) -> bool:
    """Return whether a signal class overrides ``receivers_for``."""
    own = inherited(kind, "receivers_for")
    return own is not inherited(blinkers_own(kind), "receivers_for")


def asks_own_code(signal: Signal) -> bool:
    """Return whether asking a signal which receivers it would call runs code outside blinker.

    That code is an overridden ``receivers_for``, or the methods of a ``set_class``.
    """
    kinds = (set_class_of(signal), *map(type, buckets_of(signal).values()))
    return overrides_receivers_for(type(signal)) or not all(kind is set for kind in kinds)
