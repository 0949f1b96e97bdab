"""``signalcli doctor``: keys and parameters that don't meet, and similar code that is correct."""

from __future__ import annotations

import pytest

from tests.support.cli import SignalCli
from tests.support.doctor import Case, examined, traced

pytestmark = pytest.mark.slow


def waits(message: str, code: str, remedy: str | None = None) -> Case:
    remedy = remedy or "Send the key, take the key that is sent, or remove the parameter."
    message = f"shop.hear waits for {message}"
    return Case(code, "payload-key-never-sent", "shop.hear", "shop.py:7", message, remedy)


NO_SEND = "but no send of king had it in 1 request: the sends had"
KEYS = {
    "another key": waits(
        f"exc_info, {NO_SEND} exception.",
        "def hear(sender, exc_info=None, **p): ...\nking.connect(hear)\n"
        "def act(): king.send(app, exception=1)",
        "Take the key that is sent, exception.",
    ),
    "a misspelled key": waits(
        f"ammount, {NO_SEND} user, amount.",
        "def hear(sender, ammount=7, **p): ...\nking.connect(hear)\n"
        "def act(): king.send(app, user=1, amount=3)",
        "Take the key that is sent, amount.",
    ),
    "a key of a method, by keyword only": waits(
        f"note, {NO_SEND} no other key.",
        "class Ear:\n    def hear(self, sender, *, gold, note=''): ...\near = Ear()\n"
        "king.connect(ear.hear)\ndef act(): king.send(app, gold=1)",
    )._replace(
        receiver="shop.Ear.hear",
        where="shop.py:8",
        message=f"shop.Ear.hear waits for note, {NO_SEND} no other key.",
    ),
}


def lands(why: str, code: str, receiver: str = "shop.hear", **other: str) -> Case:
    first, because = why.split(": ", 1)
    message = f"{receiver} takes the sender of king as {first}: {because}."
    remedy = f"Let it take the sender first: (sender, {first}, …)."
    case = Case(code, "sender-in-payload", receiver, "shop.py:7", message, remedy, "error")
    return case._replace(**other)


GETS_APP = "it has a default like a key, and gets <Flask 'shop'>"
CLASH = "king is sent with a key of that name, so Python raises TypeError"
LANDS = {
    "a number": lands(
        f"x: {GETS_APP}",
        "def hear(x=0, y=0): ...\nking.connect(hear)\ndef act(): king.send(app, y=3)",
    ),
    "the value of a loop": lands(
        f"name: {GETS_APP}",
        "for name in 'a':\n    def hear(name=name, **p): ...\nking.connect(hear)\n"
        "def act(): king.send(app)",
        where="shop.py:8",
    ),
    "a first key whose default is None": lands(
        f"amount: {GETS_APP}",
        "def hear(amount=None, by=None): ...\nking.connect(hear)\ndef act(): king.send(app, by=3)",
        level="warning",
    ),
    "an object": lands(
        f"log: {GETS_APP}",
        "def hear(log=print): ...\nking.connect(hear)\ndef act(): king.send(app)",
        level="warning",
    ),
    "a key that is sent": lands(
        f"user: {CLASH}",
        "def hear(user, **p): ...\nking.connect(hear)\ndef act(): king.send(app, user=1)",
    ),
    "a key that is sent, of a method": lands(
        f"app: {CLASH}",
        "class Ear:\n    def hear(self, app, **p): ...\near = Ear()\nking.connect(ear.hear)\n"
        "def act(): king.send('x', app=1)",
        "shop.Ear.hear",
        where="shop.py:8",
    ),
    "a key that is sent, of a partial": lands(
        f"user: {CLASH}",
        "def hear(x, user, **p): ...\near = partial(hear, 1)\nking.connect(ear)\n"
        "def act(): king.send(app, user=1)",
        "partial(shop.hear)",
    ),
    "a key that is sent, of an object": lands(
        f"user: {CLASH}",
        "class Ear:\n    def __call__(self, user, **p): ...\near = Ear()\nking.connect(ear)\n"
        "def act(): king.send(app, user=1)",
        "shop.Ear()",
        where="shop.py:8",
    ),
    "a first key of a class": lands(
        f"to: {GETS_APP}",
        "class Mail:\n    def __init__(self, to=None, body=None): ...\nking.connect(Mail)\n"
        "def act(): king.send(app, body=1)",
        "shop.Mail",
        where="shop.py:8",
        level="warning",
    ),
}

PASS_FIRST = "Pass the sender by position where king is sent: send(sender, …), not send(sender=…)."
BY_KEYWORD = {
    "to a receiver that takes a sender": Case(
        "def hear(sender, **p): ...\nking.connect(hear)\ndef act(): king.send(sender=app)",
        "payload-not-taken",
        "shop.hear",
        "shop.py:7",
        "shop.hear does not accept the payload of king: TypeError: hear() got multiple values for "
        "argument 'sender'.",
        PASS_FIRST,
    ),
    "to one that takes any key": Case(
        "def hear(app, **p): ...\nking.connect(hear)\ndef act(): king.send(sender=app)",
        "sender-in-payload",
        None,
        None,
        "king was sent with sender=… by keyword: its sender is None, and receivers get a key called "
        "sender.",
        PASS_FIRST,
    ),
}

