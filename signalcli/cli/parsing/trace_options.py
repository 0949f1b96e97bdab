"""The options of commands that show traces."""

from __future__ import annotations

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


view_options = grouped(
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
        help="Show how often each receiver was called, and how long that took with what it sent in turn.",
    ),
)
