"""Imports that fail later, and modules that connect receivers by themselves."""

from __future__ import annotations

import json
import os

import pytest

from tests.support.cli import SignalCli
from tests.support.histories import table
from tests.support.imported import HANDLERS, HEARD
from tests.support.scenario import prepare
from tests.support.sends import unchanged
from tests.test_hostile_text import safe

pytestmark = pytest.mark.slow

# A module that goes wrong later.

BROKEN = "The receiver 'handlers.py:on_king' can't be imported, because handlers.py:1 raises "


def breaks(shop: SignalCli, how: str) -> str:
    """Break the file of a receiver, and return the start of the error for it."""
    path = shop.directory / "handlers.py"
    if how == "removed":
        path.unlink()
        return f"No file 'handlers.py' in {os.path.realpath(shop.directory)}."
    if how == "empty":
        path.write_text("")
        return "No attribute 'on_king' in 'handlers.py'."
    path.write_text("raise ValueError('\\x1b[2J')" if how == "raises" else "raise SystemExit(3)")
    return f"{BROKEN}{'ValueError: ' if how == 'raises' else 'SystemExit: 3.'}"


ways = pytest.mark.parametrize("how", ["raises", "exits", "empty", "removed"])


@ways
def test_an_import_that_can_no_longer_be_loaded_raises_when_called(
    shop: SignalCli, how: str
) -> None:
    prepare(shop, "connect king handlers.py:on_king -q; connect king echo -q")
    message = breaks(shop, how)

    sent = safe(shop("send", "king", "--json"))
    foreseen = safe(shop("explain", "king", "--json"))

    calls = sent.json["calls"] + foreseen.json["calls"]
    assert (sent.status, foreseen.status) == (1, 0)
    outcomes = ["raised", "not_reached", "would_raise", "not_reached"]
    assert [call["outcome"] for call in calls] == outcomes
    assert [calls[i]["error"]["type"] for i in (0, 2)] == ["ImportError", "ImportError"]
    assert [calls[i]["error"]["message"].startswith(message) for i in (0, 2)] == [True, True]
    note = f"handlers.py:on_king is connected, but can't be loaded. {message}"
    assert [r.stderr.splitlines()[-1].startswith(note) for r in (sent, foreseen)] == [True, True]


@pytest.mark.parametrize("how", ["raises", "removed"])
def test_an_import_that_can_no_longer_load_is_seen_and_disconnected(
    shop: SignalCli, how: str
) -> None:
    prepare(shop, "connect king handlers.py:on_king -q; connect moon animal -q")
    breaks(shop, how)

    name = "handlers.py:on_king"
    commands = ("list", "inspect king", "receivers", f"receivers show {name}")
    results = [safe(shop.ok(*command.split(), "--json")) for command in commands]
    disconnected = shop.read(f"disconnect king {name}")

    assert results[0].json["signals"][0]["receivers"] == 1
    assert [r["receiver"] for r in results[1].json["receivers"]] == [name]
    assert results[3].json["connections"][0]["signal"] == "king"
    assert disconnected["notes"] == [f"{name} no longer listens to king."]
    assert shop.read("send king")["calls"] == []
    assert shop("connect", "moon", name).status in (2, 4)


def test_whether_one_that_can_not_be_loaded_is_async_is_not_known(shop: SignalCli) -> None:
    prepare(shop, "connect king handlers.py:later -q")
    breaks(shop, "raises")

    (receiver,) = shop.read("inspect king")["receivers"]

    assert receiver["async"] is None


def test_an_import_that_can_not_be_loaded_is_trusted_and_connected_still(shop: SignalCli) -> None:
    """It works again as soon as it is fixed."""
    prepare(shop, "connect king handlers.py:on_king -q")
    before = shop.session_path.read_bytes()
    breaks(shop, "raises")
    refused = shop("connect", "moon", "handlers.py:on_king")
    shop.ok("mute", "king")
    shop.ok("unmute", "king")
    shop.write("handlers.py", HANDLERS)

    (call,) = shop.read("send king 大象")["calls"]

    assert (refused.status, call["outcome"], call["value"]) == (4, "returned", HEARD)
    assert shop.session_path.read_bytes() == before


