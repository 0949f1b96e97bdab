"""``signalcli mute``: mute a signal."""

from __future__ import annotations

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import signal_argument
from signalcli.values.change import Change
from signalcli.values.signal_name import SignalName


@signalcli_command("mute", calls_blinker=True, examples=["signalcli mute king"])
@signal_argument
def mute_command(invocation: Invocation, signal: SignalName) -> Change:
    """Mute a signal: sends reach no receiver."""
    return invocation.session.change(lambda playground: playground.mute(signal))
