"""``flask signals``, as the ``flask`` command loads it.

Flask imports this module whenever one of its commands runs. So the module imports only Click, which is
already imported, until its own command is called: that takes no time, and can't fail.
"""

from __future__ import annotations

from typing import Any, NoReturn

import click


class SignalsGroup(click.Group):
    """The group of the commands, each imported when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from signalcli.cli.flask_signals.commands import COMMANDS

        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        from signalcli.cli.flask_signals.commands import find_command

        return find_command(name)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        from signalcli.cli.flask_signals.commands import new_invocation

        invocation, typed = new_invocation(info_name, args, parent)
        return super().make_context(info_name, typed, parent, obj=invocation, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; without the name of a command, run ``list``."""
        is_named = args and not args[0].startswith("-")
        if not (is_named or ctx.resilient_parsing or args[:1] == ["--help"]):
            args = ["list", *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from signalcli.cli.parsing.synonyms import meant_by
            from signalcli.errors import closest

            known = self.list_commands(ctx)
            close = meant_by(args[0], known) or closest(args[0], known)
            if close is None or "Did you mean" in error.message:  # later Click suggests one
                raise
            message = f"{error.message} Did you mean '{close}'?"
            raise click.UsageError(message, error.ctx) from None

    def get_help(self, ctx: click.Context) -> str:
        from signalcli.cli.command import translate_help

        translate_help(ctx)
        return super().get_help(ctx)

    def invoke(self, ctx: click.Context) -> NoReturn:
        from signalcli.cli.flask_signals.commands import run_command

        ctx.exit(run_command(ctx, super().invoke))


signals = SignalsGroup(
    "signals",
    help="Show the signals of the app, their receivers and their sends.\n\n"
    "Without a command, list the signals. The commands don't change the app, and what it prints goes "
    "to standard error.",
)
