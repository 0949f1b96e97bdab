"""What tests of commands share: a session made by commands, and documents that can be compared."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from signalcli.playground.editor import SessionEditor
from signalcli.streams import captured
from signalcli.values.change import Change
from signalcli.values.session import Session, differ
from tests.support.cli import SignalCli


def prepare(signalcli: SignalCli, *lines: str) -> None:
    """Run command lines, written without the program's name; ``; `` separates some in one text."""
    for line in lines:
        for command in line.split("; "):
            signalcli.ok(*shlex.split(command))


def made(signalcli: SignalCli, *lines: str, handlers: str = "") -> SignalCli:
    """Run command lines; ``handlers`` is the code of ``handlers.py``, to connect its functions."""
    if handlers:
        signalcli.write("handlers.py", handlers)
    prepare(signalcli, *lines)
    return signalcli


def write_session(
    signalcli: SignalCli, signals: dict[str, Any], path: Path | None = None, **parts: Any
) -> None:
    """Write a session by hand: that of a file, or the default one."""
    path = path or signalcli.session_path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": 1, "signals": signals, **parts}), "utf-8")


def without(document: Any, *keys: str) -> Any:
    """A JSON document without some keys, at any depth: those that differ from run to run."""
    if isinstance(document, dict):
        return {key: without(value, *keys) for key, value in document.items() if key not in keys}
    if isinstance(document, list):
        return [without(item, *keys) for item in document]
    return document


def change(
    session: Session, place: str, operation: Callable[[SessionEditor], list[str]]
) -> tuple[Session, Change]:
    """Do something to a session within this process, as a command does: what became of it."""
    with captured(live=True) as capture:
        playground = SessionEditor(session, place, capture)
        notes = operation(playground)
        after = playground.snapshot()
    return after, Change(differ(session, after), tuple(notes), tuple(playground.deliveries))
