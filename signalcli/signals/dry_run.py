"""Asking blinker whom it would call, without changing anything.

``has_receivers_for`` and ``receivers_for`` may create buckets and disconnect receivers that are
gone. Here they are blinker's own, and are asked about a bare signal that stands in for the real one
and looks into its buckets. In the place of each receiver it has that receiver's id, so that nobody's
code runs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from copy import copy as copied
from typing import Any

from blinker import Signal
from blinker._utilities import make_id

from signalcli.signals.functions import answer
from signalcli.signals.internals import (
    ANY_ID,
    blinkers_own,
    buckets_of,
    live_receivers,
    receivers_of,
    sender_in,
    set_class_of,
)
from signalcli.signals.reflection import attributes, class_attributes, inherited, slots

_QUESTIONS = ("has_receivers_for", "receivers_for")
_A_SENDER = "a sender"


Answer = tuple[bool, tuple[Hashable, ...]]
"""What blinker says about one sender: what ``has_receivers_for`` returns, and the ids of those whom
``receivers_for`` yields, in the order of the dispatch. No named tuple: every send would pay for it."""


class Asking:
    """Puts questions about one signal to blinker, as it is now.

    A subclass that answers them itself is asked too: a copy of the signal, which has a dict, a list
    and a set of its own wherever the signal has one. Where that fails, blinker is asked.
    """

    def __init__(self, signal: Signal) -> None:
        self._signal = signal
        self._root = blinkers_own(type(signal))
        self._own = class_attributes(self._root)
        self._is_overridden = any(
            inherited(type(signal), question) is not self._own[question] for question in _QUESTIONS
        )
        self._held = {receiver_id: (receiver_id,) for receiver_id in receivers_of(signal)}
        self._live = {id_: (id_,) for id_, _, _ in live_receivers(signal)}
        self._buckets = _Buckets(buckets_of(signal), set_class_of(signal))

    def about(self, sender: object) -> Answer:
        """What blinker says about a sender, or about ``ANY``."""
        if self._is_overridden:
            asked = answer(lambda: self._ask_subclass(sender), None)
            if asked is not None:
                return asked
        return self._ask(self._buckets, sender)

    def about_bucket(self, sender_id: Hashable) -> Answer:
        """What blinker says about the sender of a bucket, which may be unknown."""
        if self._is_overridden:
            sender = sender_in(self._signal, sender_id)
            return self.about(sender_id if sender is None else sender)
        alone = {ANY_ID: self._buckets[ANY_ID], _A_SENDER: self._buckets[sender_id]}
        return self._ask(_Buckets(alone, set_class_of(self._signal)), _A_SENDER)

    def _ask(self, buckets: _Buckets, sender: object) -> Answer:
        stand_in: Any = object.__new__(self._root)
        own = attributes(stand_in)
        own.update(_by_sender=buckets, receivers=self._held)
        result = bool(self._own["has_receivers_for"](stand_in, sender))
        own["receivers"] = self._live
        called = self._own["receivers_for"](stand_in, sender)
        return result, tuple(receiver_id for (receiver_id,) in called)

    def _ask_subclass(self, sender: object) -> Answer:
        has_receivers_for, receivers_for = (inherited(type(self._signal), q) for q in _QUESTIONS)
        result = bool(has_receivers_for(_copy(self._signal), sender))
        called = map(make_id, list(receivers_for(_copy(self._signal), sender)))
        return result, tuple(id_ for id_ in called if id_ in self._live)


class _Buckets:
    """Buckets to look into: a missing one is answered by an empty one, and not created."""

    def __init__(self, buckets: Mapping[Hashable, Any], new: Callable[[], Any]) -> None:
        self._buckets = buckets
        self._new = new

    def __contains__(self, sender_id: Hashable) -> bool:
        return sender_id in self._buckets

    def __getitem__(self, sender_id: Hashable) -> Any:
        return self._buckets[sender_id] if sender_id in self._buckets else self._new()


def _copy(signal: Signal) -> Signal:
    """Another signal of the same class, with everything that this one has."""
    copy = object.__new__(type(signal))
    for descriptor, value in slots(signal):
        descriptor.__set__(copy, value)
    own = {name: _own_of(value) for name, value in attributes(signal).items()}
    buckets = {id_: copied(bucket) for id_, bucket in buckets_of(signal).items()}
    own["_by_sender"] = defaultdict(set_class_of(signal), buckets)
    for question in _QUESTIONS:
        own.pop(question, None)  # an attribute of the signal itself, which would ask the real one
    attributes(copy).update(own)
    return copy


def _own_of(value: Any) -> Any:
    kind = type(value)
    return kind(value) if kind is dict or kind is list or kind is set else value
