"""Loads an application in its process, and writes what came of it as JSON.

``python app_driver.py TARGET SECONDS [WHAT …]``, where WHAT is ``application`` to ask for that,
``no-factory``, ``setup=…``, or an expression over ``module`` and ``loaded`` to answer with its value.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    sys.path.pop(0)  # of this file; an installed program doesn't have the current one, either

import json
import os
from typing import Any

from signalcli.apps.hosting import start
from signalcli.apps.process import AppProcess
from signalcli.errors import SignalcliError

WORKER = (
    f"import sys; sys.path.append({os.path.dirname(os.path.abspath(__file__))!r}); "
    "from app_worker import main; sys.path.pop()"
)


def main(target: str, seconds: str, *asked: str) -> int:
    """Load, ask, and answer on standard output, in the status that the program has."""
    notes: list[str] = []
    calls: list[str] = []
    answer: dict[str, Any] = {"notes": notes, "called": calls}
    status = 0

    def note(sentence: str) -> None:
        (calls if sentence.startswith("signalcli called ") else notes).append(sentence)

    process = AppProcess(sys.executable, note, wait=30.0)
    try:
        process.start()
        answer |= json.loads(process.call("load", (target, float(seconds), asked), {}))
    except SignalcliError as error:
        answer |= {"error": str(error), "details": getattr(error, "details", "")}
        status = error.status
    except KeyboardInterrupt:
        status = 130
    sys.stdout.write(json.dumps(answer) + "\n")
    process.end()
    return status


if __name__ == "__main__":
    start.START = start.START.replace("from signalcli.apps.worker import main", WORKER)
    sys.exit(main(*sys.argv[1:]))
