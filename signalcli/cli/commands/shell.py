"""``signalcli shell``: run commands line by line, typed or from a script."""

from __future__ import annotations

import os

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.errors import MissingPackage
from signalcli.streams import STDIN


@click.command(
    "shell",
    cls=Command,
    works_on="session app",
    examples=[
        "signalcli shell",
        "signalcli shell < script.txt",
        "signalcli shell --session lesson < script.txt",
    ],
)
@click.option("--keep-going", is_flag=True, help="Go on after a command that fails.")
@click.pass_context
def shell_command(context: click.Context, keep_going: bool) -> None:
    """Type commands without a process for each, or run a script of them.

    A line is a command as you would type it, with or without signalcli before it, and with quotes as in
    a shell. # begins a comment, a backslash at the end goes on in the next line, exit ends the script, and
    clear empties the screen. Options before the lines, such as --session and --json, hold for each of them,
    unless the line has its own. python before a command shows the calls of blinker that it makes. The first
    command that fails ends the script, with its status.

    On a terminal, the shell completes words, and shows below the line what is wrong with it, or which
    receivers the send would call. It needs prompt_toolkit, the extra "shell".
    """
    invocation = context.ensure_object(Invocation)
    options = invocation.typed_options
    if os.isatty(STDIN):
        check_editor_installed()
        from signalcli.cli.shell.prompt import run_prompt

        status = run_prompt(options, invocation.output)
    else:
        from signalcli.cli.shell.script import run_script

        status = run_script(options, invocation.output, keeps_going=keep_going)
    context.exit(status)


def check_editor_installed() -> None:
    """Raise MissingPackage if ``prompt_toolkit`` isn't installed."""
    from importlib.util import find_spec

    if find_spec("prompt_toolkit") is None:
        raise MissingPackage(
            "On a terminal, the shell needs the package prompt_toolkit, which isn't installed. "
            "Install it: pip install 'prompt_toolkit>=3.0'"
        )
