"""``signalcli unmute``: unmute a signal."""

from __future__ import annotations

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import signal_argument
from signalcli.values.change import Change
from signalcli.values.signal_name import SignalName


@signalcli_command("unmute", calls_blinker=True, examples=["signalcli unmute king"])
@signal_argument
def unmute_command(invocation: Invocation, signal: SignalName) -> Change:
    """Unmute a signal: sends reach its receivers again."""
    return invocation.session.change(lambda playground: playground.unmute(signal))
