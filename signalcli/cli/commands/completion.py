"""``signalcli completion``: print the completion script of a shell."""

from __future__ import annotations

from typing import Any, NamedTuple

import click

from signalcli.cli.command import Command
from signalcli.values.result import Result

SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion",
    cls=Command,
    works_on="",
    examples=["signalcli completion bash", "signalcli completion fish"],
)
@click.argument("shell", type=click.Choice(SHELLS))
def completion_command(shell: str) -> CompletionScript:
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

    return CompletionScript(shell, script_for(shell, root))


class CompletionScript(NamedTuple):
    """The script that adds completion to a shell."""

    shell: str
    script: str

    def result(self) -> Result:
        return Result(self, lines=tuple(self.script.splitlines()))

    def to_json(self) -> dict[str, Any]:
        return self._asdict()
