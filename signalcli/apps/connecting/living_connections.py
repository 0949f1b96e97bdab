"""The recorded connections that haven't ended, and the deaths that end them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any
from weakref import ref

from signalcli.apps.connecting.connect_calls import ConnectCall, weak_reference
from signalcli.apps.connecting.equivalent_receivers import equivalence_key
from signalcli.signals.internals import is_weak, listened_to, make_id, receivers_of, referent

_MOST_EQUIVALENTS = 20
"""receivers of one code: of more, disconnected ones count too."""


class LivingConnections:
    """The last connect of each receiver that is connected. It holds no receiver, sender or signal.

    :param receiver_died: is called with the ids of a signal and of a receiver, and with its last connect,
        when the receiver dies while it is connected.
    :param sender_died: is called with a connect when the sender of its filter dies while the receiver lives.
    """

    def __init__(
        self,
        receiver_died: Callable[[Hashable, ConnectCall], object],
        sender_died: Callable[[ConnectCall], object],
    ) -> None:
        self._report_receiver = receiver_died
        self._report_sender = sender_died
        self._connects: dict[tuple[int, Hashable], ConnectCall] = {}
        """By the ids of signal and receiver."""
        self._filters: dict[tuple[int, Hashable, int], object] = {}
        """Weak references to the senders of filters, by the ids of signal, receiver and sender."""
        self._ever: dict[Hashable, set[Hashable]] = {}
        """The ids of all senders that each receiver listened to, by the ids of signal and receiver."""
        self._equivalents: dict[Hashable, set[Hashable]] = {}
        """The ids of living receivers by what they have in common: signal, sender, code and what they hold."""

    def of(self, signal: Any, receiver_id: Hashable) -> ConnectCall | None:
        """Return the last connect of a receiver; ``None`` if none was recorded."""
        connect = self._connects.get((id(signal), receiver_id))
        return None if connect is None or connect.signal() is not signal else connect

    def elsewhere(self, signal: Any, receiver: Any) -> ref[Any] | None:
        """Return another signal that a receiver is connected to; ``None`` if there is none."""
        receiver_id = make_id(receiver)
        for (_, its_id), connect in list(self._connects.items()):
            other = connect.signal() if its_id == receiver_id else None
            if other is not None and other is not signal:
                return connect.signal
        return None

    def add(self, signal: Any, receiver: Any, sender: object, connect: ConnectCall) -> None:
        """Add a connect, and wait for the deaths of a receiver that is held weakly and of its sender."""
        receiver_id = make_id(receiver)
        key = id(signal), receiver_id
        self._ever.setdefault(key, set()).update((connect.sender_id, None))
        if connect.weak:
            reference = weak_reference(receiver, lambda dead: self._receiver_died(key, receiver_id))
            connect = connect._replace(reference=reference)
        self._connects[key] = connect
        if connect.sender_reference is not None:
            filtered = id(signal), receiver_id, id(sender)
            self._filters[filtered] = weak_reference(
                sender, lambda dead: self._sender_died(filtered, connect)
            )

    def count_equivalents(self, signal: Any, receiver: Any, connect: ConnectCall) -> int:
        """Count the living receivers that do the same as one that is now connected, itself included; 0 if unknown."""
        common = equivalence_key(receiver)
        if common is None:
            return 0
        ids = self._equivalents.setdefault((id(signal), connect.sender_id, common), set())
        if len(ids) < _MOST_EQUIVALENTS:
            living = receivers_of(signal)
            ids -= {one for one in ids if not listened_to(signal, one) or one not in living}
        ids.add(make_id(receiver))
        return len(ids)

    def end(self, signal: Any, receiver_id: Hashable, sender: object, *, is_any: bool) -> None:
        """Forget what a disconnect ended, and a receiver without connections, which no send calls."""
        for key in [key for key in self._filters if key[:2] == (id(signal), receiver_id)]:
            if is_any or key[2] == id(sender):
                self._filters.pop(key, None)
        if not listened_to(signal, receiver_id):
            self._connects.pop((id(signal), receiver_id), None)

    def has_ended(self, signal: Any, receiver: Any, disconnect: ConnectCall) -> bool:
        """Return whether the connection that a disconnect names existed earlier and has ended."""
        listened = self._ever.get((id(signal), make_id(receiver)), ())
        return (None if disconnect.is_any else disconnect.sender_id) in listened

    def replaces(self, dead: ConnectCall) -> bool:
        """Return whether the same line connected a receiver that still exists, in place of the dead one.

        A loop that connects a new function in every turn is no replacement.
        """
        return not dead.at_once and any(one.sender == dead.sender for one in self._of_line(dead))

    def has_other_sender(self, dead: ConnectCall) -> bool:
        """Return whether the same line connected a receiver to another sender, which lives."""
        return any(not one.has_lost_sender for one in self._of_line(dead))

    def clear(self) -> None:
        """Forget all weak references."""
        self._connects.clear()
        self._filters.clear()

    def _of_line(self, dead: ConnectCall) -> Iterator[ConnectCall]:
        for one in list(self._connects.values()):
            if one.place == dead.place and one.signal() is dead.signal():
                yield one

    def _receiver_died(self, key: tuple[int, Hashable], receiver_id: Hashable) -> None:
        """Report a death. blinker's own callback runs later, so the signal still has the receiver."""
        connect = self._connects.pop(key, None)
        self._ever.pop(key, None)
        signal = None if connect is None else connect.signal()
        if connect is not None and signal is not None and receiver_id in receivers_of(signal):
            self._report_receiver(key, connect)

    def _sender_died(self, key: tuple[int, Hashable, int], connect: ConnectCall) -> None:
        signal = connect.signal()
        if self._filters.pop(key, None) is not None and signal is not None:
            held = receivers_of(signal).get(key[1])
            if held is not None and not (is_weak(held) and referent(held) is None):
                self._report_sender(connect)
