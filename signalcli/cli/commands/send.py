"""``signalcli send``: send a signal once or many times, and show what each receiver did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.options import (
    BulkOptions,
    HistoryOptions,
    TypedMessage,
    bulk_options,
    history_options,
    message_options,
    send_options,
)
from signalcli.cli.parsing.types import signal_argument
from signalcli.cli.parsing.via import SendViaOptions, send_via_options
from signalcli.values.delivery import Delivery, Message, SendOptions
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.values.bulk import Run
    from signalcli.values.relay.messages import RelayedSend


@signalcli_command(
    "send",
    calls_blinker=True,
    works_on="session app",
    draws=True,
    examples=[
        "signalcli send king 狮子",
        "signalcli send king 大象 slogan=巡山 count:=3",
        "signalcli send king --sender name=king slogan=巡山",
        "signalcli send king --lines senders.txt --on-error continue",
        "signalcli send request-started monkey --app shop:app --yes",
        "signalcli send king 大象 --via local --wait 2",
    ],
)
@signal_argument
@message_options
@send_options
@bulk_options
@send_via_options
@click.option("--fail-unheard", is_flag=True, help="Exit with status 3 if no receiver was called.")
@history_options
@click.option("--yes", is_flag=True, help="Don't ask before an application's receivers run.")
def send_command(
    invocation: Invocation,
    signal: SignalName,
    typed: TypedMessage,
    options: SendOptions,
    bulk: BulkOptions,
    relayed: SendViaOptions,
    fail_unheard: bool,
    history: HistoryOptions,
    yes: bool,
) -> Delivery | Run | RelayedSend:
    """Send a signal, and show which receivers were called and why.

    SENDER is text, or JSON after := (:=1 is the integer 1). Payload is written key=text, key:=json,
    key=@file (its text) or key:=@file (its JSON). Receivers are called in the order of connection,
    those of ANY first.

    --count, --lines and --jsonl send the signal many times, and count calls per receiver. With --json,
    each send takes a line.

    With --via, other processes hear it too: see `signalcli help processes`. --wait shows what their receivers
    did.

    With --app, the application's own receivers run, after asking. These sends aren't saved to a
    history.

    The status is 1 if a receiver raised.
    """
    from signalcli.history.record import record_of
    from signalcli.session.journal import now

    invocation.fail_unheard, invocation.agreed = fail_unheard, yes
    message = typed.parsed(invocation, options)
    began = now()
    with invocation.session.trusting(options.connected_to):
        sent, message_id, value = _sent(invocation, signal, message, bulk, relayed)
    if invocation.app is None and not history.is_left_out:
        invocation.session.record(record_of(sent, began, message=message_id), history)
    return value


def _sent(
    invocation: Invocation,
    signal: SignalName,
    message: Message,
    bulk: BulkOptions,
    relayed: SendViaOptions,
) -> tuple[Delivery | Run, str | None, Delivery | Run | RelayedSend]:
    """Return what was done here, the id of the message if it left the process, and what to show."""
    if bulk.is_asked:
        from signalcli.cli.bulk import run_bulk_send

        run = run_bulk_send(invocation, signal, message, bulk, relayed)
        return run, None, run
    if relayed.is_asked:
        access = invocation.relay
        from signalcli.cli.relay.sending import send_relayed

        sent = send_relayed(invocation, access, signal, message, relayed)
        return sent.delivery, sent.id, sent
    delivery = invocation.dispatch(lambda sender: sender.send(signal, message), message.options)
    return delivery, None, delivery
