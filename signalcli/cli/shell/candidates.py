"""What can complete a line of the shell: the completions that commands have for other shells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from click.shell_completion import ShellComplete, split_arg_string

from signalcli.cli.root import root
from signalcli.cli.shell.line import LineInvocation
from signalcli.errors import SignalcliError
from signalcli.text import COMPLETE_VARIABLE, PROGRAM

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def candidates(options: Sequence[str], line: str) -> tuple[list[CompletionItem], str]:
    """Return the completions of the word at the end of a line, and the text that they replace.

    :param options: the common options of the shell.
    """
    command = line.lstrip().removeprefix("python ").removeprefix(f"{PROGRAM} ")
    *words, last = split_arg_string(f"{command}x")
    typed = last[:-1]
    if not line.endswith(typed):  # it is quoted
        return [], ""
    shell = ShellComplete(root, {"obj": LineInvocation()}, PROGRAM, COMPLETE_VARIABLE)
    try:
        items = shell.get_completions([*options, *words], typed)
    except (SignalcliError, click.ClickException):
        items = []
    is_value = typed.startswith("--") and "=" in typed
    return items, typed.partition("=")[2] if is_value else typed
