"""Show output on a terminal: through the pager where it is long, and JSON in colour."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from itertools import pairwise
from typing import TextIO

from signalcli.language.phrases import counted, localized
from signalcli.text import PROGRAM

_JSON_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(:?)|\b(?:true|false|null)\b|-?\d[\d.eE+-]*')
_RESET = "\x1b[0m"
_COMMAND = re.compile(
    rf"(?:(?<=: )|(?<=：))(?:{PROGRAM}|flask|pip) (?:'[^']*'|\"[^\"]*\"|.)*?(?=[,.] |[，。]|$)"
)
"""A command that a sentence suggests. What is quoted in it may have commas and stops."""
_PARTS = {1: "_", 2: "\U0001f418"}
"""What stands for a character of a command by its columns, so that the command is measured as one word."""


def color_json(text: str) -> str:
    """Return a JSON document with its keys, texts and other values in colours."""

    def color(match: re.Match[str]) -> str:
        string, colon = match.groups()
        if string is None:
            return f"\x1b[33m{match.group()}{_RESET}"
        return f"\x1b[{36 if colon else 32}m{string}{_RESET}{colon}"

    return _JSON_TOKEN.sub(color, text)


def wrapped(line: str, width: int) -> str:
    """Return a line broken at spaces, and between Chinese characters, to a number of columns.

    What follows a wide gap, such as a column of its own, goes on below its start. A command after a colon
    stays whole, so that it can be copied.
    """
    from signalcli.language.wrapping import breaks, columns

    if columns(line) <= width:
        return line
    gap = re.search(r"(?<=\S) {2,}|^ +", line[: width // 2])
    indent = columns(line[: gap.end()]) if gap else 2
    whole = _COMMAND.sub(lambda match: "".join(_PARTS[columns(c)] for c in match[0]), line)
    places = [0, *breaks(whole, width, indent=indent, whole=True), len(line)]
    lines = (line[start:end].rstrip() for start, end in pairwise(places))
    return f"\n{' ' * indent}".join(lines)


def is_long(text: str, stream: TextIO) -> bool:
    """Return whether a text has more lines than the terminal of a stream."""
    try:
        lines = os.get_terminal_size(stream.fileno()).lines
    except OSError:
        return False
    return 0 < lines <= text.count("\n")


def screenfuls(text: str, room: int) -> list[str]:
    """Return a text in parts of ``room`` lines at most, divided at empty lines if possible."""
    parts: list[str] = []
    lines: list[str] = []
    for block in re.split(r"(?<=\n)(?=\n)", text):
        added = block.splitlines(keepends=True)
        if lines and len(lines) + len(added) > room:
            parts.append("".join(lines))
            lines = []
        lines += added
        while len(lines) > room:
            parts.append("".join(lines[:room]))
            lines = lines[room:]
    return [*parts, "".join(lines)]


def replaced_screen(text: str, stream: TextIO) -> str:
    """Return a text with the codes that clear the terminal first. Lines that don't fit are counted."""
    room = os.get_terminal_size(stream.fileno()).lines - 1
    lines = text.splitlines()
    if 1 < room < len(lines):
        left_out = counted("… {n} more line", "… {n} more lines", len(lines) - room + 1)
        lines = [*lines[: room - 1], localized(left_out)]
    return "\x1b[H\x1b[2J" + "".join(f"{line}\n" for line in lines)


def show_in_pager(text: str, stream: TextIO) -> bool:
    """Show a text in the pager, and wait until the user leaves it.

    The pager is the command in ``PAGER``, or ``less``; ``LESS`` is ``FRX`` unless it is set.

    :return: whether a pager showed the text. It doesn't if ``PAGER`` is empty, ``cat`` or no command.
    """
    command = os.environ.get("PAGER", "less").strip()
    if command in ("", "cat"):
        return False
    import subprocess

    stream.flush()
    environment = {"LESS": "FRX", "LV": "-c", **os.environ}
    try:
        process = subprocess.Popen(
            command, shell=True, stdin=subprocess.PIPE, stdout=stream.fileno(), env=environment
        )
    except OSError:
        return False
    assert process.stdin is not None, "it is a pipe"
    with suppress(BrokenPipeError):  # the user left the pager before the end
        process.stdin.write(text.encode("utf-8", "backslashreplace"))
    with suppress(BrokenPipeError):
        process.stdin.close()
    while True:
        try:
            return process.wait() not in (126, 127)  # the shell found no such command
        except KeyboardInterrupt:  # Ctrl-C is for the pager, which reads the terminal
            continue
