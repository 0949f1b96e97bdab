"""Groups of options that several commands share, each passed to the command as one value."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from signalcli.cli.parsing.types import (
    HEADER,
    MESSAGE,
    MESSAGE_SENDER,
    RECEIVER,
    SECONDS,
    SIZE,
    sender_objects_option,
    senders_option,
)
from signalcli.language.phrases import phrase
from signalcli.values.delivery import PLAIN, Message, SenderObject, SendOptions

if TYPE_CHECKING:
    from signalcli.apps.running.program import Program
    from signalcli.cli.invocation import Invocation
    from signalcli.values.trace import Request

Function = TypeVar("Function", bound=Callable[..., Any])


DEFAULT_LIMIT = 10_000_000
"""bytes, as in :mod:`signalcli.session.journal`, which takes longer to import."""


class TypedMessage(NamedTuple):
    """The sender and the payload of a send."""

    arguments: tuple[str, ...]
    senders: tuple[str, ...]
    objects: tuple[SenderObject, ...]

    def parsed(self, invocation: Invocation, options: SendOptions = PLAIN) -> Message:
        """Return the message, and note likely mistakes in it. UsageError if it is invalid."""
        from signalcli.cli.parsing.senders_and_payload import parse_message

        invocation.note_likely_mistakes(senders=self.senders, message=self.arguments)
        objects = invocation.objects(self.objects)
        return Message(*parse_message(self.arguments, self.senders, objects), options)


def message_from_params(params: Mapping[str, Any]) -> Message:
    """Return the message in the parameters of ``send`` or ``explain``, for a session. UsageError if it is invalid."""
    from signalcli.cli.parsing.senders_and_payload import parse_message

    options = SendOptions(*(params[name] for name in SendOptions._fields))
    return Message(*parse_message(params["arguments"], params["senders"]), options)


class HistoryOptions(NamedTuple):
    """Whether a send is saved to the history, and how large the history may become."""

    is_left_out: bool
    limit: int
    """The size in bytes above which the file is rotated."""


class BulkOptions(NamedTuple):
    """Which messages to send, and how fast, in a send of many."""

    times: int | None
    lines: str | None
    jsonl: str | None
    every: float | None
    threads: int | None

    @property
    def is_asked(self) -> bool:
        """Whether any of the options was given."""
        return any(value is not None for value in self)


class RequestOptions(NamedTuple):
    """The requests of a command line."""

    words: tuple[str, ...]
    form: bool
    data: str | None
    headers: tuple[tuple[str, str], ...]
    then: tuple[str, ...]

    def requests(self, method: str | None = None) -> tuple[Request, ...]:
        """Return the requests in order. UsageError if one can't be made.

        :param method: the method of the first, if it isn't among its words.
        """
        from signalcli.cli.parsing.request_items import parse_request, parse_then

        shared: Any = {"form": self.form, "headers": self.headers}
        first = parse_request(self.words, data=self.data, method=method, **shared)
        return (first, *(parse_then(text, **shared) for text in self.then))


class EvidenceOptions(NamedTuple):
    """The requests, programs and saved traces whose sends are examined."""

    requests: tuple[str, ...]
    programs: tuple[str, ...]
    traces: tuple[str, ...]

    @property
    def new_trace(self) -> str:
        """The name of a trace in advice, other than those that were read."""
        names = [os.path.basename(file) for file in self.traces]
        return "new-trace.json" if "trace.json" in names else "trace.json"

    def parsed_requests(self) -> tuple[Request, ...]:
        """Return the requests. UsageError if one can't be made."""
        from signalcli.cli.parsing.request_items import parse_then

        return tuple(parse_then(text, "--request") for text in self.requests)

    def parsed_programs(self) -> tuple[Program, ...]:
        """Return the programs with their arguments. UsageError if there is none in a text."""
        from signalcli.cli.parsing.request_items import split_words

        return tuple(
            _program(split_words(text, "--run", phrase("a program"), "--run '-m pytest tests'"))
            for text in self.programs
        )


