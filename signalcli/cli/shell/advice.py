"""What to know about a line before it is run: what is wrong with it, or what a send would do."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

import click

from signalcli.cli.command import Group
from signalcli.cli.root import root
from signalcli.cli.shell.candidates import candidates
from signalcli.cli.shell.line import LineInvocation, exercise_words
from signalcli.cli.shell.words import LINE_WORDS, ShellOptions, words_of
from signalcli.errors import SignalcliError, UnknownName
from signalcli.language.phrases import joined, phrase
from signalcli.text import PROGRAM, suggesting_session

if TYPE_CHECKING:
    from signalcli.values.delivery import Call, Delivery
    from signalcli.values.session import Session

DEFINE_SIGNALS = ("connect", "define", "listen", "watch", "history")
"""Commands that accept a signal which the session doesn't have."""


def advice(options: ShellOptions, line: str) -> str:
    """Return a sentence about a line, or no text. This runs no command and no code of the user.

    It is the error that the line would end in, if that can be known, or which receivers the send would
    call, or else the arguments of the command.
    """
    try:
        words = exercise_words(words_of(line), options)
        words = words[words[:1] == ["python"] :]
        if not words or words[0].startswith("-") or (len(words) == 1 and words[0] in LINE_WORDS):
            return ""
        invocation = LineInvocation()
        with suggesting_session(lambda: invocation.session_name):
            context = _parsed(options, words, invocation)
            return _about_names(context) or _usage(context)
    except click.exceptions.Exit:  # --help
        return ""
    except click.MissingParameter as error:
        return _usage(error.ctx) if error.ctx else error.format_message()
    except (click.ClickException, SignalcliError) as error:
        is_being_typed = not line[-1:].isspace() and candidates(options, line)[0]
        text = error.format_message() if isinstance(error, click.ClickException) else str(error)
        return "" if is_being_typed else text


def _parsed(
    options: ShellOptions, words: Sequence[str], invocation: LineInvocation
) -> click.Context:
    """Return the context of the command that a line names, with its arguments. Raises as Click does."""
    with invocation.output.to(StringIO()):  # where --help would be written
        context = root.make_context(PROGRAM, [*options], obj=invocation)
        rest, command = [*words], context.command
        while isinstance(command, Group) and rest and not rest[0].startswith("-"):
            name, found, rest = command.resolve_command(context, rest)
            assert found is not None and name is not None, "or it has raised UnknownName"
            command = found
            if isinstance(command, Group):
                context = click.Context(command, info_name=name, parent=context)
            else:
                context = command.make_context(name, rest, parent=context)
        return context


def _usage(context: click.Context) -> str:
    path = context.command_path.removeprefix(f"{PROGRAM} ")
    return " ".join((path, *context.command.collect_usage_pieces(context)))


def _about_names(context: click.Context) -> str:
    """Return what a send would do. Raises UnknownName for a signal or a receiver."""
    invocation, params = context.ensure_object(LineInvocation), context.params
    if invocation.app is not None or params.get("signal") is None:
        return ""
    session, place = invocation.session.file.read(), invocation.session.file.place
    name = str(params["signal"].base)
    if context.info_name not in DEFINE_SIGNALS and name not in session.signals:
        remedy = phrase("See them all: {command}", command="list")
        raise UnknownName("signal", name, session.signals, place=place, remedy=remedy)
    if context.info_name == "connect":
        from signalcli.receivers.registry import resolve

        for receiver in params["receivers"]:
            resolve(receiver, session.receivers)
    if context.info_name in ("send", "explain"):
        return _about_send(invocation, session, params)
    return ""


def _about_send(invocation: LineInvocation, session: Session, params: dict[str, Any]) -> str:
    from signalcli.cli.parsing.options import message_from_params
    from signalcli.playground.inspector import SessionInspector
    from signalcli.streams import captured

    offers = any(getattr(spec, "offered_by", None) for spec in session.receivers.values())
    if offers or any("=@" in word for word in params["arguments"]):
        return ""  # to know more, packages would be imported, or files read
    message = message_from_params(params)
    with captured(live=False) as capture:
        inspector = SessionInspector(
            session, invocation.session.file.place, capture, lambda receiver: False
        )
        explained = inspector.explain(params["signal"], message)
        inspector.close()
    return _sentence(explained)


def _sentence(explained: Delivery) -> str:
    """Return which receivers would be called, and how many would not."""
    called = [call.receiver for call in explained.calls if _is_called(call)]
    raised = [call.receiver for call in explained.calls if call.outcome == "would_raise"]
    rest = len(explained.calls) - len(called) - len(raised)
    if explained.muted:
        return phrase("calls no receiver: {signal} is muted", signal=explained.signal)
    parts = [
        phrase("calls {receivers}", receivers=joined(called))
        if called
        else phrase("calls no receiver")
    ]
    if raised:
        parts.append(phrase("{receivers} would raise", receivers=joined(raised)))
    if rest:
        parts.append(phrase("{n} not called", n=rest))
    return joined(parts, phrase("{first}; {second}"))


def _is_called(call: Call) -> bool:
    """Return whether a receiver would be called. Imports are as untrusted here, so none is loaded."""
    return call.outcome == "would_call" or "receivers trust" in call.reason
