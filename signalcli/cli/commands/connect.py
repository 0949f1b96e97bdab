"""``signalcli connect``"""

from __future__ import annotations

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import FILTER, receiver_argument, senders_option, signal_argument
from signalcli.values.change import Change
from signalcli.values.delivery import Sender
from signalcli.values.signal_name import SignalName


@click.command(
    "connect",
    cls=Command,
    draws=True,
    examples=[
        "signalcli connect king animal --sender 大象",
        "signalcli connect king echo --strong",
        "signalcli connect king shop.handlers:on_king",
        "signalcli connect king:receiver_connected echo",
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
    RECEIVER is one of: signalcli receivers; or a function of yours, package.module:function or
    file.py:function, which is imported now and trusted from now on.

    king:receiver_connected and king:receiver_disconnected are meta signals: blinker sends them at
    the end of each later connect and disconnect of king. The status is 1 if a receiver raised.
    """
    with invocation.allowing(receiver):
        return invocation.change(
            lambda playground: playground.connect(signal, receiver, senders, weak)
        )
