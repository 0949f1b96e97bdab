"""``signalcli`` itself: the table of its commands, each imported when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from signalcli.cli.command import Group
from signalcli.cli.invocation import Invocation
from signalcli.text import PROGRAM

COMMANDS: dict[str, dict[str, str]] = {
    "Change a session": {
        "define": "Define a signal.",
        "connect": "Connect a receiver to a signal.",
        "disconnect": "Disconnect a receiver from a signal.",
        "mute": "Let sends of a signal call nobody.",
        "unmute": "Let sends of a signal call its receivers again.",
        "remove": "Remove a signal, with its connections.",
        "drop": "Let go of a receiver, and show which of its connections vanish.",
    },
    "Send and look": {
        "send": "Send a signal, and show who heard it and who did not.",
        "explain": "Show who would hear a send, without calling anyone.",
        "list": "List the signals.",
        "inspect": "Show who listens to a signal.",
        "graph": "Draw who listens to whom, as a tree.",
        "receivers": "List the receivers that can be connected, and add your own.",
    },
    "Look into an application": {
        "trace": "Show every signal that an application, or any program, sends.",
        "doctor": "Find what is wrong with the signals, and how to mend it.",
    },
    "Look back": {
        "history": "Show the past sends of the session, newest last.",
        "replay": "Send past sends again, and show what differs from then.",
        "watch": "Follow the session live: show each send as it is made.",
    },
    "Learn, and take it elsewhere": {
        "tour": "Run the lessons: what each teaches, as commands and as Python.",
        "flask": "Explain what there is for Flask: a demo application, its signals, its requests.",
        "export": "Print the session as Python, as a test, as a graph or as JSON.",
        "import": "Replace the session by an exported one, after asking.",
    },
    "Sessions and the shell": {
        "session": "List, find, copy and delete sessions.",
        "reset": "Remove every signal of the session, after asking.",
        "completion": "Print what makes a shell complete commands.",
    },
}
"""The help of every command, so that ``signalcli --help`` imports none of them. Each is
``<name>_command`` in a module of its name in :mod:`signalcli.cli.commands`."""


class Root(Group):
    """The group of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for section in COMMANDS.values() for name in section]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if not any(name in section for section in COMMANDS.values()):
            return None
        module = import_module(f"signalcli.cli.commands.{name}")
        command: click.Command = getattr(module, f"{name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for heading, section in COMMANDS.items():
            with formatter.section(heading):
                formatter.write_dl(list(section.items()))


def _print_version(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        ctx.ensure_object(Invocation).output.write(f"{PROGRAM} {version(PROGRAM)}\n")
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
    environment={"session": "SIGNALCLI_SESSION", "app": "SIGNALCLI_APP"},
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
