"""``signalcli graph``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import SIGNAL
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.values.graph import Graph


@click.command(
    "graph",
    cls=Command,
    draws=True,
    examples=["signalcli graph", "signalcli graph king --save king.svg"],
)
@click.argument("signal", type=SIGNAL, required=False)
@click.pass_obj
def graph_command(invocation: Invocation, signal: SignalName | None) -> Graph:
    """Draw who listens to whom, as a tree.

    A signal has its senders, and each of them the receivers that listen to it. Without SIGNAL, all
    signals. For other programs to draw: signalcli export --format mermaid, or dot.
    """
    from signalcli.values.graph import graph_of

    with invocation.ground() as ground:
        if signal is None:
            views = ground.inspect_all()
            return graph_of(views.signals, views.nothing)
        return graph_of([ground.inspect(signal)])
