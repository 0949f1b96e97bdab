"""What is shown of a program while it runs, and when it has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from signalcli.errors import ExitStatus
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


class LiveChange(NamedTuple):
    """A call of ``connect`` or ``disconnect``, or a death that ended a connection."""

    moment: float
    """See :class:`LiveSend`."""
    process: int | None
    change: ConnectionChange


class LiveReceipt(NamedTuple):
    """What receivers in another process did with a send, or that its listener has not answered."""

    moment: float
    """See :class:`LiveSend`. When it came."""
    process: int | None
    signal: str
    receipt: Receipt


class LiveRemoteSend(NamedTuple):
    """A send that a receiver in another process made in turn."""

    moment: float
    """See :class:`LiveSend`. When it came to the server."""
    process: int | None
    signal: str
    sender: object
    source: str


Live: TypeAlias = "LiveSend | LiveChange | LiveReceipt | LiveRemoteSend"
"""What is shown of a program while it runs."""


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
