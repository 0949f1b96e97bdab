"""What tests of ``signalcli flask request`` share: a request, and what its timeline says."""

from __future__ import annotations

from typing import Any

from tests.conftest import SignalCli
from tests.support.scenario import without

FLASK = "flask/request-started"
RUNG = "微信：叮咚！有人敲门，洞主还没应声呢。\n"
"""What wechat prints."""


def request(signalcli: SignalCli, *arguments: str | bytes) -> Any:
    """The timeline of a request, as JSON."""
    result = signalcli("flask", "request", *arguments, "--json")
    assert (result.status in (0, 1), len(result.stdout.splitlines())) == (True, 1), result
    return result.json


def order(timeline: Any) -> list[str]:
    return [event["signal"].removeprefix("flask/") for event in timeline["events"]]


def calls(timeline: Any, signal: str = FLASK) -> list[Any]:
    """Those of the first send of a signal."""
    return next(
        without(event["calls"], "seconds")
        for event in timeline["events"]
        if event["signal"] == signal
    )


def told(timeline: Any, signal: str = FLASK) -> list[tuple[str, str, str]]:
    """Each call of the first send of a signal: who, what became of it, and what it printed."""
    return [(c["receiver"], c["outcome"], c["output"]) for c in calls(timeline, signal)]


def handlers(signalcli: SignalCli, code: str) -> None:
    """A file of a person's own receivers."""
    (signalcli.directory / "handlers.py").write_text(code, encoding="utf-8")
