"""``signalcli replay``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.cli.options import HistoryOptions, history_options
from signalcli.cli.parsing.types import SIGNAL
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.history.record import Record
    from signalcli.history.replay import Replays


@click.command(
    "replay",
    cls=Command,
    draws=True,
    options_metavar="[OPTIONS]",
    examples=["signalcli replay last", "signalcli replay --last 5 --to king"],
)
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--last", type=click.IntRange(1), metavar="N", help="Replay the last N sends.")
@click.option("--all", "every", is_flag=True, help="Replay every send of the history.")
@click.option("--to", "signal", type=SIGNAL, metavar="SIGNAL", help="Send them to this signal.")
@history_options
@click.pass_obj
def replay_command(
    invocation: Invocation,
    ids: tuple[str, ...],
    last: int | None,
    every: bool,
    signal: SignalName | None,
    history: HistoryOptions,
) -> Replays:
    """Send past sends again, and show what differs from then.

    They meet the connections of today. Sender, payload, --on-error, --async and --wrap are as they were; what stood around the send,
    --muted or --connected-to, is not put there again. The status is 1 if a receiver raised.
    """
    from signalcli.history.query import chosen
    from signalcli.history.replay import replay

    past = chosen(invocation.journal, ids, last, every)

    def keep(record: Record) -> None:
        if history.is_kept:
            invocation.record(record, history.limit)

    with invocation.playground() as playground:
        return replay(playground, past, signal, keep, each=bool(ids))
