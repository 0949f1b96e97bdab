"""Loads an application in a process of its own, and writes what came of it as JSON.

``python app_driver.py TARGET SECONDS [WHAT …]``, where WHAT is ``application`` to ask for that,
``apart`` to keep standard output apart, ``end`` to end as the program does, or an expression over ``module`` to answer with its value.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    sys.path.pop(0)  # of this file; an installed program doesn't have the current one, either

import json
import os
from contextlib import nullcontext
from typing import Any

from signalcli.apps.ending import end_within
from signalcli.apps.hosting import guard
from signalcli.apps.importing.find_app import application_of
from signalcli.apps.importing.importer import load
from signalcli.apps.importing.target import Target
from signalcli.apps.printing import apart
from signalcli.errors import SignalcliError


def main(target: str, seconds: str, *asked: str) -> int:
    """Load, ask, and answer on standard output, in the status that the program has."""
    with apart() if "apart" in asked else nullcontext(sys.stdout) as data:
        status, answer = _loaded(target, float(seconds), asked)
        (data if "apart" in asked else sys.stdout).write(json.dumps(answer) + "\n")
    if "end" in asked:
        end_within(status, _note, seconds=0.5)
    return status


def _loaded(target: str, seconds: float, asked: tuple[str, ...]) -> tuple[int, dict[str, Any]]:
    notes: list[str] = []
    answer: dict[str, Any] = {"notes": notes}
    try:
        loaded = load(Target.parse(target), wait=seconds, note=notes.append)
        name = getattr(loaded.named, "import_name", None)
        answer |= {"module": loaded.module.__name__, "named": name, "called": loaded.called}
        for question in asked:
            if question == "application":
                answer["application"] = getattr(application_of(loaded), "import_name", None)
            elif question not in ("apart", "end"):
                known = {"module": loaded.module, "os": os, "sys": sys, "loaded": loaded}
                answer["value"] = eval(question, known)
    except SignalcliError as error:
        details = getattr(error, "details", "")
        return error.status, {**answer, "error": str(error), "details": details}
    except KeyboardInterrupt:
        return 130, answer
    return 0, answer


def _note(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


if __name__ == "__main__":
    guard.GRACE, guard.AGAIN = 0.5, 0.1
    sys.exit(main(*sys.argv[1:]))
