"""``signalcli`` itself: the table of its commands, each imported when it is called."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import Any

import click

from signalcli.cli.command import Group
from signalcli.cli.invocation import Invocation
from signalcli.errors import ExitStatus, UnknownName, UsageError
from signalcli.language.phrases import LANGUAGE_VARIABLE, localized, phrase
from signalcli.text import PROGRAM, to_json

COMMANDS: dict[str, dict[str, str]] = {
    "Start here": {
        "tour": "Run the lessons, each as commands and as Python.",
        "help": "Show the guide, or the help of a command.",
    },
    "Connect, send and look": {
        "connect": "Connect receivers to a signal.",
        "send": "Send a signal, and show which receivers were called and why.",
        "explain": "Show what a send would do, without calling a receiver.",
        "inspect": "Show the receivers of a signal, and the senders they listen to.",
        "list": "List the signals.",
        "graph": "Draw senders, signals and receivers as a tree.",
        "receivers": "List the receivers that can be connected, and add your own.",
    },
    "Look into an application": {
        "why": "Say why a receiver was called, or was not.",
        "trace": "Show every signal that an application or a program sends.",
        "doctor": "Find faults in the signals of a session or an application.",
        "flask": "Show a Flask demo application, and make requests to it.",
    },
    "Look back": {
        "history": "Show the past sends of the session, newest last.",
        "replay": "Send past sends again, and show the differences.",
        "live": "Watch signals on a full screen, and send, connect and mute them there.",
        "watch": "Show each send and each change of the session as it is made.",
    },
    "More than one process": {
        "listen": "Deliver the sends of other processes to receivers here, and show them.",
        "relay": "Run the server between processes, and show what it holds.",
    },
    "Change signals": {
        "define": "Define a signal.",
        "disconnect": "Disconnect a receiver from a signal.",
        "mute": "Mute a signal: sends reach no receiver.",
        "unmute": "Unmute a signal: sends reach its receivers again.",
        "remove": "Remove a signal and its connections.",
        "drop": "Delete a reference to a receiver, and show what it ends.",
        "undo": "Take back the last change of the session.",
        "redo": "Make the change again that was undone last.",
    },
    "Sessions and the shell": {
        "session": "List, use, create, rename, copy and delete sessions.",
        "export": "Print the session as Python, as tests, as a graph or as JSON.",
        "import": "Replace the session with an exported one, after asking.",
        "shell": "Type commands without a process for each, or run a script of them.",
        "reset": "Remove every signal of the session, after asking.",
        "completion": "Print a script that adds completion to a shell.",
    },
}
"""The first sentence of every command's help, so that ``signalcli --help`` imports no command. Each
command is ``<name>_command`` in a module of its name in :mod:`signalcli.cli.commands`."""

FIRST_SCREEN = phrase("""\
signalcli: a playground for Python signals

Connect named receivers to real blinker signals, send them, and see which
receivers were called, which weren't, and why.

Start here: signalcli tour 2.1

Learn               signalcli tour
Teach               signalcli tour 2.4 --save lesson.html
Debug my Flask app  signalcli --app MODULE doctor

Common commands:
{commands}
All commands: signalcli --help
The guide: signalcli help
""")
"""What ``signalcli`` without arguments prints: at most 24 lines of 80 columns."""
COMMON_COMMANDS = ("connect", "send", "explain", "inspect", "receivers", "history")


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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except UnknownName:
            from signalcli.cli.parsing.synonyms import LEAVING_WORDS

            if args[0] in LEAVING_WORDS:
                raise UsageError(
                    "`exit` alone leaves the shell; other commands end by themselves."
                ) from None
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for heading, section in COMMANDS.items():
            with formatter.section(heading):
                formatter.write_dl(list(section.items()))


@click.pass_context
def _show_first_screen(ctx: click.Context) -> ExitStatus:
    if ctx.invoked_subcommand is None:
        summaries = {name: text for section in COMMANDS.values() for name, text in section.items()}
        commands = "".join(
            f"  {name:<9}  {localized(summaries[name])}\n" for name in COMMON_COMMANDS
        )
        screen = localized(FIRST_SCREEN).format(commands=commands)
        ctx.ensure_object(Invocation).output.write(screen)
    return ExitStatus.DONE


def _print_version(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value and not ctx.resilient_parsing:
        import platform
        from importlib.metadata import PackageNotFoundError, version

        versions = {name: version(name) for name in (PROGRAM, "blinker")}
        versions["Python"] = platform.python_version()
        with suppress(PackageNotFoundError):
            versions["Flask"] = version("flask")
        output = ctx.ensure_object(Invocation).output
        if output.as_json:
            document = {"flask": None, **{name.lower(): versions[name] for name in versions}}
            output.write(f"{to_json(document, indent=2)}\n")
        else:
            output.write("".join(f"{name} {number}\n" for name, number in versions.items()))
        ctx.exit()


root = Root(
    PROGRAM,
    callback=_show_first_screen,
    works_on="session app",
    help="A playground for Python signals: connect named receivers to real blinker signals, send "
    "them, and see which receivers were called, which weren't, and why.",
    examples=[
        "signalcli connect king animal --sender 大象",
        "signalcli send king 狮子",
        "signalcli inspect king",
    ],
    environment={
        "session": "SIGNALCLI_SESSION",
        "app": "SIGNALCLI_APP",
        "python": "SIGNALCLI_PYTHON",
        "memory": "SIGNALCLI_APP_MEMORY",
        "language": LANGUAGE_VARIABLE,
    },
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            callback=_print_version,
            help="Show the versions of signalcli, blinker, Python and Flask.",
        )
    ],
)
