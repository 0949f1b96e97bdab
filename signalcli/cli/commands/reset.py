"""``signalcli reset``: remove every signal of the session."""

from __future__ import annotations

import click

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.language.phrases import phrase
from signalcli.values.change import Change


@signalcli_command("reset", calls_blinker=True, examples=["signalcli reset --yes"])
@click.option("--yes", is_flag=True, help="Don't ask.")
def reset_command(invocation: Invocation, yes: bool) -> Change:
    """Remove every signal of the session, after asking."""
    file = invocation.session.file
    if file.read().signals:
        question = phrase("This removes every signal of {place}. Remove them?", place=file.place)
        invocation.confirm(question, yes)
    change = invocation.session.change(lambda playground: playground.reset())
    return invocation.session.undoable(change)
