"""Helpers of the tests of many sends."""

from __future__ import annotations

from typing import Any

from tests.support.cli import Result, SignalCli
from tests.support.histories import documents, past

Count = tuple[int, ...]
"""How often a receiver was called, how often of that it raised, was skipped, and not reached."""


def of_the_same_session(signalcli: SignalCli, other: SignalCli) -> SignalCli:
    """The first, with a copy of the other's session."""
    signalcli.session_path.parent.mkdir(parents=True)
    signalcli.session_path.write_bytes(other.session_path.read_bytes())
    return signalcli


def send_all(signalcli: SignalCli, source: str, content: str | bytes, *options: str) -> Result:
    """Send what a file ``all`` holds: its ``--lines``, or the messages of ``--jsonl``."""
    signalcli.write("all", content)
    return signalcli("send", "king", source, "all", *options)


def the_run(signalcli: SignalCli) -> Any:
    """The run that is all there is in the history."""
    (entry,) = past(signalcli)
    return entry["run"]


def counts(run: Any) -> dict[str, Count]:
    """What was counted for each receiver in a run."""
    keys = ("called", "raised", "skipped", "not_reached")
    return {count["receiver"]: tuple(count[key] for key in keys) for count in run["receivers"]}


def senders_of(result: Result) -> list[Any]:
    """The senders that ``echo`` was really called with."""
    return [call["value"]["sender"] for d in documents(result.stdout) for call in d["calls"]]


GO_ON = "To go on after that, add: --on-error continue\n"
