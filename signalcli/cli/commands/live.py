"""``signalcli live``: the signals, and what comes, on a full screen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import APP_OPTIONS, Invocation
from signalcli.cli.parsing.types import SIGNAL
from signalcli.errors import ExitStatus, MissingPackage, UsageError
from signalcli.files import reason_of
from signalcli.language.phrases import localized, phrase
from signalcli.streams import STDIN
from signalcli.text import path_from, session_command
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.live.commands import CommandRunner
    from signalcli.live.sources import Source
    from signalcli.values.traces.edges import SignalEdges

STDOUT = 1


@click.command(
    "live",
    cls=Command,
    works_on="session app",
    examples=[
        "signalcli live",
        "signalcli live king --read-only",
        "signalcli live --trace - < shop.jsonl",
    ],
)
@click.argument("signal", type=SIGNAL, required=False)
@click.option(
    "--trace", metavar="FILE|-", help="Show a program, from the lines of trace run --live=json."
)
@click.option("--read-only", is_flag=True, help="Leave out the keys that send and change.")
@click.option(
    "--theme",
    type=click.Choice(["light", "dark"]),
    default="dark",
    help="Draw in colours for a light or a dark background.",
)
@click.pass_context
def live_command(
    context: click.Context,
    signal: SignalName | None,
    trace: str | None,
    read_only: bool,
    theme: str,
) -> None:
    """Watch signals on a full screen, and send, connect and mute them there.

    Above are the signals with their senders and receivers: an edge that a send takes turns thick, and shows
    whether the receiver raised. Dotted edges are weak. Below are sends and changes as they come; Enter
    opens one. Tab goes from one part to the other, and the last line names the other keys.

    With --trace, it shows what a program sends and connects; - is standard input. With --app, it shows the
    signals of an application, and those that you send there.

    It needs Textual, the extra "live". To show it in browsers, with the package textual-dev: textual serve
    --command 'signalcli live --read-only'
    """
    invocation = context.ensure_object(Invocation)
    check_textual_installed()
    if invocation.output.as_json:
        raise UsageError(
            "live draws a screen, and no JSON. For JSON: {command}",
            command=session_command("watch", "--json"),
        )
    is_served = "TEXTUAL_DRIVER" in os.environ
    descriptor = None if trace is None else _opened(trace, is_served)
    if not is_served and not (os.isatty(STDIN) and os.isatty(STDOUT)):
        raise UsageError(
            "live needs a terminal. Without one: {command}", command=session_command("watch")
        )
    source, runner = _source(invocation, signal, trace, descriptor)
    from signalcli.live.screen import LiveApp, LiveOptions

    options = LiveOptions(None if signal is None else str(signal), theme, runner)
    if read_only:
        options = options._replace(runner=None)
    invocation.output.flush()
    status = LiveApp(source, options).run()
    if status == ExitStatus.INTERRUPTED:
        raise click.Abort
    context.exit(status or ExitStatus.DONE)


def _source(
    invocation: Invocation, signal: SignalName | None, trace: str | None, descriptor: int | None
) -> tuple[Source, CommandRunner | None]:
    """Return what is shown, and what runs commands on it."""
    from signalcli.live.commands import CommandRunner
    from signalcli.live.sources import ProgramSource, SessionSource

    if invocation.app is None and trace is None:
        session, file = invocation.session, invocation.session.file_to_read
        if signal is not None and str(signal) not in (known := file.read().signals):
            from signalcli.history.query import unknown_signal

            raise unknown_signal(str(signal), known, file)
        return SessionSource(file, session.journal), CommandRunner([f"--session={file.label}"])
    signals: tuple[SignalEdges, ...] = ()
    runner = None
    if invocation.app is None:
        invocation.refuse_options(phrase("--trace shows a program."), "session", *APP_OPTIONS[1:])
    else:
        signals = _signals_of_app(invocation)
        runner = CommandRunner(invocation.typed_options, app=True)
    title = str(invocation.app or (localized(phrase("standard input")) if trace == "-" else trace))
    return ProgramSource(title, descriptor, signals), runner


def _signals_of_app(invocation: Invocation) -> tuple[SignalEdges, ...]:
    from signalcli.values.graph import graph_of
    from signalcli.values.traces.edges import edges_of_graph

    with invocation.source() as source:
        return edges_of_graph(graph_of(source.inspect_all(heard_metas=True).signals))


def _opened(name: str, is_served: bool) -> int:
    """Return a descriptor of a trace. If that is standard input, the terminal replaces it there."""
    try:
        if name != "-":
            return os.open(path_from(name), os.O_RDONLY)
        if is_served or os.isatty(STDIN):
            raise UsageError(
                "--trace - reads standard input, which must be a pipe. For example: {command}",
                command="signalcli trace run --live=json shop.py | signalcli live --trace -",
            )
        descriptor, terminal = os.dup(STDIN), os.open("/dev/tty", os.O_RDWR)
    except OSError as error:
        raise UsageError(
            "The trace '{name}' can't be opened: {reason}.", name=name, reason=reason_of(error)
        ) from error
    os.dup2(terminal, STDIN)
    os.close(terminal)
    return descriptor


def check_textual_installed() -> None:
    """Raise MissingPackage if ``textual`` isn't installed."""
    from importlib.util import find_spec

    if find_spec("textual") is None:
        raise MissingPackage(
            "live needs the package textual, which isn't installed. Install it: {command}",
            command="pip install 'textual>=1.0'",
        )
