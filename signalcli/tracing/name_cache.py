"""Cache the names of receivers and the JSON of senders by identity.

A weak reference validates each entry, so the cache keeps no receiver or sender alive.
"""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import _GeneratorContextManager
from types import AsyncGeneratorType, CoroutineType, GeneratorType, MethodType
from typing import Any, NamedTuple
from weakref import ref

from blinker import Signal

from signalcli.language.phrases import phrase
from signalcli.sending.rows import Observer
from signalcli.signals.internals import is_weak, make_id, receivers_of
from signalcli.signals.receivers import Receiver, ReceiverInfo
from signalcli.signals.reflection import can_be_weak, is_a
from signalcli.signals.tracebacks import drops_result, frame_outside
from signalcli.streams import Capture
from signalcli.text import LONGEST_VALUE
from signalcli.tracing.updates import SenderUpdate
from signalcli.values.inspection import ObjectDescription
from signalcli.values.trace import DROPPED

_LAZY = (GeneratorType, CoroutineType, AsyncGeneratorType, _GeneratorContextManager)
"""The classes of results whose code hasn't run when they are made."""

_GONE = phrase("a receiver that is gone")


class NameCache(Observer):
    """What a recorder knows about receivers and senders. Each is named once while it is alive."""

    def __init__(self, receivers: ReceiverInfo, capture: Capture | None) -> None:
        super().__init__(receivers, capture)
        self.message_of = receivers.message_of
        self.needs_rows = capture is not None or self.withheld is not None
        """Whether a send has to record more than the result and the time of each receiver."""
        self._names: dict[Hashable, tuple[ref[Any], ref[Any] | None, str]] = {}
        self.senders: dict[int, LastingSender] = {}
        """The cached senders, by their ids. All of them are alive."""
        self.new_senders: list[SenderUpdate] = []
        """The senders that were named and not yet taken."""
        self._labels: set[str] = set()
        """The labels of all senders that were named: a proxy or a tuple is named at each send."""

    def name_of(self, receiver: Receiver, receiver_id: Hashable) -> str:
        """Return the name of a receiver."""
        cached = self._names.get(receiver_id)
        if cached is not None:
            first, owner, name = cached
            if owner is None:
                if first() is receiver:
                    return name
            elif first() is receiver.__func__ and owner() is receiver.__self__:  # type: ignore[attr-defined]
                return name
        name = self.receivers.name_of(receiver)
        if type(receiver) is MethodType:
            if can_be_weak(receiver.__func__) and can_be_weak(receiver.__self__):
                self._names[receiver_id] = ref(receiver.__func__), ref(receiver.__self__), name
        elif can_be_weak(receiver):
            self._names[receiver_id] = ref(receiver), None, name
        return name

    def name_of_id(self, signal: Signal, receiver_id: Hashable) -> str:
        """Return the name of a receiver by its id, if it is alive or in the cache."""
        held = receivers_of(signal).get(receiver_id)
        receiver = held() if held is not None and is_weak(held) else held
        if receiver is not None:
            return self.name_of(receiver, receiver_id)
        cached = self._names.get(receiver_id)
        return _GONE if cached is None else cached[2]

    def named_results(
        self,
        signal: Signal,
        ids: tuple[Hashable, ...],
        results: list[tuple[Receiver, Any]],
        log: list[Any],
    ) -> list[Any] | None:
        """Return, from a traced send's log, each receiver's name and its result, in one flat list.

        :param ids: the ids of the receivers that are connected.
        :return: ``None`` if another receiver was called, such as a wrapper of one.
        """
        named: list[Any] = []
        names, position = self._names, 0
        for receiver, value in results:
            try:
                receiver_id = log[position]
            except IndexError:  # of a ``receivers_for`` that was bound before the recording
                return None
            position += 3
            cached = names.get(receiver_id)
            if cached is not None and cached[0]() is receiver:
                name = cached[2]
            elif make_id(receiver) == receiver_id and receiver_id in ids:
                name = self.name_of(receiver, receiver_id)
            elif receiver_id not in ids or self.receivers.unwrapped(receiver) is not None:
                return None
            else:  # 1.6 and 1.7 return what their ``_async_wrapper`` made of the receiver
                name = self.name_of_id(signal, receiver_id)
            named.append(name)
            named.append(value if value is None else self.result_value(value))
        return named

    def name_all(self, signal: Signal, ids: tuple[Hashable, ...]) -> None:
        """Cache the names of receivers before a send, in which one may delete another."""
        for receiver_id in ids:
            if receiver_id not in self._names:
                self.name_of_id(signal, receiver_id)

    def result_value(self, value: object) -> object:
        """Return a result that is JSON and never changes as it is, and another as it is shown."""
        kind = type(value)
        if kind is bool or kind is int or (kind is str and len(value) <= LONGEST_VALUE):  # type: ignore[arg-type]
            return value
        shown = self.receivers.shown_value(value)
        if kind in _LAZY and type(shown) is ObjectDescription and drops_result(frame_outside()):
            return f"{shown.text}{DROPPED}"
        return shown.text if type(shown) is ObjectDescription else shown

    def name_sender(self, sender: object) -> NamedSender:
        """Return how a sender that isn't plain text or a number is shown; cached while it lives."""
        shown: Any = self.receivers.shown_sender(sender)
        value, label = shown, None
        if type(shown) is ObjectDescription:
            value, label = shown.text, shown.text
            if shown.kind is not None and label not in self._labels:
                self._labels.add(label)
                self.new_senders.append(SenderUpdate(label, shown.kind))
        elif type(shown) is not str and not is_a(sender, int):
            label = repr(shown)
        try:
            named = LastingSender(sender, self._forget)
        except TypeError:
            return UnlastingSender(value, label)
        named.sender_id, named.value, named.label = id(sender), value, label
        if type(sender) is not MethodType:  # one is made at each access
            self.senders[id(sender)] = named
        return named

    def sender_and_label(self, sender: object) -> tuple[object, str | None]:
        """Return a sender as JSON, and its label if blinker compares it by identity.

        :param sender: text, a number, ``None``, or what :meth:`name_sender` returned.
        """
        if isinstance(sender, (LastingSender, UnlastingSender)):
            return sender.value, sender.label
        return (None if sender is None else self.result_value(sender)), None

    def _forget(self, dead: LastingSender) -> None:
        if self.senders.get(dead.sender_id) is dead:
            del self.senders[dead.sender_id]


class UnlastingSender(NamedTuple):
    """How a sender is shown that Python can't reference weakly, such as a list."""

    value: object
    label: str | None


class LastingSender(ref):  # type: ignore[type-arg]
    """A weak reference to a sender, with how it is shown. Its death removes it from the cache."""

    __slots__ = ("label", "sender_id", "value")
    sender_id: int
    value: object
    """The sender as JSON."""
    label: str | None
    """The label of a sender that blinker compares by identity."""


NamedSender = UnlastingSender | LastingSender
