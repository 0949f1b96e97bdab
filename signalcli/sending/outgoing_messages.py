"""The ids of the messages that carry sends to other processes, for recorders of sends.

The relay of an application sets the id, and a recorder takes it, so that neither imports the other.
"""

from __future__ import annotations

from contextvars import ContextVar

from blinker import Signal

INBOX = "SIGNALCLI_TRACE_INBOX"
"""The variable with the subject below which a trace waits for receipts. It is set in traced programs."""
NEXT: ContextVar[tuple[Signal, str] | None] = ContextVar(
    "signalcli.sending.outgoing_messages", default=None
)
"""In a traced program, the signal whose send begins now, and the id of its message."""


def take_message(signal: Signal) -> str | None:
    """Return the id of the message of a send that begins; ``None`` if it doesn't leave this process."""
    found = NEXT.get()
    if found is None or found[0] is not signal:
        return None
    NEXT.set(None)
    return found[1]
