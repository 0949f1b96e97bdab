"""Requests for tests of ``signalcli flask``, and parts of their timelines."""

from __future__ import annotations

from typing import Any

from tests.support.cli import SignalCli
from tests.support.scenario import prepare, without

FLASK = "flask/request-started"
SHORT = ["appcontext-pushed", "request-started"]
TEARDOWN = ["request-tearing-down", "appcontext-tearing-down", "appcontext-popped"]
"""The first and the last signals of a request, in order."""
RUNG = "微信：叮咚！有人敲门，洞主还没应声呢。\n"
"""What wechat prints."""


def request(signalcli: SignalCli, *arguments: str | bytes) -> Any:
    """Return the timeline of a request, as JSON."""
    result = signalcli("flask", "request", *arguments, "--json")
    assert (result.status in (0, 1), len(result.stdout.splitlines())) == (True, 1), result
    return result.json


def order(timeline: Any) -> list[str]:
    return [event["signal"].removeprefix("flask/") for event in timeline["events"]]


def payload_keys(timeline: Any) -> list[list[str]]:
    return [event["payload_keys"] for event in timeline["events"]]


def reasons(timeline: Any, signal: str = FLASK) -> list[tuple[str, str, str]]:
    """Return each call of the first send of a signal: receiver, outcome and reason."""
    return [(c["receiver"], c["outcome"], c["reason"]) for c in calls(timeline, signal)]


def calls(timeline: Any, signal: str = FLASK) -> list[Any]:
    """Return the calls of the first send of a signal."""
    return next(
        without(event["calls"], "seconds")
        for event in timeline["events"]
        if event["signal"] == signal
    )


def call_outputs(timeline: Any, signal: str = FLASK) -> list[tuple[str, str, str]]:
    """Return each call of the first send of a signal: receiver, outcome and output."""
    return [(c["receiver"], c["outcome"], c["output"]) for c in calls(timeline, signal)]


def handlers(signalcli: SignalCli, code: str, *lines: str) -> None:
    """Write the file handlers.py, and run command lines."""
    (signalcli.directory / "handlers.py").write_text(code, encoding="utf-8")
    prepare(signalcli, *lines)
