"""``signalcli list``: list the signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import PATTERN, all_option
from signalcli.language.phrases import phrase

if TYPE_CHECKING:
    from signalcli.values.inspection import SignalList


@signalcli_command(
    "list",
    works_on="session app",
    draws=True,
    examples=[
        "signalcli list",
        "signalcli list 'request*' --app shop",
        "signalcli list --mine --heard --sort receivers --app shop",
    ],
)
@click.argument("patterns", type=PATTERN, nargs=-1, metavar="[PATTERN]...")
@all_option(
    "Also list signals that are only counted by default, and meta signals without receivers."
)
@click.option("--mine", is_flag=True, help="Leave out the signals of installed packages.")
@click.option("--heard", is_flag=True, help="Leave out signals without receivers.")
@click.option(
    "--sort",
    type=click.Choice(["name", "receivers"]),
    help="Sort by name, or by the number of receivers, the most first.",
)
def list_command(
    invocation: Invocation,
    patterns: tuple[str, ...],
    show_all: bool,
    mine: bool,
    heard: bool,
    sort: str | None,
) -> SignalList:
    """List the signals.

    PATTERN is a name, or a pattern in quotes such as 'order*' or 'flask/*'.

    The signals of a session are listed in the order of definition. Of an application, its own signals
    come first, then those of installed packages; packages' signals without receivers are only counted.
    --json lists all of them.

    If `session use` chose another session than default, a note names it.
    """
    if invocation.app is None and invocation.session_name is None:
        from signalcli.session.file import DEFAULT

        name = invocation.session.name_in_use
        if name != DEFAULT:
            invocation.output.note(phrase("Session '{name}' is in use.", name=name))
    with invocation.source() as source:
        from signalcli.values.inspection import ListOptions  # what opens the source needs it too

        return source.list_signals(ListOptions(patterns, show_all, mine, heard, sort))
