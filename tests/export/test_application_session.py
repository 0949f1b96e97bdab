"""``--app … export json``: an application as a session, for the playground."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import blinker
import pytest

from tests.support.cli import SignalCli

pytestmark = pytest.mark.slow

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
    def of_none(sender, **payload): return "of none"

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
roar.connect(User.of_none, sender="x")
roar.disconnect(User.of_none, sender="x")
User.on_create.is_muted = True
"""


@pytest.fixture
def shop(signalcli: SignalCli) -> SignalCli:
    signalcli.write("shop.py", APP)
    return signalcli


def exported(cli: SignalCli, app: str = "shop") -> Any:
    """Return the signals of the exported session, without blinker 1.8's own."""
    signals = json.loads(cli.ok("--app", app, "export", "--format", "json").stdout)["signals"]
    return {name: state for name, state in signals.items() if "blinker.base" not in name}


def state(
    weak: str, any_: str = "", *buckets: tuple[list[str], list[Any]], strong: str = "", **more: Any
) -> dict[str, Any]:
    """Return the state of a signal with some receivers, those of ``ANY``, and buckets."""
    return {
        "doc": None,
        "muted": False,
        "ordered": False,
        "receivers": {
            **dict.fromkeys(strong.split(), "strong"),
            **dict.fromkeys(weak.split(), "weak"),
        },
        "any": any_.split(),
        "buckets": [{"receivers": names, "senders": senders} for names, senders in buckets],
        **more,
    }


def test_an_application_is_exported_as_a_session(shop: SignalCli) -> None:
    signals = exported(shop)

    for each in signals.values():
        each["any"].sort()
    line, mail = (["shop:line"], ["east"]), (["shop:mail.hear"], ["monkey", 7])
    doc = "Emitted after a receiver connects."
    assert signals == {
        "king": state("shop:later shop:line", "shop:later", line),
        "king:receiver_connected": state("shop:welcome", "shop:welcome", doc=doc),
        "@shop.User.on_create": state("", muted=True),
        "@shop.roar": state(
            "shop:User.of_class shop:User.of_none", "shop:User.of_class", ([], ["x"])
        ),
        "shop/user-registered": state(
            *("shop:mail.hear shop:welcome", "shop:audited shop:welcome", mail),
            strong="shop:audited",
            doc="Somebody came.",
        ),
    }


def test_what_a_session_cannot_hold_is_reported(shop: SignalCli) -> None:
    notes = shop.read("--app shop export --format json")["notes"]

    assert notes == [
        "1 receiver was left out, because no import leads to it: shop.closing.<locals>.inner of king.",
        "1 connection was left out, because its sender is neither text nor an integer: "
        + "shop:welcome of king.",
    ]


def who_listens(view: Any) -> Any:
    """Return a view without the names of receivers, which differ between application and session."""
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
    shop.write("shop.json", shop.ok("--app", "shop", "export", "--format", "json").stdout)

    imported = shop.ok("import", "shop.json")

    assert imported.stderr.endswith(": signalcli receivers trust --all-of shop.json\n")
    trusted = shop.ok("receivers", "trust", "--all-of", "shop.json", "--yes").stderr
    assert f"shop:welcome  runs from {shop.directory / 'shop.py'}\n" in trusted
    roots = {"shop.roar": "@shop.roar", "shop.User.on_create": "@shop.User.on_create"}
    for theirs in ("shop/user-registered", "king:receiver_connected", *roots):
        there = shop.read(f"--app shop inspect {theirs}")
        here = shop.read(f"inspect {roots.get(theirs, theirs)}")
        assert who_listens(there) == who_listens(here), theirs
    sent = shop.read("send shop/user-registered monkey")["calls"]
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


def test_signals_of_a_copy_of_blinker_are_reported(signalcli: SignalCli) -> None:
    library = signalcli.directory / "bundle" / "blinker"
    shutil.copytree(Path(blinker.__file__).parent, library)
    signalcli.write("bundle/__init__.py", "")
    signalcli.write("shop.py", "from bundle.blinker import signal\nk = signal('k')")

    reported = signalcli.ok("--app", "shop", "export", "--format", "json")

    assert '"bundle/k": {' in reported.stdout
    assert "Signals of a copy of blinker are exported as blinker's own: " in reported.stderr
