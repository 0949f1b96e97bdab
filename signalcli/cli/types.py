"""What arguments are: each type rejects what it can't be, and completes what it may become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from signalcli.model import Sender
    from signalcli.names import SignalName

    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # not generic before Click 8.2


class SignalType(ParamType):
    """The name of a signal."""

    name = "signal"

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> SignalName:
        from signalcli.names import SignalName

        return SignalName.parse(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from signalcli.cli import completion

        return completion.signals(ctx, incomplete)


class ReceiverType(ParamType):
    """The name of a receiver."""

    name = "receiver"

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> str:
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from signalcli.cli import completion

        return completion.receivers(ctx, incomplete)


class _SenderType(ParamType):
    name = "sender"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from signalcli.cli import completion

        return completion.senders(ctx, incomplete)


class FilterType(_SenderType):
    """A sender to listen to: one that a session can hold."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> Sender:
        from signalcli.arguments import parse_filter

        return parse_filter(value)


class QuestionType(_SenderType):
    """A sender to ask ``has_receivers_for`` about."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> Any:
        from signalcli.arguments import parse_question

        return parse_question(value)


class MessageType(_SenderType):
    """A sender or a payload item of a send; which one is for the whole of them to tell."""

    name = "message"

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> str:
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from signalcli.cli import completion

        return completion.senders(ctx, incomplete, as_option=isinstance(param, click.Option))


class SessionType(ParamType):
    """The name or file of a session."""

    name = "session"

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> str:
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from signalcli.cli import completion

        return completion.sessions(ctx, incomplete)


signal_argument = click.argument("signal", type=SignalType())
receiver_argument = click.argument("receiver", type=ReceiverType())
