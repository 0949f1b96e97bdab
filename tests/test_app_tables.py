"""What a person is shown of an application's signals and receivers, beside what a session has."""

from __future__ import annotations

import shutil
from pathlib import Path

import blinker
import pytest

from tests.conftest import SignalCli

APP = '''\
import functools
from blinker import Signal, signal
from bundle.blinker import Signal as Copied

class User:
    def __repr__(self): return "<User 大象>"
    def hear(self, sender): ...

class Waits:
    async def __call__(self, sender): ...

def wraps(function):
    @functools.wraps(function)
    def wrapper(sender):
        return function(sender)
    return wrapper

def plain(sender): ...
@wraps
async def wrapped(sender): ...

king = also_king = signal("king")
user, waits, partial = User(), Waits(), functools.partial(User().hear)
for receiver in (plain, wrapped, user.hear, waits, partial):
    signal("a" if receiver in (plain, waits) else "b").connect(receiver, weak=False)
copied = Copied("""Many

lines.""")
hidden = [[[[Signal()]]]]
'''


@pytest.fixture
def shop(signalcli: SignalCli) -> SignalCli:
    library = signalcli.directory / "bundle" / "blinker"
    shutil.copytree(Path(blinker.__file__).parent, library)
    (signalcli.directory / "bundle" / "__init__.py").write_text("")
    (signalcli.directory / "shop.py").write_text(APP, encoding="utf-8")
    return signalcli


def rows(drawing: str) -> list[list[str]]:
    """The cells of the first table in a drawing, line by line."""
    table = drawing.split("╰")[0].splitlines()
    return [[c.strip() for c in line.strip("│").split("│")] for line in table if line[0] == "│"]


def test_what_a_receiver_is_stands_under_its_name(shop: SignalCli) -> None:
    drawing = shop.ok("--app", "shop", "inspect", "a").stdout
    more = shop.ok("--app", "shop", "inspect", "b").stdout

    assert [row[0] for row in rows(drawing)] == [
        "receiver",
        "shop.plain",
        "shop.Waits()",
        "async __call__",
    ]
    assert [row[0] for row in rows(more)] == [
        "receiver",
        "shop.wrapped",
        "sync wrapper of a coroutine",
        "shop.User.hear",
        "of <User 大象>",
        "partial(shop.User.hear)",
        "of <User 大象>",
    ]


def test_long_names_go_on_where_they_are_best_broken(shop: SignalCli) -> None:
    drawing = shop("--app", "shop", "inspect", "b", environment={"COLUMNS": "64"}).stdout

    assert [row[0] for row in rows(drawing)] == [
        "",
        "receiver",
        "shop.",
        "wrapped",
        "sync",
        "wrapper",
        "of a",
        "coroutine",
        "shop.User.",
        "hear",
        "of <User",
        "大象>",
        "partial(",
        "shop.User.",
        "hear)",
        "of <User",
        "大象>",
    ]


def test_the_file_of_a_receiver_goes_on_after_a_slash(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", "animal")

    drawing = signalcli("inspect", "king", environment={"COLUMNS": "80"}).stdout

    assert [row[4] for row in rows(drawing)][:3] == ["defined at", "signalcli/", "demos.py:62"]


def test_what_else_a_signal_is_called_stands_under_its_name(shop: SignalCli) -> None:
    shown = shop.ok("--app", "shop", "inspect", "king").stdout.splitlines()

    assert shown[:3] == [
        "king  named, unordered signal",
        "also shop.also_king, shop.king",
        "It has no receivers.",
    ]


def test_names_holder_and_library_are_in_the_json(shop: SignalCli) -> None:
    signals = shop.ok("--app", "shop", "inspect", "--json").json["signals"]

    told = {
        view["signal"]: [view[k] for k in ("aliases", "held_by", "library")] for view in signals
    }
    assert told["king"] == [["shop.also_king", "shop.king"], None, "blinker"]
    assert told["shop.copied"] == [[], None, "bundle.blinker"]
    listed = shop.ok("--app", "shop", "list", "--json").json["signals"]
    libraries = {summary["signal"]: summary["library"] for summary in listed}
    assert libraries == {name: library for name, (_, _, library) in told.items()}


def test_a_copy_of_blinker_is_told_from_blinker(shop: SignalCli) -> None:
    shown = shop.ok("--app", "shop", "inspect", "copied").stdout.splitlines()
    listed = rows(shop.ok("--app", "shop", "list").stdout)

    assert (
        shown[0] == "shop.copied  anonymous, unordered signal  of bundle.blinker, a copy of blinker"
    )
    place = next(number for number, row in enumerate(listed) if row[0] == "shop.copied")
    assert (listed[place][5], listed[place + 1][0]) == ("Many", "of bundle.blinker")


def test_a_session_has_none_of_this(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", "animal")

    (view,) = signalcli.ok("inspect", "--json").json["signals"]
    (summary,) = signalcli.ok("list", "--json").json["signals"]

    assert not {"aliases", "held_by", "library"} & {*view, *summary}
    assert signalcli.ok("inspect", "king").stdout.splitlines()[1][0] == "╭"
