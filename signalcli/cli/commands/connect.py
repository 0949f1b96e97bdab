"""``signalcli connect``: connect receivers to a signal, for any sender or for some."""

from __future__ import annotations

from contextlib import ExitStack

import click

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import FILTER, receivers_argument, senders_option, signal_argument
from signalcli.values.change import Change
from signalcli.values.session import Sender
from signalcli.values.signal_name import SignalName


@signalcli_command(
    "connect",
    calls_blinker=True,
    draws=True,
    examples=[
        "signalcli connect king animal --sender 大象",
        "signalcli connect king echo qq --strong",
        "signalcli connect king shop.handlers:on_king",
        "signalcli connect king:receiver_connected echo",
    ],
)
@signal_argument
@receivers_argument
@senders_option(FILTER, "Listen to this sender only; may be repeated.  [default: ANY]")
@click.option(
    "--weak/--strong",
    default=True,
    help="Hold the receiver weakly or strongly; the last connect decides.  [default: weak]",
)
def connect_command(
    invocation: Invocation,
    signal: SignalName,
    receivers: tuple[str, ...],
    senders: tuple[Sender, ...],
    weak: bool,
) -> Change:
    """Connect receivers to a signal.

    A new signal is defined first. SENDER is text, or JSON after := (:=1 is the integer 1). RECEIVER is
    one that signalcli receivers lists, or a function of yours, package.module:function or
    file.py:function, which is imported now and trusted from now on.

    king:receiver_connected and king:receiver_disconnected are meta signals: blinker sends them at the
    end of each later connect and disconnect of king. The status is 1 if a receiver raised.
    """
    invocation.note_likely_mistakes(signal, senders)
    with ExitStack() as trusted:
        for receiver in receivers:
            trusted.enter_context(invocation.session.trusting(receiver))
        return invocation.session.change(
            lambda playground: playground.connect(signal, receivers, senders, weak), may_create=True
        )
