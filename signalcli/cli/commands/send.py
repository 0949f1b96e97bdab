"""``signalcli send``: send a signal once or many times, and show what each receiver did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.options import (
    BulkOptions,
    HistoryOptions,
    bulk_options,
    history_options,
    send_options,
)
from signalcli.cli.parsing.types import (
    message_argument,
    message_sender_option,
    sender_objects_option,
    signal_argument,
)
from signalcli.values.delivery import Delivery, Message, SenderObject, SendOptions
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.values.bulk import Run


@click.command(
    "send",
    cls=Command,
    works_on="session app",
    draws=True,
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
@sender_objects_option
@send_options
@bulk_options
@click.option("--fail-unheard", is_flag=True, help="Exit with status 3 if no receiver was called.")
@history_options
@click.option("--yes", is_flag=True, help="Don't ask before an application's receivers run.")
@click.pass_obj
def send_command(
    invocation: Invocation,
    signal: SignalName,
    message: tuple[str, ...],
    senders: tuple[str, ...],
    objects: tuple[SenderObject, ...],
    options: SendOptions,
    bulk: BulkOptions,
    fail_unheard: bool,
    history: HistoryOptions,
    yes: bool,
) -> Delivery | Run:
    """Send a signal, and show which receivers were called and why.

    SENDER is text, or JSON after := (:=1 is the integer 1). Payload is written key=text, key:=json,
    key=@file (its text) or key:=@file (its JSON). Receivers are called in the order of connection,
    those of ANY first.

    --count, --lines and --jsonl send the signal many times, and count calls per receiver. With --json,
    each send takes a line.

    With --app, the application's own receivers run, after asking. These sends aren't saved to a
    history.

    The status is 1 if a receiver raised.
    """
    from signalcli.cli.parsing.senders_and_payload import parse_message
    from signalcli.history.record import now, record_of

    invocation.fail_unheard, invocation.agreed = fail_unheard, yes
    typed = Message(*parse_message(message, senders, invocation.objects(objects)), options)
    invocation.note_likely_mistakes(senders=senders, message=message)
    began = now()
    with invocation.session.trusting(options.connected_to):
        if bulk.is_asked:
            from signalcli.cli.bulk import run_bulk_send

            sent: Delivery | Run = run_bulk_send(invocation, signal, typed, bulk)
        else:
            sent = invocation.dispatch(lambda sender: sender.send(signal, typed), options)
    if invocation.app is None and not history.is_left_out:
        invocation.session.record(record_of(sent, began), history.limit)
    return sent
