"""``signalcli why`` of receivers that a send called, and that are connected no more, or by another name."""

from __future__ import annotations

import pytest

from tests.support.cli import SessionWith, SignalCli

HEAD = """\
import functools
from blinker import signal
from flask import Flask

app = Flask("shop")
paid, closed = signal("paid"), signal("closed")

@app.get("/")
def index():
    act()
    return "ok"

"""
HEAR = "def mail(sender, **payload): ...\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "step", "line"),
    [
        (
            "def act():\n    paid.connect(mail)\n    paid.send(app)\n    paid.disconnect(mail)",
            "connected",
            "after a send called it",
        ),
        (
            "def act():\n    with paid.connected_to(mail):\n        paid.send(app)",
            "connected",
            "after a send called it",
        ),
        (
            "class Box:\n    def mail(self, sender, **payload): ...\n\n"
            + "def act():\n    box = Box()\n    paid.connect(box.mail)\n    paid.send(app)",
            "alive",
            "until after a send called it",
        ),
        (
            "def act():\n    def mail(sender, **payload): ...\n    paid.connect(mail)\n    paid.send(app)",
            "alive",
            "until after a send called it",
        ),
    ],
)
def test_a_receiver_that_was_called_and_then_let_go(
    signalcli: SignalCli, code: str, step: str, line: str
) -> None:
    is_local = "def mail" in code
    signalcli.write("shop.py", HEAD + ("" if is_local else HEAR) + code)

    result = signalcli("--app", "shop", "why", "mail", "--request", "/", "--json")

    steps = {one["step"]: one for one in result.json["steps"]}
    assert (result.status, result.json["called"], result.json["remedy"]) == (0, True, None)
    assert line in " ".join([steps[step]["found"], *steps[step]["evidence"]])
    assert steps["filter matches"]["found"] == "it listens to ANY"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("receiver", "step", "remedy"),
    [
        ("other", "connected", "Connect it: "),
        ("Body.on_paid", "filter matches", "Connect the bound method of an instance: "),
        ("bare", "connected", "Call it with the sender: "),
    ],
)
def test_the_remedy_is_that_of_the_receiver(
    signalcli: SignalCli, receiver: str, step: str, remedy: str
) -> None:
    code = (
        "def other(sender, **payload): ...\n"
        "@paid.connect_via\ndef bare(sender, **payload): ...\n"
        "class Body:\n"
        "    @paid.connect_via('x')\n    def on_paid(self, sender, **payload): ...\n"
        "    @closed.connect\n    def on_closed(self, sender, **payload): ...\n"
        "def act(): paid.send(app)\n"
    )
    signalcli.write("shop.py", HEAD + code)

    answer = signalcli("--app", "shop", "why", receiver, "--request", "/", "--json").json

    assert (answer["steps"][-1]["step"], answer["called"]) == (step, False)
    assert answer["remedy"].startswith(remedy)


@pytest.mark.slow
@pytest.mark.parametrize("receiver", ["mail", "guard", "shop.mail", "shop:mail", "shop.py:mail"])
def test_a_decorated_receiver_is_found_by_both_names(signalcli: SignalCli, receiver: str) -> None:
    code = (
        "def guarded(function):\n"
        "    def guard(sender, **payload): return function(sender, **payload)\n"
        "    return guard\n"
        "@paid.connect\n@guarded\ndef mail(sender, **payload): ...\n"
        "def act(): paid.send(app)\n"
    )
    signalcli.write("shop.py", HEAD + code)

    answer = signalcli("--app", "shop", "why", receiver, "--request", "/", "--json").json

    found = answer["receiver"], answer["called"], answer["steps"][1]["found"]
    assert found == ("shop.guarded.<locals>.guard(shop.mail)", True, "shop")
    assert answer["steps"][0]["found"] == "shop.py:16"
    assert answer["steps"][0]["evidence"] == ["in a wrapper, at shop.py:14"]


@pytest.mark.slow
@pytest.mark.parametrize("receiver", ["mail", "guard"])
def test_a_wrapper_with_the_name_of_what_it_wraps_is_found_by_both(
    signalcli: SignalCli, receiver: str
) -> None:
    code = (
        "def guarded(function):\n"
        "    @functools.wraps(function)\n"
        "    def guard(sender, **payload): return function(sender, **payload)\n"
        "    return guard\n"
        "@paid.connect\n@guarded\ndef mail(sender, **payload): ...\n"
        "def act(): paid.send(app)\n"
    )
    signalcli.write("shop.py", HEAD + code)

    answer = signalcli("--app", "shop", "why", receiver, "--request", "/", "--json").json

    assert (answer["receiver"], answer["called"]) == ("shop.mail", True)


def test_an_emptied_entry_is_no_connection(session_with: SessionWith) -> None:
    """blinker keeps the entry of a sender after disconnect."""
    signalcli = session_with(
        "connect king animal --sender 大象; disconnect king animal --sender 大象; define moon"
    )

    found = [
        signalcli(*words.split(), "--json").json["steps"][-1]["found"]
        for words in ("why animal", "why animal --signal moon")
    ]

    assert found == ["it has no connection to king left", "nothing connected it"]
