"""The names by which ``signalcli why`` finds a receiver, and receivers of one name."""

from __future__ import annotations

import pytest

from tests.support.cli import SignalCli

SHOP = """\
from functools import partial
from blinker import signal
from flask import Flask

app = Flask("shop")
paid, closed = signal("paid"), signal("closed")

def mail(sender, n=1, **payload): ...
part = partial(mail, n=2)
paid.connect(part)

first = lambda sender, **payload: 1
paid.connect(first)
second = lambda sender, **payload: 2
paid.connect(second, sender="nope")

class Service:
    def __call__(self, sender, **payload): ...
    def on(self, sender, **payload): ...

service = Service()
paid.connect(service)
paid.connect(
    service.on
)

def notifier(channel):
    def notify(sender, **payload): return channel
    return notify

for channel in ("mail", "push"):
    paid.connect(notifier(channel), channel, weak=False)

@app.get("/")
def index():
    paid.send(app)
    paid.send("mail")
    return "ok"
"""


@pytest.fixture
def shop(signalcli: SignalCli) -> SignalCli:
    signalcli.write("shop.py", SHOP)
    signalcli.environment["SIGNALCLI_APP"] = "shop"
    return signalcli


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "receiver", "defined", "called"),
    [
        ("part", "partial(shop.mail)", "shop.py:8", True),
        ("shop:part", "partial(shop.mail)", "shop.py:8", True),
        ("shop.py:10", "partial(shop.mail)", "shop.py:8", True),
        ("first", "shop.<lambda>", "shop.py:12", True),
        ("shop.py:14", "shop.<lambda>", "shop.py:14", False),
        ("shop.py:15", "shop.<lambda>", "shop.py:14", False),
        ("shop.second", "shop.<lambda>", "shop.py:14", False),
        ("service", "shop.Service()", "shop.py:18", True),
        ("service.on", "shop.Service.on", "shop.py:19", True),
    ],
)
def test_a_receiver_is_found_as_its_connect_writes_it(
    shop: SignalCli, typed: str, receiver: str, defined: str, called: bool
) -> None:
    answer = shop("why", typed, "--request", "/", "--json").json

    found = [step["found"] for step in answer["steps"][:2]]
    assert (answer["receiver"], found) == (receiver, [defined, "shop"])
    assert answer["called"] is called


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (
            "<lambda>",
            "'<lambda>' may be shop.py:12, shop.py:14. Name one: signalcli --app shop why shop.py:12\n",
        ),
        (
            "lambda",
            "No receiver 'lambda'. Did you mean '<lambda>'? Type it quoted: signalcli --app shop why '<lambda>'\n",
        ),
        (
            "notices",
            "No receiver 'notices'. See the receivers that are connected: signalcli --app shop receivers\n",
        ),
        (
            "paid",
            (
                "No receiver 'paid'. 'paid' is a signal, which is written: --signal paid. See the receivers that are connected: "
                "signalcli --app shop receivers\n"
            ),
        ),
    ],
)
def test_a_name_of_several_or_none(shop: SignalCli, typed: str, message: str) -> None:
    result = shop("why", typed)

    assert (result.status, result.stdout, result.stderr) == (2, "", f"Error: {message}")


@pytest.mark.slow
def test_receivers_of_one_place_are_counted(shop: SignalCli) -> None:
    answer = shop("why", "notify", "--request", "/", "--json").json

    steps = {step["step"]: step for step in answer["steps"]}
    assert answer["called"] is True
    assert steps["connected"]["evidence"] == ["2 receivers of this name"]
    assert steps["filter matches"]["found"] == "in 1 of 2 sends; it listens to mail, push"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mial", "mail"),
        ("receivers.py:mial", "receivers.py:mail"),
        ("recievers.py:mail", "receivers.py:mail"),
        ("recievers:mail", "receivers:mail"),
        ("store.recievers:mail", "store.receivers:mail"),
        ("store.receivers.mial", "store.receivers.mail"),
    ],
)
def test_a_misspelt_receiver_of_a_module_that_was_not_imported(
    signalcli: SignalCli, typed: str, meant: str
) -> None:
    package = signalcli.directory / "store"
    package.mkdir()
    (package / "__init__.py").write_text("from flask import Flask\napp = Flask('store')\n")
    (package / "receivers.py").write_text(
        "from blinker import signal\ndef main(): ...\n@signal('paid').connect\ndef mail(sender): ...\n"
    )

    assert f"No receiver '{typed}'. Did you mean '{meant}'?" in signalcli.refused(
        f"--app store why {typed}"
    )


def test_a_misspelt_program_is_suggested(signalcli: SignalCli) -> None:
    signalcli.write("worker.py", "")

    refused = signalcli("trace", "run", "workr.py")

    assert refused.status == 2
    assert refused.stderr.startswith("Error: No program 'workr.py'. Did you mean 'worker.py'? ")


NAMESAKES = """from blinker import signal
from flask import Flask

app = Flask("twins")
paid = signal("paid")

def make(number):
    def hear(sender): return number
    return hear

def other():
    def hear(sender): ...
    return hear

one, two = make(1), {second}
two.__qualname__ = one.__qualname__
paid.connect(one{first_filter})
paid.connect(two)

@app.get("/")
def act():
    paid.send({sender})
    return ""
"""
ALL = ", which counts all 2 receivers of this name"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("second", "first_filter", "sender", "typed", "found"),
    [
        ("make(2)", "", "app", "hear", f"2 times{ALL}"),
        ("other()", "", "app", "twins.py:8", f"2 times{ALL}"),
        ("make(2)", ", 'x'", "app", "hear", "1 time"),
    ],
)
def test_calls_that_are_of_several_receivers_of_a_name(
    signalcli: SignalCli, second: str, first_filter: str, sender: str, typed: str, found: str
) -> None:
    code = NAMESAKES.format(second=second, first_filter=first_filter, sender=sender)
    signalcli.write("twins.py", code)

    answer = signalcli.ok("--app", "twins", "why", typed, "--request", "/", "--json").json

    assert answer["steps"][-1]["found"] == found
