"""What tests of commands share: a session made by commands, and documents that can be compared."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

from signalcli.playground.playground import Playground
from signalcli.streams import captured
from signalcli.values.change import Change
from signalcli.values.delivery import Session, differ
from tests.conftest import SignalCli


def prepare(signalcli: SignalCli, *lines: str) -> None:
    """Run command lines, written without the program's name."""
    for line in lines:
        signalcli.ok(*shlex.split(line))


def without(document: Any, *keys: str) -> Any:
    """A JSON document without some keys, at any depth: those that differ from run to run."""
    if isinstance(document, dict):
        return {key: without(value, *keys) for key, value in document.items() if key not in keys}
    if isinstance(document, list):
        return [without(item, *keys) for item in document]
    return document


def change(
    session: Session, place: str, operation: Callable[[Playground], list[str]]
) -> tuple[Session, Change]:
    """Do something to a session within this process, as a command does: what became of it."""
    with captured(live=True) as capture:
        playground = Playground(session, place, capture)
        notes = operation(playground)
        after = playground.snapshot()
    return after, Change(differ(session, after), tuple(notes), tuple(playground.deliveries))
