"""``signalcli doctor`` and ``trace``: connections that change while a request or a program runs."""

from __future__ import annotations

import json
from typing import Any

import blinker.base
import pytest

from tests.support.cli import SignalCli
from tests.support.doctor import GONE, Case, application, examined, traced

pytestmark = pytest.mark.slow

PLUGIN = """\
from blinker import signal

king = signal("king")

def register():
    {connect}

if __name__ == "__main__":
    register()
    king.send("site")
"""


def dead(code: str, receiver: str, where: str, level: str = "error") -> Case:
    return Case(code, "dead-receiver", receiver, where, receiver + GONE, level=level)


REGISTER = (
    "def register():\n    def hear(sender, **p): ...\n    king.connect(hear)\n"
    "def act():\n    register()\n    king.send(app)"
)
DEAD = {
    "a method of an object that a view makes": dead(
        "class Service:\n    def __init__(self): king.connect(self.on_done)\n"
        "    def on_done(self, sender, **p): ...\n    def work(self): ...\n"
        "def act():\n    Service().work()\n    king.send(app)",
        "shop.Service.on_done",
        "shop.py:8",
    ),
    "a function in a function that returned": dead(
        REGISTER, "shop.register.<locals>.hear", "shop.py:9"
    ),
    "a lambda, though the signal was not sent": dead(
        "def act(): king.connect(lambda sender: 1)", "shop.act.<locals>.<lambda>", "shop.py:7"
    ),
    "a partial that listened to the sender": dead(
        "def act():\n    king.connect(partial(print, end=''), sender=app)\n    king.send(app)",
        "partial(builtins.print)",
        "shop.py:8",
    ),
    "one beside another that heard the send": dead(
        f"def other(sender): ...\nking.connect(other)\n{REGISTER}",
        "shop.register.<locals>.hear",
        "shop.py:11",
        "warning",
    ),
}

SKIPS_NOISY_END = pytest.mark.skipif(
    "_receiver_connected" in vars(blinker.base),
    reason="with blinker 1.8, Python prints an exception of its own weakref when the process ends",
)

TWIN_LIVES = "of a dropped application, whose twin lives"
ALIVE = {
    "called before it died": "def act():\n    def hear(sender): ...\n    king.connect(hear)\n"
    "    king.send()\n    del hear\n    king.send()",
    "made anew by the same line": "class Ear:\n    def __init__(self): king.connect(self.hear)\n"
    "    def hear(self, sender): ...\n"
    "def act():\n    ear = Ear()\n    ear = Ear()\n    king.send()",
    "not missed by a send": "def act():\n    def check():\n        def hear(sender): ...\n"
    "        king.connect(hear, 'x')\n    check()\n    king.send('y')",
    "died with its sender": "class Order:\n    def __init__(self): king.connect(self.paid, self)\n"
    "    def paid(self, sender): ...\ndef act():\n    Order()\n    king.send(app)",
    TWIN_LIVES: "class Extension:\n"
    "    def __init__(self, app):\n        app.extensions['ears'] = self\n"
    "        king.connect(self.hear)\n    def hear(self, sender, **p): ...\n"
    "Extension(app)\ndef act():\n    Extension(Flask('other'))\n    king.send(app)",
    "connected for a while": "def act():\n    with king.connected_to(lambda sender: 1): ...\n"
    "    king.send()",
}


def requested(signalcli: SignalCli) -> list[Any]:
    """Return what is found in the application with a request in the same process."""
    found: list[Any] = examined(signalcli, "--app", "shop", "--request", "GET /")["findings"]
    return found


@pytest.mark.parametrize("case", DEAD.values(), ids=DEAD.keys())
def test_a_receiver_that_died_in_a_request_is_found(signalcli: SignalCli, case: Case) -> None:
    assert traced(signalcli, case.code) == [case.found]
    assert requested(signalcli) == [case.found]


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(code, id=id_, marks=[SKIPS_NOISY_END] if id_ == TWIN_LIVES else [])
        for id_, code in ALIVE.items()
    ],
)
def test_a_receiver_that_was_not_missed_is_no_finding(signalcli: SignalCli, code: str) -> None:
    assert traced(signalcli, code) == []
    assert requested(signalcli) == []


