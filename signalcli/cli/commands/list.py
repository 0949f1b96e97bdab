"""``signalcli list``"""

from __future__ import annotations

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.views import SignalList


@click.command("list", cls=Command, examples=["signalcli list"])
@click.pass_obj
def list_command(invocation: Invocation) -> SignalList:
    """List the signals."""
    return invocation.playground().list_signals()
