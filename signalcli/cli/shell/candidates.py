"""What can complete a line of the shell: the completions that commands have for other shells."""

from __future__ import annotations

import re
from shlex import quote

import click
from click.shell_completion import CompletionItem, ShellComplete, split_arg_string

from signalcli.cli.parsing.completion import QUOTED
from signalcli.cli.root import root
from signalcli.cli.shell.line import LineInvocation, exercise_of
from signalcli.cli.shell.words import EXERCISE_WORDS, LINE_WORDS, ShellOptions
from signalcli.errors import SignalcliError
from signalcli.text import COMPLETE_VARIABLE, PROGRAM


def candidates(options: ShellOptions, line: str) -> tuple[list[CompletionItem], str]:
    """Return the completions of the word at the end of a line, and the text that they replace."""
    command = line.lstrip().removeprefix("python ").removeprefix(f"{PROGRAM} ")
    *words, last = split_arg_string(f"{command}x")
    typed = last[:-1]
    if not line.endswith(typed):  # it is quoted
        return [], ""
    shell = ShellComplete(root, {"obj": LineInvocation()}, PROGRAM, COMPLETE_VARIABLE)
    try:
        items = shell.get_completions([*options, *words], typed)
        for item in items:
            if item.type == "plain" and re.search(QUOTED, item.value):
                item.value = quote(item.value)
        if not words:
            items += [CompletionItem(word) for word in LINE_WORDS if word.startswith(typed)]
            items += _exercise_words(options, typed)
    except (SignalcliError, click.ClickException):
        items = []
    is_value = typed.startswith("--") and "=" in typed
    return items, typed.partition("=")[2] if is_value else typed


def _exercise_words(options: ShellOptions, typed: str) -> list[CompletionItem]:
    """Return the words that ask about the exercise of the session, if it has one."""
    words = [word for word in EXERCISE_WORDS if word.startswith(typed)]
    if not words or exercise_of(options) is None:
        return []
    return [CompletionItem(word) for word in words]
