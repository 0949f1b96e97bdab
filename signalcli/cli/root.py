"""``signalcli`` itself: the table of its commands, each imported when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import click

from signalcli.cli.command import Group

PROGRAM = "signalcli"


class Entry(NamedTuple):
    """Where a command is, and its help in one line."""

    module: str
    """A module of :mod:`signalcli.cli.commands`; the command in it is called ``<name>_command``."""
    help: str


COMMANDS: dict[str, dict[str, Entry]] = {
    "Change a session": {
        "define": Entry("define", "Define a signal."),
        "connect": Entry("connect", "Connect a receiver to a signal."),
        "disconnect": Entry("disconnect", "Disconnect a receiver from a signal."),
        "mute": Entry("mute", "Let sends of a signal call nobody."),
        "unmute": Entry("mute", "Let sends of a signal call its receivers again."),
        "remove": Entry("remove", "Remove a signal, with its connections."),
    },
    "Send and look": {
        "send": Entry("send", "Send a signal, and show who heard it and who did not."),
        "list": Entry("list", "List the signals."),
        "inspect": Entry("inspect", "Show who listens to a signal."),
        "receivers": Entry("receivers", "List the receivers that can be connected."),
    },
    "Sessions and the shell": {
        "session": Entry("session", "List, find, copy and delete sessions."),
        "reset": Entry("reset", "Remove every signal of the session."),
        "completion": Entry("completion", "Print what makes a shell complete commands."),
    },
}
"""The help of ``signalcli`` comes from here, so that it imports no command."""

_ENTRIES = {name: entry for section in COMMANDS.values() for name, entry in section.items()}


class Root(Group):
    """The group of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_ENTRIES)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        entry = _ENTRIES.get(name)
        if entry is None:
            return None
        module = import_module(f"signalcli.cli.commands.{entry.module}")
        command: click.Command = getattr(module, f"{name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for heading, section in COMMANDS.items():
            with formatter.section(heading):
                formatter.write_dl([(name, entry.help) for name, entry in section.items()])


def _print_version(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"{PROGRAM} {version(PROGRAM)}")
        ctx.exit()


root = Root(
    PROGRAM,
    help="A playground for Python signals: connect named receivers to real blinker signals, send "
    "them, and see who heard, who did not, and why.",
    examples=[
        "signalcli connect king animal --sender 大象",
        "signalcli send king 狮子",
        "signalcli inspect king",
    ],
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_print_version,
            help="Show the version.",
        )
    ],
)
