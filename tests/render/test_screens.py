"""The exact screens of 80 and of 120 columns, and what is drawn where a table doesn't fit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.applications import SKIPS_OWN_SIGNALS
from tests.support.cli import SessionWith, SignalCli
from tests.support.terminal import on_terminal

SCREENS = Path(__file__).parent / "screens"
HANDLERS = '''\
"""Receivers with the names that applications have."""

def on_everything_the_king_does(sender, **payload):
    """Writes down what the king does, so that the mountain can read it."""
    return "written down"

def on_return(sender, **payload):
    """Goes on patrol."""
    raise LookupError("the way to the cave is not on the map")
'''
SHOP = """\
from blinker import Namespace

signals = Namespace()
tearing_down = signals.signal("appcontext-tearing-down")
rendered = signals.signal("before-render-template")

def close_every_connection_of_the_request(sender, **payload): ...

tearing_down.connect(close_every_connection_of_the_request)
"""
COMMANDS = [
    "list",
    "inspect king",
    "explain king 大象 slogan=巡山",
    "send king 大象 slogan=巡山",
    "history",
    pytest.param("--app shop list", marks=SKIPS_OWN_SIGNALS),
    "--app shop inspect tearing_down",
]


@pytest.fixture(scope="module")
def long_names(shared_session: SessionWith) -> SignalCli:
    """A session and an application with long names, and one past send."""
    signalcli = shared_session(
        "connect king handlers.py:on_everything_the_king_does --sender 大象 --sender 狮子",
        "connect king handlers.py:on_return; define mountain/nobody-hears-this",
        handlers=HANDLERS,
    )
    signalcli.write("shop.py", SHOP)
    signalcli("send", "king", "大象", "slogan=巡山")
    return signalcli


def steady(screen: str) -> str:
    """Replace what differs from run to run by text of the same width."""
    screen = re.sub(r"\d\d:\d\d:\d\d", "12:00:00", screen)
    screen = re.sub(r"\d\.\d{3} ms", "0.001 ms", screen)
    return re.sub(r"│ [0-9a-f]{10} │", "│ 0123456789 │", screen)


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("command", COMMANDS)
def test_the_screen_is_exactly_this(long_names: SignalCli, command: str, columns: int) -> None:
    """Each file has the screens of all commands, below their command lines."""
    file = (SCREENS / f"{columns}.txt").read_text(encoding="utf-8")
    expected = dict(screen.split("\n", 1) for screen in file.split("$ ")[1:])
    options = ["--no-history"] if command.startswith("send") else []

    shown = on_terminal(
        long_names, *command.split(), *options, columns=columns, environment={"NO_COLOR": "1"}
    )

    assert steady(shown.text) == expected[command]
