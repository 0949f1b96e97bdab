"""Receivers that are imports: connecting them, and what they print."""

from __future__ import annotations

import json
import os

import pytest

from tests.support.cli import SignalCli
from tests.support.expected import listening
from tests.support.histories import documents
from tests.support.imported import EXAMPLE, HANDLERS, HEARD, session_of, trusted
from tests.support.scenario import prepare
from tests.support.sends import rows, unchanged

pytestmark = pytest.mark.slow

RETURNS = {
    "handlers.py:on_king": "heard 大象",
    "handlers:on_king": "heard 大象",
    "shop.handlers:on_king": "heard 大象",
    "shop/handlers.py:on_king": "heard 大象",
    "./shop/../handlers.py:on_king": "heard 大象",
    "handlers:bot": "called",
    "handlers:bot.hear": "hears",
    "handlers.py:Bot.of_class": "Bot",
    "handlers.py:Bot.static": "static",
    "handlers:Sentence": "made of 大象",
    "handlers:part": "heard 大象",
    "handlers:short": "short",
    "builtins:str": "大象",
    "os.path:basename": "大象",
    "os:getenv": None,
}
"""Imports, with what they return."""

ON_KING = ("handlers.py:on_king", "returned", HEARD)


# Connecting one.


def test_all_kinds_of_functions_are_called_and_named_as_they_were_typed(shop: SignalCli) -> None:
    """A file is one module, by whatever name: the same function is one receiver."""
    others = ("handlers:on_king", "./shop/../handlers.py:on_king", "shop/handlers.py:on_king")
    names = [name for name in RETURNS if name not in others]
    shop.ok("connect", "king", *names)

    view = shop.read("inspect king")
    sent = shop.read("send king 大象")
    foreseen = shop.read("explain king 大象")["calls"]

    assert [receiver["receiver"] for receiver in view["receivers"]] == names
    assert view["has_receivers_for"][0]["receivers_for"] == names
    assert rows(sent) == [(name, "returned", RETURNS[name]) for name in names]
    assert [(c["receiver"], c["outcome"]) for c in foreseen] == [(n, "would_call") for n in names]


def test_connecting_one_trusts_and_saves_it_as_it_was_typed(shop: SignalCli) -> None:
    name = "./shop/../handlers.py:on_king"

    result = shop("connect", "king", name, "--sender", "大象", "--json")

    notes = ["Defined king.", f"{name} listens to king from 大象."]
    assert (result.status, result.json["notes"]) == (0, notes)
    assert result.stderr.splitlines() == ["importing", f"{name} is trusted here from now on."]
    assert trusted(shop) == {name: [os.path.realpath(shop.directory / "handlers.py")]}
    king = json.loads(shop.session_path.read_text("utf-8"))["signals"]["king"]
    buckets = [{"receivers": [name], "senders": ["大象"]}]
    assert (king["receivers"], king["buckets"]) == ({name: "weak"}, buckets)


def test_an_imported_receiver_that_was_connected_is_shown_with_its_kind_place_and_doc(
    shop: SignalCli,
) -> None:
    prepare(shop, "connect king handlers.py:on_king; connect king handlers:later --strong")
    prepare(shop, "connect king builtins:print")

    receivers = shop.read("inspect king")["receivers"]

    lines = HANDLERS.splitlines()
    first = f"handlers.py:{lines.index('def on_king(sender, **payload):') + 1}"
    second = f"handlers.py:{lines.index('async def later(sender, **payload):') + 1}"
    assert receivers == [
        listening("handlers.py:on_king", where=first, doc="Hears the king."),
        listening("handlers:later", weak=False, is_async=True, where=second),
        listening("builtins:print", doc=(print.__doc__ or "").partition("\n")[0]),
    ]


def test_a_coroutine_function_is_awaited_in_an_async_send(shop: SignalCli) -> None:
    prepare(shop, "connect king handlers:later")

    plain, awaited = (shop("send", "king", *o, "--json") for o in ([], ["--async"]))

    assert (plain.status, plain.json["calls"][0]["outcome"]) == (1, "raised")
    assert (awaited.status, awaited.json["calls"][0]["value"]) == (0, "later")


