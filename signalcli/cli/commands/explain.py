"""``signalcli explain``"""

from __future__ import annotations

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.cli.options import send_options
from signalcli.cli.parsing.types import message_argument, message_sender_option, signal_argument
from signalcli.values.delivery import Delivery, SendOptions
from signalcli.values.signal_name import SignalName


@click.command(
    "explain",
    cls=Command,
    draws=True,
    options_metavar="[OPTIONS]",
    examples=[
        "signalcli explain king 狮子",
        "signalcli explain king 大象 slogan=巡山 --on-error continue",
    ],
)
@signal_argument
@message_argument
@message_sender_option
@send_options
@click.pass_obj
def explain_command(
    invocation: Invocation,
    signal: SignalName,
    message: tuple[str, ...],
    senders: tuple[str, ...],
    options: SendOptions,
) -> Delivery:
    """Show who would hear a send, without calling anyone.

    It takes what send takes. A receiver would raise if it is a coroutine function in a plain send,
    if its signature can't take the payload, or if it is known to raise. What a function of yours
    would do inside can't be known.
    """
    from signalcli.cli.parsing.senders_and_payload import parse_message

    sender, payload = parse_message(message, senders)
    invocation.expect(options)
    with invocation.ground() as ground:
        return ground.explain(signal, sender, payload, options)