def test_a_receiver_that_died_in_a_request_is_missing_in_the_next(signalcli: SignalCli) -> None:
    register = REGISTER.replace("def act", "@app.get('/register')\ndef connect").replace(
        "king.send(app)", "return ''"
    )
    application(signalcli, f"{register}\nact = king.send")

    found = examined(signalcli, "--app", "shop", "--request", "GET /register", "--request", "GET /")

    assert [(one["rule"], one["where"]) for one in found["findings"]] == [
        ("dead-receiver", "shop.py:9")
    ]


@pytest.mark.parametrize("connect", ["king.connect(lambda sender: 1)", "king.connect(list)"])
def test_a_plugin_of_a_program_loses_its_lambda(signalcli: SignalCli, connect: str) -> None:
    signalcli.write("plugin.py", PLUGIN.format(connect=connect))
    result = signalcli("trace", "run", "--json", "plugin.py")
    signalcli.write("trace.json", result.stdout)
    is_lost = "lambda" in connect

    for seen in (["--run", "plugin.py"], ["--trace", "trace.json"]):
        found = examined(signalcli, "--app", "plugin", *seen)

        assert "dead-receiver" in found["checked"]
        assert [(one["rule"], one["receiver"], one["where"]) for one in found["findings"]] == (
            [("dead-receiver", "plugin.register.<locals>.<lambda>", "plugin.py:6")] * is_lost
        )


def test_an_unheard_send_shows_which_receivers_died(signalcli: SignalCli) -> None:
    application(
        signalcli,
        f"{REGISTER}\n    king.send(app, gold=1)\n    king.send(signal('queen'))\n"
        "    king.connect(str)\n    king.send(app)",
    )
    trace = signalcli("trace", "request", "GET", "/", "--app", "shop", "--json").json
    shown = signalcli("trace", "request", "GET", "/", "--app", "shop").stdout

    kings = [event for event in trace["events"] if event["signal"] == "king"]
    assert [event["died"] for event in kings] == [["shop.py:9"]] * 4
    rows = [line for line in shown.splitlines() if line.startswith("│ king")]
    assert ["1 receiver died: shop.py:9" in row for row in rows] == [True, True, True, False]


FACTORY = """\
from blinker import signal
from flask import Flask

king = signal("king")
made = []

class Plugin:
    def __init__(self):
        king.connect(self.hear)
    def hear(self, sender, **payload): ...

{}

def create_app():
    app = Flask("shop")
    plugin = Plugin()
    {}

    @app.get("/")
    def index():
        king.send(app)
        return "ok"

    return app
"""


@pytest.mark.parametrize(
    ("at_import", "in_factory", "died"),
    [
        ("", "", ["shop.py:9"]),
        ("Plugin()", "made.append(plugin)", []),
        ("", "made.append(plugin)", []),
        ("king.connect(lambda sender: 1)", "made.append(plugin)", ["shop.py:12"]),
        ("king.connect(lambda sender: 1, sender='queen')", "made.append(plugin)", []),
        ("", "king.send()", []),
    ],
    ids=["factory", "replaced", "kept", "import", "other sender", "called"],
)
def test_a_send_of_a_request_shows_who_died_before_it(
    signalcli: SignalCli, at_import: str, in_factory: str, died: list[str]
) -> None:
    shop = FACTORY.format(at_import, in_factory)
    signalcli.write("shop.py", shop)

    result = signalcli("--app", "shop", "trace", "request", "/", "--then", "/", "--json")
    events = [event for line in result.stdout.splitlines() for event in json.loads(line)["events"]]

    assert [one.get("died", []) for one in events if one["signal"] == "king"] == [died] * 2
