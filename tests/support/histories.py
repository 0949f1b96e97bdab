"""Past sends to test with, and their documents."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.cli import SignalCli
from tests.support.expected import OPTIONS, called


def journal_path(signalcli: SignalCli) -> Path:
    """The journal of the default session."""
    return signalcli.session_path.with_name("default.history.jsonl")


def documents(text: str) -> list[Any]:
    """The JSON documents of some text, one a line."""
    return [json.loads(line) for line in text.splitlines()]


def past(signalcli: SignalCli, *arguments: str) -> list[Any]:
    """The entries of the history, oldest first."""
    return documents(signalcli.ok("history", "--json", "-q", *arguments).stdout)


def senders(signalcli: SignalCli, *arguments: str) -> list[Any]:
    """The senders of the history, oldest first."""
    return [entry["sender"] for entry in past(signalcli, *arguments)]


def table(text: str) -> list[list[str]]:
    """The cells of the table in a text, row by row."""
    rows = [line for line in text.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in row.split("│")[1:-1]] for row in rows]


def an_entry(**differing: Any) -> dict[str, Any]:
    """An entry of the journal, as a send to ``echo`` leaves it."""
    value = {"sender": "大象", "payload": {"slogan": "巡山"}}
    call = {**called("echo", value=value), "seconds": 0.000012}
    entry = {
        "signal": "king",
        "sender": "大象",
        "payload": {"slogan": "巡山"},
        "muted": False,
        "calls": [call],
        "options": OPTIONS,
        "notes": [],
        "deliveries": [],
        "id": "0000000000",
        "time": "2026-11-24T08:30:00.125+08:00",
        "run": None,
        "replay_of": None,
    }
    return {**entry, **differing}


def lines_of(*entries: dict[str, Any]) -> bytes:
    return "".join(f"{json.dumps(entry)}\n" for entry in entries).encode()


# Finding some of them.

NOW = datetime.now().astimezone().replace(microsecond=0)


def ago(**time: float) -> str:
    return (NOW - timedelta(**time)).isoformat()


FOUND = [
    ("a", "king", "大象", "2020-02-29T00:00:00.000+00:00"),
    ("b", "zoo/king", "大象", "2020-03-01T00:30:00.000+02:00"),
    ("c", "king", "1", ago(days=40)),
    ("d", "king", 1, ago(hours=30)),
    ("e", "gone", 1.0, ago(hours=10)),
    ("f", "king", True, ago(hours=5)),
    ("g", "king", None, ago(hours=2)),
    ("h", "zoo/king", "狮子", ago(minutes=1)),
]
"""Past sends: the first letter of the id, the signal, the sender and the time."""
