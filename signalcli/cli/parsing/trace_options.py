"""The options of commands that show traces."""

from __future__ import annotations

import click

from signalcli.cli.parsing.options import grouped
from signalcli.cli.parsing.types import MILLISECONDS, PATTERN
from signalcli.values.traces.view import TraceView

signal_option = click.option(
    "--signal",
    "patterns",
    multiple=True,
    type=PATTERN,
    metavar="PATTERN",
    help="Show only sends of these signals, such as 'order*'; may be repeated.",
)
view_options = grouped(
    "view",
    TraceView,
    signal_option,
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
        help="Show the number and the times of the calls of each receiver, and not each send.",
    ),
)
