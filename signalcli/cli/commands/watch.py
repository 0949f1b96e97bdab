"""``signalcli watch``: show each send and each change of the session when it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import SECONDS, SIGNAL
from signalcli.cli.parsing.via import ViaOptions, creds_option, via_option, via_server
from signalcli.errors import UsageError
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.values.result import StreamEnd


@signalcli_command(
    "watch",
    draws=True,
    examples=[
        "signalcli watch",
        "signalcli watch king --full",
        "signalcli watch king --count 1 --timeout 30 --json",
        "signalcli watch --via",
    ],
)
@click.argument("signal", type=SIGNAL, required=False)
@click.option("--count", type=click.IntRange(1), metavar="N", help="End after N sends.")
@click.option("--timeout", type=SECONDS, metavar="SECONDS", help="End after this time.")
@click.option(
    "--only", type=click.Choice(["sends", "changes"]), help="Leave out the others; N counts these."
)
@click.option("--full", is_flag=True, help="Show the table of each send, and each command.")
@via_option("Watch the sends that pass this server, or the usual one, instead.")
@creds_option
def watch_command(
    invocation: Invocation,
    signal: SignalName | None,
    count: int | None,
    timeout: float | None,
    only: str | None,
    full: bool,
    via: str | None,
    creds: str | None,
) -> StreamEnd:
    """Show each send and each change of the session as it is made.

    Each takes a line: of a send, its id and the receivers that it called; of a change, what was defined,
    connected, muted, dropped, trusted or undone, with the terminal and the process of the command.

    The status is 1 if the timeout ends before N sends, or without --count, before one send. Many sends
    in one command are one entry, shown at their end.

    With --via, it shows the sends between processes, and SIGNAL may be a pattern, such as 'order*'.
    """
    server = via_server(via, creds)
    if server is not None:
        if only == "changes":
            raise UsageError("--via shows sends only. Leave out --only changes.")
        return _watch_relay(invocation, signal, count, timeout, server)
    from signalcli.history.watch import SessionWatcher, WatchedLine, WatchOptions

    session, options = invocation.session, WatchOptions(signal, only, count, timeout)
    watching = SessionWatcher(session.file_to_read, session.journal, options)
    invocation.output.note(watching.invitation)
    for record in watching:
        invocation.output.stream(record if full else WatchedLine(record))
    return watching.outcome


def _watch_relay(
    invocation: Invocation,
    signal: SignalName | None,
    count: int | None,
    timeout: float | None,
    server: ViaOptions,
) -> StreamEnd:
    access, output = invocation.relay, invocation.output
    from signalcli.cli.relay.watching import RelayWatcher

    with access.opened(server) as relay:
        watching = RelayWatcher(relay, "*" if signal is None else str(signal), count, timeout)
        output.note(watching.invitation)
        for passed in watching:
            output.stream(passed)
        return watching.outcome
