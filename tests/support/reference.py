"""``python -m tests.support.reference``: generate the command reference and the man page.

Both come from the commands themselves: ``signalcli/guide/commands.md``, which ``signalcli help commands``
shows, also in Chinese, and ``signalcli.1``, which a wheel installs where ``man`` finds it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from signalcli.cli.command import Command, Group, common_options
from signalcli.cli.root import COMMANDS, root
from signalcli.errors import ExitStatus
from signalcli.language.catalog import Catalog

PACKAGE = Path(__file__).parents[2] / "signalcli"
REFERENCE = PACKAGE / "guide" / "commands.md"
CHINESE_REFERENCE = PACKAGE / "guide" / "zh" / "commands.md"
BEGINNING = """\
# Commands

Every command with its arguments, options and an example.

The options that several commands have in common: `signalcli help options`.
"""
CHINESE_BEGINNING = """\
# 命令

所有命令，各有参数、选项和例子。

所有命令都接受的选项：`signalcli help options`。
"""
MAN_PAGE = PACKAGE / "data" / "share" / "man" / "man1" / "signalcli.1"
STATUSES = {
    ExitStatus.DONE: "Success.",
    ExitStatus.FOUND: "A receiver raised, a check found something, or a question was declined.",
    ExitStatus.USAGE: "Wrong usage, or an unknown name.",
    ExitStatus.UNHEARD: "No receiver was called, with --fail-unheard.",
    ExitStatus.UNREADABLE: "The session or the application can't be read, loaded or written.",
    ExitStatus.INTERRUPTED: "Interrupted by Ctrl-C.",
    ExitStatus.CLOSED_PIPE: "The reader of the output closed the pipe.",
    ExitStatus.TERMINATED: "SIGTERM ended listen.",
}
VARIABLES = {
    "SIGNALCLI_SESSION": "The session, as with --session.",
    "SIGNALCLI_APP": "The application, as with --app.",
    "SIGNALCLI_PYTHON": "The interpreter of the application, as with --python.",
    "SIGNALCLI_APP_MEMORY": "The most memory of an application's process in MiB, as with --memory.",
    "SIGNALCLI_APP_TIMEOUT": "Seconds that the code of an application may take.",
    "SIGNALCLI_HISTORY_SIZE": "The size above which a new history file starts.",
    "NO_COLOR, FORCE_COLOR, COLUMNS": "Colour and width of the output.",
}


def every_command(
    group: Group = root, path: str = "signalcli"
) -> Iterator[tuple[str, Command | Group]]:
    """Yield all commands and groups below a group, each with how it is typed."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert isinstance(command, Command | Group)
        yield f"{path} {name}", command
        if isinstance(command, Group):
            yield from every_command(command, f"{path} {name}")


def _usage(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path)
    return " ".join([path, *command.collect_usage_pieces(context)])


def _paragraphs(command: click.Command, shown: Callable[[str], str] = str) -> list[str]:
    """Return the paragraphs of a command's help as Markdown: those after ``\\b`` are code."""
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    return [
        f"```sh\n{inspect.cleandoc(text[2:])}\n```"
        if text[0] == "\b"
        else shown(" ".join(text.split()))
        for text in paragraphs
    ]


def _options(command: Command | Group) -> list[tuple[str, str]]:
    """Return the spelling and the help of a command's own options."""
    context = click.Context(command)
    own = command.params[: len(command.params) - len(common_options({}))]
    options = [parameter for parameter in own if isinstance(parameter, click.Option)]
    records = [option.get_help_record(context) for option in options]
    return [record for record in records if record is not None]


def reference() -> str:
    """Return the command reference, as Markdown."""
    return _reference(BEGINNING, str)


def chinese_reference() -> str:
    """Return the command reference in Chinese."""
    return _reference(CHINESE_BEGINNING, Catalog("zh").localized)


def _reference(beginning: str, shown: Callable[[str], str]) -> str:
    lines = [beginning]
    for path, command in every_command():
        first, *rest = _paragraphs(command, shown)
        lines += [f"## {path}", "", f"`{_usage(path, command)}`", "", first, ""]
        for paragraph in rest:
            lines += [paragraph, ""]
        options = [f"- `{names}`: {_option_help(text, shown)}" for names, text in _options(command)]
        lines += [*options, *([""] if options else [])]
        lines += ["```sh", *command.examples, "```", ""]
    return "\n".join(lines[:-1]) + "\n"


def _option_help(text: str, shown: Callable[[str], str]) -> str:
    """Return the help of an option in another language; Click may have added a range to it."""
    translated = shown(text)
    if translated == text and "  [" in text:
        help_text, _, added = text.rpartition("  [")
        translated = f"{shown(help_text)} [{added}"
    return " ".join(translated.split())


def _roff(text: str) -> str:
    """Return text that ``man`` shows literally."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def _roff_list(items: list[tuple[str, str]]) -> list[str]:
    return [
        line
        for term, text in items
        for line in (".TP", rf"\fB{_roff(term)}\fR", _roff(" ".join(text.split())))
    ]


def man_page() -> str:
    """Return the man page, as roff."""
    help_text = " ".join(_paragraphs(root))
    lines = ['.TH SIGNALCLI 1 "" signalcli "User Commands"', ".SH NAME"]
    lines += [r"signalcli \- a playground for Python signals", ".SH SYNOPSIS"]
    lines += [_roff(_usage("signalcli", root)), ".SH DESCRIPTION", _roff(help_text), ".SH COMMANDS"]
    commands = dict(every_command())
    for heading, section in COMMANDS.items():
        lines.append(f".SS {heading}")
        for path, command in commands.items():
            if path.split()[1] in section:
                usage = _usage(path, command).removeprefix("signalcli ")
                lines += _roff_list([(usage, _paragraphs(command)[0])])
                options = _options(command)
                lines += [".RS", *_roff_list(options), ".RE"] if options else []
    lines += [".SH OPTIONS"]
    common = [(", ".join(option.opts), option.help or "") for option in common_options({})]
    lines += _roff_list([*common, ("--version", "Show the version.")])
    lines += [".SH ENVIRONMENT", *_roff_list(list(VARIABLES.items()))]
    lines += [".SH EXIT STATUS"]
    lines += _roff_list([(str(int(status)), text) for status, text in STATUSES.items()])
    lines += [".SH EXAMPLES", ".nf", *map(_roff, root.examples), ".fi", ".SH SEE ALSO"]
    lines += [_roff("The guide: signalcli help. The help of a command: signalcli COMMAND --help.")]
    return "\n".join(lines) + "\n"


GENERATED = {REFERENCE: reference, CHINESE_REFERENCE: chinese_reference, MAN_PAGE: man_page}


def main() -> None:
    """Write all generated files."""
    for path, generate in GENERATED.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(generate(), encoding="utf-8")


if __name__ == "__main__":
    main()
