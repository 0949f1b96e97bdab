"""``signalcli shell``: run commands line by line, without a process for each."""

from __future__ import annotations

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation


@click.command(
    "shell",
    cls=Command,
    works_on="session app",
    examples=["signalcli shell < script.txt", "signalcli shell --session lesson < script.txt"],
)
@click.option("--keep-going", is_flag=True, help="Go on after a command that fails.")
@click.pass_context
def shell_command(context: click.Context, keep_going: bool) -> None:
    """Run the commands in the lines of standard input.

    A line is a command as you would type it, with or without signalcli before it, and with quotes as in
    a shell. # begins a comment, a backslash at the end goes on in the next line, exit ends the script.
    Options before the lines, such as --session and --json, hold for each of them, unless the line has
    its own. The first command that fails ends the script, with its status.
    """
    from signalcli.cli.shell.script import run_script

    invocation = context.ensure_object(Invocation)
    options = invocation.typed_options
    context.exit(run_script(options, invocation.output, keeps_going=keep_going))