def test_what_can_not_be_held_weakly_is_held_strongly_on_request(shop: SignalCli) -> None:
    refused = shop("connect", "king", "handlers:slotted", "--json")
    command = "signalcli connect king handlers:slotted --strong"
    (name, *arguments) = command.split()

    taken = shop(*arguments, "--json")

    sentence = "There can be no weak reference to handlers:slotted, a Slotted. Hold it strongly:"
    last = f"Error: {sentence} {command}"
    assert (refused.status, refused.stdout, refused.stderr.splitlines()[-1]) == (2, "", last)
    assert (name, taken.status) == ("signalcli", 0)
    assert rows(shop.read("send king")) == [("handlers:slotted", "returned", "slotted")]


def test_a_session_that_holds_weakly_what_it_can_not_still_works(shop: SignalCli) -> None:
    """The class may have been another, when it was connected."""
    shop.write("x.json", session_of("handlers:slotted"))
    shop.ok("receivers", "trust", "handlers:slotted")

    sent = shop.read("--session x.json send king")

    assert rows(sent) == [("handlers:slotted", "returned", "slotted")]


def test_two_names_of_one_function_are_one_receiver(shop: SignalCli) -> None:
    prepare(shop, "connect king handlers.py:on_king")

    again = shop.read("connect king handlers:on_king")
    sent = shop.read("send king 大象")

    assert again["notes"] == ["handlers:on_king already listened to king from ANY sender."]
    assert rows(sent) == [ON_KING]
    assert shop.read("disconnect king handlers:on_king")["changed"] is True
    assert shop.read("send king")["calls"] == []


def test_two_names_of_one_function_in_a_file_are_one_receiver(shop: SignalCli) -> None:
    shop.write("x.json", session_of("handlers.py:on_king", "handlers:on_king"))
    prepare(shop, "receivers trust handlers.py:on_king; receivers trust handlers:on_king")

    assert rows(shop.read("--session x.json send king 大象")) == [ON_KING]


def test_one_can_be_connected_for_a_single_send(shop: SignalCli) -> None:
    prepare(shop, "define king")

    with unchanged(shop):
        sent = shop.read("send king 大象 --connected-to handlers.py:on_king")

    assert rows(sent) == [ON_KING]


ODD = """
class Lazy:  # as a proxy does, which hides its object
    def __getattr__(self, name):
        raise RuntimeError(f"no {name} outside of a request")

class Documented:
    __doc__ = property(lambda self: 1 / 0)

class Looped:
    @property
    def __wrapped__(self):
        return self

class Unequal:
    __hash__ = None
    def __eq__(self, other):
        raise ValueError("never equal")

class Unsigned:
    __signature__ = 7

for kind in (Lazy, Documented, Looped, Unequal, Unsigned):
    kind.__call__ = lambda self, sender, **payload: type(self).__name__
    globals()[kind.__name__.lower()] = kind()
"""


@pytest.mark.parametrize("name", ["Lazy", "Documented", "Looped", "Unequal", "Unsigned"])
def test_an_object_that_answers_nothing_is_called_and_seen(signalcli: SignalCli, name: str) -> None:
    signalcli.write("odd.py", ODD)
    signalcli.ok("connect", "king", f"odd:{name.lower()}")

    sent, foreseen, seen = (
        signalcli(command, "king", "--json") for command in ("send", "explain", "inspect")
    )

    called, expected = ("raised", "would_raise") if name == "Lazy" else ("returned", "would_call")
    assert [result.stderr for result in (sent, foreseen, seen)] == [""] * 3
    assert [result.status for result in (foreseen, seen)] == [0, 0]
    assert sent.json["calls"][0]["outcome"] == called, "as in blinker itself"
    assert foreseen.json["calls"][0]["outcome"] == expected
    assert seen.json["receivers"][0]["receiver"] == f"odd:{name.lower()}"


