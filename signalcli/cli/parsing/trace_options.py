"""The options of commands that show traces."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import click

from signalcli.cli.parsing.options import Function, grouped
from signalcli.cli.parsing.types import MILLISECONDS, PATTERN
from signalcli.values.traces.view import TraceView


def signal_option(verb: str) -> Callable[[Function], Function]:
    """Return the option ``--signal``.

    :param verb: what the command does with the sends that match.
    """
    return click.option(
        "--signal",
        "patterns",
        multiple=True,
        type=PATTERN,
        metavar="PATTERN",
        help=f"{verb} only sends of these signals, such as 'order*'; may be repeated.",
    )


CHOICE = """\
A send that --signal, --unheard or --slow chooses is shown with the sends around it and below it. With
several of these options, all must match. They and --summary look at local sends, not at those that other
processes made in turn. --save keeps every send."""
_view_options = grouped(
    "view",
    TraceView,
    signal_option("Show"),
    click.option("--unheard", is_flag=True, help="Show only sends that reached no receiver."),
    click.option(
        "--slow",
        type=MILLISECONDS,
        default=0.0,
        metavar="MS",
        help="Show only sends that took at least so many milliseconds.",
    ),
    click.option(
        "--summary",
        is_flag=True,
        help="Show a row for each receiver instead of each send: its calls and their times, with what it sent in turn.",
    ),
)


def view_options(function: Function) -> Function:
    """Pass a :class:`TraceView` to a command as ``view``, and explain its options at the end of the help."""
    command = _view_options(function)
    command.__doc__ = f"{inspect.cleandoc(command.__doc__ or '')}\n\n{CHOICE}"
    return command
