"""The sends that wait in this process until the server has stored them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from threading import Condition

from signalcli.errors import RelayError, UsageError
from signalcli.relay.envelope import Envelope, write_envelope
from signalcli.values.signal_name import SignalName

LOGGER = "signalcli.relay"
SIZE = 10_000
"""sends that an outbox holds, if the application doesn't say."""
POLICIES = ("drop", "block", "raise")


class OutboxFull(RelayError):
    """A send of an application whose outbox is full, and that asked for this error."""


@dataclass(slots=True, eq=False)
class OutgoingSend:
    """One send, from the moment when it is made until the server has stored it.

    This is made on every send of a published signal, so it is written as a message only later.
    """

    id: str
    signal: SignalName
    sender: object
    payload: Mapping[str, object]
    time: float
    """seconds since the epoch."""
    parent: str | None
    hops: int
    groups: tuple[str, ...]
    """The queues and durable listeners that heard it, because this process is one of theirs."""
    trace_to: str | None = None
    """See :class:`~signalcli.relay.envelope.Envelope`."""
    message: bytes | None = None
    """The message, once it is written."""

    def write(self, source: str) -> bytes:
        """Return the message. The first call decides its source."""
        if self.message is None:
            envelope = Envelope(
                self.id,
                source,
                self.signal,
                self.sender,
                self.payload,
                _moment(int(self.time * 1000)),
                self.parent,
                self.hops,
                heard_by=self.groups,
                trace_to=self.trace_to,
            )
            self.message = write_envelope(envelope)
        return self.message


@lru_cache(maxsize=1)
def _moment(milliseconds: int) -> str:
    """Return a time, in milliseconds since the epoch, as RFC 3339."""
    moment = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    return moment.isoformat(timespec="milliseconds")


class Outbox:
    """Sends in memory, oldest first. Any thread adds, and one event loop takes.

    :param size: how many sends it holds, those included that aren't acknowledged yet.
    :param full: what :meth:`put` does when it is full: ``"drop"`` the send and count it, ``"block"``
        until there is room, or ``"raise"`` OutboxFull.
    """

    def __init__(self, size: int = SIZE, full: str = "drop") -> None:
        if full not in POLICIES:
            raise UsageError(f"A full outbox can 'drop', 'block' or 'raise', not '{full}'.")
        if size < 1:
            raise UsageError(f"An outbox holds 1 send or more, not {size}.")
        self.size = size
        self.full = full
        self.dropped = 0
        """Sends that were dropped because the outbox was full, or made after :meth:`close`."""
        self.reset()

    def reset(self) -> None:
        """Forget every send, in a child that forked off: the parent publishes them."""
        self._waiting: deque[OutgoingSend] = deque()
        self._taken = 0
        self._room = Condition()
        self._is_closed = False
        self._has_reported = False
        """Whether the first send after :meth:`close` was logged."""
        self.wake: Callable[[], object] | None = None
        """Called by the next :meth:`put`, once."""

    def __len__(self) -> int:
        return len(self._waiting) + self._taken

    def put(self, send: OutgoingSend) -> None:
        """Add a send. This never waits for the server, except with ``"block"``."""
        if len(self._waiting) + self._taken < self.size or self._has_room():
            self._add(send)

    def _add(self, send: OutgoingSend) -> None:
        self._waiting.append(send)
        wake = self.wake
        if wake is not None:
            self.wake = None
            wake()

    def _has_room(self) -> bool:
        """Do what the policy says about a full outbox, and return whether there is room now."""
        if self.full == "block":
            with self._room:
                self._room.wait_for(lambda: self._is_closed or len(self) < self.size)
            if not self._is_closed:
                return True
        return self._refuse(f"The outbox is full: {self.size:,} sends wait for the server.")

    def _refuse(self, reason: str) -> bool:
        """Raise OutboxFull if the application asked for it, or else count a dropped send."""
        if self.full == "raise":
            raise OutboxFull(f"{reason} No receiver was called.")
        self.dropped += 1
        return False

    def drop_stopped(self, signal: SignalName) -> None:
        """Count a send after the relay was stopped, and log the first one."""
        self.dropped += 1
        if not self._has_reported:
            self._has_reported = True
            logging.getLogger(LOGGER).warning(
                "A send of '%s' stays local, because the relay was stopped. Further ones are only counted.",
                signal,
            )

    def take(self, wake: Callable[[], object]) -> OutgoingSend | None:
        """Return the oldest send; without one, let the next :meth:`put` call ``wake``, once."""
        self.wake = wake
        if not self._waiting:
            return None
        self.wake = None
        self._taken += 1
        return self._waiting.popleft()

    def remove(self, send: OutgoingSend) -> None:
        """Forget a send that was taken: the server has stored it, or it can't be published."""
        self._taken -= 1
        if self.full == "block":
            with self._room:
                self._room.notify()

    def close(self) -> int:
        """Let no send wait for room any more, and return how many sends are lost."""
        with self._room:
            self._is_closed = True
            self._room.notify_all()
        self.wake = None  # the event loop is closed, too
        lost, self._taken = len(self), 0
        self._waiting.clear()
        return lost

    def reopen(self) -> None:
        """Take sends again after :meth:`close`."""
        self._is_closed = self._has_reported = False

    def adopt(self) -> None:
        """Add what processes that ended left behind. Memory has nothing of theirs."""