FAILS = {
    "fails:x": "fails.py:2 raises ValueError: no king.",
    "fails.py:x": "fails.py:2 raises ValueError: no king.",
    "exits:x": "exits.py:1 raises SystemExit: 0.",
    "syntax:x": "syntax.py:1 raises SyntaxError: invalid syntax.",
}
CAN_NOT = {
    **{name: f"The receiver '{name}' can't be imported, because {FAILS[name]}" for name in FAILS},
    "handlers.py:no_king": "No attribute 'no_king' in 'handlers.py'. Did you mean 'on_king'? "
    "Name a function that is defined there.",
    "handlers:number": "'handlers:number' is a value of type 'int' and can't be called. "
    "Name a function, or another object that can be called.",
    "handler.py:on_king": "No file 'handler.py' in {here}. Did you mean 'handlers.py'? "
    "Name a file that is there.",
    "shop.handlrs:on_king": "No module 'handlrs' in {here}/shop. Did you mean 'handlers'? "
    "Name a module that is there.",
    "handlers.py:": "An import needs a function after its colon, and 'handlers.py:' has none. "
    f"{EXAMPLE}",
    "shop/handlers:on_king": "'shop/handlers' is neither a module's name nor a file that ends "
    f"in .py. {EXAMPLE}",
}


@pytest.mark.parametrize("name", CAN_NOT)
def test_what_can_not_be_imported_is_an_error_and_not_trusted(shop: SignalCli, name: str) -> None:
    fails = "print('a\\x1b[2J line')\nraise ValueError('no king')"
    shop.write("fails.py", fails)
    shop.write("exits.py", "raise SystemExit(0)")
    shop.write("syntax.py", "x y")

    result = shop("connect", "king", name, "--json")

    sentence = CAN_NOT[name].format(here=os.path.realpath(shop.directory))
    assert (result.status, result.stdout) == (4 if name in FAILS else 2, "")
    assert result.stderr.splitlines()[-1] == f"Error: {sentence}"
    assert "Traceback" not in result.stderr
    assert trusted(shop) == {}
    assert not shop.session_path.exists()


def test_an_import_that_is_interrupted_is_not_trusted(shop: SignalCli) -> None:
    shop.write("stuck.py", "raise KeyboardInterrupt")

    result = shop("connect", "king", "stuck:x")

    assert (result.status, trusted(shop)) == (130, {})


def test_a_connection_that_is_refused_for_another_reason_trusts_nothing(shop: SignalCli) -> None:
    """What isn't connected has no reason to run later."""
    meta = "king:receiver_connected"

    result = shop("connect", meta, "handlers.py:on_king", "--sender", "大象")

    assert result.status == 2
    assert trusted(shop) == {}


# What it prints.


def test_what_it_prints_when_it_is_imported_is_no_data(shop: SignalCli) -> None:
    prepare(shop, "connect king handlers.py:on_king -q")

    sent = shop.ok("send", "king", "--json")
    listed = shop.ok("list", "--json")
    drawn = shop.ok("send", "king", "-q")

    assert (sent.stderr, sent.json["calls"][0]["output"]) == ("importing\n", "")
    assert (listed.stderr, listed.json["signals"][0]["receivers"]) == ("", 1)
    assert "importing" not in drawn.stdout


def test_what_it_prints_is_captured_with_that_of_its_threads(shop: SignalCli) -> None:
    """What a child process prints can't be, and stays out of the document."""
    prepare(shop, "connect king handlers.py:noisy -q")

    result = shop.ok("send", "king", "--json")

    output = "printed \x1b[2J\nin a thread\nat the end\n"
    assert result.json["calls"][0]["output"] == output
    assert result.stderr.splitlines() == ["importing", "of a child", "past it"]


def test_what_it_prints_shows_on_the_terminal(shop: SignalCli) -> None:
    prepare(shop, "connect king handlers.py:noisy -q")

    result = shop.ok("send", "king", "-q")

    lines = result.stdout.splitlines()
    printed = ["at the end", "in a thread", "of a child", "past it", "printed \\x1b[2J"]
    assert sorted(lines[: lines.index("king ← None")]) == printed


def test_many_sends_keep_their_printing_out_of_the_data(shop: SignalCli) -> None:
    prepare(shop, "connect king handlers.py:noisy -q")

    result = shop.ok("send", "king", "--count", "3", "--threads", "2", "--json")

    outcomes = [one["calls"][0]["outcome"] for one in documents(result.stdout)]
    assert outcomes == ["returned"] * 3
