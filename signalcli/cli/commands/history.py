"""``signalcli history [SIGNAL | show ID | clear]``: list past sends, show one, or clear the history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import ANY_SENDER, HISTORY_WORD, MOMENT, senders_option
from signalcli.language.phrases import joined, phrase
from signalcli.text import session_command

if TYPE_CHECKING:
    from signalcli.history.query import Criteria, History, PastSend
    from signalcli.values.change import Change


@signalcli_command(
    "history",
    draws=True,
    examples=[
        "signalcli history --last 10",
        "signalcli history king --since 2h --sender 大象",
        "signalcli history show last",
        "signalcli history clear --yes",
    ],
)
@click.argument("words", nargs=-1, type=HISTORY_WORD, metavar="[SIGNAL | show ID | clear]")
@click.option("--last", type=click.IntRange(0), metavar="N", help="Show only the last N sends.")
@click.option(
    "--since",
    type=MOMENT,
    metavar="TIME",
    help="Show only sends since then: 90s, 10m, 2h or 3d ago, or ISO 8601.",
)
@senders_option(ANY_SENDER, "Show only sends of this sender; may be repeated.")
@click.option("--yes", is_flag=True, help="Clear without asking.")
def history_command(
    invocation: Invocation,
    words: tuple[str, ...],
    last: int | None,
    since: float | None,
    senders: tuple[Any, ...],
    yes: bool,
) -> History | PastSend | Change:
    """Show the past sends of the session, newest last.

    `history show ID` shows one send completely. ID may be shortened; `last` is the newest send.
    `history clear` deletes all past sends, after asking. With --json, each send is one line. Many
    sends by one command are one entry.

    For a signal called show or clear, type /show or /clear.
    """
    from signalcli.history.query import Criteria, clear, is_empty, show
    from signalcli.values.signal_name import SignalName

    is_filtered = last is not None or since is not None or bool(senders)
    if words[:1] == ("clear",):
        if words[1:] or is_filtered:
            raise click.UsageError(
                phrase("`history clear` deletes all past sends and takes only --yes.")
            )
        file, journal = invocation.session.file_to_read, invocation.session.journal
        if not is_empty(journal):
            question = phrase(
                "This deletes all past sends of {place}. Delete them?", place=file.place
            )
            invocation.confirm(question, yes)
        return clear(file, journal)
    if len(words) > 1:
        if words[0] != "show" or len(words) > 2:
            raise click.UsageError(
                phrase("`history` takes one SIGNAL; got: {words}.", words=joined(words))
            )
        if is_filtered:
            raise click.UsageError(phrase("`history show` takes an ID and no filters."))
        return show(invocation.session.journal, words[1])
    if words == ("show",) and "show" not in invocation.session.file_to_read.read().signals:
        listing = session_command("history")
        raise click.UsageError(
            phrase("`history show` needs an ID. List them: {command}.", command=listing)
        )
    invocation.note_likely_mistakes(senders=senders)
    signal = str(SignalName.parse(words[0])) if words else None
    wanted = Criteria(signal, since, senders, last)
    return _list(invocation, wanted)


def _list(invocation: Invocation, wanted: Criteria) -> History:
    """Return the past sends, or suggest a command if the signal is unknown and a word for one."""
    from signalcli.cli.parsing.synonyms import meant_by
    from signalcli.history.query import list_history

    likely = meant_by(wanted.signal, ("history",)) if wanted.signal else None
    session = invocation.session
    return list_history(session.file_to_read, session.journal, wanted, likely)
