"""Retry or drop the dead letters that a command line chooses."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from signalcli.errors import UsageError
from signalcli.relay.administration.dead_letters import chosen_letters, retry
from signalcli.values.change import Change

if TYPE_CHECKING:
    from signalcli.cli.invocation import Invocation
    from signalcli.cli.parsing.via import ViaOptions
    from signalcli.cli.relay.access import RelayAccess
    from signalcli.relay.connection import ServerConnection
    from signalcli.values.relay.server import DeadLetter


def change_letters(
    invocation: Invocation,
    access: RelayAccess,
    server: ViaOptions,
    ids: tuple[str, ...],
    *,
    every: bool,
    change: Callable[[ServerConnection, DeadLetter], Coroutine[Any, Any, None]],
    done: Callable[[int], str],
    question: Callable[[int], str] | None = None,
) -> Change:
    """Change the chosen dead letters, and return a note of how many.

    :param every: whether all are chosen; otherwise ``ids`` choose them.
    :param done: returns the note for a number of letters.
    :param question: returns what to ask first.
    :raises UsageError: if none or all and some are chosen.
    """
    if every == bool(ids):
        raise UsageError("Choose dead letters by their ids, or all of them with --all.")
    with access.opened(server, starts=False) as relay:
        letters = relay.loop.run(chosen_letters(relay.connection, ids))
        if every and change is retry:
            letters = [letter for letter in letters if letter.is_readable]
        if question is not None and letters:
            invocation.confirm(question(len(letters)), yes=False)
        for letter in letters:
            relay.loop.run(change(relay.connection, letter))
    return Change(bool(letters), (done(len(letters)),))
