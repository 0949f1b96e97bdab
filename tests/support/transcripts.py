"""What a program that does the same as some commands prints: read from the commands' own JSON.

``signalcli/README.md`` describes how a lesson's Python prints it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from signalcli.tour.lessons.index import Lesson, LessonStep
from signalcli.tour.run import ScratchHome, scratch_home

UNHEARD = "[]"
"""What ``send`` returns if no receiver was called."""


def of_commands(lesson: Lesson) -> list[list[str]]:
    """Return the lines that each step's commands should print in Python."""
    with scratch_home(lesson) as place:
        return [
            _comparable(
                lesson, step, [line for typed in step.commands for line in _lines_of(place, typed)]
            )
            for step in lesson.steps
        ]


def of_python(lesson: Lesson) -> list[list[str]]:
    """Return the lines that each step's Python prints."""
    with scratch_home(lesson) as place, place.python(lesson) as printed:
        return [
            _comparable(lesson, step, next(printed).output.splitlines()) for step in lesson.steps
        ]


def _comparable(lesson: Lesson, step: LessonStep, lines: list[str]) -> list[str]:
    """Return the lines, sorted if their order is blinker's own.

    Addresses are left out, and so are modules: code of a file has that of the file in commands, and
    ``__main__`` in Python.
    """
    modules = "|".join(["__main__", *(name.removesuffix(".py") for name in lesson.files)])
    lines = [re.sub(rf" at 0x\w+|\b({modules})\.", "", line) for line in lines]
    return sorted(lines) if step.unordered else lines


def _lines_of(place: ScratchHome, typed: str) -> Iterator[str]:
    """Yield the lines for what a command did."""
    verb = typed.split()[1]
    ran = place.run(typed, "--json", "--quiet")
    if ran.status == 2:
        # blinker: too late, and silently
        yield {"connect": "AssertionError", "send": UNHEARD, "inspect": "not made yet"}[verb]
        return
    for line in ran.output.splitlines():
        if line.startswith("{"):
            yield from TELLERS[verb](json.loads(line))
        else:  # a receiver of an application has printed it
            yield line


def _change(document: dict[str, Any]) -> Iterator[str]:
    """Return what receivers of meta signals printed. blinker drops what they return."""
    for delivery in document["deliveries"]:
        yield from _printed(delivery["calls"])


def _drop(document: dict[str, Any]) -> Iterator[str]:
    yield f"{document['receiver']} → {'alive' if document['after'] else 'gone'}"


def _send(document: dict[str, Any]) -> Iterator[str]:
    yield from _change(document)
    calls = [call for call in document["calls"] if call["outcome"] in ("returned", "raised")]
    yield from _printed(calls)
    errors = [_error(call) for call in calls if call["outcome"] == "raised"]
    if not calls:
        yield UNHEARD
    elif errors and document["options"]["on_error"] == "stop":
        yield errors[0]
    else:
        for call in calls:
            name = call["receiver"].rpartition(".")[2]  # an application's has its module
            yield f"{name} → {_error(call) if call['error'] else call['value']}"


def _printed(calls: list[dict[str, Any]]) -> Iterator[str]:
    for call in calls:
        yield from call["output"].splitlines()


def _error(call: dict[str, Any]) -> str:
    return f"{call['error']['type']}: {call['error']['message']}"


def _inspect(document: dict[str, Any]) -> Iterator[str]:
    for row in document["has_receivers_for"]:
        sender = "ANY" if row["any"] else row["sender"]
        yield f"has_receivers_for({sender}) → {row['result']}"
        yield f"receivers_for({sender}) → {row['receivers_for']}"


def _list(document: dict[str, Any]) -> Iterator[str]:
    for signal in document["signals"]:
        yield f"{signal['signal']}.receivers → {signal['receivers'] > 0}"


def _flask(document: dict[str, Any]) -> Iterator[str]:
    for event in document["events"]:
        yield from _printed(event["calls"])
    yield f"{document['method']} {document['path']} → {document['status']}"
    body = document["body"]
    if body is not None and "\n" not in body:
        yield body


TELLERS = {
    "connect": _change,
    "define": _change,
    "disconnect": _change,
    "drop": _drop,
    "flask": _flask,
    "inspect": _inspect,
    "list": _list,
    "mute": _change,
    "send": _send,
    "trace": _flask,
    "unmute": _change,
}
