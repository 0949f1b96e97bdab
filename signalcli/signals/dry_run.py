"""Ask blinker which receivers it would call, without changing the signal.

``has_receivers_for`` and ``receivers_for`` may create buckets, and disconnect dead receivers. A dry run
calls them on a bare stand-in that reads the real signal's buckets. The stand-in holds the ids of the
receivers in place of the receivers, so that no code of a receiver runs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from copy import copy as copied
from typing import Any

from blinker import Signal

from signalcli.signals.internals import (
    ANY_ID,
    blinkers_own,
    buckets_of,
    live_receivers,
    make_id,
    receivers_of,
    sender_in,
    set_class_of,
)
from signalcli.signals.receivers import try_call
from signalcli.signals.reflection import attributes, class_attributes, inherited, is_exactly, slots

_QUESTIONS = ("has_receivers_for", "receivers_for")
_A_SENDER = "a sender"


DryRunAnswer = tuple[bool, tuple[Hashable, ...]]
"""What blinker answers about one sender: the result of ``has_receivers_for``, and the ids of the
receivers that ``receivers_for`` yields, in order. A plain tuple, because a class costs start-up time."""


class DryRun:
    """Ask blinker about one signal, in its present state.

    A subclass's own method runs on a copy of the signal, which has its own dicts, lists and sets. If that
    fails, blinker's method runs instead.
    """

    def __init__(self, signal: Signal) -> None:
        self._signal = signal
        self._root = blinkers_own(type(signal))
        self._own = class_attributes(self._root)
        self._receivers = {receiver_id: (receiver_id,) for receiver_id in receivers_of(signal)}
        self._live = {id_: (id_,) for id_, _, _ in live_receivers(signal)}
        self._buckets = _Buckets(buckets_of(signal), set_class_of(signal))

    def about(self, sender: object) -> DryRunAnswer:
        """Return what blinker answers about a sender or about ``ANY``."""
        return self._answer(sender, make_id(sender))

    def receivers_for(self, sender: object) -> tuple[Hashable, ...]:
        """Return the ids of the receivers that a send calls, in order."""
        return self._called(sender, make_id(sender))

    def about_bucket(self, sender_id: Hashable) -> DryRunAnswer:
        """Return what blinker answers about the sender of a bucket. The sender may be unknown."""
        sender = None
        if any(map(self._is_overridden, _QUESTIONS)):
            sender = sender_in(self._signal, sender_id)
        return self._answer(sender_id if sender is None else sender, sender_id)

    def _answer(self, sender: object, sender_id: Hashable) -> DryRunAnswer:
        result = self._ask("has_receivers_for", bool, self._receivers, sender, sender_id)
        return bool(result), self._called(sender, sender_id)

    def _called(self, sender: object, sender_id: Hashable) -> tuple[Hashable, ...]:
        called = self._ask("receivers_for", list, self._live, sender, sender_id)
        ids = (one[0] if type(one) is tuple else make_id(one) for one in called)
        return tuple(id_ for id_ in ids if id_ in self._live)

    def _is_overridden(self, question: str) -> bool:
        return inherited(type(self._signal), question) is not self._own[question]

    def _ask(
        self,
        question: str,
        finish: Callable[[Any], Any],
        receivers: dict[Hashable, Any],
        sender: object,
        sender_id: Hashable,
    ) -> Any:
        """Call blinker's method on a stand-in, or a subclass's own on a copy; ``finish`` reads its result.

        The stand-in has the bucket of the sender as that of a text, which blinker can look up without
        running code of the sender.
        """
        if self._is_overridden(question):
            method = inherited(type(self._signal), question)
            found = try_call(lambda: finish(method(_copy(self._signal), sender)), None)
            if found is not None:
                return found
        stand_in: Any = object.__new__(self._root)
        buckets = self._buckets.of(sender_id, make_id(_A_SENDER))
        attributes(stand_in).update(_by_sender=buckets, receivers=receivers)
        return self._own[question](
            stand_in, sender if sender is self._own.get("ANY") else _A_SENDER
        )


class _Buckets:
    """Read-only buckets: a missing one reads as an empty one, and isn't created."""

    def __init__(self, buckets: Mapping[Hashable, Any], new: Callable[[], Any]) -> None:
        self._buckets = buckets
        self._new = new

    def of(self, sender_id: Hashable, other_id: Hashable) -> _Buckets:
        """Return the buckets of ``ANY`` and of one sender, whose id is replaced by another."""
        found: dict[Hashable, Any] = {ANY_ID: self[ANY_ID]}
        if sender_id in self:
            found[other_id] = self[sender_id]
        return _Buckets(found, self._new)

    def __contains__(self, sender_id: Hashable) -> bool:
        return sender_id in self._buckets

    def __getitem__(self, sender_id: Hashable) -> Any:
        return self._buckets[sender_id] if sender_id in self._buckets else self._new()


def _copy(signal: Signal) -> Signal:
    copy = object.__new__(type(signal))
    for descriptor, value in slots(signal):
        descriptor.__set__(copy, value)
    own = {
        name: copied(value) if is_exactly(value, dict, list, set) else value
        for name, value in attributes(signal).items()
    }
    buckets = {id_: copied(bucket) for id_, bucket in buckets_of(signal).items()}
    own["_by_sender"] = defaultdict(set_class_of(signal), buckets)
    for question in _QUESTIONS:
        own.pop(question, None)  # an override on the instance, bound to the real signal
    attributes(copy).update(own)
    return copy
