"""``signalcli explain``: report what a send would do, without calling a receiver."""

from __future__ import annotations

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.options import send_options
from signalcli.cli.parsing.types import (
    message_argument,
    message_sender_option,
    sender_objects_option,
    signal_argument,
)
from signalcli.values.delivery import Delivery, Message, SenderObject, SendOptions
from signalcli.values.signal_name import SignalName


@click.command(
    "explain",
    cls=Command,
    works_on="session app",
    draws=True,
    examples=[
        "signalcli explain king 狮子",
        "signalcli explain king 大象 slogan=巡山 --on-error continue",
        "signalcli explain request-started --app shop --sender-object app",
    ],
)
@signal_argument
@message_argument
@message_sender_option
@sender_objects_option
@send_options
@click.pass_obj
def explain_command(
    invocation: Invocation,
    signal: SignalName,
    message: tuple[str, ...],
    senders: tuple[str, ...],
    objects: tuple[SenderObject, ...],
    options: SendOptions,
) -> Delivery:
    """Show what a send would do, without calling a receiver.

    The arguments are those of send. A receiver would raise if it is a coroutine function in a plain
    send, if its signature can't take the payload, or if it is a demo that raises. explain can't predict
    exceptions inside a function of yours.
    """
    from signalcli.cli.parsing.senders_and_payload import parse_message

    sender, payload = parse_message(message, senders, invocation.objects(objects))
    invocation.note_likely_mistakes(senders=senders, message=message)
    with invocation.source(options) as source:
        return source.explain(signal, Message(sender, payload, options))
