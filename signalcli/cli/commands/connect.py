"""``signalcli connect``"""

from __future__ import annotations

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.cli.types import FILTER, receiver_argument, senders_option, signal_argument
from signalcli.model import Change, Sender
from signalcli.names import SignalName


@click.command(
    "connect",
    cls=Command,
    examples=[
        "signalcli connect king animal --sender 大象",
        "signalcli connect king echo --strong",
    ],
)
@signal_argument
@receiver_argument
@senders_option(FILTER, "Listen to this sender only; may be repeated.  [default: ANY]")
@click.option(
    "--weak/--strong",
    default=True,
    help="How the signal holds the receiver; the last connect decides.  [default: weak]",
)
@click.pass_obj
def connect_command(
    invocation: Invocation,
    signal: SignalName,
    receiver: str,
    senders: tuple[Sender, ...],
    weak: bool,
) -> Change:
    """Connect a receiver to a signal.

    The signal is defined if it is new. SENDER is text, or JSON after := (:=1 is the integer 1).
    """
    return invocation.change(lambda playground: playground.connect(signal, receiver, senders, weak))
