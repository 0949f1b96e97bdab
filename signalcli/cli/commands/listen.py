"""``signalcli listen``: deliver the sends of other processes to receivers here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.options import HistoryOptions, history_options
from signalcli.cli.parsing.types import PATTERN, SECONDS
from signalcli.cli.parsing.via import TypedListenOptions, ViaOptions, listen_options, server_options

if TYPE_CHECKING:
    from signalcli.values.result import StreamEnd


@signalcli_command(
    "listen",
    works_on="session app",
    draws=True,
    examples=[
        "signalcli listen",
        "signalcli listen king 'zoo/*' --count 1 --timeout 30 --json",
        "signalcli listen 'k*' --durable mail",
        "signalcli listen king --last 100",
    ],
)
@click.argument("patterns", nargs=-1, type=PATTERN, metavar="[SIGNAL|PATTERN]...")
@server_options
@listen_options
@click.option("--count", type=click.IntRange(1), metavar="N", help="End after N sends.")
@click.option("--timeout", type=SECONDS, metavar="SECONDS", help="End after this time.")
@click.option("--fail-unheard", is_flag=True, help="Exit with status 3 if no receiver was called.")
@history_options
@click.option("--yes", is_flag=True, help="Don't ask before an application's receivers run.")
def listen_command(
    invocation: Invocation,
    patterns: tuple[str, ...],
    server: ViaOptions,
    typed: TypedListenOptions,
    count: int | None,
    timeout: float | None,
    fail_unheard: bool,
    history: HistoryOptions,
    yes: bool,
) -> StreamEnd:
    """Deliver the sends of other processes to receivers here, and show them.

    Other processes send with `signalcli send --via`. A PATTERN is one of the shell: * matches any
    characters, / too. Without one, every signal is heard.

    A send is heard at most once, by those who listen then. With --durable, it is heard at least once: it is
    acknowledged when its receivers have returned. If one raises, all of them are tried again, and after
    --max-deliver tries it is a dead letter: see `signalcli relay dead list`. Listeners of one durable name
    share its sends.

    The status is 1 if a receiver raised, or if the timeout ends before N sends, or without --count, before
    one. SIGTERM ends it with status 143 when the receivers of a message that they have got have returned.
    """
    access = invocation.relay
    from signalcli.cli.relay.listening import (
        ListenLoop,
        Termination,
        ended_by_sigterm,
        opened_receivers,
        terminated,
    )
    from signalcli.history.record import Record

    invocation.fail_unheard = fail_unheard
    options = typed.parsed(patterns)

    def keep(record: Record) -> None:
        invocation.session.record(record, history)

    try:
        with ended_by_sigterm(), opened_receivers(invocation, keep, yes=yes) as receivers:
            receivers.check(options.patterns)
            with access.opened(server) as relay:
                return ListenLoop(invocation, relay, options, receivers, count, timeout).run()
    except Termination:
        return terminated()
