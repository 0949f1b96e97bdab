"""Read the lines of the shell on a terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click
from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory
from prompt_toolkit.output import create_output
from prompt_toolkit.utils import get_cwidth

from signalcli.cli.output import Output
from signalcli.cli.root import root
from signalcli.cli.shell.advice import advice
from signalcli.cli.shell.candidates import candidates
from signalcli.cli.shell.line import LineEnded, LineInvocation, run_text
from signalcli.cli.shell.words import ShellOptions, numbered_lines
from signalcli.errors import ExitStatus, SignalcliError, shortened
from signalcli.language.phrases import localized, phrase
from signalcli.text import PROGRAM, escape

LONGEST_ADVICE = 500
"""characters of the line at the bottom, which is then cut to the width of the terminal."""
LONGEST_NAME = 20
"""characters of a session's name in the prompt."""


class LineCompleter(Completer):
    """Complete commands, options and their values."""

    def __init__(self, options: ShellOptions) -> None:
        self._options = options

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterator[Completion]:
        items, typed = candidates(self._options, document.current_line_before_cursor)
        for item in items:
            if item.type == "plain":
                yield Completion(item.value, -len(typed), display_meta=localized(item.help or ""))
            else:
                yield from PathCompleter().get_completions(Document(typed), event)


def run_prompt(options: ShellOptions, output: Output) -> int:
    """Read and run lines until the user leaves the shell, and return the status of the shell."""
    prompt: PromptSession[str] = PromptSession(
        message=lambda: prompt_text(options),
        completer=LineCompleter(options),
        bottom_toolbar=lambda: _fitting(advice(options, prompt.default_buffer.document.text)),
        history=history_of_lines(),
        output=create_output(always_prefer_tty=True),
    )
    output.note(phrase("? lists the commands, Tab completes, exit leaves."))
    while True:
        try:
            if not _run_lines(prompt.prompt(), options, output):
                return ExitStatus.DONE
        except KeyboardInterrupt:  # this ends a line, not the shell
            continue
        except EOFError:
            return ExitStatus.DONE
        except LineEnded as ended:  # this process was made for the line
            return ended.status


def history_of_lines() -> FileHistory:
    """Return the history of the lines that were typed. This creates its directory."""
    directory = click.get_app_dir(PROGRAM)
    os.makedirs(directory, exist_ok=True)
    return FileHistory(os.path.join(directory, "shell-history"))


def _run_lines(text: str, options: ShellOptions, output: Output) -> bool:
    """Run lines up to the first that fails. Returns whether the shell goes on."""
    for _, line in numbered_lines(text.splitlines()):
        status = run_text(line, options, output)
        if status is None:
            return False
        if status != ExitStatus.DONE:
            break
    return True


def prompt_text(options: ShellOptions) -> str:
    """Return the prompt: the name of the session or the application, and how many signals are muted."""
    invocation = LineInvocation()
    root.make_context(PROGRAM, [*options], obj=invocation)
    invocation.choose_language()  # the line before may have had its own
    try:
        if invocation.app is not None:
            return f"{escape(shortened(str(invocation.app), LONGEST_NAME))}> "
        file = invocation.session.file
        muted = sum(state.muted for state in file.read().signals.values())
    except SignalcliError:  # the next command reports it
        return f"{PROGRAM}> "
    label = escape(shortened(file.label, LONGEST_NAME))
    if not muted:
        return f"{label}> "
    return localized(phrase("{session} ({n} muted)> ", session=label, n=muted))


def _fitting(text: str) -> str:
    """Return a text cut to the width of the terminal."""
    width = max(get_app().output.get_size().columns - 1, 1)
    shown = escape(shortened(localized(text), LONGEST_ADVICE))
    while get_cwidth(shown) > width:
        shown = f"{shown[:-2]}…"
    return shown
