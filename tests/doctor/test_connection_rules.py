"""``signalcli doctor --app``: what its rules about connections find, and similar code that is correct."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cli import SignalCli
from tests.support.doctor import GONE, Case, application, examined, finds

pytestmark = pytest.mark.slow


def dead(code: str, receiver: str, where: str) -> Case:
    return Case(code, "dead-receiver", receiver, where, receiver + GONE)


BY_CONNECTS = {
    "a lambda": dead("king.connect(lambda sender, **p: 1)", "shop.<lambda>", "shop.py:7"),
    "a partial": dead("king.connect(partial(print, 1))", "partial(builtins.print)", "shop.py:7"),
    "a method of a temporary": dead(
        "class Ear:\n    def hear(self, sender, **p): ...\nking.connect(Ear().hear)", "shop.Ear.hear",
        "shop.py:9"
    ),
    "a function in a function, by its sender": dead(
        "def setup():\n    def hear(sender, **p): ...\n    king.connect(hear, sender='x')\nsetup()",
        "shop.setup.<locals>.hear", "shop.py:9"
    ),
    "all but the last of a loop": dead(
        "for name in 'ab':\n    def hear(sender, **p): ...\n    king.connect(hear)", "shop.hear",
        "shop.py:9"
    ),
    "one that only a circle holds": dead(
        "class Ear:\n    def __init__(self): self.me = self\n    def hear(self, sender): ...\n"
        "king.connect(Ear().hear)",
        "shop.Ear.hear", "shop.py:10"
    ),
    "one of another sender than that of the send": dead(
        "def setup():\n    def hear(sender): ...\n    king.connect(hear, 'x')\n    king.send('y')\nsetup()",
        "shop.setup.<locals>.hear", "shop.py:9"
    ),
    "the receiver of another signal's method": dead(
        "def wire(ear):\n    king.connect_via('x', weak=True)(ear)\nwire(lambda sender: 1)",
        "shop.<lambda>", "shop.py:8"
    ),
    "0": Case(
        "def hear(sender, **p): ...\ntry: king.connect(hear, sender=0)\nexcept AssertionError: ...",
        "sender-zero", "shop.hear", "shop.py:8",
        "connect(shop.hear, sender=0) on king: 0 is blinker's internal id of ANY, so the receiver "
        "is connected to ANY, and blinker since 1.8 raises AssertionError."
    ),
    "disconnect of False": Case(
        "def hear(sender, **p): ...\nking.connect(hear)\nking.disconnect(hear, False)", "sender-zero",
        "shop.hear", "shop.py:9",
        "disconnect(shop.hear, sender=False) on king: False is blinker's internal id of ANY, so this "
        "ends all connections of the receiver."
    ),
    "an empty bucket": Case(
        "def hear(sender, **p): ...\nfor name in ('here', 'there'): king.connect(hear, name)\n"
        "king.disconnect(hear, 'there')",
        "stale-has-receivers-for", None, None,
        "king.has_receivers_for returns True for there, but no receiver would be called: disconnect "
        "left an empty entry."
    ),
}  # fmt: skip

NO_FINDING = {
    "disconnected, then gone": "hear = lambda sender: 1\nking.connect(hear)\nking.disconnect(hear)\n"
    "del hear",
    "disconnected from its sender, then gone": "hear = lambda sender: 1\n"
    "king.connect(hear, 'x')\nking.disconnect(hear, 'x')\nking._by_sender.clear()\ndel hear",
    "connected for a while": "with king.connected_to(lambda sender: 1): king.send()",
    "cleared": "hear = lambda sender: 1\nking.connect(hear)\nking._clear_state()\ndel hear",
    "called, then gone": "def setup():\n    heard = []\n    def hear(sender): heard.append(sender)\n"
    "    king.connect(hear, 'x')\n    king.send('x')\n    return heard\nsetup()",
    "held strongly": "king.connect(lambda sender: 1, weak=False)",
    "by a decorator": "@king.connect_via('x')\ndef hear(sender): ...\ndel hear",
    "replaced by the same line": "class Ear:\n    def __init__(self): king.connect(self.hear)\n"
    "    def hear(self, sender): ...\near = Ear()\near = Ear()",
    "a signal that is gone": "def setup():\n    from blinker import Signal\n"
    "    Signal().connect(lambda sender: 1)\nsetup()",
    "by another's strong connection": "def setup():\n    def hear(sender): ...\n"
    "    king.connect(hear)\n    signal('queue').connect(hear, weak=False)\nsetup()",
    "integers from 1": "def hear(sender): ...\nking.connect(hear, sender=True)\n"
    "king.connect(hear, sender=0.0)",
    "muted": "def hear(sender): ...\nking.connect(hear)\nking.is_muted = True",
}


@finds(BY_CONNECTS, NO_FINDING)
def test_an_application_is_watched_while_it_connects(
    signalcli: SignalCli, code: str, found: list[Any]
) -> None:
    application(signalcli, code)

    assert examined(signalcli, "--app", "shop")["findings"] == found


def test_what_a_factory_holds_stays_alive(signalcli: SignalCli) -> None:
    """The application that a factory made is held while it is looked at."""
    code = (
        "def make():\n    made = Flask('made')\n    made.hear = lambda sender, **p: 1\n"
        "    king.connect(made.hear)\n    return made"
    )
    application(signalcli, code)

    assert examined(signalcli, "--app", "shop:make")["findings"] == []


IN_FACTORY = """\
from blinker import signal
from flask import Flask

