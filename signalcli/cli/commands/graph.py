"""``signalcli graph``: draw senders, signals and receivers, or save the drawing."""

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
    works_on="session app",
    draws=True,
    examples=["signalcli graph", "signalcli graph king --save king.svg"],
)
@click.argument("signal", type=SIGNAL, required=False)
@click.pass_obj
def graph_command(invocation: Invocation, signal: SignalName | None) -> Graph:
    """Draw senders, signals and receivers as a tree.

    Below each signal are its senders, and below each sender the receivers that listen to it. Without
    SIGNAL, all signals are drawn. signalcli export --format mermaid, or dot, prints the same graph for
    other programs.
    """
    from signalcli.values.graph import graph_of

    with invocation.source() as source:
        if signal is None:
            views = source.inspect_all()
            return graph_of(views.signals, views.nothing)
        return graph_of([source.inspect(signal)])
