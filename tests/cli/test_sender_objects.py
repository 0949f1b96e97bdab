"""``--sender-object``: an object of the application as the sender."""

from __future__ import annotations

import pytest

from tests.support.cli import SignalCli
from tests.support.histories import documents

pytestmark = pytest.mark.slow

SHOP = """\
from blinker import signal
from flask import Flask

saved = signal("saved")

def create_app():
    app = Flask("shop")
    app.stock = {"tea": 1}

    @saved.connect_via(app)
    def for_app(sender, **payload): ...

    app.keep = for_app
    return app
"""

MODELS = """\
import enum
from functools import cached_property
from shop import saved
from werkzeug.local import LocalProxy

print("importing models")

class Kind(enum.Enum):
    TEA = "tea"

class Model:
    __slots__ = ("id",)
    name = "a model"
    limit: int

    @property
    def owner(self): return print("owner ran") or "an owner"

    @cached_property
    def late(self): return print("late ran") or "late"

    def save(self): ...

    @classmethod
    def load(cls): ...

class Order(Model):
    pass

class Lazy:
    def __getattr__(self, name):
        if name.startswith("x"):
            print("getattr ran")
            return name
        raise AttributeError(name)

class Fails:
    @property
    def gone(self): raise OSError("no database")

order = Order()
order.id = 5
order.note = {"text": "fragile"}
lazy, fails, proxy = Lazy(), Fails(), LocalProxy(lambda: order)
nothing = None

@saved.connect_via(Order)
def for_orders(sender, **payload): ...
"""


@pytest.fixture
def shop(signalcli: SignalCli) -> SignalCli:
    signalcli.write("shop.py", SHOP)
    signalcli.write("models.py", MODELS)
    return signalcli


APP = ("--app", "shop", "--sender-object")
CALLED = "signalcli called shop.create_app().\n"
IMPORTED = "importing models\nsignalcli imported models.\n"


def lines(text: str) -> list[str]:
    """Return the lines in any order: notes and what the application prints are written apart."""
    return sorted(text.splitlines())


@pytest.mark.parametrize("command", ["explain saved", "send saved --yes"])
def test_a_send_is_from_the_application_that_was_found(shop: SignalCli, command: str) -> None:
    sent = shop.ok(*command.split(), *APP, "app", "--json")

    calls = {call["receiver"]: call["outcome"] for call in sent.json["calls"]}
    outcome = "would_call" if command.startswith("explain") else "returned"
    assert calls == {"shop.create_app.<locals>.for_app": outcome}
    assert "Flask" in sent.json["sender"]
    assert "0x" not in sent.json["sender"]
    assert sent.stderr == CALLED


def test_the_sender_of_many_sends_can_be_an_object(shop: SignalCli) -> None:
    run = shop.ok("send", "saved", "--count", "3", "--yes", *APP, "app")
    sent = shop.ok("send", "saved", "--count", "2", "--yes", *APP, "app", "--json")

    assert run.stdout.startswith("saved ← <")
    assert "SenderObject" not in run.stdout + sent.stdout
    sends = documents(sent.stdout)
    assert [one["calls"][0]["outcome"] for one in sends] == ["returned"] * 2


def test_a_proxy_is_the_sender_and_not_its_object(shop: SignalCli) -> None:
    """As in a send with ``current_app``, which no receiver of the application hears."""
    explained = shop.ok("explain", "saved", *APP, "flask:current_app", "--json")

    assert "LocalProxy" in explained.json["sender"]
    assert [call["outcome"] for call in explained.json["calls"]] == ["skipped"]
    assert explained.stderr == CALLED


def test_inspect_asks_about_objects_each_once(shop: SignalCli) -> None:
    objects = ("models:Order", "--sender-object", "models:Kind.TEA", "--sender-object", "app")
    inspected = shop.ok("inspect", "saved", *APP, *objects, "--sender", "x", "--json")

    rows = inspected.json["has_receivers_for"]
    assert len(rows) == 5  # ANY, the application, Order, x and the member of the enumeration
    found = {str(row["sender"]): row["receivers_for"] for row in rows if row["result"]}
    assert sorted(found.values()) == [["models.for_orders"], ["shop.create_app.<locals>.for_app"]]
    assert "<class 'models.Order'>" in found
    assert lines(inspected.stderr) == lines(CALLED + IMPORTED)


RAN = "signalcli ran the"


