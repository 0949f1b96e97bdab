"""Publish the sends of a signal: its ``send`` and ``send_async`` also put each send into the outbox.

A receiver can't do this: it wouldn't be called after one that raises, ``has_receivers_for`` would become
true, and ``send`` would return one more pair.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from itertools import count
from time import time
from typing import Any

from blinker import Signal

from signalcli.errors import UsageError
from signalcli.relay.application.outbox import Outbox, OutgoingSend
from signalcli.relay.application.senders import Identify, identified
from signalcli.relay.envelope import CURRENT, MOST_HOPS, check_payload, too_many_hops
from signalcli.relay.subjects import subject_of
from signalcli.sending.outgoing_messages import INBOX, NEXT
from signalcli.signals.reflection import attributes
from signalcli.values.delivery import RESERVED_KEYS
from signalcli.values.signal_name import SignalName

Encode = Callable[[Any], Any]
"""Returns JSON values for a value that JSON can't hold."""

ENCLOSING: ContextVar[OutgoingSend | None] = ContextVar(
    "signalcli.relay.application.enclosing", default=None
)
"""The innermost unfinished send of a published signal. A send within it names it as its parent."""

_SMALL = 2**63


class MessageIds:
    """Make the ids of this process's sends."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start again with another prefix, in a child process after a fork."""
        self._prefix = os.urandom(8).hex()
        self._next = count(1).__next__

    def new(self) -> str:
        return f"{self._prefix}-{self._next():x}"


class PublishedSignal:
    """A signal whose sends are published.

    :param groups: the queues and durable listeners of this process that receive the signal. They
        change when a signal is received after it was published.
    """

    def __init__(
        self,
        signal: Signal,
        name: SignalName,
        outbox: Outbox,
        message_ids: MessageIds,
        groups: tuple[str, ...] = (),
        encode: Encode | None = None,
        identify: Identify | None = None,
    ) -> None:
        subject_of(name)
        self.signal = signal
        self.name = name
        self.groups = groups
        self.is_active = True
        """Whether sends are published."""
        self.was_stopped = False
        """Whether sends aren't published because the relay was stopped."""
        self._outbox = outbox
        self._message_ids = message_ids
        self._encode = encode
        self._identify = identify
        self._inbox = os.environ.get(INBOX)
        """The subject below which a trace of this process waits for receipts."""

    def install(self) -> None:
        """Replace the methods of this one signal. They call those of its class, which a trace may replace."""
        own = vars(self.signal)
        own["send"], own["send_async"] = self._sending(), self._sending_async()

    def remove(self) -> None:
        """Restore the methods of the signal."""
        self.is_active = False
        for name in ("send", "send_async"):
            vars(self.signal).pop(name, None)

    def _sending(self) -> Callable[..., Any]:
        signal, begin, enclose = self.signal, self._beginning, ENCLOSING.set

        def send(sender: Any = None, /, **given: Any) -> Any:
            if not self.is_active:
                self._count_dropped()
                return type(signal).send(signal, sender, **given)
            parent = ENCLOSING.get()
            enclose(begin(parent, sender, given))
            try:
                return type(signal).send(signal, sender, **given)
            finally:
                enclose(parent)

        return send

    def _sending_async(self) -> Callable[..., Any]:
        signal, begin = self.signal, self._beginning

        async def send_async(sender: Any = None, /, **given: Any) -> Any:
            if not self.is_active:
                self._count_dropped()
                return await type(signal).send_async(signal, sender, **given)
            parent = ENCLOSING.get()
            ENCLOSING.set(begin(parent, sender, given))
            try:
                return await type(signal).send_async(signal, sender, **given)
            finally:
                ENCLOSING.set(parent)

        return send_async

    def _count_dropped(self) -> None:
        if self.was_stopped:
            self._outbox.drop_stopped(self.name)

    @property
    def _beginning(self) -> Callable[[OutgoingSend | None, object, dict[str, Any]], OutgoingSend]:
        return self._begin if self._inbox is None else self._begin_traced

    def _begin_traced(
        self, enclosing: OutgoingSend | None, sender: object, given: dict[str, Any]
    ) -> OutgoingSend:
        """Begin, and tell the trace of this process which message the next send of the signal is."""
        send = self._begin(enclosing, sender, given)
        NEXT.set((self.signal, send.id))
        return send

    def _begin(
        self, enclosing: OutgoingSend | None, sender: object, given: dict[str, Any]
    ) -> OutgoingSend:
        """Put a send into the outbox, before the receivers can change its payload.

        :raises UsageError: if it can't travel.
        """
        payload = given
        for key, value in given.items():
            kind = type(value)
            is_plain = (
                (kind is str and value.isascii())
                or kind is bool
                or value is None
                or (kind is int and -_SMALL < value < _SMALL)
            )
            if not is_plain or not key.isascii() or key in RESERVED_KEYS:
                payload = self._payload(given)
                break
        if type(sender) is not str or not sender.isascii() or self._identify is not None:
            sender = identified(sender, self._identify)
        parent, hops, trace = self._chain(enclosing)
        id_, groups = self._message_ids.new(), self.groups
        send = OutgoingSend(id_, self.name, sender, payload, time(), parent, hops, groups, trace)
        self._outbox.put(send)
        return send

    def _payload(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return a copy of a payload that JSON can hold, without the wrappers that blinker takes."""
        payload = {key: value for key, value in given.items() if key not in RESERVED_KEYS}
        encode = self._encode
        copies = {}
        for key, value in payload.items():
            if encode is not None:
                copies[key] = self._encoded(key, value, encode)
            else:
                check_payload(key, value)
                copies[key] = json.loads(json.dumps(value))
        return copies

    def _encoded(self, key: str, value: Any, encode: Encode) -> Any:
        try:
            copy = json.loads(json.dumps(value, default=encode))
        except (TypeError, ValueError, RecursionError) as error:
            raise UsageError(
                f"The payload '{key}' can't be relayed: encode returned no JSON value: {error}."
            ) from error
        check_payload(key, copy)
        return copy

    def _chain(self, enclosing: OutgoingSend | None) -> tuple[str | None, int, str | None]:
        """Return the id of the send or message that caused this one, its hops, and the inbox of its trace."""
        if enclosing is not None:
            return enclosing.id, enclosing.hops, enclosing.trace_to
        received = CURRENT.get()
        if received is None:
            return None, 0, self._inbox
        if received.hops >= MOST_HOPS:
            raise UsageError(too_many_hops(str(self.name)))
        return received.id, received.hops + 1, self._inbox or received.trace_to


def published_name(signal: Signal, name: str | None) -> SignalName:
    """Return the name by which other processes know a signal.

    :param name: the name as it is typed; by default that of the signal, in the default namespace.
    :raises UsageError: for a signal without a name.
    """
    if name is not None:
        return SignalName.parse(name)
    own = attributes(signal).get("name")
    if type(own) is not str or not own:
        raise UsageError(
            "An anonymous signal can't be relayed without a name. Give it one: name='order-placed'"
        )
    return SignalName(own)
