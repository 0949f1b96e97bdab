"""Sends to the receivers of an application, as JSON reports them."""

from __future__ import annotations

from typing import Any

from tests.support.cli import Result, SignalCli


def send(app: SignalCli, *message: str, module: str = "shop") -> Result:
    return app("--app", module, "send", *message, "--yes", "--json")


def reported(delivery: Any) -> list[tuple[Any, ...]]:
    """Of every receiver: its name, the outcome, what it gave and what it printed."""
    return [
        (
            call["receiver"],
            call["outcome"],
            call["error"]["type"] if call["error"] else call["value"],
            call["output"],
        )
        for call in delivery["calls"]
    ]
