"""Programs for ``trace run``, and what their traces have."""

from __future__ import annotations

import textwrap
from typing import Any

from tests.support.cli import Result, SignalCli

SENDS = "from blinker import signal\nsignal('a').send('x')\n"
SHOP = """\
import sys
from blinker import Signal, signal

ready = signal("ready")

class Bus:
    changed = Signal()

@ready.connect
def on_ready(sender, **payload):
    Bus.changed.send(sender, number=1)

@Bus.changed.connect
def on_changed(sender, number):
    return number

@ready.connect_via("other")
def never(sender): ...
"""


def program(signalcli: SignalCli, text: str, name: str = "shop.py") -> None:
    """Write a program, which may be indented."""
    signalcli.write(name, textwrap.dedent(text))


def sent(result: Result) -> list[tuple[str, int, Any, list[tuple[str, str]]]]:
    """Return each send: its signal, its depth, its sender, and each receiver with its outcome."""
    return [
        (
            event["signal"],
            event["depth"],
            event["sender"],
            [(call["receiver"], call["outcome"]) for call in event["calls"]],
        )
        for event in result.json["events"]
    ]
