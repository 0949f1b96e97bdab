"""``signalcli watch``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import SECONDS, SIGNAL
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.history.query import Watched


@click.command(
    "watch",
    cls=Command,
    draws=True,
    examples=["signalcli watch", "signalcli watch king --count 1 --timeout 30 --json"],
)
@click.argument("signal", type=SIGNAL, required=False)
@click.option("--count", type=click.IntRange(1), metavar="N", help="End after N sends.")
@click.option("--timeout", type=SECONDS, metavar="SECONDS", help="End after this time.")
@click.pass_obj
def watch_command(
    invocation: Invocation, signal: SignalName | None, count: int | None, timeout: float | None
) -> Watched:
    """Follow the session live: show each send as it is made.

    The status is 1 if the time is over before there were N sends; without --count, before there was
    one. Many sends in one command are one entry, as they end.
    """
    from signalcli.history.query import watch

    watching = watch(invocation.session_file, invocation.journal, signal, count, timeout)
    invocation.output.note(watching.invitation)
    for record in watching:
        invocation.output.stream(record)
    return watching.outcome
