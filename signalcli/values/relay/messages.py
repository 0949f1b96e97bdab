"""Where a send came from, and what listeners answered to one."""

from typing import Any, NamedTuple

from signalcli.errors import ExitStatus
from signalcli.language.phrases import counted, phrase, sentences
from signalcli.text import field, to_json
from signalcli.values.delivery import CALLED, Call, Delivery
from signalcli.values.relay.server import Listener
from signalcli.values.result import Result, fields_from_json, fields_to_json


class Origin(NamedTuple):
    """The message that a send came in."""

    source: str
    """The process that sent it, such as ``laptop/4711``."""
    message: str
    """The id of the message."""
    parent: str | None = None
    """The id of the message whose receiver sent it."""
    hops: int = 0
    attempt: int = 1
    """1, or more if it was delivered before and not acknowledged."""

    @classmethod
    def from_json(cls, document: Any) -> "Origin | None":
        """Read its JSON, or ``None``. See :func:`signalcli.text.field` for the errors."""
        return None if document is None else fields_from_json(cls, document, "parent")


OUTCOMES = ("answered", "no_answer", "waiting")


class Receipt(NamedTuple):
    """What one listener did with a send, or would do; or that it has not answered."""

    listener: str
    """The process that answered, or the name of a durable listener or a queue that has not."""
    outcome: str
    """``"answered"``, ``"no_answer"``, or ``"waiting"`` for a durable listener that hears it later."""
    reason: str
    place: str | None = None
    queue: str | None = None
    durable: str | None = None
    calls: tuple[Call, ...] = ()
    muted: bool = False

    @classmethod
    def from_json(cls, document: Any) -> "Receipt":
        """Read its JSON, such as a listener answers. See :func:`signalcli.text.field` for the errors."""
        listed = field(document, "calls", list)
        calls = tuple(Call.from_json(call, "would_call", "would_raise") for call in listed)
        receipt = fields_from_json(cls, document, calls=calls)
        if receipt.outcome not in OUTCOMES:
            raise ValueError("outcome")
        return receipt


class RelayedSend(NamedTuple):
    """A send that went to a relay: what it did here, and what listeners answered."""

    delivery: Delivery
    id: str | None
    """The id of the message; ``None`` if it was only explained."""
    via: str
    """The server, without secrets."""
    receipts: tuple[Receipt, ...] | None = None
    """``None`` if nothing was waited for."""
    remote_only: bool = False
    """Whether the receivers here were left out."""

    @property
    def answered(self) -> int:
        """How many of the known listeners answered."""
        return sum(receipt.outcome == "answered" for receipt in self.receipts or ())

    def result(self) -> Result:
        local = self.delivery.result()
        calls = [call for receipt in self.receipts or () for call in receipt.calls]
        raised = any(call.outcome == "raised" for call in calls)
        return Result(
            self,
            notes=(*local.notes, self._note()),
            status=ExitStatus.FOUND if raised else local.status,
            called_receiver=local.called_receiver or any(call.outcome in CALLED for call in calls),
        )

    def _note(self) -> str:
        stored = phrase("Stored at {via} as message {id}.", via=self.via, id=self.id)
        if self.receipts is None:
            return stored
        known = len(self.receipts)
        if not known:
            heard = phrase("No listener is known for this signal.")
        else:
            heard = counted(
                "{answered} of {n} known listener answered.",
                "{answered} of {n} known listeners answered.",
                known,
                answered=self.answered,
            )
        return heard if self.id is None else sentences(stored, heard)

    def to_json(self) -> dict[str, Any]:
        receipts = self.receipts
        return {
            **self.delivery.to_json(),
            **fields_to_json(self, "id", "via", "receipts"),
            "known_listeners": None if receipts is None else len(receipts),
            "answered": None if receipts is None else self.answered,
        }


def receipt_bytes(listener: Listener, delivery: Delivery, most: int) -> bytes:
    """Return the JSON of the receipt that a listener sends for a delivery.

    If it has more than ``most`` bytes, what receivers returned and printed is left out.
    """
    receipt = Receipt(
        listener.source,
        "answered",
        "" if delivery.calls else delivery.no_receivers,
        listener.place,
        listener.queue,
        listener.durable,
        delivery.calls,
        delivery.muted,
    )
    whole = to_json(fields_to_json(receipt)).encode()
    if len(whole) <= most:
        return whole
    cut = (call._replace(value=phrase("(too large)"), output="") for call in delivery.calls)
    return to_json(fields_to_json(receipt._replace(calls=tuple(cut)))).encode()
