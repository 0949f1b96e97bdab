"""``signalcli completion``: print the completion script of a shell."""

from __future__ import annotations

import click

from signalcli.cli.command import Command
from signalcli.values.result import PrintedText

SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion",
    cls=Command,
    works_on="",
    examples=["signalcli completion bash", "signalcli completion fish"],
)
@click.argument("shell", type=click.Choice(SHELLS))
def completion_command(shell: str) -> PrintedText:
    """Print a script that adds completion to a shell.

    It completes commands, options, and the signals, receivers, senders and past sends of the session
    in use. Run the commands for your shell once. Each new shell then evaluates the script of the
    installed version:

    \b
      echo 'eval "$(signalcli completion bash)"' >> ~/.bashrc
      echo 'eval "$(signalcli completion zsh)"' >> ~/.zshrc
      mkdir -p ~/.config/fish/completions
      echo 'signalcli completion fish | source' > ~/.config/fish/completions/signalcli.fish
    """
    from signalcli.cli.parsing.shells import script_for
    from signalcli.cli.root import root

    script = script_for(shell, root)
    return PrintedText(script, {"shell": shell, "script": script})
