"""Run the lines of a script, which is standard input."""

from __future__ import annotations

import os

from signalcli.cli.output import Output
from signalcli.cli.shell.line import LineEnded, run_text
from signalcli.cli.shell.words import ShellOptions, numbered_lines
from signalcli.errors import ExitStatus
from signalcli.language.phrases import phrase
from signalcli.streams import STDIN

WENT_ON = phrase("Line {number} ended with status {status}: {line}")
ENDED = phrase(
    "Line {number} ended with status {status}, and the lines after it were not run: {line}"
)


def run_script(options: ShellOptions, output: Output, *, keeps_going: bool) -> int:
    """Run the lines up to the first command that fails, and return its status.

    Commands find standard input empty, so that none reads the lines of the script.

    :param keeps_going: whether the lines after a command that fails are run too.
    """
    failed = int(ExitStatus.DONE)
    with open(os.dup(STDIN), encoding="utf-8-sig", errors="surrogateescape") as script:
        empty = os.open(os.devnull, os.O_RDONLY)
        os.dup2(empty, STDIN)
        os.close(empty)
        for number, line in numbered_lines(script):
            try:
                status = run_text(line, options, output)
            except LineEnded as ended:  # this process was made for the line
                return ended.status
            if status is None:
                break
            if status != ExitStatus.DONE:
                failed = failed or status
                template = WENT_ON if keeps_going else ENDED
                output.error_sentence(
                    phrase(template, number=number, status=status, line=line.strip())
                )
            if status == ExitStatus.CLOSED_PIPE or (failed and not keeps_going):
                return status
    return failed
