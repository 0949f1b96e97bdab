"""``signalcli explain``: report what a send would do, without calling a receiver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.options import TypedMessage, message_options, send_options
from signalcli.cli.parsing.types import signal_argument
from signalcli.cli.parsing.via import creds_option, via_option, via_server
from signalcli.values.delivery import Delivery, SendOptions
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.values.relay.messages import RelayedSend


@signalcli_command(
    "explain",
    works_on="session app",
    draws=True,
    examples=[
        "signalcli explain king 狮子",
        "signalcli explain king 大象 slogan=巡山 --on-error continue",
        "signalcli explain request-started --app shop --sender-object app",
        "signalcli explain king 大象 --via local",
    ],
)
@signal_argument
@message_options
@send_options
@via_option("Ask the listeners of this server too, or of the usual one.")
@creds_option
def explain_command(
    invocation: Invocation,
    signal: SignalName,
    typed: TypedMessage,
    options: SendOptions,
    via: str | None,
    creds: str | None,
) -> Delivery | RelayedSend:
    """Show what a send would do, without calling a receiver.

    The arguments are those of send. A receiver would raise if it is a coroutine function in a plain
    send, if its signature can't take the payload, or if it is a demo that raises. explain can't predict
    exceptions inside a function of yours.

    With --via, each listener of the signal says what its receivers would do.
    """
    server = via_server(via, creds)
    message = typed.parsed(invocation, options)
    with invocation.source(options) as source:
        explained = source.explain(signal, message)
    if server is None:
        return explained
    access = invocation.relay
    from signalcli.cli.relay.sending import explain_relayed

    return explain_relayed(access, signal, message, server, explained)