FINE = {
    "a key that is sent at times": "def hear(sender, gold=None, **p): ...\nking.connect(hear)\n"
    "def act(): king.send(app), king.send(app, gold=1)",
    "a receiver of two signals": "queen = signal('queen')\ndef hear(sender, gold=None, **p): ...\n"
    "king.connect(hear)\nqueen.connect(hear)\n"
    "def act(): king.send(app, iron=1), queen.send(app, gold=1)",
    "a receiver of a signal that wasn't sent": "queen = signal('queen')\n"
    "def hear(sender, gold=None, **p): ...\nking.connect(hear)\nqueen.connect(hear)\n"
    "def act(): king.send(app, iron=1)",
    "a default that only holds a value": "for name in 'a':\n    def hear(sender, name=name, **p): ...\n"
    "king.connect(hear)\ndef act(): king.send(app, gold=1)",
    "a key of another sender": "def hear(sender, gold=None): ...\nking.connect(hear, 'x')\n"
    "def act(): king.send('y', gold=1), king.send('x')",
    "a sender that may be left out": "def hear(sender=None, **p): ...\nking.connect(hear)\n"
    "def act(): king.send(app, gold=1), king.send()",
    "another name of the sender, before keys": "def hear(shop=None, *, gold): ...\nking.connect(hear)\n"
    "def act(): king.send('x', gold=1)",
    "another name of the sender": "def hear(app=None, gold=0): ...\ndef other(_=0, **p): ...\n"
    "def third(flask=None, gold=0): ...\nking.connect(hear), king.connect(other), king.connect(third)\n"
    "def act(): king.send(app, gold=1)",
    "a first parameter of any name": "def hear(position, **p): ...\nking.connect(hear)\n"
    "def act(): king.send(app, x=1)",
    "data as the sender": "def hear(level=0): ...\nking.connect(hear)\ndef act(): king.send(3)",
    "a key beside a parameter by position only": "def hear(user, /, **p): ...\nking.connect(hear)\n"
    "def act(): king.send(app, user=1)",
    "a partial that has the first parameter": "def hear(user, sender, gold=None): ...\n"
    "ear = partial(hear, 1)\nking.connect(ear)\ndef act(): king.send(app, gold=1)",
    "a partial with a key that isn't sent": "def hear(sender, gold=None, by=None): ...\n"
    "ear = partial(hear, by='x')\nking.connect(ear)\ndef act(): king.send(app, gold=1)",
    "a key called sender beside a sender": "def hear(by, **p): ...\nking.connect(hear)\n"
    "def act(): king.send(app, sender=1)",
}

CASES = {**KEYS, **LANDS, **BY_KEYWORD}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_keys_and_parameters_do_not_meet(signalcli: SignalCli, case: Case) -> None:
    assert traced(signalcli, case.code) == [case.found]


@pytest.mark.parametrize("code", FINE.values(), ids=FINE.keys())
def test_correct_parameters_are_no_finding(signalcli: SignalCli, code: str) -> None:
    rules = [finding["rule"] for finding in traced(signalcli, code)]

    assert [rule for rule in rules if rule != "never-sent"] == []


API = """\
from blinker import signal

king, queen = signal("king"), signal("queen")

@king.connect
def inject(context): ...

@queen.connect
def hear(sender): ...

if __name__ == "__main__":
    king.send({"album": "b"})
    queen.send({"album": "b"})
    signal("knight").send({"post": 1})
"""


def test_data_is_taken_as_the_sender_on_purpose_or_by_mistake(signalcli: SignalCli) -> None:
    """A library may hand over its data as the sender, to receivers that name it so."""
    signalcli.write("shop.py", API)
    signalcli.ok("trace", "run", "--save", "trace.json", "shop.py")

    found = examined(signalcli, "--app", "shop", "--trace", "trace.json")["findings"]

    assert [(one["rule"], one["signal"], one["level"]) for one in found] == [
        ("payload-as-sender", "queen", "error"),
        ("payload-as-sender", "knight", "warning"),
    ]
    assert "Only the trace has this signal: it may be a library's." in found[1]["message"]


def test_sends_of_signals_that_only_the_trace_has_are_checked(signalcli: SignalCli) -> None:
    signalcli.write(
        "shop.py",
        "from blinker import signal\nfrom flask import current_app\nother = signal('other')\n"
        "if __name__ == '__main__':\n"
        "    other.send(), signal('king').send({'a': 1}), signal('queen').send(current_app)\n",
    )
    signalcli.ok("trace", "run", "--save", "trace.json", "shop.py")

    found = examined(signalcli, "--app", "shop", "--trace", "trace.json")

    assert [(one["rule"], one["signal"]) for one in found["findings"]] == [
        ("payload-as-sender", "king"),
        ("sender-is-proxy", "queen"),
    ]
    assert {"payload-as-sender", "sender-is-proxy"} <= {*found["checked"]}


REPORTS = """\
from flask import Flask, got_request_exception

app = Flask("shop")
app.config["PROPAGATE_EXCEPTIONS"] = False

@got_request_exception.connect_via(app)
def report(sender, exc_info=None, **kwargs): ...

@app.get("/")
def index():
    raise ValueError("boom")
"""


def test_a_key_of_flasks_own_signal_has_another_name(signalcli: SignalCli) -> None:
    signalcli.write("shop.py", REPORTS)
    signalcli("trace", "request", "GET", "/", "--app", "shop", "--save", "trace.json")

    (found,) = examined(signalcli, "--app", "shop", "--trace", "trace.json")["findings"]

    assert (found["rule"], found["level"], found["where"]) == (
        "payload-key-never-sent",
        "warning",
        "shop.py:6",
    )
    assert "the sends had exception" in found["message"]


def test_a_receiver_that_gets_the_sender_as_a_key_has_one_finding(signalcli: SignalCli) -> None:
    found = traced(
        signalcli,
        "def draw(x=0, y=0, z=0): ...\nking.connect(draw)\ndef act(): king.send(app, y=3)",
    )

    assert [one["rule"] for one in found] == ["sender-in-payload"]
