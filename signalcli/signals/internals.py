"""Reading what blinker keeps of a signal, and asking blinker about it, without changing anything.

blinker's bookkeeping is in attributes with a leading underscore, and is written only in
:mod:`signalcli.signals.snapshot`. ``Signal.receivers`` maps an id to the receiver or to a weak reference to
it, ``_by_sender`` the id of a sender to the bucket of its receivers' ids, ``_by_receiver`` the
reverse. Text and integers are their own ids; ``ANY`` has the id 0.

Reading an attribute of a signal can create its meta signals, and what a subclass makes of it is its
own affair; so they are read from where Python keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from types import FunctionType, MethodType
from typing import Any
from weakref import WeakMethod, ref

from blinker import Signal

from signalcli.signals.functions import Receiver
from signalcli.signals.reflection import attributes, bases_of, class_attributes, inherited

ANY_ID = 0
"""blinker's own id of ``ANY``."""


def receivers_of(signal: Signal) -> dict[Hashable, Any]:
    """Every receiver, or a weak reference to it, by its id."""
    found: dict[Hashable, Any] = attributes(signal).get("receivers", {})
    return found


def buckets_of(signal: Signal) -> Mapping[Hashable, Any]:
    """The ids of the receivers that listen to each sender, by the sender's id."""
    found: Mapping[Hashable, Any] = attributes(signal).get("_by_sender", {})
    return found


def listened_to(signal: Signal, receiver_id: Hashable) -> list[Hashable]:
    """The ids of the senders that a receiver listens to."""
    return list(attributes(signal).get("_by_receiver", {}).get(receiver_id, ()))


def sender_in(signal: Signal, sender_id: Hashable) -> object:
    """The sender of an id that blinker keeps a weak reference to; ``None`` if it keeps none."""
    held = attributes(signal).get("_weak_senders", {}).get(sender_id)
    return None if held is None else referent(held)


def is_muted(signal: Signal) -> bool:
    """Whether the signal is muted."""
    return bool(attributes(signal).get("is_muted", False))


def set_class_of(signal: Signal) -> Callable[[], Any]:
    """What its buckets are made of."""
    own = attributes(signal).get("set_class")
    made_of: Callable[[], Any] = own or inherited(type(signal), "set_class") or set
    return made_of


def live_receivers(signal: Signal) -> Iterator[tuple[Hashable, Receiver, bool]]:
    """The id, the function and the weakness of every entry of ``signal.receivers``."""
    for receiver_id, held in receivers_of(signal).items():
        weak = is_weak(held)
        receiver = referent(held) if weak else held
        if receiver is not None:
            yield receiver_id, receiver, weak


def referent(held: Any) -> Any:
    """What blinker holds a weak reference to; ``None`` if that is gone.

    Python makes a bound method anew for it. It can't where something only says that it is one, as
    those of ``wrapt`` do, so that blinker's sends end by a ``TypeError``; here it is the method that
    the thing stands for.
    """
    if type(held) is not WeakMethod or held._meth_type is MethodType:  # type: ignore[attr-defined]
        return held()
    owner, function = ref.__call__(held), held._func_ref()  # type: ignore[attr-defined]
    return None if owner is None or function is None else MethodType(function, owner)


def is_weak(held: object) -> bool:
    """Whether a signal holds a receiver weakly.

    Before 1.8, which some packages bring along, blinker had a class of its own for the weak
    reference to a bound method.
    """
    kind = type(held)
    if issubclass(kind, ref) or kind is FunctionType:
        return kind is not FunctionType
    return {"weak_self", "weak_func"} <= attributes(held).keys()


def doc_of(signal: Signal) -> str | None:
    """The signal's own doc, if it was given one."""
    doc = attributes(signal).get("__doc__")
    return doc if isinstance(doc, str) else None


def blinkers_own(kind: type) -> type:
    """The class among the bases of a signal's class that is blinker's, or a copy of blinker's."""
    if issubclass(kind, Signal):
        return Signal
    for base in reversed(bases_of(kind)):
        if class_attributes(base).keys() >= {"connect", "has_receivers_for", "receivers_for"}:
            return base
    raise TypeError(f"{kind} is no signal's class")
