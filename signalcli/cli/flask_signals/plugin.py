"""``flask signals``, as the ``flask`` command loads it.

Flask imports this whenever anybody who has signalcli runs any of its commands. So it imports Click,
which is there, and nothing else until it is called itself: it takes no time, and can't fail.
"""

from __future__ import annotations

from typing import Any, NoReturn

import click


class Signals(click.Group):
    """The group of the commands, which it looks for when it is asked for them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from signalcli.cli.signals import COMMANDS

        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        from signalcli.cli.signals import command_called

        return command_called(name)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        from signalcli.cli.signals import begin

        invocation, typed = begin(info_name, args, parent)
        return super().make_context(info_name, typed, parent, obj=invocation, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Without the name of a command, it is ``list``. A shell that completes is told all."""
        is_named = args and not args[0].startswith("-")
        if not (is_named or ctx.resilient_parsing or args[:1] == ["--help"]):
            args = ["list", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> NoReturn:
        from signalcli.cli.signals import run

        ctx.exit(run(ctx, super().invoke))


signals = Signals(
    "signals",
    help="Show the signals of the app, who listens, and what is sent.\n\n"
    "Without a command, they are listed. Nothing of the app is changed, and what it prints goes to "
    "standard error.",
)
