"""A send in a test, and what a test expects of one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from signalcli.errors import shortened
from signalcli.testing.recording.kept_send import KeptSend, behind_proxy
from signalcli.text import LONGEST_VALUE, escape
from signalcli.values.delivery import Call

ANY_SENDER: Final[Any] = object()
"""The sender that a test expects if it names none: every sender matches."""


class SentSignal(NamedTuple):
    """One send. Its values don't change, apart from objects in the payload that other code changes."""

    signal: str
    """The name of the signal, as ``signalcli list --app`` shows it."""
    sender: object
    """The sender itself; for a proxy, the object behind it."""
    payload: Mapping[str, Any]
    receivers: tuple[Call, ...]
    """Each receiver with its ``outcome`` and ``reason``. Those that were reached come first."""
    muted: bool
    """Whether the signal was muted, so that no receiver was called."""
    ended: bool
    """Whether the send is over."""

    @classmethod
    def of(cls, send: KeptSend, name: str) -> SentSignal | None:
        """Return what a recorded send has done until now; ``None`` if it turned out to be no send."""
        event = send.event(name)
        if event is None:
            return None
        payload = MappingProxyType(send.payload)
        return cls(name, send.sender, payload, event.calls, event.muted, event.ended)

    def __str__(self) -> str:
        """Return the sender and the payload in one line."""
        items = [f"from {shown(self.sender)}"]
        items += [f"{escape(key)}={shown(value)}" for key, value in self.payload.items()]
        return "  ".join(items) + ("  (muted)" if self.muted else "")


class ExpectedSend(NamedTuple):
    """What a test expects of a send."""

    sender: object = ANY_SENDER
    payload: Mapping[str, object] | None = None
    """The whole payload; ``None`` if ``items`` decide."""
    items: Mapping[str, object] = MappingProxyType({})
    """Items that are part of the payload."""

    @property
    def _wanted(self) -> dict[str, object]:
        return {**(self.payload or {}), **self.items}

    def matches(self, sent: SentSignal) -> bool:
        """Return whether a send has the expected sender and payload."""
        return self.matches_sender(sent) and self.matches_payload(sent)

    def matches_sender(self, sent: SentSignal) -> bool:
        """Return whether the sender is the expected object, or equals it."""
        if self.sender is ANY_SENDER:
            return True
        return _equals(behind_proxy(self.sender), sent.sender)

    def matches_payload(self, sent: SentSignal) -> bool:
        """Return whether the payload equals the expected one, and has the expected items."""
        wanted, actual = self.compared(sent)
        return wanted.keys() == actual.keys() and all(
            _equals(wanted[key], actual[key]) for key in wanted
        )

    def compared(self, sent: SentSignal) -> tuple[dict[str, object], dict[str, object]]:
        """Return the expected payload and that of a send, without items that nothing is expected of."""
        wanted, is_whole = self._wanted, self.payload is not None
        actual = {key: value for key, value in sent.payload.items() if is_whole or key in wanted}
        return wanted, actual

    def __str__(self) -> str:
        """Return the end of a sentence: `` from <Flask 'shop'> with item='banana'``."""
        sender = "" if self.sender is ANY_SENDER else f" from {shown(behind_proxy(self.sender))}"
        items = ", ".join(f"{escape(key)}={shown(value)}" for key, value in self._wanted.items())
        if self.payload == {} and not items:
            items = "an empty payload"
        return sender + (f" with {items}" if items else "")


def _equals(expected: object, actual: object) -> bool:
    """Return whether a value is the expected one, or equals it, by the ``==`` of the expected one."""
    return expected is actual or bool(expected == actual)


def shown(value: object) -> str:
    """Return the ``repr`` of a value, shortened and safe to print. This never fails."""
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - a value's own __repr__ may raise anything
        text = f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
    return escape(shortened(text, LONGEST_VALUE))
