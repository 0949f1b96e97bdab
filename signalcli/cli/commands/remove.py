"""``signalcli remove``: remove a signal and its connections."""

from __future__ import annotations

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import signal_argument
from signalcli.values.change import Change
from signalcli.values.signal_name import SignalName


@signalcli_command("remove", calls_blinker=True, examples=["signalcli remove king"])
@signal_argument
def remove_command(invocation: Invocation, signal: SignalName) -> Change:
    """Remove a signal and its connections."""
    change = invocation.session.change(lambda playground: playground.remove(signal))
    return invocation.session.undoable(change)
