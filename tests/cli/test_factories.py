"""Every command looks into an application as ``flask`` makes it."""

from __future__ import annotations

import sys

import pytest

from tests.support.applications import SKIPS_OWN_SIGNALS
from tests.support.cli import SignalCli

pytestmark = pytest.mark.slow

SHOP = """\
from blinker import Namespace, signal
from flask import Flask

login = Namespace()
logged_in = login.signal("logged-in")
paid = signal("paid")

def create_app(name="shop"):
    app = Flask(name)

    @logged_in.connect_via(app)
    def seen(sender, **payload): ...

    app.post("/login")(lambda: str(logged_in.send(app)))
    return app
"""

PLUGIN = """\
from shop import paid

def count(sender, **payload): ...

def register(wait=0):
    paid.connect(count)
"""

CALLED = "signalcli called shop.create_app().\n"
LEFT = "shop.create_app() was not called, because of --no-factory.\n"
NOT_CALLED = "it has no receivers, and shop.create_app() was not called."
COMMANDS = (
    *("inspect logged-in", "list", "graph logged-in", "explain logged-in shop"),
    *("send logged-in shop --yes", "send logged-in shop --count 2 --yes"),
    *("export mermaid", "export json", "doctor", "trace request POST /login"),
)


@pytest.fixture
def shop(signalcli: SignalCli) -> SignalCli:
    signalcli.write("shop.py", SHOP)
    signalcli.write("plugin.py", PLUGIN)
    return signalcli


@pytest.mark.parametrize("command", ["list", "inspect", "graph", "receivers", "doctor"])
def test_of_several_applications_all_are_named(signalcli: SignalCli, command: str) -> None:
    signalcli.write("two.py", "from flask import Flask\na, b = Flask('a'), Flask('b')")

    result = signalcli.ok("--app", "two", *command.split())

    sentence = "There are 2 applications in 'two': a, b. Name one: --app two:a\n"
    assert result.stderr.startswith(sentence)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_calls_the_factory_and_says_so(shop: SignalCli, command: str) -> None:
    result = shop("--app", "shop", *command.split())
    quiet = shop("--app", "shop", *command.split(), "--quiet")

    assert (result.status, quiet.status) == (0, 0)
    assert result.stderr.startswith(CALLED)
    assert CALLED not in quiet.stderr
    if command not in ("doctor", "list"):
        assert "seen" in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("inspect logged-in", "It has no receivers, and shop.create_app() was not called."),
        ("graph logged-in", "no receivers, and shop.create_app() was not called"),
        ("explain logged-in", f"No receiver would be called: {NOT_CALLED}"),
        ("send logged-in", f"No receiver was called: {NOT_CALLED}"),
        ("send logged-in --count 2", f"No receiver was called: {NOT_CALLED}"),
    ],
)
def test_for_an_application_that_was_not_made_each_command_names_the_factory(
    shop: SignalCli, command: str, says: str
) -> None:
    before = shop("--no-factory", "--app", "shop", *command.split())
    after = shop(*command.split(), "--app", "shop", "--no-factory")

    assert (before.status, before.stderr.partition("\n")[0]) == (0, LEFT.strip())
    assert says in " ".join(before.stdout.split())
    assert says in " ".join(after.stdout.split())


def test_an_application_that_was_not_made_is_not_reported_as_connecting_nothing(
    shop: SignalCli,
) -> None:
    found = shop("--app", "shop", "--no-factory", "doctor")
    listed = shop("--app", "shop", "--no-factory", "receivers")

    clause = "and shop.create_app() was not called."
    assert f"No connects were recorded, {clause}" in found.stderr
    assert "connected nothing" not in found.stderr
    assert listed.stderr == f"{LEFT}No receivers in application 'shop', {clause}\n"


@SKIPS_OWN_SIGNALS
def test_without_a_signal_it_says_that_the_application_was_not_made(signalcli: SignalCli) -> None:
    signalcli.write("bare.py", "def create_app(): ...")

    listed = signalcli.ok("--app", "bare", "list", "--no-factory")

    assert "its import made none, and bare.create_app() was not called." in listed.stderr


def test_hints_keep_the_options_of_the_application(shop: SignalCli) -> None:
    options = f"--app shop --setup plugin:register --no-factory --python {sys.executable}"

    refused = shop(*options.split(), "inspect", "payd")

    assert (refused.status, refused.stdout) == (2, "")
    assert f"signalcli {options} list" in refused.stderr


def test_setup_functions_connect_what_the_application_does_not(shop: SignalCli) -> None:
    setups = ("--setup", "plugin:register", "--setup", "plugin:register(wait=1)")

    without = shop.read("--app shop inspect paid")
    inspected = shop.ok("--app", "shop", *setups, "inspect", "paid", "--json")
    after = shop.ok("inspect", "paid", "--json", *setups, "--app", "shop")

    assert without["receivers"] == []
    assert [one["receiver"] for one in inspected.json["receivers"]] == ["plugin.count"]
    assert inspected.json == after.json
    assert inspected.stderr == (
        f"{CALLED}signalcli called plugin.register().\nsignalcli called plugin.register(wait=1).\n"
    )


def test_a_request_needs_no_name_where_flask_needs_none(shop: SignalCli) -> None:
    shop.write("wsgi.py", "from shop import create_app\napplication = create_app()")

    found = shop.ok("trace", "request", "POST", "/login", "--setup", "plugin:register")
    named = shop("trace", "request", "POST", "/login", environment={"FLASK_APP": "shop"})

    assert found.stdout.startswith("POST /login → 200 OK")
    assert found.stderr == (
        "Without --app, the application is that of wsgi.py.\nsignalcli called plugin.register().\n"
    )
    assert named.stderr == f"Without --app, the application is that of FLASK_APP: shop\n{CALLED}"
    assert shop.read("list") == {"signals": []}
