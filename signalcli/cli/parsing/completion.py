"""What a shell may complete an argument to: the names of the chosen session.

What can't be read completes to nothing: there is no place for an error while typing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from signalcli.cli.invocation import Invocation
from signalcli.errors import SignalcliError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from signalcli.values.delivery import Session, SignalState


def signals(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """The signals of the session."""
    return _matching(_positional(_session(ctx).signals), incomplete)


def receivers(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """The receivers that can be connected; to ``disconnect``, ``drop`` or ``remove``, those that can
    be that.
    """
    from signalcli.receivers.demos import CATALOGUE

    session = _session(ctx)
    if ctx.info_name == "disconnect":
        connected = session.signals.get(str(ctx.params.get("signal")))
        states = list(session.signals.values()) if connected is None else [connected]
        return _matching(_connected(states), incomplete)
    if ctx.info_name == "drop":
        return _matching(_connected(session.signals.values()), incomplete)
    if ctx.info_name == "remove":
        return _matching(session.receivers, incomplete)
    return _matching([*CATALOGUE, *session.receivers, *_trusted(ctx)], incomplete)


def senders(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """The senders that the receivers of the signal, or of any, listen to."""
    return _matching(_sender_texts(ctx), incomplete)


def positional_senders(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Those of the senders that are taken neither for an option nor for payload."""
    texts = _sender_texts(ctx)
    return _matching(
        (text for text in _positional(texts) if text.startswith(":=") or "=" not in text),
        incomplete,
    )


def sessions(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """The saved sessions, and files for what looks like a path."""
    from click.shell_completion import CompletionItem

    from signalcli.session.file import saved_sessions

    if "/" in incomplete:
        return [CompletionItem(incomplete, type="file")]
    try:
        saved = saved_sessions(ctx.ensure_object(Invocation).directory)
    except SignalcliError:
        return []
    return _matching([file.label for file in saved], incomplete)


def _session(ctx: click.Context) -> Session:
    from signalcli.values.delivery import Session

    try:
        return ctx.ensure_object(Invocation).session_file.read()
    except SignalcliError:
        return Session({})


def _connected(states: Iterable[SignalState]) -> Iterable[str]:
    """The receivers that some signals hold."""
    return dict.fromkeys(receiver for state in states for receiver, _ in state.receivers)


def _trusted(ctx: click.Context) -> Iterable[str]:
    try:
        return ctx.ensure_object(Invocation).trust_file.trusted()
    except SignalcliError:
        return ()


def _sender_texts(ctx: click.Context) -> list[str]:
    states = _session(ctx).signals
    signal = str(ctx.params.get("signal"))
    chosen = [states[signal]] if signal in states else states.values()
    found = (sender for state in chosen for bucket in state.buckets for sender in bucket.senders)
    readable = (s for s in found if not (isinstance(s, str) and s.startswith(":=")))
    return [s if isinstance(s, str) else f":={s}" for s in dict.fromkeys(readable)]


def _positional(names: Iterable[str]) -> Iterable[str]:
    """Those that are not taken for an option."""
    return (name for name in names if not name.startswith("-"))


def _matching(candidates: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Those that go on as typed, and that a shell takes as they are.

    The shell puts them on its line unquoted, and a session may come from somebody else.
    """
    from click.shell_completion import CompletionItem

    return [
        CompletionItem(candidate)
        for candidate in candidates
        if candidate.startswith(incomplete) and re.fullmatch(r"[\w@%+=:,./-]+", candidate)
    ]
