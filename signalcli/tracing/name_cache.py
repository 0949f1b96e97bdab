"""Who receivers and senders are, for what is told of every send: each is asked about only once.

Nobody is held: they are known again by weak references.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from types import MethodType
from typing import TYPE_CHECKING, Any
from weakref import ref

from blinker import Signal

from signalcli.signals.functions import Receiver
from signalcli.signals.internals import is_weak, receivers_of
from signalcli.signals.reflection import inherited, is_a, plain
from signalcli.streams import Capture
from signalcli.text import as_json_value, copied

if TYPE_CHECKING:
    from signalcli.signals.receiver_info import Roster

BY_VALUE = frozenset((str, int, bool, type(None)))
"""What JSON holds as it is, and nobody can change."""


class Known:
    """Who receivers and senders are: each is asked about once, for as long as it lives.

    :param capture: the standard output in place, to tell what each receiver printed; ``None`` where
        that isn't told.
    """

    def __init__(self, roster: Roster, capture: Capture | None) -> None:
        self.roster = roster
        self.capture = capture
        self.withheld = roster.withheld if roster.withholds else None
        """Gives the reason why a receiver is never called; ``None`` where all are."""
        self.tells_more = capture is not None or self.withheld is not None
        """Whether there is more to tell of a receiver than its name, its result and its time."""
        self._names: dict[Hashable, tuple[ref[Any], ref[Any] | None, str]] = {}
        self.senders: dict[int, ToldSender] = {}
        """What was told of senders, by their ids."""

    def name_of(self, receiver: Receiver, receiver_id: Hashable) -> str:
        """The name of a receiver, by blinker's id of it."""
        known = self._names.get(receiver_id)
        if known is not None:
            first, owner, name = known
            if owner is None:
                if first() is receiver:
                    return name
            elif first() is receiver.__func__ and owner() is receiver.__self__:  # type: ignore[attr-defined]
                return name
        name = self.roster.name_of(receiver)
        if type(receiver) is MethodType:
            if _can_be_weak(receiver.__func__, receiver.__self__):
                self._names[receiver_id] = ref(receiver.__func__), ref(receiver.__self__), name
        elif _can_be_weak(receiver):
            self._names[receiver_id] = ref(receiver), None, name
        return name

    def name_of_id(self, signal: Signal, receiver_id: Hashable) -> str:
        """The name of a receiver that a signal had, if it is still alive or has been named before."""
        held = receivers_of(signal).get(receiver_id)
        receiver = held() if held is not None and is_weak(held) else held
        if receiver is not None:
            return self.name_of(receiver, receiver_id)
        known = self._names.get(receiver_id)
        return "a receiver that is gone" if known is None else known[2]

    def told_results(self, results: list[tuple[Receiver, Any]], log: list[Any]) -> list[Any]:
        """Of each receiver that returned, its name and the value, one after the other.

        :param log: as that of :class:`Send`.
        """
        gave: list[Any] = []
        names, position = self._names, 0
        for receiver, value in results:
            receiver_id = log[position]
            position += 3
            known = names.get(receiver_id)
            if known is None or known[0]() is not receiver:
                gave.append(self.name_of(receiver, receiver_id))
            else:
                gave.append(known[2])
            gave.append(value if type(value) in BY_VALUE else plain_value(value))
        return gave

    def name_all(self, signal: Signal, ids: tuple[Hashable, ...]) -> None:
        """Know the names of all of these: one may let go of another before that is reached."""
        for receiver_id in ids:
            if receiver_id not in self._names:
                self.name_of_id(signal, receiver_id)

    def told_sender(self, sender: object) -> ToldSender:
        """What is told of a sender that isn't plain text or a number."""
        value = copied(as_json_value(plain(sender)))  # text is text, whatever its class
        known = self.senders.get(id(sender))
        if known is not None and known[0]() is sender:
            return known[0], value, known[2]
        is_by_value = is_a(sender, (str, int))
        told = _gone, value, None if is_by_value else self.roster.shown(sender)
        if _can_be_weak(sender):
            lasts = inherited(type(sender), "__repr__") is object.__repr__
            self.senders[id(sender)] = ref(sender), value if lasts else None, told[2]
        return told


ToldSender = tuple[Callable[[], Any], object, "str | None"]
"""Of a sender a weak reference, what JSON holds of it, ``None`` where that is to be asked for each
time, and what one that is compared by identity is shown as."""


def _gone() -> None:
    """Stands for the weak reference to what can't have one."""


def _can_be_weak(*things: object) -> bool:
    return all(type(thing).__weakrefoffset__ for thing in things)


def plain_value(value: object) -> object:
    """What JSON holds of a result."""
    return value if type(value) in BY_VALUE else copied(as_json_value(value))
