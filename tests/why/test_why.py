"""``signalcli why``: each condition of a call, up to the first that is broken."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.test_flask_signals import FLASK, running
from tests.support.cli import SignalCli
from tests.support.scenario import prepare

SHOP = """\
from blinker import signal
from flask import Flask

app = Flask("shop")
ordered, paid, closed = signal("ordered"), signal("paid"), signal("closed")

@ordered.connect
def ship(sender, item=None, **extra): ...

@ordered.connect_via("shop")
def mail(sender, **extra): ...

@ordered.connect
def pack(sender): ...

@paid.connect
def fail(sender): raise ValueError("no money")

@paid.connect
def count(sender): ...

@paid.connect
async def report(sender): ...

def unused(sender): ...

def forgotten():
    closed.connect(unused)

class Service:
    def __init__(self): closed.connect(self.on_closed)
    def on_closed(self, sender): ...

def gone(sender): ...
paid.connect(gone)
paid.disconnect(gone)

def twice(sender): ...
class Other:
    @staticmethod
    def twice(sender): ...
closed.connect(twice)
closed.connect(Other.twice)

@app.post("/order")
def order():
    ordered.send(app, item="tea", gift=True)
    return "ok"

@app.post("/pay")
def pay():
    Service()
    paid.send(app)
    return "ok"

@app.post("/quiet")
def quiet():
    with ordered.muted():
        ordered.send("shop")
    return "ok"

@paid.connect_via
def bare(sender): ...

paid.disconnect(pack)
"""
LATE = """\
from shop import ordered

@ordered.connect
def late(sender): ...
"""
ORDER, PAY, QUIET = (("--request", f"POST /{path}") for path in ("order", "pay", "quiet"))


@pytest.fixture
def shop(signalcli: SignalCli) -> SignalCli:
    signalcli.write("shop.py", SHOP)
    signalcli.write("late.py", LATE)
    signalcli.environment["SIGNALCLI_APP"] = "shop"
    return signalcli


def states(answer: Any) -> list[tuple[str, str]]:
    """The steps that aren't ok, with the last of those that are."""
    steps = [(step["step"], step["state"]) for step in answer["steps"]]
    return [step for step in steps if step[1] != "ok"] or steps[-1:]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("receiver", "request_", "called", "last", "found"),
    [
        ("ship", ORDER, True, ("called", "ok"), "1 time"),
        (
            "mail", ORDER, False, ("filter matches", "broken"),
            "it listens only to shop; sent from <Flask 'shop'>"
        ),
        (
            "pack", ORDER, False, ("takes the payload", "broken"),
            "TypeError: pack() got an unexpected keyword argument 'item'"
        ),
        ("mail", QUIET, False, ("not muted", "broken"), "ordered was muted in the send"),
        (
            "count", PAY, False, ("reached", "broken"),
            "another receiver raised before it: shop.fail (ValueError: no money)"
        ),
        ("fail", PAY, True, ("called", "ok"), "1 time, and raised ValueError: no money"),
        ("unused", ORDER, False, ("connected", "broken"), "nothing connected it"),
        ("gone", PAY, False, ("connected", "broken"), "it was disconnected from paid at shop.py:36"),
        ("bare", PAY, False, ("connected", "broken"), "connect_via at shop.py:62 got it as the sender"),
        (
            "Service.on_closed", PAY, False, ("alive", "broken"),
            "it was deleted: nothing but a weak connection referenced it"
        ),
        ("late.py:late", ORDER, False, ("imported", "broken"), "late was never imported"),
        ("shop:twice", ORDER, False, ("signal sent", "broken"), "closed was never sent in 1 request"),
        ("ship", (), None, ("signal sent", "unknown"), "no send of ordered was seen"),
    ],
)  # fmt: skip
def test_the_first_broken_step_of_an_application(
    shop: SignalCli,
    receiver: str,
    request_: tuple[str, ...],
    called: bool | None,
    last: tuple[str, str],
    found: str,
) -> None:
    result = shop("why", receiver, *request_, "--json")

    answer = result.json
    assert (result.status, answer["called"]) == (1 if called is False else 0, called), answer
    assert (states(answer), answer["steps"][-1]["found"]) == ([last], found)
    assert (answer["remedy"] is None) == (called is not False)
    assert (answer["next"] is None) == (called is True)


