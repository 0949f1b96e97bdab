"""``signalcli send``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.cli.options import (
    HistoryOptions,
    Many,
    history_options,
    many_options,
    send_options,
)
from signalcli.cli.parsing.types import message_argument, message_sender_option, signal_argument
from signalcli.values.delivery import Delivery, SendOptions
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.values.bulk import Run


@click.command(
    "send",
    cls=Command,
    draws=True,
    options_metavar="[OPTIONS]",
    examples=[
        "signalcli send king 狮子",
        "signalcli send king 大象 slogan=巡山 count:=3",
        "signalcli send king --sender name=king slogan=巡山",
        "signalcli send king --lines senders.txt --on-error continue",
        "signalcli send request-started monkey --app shop:app --yes",
    ],
)
@signal_argument
@message_argument
@message_sender_option
@send_options
@many_options
@click.option("--fail-unheard", is_flag=True, help="End in status 3 when nobody was called.")
@history_options
@click.option("--yes", is_flag=True, help="Do not ask before an application's receivers run.")
@click.pass_obj
def send_command(
    invocation: Invocation,
    signal: SignalName,
    message: tuple[str, ...],
    senders: tuple[str, ...],
    options: SendOptions,
    many: Many,
    fail_unheard: bool,
    history: HistoryOptions,
    yes: bool,
) -> Delivery | Run:
    """Send a signal, and show who heard it and who did not.

    SENDER is text, or JSON after := (:=1 is the integer 1). Payload is written key=text, key:=json,
    key=@file (its text) or key:=@file (its JSON). Receivers are called in the order of connection,
    those of ANY first.

    With --count, --lines or --jsonl it is sent many times, and counted per receiver; with --json,
    every send takes a line.

    With --app, the application's own receivers run, after asking. Nothing of that is kept in a
    history.

    The status is 1 if a receiver raised.
    """
    from signalcli.cli.parsing.senders_and_payload import parse_message
    from signalcli.history.record import now, record_of

    invocation.fail_unheard, invocation.agreed = fail_unheard, yes
    sender, payload = parse_message(message, senders)
    began = now()
    with invocation.allowing(options.connected_to):
        if many.is_asked:
            from signalcli.cli.bulk import send_many

            sent: Delivery | Run = send_many(invocation, signal, sender, payload, options, many)
        else:
            sent = invocation.dispatch(
                lambda playground: playground.send(signal, sender, payload, options), options
            )
    if history.is_kept and invocation.app is None:
        invocation.record(record_of(sent, began), history.limit)
    return sent