ATTRIBUTES = {
    **dict.fromkeys(
        (
            *("models:Order", "models:order", "models:order.id", "models:order.note"),
            *("models:order.save", "models:Order.load", "models:Order.name", "models:Order.owner"),
            *("models.py:Kind", "models:nothing", "models:Model.owner"),
        ),
        "",
    ),
    "models:order.owner": (
        f"owner ran\n{RAN} property of models.Order that gives models:order.owner.\n"
    ),
    "models:order.late": (
        f"late ran\n{RAN} cached_property of models.Order that gives models:order.late.\n"
    ),
    "models:lazy.xyz": f"getattr ran\n{RAN} code of models.Lazy that gives models:lazy.xyz.\n",
    "models:proxy.id": f"{RAN} code of werkzeug.local.LocalProxy that gives models:proxy.id.\n",
}


@pytest.mark.parametrize("expression", ATTRIBUTES)
def test_only_code_that_is_asked_for_runs_with_a_note(shop: SignalCli, expression: str) -> None:
    explained = shop.ok("explain", "saved", *APP, expression)

    assert lines(explained.stderr) == lines(CALLED + IMPORTED + ATTRIBUTES[expression])


def test_an_attribute_of_the_application_is_found(shop: SignalCli) -> None:
    explained = shop.ok("explain", "saved", *APP, "app.stock", "--json")

    assert explained.json["sender"] == {"tea": 1}
    assert [call["outcome"] for call in explained.json["calls"]] == ["skipped"]


EXAMPLE = "For example: --sender-object shop.models:Order"


IS_APP_OR = "A sender object is app, or what can be imported, module:name, and"


NOT_AN_OBJECT = "is neither an object's name nor one of its attributes."


ERRORS = {
    "ap": (2, f"{IS_APP_OR} 'ap' is neither. Did you mean --sender-object app?"),
    "models.Order": (
        2,
        f"{IS_APP_OR} 'models.Order' is neither. Did you mean --sender-object models:Order?",
    ),
    "1 + 1": (2, f"{IS_APP_OR} '1 + 1' is neither. {EXAMPLE}"),
    "models:Order()": (
        2,
        "'models:Order()' is a call, and this takes a name. "
        + "Did you mean --sender-object models:Order?",
    ),
    "models:order[0]": (2, f"'order[0]' {NOT_AN_OBJECT} {EXAMPLE}"),
    "models:": (
        2,
        f"A sender object needs a name after its colon, and 'models:' has none. {EXAMPLE}",
    ),
    "modles:Order": (2, "Did you mean --sender-object models:Order?"),
    "models:Modle": (2, "No 'Modle' in 'models'. Did you mean --sender-object models:Model?"),
    "models:order.nmae": (
        2,
        "No 'nmae' in 'models:order'. Did you mean --sender-object models:order.name?",
    ),
    "models:lazy.y": (2, "No 'y' in 'models:lazy'. It has no attributes."),
    "models:Order.limit": (2, "No 'limit' in 'models:Order'. There are: "),
    "models:fails.gone": (
        4,
        "The attribute 'models:fails.gone' fails, because models.py:39 raises OSError: no database.",
    ),
    "app.stok": (2, "No 'stok' in 'app'. Did you mean --sender-object app.stock?"),
}


@pytest.mark.parametrize("expression", ERRORS)
def test_what_is_not_there_is_reported_with_what_is(shop: SignalCli, expression: str) -> None:
    refused = shop("inspect", "saved", *APP, expression)

    status, message = ERRORS[expression]
    assert (refused.status, refused.stdout) == (status, "")
    assert message in refused.stderr


def test_without_an_application_there_is_no_object(shop: SignalCli) -> None:
    shop.write("two.py", "from flask import Flask\na, b = Flask('a'), Flask('b')")

    for command in ("inspect", "explain king", "send king"):
        refused = shop(*command.split(), "--sender-object", "app")

        assert refused.status == 2
        assert "a session has none. Name the application: --app shop:app" in refused.stderr
    unmade = shop("inspect", "saved", *APP, "app", "--no-factory")
    several = shop("inspect", "flask/request-started", "--app", "two", "--sender-object", "app")
    assert (unmade.status, several.status) == (4, 4)
    assert "No application in 'shop' without shop.create_app()" in unmade.stderr
    assert "There are 2 applications in 'two': a, b. Name one: --app two:a" in several.stderr


def test_a_send_has_one_sender_of_either_kind(shop: SignalCli) -> None:
    for words in (("x",), ("--sender", "x"), ("--sender-object", "models:Order")):
        refused = shop("send", "saved", *words, *APP, "app")

        assert refused.status == 2
        assert "A send has one sender, not " in refused.stderr


def test_a_list_of_senders_leaves_no_place_for_an_object(shop: SignalCli) -> None:
    shop.write("senders.txt", "x\n")

    refused = shop("send", "saved", "--lines", "senders.txt", *APP, "app")

    assert refused.status == 2
    assert "--lines gives the sender of each send. Leave out the sender." in refused.stderr
