"""``signalcli list``"""

from __future__ import annotations

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.values.inspection import SignalList


@click.command("list", cls=Command, draws=True, examples=["signalcli list", "signalcli list --all"])
@click.option("--all", "metas", is_flag=True, help="List meta signals too.")
@click.pass_obj
def list_command(invocation: Invocation, metas: bool) -> SignalList:
    """List the signals."""
    with invocation.ground() as ground:
        return ground.list_signals(metas)
