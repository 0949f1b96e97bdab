"""``signalcli flask [request|serve]``: show the Flask demo application, make a request to it, or serve it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

import click

from signalcli.cli.command import Group
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.options import RequestOptions, request_options
from signalcli.cli.parsing.types import METHOD
from signalcli.errors import ExitStatus
from signalcli.flask_demo.installed import check_flask_installed
from signalcli.language.phrases import phrase

if TYPE_CHECKING:
    from flask import Flask

    from signalcli.cli.commands.trace import Show
    from signalcli.tracing.recorder import Recorder
    from signalcli.values.result import StreamEnd, Value


@click.pass_context
def _explain_if_bare(context: click.Context) -> int:
    if context.invoked_subcommand is not None:
        return ExitStatus.DONE
    from signalcli.flask_demo.signals import flask_overview

    invocation = context.ensure_object(Invocation)
    with invocation.session.opened() as playground:
        views = {view.signal: view for view in playground.inspect_all().signals}
    return invocation.present(flask_overview(views))


flask_command = Group(
    "flask",
    callback=_explain_if_bare,
    draws=True,
    help="Show a Flask demo application, and make requests to it.",
    examples=[
        "signalcli flask",
        "signalcli flask request /hello",
        "signalcli flask serve --port 5000",
    ],
)

testing_option = click.option(
    "--testing", is_flag=True, help="Raise the exception of a view, as Flask does with TESTING."
)


@flask_command.command(
    "request",
    traces=True,
    examples=[
        "signalcli flask request /hello",
        "signalcli flask request POST /msg text=hi --json",
        "signalcli flask request / --then /hello",
    ],
)
@click.option("--method", type=METHOD, metavar="METHOD", help="The HTTP method, as before PATH.")
@request_options
@testing_option
def request_command(
    invocation: Invocation, method: str | None, options: RequestOptions, testing: bool
) -> Value:
    """Make a request to the demo application, and show every signal of it in order.

    The session's receivers are connected to Flask's own signals, such as flask/request-started, and to
    the application's signal flask/msg. PATH is one that signalcli flask lists; any other is answered
    404. METHOD, ITEMs and REQUESTs are those of signalcli trace request. The status is 1 if a receiver
    raised.
    """
    check_flask_installed()
    from signalcli.apps.running.request import make_requests
    from signalcli.cli.commands.trace import show_requests

    requests = options.requests(method)
    with _application(invocation, testing) as (app, recorder), recorder:

        def make(show: Show, show_last: Show) -> None:
            for timeline in make_requests(app, recorder, requests):
                show(timeline)

        return show_requests(invocation, len(requests) > 1, make)


@flask_command.command(
    "serve",
    traces=True,
    examples=["signalcli flask serve", "signalcli flask serve --port 0 --count 1"],
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=5000,
    metavar="PORT",
    help="Listen on this port; 0 takes a free one.  [default: 5000]",
)
@click.option("--count", type=click.IntRange(1), metavar="N", help="End after N requests.")
@testing_option
def serve_command(invocation: Invocation, port: int, count: int | None, testing: bool) -> StreamEnd:
    """Serve the demo application on this machine, and show the signals of each request.

    Each request is shown when it ends; what receivers print is shown at once. Sends of threads that a
    receiver starts belong to no request, and aren't shown. With --json, each request takes a line.
    Ctrl-C ends the server.
    """
    check_flask_installed()
    from signalcli.flask_demo.serve import serve_app
    from signalcli.values.result import StreamEnd

    with (
        _application(invocation, testing) as (app, recorder),
        serve_app(app, recorder, port) as serving,
    ):
        invocation.output.note(phrase("Serving on {url} Ctrl-C ends it.", url=serving.url))
        for timeline in islice(serving, count):
            invocation.output.stream(timeline)
            printed = recorder.printed()  # by threads outside a request
            if invocation.output.as_json:
                for line in printed.splitlines():
                    invocation.output.note(line)
    return StreamEnd()


@contextmanager
def _application(invocation: Invocation, testing: bool) -> Iterator[tuple[Flask, Recorder]]:
    """Yield the demo application with the session's receivers connected, and a recorder."""
    from signalcli.flask_demo.app import create_app
    from signalcli.flask_demo.signals import flask_namespaces, unsent_signal_notes
    from signalcli.values.inspection import ListOptions

    with invocation.session.opened(flask_namespaces()) as playground:
        names = [summary.signal for summary in playground.list_signals(ListOptions()).signals]
        recorder = playground.recorder()
        invocation.session.write_warnings(
            playground
        )  # before the server runs, not when it has ended
        for sentence in unsent_signal_notes(names):
            invocation.output.note(sentence)
        yield create_app(testing), recorder