@pytest.mark.slow
def test_a_saved_trace_and_flasks_command_answer_the_same(shop: SignalCli) -> None:
    shop("trace", "request", "POST", "/order", "--save", "trace.json")

    asked = shop("why", "shop:mail", *ORDER, "--json")

    assert shop("why", "shop:mail", "--trace", "trace.json", "--json").json == asked.json
    flask = running(shop, FLASK)("-A", "shop", "signals", "why", "shop:mail", *ORDER, "--json")
    assert (flask.status, flask.json["steps"]) == (1, asked.json["steps"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("receiver", "message"),
    [
        ("twice", "'twice' may be shop.twice, shop.Other.twice. Name one: "),
        ("shipp", "No receiver 'shipp'. Did you mean 'ship'? "),
    ],
)
def test_a_name_that_is_none_or_several(shop: SignalCli, receiver: str, message: str) -> None:
    result = shop("why", receiver)

    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {message}")


@pytest.mark.slow
def test_a_place_names_a_receiver_and_a_sender_object_is_asked_about(shop: SignalCli) -> None:
    result = shop("why", "shop.py:10", "--sender-object", "app")

    assert (result.status, result.stderr) == (1, "")
    assert result.stdout == (
        "shop.mail would not be called\n"
        "✓ defined            shop.py:10\n"
        "✓ imported           shop\n"
        "✓ connected          to ordered, sender shop, strongly, at shop.py:10\n"
        "✓ alive              the signal holds it\n"
        "✓ signal sent        ordered, from <Flask 'shop'>\n"
        "✗ filter matches     it listens only to shop; sent from <Flask 'shop'>\n"
        "Remedy: Send ordered from the sender that it listens to, or connect it to the one that sends.\n"
        "Next: signalcli --app shop inspect ordered\n"
    )


def test_a_session_is_asked(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", "animal", "--sender", "大象")

    unknown = signalcli.ok("why", "animal", "--json").json
    assert states(unknown) == [("signal sent", "unknown")]
    signalcli.ok("send", "king", "狮子")
    refused = signalcli("why", "animal", "--json")
    assert (refused.status, states(refused.json)) == (1, [("filter matches", "broken")])
    signalcli.ok("send", "king", "大象")
    assert signalcli.ok("why", "animal", "--json").json["called"] is True


@pytest.mark.parametrize(
    ("words", "status", "first"),
    [
        (("--signal", "king", "--sender", "狮子"), 1, "animal would not be called"),
        (("大象",), 0, "animal would be called"),
        (("--signal", "kign", "大象"), 2, ""),
    ],
)
def test_a_send_that_is_only_asked_about(
    signalcli: SignalCli, words: tuple[str, ...], status: int, first: str
) -> None:
    signalcli.ok("connect", "king", "animal", "--sender", "大象")

    result = signalcli("why", "animal", *words)

    assert (result.status, result.stdout.partition("\n")[0]) == (status, first)
    assert signalcli.ok("history").stdout == ""


def test_receivers_that_are_connected_to_nothing(signalcli: SignalCli) -> None:
    signalcli.ok("define", "king")

    document = json.loads(signalcli("why", "animal", "--json").stdout)
    asked = signalcli("why", "animal", "狮子")

    assert states(document) == [("connected", "broken")]
    assert asked.stderr == (
        "Error: animal isn't connected to a signal. Name the one that is sent, such as: "
        "signalcli why animal --signal king\n"
    )
    assert signalcli("why", "anmial").stderr.startswith("Error: No receiver 'anmial'.")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "king animal",
            "Error: No receiver 'king'. 'king' is a signal, which is written: --signal king. "
            + "See them all: signalcli receivers",
        ),
        ("animal king", "'king' is the sender here. A signal is written: --signal king"),
        ("animal king --signal king", ""),
        (
            "animal 口号＝巡山",
            "'口号＝巡山' is the sender, because ＝ is text. Payload is written: 口号=巡山",
        ),
    ],
)
def test_a_signal_among_the_words_is_noted(signalcli: SignalCli, words: str, message: str) -> None:
    signalcli.ok("connect", "king", "animal")

    assert signalcli("why", *words.split()).stderr.removesuffix("\n") == message


def test_each_signal_of_a_receiver_is_named(signalcli: SignalCli) -> None:
    code = """\
from blinker import signal
from flask import Flask

app = Flask("shop")
def hear(sender): ...
signal("paid").connect(hear)
signal("sent").connect(hear, sender="post")

@app.get("/")
def act():
    signal("paid").send(app)
    signal("sent").send("courier")
    return ""
"""
    signalcli.write("shop.py", code)
    line = "--app", "shop", "why", "hear", "--request", "/"

    answer = signalcli.ok(*line, "--json").json
    text = signalcli.ok(*line).stdout

    found = "it listens only to post; sent from courier"
    assert answer["called"] is True
    assert answer["others"] == [
        {"signal": "sent", "called": False, "step": "filter matches", "found": found}
    ]
    assert text.endswith(
        f"Also for sent: it was not called (filter matches: {found}). See --signal sent\n"
    )


def test_a_filter_that_is_gone_is_found_in_the_sends(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal --sender 大象; send king 大象; send king 狮子")
    signalcli.ok("disconnect", "king", "animal", "--sender", "大象")

    steps = {step["step"]: step for step in signalcli("why", "animal", "--json").json["steps"]}
    chinese = signalcli("--lang", "zh", "why", "animal").stdout

    assert steps["filter matches"]["found"] == "in 1 of 2 sends, from 大象"
    assert "2 次发送中有 1 次，来自大象" in chinese
