"""Show the calls of blinker that a command makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signalcli.cli.parsing.options import message_from_params
from signalcli.errors import UsageError
from signalcli.export.calls import COMMANDS, blinker_calls
from signalcli.language.phrases import joined
from signalcli.values.delivery import Message, SendOptions
from signalcli.values.session import Session

if TYPE_CHECKING:
    from signalcli.cli.invocation import Invocation


def calls_of(invocation: Invocation, context: click.Context) -> list[str]:
    """Return the statements of a command that was parsed, before it runs.

    :raises UsageError: if they aren't known.
    """
    command, params = str(context.info_name), context.params
    if command not in COMMANDS:
        raise UsageError(
            "python shows the calls of {commands}; not of {command}.",
            commands=joined(COMMANDS),
            command=command,
        )
    session = Session({}) if invocation.app is not None else invocation.session.file.read()
    message = Message(None, {}, SendOptions())
    if command == "send":
        if params["lines"] is not None or params["jsonl"] is not None:
            raise UsageError("The calls of a send of a file's lines aren't shown.")
        message = message_from_params(params)
    return blinker_calls(command, params, session, message)
