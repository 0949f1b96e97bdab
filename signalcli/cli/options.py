"""Options that several commands share, each group of them taken as one value."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import click

from signalcli.cli.parsing.types import HEADER, RECEIVER, SECONDS, SIZE
from signalcli.values.delivery import SendOptions

Function = TypeVar("Function", bound=Callable[..., Any])


DEFAULT_LIMIT = 10_000_000
"""bytes, as in :mod:`signalcli.session.journal`, which help needn't import."""


class HistoryOptions(NamedTuple):
    """Whether a send goes into the history, and how large that may become."""

    is_kept: bool
    limit: int
    """bytes: a larger file is rotated."""


class Many(NamedTuple):
    """Which many messages to send, and how fast."""

    times: int | None
    lines: str | None
    jsonl: str | None
    every: float | None
    threads: int | None

    @property
    def is_asked(self) -> bool:
        """Whether it is more than one, or how fast was said."""
        return any(value is not None for value in self)


def _grouped(
    parameter: str, build: Callable[..., Any], *options: Callable[..., Any]
) -> Callable[[Function], Function]:
    """A decorator that gives a command the value of several options as one parameter.

    :param build: makes the value of the options' own values, which it takes by name.
    """
    names = build.__code__.co_varnames[: build.__code__.co_argcount]

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def command(*args: Any, **values: Any) -> Any:
            value = build(**{name: values.pop(name) for name in names})
            return function(*args, **{parameter: value}, **values)

        decorated: Any = command
        for option in reversed(options):
            decorated = option(decorated)
        wrapped: Function = decorated
        return wrapped

    return decorate


def _send_options(
    on_error: str, is_async: bool, wrap: bool, muted: bool, connected_to: str | None
) -> SendOptions:
    return SendOptions(on_error, is_async, wrap, muted, connected_to)


send_options = _grouped(
    "options",
    _send_options,
    click.option(
        "--on-error",
        type=click.Choice(["stop", "continue"]),
        default="stop",
        help="After an exception, stop as blinker does, or keep it and continue.  [default: stop]",
    ),
    click.option("--async", "is_async", is_flag=True, help="Send with send_async."),
    click.option(
        "--wrap", is_flag=True, help="Wrap receivers of the other kind, plain or coroutine."
    ),
    click.option("--muted", is_flag=True, help="Send within muted(), which ends by unmuting."),
    click.option(
        "--connected-to",
        type=RECEIVER,
        metavar="RECEIVER",
        help="Send within connected_to(), which ends by disconnecting the receiver altogether.",
    ),
)


def _history_options(no_history: bool, history_size: int) -> HistoryOptions:
    return HistoryOptions(not no_history, history_size)


history_options = _grouped(
    "history",
    _history_options,
    click.option("--no-history", is_flag=True, help="Leave it out of the history."),
    click.option(
        "--history-size",
        type=SIZE,
        default=DEFAULT_LIMIT,
        envvar="SIGNALCLI_HISTORY_SIZE",
        metavar="BYTES",
        help="Begin a new history file when it is larger, as in 500kB; or SIGNALCLI_HISTORY_SIZE."
        "  [default: 10MB]",
    ),
)


def _many(
    times: int | None,
    lines: str | None,
    jsonl: str | None,
    every: float | None,
    threads: int | None,
) -> Many:
    return Many(times, lines, jsonl, every, threads)


def request_options(function: Function) -> Function:
    """The options of a request, one by one."""
    header = click.option(
        "--header", "headers", multiple=True, type=HEADER, metavar="NAME:VALUE", help="A header."
    )
    data = click.option("--data", metavar="TEXT", help="The body of the request.")
    return data(header(function))


many_options = _grouped(
    "many",
    _many,
    click.option("--count", "times", type=click.IntRange(1), metavar="N", help="Send it N times."),
    click.option(
        "--lines", metavar="FILE|-", help="Send it once a line, whose text is the sender."
    ),
    click.option(
        "--jsonl",
        metavar="FILE|-",
        help='Send it once a line of JSON: {"sender": "大象", "payload": {"count": 3}}.',
    ),
    click.option(
        "--every", type=SECONDS, metavar="SECONDS", help="Wait between one of many and the next."
    ),
    click.option(
        "--threads", type=click.IntRange(1, 64), metavar="N", help="Send many from N threads."
    ),
)
