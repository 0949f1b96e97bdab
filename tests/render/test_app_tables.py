"""What a person is shown of an application's signals and receivers, beside what a session has."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import blinker
import pytest

from signalcli.receivers.demos import DEMOS
from signalcli.signals.receivers import place_of
from tests.support.cli import SessionWith, SignalCli

pytestmark = pytest.mark.slow

APP = '''\
import functools
from blinker import Signal, signal
from bundle.blinker import Signal as Copied

class User:
    def __init__(self): self.name = "大象"
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
    signalcli.write("bundle/__init__.py", "")
    signalcli.write("shop.py", APP)
    return signalcli


def rows(drawing: str) -> list[list[str]]:
    """The cells of the first table in a drawing, line by line."""
    table = drawing.split("╰")[0].splitlines()
    return [[c.strip() for c in line.strip("│").split("│")] for line in table if line[0] == "│"]


IN_CODE = sys.version_info >= (3, 11)
"""Whether code has a qualified name."""
WRAPPER = "shop.wraps.<locals>.wrapper" if IN_CODE else "shop.wrapper"


def first_column(signalcli: SignalCli, line: str, columns: int | None = None) -> list[str]:
    """The first column of what a command draws, at a width, without its heading."""
    environment = {} if columns is None else {"COLUMNS": str(columns)}
    heading, *cells = rows(signalcli(*line.split(), environment=environment).stdout)
    assert heading[0] == "receiver"
    return [row[0] for row in cells]


def test_the_kind_of_a_receiver_is_below_its_name(shop: SignalCli) -> None:
    plain = ["shop.plain", "shop.Waits()", "async __call__"]
    assert first_column(shop, "--app shop inspect a") == plain
    assert first_column(shop, "--app shop inspect b") == [
        *("shop.wrapped", "sync wrapper of a coroutine", f"wrapped by {WRAPPER}"),
        *("shop.User.hear", "of <User '大象'>"),
        *("partial(shop.User.hear)", "of <User '大象'> #2"),
    ]


def test_long_names_go_on_where_they_are_best_broken(shop: SignalCli) -> None:
    assert first_column(shop, "--app shop inspect b", columns=39) == [
        *("shop.", "wrapped", "sync", "wrapper of", "a coroutine", "wrapped by"),
        *(["shop.wraps.", "<locals>.", "wrapper"] if IN_CODE else ["shop.", "wrapper"]),
        "shop.py:19",
        *("shop.User.", "hear", "of <User", "'大象'>", "shop.py:7"),
        *("partial(", "shop.User.", "hear)", "of <User", "'大象'> #2", "shop.py:7"),
    ]


ONE_NAME = """\
from blinker import signal

def only():
    def receiver(sender): ...
    return receiver

def connected():
    receiver = only()
    king.connect(receiver, weak=False)
    return receiver

king = signal("king")
king.connect(first := only())
king.connect(second := only(), sender="x", weak=False)
kept = connected(), connected(), king.connect(only(), weak=False)
king.connect(lambda sender: None, weak=False)
"""


def test_receivers_of_one_name_have_where_they_were_connected(signalcli: SignalCli) -> None:
    signalcli.write("shop.py", ONE_NAME)

    listing = signalcli.ok("--app", "shop", "list", "king").stdout
    (listed,) = signalcli.read("--app shop list king")["signals"]
    document = signalcli.read("--app shop inspect king")

    name = "shop.only.<locals>.receiver"
    assert first_column(signalcli, "--app shop inspect king") == [
        *(name, "connected at shop.py:13", name, "connected at shop.py:14"),
        *(name, "connected at shop.py:9", f"{name} #2", "connected at shop.py:9"),
        *(name, "connected at shop.py:15", "shop.<lambda>"),
    ]
    assert rows(listing)[1][-1] == (
        "only.<locals>.receiver (shop.py:13), only.<locals>.receiver (shop.py:14), "
        "only.<locals>.receiver (shop.py:9) ×2, only.<locals>.receiver (shop.py:15), shop.<lambda>"
    )
    assert listed["receiver_names"] == [name] * 5 + ["shop.<lambda>"]
    assert [(one["receiver"], one["connected_at"]) for one in document["receivers"]] == [
        *((name, f"shop.py:{line}") for line in (13, 14, 9, 9, 15)),
        ("shop.<lambda>", "shop.py:16"),
    ]


def test_the_file_of_a_receiver_goes_on_after_a_slash(session_with: SessionWith) -> None:
    line = (place_of(DEMOS["animal"].function) or "").rpartition(":")[2]

    cells = first_column(session_with("connect king animal"), "inspect king", columns=56)

    assert cells[:4] == ["animal", "signalcli/", "receivers/", f"demos.py:{line}"]


def test_the_aliases_of_a_signal_are_below_its_name(shop: SignalCli) -> None:
    assert shop.ok("--app", "shop", "inspect", "king").stdout.splitlines()[:3] == [
        "king  named, unordered signal",
        "also shop.also_king, shop.king",
        "It has no receivers.",
    ]


def test_names_holder_and_library_are_in_the_json(shop: SignalCli) -> None:
    signals = shop.read("--app shop inspect")["signals"]

    reported = {
        view["signal"]: (view["aliases"], view["held_by"], view["library"]) for view in signals
    }
    assert reported["king"] == (["shop.also_king", "shop.king"], None, "blinker")
    assert reported["shop.copied"] == ([], None, "bundle.blinker")
    listed = shop.read("--app shop list")["signals"]
    libraries = {summary["signal"]: summary["library"] for summary in listed}
    assert libraries == {name: library for name, (_, _, library) in reported.items()}


def test_a_copy_of_blinker_is_named(shop: SignalCli) -> None:
    shown = shop.ok("--app", "shop", "inspect", "copied").stdout.splitlines()
    listed = rows(shop.ok("--app", "shop", "list").stdout)

    library = "of bundle.blinker, a copy of blinker"
    assert shown[0] == f"shop.copied  anonymous, unordered signal  {library}"
    place = next(number for number, row in enumerate(listed) if row[0] == "shop.copied")
    assert (listed[place][-1], listed[place + 1][0]) == ("Many", "of bundle.blinker")


def test_a_session_has_no_details_of_applications(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal")

    (view,) = signalcli.read("inspect")["signals"]
    (summary,) = signalcli.read("list")["signals"]

    assert not {"aliases", "held_by", "library"} & {*view, *summary}
    assert signalcli.ok("inspect", "king").stdout.splitlines()[1][0] == "╭"


def test_kind_stays_while_receivers_differ_in_it(session_with: SessionWith) -> None:
    signalcli = session_with("connect king echo animal")
    waits = "async def waits(sender, **payload):\n    'Wait for the king.'\n"
    signalcli.write("handlers_of_the_shop.py", waits)
    session_with("connect king handlers_of_the_shop.py:waits")

    drawing = signalcli("inspect", "king", environment={"COLUMNS": "80"}).stdout

    assert [row[3] for row in rows(drawing) if row[1] == "ANY"] == ["sync", "sync", "async"]


def test_columns_make_room_for_a_long_name(signalcli: SignalCli) -> None:
    name = "handlers_of_the_big_shop.py:on_flask_appcontext_tearing_down_event"
    module, function = name.split(":")
    signalcli.write(module, f"def {function}(sender):\n    'Close it.'\n")
    signalcli.ok("connect", "king", name)

    assert first_column(signalcli, "inspect king", columns=120)[:2] == [name, f"{module}:1"]