def test_two_of_one_broken_file_are_two_receivers(shop: SignalCli) -> None:
    prepare(shop, "connect king handlers.py:on_king -q; connect king handlers.py:short -q")
    breaks(shop, "raises")

    calls = shop("send", "king", "--on-error", "continue", "--json").json["calls"]

    raised = [(f"handlers.py:{name}", "raised") for name in ("on_king", "short")]
    assert [(call["receiver"], call["outcome"]) for call in calls] == raised


# A module that connects receivers by itself.

CONNECTS = """
from blinker import signal

king, moon = signal("king"), signal("moon")

def on_king(sender, **payload):
    return "on_king"

@king.connect
def other(sender, **payload):
    print("other printed")
    return "other"

@king.connect_via("大象")
def via(sender, **payload):
    return "via"

@moon.connect
def on_moon(sender, **payload):
    return "on_moon"
"""


def test_receivers_that_its_module_connects_are_called_not_saved(signalcli: SignalCli) -> None:
    signalcli.write("shop.py", CONNECTS)
    prepare(signalcli, "connect king shop.py:on_king -q; define moon")

    view = signalcli.read("inspect king")
    calls = signalcli.read("send king 大象")["calls"]
    summary = signalcli.ok("send", "king", "狮子", "--count", "2")
    signalcli.ok("mute", "king")
    signalcli.ok("unmute", "king")

    names = ["shop:other", "shop:via", "shop.py:on_king"]
    assert [receiver["receiver"] for receiver in view["receivers"]] == names
    assert [(call["receiver"], call["value"], call["output"]) for call in calls] == [
        ("shop:other", "other", "other printed\n"),
        ("shop.py:on_king", "on_king", ""),
        ("shop:via", "via", ""),
    ]
    assert [row[:2] for row in table(summary.stdout)[1:]] == [
        ["shop:other", "2"],
        ["shop:via", "0"],
        ["shop.py:on_king", "2"],
    ]
    saved = json.loads(signalcli.session_path.read_text("utf-8"))["signals"]
    assert [(n, s["receivers"], s["any"], s["buckets"]) for n, s in saved.items()] == [
        ("king", {"shop.py:on_king": "weak"}, ["shop.py:on_king"], []),
        ("moon", {}, [], []),
    ]


def test_looking_at_a_session_whose_module_connects_changes_nothing(signalcli: SignalCli) -> None:
    signalcli.write("shop.py", CONNECTS)
    prepare(signalcli, "connect king shop.py:on_king -q; connect king echo")

    with unchanged(signalcli):
        commands = ("define king", "unmute king", "connect king echo")
        changes = [signalcli.read(command)["changed"] for command in commands]

    assert changes == [False, False, False]


@pytest.mark.parametrize(
    ("line", "send", "calls"),
    [
        (
            "define king",
            "send king --connected-to shop.py:on_king",
            {"shop:other": "returned", "shop.py:on_king": "returned", "shop:via": "skipped"},
        ),
        (
            "connect king shop.py:other --sender 大象 -q",
            "send king 狮子",
            {"shop.py:other": "returned", "shop:via": "skipped"},
        ),
    ],
    ids=["connected for one send", "connected to 大象 by the user and to ANY by the module"],
)
def test_receivers_that_its_module_connects_are_called_as_in_a_program(
    signalcli: SignalCli, line: str, send: str, calls: dict[str, str]
) -> None:
    """One that imports the module, whatever else it does then."""
    signalcli.write("shop.py", CONNECTS)
    prepare(signalcli, line)

    made = signalcli.read(send)["calls"]

    assert [(call["receiver"], call["outcome"]) for call in made] == [*calls.items()]
