"""Run the Python of a lesson: ``python -m signalcli.tour.interpreter``.

This reads a JSON list of sources, runs them one after the other as one program, and writes a line of
JSON for each: its output, and status 1 if an exception ended it. It imports nothing of signalcli.
"""

from __future__ import annotations

import json
import linecache
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any, TextIO


def run_sources(sources: TextIO, answers: TextIO) -> None:
    """Run the sources from one stream, and write the output of each to another."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for number, source in enumerate(json.load(sources), 1):
        printed = StringIO()
        with redirect_stdout(printed), redirect_stderr(printed):
            status = _run(source, f"<step {number}>", namespace)
        answers.write(json.dumps({"output": printed.getvalue(), "status": status}) + "\n")
        answers.flush()


def _run(source: str, name: str, namespace: dict[str, Any]) -> int:
    """Run one source, and print the traceback if an exception ends it, as Python does."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    try:
        exec(compile(source, name, "exec", dont_inherit=True), namespace)  # noqa: S102 - its purpose
    except Exception as error:  # noqa: BLE001 - any exception of a lesson is shown
        own = error.__traceback__  # its first frame is this function
        traceback.print_exception(type(error), error, own.tb_next if own else None)
        return 1
    return 0


if __name__ == "__main__":
    run_sources(sys.stdin, sys.stdout)
