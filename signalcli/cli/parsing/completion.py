"""Completions of arguments, from the session in use.

A session or history that can't be read gives no completions, because a shell has no place to show an
error while the user types.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from signalcli.cli.invocation import Invocation
from signalcli.errors import SignalcliError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from signalcli.values.session import Session, SignalState

MOST_SENDS = 50
QUOTED = r"[^\w@%+=:,./-]"
"""What a shell may take for more than a character of a word."""


def signals(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Return the signals of the session; after a colon, their meta signals too."""
    return _matching(_signal_names(ctx, incomplete), incomplete)


HISTORY_WORDS = ("show", "clear")
"""The words after ``history`` that are no signal."""


def history_words(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Return what ``history`` takes: a signal or a subcommand, and after ``show`` the past sends."""
    words = ctx.params.get("words") or ()
    if words[:1] == ("show",):
        return past_sends(ctx, incomplete) if len(words) == 1 else []
    if words:
        return []
    return _matching([*HISTORY_WORDS, *_signal_names(ctx, incomplete)], incomplete)


def past_sends(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Return ``last`` and the newest ids that begin as typed, with the sends as descriptions."""
    from click.shell_completion import CompletionItem

    from signalcli.history.query import newest
    from signalcli.text import escape, sender_label

    items = _matching(["last"], incomplete)
    try:
        for record in newest(ctx.ensure_object(Invocation).session.journal, incomplete, MOST_SENDS):
            sent = record.delivery
            sender = () if sent.sender is None else (sender_label(sent.sender),)
            text = " ".join((sent.signal, *sender, record.time[:19].replace("T", " ")))
            items.append(CompletionItem(record.id, help=escape(text)))
    except SignalcliError:
        pass
    return [item for item in items if re.fullmatch(r"\w+", item.value)]


def receivers(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Return the receivers that the command can take.

    ``disconnect`` and ``drop`` take connected receivers, ``receivers remove`` those that the user
    added, and other commands all receivers that can be connected.
    """
    from signalcli.receivers.demos import DEMOS

    session = _session(ctx)
    if ctx.info_name == "disconnect":
        connected = session.signals.get(str(ctx.params.get("signal")))
        states = list(session.signals.values()) if connected is None else [connected]
        return _matching(_connected(states), incomplete)
    if ctx.info_name == "drop":
        return _matching(_connected(session.signals.values()), incomplete)
    if ctx.info_name == "remove":
        return _matching(session.receivers, incomplete)
    return _matching([*DEMOS, *session.receivers, *_trusted(ctx)], incomplete)


def senders(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Return the senders in the sender filters of the signal; without a signal, of all signals."""
    return _matching(_sender_texts(ctx), incomplete)


def message_words(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Return :func:`senders`, without those that would be read otherwise, and payload of past sends.

    After a sender there is only payload.
    """
    from signalcli.cli.parsing.senders_and_payload import split_item

    typed = (ctx.params.get(name) or () for name in ("senders", "objects"))
    has_sender = any(typed) or None in map(split_item, ctx.params.get("arguments") or ())
    texts = () if has_sender else _positional(_sender_texts(ctx))
    senders = [text for text in texts if text.startswith(":=") or "=" not in text]
    return _matching(dict.fromkeys((*senders, *_past_payload(ctx))), incomplete)


def _past_payload(ctx: click.Context) -> Iterator[str]:
    """Yield the payload of the newest sends of the signal, as it is typed."""
    from signalcli.history.query import newest
    from signalcli.text import to_json

    try:
        for record in newest(ctx.ensure_object(Invocation).session.journal, "", MOST_SENDS):
            sent = record.delivery
            for key, value in (
                sent.payload.items() if sent.signal == str(ctx.params["signal"]) else ()
            ):
                yield f"{key}={value}" if isinstance(value, str) else f"{key}:={to_json(value)}"
    except SignalcliError:
        return


def sender_objects(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Return ``app`` and the modules of the current directory; after a colon, what a module defines.

    Names are read from the source code, because a module is not imported while the user types.
    """
    from signalcli.receivers.modules import module_names, names_in_source

    module, colon, _ = incomplete.partition(":")
    package, dot, _ = module.rpartition(".")
    try:
        if colon:
            return _matching([f"{module}:{name}" for name in names_in_source(module)], incomplete)
        names = module_names([package.replace(".", "/") or "."])
    except (OSError, SyntaxError, ValueError):
        return []
    modules = [f"{package}{dot}{name}:" for name in names]
    return _matching([*(() if package else ("app",)), *modules], incomplete)


def sessions(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Return the saved sessions; for what looks like a path, let the shell complete files."""
    from click.shell_completion import CompletionItem

    from signalcli.session.listing import saved_sessions

    if "/" in incomplete:
        return [CompletionItem(incomplete, type="file")]
    try:
        saved = saved_sessions(ctx.ensure_object(Invocation).session.directory)
    except SignalcliError:
        return []
    return _matching([file.label for file in saved], incomplete)


def lessons(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Return the ids of the lessons, and the words for several and for the next one."""
    from signalcli.cli.shell.words import EXERCISE_WORDS
    from signalcli.tour.lessons.index import GROUPS, LESSONS, NEXT

    return _matching([*LESSONS, *GROUPS, NEXT, *EXERCISE_WORDS], incomplete)


def rules(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Return the rules of doctor, described by what they find."""
    from click.shell_completion import CompletionItem

    from signalcli.doctor.examine import explained_rules

    known = (rule for rule in explained_rules() if rule.rule.startswith(incomplete))
    return [CompletionItem(rule.rule, help=rule.what) for rule in known]


def _session(ctx: click.Context) -> Session:
    from signalcli.values.session import Session

    try:
        return ctx.ensure_object(Invocation).session.file.read()
    except SignalcliError:
        return Session({})


def _signal_names(ctx: click.Context, incomplete: str) -> Iterable[str]:
    from signalcli.values.signal_name import META_SIGNALS

    names = dict.fromkeys(_positional(_session(ctx).signals))
    if ":" in incomplete:
        plain = [name for name in names if not name.endswith(META_SIGNALS)]
        names.update(dict.fromkeys(f"{name}:{meta}" for name in plain for meta in META_SIGNALS))
    return names


def _connected(states: Iterable[SignalState]) -> Iterable[str]:
    return dict.fromkeys(receiver for state in states for receiver, _ in state.receivers)


def _trusted(ctx: click.Context) -> Iterable[str]:
    try:
        return ctx.ensure_object(Invocation).session.trust_file.trusted()
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
    return (name for name in names if not name.startswith("-"))


def _matching(candidates: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Return the candidates that begin as typed and are safe to print; who asks quotes them for its line."""
    from click.shell_completion import CompletionItem

    from signalcli.text import escape

    return [
        CompletionItem(candidate)
        for candidate in candidates
        if candidate and candidate.startswith(incomplete) and escape(candidate) == candidate
    ]
