"""What happened to a send in other processes: the receipts of its message, and the sends that it caused."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from signalcli.language.phrases import phrase
from signalcli.text import field
from signalcli.values.delivery import CALLED, Call
from signalcli.values.relay.messages import Receipt
from signalcli.values.result import fields_from_json

MOST_LEVELS = 50
"""sends that follow from each other. A chain passes few relays, so only a forged one is longer."""


class RelayedMessage(NamedTuple):
    """The message that carried a send to other processes."""

    id: str
    passed: bool = False
    """Whether it came to the server while the trace watched."""
    receipts: tuple[Receipt, ...] = ()
    """What each listener did, and a row for each that has not answered."""
    sends: tuple["RemoteSend", ...] = ()
    """The sends that receivers elsewhere made in turn."""

    @property
    def is_heard(self) -> bool:
        """Whether it reached a receiver elsewhere."""
        return any(call.outcome in CALLED for one in self.receipts for call in one.calls)

    @property
    def raised(self) -> bool:
        """Whether a receiver elsewhere raised."""
        return any(call.outcome == "raised" for one in self.receipts for call in one.calls)

    @property
    def calls(self) -> tuple[Call, ...]:
        """The receivers elsewhere, named ``receiver @ listener``, and the listeners without one."""
        return tuple(call for receipt in self.receipts for call in _calls_of(receipt))

    @property
    def remark(self) -> str:
        """Why there is no receipt; else ``""``."""
        if self.receipts:
            return ""
        if self.passed:
            return phrase("no listener elsewhere")
        return phrase("it didn't come to the server")

    @classmethod
    def from_json(cls, document: Any, levels: int = MOST_LEVELS) -> "RelayedMessage | None":
        """Read its JSON, or ``None``. See :func:`signalcli.text.field` for the errors.

        :param levels: how many sends may follow from each other.
        """
        if document is None:
            return None
        if levels < 0:
            raise ValueError("sends")
        sends = field(document, "sends", list)
        return fields_from_json(
            cls,
            document,
            receipts=tuple(map(Receipt.from_json, field(document, "receipts", list))),
            sends=tuple(RemoteSend.from_json(send, levels - 1) for send in sends),
        )


class RemoteSend(NamedTuple):
    """A send that a receiver elsewhere made, as the server saw it."""

    source: str
    """The process that made it. What its own receivers did isn't known."""
    signal: str
    sender: object
    payload_keys: tuple[str, ...]
    started: float
    """seconds from the start of the trace until its message came."""
    relayed: RelayedMessage

    @classmethod
    def from_json(cls, document: Any, levels: int) -> "RemoteSend":
        """Read its JSON. See :meth:`RelayedMessage.from_json`."""
        relayed = RelayedMessage.from_json(document["relayed"], levels)
        if relayed is None:
            raise ValueError("relayed")
        keys = tuple(map(str, field(document, "payload_keys", list)))
        sender = document["sender"]
        return fields_from_json(cls, document, sender=sender, payload_keys=keys, relayed=relayed)


def below(message: RelayedMessage, depth: int = 0) -> Iterator[tuple[int, RemoteSend]]:
    """Yield the sends that a message caused, each with its depth and followed by those that it caused."""
    for send in message.sends:
        yield depth, send
        yield from below(send.relayed, depth + 1)


def _calls_of(receipt: Receipt) -> Iterator[Call]:
    for call in receipt.calls:
        yield call._replace(receiver=f"{call.receiver} @ {receipt.listener}")
    if not receipt.calls:
        yield Call(receipt.listener, "skipped", receipt.reason)
