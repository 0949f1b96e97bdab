"""What a shell may complete an argument to: the names of the chosen session.

A session that can't be read completes to nothing: there is no place for an error while typing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from signalcli.cli.invocation import Invocation
from signalcli.errors import SignalcliError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from signalcli.model import Session


def signals(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """The signals of the session."""
    return _matching(_session(ctx).signals, incomplete)


def receivers(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """The receivers that can be connected."""
    from signalcli.receivers import known_receivers

    return _matching(known_receivers(), incomplete)


def senders(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """The senders that the receivers of the signal, or of any, listen to."""
    states = _session(ctx).signals
    signal = str(ctx.params.get("signal"))
    chosen = [states[signal]] if signal in states else states.values()
    found = (sender for state in chosen for bucket in state.buckets for sender in bucket.senders)
    texts = (sender if isinstance(sender, str) else f":={sender}" for sender in found)
    return _matching(dict.fromkeys(texts), incomplete)


def sessions(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """The saved sessions, and files for what looks like a path."""
    from click.shell_completion import CompletionItem

    from signalcli.session import saved_sessions

    if "/" in incomplete:
        return [CompletionItem(incomplete, type="file")]
    saved = saved_sessions(ctx.ensure_object(Invocation).directory)
    return _matching([file.label for file in saved], incomplete)


def _session(ctx: click.Context) -> Session:
    from signalcli.model import Session

    try:
        return ctx.ensure_object(Invocation).session_file.read()
    except SignalcliError:
        return Session({})


def _matching(candidates: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Those that go on as typed. Names that a terminal or a shell's line could trip on are left out."""
    from click.shell_completion import CompletionItem

    return [
        CompletionItem(candidate)
        for candidate in candidates
        if candidate.startswith(incomplete) and candidate.isprintable()
    ]
