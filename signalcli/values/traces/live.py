"""What is shown of a program while it runs, and when it has ended."""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from signalcli.errors import ExitStatus
from signalcli.text import as_json_value, field
from signalcli.values.result import Result, fields_to_json

if TYPE_CHECKING:
    from signalcli.values.change import ConnectionChange
    from signalcli.values.relay.messages import Receipt
    from signalcli.values.trace import Event, ProgramTrace


class LiveSend(NamedTuple):
    """An outermost send, with all sends below it."""

    moment: float
    """When it ended, in seconds since the epoch."""
    process: int | None
    """The process id, if several processes of the program connected or sent signals until then."""
    events: tuple[Event, ...]
    """Those that were chosen, the outermost first."""

    def result(self) -> Result:
        return Result(self)

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self)


class LiveChange(NamedTuple):
    """A call of ``connect`` or ``disconnect``, or a death that ended a connection."""

    moment: float
    """See :class:`LiveSend`."""
    process: int | None
    change: ConnectionChange

    def result(self) -> Result:
        return Result(self)

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self)


class LiveReceipt(NamedTuple):
    """What receivers in another process did with a send, or that its listener has not answered."""

    moment: float
    """See :class:`LiveSend`. When it came."""
    process: int | None
    signal: str
    receipt: Receipt

    def result(self) -> Result:
        return Result(self)

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self)


class LiveRemoteSend(NamedTuple):
    """A send that a receiver in another process made in turn."""

    moment: float
    """See :class:`LiveSend`. When it came to the server."""
    process: int | None
    signal: str
    sender: object
    source: str

    def result(self) -> Result:
        return Result(self)

    def to_json(self) -> dict[str, Any]:
        return {**fields_to_json(self), "sender": as_json_value(self.sender)}


Live: TypeAlias = "LiveSend | LiveChange | LiveReceipt | LiveRemoteSend"
"""What is shown of a program while it runs."""


def live_from_json(document: Any) -> Live:
    """Read what ``to_json`` of any of them returns. See :func:`signalcli.text.field` for the errors."""
    moment = field(document, "moment", float)
    process = field(document, "process", int, NoneType)
    if "change" in document:
        from signalcli.values.change import ConnectionChange

        return LiveChange(moment, process, ConnectionChange.from_json(document["change"]))
    if "events" in document:
        from signalcli.values.trace import Event

        events = tuple(map(Event.from_json, field(document, "events", list)))
        if not events:
            raise ValueError("a send has an event")
        return LiveSend(moment, process, events)
    signal = field(document, "signal", str)
    if "receipt" in document:
        from signalcli.values.relay.messages import Receipt

        return LiveReceipt(moment, process, signal, Receipt.from_json(document["receipt"]))
    source = field(document, "source", str)
    return LiveRemoteSend(moment, process, signal, document["sender"], source)


class SendCounts(NamedTuple):
    """The numbers of sends of a program."""

    sends: int = 0
    shown: int = 0
    """Those that were chosen."""
    unheard: int = 0
    raised: int = 0
    """The sends with a receiver that raised."""


class WatchedProgram(NamedTuple):
    """A program whose sends were shown while it ran."""

    trace: ProgramTrace
    """Without its sends, unless they are saved."""
    counts: SendCounts

    def result(self) -> Result:
        trace, raised = self.trace, bool(self.counts.raised)
        failed = ExitStatus.FOUND if trace.fails_if_raised and raised else ExitStatus.DONE
        status = trace.exit_status or failed
        return Result(self, notes=trace.result().notes, status=status, wraps=True, saved=(trace,))

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self)
