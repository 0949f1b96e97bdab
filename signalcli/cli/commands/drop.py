"""``signalcli drop``"""

from __future__ import annotations

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import receiver_argument
from signalcli.values.inspection import Drop


@click.command("drop", cls=Command, draws=True, examples=["signalcli drop animal"])
@receiver_argument
@click.pass_obj
def drop_command(invocation: Invocation, receiver: str) -> Drop:
    """Let go of a receiver, and show which of its connections vanish.

    The program drops its own reference to the function. If nothing else holds it, it is garbage,
    and its weak connections are gone; the next connect makes a new function. A strong connection
    anywhere holds it, and then every connection of it stays. What was imported, its module holds.
    """
    return invocation.save(lambda playground: playground.drop(receiver))
