"""``signalcli completion``"""

from __future__ import annotations

import click

from signalcli.cli.command import Command
from signalcli.values.inspection import CompletionScript

SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion",
    cls=Command,
    examples=[
        "signalcli completion bash >> ~/.bashrc",
        "signalcli completion zsh >> ~/.zshrc",
        "signalcli completion fish > ~/.config/fish/completions/signalcli.fish",
    ],
)
@click.argument("shell", type=click.Choice(SHELLS))
def completion_command(shell: str) -> CompletionScript:
    """Print what makes a shell complete commands.

    Signals, receivers, senders and sessions are completed too, from the session in use.
    """
    from click.shell_completion import ShellComplete, get_completion_class

    from signalcli.cli import COMPLETE_VARIABLE
    from signalcli.cli.root import root
    from signalcli.text import PROGRAM

    found = get_completion_class(shell)
    assert found is not None, f"click completes {SHELLS}"
    script = found(root, {}, PROGRAM, COMPLETE_VARIABLE)
    return CompletionScript(
        shell, ShellComplete.source(script)
    )  # bash's own asks for bash's version