def _program(words: list[str]) -> Program:
    from signalcli.apps.running.program import Program

    is_module = words[0] == "-m" and len(words) > 1
    name, *arguments = words[1:] if is_module else words
    return Program(name, tuple(arguments), is_module)


def grouped(
    parameter: str, group: type[Any], *options: Callable[..., Any]
) -> Callable[[Function], Function]:
    """Return a decorator that passes several options to a command as one named tuple."""

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def command(*args: Any, **values: Any) -> Any:
            names = [name for name in group._fields if name in values]
            value = group(**{name: values.pop(name) for name in names})
            return function(*args, **{parameter: value}, **values)

        decorated: Any = command
        for option in reversed(options):
            decorated = option(decorated)
        wrapped: Function = decorated
        return wrapped

    return decorate


message_options = grouped(
    "typed",
    TypedMessage,
    click.argument("arguments", nargs=-1, type=MESSAGE, metavar="[SENDER] [KEY=VALUE]..."),
    senders_option(MESSAGE_SENDER, "The sender, if it looks like payload."),
    sender_objects_option,
)


send_options = grouped(
    "options",
    SendOptions,
    click.option(
        "--on-error",
        type=click.Choice(["stop", "continue"]),
        default="stop",
        help="After an exception, stop as blinker does, or continue.  [default: stop]",
    ),
    click.option("--async", "is_async", is_flag=True, help="Send with send_async."),
    click.option(
        "--wrap", is_flag=True, help="Wrap receivers of the other kind, plain or coroutine."
    ),
    click.option(
        "--muted", is_flag=True, help="Send within muted(), which unmutes the signal at its end."
    ),
    click.option(
        "--connected-to",
        type=RECEIVER,
        metavar="RECEIVER",
        help="Send within connected_to(), which disconnects the receiver entirely at its end.",
    ),
)


history_options = grouped(
    "history",
    HistoryOptions,
    click.option(
        "--no-history", "is_left_out", is_flag=True, help="Don't save the send to the history."
    ),
    click.option(
        "--history-size",
        "limit",
        type=SIZE,
        default=DEFAULT_LIMIT,
        envvar="SIGNALCLI_HISTORY_SIZE",
        metavar="BYTES",
        help="Start a new history file above this size, such as 500kB; or SIGNALCLI_HISTORY_SIZE."
        "  [default: 10MB]",
    ),
)


request_options = grouped(
    "options",
    RequestOptions,
    click.argument("words", nargs=-1, required=True, metavar="[METHOD] PATH [ITEM]..."),
    click.option("--form", is_flag=True, help="Send the data as a form, not as JSON."),
    click.option("--data", metavar="TEXT", help="Set the body of the request."),
    click.option(
        "--header",
        "headers",
        multiple=True,
        type=HEADER,
        metavar="NAME:VALUE",
        help="Add a header to every request.",
    ),
    click.option(
        "--then",
        multiple=True,
        metavar="REQUEST",
        help="Make another request afterwards, with the cookies of those before.",
    ),
)


evidence_options = grouped(
    "options",
    EvidenceOptions,
    click.option(
        "--request",
        "requests",
        multiple=True,
        metavar="REQUEST",
        help="Make a request to the application first, such as 'POST /order item=banana'.",
    ),
    click.option(
        "--run",
        "programs",
        multiple=True,
        metavar="PROGRAM",
        help="Run a program first, such as '-m pytest tests'.",
    ),
    click.option(
        "--trace",
        "traces",
        multiple=True,
        metavar="FILE",
        help="Read sends from a saved trace, not from the history.",
    ),
)


bulk_options = grouped(
    "bulk",
    BulkOptions,
    click.option("--count", "times", type=click.IntRange(1), metavar="N", help="Send N times."),
    click.option("--lines", metavar="FILE|-", help="Send once per line; each line is the sender."),
    click.option(
        "--jsonl",
        metavar="FILE|-",
        help='Send once per line of JSON: {"sender": "大象", "payload": {"count": 3}}.',
    ),
    click.option(
        "--every", type=SECONDS, metavar="SECONDS", help="Wait between two sends of many."
    ),
    click.option(
        "--threads", type=click.IntRange(1, 64), metavar="N", help="Send many from N threads."
    ),
)
