"""Click parameter types: each parses and completes one kind of argument."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from signalcli.values.delivery import SenderObject

    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # not generic before Click 8.2


class Argument(ParamType):
    """A kind of argument, with its parser and, if shells can complete it, its completer.

    :param read: returns the value of the typed text, or raises a ``UsageError``.
    :param completer: the name of a function in :mod:`signalcli.cli.parsing.completion`.
    """

    def __init__(self, name: str, read: Callable[[str], Any], completer: str | None = None) -> None:
        self.name = name
        self._read = read
        self._completer = completer

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> Any:
        return self._read(value) if isinstance(value, str) else value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        if self._completer is None:
            return []
        from signalcli.cli.parsing import completion

        items: list[CompletionItem] = getattr(completion, self._completer)(ctx, incomplete)
        return items


def _reader(module: str, function: str) -> Callable[[str], Any]:
    """Return a function of a module, which is imported when the function is first called."""

    def read(text: str) -> Any:
        from importlib import import_module

        return attrgetter(function)(import_module(f"signalcli.{module}"))(text)

    return read


def _sender_object(text: str) -> SenderObject:
    from signalcli.apps.importing.target import parse_sender_object
    from signalcli.values.delivery import SenderObject

    parse_sender_object(text)
    return SenderObject(text)


_OPTION_VALUES = "cli.parsing.option_values"
_SENDERS = "cli.parsing.senders_and_payload"

IMPORT = Argument("import", _reader("receivers.import_names", "ImportName.parse"))
SIZE = Argument("size", _reader(_OPTION_VALUES, "parse_size"))
SECONDS = Argument("seconds", _reader(_OPTION_VALUES, "parse_seconds"))
MILLISECONDS = Argument("ms", _reader(_OPTION_VALUES, "parse_milliseconds"))
MOMENT = Argument("time", _reader(_OPTION_VALUES, "parse_moment"))
HEADER = Argument("header", _reader(_OPTION_VALUES, "parse_header"))
METHOD = Argument("method", _reader(_OPTION_VALUES, "parse_method"))
PICTURE = Argument("picture", _reader(_OPTION_VALUES, "parse_picture"))
TRACE_FILE = Argument("file", _reader(_OPTION_VALUES, "parse_trace_file"))

SIGNAL = Argument("signal", _reader("values.signal_name", "SignalName.parse"), "signals")
PATTERN = Argument("pattern", str, "signals")
RECEIVER = Argument("receiver", str, "receivers")
SESSION = Argument("session", str, "sessions")
HISTORY_WORD = Argument("word", str, "history_words")
PAST_SEND = Argument("id", str, "past_sends")
LESSON = Argument("lesson", str, "lessons")
RULE = Argument("rule", str, "rules")
FILTER = Argument("sender", _reader(_SENDERS, "parse_filter"), "senders")
"""A sender that a session can hold in a sender filter."""
ANY_SENDER = Argument("sender", _reader(_SENDERS, "parse_sender"), "senders")
QUESTION = Argument("sender", _reader(_SENDERS, "parse_question"), "senders")
MESSAGE = Argument("message", str, "message_words")
"""A sender or a payload item of a send; ``parse_message`` decides which."""
MESSAGE_SENDER = Argument("sender", str, "senders")

SENDER_OBJECT = Argument("expr", _sender_object, "sender_objects")
"""An object of the application."""

signal_argument = click.argument("signal", type=SIGNAL)
receiver_argument = click.argument("receiver", type=RECEIVER)
receivers_argument = click.argument(
    "receivers", type=RECEIVER, nargs=-1, required=True, metavar="RECEIVER..."
)


def senders_option(kind: Argument, help: str) -> Callable[[Callable[..., Any]], Any]:
    """Return the repeatable option ``--sender``."""
    return click.option(
        "--sender", "senders", multiple=True, type=kind, metavar="SENDER", help=help
    )


sender_objects_option = click.option(
    "--sender-object",
    "objects",
    multiple=True,
    type=SENDER_OBJECT,
    metavar="EXPR",
    help="Use an object of the application as the sender: app, or shop.models:Order.",
)


def all_option(help: str) -> Callable[[Callable[..., Any]], Any]:
    """Return the option ``--all`` of a command that counts some signals instead of showing them."""
    return click.option("--all", "show_all", is_flag=True, help=help)
