"""What arguments are: each type rejects what it can't be, and completes what it may become."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from signalcli.imports import ImportName
    from signalcli.model import Sender
    from signalcli.names import SignalName

    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # not generic before Click 8.2


class Argument(ParamType):
    """An argument that one function reads and another completes.

    :param read: gives the value of what was typed, or raises a ``UsageError``.
    :param completer: the name of a function in :mod:`signalcli.cli.completion`.
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
        from signalcli.cli import completion

        items: list[CompletionItem] = getattr(completion, self._completer)(ctx, incomplete)
        return items


def _signal(text: str) -> SignalName:
    from signalcli.names import SignalName

    return SignalName.parse(text)


def _filter(text: str) -> Sender:
    from signalcli.arguments import parse_filter

    return parse_filter(text)


def _sender(text: str) -> Any:
    from signalcli.arguments import parse_sender

    return parse_sender(text)


def _question(text: str) -> Any:
    from signalcli.arguments import parse_question

    return parse_question(text)


class Parsed(ParamType):
    """An argument that one function reads, and nothing completes: a size, a time, an import."""

    def __init__(self, name: str, read: Callable[[str], Any]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> Any:
        return self._read(value) if isinstance(value, str) else value


def _size(text: str) -> int:
    from signalcli.arguments import parse_size

    return parse_size(text)


def _seconds(text: str) -> float:
    from signalcli.arguments import parse_seconds

    return parse_seconds(text)


def _moment(text: str) -> float:
    from signalcli.arguments import parse_moment

    return parse_moment(text)


def _import(text: str) -> ImportName:
    from signalcli.imports import ImportName

    return ImportName.parse(text)


def _header(text: str) -> tuple[str, str]:
    from signalcli.arguments import parse_header

    return parse_header(text)


def _url_path(text: str) -> str:
    from signalcli.arguments import parse_url_path

    return parse_url_path(text)


def _method(text: str) -> str:
    from signalcli.arguments import parse_method

    return parse_method(text)


def _picture(text: str) -> str:
    from signalcli.arguments import check_picture

    check_picture(text)
    return text


IMPORT = Parsed("import", _import)
SIZE = Parsed("size", _size)
SECONDS = Parsed("seconds", _seconds)
MOMENT = Parsed("time", _moment)
HEADER = Parsed("header", _header)
URL_PATH = Parsed("path", _url_path)
METHOD = Parsed("method", _method)
PICTURE = Parsed("picture", _picture)

SIGNAL = Argument("signal", _signal, "signals")
RECEIVER = Argument("receiver", str, "receivers")
SESSION = Argument("session", str, "sessions")
FILTER = Argument("sender", _filter, "senders")
"""A sender to listen to: one that a session can hold."""
ANY_SENDER = Argument("sender", _sender, "senders")
"""A sender of any kind, as it was sent."""
QUESTION = Argument("sender", _question, "senders")
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
