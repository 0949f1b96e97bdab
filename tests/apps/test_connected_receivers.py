"""``receivers --app``: what a function, a module or a file of an application listens to."""

from __future__ import annotations

import re

import pytest

from tests.support.cli import SignalCli

pytestmark = pytest.mark.slow

SHOP = """\
from blinker import signal
from shop import handlers
from shop.audit import Audit, listener
import mailer

ordered, paid = signal("ordered"), signal("paid")
audit = Audit()
ordered.connect(handlers.on_order, sender="web")
ordered.connect(handlers.on_order, sender=5)
paid.connect(handlers.on_order, weak=False)
paid.connect(audit.record)
paid.connect(mailer.send_mail)
ordered.connect(listener, weak=False)
paid.connect(ordered.send)
ordered.receiver_connected.connect(handlers.on_connect)
"""
AUDIT = """\
import functools

class Audit:
    def record(self, sender, **payload):
        "Writes it down."

def write(sender, **payload): ...
listener = functools.partial(write, note="x")
"""
HANDLERS = "def on_order(sender, **payload): ...\ndef on_connect(sender, **payload): ...\n"
NAMES = [
    "partial(shop.audit.write)",
    "shop.audit.Audit.record",
    "shop.handlers.on_connect",
    "shop.handlers.on_order",
    "mailer.send_mail",
    "ordered.send",
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """``--app shop`` has five receivers of its own and one of a package. No test changes it."""
    signalcli = SignalCli(tmp_path_factory.mktemp("receivers"))
    for name, text in {
        "shop/__init__.py": SHOP,
        "shop/audit.py": AUDIT,
        "shop/handlers.py": HANDLERS,
        "site-packages/mailer.py": "def send_mail(sender, **payload): ...\n",
    }.items():
        path = signalcli.directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    signalcli.environment["PYTHONPATH"] = str(signalcli.directory / "site-packages")
    return signalcli


def names(shop: SignalCli, *words: str) -> list[str]:
    listed = shop.ok("receivers", *words, "--app", "shop", "--json").json["receivers"]
    return [receiver["receiver"] for receiver in listed]


def test_every_receiver_is_listed_the_applications_own_first(shop: SignalCli) -> None:
    listed = shop.ok("receivers", "--app", "shop", "--json").json["receivers"]

    assert [receiver["receiver"] for receiver in listed] == NAMES
    assert [receiver["own"] for receiver in listed] == [True] * 4 + [False] * 2
    assert shop.ok("receivers", "--app", "shop").stdout.count("\n├") == 1


def test_a_receiver_has_its_connections_to_each_signal(shop: SignalCli) -> None:
    (on_order,) = shop.ok("--app", "shop", "receivers", "on_order", "--json").json["receivers"]
    view = shop.ok("--app", "shop", "inspect", "ordered", "--json").json["receivers"][0]

    senders = [{"any": False, "sender": "web"}, {"any": False, "sender": 5}]
    del view["weak"], view["connected_at"]
    assert on_order == {
        **view,
        "own": True,
        "connections": [
            {"signal": "ordered", "weak": True, "connections": senders},
            {"signal": "paid", "weak": False, "connections": [{"any": True, "sender": None}]},
        ],
    }


def test_the_table_has_a_row_for_each_signal(shop: SignalCli) -> None:
    table = shop.ok("--app", "shop", "receivers", "on_order").stdout

    rows = [re.split(r" *│ *", line)[1:-1] for line in table.splitlines() if line[0] == "│"]
    assert rows == [
        ["receiver", "signal", "listens to", "held", "defined at"],
        ["shop.handlers.on_order", "ordered", "web, 5", "weakly", "shop/handlers.py:1"],
        ["", "paid", "ANY", "strongly", ""],
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("shop.handlers", NAMES[2:4]),
        ("handlers", NAMES[2:4]),
        ("shop/handlers.py", NAMES[2:4]),
        ("handlers.py", NAMES[2:4]),
        ("shop/handlers.py:2", NAMES[2:3]),
        ("shop.handlers:on_order", NAMES[3:4]),
        ("shop.audit", NAMES[:2]),
        ("Audit", NAMES[1:2]),
        ("write", NAMES[:1]),
        ("*order*", [NAMES[3], NAMES[5]]),
        ("mailer", NAMES[4:5]),
    ],
)
def test_a_name_chooses(shop: SignalCli, typed: str, expected: list[str]) -> None:
    assert names(shop, typed) == expected
    assert names(shop, "show", typed) == expected


def test_what_no_receiver_has_is_an_error(shop: SignalCli) -> None:
    assert shop.refused("--app shop receivers handlrs.on_order") == (
        "No connected receiver 'handlrs.on_order' in application 'shop'. Did you mean "
        "'shop.handlers.on_order'? See all 6: signalcli --app shop receivers"
    )


def test_an_application_without_receivers_says_so(shop: SignalCli) -> None:
    shown = shop.ok("--app", "mailer", "receivers")

    assert shown.stdout == ""
    assert shown.stderr == "No receivers in application 'mailer'.\n"


def test_commands_of_a_session_stay_commands(shop: SignalCli) -> None:
    refused = shop("--app", "shop", "receivers", "add", "herald")

    assert refused.status == 2
    assert "works on a session" in refused.stderr
