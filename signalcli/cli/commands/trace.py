"""``signalcli trace request``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signalcli.cli.command import Group
from signalcli.cli.invocation import Invocation
from signalcli.cli.options import request_options
from signalcli.cli.types import METHOD, URL_PATH

if TYPE_CHECKING:
    from signalcli.timeline import RequestTimeline

trace_command = Group(
    "trace",
    help="Show every signal that an application sends.",
    examples=["signalcli trace request GET /login --app shop:app"],
)


@trace_command.command(
    "request",
    draws=True,
    options_metavar="[OPTIONS]",
    examples=["signalcli trace request GET /login --app shop:app"],
)
@click.argument("method", type=METHOD)
@click.argument("path", type=URL_PATH)
@request_options
@click.pass_obj
def trace_request(
    invocation: Invocation,
    method: str,
    path: str,
    data: str | None,
    headers: tuple[tuple[str, str], ...],
) -> RequestTimeline:
    """Make one request to a Flask application, and show every signal of it in order.

    It goes through the application's own test client. What it prints goes to standard error. The
    status is 1 if a receiver raised.
    """
    from signalcli.web.request import request

    with invocation.traced_application() as (application, recorder):
        return request(application, recorder, method, path, data, headers)
