"""``signalcli flask [request|serve]``"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

import click

from signalcli.cli.command import Group
from signalcli.cli.invocation import Invocation
from signalcli.cli.options import request_options
from signalcli.cli.parsing.types import METHOD, URL_PATH
from signalcli.errors import ExitStatus
from signalcli.flask_demo.installed import check_installed

if TYPE_CHECKING:
    from flask import Flask

    from signalcli.tracing.recorder import Recorder
    from signalcli.values.trace import RequestTimeline, Served


@click.pass_context
def _explain_if_bare(context: click.Context) -> int:
    if context.invoked_subcommand is not None:
        return ExitStatus.DONE
    from signalcli.web.overview import overview

    invocation = context.ensure_object(Invocation)
    with invocation.playground() as playground:
        views = {view.signal: view for view in playground.inspect_all().signals}
    return invocation.present(overview(views))


flask_command = Group(
    "flask",
    callback=_explain_if_bare,
    draws=True,
    help="Explain what there is for Flask: a demo application, its signals, its requests.",
    examples=[
        "signalcli flask",
        "signalcli flask request /hello",
        "signalcli flask serve --port 5000",
    ],
)

testing_option = click.option(
    "--testing", is_flag=True, help="Let a view's exception out, as Flask does under TESTING."
)


@flask_command.command(
    "request",
    draws=True,
    options_metavar="[OPTIONS]",
    examples=["signalcli flask request /hello", "signalcli flask request /msg --data hi --json"],
)
@click.argument("path", type=URL_PATH)
@click.option(
    "--method",
    type=METHOD,
    metavar="METHOD",
    help="The HTTP method.  [default: GET, or POST with --data]",
)
@request_options
@testing_option
@click.pass_obj
def request_command(
    invocation: Invocation,
    path: str,
    method: str | None,
    data: str | None,
    headers: tuple[tuple[str, str], ...],
    testing: bool,
) -> RequestTimeline:
    """Make one request to the demo application, and show every signal of it in order.

    The session's receivers are connected to Flask's own signals, flask/request-started and the
    others, and to the application's, flask/msg. PATH is one of those that signalcli flask lists, or
    any other, which is answered 404. The status is 1 if a receiver raised.
    """
    check_installed()
    from signalcli.web.request import request

    with _application(invocation, testing) as (app, recorder), recorder:
        verb = method or ("GET" if data is None else "POST")
        return request(app, recorder, verb, path, data, headers)


@flask_command.command(
    "serve",
    draws=True,
    examples=["signalcli flask serve", "signalcli flask serve --port 0 --count 1"],
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=5000,
    help="Where; 0 is any that is free.  [default: 5000]",
)
@click.option("--count", type=click.IntRange(1), metavar="N", help="End after N requests.")
@testing_option
@click.pass_obj
def serve_command(invocation: Invocation, port: int, count: int | None, testing: bool) -> Served:
    """Serve the demo application on this machine, and show the signals of each request.

    A request is shown as soon as it is over; what receivers print meanwhile comes at once. What a
    thread sends that a receiver starts belongs to no request, and isn't shown. With --json, each
    takes a line. Ctrl-C ends it.
    """
    check_installed()
    from signalcli.flask_demo.serve import serve
    from signalcli.values.trace import Served

    with (
        _application(invocation, testing) as (app, recorder),
        serve(app, recorder, port) as serving,
    ):
        invocation.output.note(f"Serving on {serving.url} Ctrl-C ends it.")
        for timeline in islice(serving, count):
            invocation.output.stream(timeline)
            printed = recorder.printed()  # by threads that are of no request
            if invocation.output.as_json:
                for line in printed.splitlines():
                    invocation.output.note(line)
    return Served(count or 0)


@contextmanager
def _application(invocation: Invocation, testing: bool) -> Iterator[tuple[Flask, Recorder]]:
    """The demo application, to which the session's receivers are connected."""
    from signalcli.flask_demo.app import create_app
    from signalcli.flask_demo.signals import never_sent, programs

    with invocation.playground(programs()) as playground:
        names = [summary.signal for summary in playground.list_signals().signals]
        recorder = playground.recorder()
        invocation.warn(playground)  # before a server runs, and not when it has ended
        for sentence in never_sent(names):
            invocation.output.note(sentence)
        yield create_app(testing), recorder
