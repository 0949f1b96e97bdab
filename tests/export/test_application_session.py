"""``--app … export --format json``: an application as a session, for the playground."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import blinker
import pytest

from tests.conftest import SignalCli

APP = """\
from enum import Enum
from functools import partial, partialmethod
from blinker import Namespace, Signal, signal

events = Namespace()
registered = events.signal("user-registered", doc="Somebody came.")
king, roar = signal("king"), Signal()

class User:
    on_create = Signal()
    @classmethod
    def of_class(cls, sender, **payload): return "of class"
    @staticmethod
    def of_nobody(sender, **payload): return "of nobody"

class Mail:
    def hear(self, sender, **payload): return "mail"

class Way(str, Enum):
    EAST = "east"

def welcome(sender, **payload): return "welcome"
def audit(prefix, sender, **payload): return prefix
async def later(sender, **payload): return "later"
def closing():
    def inner(sender, **payload): ...
    return inner

audited = partial(audit, "x")
line = lambda sender, **payload: "line"
mail, thing = Mail(), User()
hidden = [closing()]

registered.connect(welcome)
registered.connect(mail.hear, sender="monkey")
registered.connect(mail.hear, sender=7)
registered.connect(audited, weak=False)
king.connect(later)
king.connect(welcome, sender=thing)
king.connect(line, sender=Way.EAST)
king.connect(hidden[0])
king.receiver_connected.connect(welcome)
roar.connect(User.of_class)
roar.connect(User.of_nobody, sender="x")
roar.disconnect(User.of_nobody, sender="x")
User.on_create.is_muted = True
"""


@pytest.fixture
def shop(signalcli: SignalCli) -> SignalCli:
    (signalcli.directory / "shop.py").write_text(APP, encoding="utf-8")
    return signalcli


def exported(cli: SignalCli, app: str = "shop") -> Any:
    """The signals of the exported session, but for blinker 1.8's own."""
    signals = json.loads(cli.ok("--app", app, "export", "--format", "json").stdout)["signals"]
    return {name: state for name, state in signals.items() if "blinker.base" not in name}


def test_an_application_is_exported_as_a_session(shop: SignalCli) -> None:
    plain = {"doc": None, "muted": False, "ordered": False}

    signals = exported(shop)

    for state in signals.values():
        state["receivers"] = dict(sorted(state["receivers"].items()))
        state["any"].sort()
    assert signals == {
        "king": {
            **plain,
            "receivers": {"shop:later": "weak", "shop:line": "weak"},
            "any": ["shop:later"],
            "buckets": [{"receivers": ["shop:line"], "senders": ["east"]}],
        },
        "king:receiver_connected": {
            **plain,
            "doc": "Emitted after a receiver connects.",
            "receivers": {"shop:welcome": "weak"},
            "any": ["shop:welcome"],
            "buckets": [],
        },
        "@shop.User.on_create": {
            **plain,
            "muted": True,
            "receivers": {},
            "any": [],
            "buckets": [],
        },
        "@shop.roar": {
            **plain,
            "receivers": {"shop:User.of_class": "weak", "shop:User.of_nobody": "weak"},
            "any": ["shop:User.of_class"],
            "buckets": [{"receivers": [], "senders": ["x"]}],
        },
        "shop/user-registered": {
            **plain,
            "doc": "Somebody came.",
            "receivers": {
                "shop:audited": "strong",
                "shop:mail.hear": "weak",
                "shop:welcome": "weak",
            },
            "any": ["shop:audited", "shop:welcome"],
            "buckets": [{"receivers": ["shop:mail.hear"], "senders": ["monkey", 7]}],
        },
    }


def test_what_a_session_cannot_hold_is_told(shop: SignalCli) -> None:
    notes = shop.ok("--app", "shop", "export", "--format", "json", "--json").json["notes"]

    assert notes == [
        "1 receiver was left out, because no import leads to it: shop.closing.<locals>.inner of king.",
        "1 connection was left out, because its sender is neither text nor an integer: "
        + "shop:welcome of king.",
    ]


def who_listens(view: Any) -> Any:
    """A view without what tells an application from a session: what it calls its receivers."""
    receivers = sorted(
        (receiver["weak"], receiver["async"], str(receiver["connections"]))
        for receiver in view["receivers"]
    )
    asked = [
        (row["any"], row["sender"], row["result"], len(row["receivers_for"]))
        for row in view["has_receivers_for"]
    ]
    return receivers, asked, [view[key] for key in ("kind", "doc", "muted", "ordered")]


def test_the_copy_is_heard_as_the_application_is(shop: SignalCli) -> None:
    (shop.directory / "shop.json").write_text(
        shop.ok("--app", "shop", "export", "--format", "json").stdout, encoding="utf-8"
    )

    imported = shop.ok("import", "shop.json")

    assert "shop:welcome isn't trusted here, and won't run." in imported.stderr
    for line in imported.stderr.splitlines()[1:]:
        shop.ok("receivers", "trust", line.split()[0])
    for theirs, ours in (
        ("shop/user-registered", "shop/user-registered"),
        ("shop.roar", "@shop.roar"),
        ("shop.User.on_create", "@shop.User.on_create"),
        ("king:receiver_connected", "king:receiver_connected"),
    ):
        there = shop.ok("--app", "shop", "inspect", theirs, "--json").json
        here = shop.ok("inspect", ours, "--json").json
        assert who_listens(there) == who_listens(here), ours
    sent = shop.ok("send", "shop/user-registered", "monkey", "--json").json["calls"]
    assert {call["receiver"]: call["value"] for call in sent} == {
        "shop:audited": "x",
        "shop:mail.hear": "mail",
        "shop:welcome": "welcome",
    }


def test_what_only_the_application_finds_is_imported_by_its_file(shop: SignalCli) -> None:
    (shop.directory / "inside").mkdir()
    (shop.directory / "shop.py").rename(shop.directory / "inside" / "boutique.py")

    signals = exported(shop, "inside/boutique.py")

    assert signals["king"]["any"] == ["inside/boutique.py:later"]


def test_signals_of_a_copy_of_blinker_are_told(signalcli: SignalCli) -> None:
    library = signalcli.directory / "bundle" / "blinker"
    shutil.copytree(Path(blinker.__file__).parent, library)
    (signalcli.directory / "bundle" / "__init__.py").write_text("")
    (signalcli.directory / "shop.py").write_text(
        "from bundle.blinker import signal\nk = signal('k')"
    )

    told = signalcli.ok("--app", "shop", "export", "--format", "json")

    assert '"bundle/k": {' in told.stdout
    assert "of blinker's is exported as blinker's own: " in told.stderr
