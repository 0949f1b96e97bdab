"""``signalcli replay``: send past sends again, and compare the outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.options import HistoryOptions, history_options
from signalcli.cli.parsing.types import PAST_SEND, SIGNAL
from signalcli.cli.parsing.via import creds_option, via_option, via_server
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.history.record import Record
    from signalcli.history.replay import Replays


@signalcli_command(
    "replay",
    draws=True,
    examples=[
        "signalcli replay last",
        "signalcli replay --last 5 --to king",
        "signalcli replay last --via",
    ],
)
@click.argument("ids", nargs=-1, type=PAST_SEND, metavar="[ID]...")
@click.option("--last", type=click.IntRange(1), metavar="N", help="Replay the last N sends.")
@click.option("--all", "every", is_flag=True, help="Replay every send of the history.")
@click.option("--to", "signal", type=SIGNAL, metavar="SIGNAL", help="Send them to this signal.")
@history_options
@via_option("Send them to other processes too, through this server or the usual one.")
@creds_option
def replay_command(
    invocation: Invocation,
    ids: tuple[str, ...],
    last: int | None,
    every: bool,
    signal: SignalName | None,
    history: HistoryOptions,
    via: str | None,
    creds: str | None,
) -> Replays:
    """Send past sends again, and show the differences.

    The sends use the present connections, with the same sender, payload, --on-error, --async and
    --wrap, but without --muted and --connected-to. The status is 1 if a receiver raised.
    """
    from signalcli.history.query import select_past_sends
    from signalcli.history.replay import replay

    server = via_server(via, creds)
    past = select_past_sends(invocation.session.journal, ids, last, every)

    def keep(record: Record) -> None:
        invocation.session.record(record, history)

    with invocation.session.opened() as playground:
        if server is None:
            return replay(playground, past, signal, keep, each=bool(ids))
        access = invocation.relay
        from signalcli.cli.relay.sending import RecordPublisher

        with access.opened(server) as relay:
            publish = RecordPublisher(relay)

            def keep_and_publish(record: Record) -> None:
                keep(record)
                publish(record)

            done = replay(playground, past, signal, keep_and_publish, each=bool(ids))
        return done._replace(notes=(*done.notes, publish.note))
