"""``signalcli graph``: draw senders, signals and receivers, or save the drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import click

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import SIGNAL
from signalcli.errors import SessionError, UnknownName
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.values.graph import Graph


@signalcli_command(
    "graph",
    works_on="session app",
    draws=True,
    examples=[
        "signalcli graph",
        "signalcli graph king --save king.svg --theme light",
        "signalcli graph --watch",
    ],
)
@click.argument("signal", type=SIGNAL, required=False)
@click.option("--watch", is_flag=True, help="Draw it again whenever the session changes.")
def graph_command(invocation: Invocation, signal: SignalName | None, watch: bool) -> Graph:
    """Draw senders, signals and receivers as a tree.

    Below each signal are its senders, and below each sender the receivers that listen to it. Without
    SIGNAL, all signals are drawn. signalcli export --format mermaid, or dot, prints the same graph for
    other programs.

    With --watch, changes of other commands are drawn as they are made, until Ctrl-C. With --json, or where
    the output isn't a terminal, each graph follows the one before.
    """
    if watch:
        _watch(invocation, signal)
    return _graph(invocation, signal)


def _watch(invocation: Invocation, signal: SignalName | None) -> NoReturn:
    """Draw the graph again whenever the session or the size of the terminal changes."""
    from time import sleep

    file, drawn = invocation.session.file_to_read, None
    while True:
        state = file.version(), invocation.output.terminal_size
        if state != drawn:
            try:
                invocation.output.redraw(_graph(invocation, signal))
            except (SessionError, UnknownName) as error:
                if drawn is None:
                    raise
                invocation.output.note(str(error))  # a later change may end it
            drawn = state
        sleep(0.1)


def _graph(invocation: Invocation, signal: SignalName | None) -> Graph:
    from signalcli.values.graph import graph_of

    with invocation.source() as source:
        if signal is None:
            views = source.inspect_all(heard_metas=True)
            return graph_of(views.signals, views.nothing)
        return graph_of([source.inspect(signal)])
