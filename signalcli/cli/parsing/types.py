"""What arguments are: each type rejects what it can't be, and completes what it may become."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from signalcli.receivers.import_names import ImportName
    from signalcli.values.signal_name import SignalName

    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # not generic before Click 8.2


class Argument(ParamType):
    """An argument that one function reads and another completes.

    :param read: gives the value of what was typed, or raises a ``UsageError``.
    :param completer: the name of a function in :mod:`signalcli.cli.parsing.completion`.
    """

    def __init__(self, name: str, read: Callable[[str], Any], completer: str) -> None:
        self.name = name
        self._read = read
        self._completer = completer

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> Any:
        return self._read(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from signalcli.cli.parsing import completion

        items: list[CompletionItem] = getattr(completion, self._completer)(ctx, incomplete)
        return items


def _signal(text: str) -> SignalName:
    from signalcli.values.signal_name import SignalName

    return SignalName.parse(text)


def _reading(function: str) -> Callable[[str], Any]:
    """A function of :mod:`signalcli.cli.parsing.senders_and_payload`, which is imported when there is something to read."""

    def read(text: str) -> Any:
        from signalcli.cli.parsing import senders_and_payload as arguments

        return getattr(arguments, function)(text)

    return read


class Parsed(ParamType):
    """An argument that one function reads, and nothing completes: a size, a time, an import."""

    def __init__(self, name: str, read: Callable[[str], Any]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> Any:
        return self._read(value) if isinstance(value, str) else value


def _import(text: str) -> ImportName:
    from signalcli.receivers.import_names import ImportName

    return ImportName.parse(text)


IMPORT = Parsed("import", _import)
SIZE = Parsed("size", _reading("parse_size"))
SECONDS = Parsed("seconds", _reading("parse_seconds"))
MOMENT = Parsed("time", _reading("parse_moment"))
HEADER = Parsed("header", _reading("parse_header"))
URL_PATH = Parsed("path", _reading("parse_url_path"))
METHOD = Parsed("method", _reading("parse_method"))
PICTURE = Parsed("picture", _reading("parse_picture"))
TRACE_FILE = Parsed("file", _reading("parse_trace_file"))

SIGNAL = Argument("signal", _signal, "signals")
RECEIVER = Argument("receiver", str, "receivers")
SESSION = Argument("session", str, "sessions")
FILTER = Argument("sender", _reading("parse_filter"), "senders")
"""A sender to listen to: one that a session can hold."""
ANY_SENDER = Argument("sender", _reading("parse_sender"), "senders")
"""A sender of any kind, as it was sent."""
QUESTION = Argument("sender", _reading("parse_question"), "senders")
"""A sender to ask ``has_receivers_for`` about."""
MESSAGE = Argument("message", str, "positional_senders")
"""A sender or a payload item of a send; which one is for the whole of them to tell."""
MESSAGE_SENDER = Argument("sender", str, "senders")

signal_argument = click.argument("signal", type=SIGNAL)
receiver_argument = click.argument("receiver", type=RECEIVER)


def senders_option(kind: Argument, help: str) -> Callable[[Callable[..., Any]], Any]:
    """The option ``--sender`` of a command that takes any number of them."""
    return click.option(
        "--sender", "senders", multiple=True, type=kind, metavar="SENDER", help=help
    )


message_argument = click.argument(
    "message", nargs=-1, type=MESSAGE, metavar="[SENDER] [KEY=VALUE]..."
)
message_sender_option = senders_option(MESSAGE_SENDER, "The sender, where it looks like payload.")
