"""``signalcli receivers``"""

from __future__ import annotations

import click

from signalcli.cli.command import Command
from signalcli.receivers import catalogue
from signalcli.views import Catalogue


@click.command("receivers", cls=Command, examples=["signalcli receivers"])
def receivers_command() -> Catalogue:
    """List the receivers that can be connected."""
    return catalogue()
