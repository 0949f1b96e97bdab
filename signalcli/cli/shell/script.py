"""Run the lines of a script, which is standard input."""

from __future__ import annotations

import os
from collections.abc import Sequence

from signalcli.cli.output import Output
from signalcli.cli.shell.line import LineEnded, run_text
from signalcli.cli.shell.words import numbered_lines
from signalcli.errors import ExitStatus
from signalcli.language.phrases import phrase
from signalcli.streams import STDIN


def run_script(options: Sequence[str], output: Output, *, keeps_going: bool) -> int:
    """Run the lines up to the first command that fails, and return its status.

    Commands find standard input empty, so that none reads the lines of the script.

    :param options: the common options of the shell.
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
                output.error_sentence(
                    phrase(
                        "Line {number} ended with status {status}: {line}",
                        number=number,
                        status=status,
                        line=line.strip(),
                    )
                    if keeps_going
                    else phrase(
                        "Line {number} ended with status {status}, and the lines after it were not "
                        "run: {line}",
                        number=number,
                        status=status,
                        line=line.strip(),
                    )
                )
            if status == ExitStatus.CLOSED_PIPE or (failed and not keeps_going):
                return status
    return failed
