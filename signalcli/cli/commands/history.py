"""``signalcli history``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import ANY_SENDER, MOMENT, senders_option

if TYPE_CHECKING:
    from signalcli.history.query import History, Shown


@click.command(
    "history",
    cls=Command,
    draws=True,
    options_metavar="[OPTIONS]",
    examples=[
        "signalcli history --last 10",
        "signalcli history king --since 2h --sender 大象",
        "signalcli history show last",
    ],
)
@click.argument("words", nargs=-1, metavar="[SIGNAL] | show ID")
@click.option("--last", type=click.IntRange(0), metavar="N", help="Only the last N of them.")
@click.option(
    "--since", type=MOMENT, metavar="TIME", help="Since then: 90s, 10m, 2h or 3d ago, or ISO 8601."
)
@senders_option(ANY_SENDER, "Only those of this sender; may be repeated.")
@click.pass_obj
def history_command(
    invocation: Invocation,
    words: tuple[str, ...],
    last: int | None,
    since: float | None,
    senders: tuple[Any, ...],
) -> History | Shown:
    """Show the past sends of the session, newest last.

    `history show ID` gives the whole of one again. The beginning of an id will do, and `last` is the
    newest. With --json, each takes a line. Many sends in one command are one entry.
    """
    from signalcli.history.query import history, show

    if len(words) > 1:
        if words[0] != "show" or len(words) > 2:
            raise click.UsageError(f"Got {len(words)} words, and a history is of one signal.")
        if last is not None or since is not None or senders:
            raise click.UsageError("One send is shown by its id: leave out the other options.")
        return show(invocation.journal, words[1])
    if words == ("show",) and "show" not in invocation.session_file.read().signals:
        raise click.UsageError("Which one? Its id stands in: signalcli history.")
    signal = words[0] if words else None
    return history(invocation.session_file, invocation.journal, signal, since, senders, last)
