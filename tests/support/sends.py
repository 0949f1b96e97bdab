"""What tests of sends compare: each receiver with its outcome, and the saved session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.cli import SignalCli

LOST = "RuntimeError: 小钻风在山里迷了路"
"""What the receiver ``failing`` raises."""

Row = tuple[str, str, Any]
"""A receiver, the outcome, and the value; or the error, or why it wasn't called."""


def rows(document: dict[str, Any]) -> list[Row]:
    """What became of every receiver."""
    return [(call["receiver"], call["outcome"], _result(call)) for call in document["calls"]]


def _result(call: dict[str, Any]) -> Any:
    if call["error"] is not None:
        return f"{call['error']['type']}: {call['error']['message']}"
    return call["value"] if call["outcome"] == "returned" else call["reason"]


def saved(signalcli: SignalCli) -> tuple[int, int, bytes]:
    """The session's file: which one it is, when it was written, and what it holds."""
    status = signalcli.session_path.stat()
    return status.st_ino, status.st_mtime_ns, signalcli.session_path.read_bytes()


@contextmanager
def unchanged(signalcli: SignalCli) -> Iterator[None]:
    """Check that a block doesn't write the session's file, not even as it was."""
    before = saved(signalcli)
    yield
    assert saved(signalcli) == before
