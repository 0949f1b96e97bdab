"""``signalcli send``"""

from __future__ import annotations

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.cli.types import MESSAGE, MESSAGE_SENDER, senders_option, signal_argument
from signalcli.model import Delivery
from signalcli.names import SignalName


@click.command(
    "send",
    cls=Command,
    options_metavar="[OPTIONS]",
    examples=[
        "signalcli send king 狮子",
        "signalcli send king 大象 slogan=巡山 count:=3",
        "signalcli send king --sender name=king slogan=巡山",
    ],
)
@signal_argument
@click.argument("message", nargs=-1, type=MESSAGE, metavar="[SENDER] [KEY=VALUE]...")
@senders_option(MESSAGE_SENDER, "The sender, where it looks like payload.")
@click.pass_obj
def send_command(
    invocation: Invocation, signal: SignalName, message: tuple[str, ...], senders: tuple[str, ...]
) -> Delivery:
    """Send a signal, and show who heard it and who did not.

    SENDER is text, or JSON after := (:=1 is the integer 1). Payload is written key=text, key:=json,
    key=@file (its text) or key:=@file (its JSON). Receivers are called in the order of connection,
    those of ANY first.

    The status is 1 if a receiver raised.
    """
    from signalcli.arguments import parse_message
    from signalcli.capture import captured

    who, payload = parse_message(message, senders)
    playground = invocation.playground()
    with captured(live=not invocation.output.as_json) as capture:
        return playground.send(signal, who, payload, capture)
