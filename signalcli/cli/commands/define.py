"""``signalcli define``: define a signal."""

from __future__ import annotations

import click

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import signal_argument
from signalcli.values.change import Change
from signalcli.values.signal_name import SignalName


@signalcli_command(
    "define",
    calls_blinker=True,
    examples=["signalcli define king --doc '大王回山'", "signalcli define zoo/king --unordered"],
)
@signal_argument
@click.option("--doc", metavar="TEXT", help="Describe the signal.")
@click.option("--unordered", is_flag=True, help="Keep receivers in blinker's unordered set.")
def define_command(
    invocation: Invocation, signal: SignalName, doc: str | None, unordered: bool
) -> Change:
    """Define a signal.

    SIGNAL is a name (king), a name in a namespace (zoo/king), or an anonymous signal in a variable
    (@roar). If the signal is defined already, --doc sets its doc.

    blinker calls receivers in no particular order, which differs from process to process. Signals of
    signalcli keep the order of connection. --unordered defines a signal with blinker's own order.
    """
    invocation.note_likely_mistakes(signal)
    return invocation.session.change(
        lambda playground: playground.define(signal, doc, not unordered), may_create=True
    )
