"""``signalcli unmute``: unmute a signal."""

from __future__ import annotations

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import signal_argument
from signalcli.values.change import Change
from signalcli.values.signal_name import SignalName


@click.command("unmute", cls=Command, calls_blinker=True, examples=["signalcli unmute king"])
@signal_argument
@click.pass_obj
def unmute_command(invocation: Invocation, signal: SignalName) -> Change:
    """Unmute a signal: sends reach its receivers again."""
    return invocation.session.change(lambda playground: playground.unmute(signal))