king = signal("king")

def create_app():
    app = Flask("made")
    app.narrow = narrow = lambda sender: 1
    king.connect(narrow)
    king.connect(lambda sender: 2)
    app.get("/")(lambda: str(king.send(app, gold=1)))
    return app
"""


def test_a_factory_is_called_as_for_a_request(signalcli: SignalCli) -> None:
    """What it connects is seen, and what the application that it makes holds lives."""
    signalcli.write("shop.py", IN_FACTORY)
    assert (
        signalcli("--app", "shop", "trace", "request", "GET", "/", "--save", "k.json").status == 1
    )

    for target in ("shop", "shop:create_app"):
        found = examined(signalcli, "--app", target, "--trace", "k.json")

        assert [(one["rule"], one["receiver"], one["where"]) for one in found["findings"]] == [
            ("dead-receiver", "shop.create_app.<locals>.<lambda>", "shop.py:10"),
            ("payload-not-taken", "shop.create_app.<locals>.<lambda>", "shop.py:8"),
        ]
        assert found["not_checked"] == []


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (
            "def create_app(): raise ValueError('no')",
            "The factory 'shop:create_app' fails, because shop.py:1 raises ValueError: no.",
        ),
        (
            "def create_app(name): ...",
            "The factory 'shop:create_app' can't be called without arguments: ",
        ),
    ],
)
def test_a_factory_that_fails_is_the_error_of_a_request(
    signalcli: SignalCli, code: str, error: str
) -> None:
    signalcli.write("shop.py", code)

    result = signalcli("--app", "shop", "doctor")

    assert (result.status, result.stdout) == (4, "")
    assert error in result.stderr
    traced = signalcli("--app", "shop", "trace", "request", "GET", "/").stderr
    assert result.stderr == f"{traced.rstrip()} It can be left uncalled: --no-factory\n"
    examined(signalcli, "--app", "shop", "--no-factory", "--quiet")


NO_APPLICATION = {
    "no application": "",
    "two applications": "from flask import Flask\none, other = Flask('one'), Flask('other')",
    "a factory of something else": "class Shop:\n    def __init__(self): king.connect(self.hear)\n"
    "    def hear(self, sender): ...\ndef create_app(): return Shop()",
}


@pytest.mark.parametrize("code", NO_APPLICATION.values(), ids=NO_APPLICATION.keys())
def test_without_one_application_what_was_imported_is_examined(
    signalcli: SignalCli, code: str
) -> None:
    head = "from blinker import signal\nking = signal('king')\nking.connect(lambda sender: 1)\n"
    signalcli.write("shop.py", head + code)

    found = examined(signalcli, "--app", "shop", "--quiet")["findings"]

    assert [(one["rule"], one["where"]) for one in found] == [("dead-receiver", "shop.py:3")]


def test_a_bucket_that_a_dead_receiver_left_is_reported_once(signalcli: SignalCli) -> None:
    code = "def hear(sender): ...\nking.connect(hear, 'y')\nking.connect(lambda sender: 1, 'x')"
    application(signalcli, code)

    found = examined(signalcli, "--app", "shop")["findings"]

    assert [(one["rule"], one["where"]) for one in found] == [("dead-receiver", "shop.py:9")]
