"""Receivers that are a person's own functions: connected, seen, called, trusted, broken."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import pytest

from tests.conftest import Result, SignalCli
from tests.support.scenario import prepare, without
from tests.test_hostile_text import safe

HANDLERS = """
import asyncio, functools, os, subprocess, sys, threading

print("importing")

def on_king(sender, **payload):
    "Hears the king."
    return f"heard {sender}"

class Bot:
    "A bot."
    def __call__(self, sender, **payload):
        return "called"
    def hear(self, sender, **payload):
        return "hears"
    @classmethod
    def of_class(cls, sender, **payload):
        return cls.__name__
    @staticmethod
    def static(sender, **payload):
        return "static"

class Slotted:
    __slots__ = ()
    def __call__(self, sender, **payload):
        return "slotted"

class Sentence(str):
    def __new__(cls, sender, **payload):
        return f"made of {sender}"

bot, slotted = Bot(), Slotted()
part = functools.partial(on_king, extra=1)
short = lambda sender, **payload: "short"

async def later(sender, **payload):
    await asyncio.sleep(0)
    return "later"

def noisy(sender, **payload):
    print("printed \\x1b[2J")
    thread = threading.Thread(target=print, args=("in a thread",))
    thread.start()
    thread.join()
    sys.stdout.flush()
    subprocess.run(["echo", "of a child"])
    os.write(1, b"past it\\n")
    print("at the end")

number = 7
"""

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
HEARD = "heard 大象"


def write(signalcli: SignalCli, **files: str) -> None:
    """Write modules in the current directory of the commands."""
    for name, content in files.items():
        (signalcli.directory / f"{name}.py").write_text(content, "utf-8")


def trusted(signalcli: SignalCli) -> dict[str, list[str]]:
    """What is trusted, as its file says it."""
    path = signalcli.home / ".config" / "signalcli" / "trusted.json"
    if not path.exists():
        return {}
    return dict(json.loads(path.read_text("utf-8"))["trusted"])


@pytest.fixture
def shop(signalcli: SignalCli) -> SignalCli:
    """Functions to connect, in a file and in a package. Nothing is trusted yet."""
    write(signalcli, handlers=HANDLERS)
    (signalcli.directory / "shop").mkdir()
    (signalcli.directory / "shop" / "__init__.py").touch()
    (signalcli.directory / "shop" / "handlers.py").write_text(HANDLERS)
    return signalcli


def session_of(*receivers: str, weak: bool = True) -> str:
    """The file of a session in which they listen to ``king``."""
    strength = dict.fromkeys(receivers, "weak" if weak else "strong")
    state = {"receivers": strength, "any": list(receivers)}
    return json.dumps({"version": 1, "signals": {"king": state}}, ensure_ascii=False)


# Connecting one.


def test_all_kinds_of_functions_are_called_and_named_as_they_were_typed(shop: SignalCli) -> None:
    """A file is one module, by whatever name: the same function is one receiver."""
    names = [
        name
        for name in RETURNS
        if name not in ("handlers:on_king", "./shop/../handlers.py:on_king")
        and not name.startswith("shop/")
    ]
    for name in names:
        shop.ok("connect", "king", name)

    view = shop.ok("inspect", "king", "--json").json
    calls = shop.ok("send", "king", "大象", "--json").json["calls"]
    foreseen = shop.ok("explain", "king", "大象", "--json").json["calls"]

    assert [receiver["receiver"] for receiver in view["receivers"]] == names
    assert view["has_receivers_for"][0]["receivers_for"] == names
    assert [(call["receiver"], call["value"]) for call in calls] == [
        (name, RETURNS[name]) for name in names
    ]
    assert [(call["receiver"], call["outcome"]) for call in foreseen] == [
        (name, "would_call") for name in names
    ]


def test_connecting_one_trusts_and_saves_it_as_it_was_typed(shop: SignalCli) -> None:
    name = "./shop/../handlers.py:on_king"

    result = shop("connect", "king", name, "--sender", "大象", "--json")

    notes = ["Defined king.", f"{name} listens to king from 大象."]
    assert (result.status, result.json["notes"]) == (0, notes)
    assert result.stderr.splitlines() == ["importing", f"{name} is trusted here from now on."]
    assert trusted(shop) == {name: [os.path.realpath(shop.directory / "handlers.py")]}
    saved = json.loads(shop.session_path.read_text("utf-8"))["signals"]["king"]
    assert (saved["receivers"], saved["buckets"]) == (
        {name: "weak"},
        [{"receivers": [name], "senders": ["大象"]}],
    )


def test_one_that_was_connected_is_shown_with_its_kind_place_and_doc(shop: SignalCli) -> None:
    prepare(
        shop,
        "connect king handlers.py:on_king",
        "connect king handlers:later --strong",
        "connect king builtins:print",
    )

    receivers = shop.ok("inspect", "king", "--json").json["receivers"]

    lines = HANDLERS.splitlines()
    first = lines.index("def on_king(sender, **payload):") + 1
    second = lines.index("async def later(sender, **payload):") + 1
    assert without(receivers, "connections") == [
        {
            "receiver": "handlers.py:on_king",
            "weak": True,
            "async": False,
            "where": f"handlers.py:{first}",
            "doc": "Hears the king.",
        },
        {
            "receiver": "handlers:later",
            "weak": False,
            "async": True,
            "where": f"handlers.py:{second}",
            "doc": None,
        },
        {
            "receiver": "builtins:print",
            "weak": True,
            "async": False,
            "where": None,
            "doc": (print.__doc__ or "").partition("\n")[0],
        },
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

    sentence = (
        "Error: There can be no weak reference to handlers:slotted, a Slotted. "
        f"Hold it strongly: {command}"
    )
    assert (refused.status, refused.stdout, refused.stderr.splitlines()[-1]) == (2, "", sentence)
    assert (name, taken.status) == ("signalcli", 0)
    (call,) = shop.ok("send", "king", "--json").json["calls"]
    assert (call["receiver"], call["value"]) == ("handlers:slotted", "slotted")


def test_a_session_that_holds_weakly_what_it_can_not_still_works(shop: SignalCli) -> None:
    """The class may have been another, when it was connected."""
    (shop.directory / "x.json").write_text(session_of("handlers:slotted"))
    shop.ok("receivers", "trust", "handlers:slotted")

    call = shop.ok("--session", "x.json", "send", "king", "--json").json["calls"][0]

    assert (call["outcome"], call["value"]) == ("returned", "slotted")


def test_two_names_of_one_function_are_one_receiver(shop: SignalCli) -> None:
    prepare(shop, "connect king handlers.py:on_king")

    again = shop.ok("connect", "king", "handlers:on_king", "--json").json
    calls = shop.ok("send", "king", "大象", "--json").json["calls"]

    assert again["notes"] == ["handlers:on_king already listened to king from ANY sender."]
    assert [(call["receiver"], call["value"]) for call in calls] == [("handlers.py:on_king", HEARD)]
    assert shop.ok("disconnect", "king", "handlers:on_king", "--json").json["changed"] is True
    assert shop.ok("send", "king", "--json").json["calls"] == []


def test_two_names_of_one_function_in_a_file_are_one_receiver(shop: SignalCli) -> None:
    (shop.directory / "x.json").write_text(session_of("handlers.py:on_king", "handlers:on_king"))
    prepare(shop, "receivers trust handlers.py:on_king", "receivers trust handlers:on_king")

    calls = shop.ok("--session", "x.json", "send", "king", "大象", "--json").json["calls"]

    assert [(call["receiver"], call["value"]) for call in calls] == [("handlers.py:on_king", HEARD)]


def test_one_can_be_connected_for_a_single_send(shop: SignalCli) -> None:
    prepare(shop, "define king")
    before = shop.session_path.read_bytes()

    result = shop.ok("send", "king", "大象", "--connected-to", "handlers.py:on_king", "--json")

    assert [(c["receiver"], c["value"]) for c in result.json["calls"]] == [
        ("handlers.py:on_king", HEARD)
    ]
    assert shop.session_path.read_bytes() == before


def test_dropping_one_changes_nothing_for_its_module_holds_it(shop: SignalCli) -> None:
    prepare(shop, "connect king handlers.py:on_king")
    before = shop.session_path.read_bytes()

    dropped = shop.ok("drop", "handlers.py:on_king", "--json").json

    assert (dropped["changed"], dropped["after"]) == (False, dropped["before"])
    assert "A module holds what it defines: handlers.py:on_king lives" in dropped["notes"][0]
    assert shop.session_path.read_bytes() == before


ODD = """
class Lazy:  # as a proxy does, away from what it stands for
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
def test_an_object_that_answers_no_questions_can_be_called_and_seen(
    signalcli: SignalCli, name: str
) -> None:
    write(signalcli, odd=ODD)
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


# What can't be connected: nothing is saved, and nothing trusted.

EXAMPLE = "For example: signalcli connect king shop.handlers:on_king"
CAN_NOT = {
    "fails:x": (
        4,
        "The receiver 'fails:x' can't be imported, because fails.py:2 raises ValueError: no king.",
    ),
    "fails.py:x": (
        4,
        ("The receiver 'fails.py:x' can't be imported, because fails.py:2 raises "
        "ValueError: no king."),
    ),
    "exits:x": (4, "The receiver 'exits:x' can't be imported, because exits.py:1 raises SystemExit: 0."),
    "syntax:x": (
        4,
        ("The receiver 'syntax:x' can't be imported, because syntax.py:1 raises "
        "SyntaxError: invalid syntax."),
    ),
    "handlers.py:no_king": (
        2,
        ("No attribute 'no_king' in 'handlers.py'. Did you mean 'on_king'? "
        "Name a function that is defined there."),
    ),
    "handlers:number": (
        2,
        ("'handlers:number' is a value of type 'int' and can't be called. "
        "Name a function, or another object that can be called."),
    ),
    "handler.py:on_king": (
        2,
        "No file 'handler.py' in {here}. Did you mean 'handlers.py'? Name a file that is there.",
    ),
    "shop.handlrs:on_king": (
        2,
        "No module 'handlrs' in {here}/shop. Did you mean 'handlers'? Name a module that is there.",
    ),
    "handlers.py:": (
        2,
        f"An import needs a function after its colon, and 'handlers.py:' has none. {EXAMPLE}",
    ),
    "shop/handlers:on_king": (
        2,
        f"'shop/handlers' is neither a module's name nor a file that ends in .py. {EXAMPLE}",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CAN_NOT)
def test_what_can_not_be_imported_is_told_in_a_sentence_and_not_trusted(
    shop: SignalCli, name: str
) -> None:
    fails = "print('a\\x1b[2J line')\nraise ValueError('no king')"
    write(shop, fails=fails, exits="raise SystemExit(0)", syntax="x y")
    status, sentence = CAN_NOT[name]

    result = shop("connect", "king", name, "--json")

    sentence = sentence.format(here=os.path.realpath(shop.directory))
    assert (result.status, result.stdout) == (status, "")
    assert result.stderr.splitlines()[-1] == f"Error: {sentence}"
    assert "Traceback" not in result.stderr
    assert trusted(shop) == {}
    assert not shop.session_path.exists()


def test_an_import_that_is_interrupted_is_not_trusted(shop: SignalCli) -> None:
    write(shop, stuck="raise KeyboardInterrupt")

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
    before = lines[: lines.index("king ← None")]
    assert sorted(before) == [
        "at the end",
        "in a thread",
        "of a child",
        "past it",
        "printed \\x1b[2J",
    ]


def test_many_sends_keep_their_printing_out_of_the_data(shop: SignalCli) -> None:
    prepare(shop, "connect king handlers.py:noisy -q")

    result = shop.ok("send", "king", "--count", "3", "--threads", "2", "--json")

    outcomes = [json.loads(line)["calls"][0]["outcome"] for line in result.stdout.splitlines()]
    assert outcomes == ["returned"] * 3


# A module that goes wrong later.

BROKEN = "The receiver 'handlers.py:on_king' can't be imported, because handlers.py:1 raises "


def breaks(shop: SignalCli, how: str) -> str:
    """Let the file of a receiver go wrong; gives the start of what is said of it."""
    path = shop.directory / "handlers.py"
    if how == "removed":
        path.unlink()
        return f"No file 'handlers.py' in {os.path.realpath(shop.directory)}."
    if how == "empty":
        path.write_text("")
        return "No attribute 'on_king' in 'handlers.py'."
    path.write_text("raise ValueError('\\x1b[2J')" if how == "raises" else "raise SystemExit(3)")
    return f"{BROKEN}{'ValueError: ' if how == 'raises' else 'SystemExit: 3.'}"


ways = pytest.mark.parametrize("how", ["raises", "exits", "empty", "removed"])


@ways
def test_one_that_can_not_be_loaded_any_more_raises_when_it_is_called(
    shop: SignalCli, how: str
) -> None:
    prepare(shop, "connect king handlers.py:on_king -q", "connect king echo -q")
    said = breaks(shop, how)

    sent = safe(shop("send", "king", "--json"))
    foreseen = safe(shop("explain", "king", "--json"))

    calls = sent.json["calls"] + foreseen.json["calls"]
    assert [(sent.status, foreseen.status), *[call["outcome"] for call in calls]] == [
        (1, 0),
        "raised",
        "not_reached",
        "would_raise",
        "not_reached",
    ]
    assert [calls[i]["error"]["type"] for i in (0, 2)] == ["ImportError", "ImportError"]
    assert [calls[i]["error"]["message"].startswith(said) for i in (0, 2)] == [True, True]
    note = f"handlers.py:on_king is connected, and can't be loaded. {said}"
    assert [r.stderr.splitlines()[-1].startswith(note) for r in (sent, foreseen)] == [True, True]


@pytest.mark.parametrize("how", ["raises", "removed"])
def test_one_that_can_not_be_loaded_any_more_can_be_seen_and_disconnected(
    shop: SignalCli, how: str
) -> None:
    prepare(shop, "connect king handlers.py:on_king -q", "connect moon animal -q")
    breaks(shop, how)

    results = [
        safe(shop.ok(*command.split(), "--json"))
        for command in ("list", "inspect king", "receivers", "receivers show handlers.py:on_king")
    ]
    disconnected = shop.ok("disconnect", "king", "handlers.py:on_king", "--json")

    assert results[0].json["signals"][0]["receivers"] == 1
    assert [r["receiver"] for r in results[1].json["receivers"]] == ["handlers.py:on_king"]
    assert results[3].json["connections"][0]["signal"] == "king"
    assert disconnected.json["notes"] == ["handlers.py:on_king no longer listens to king."]
    assert shop.ok("send", "king", "--json").json["calls"] == []
    assert shop("connect", "moon", "handlers.py:on_king").status in (2, 4)


def test_whether_one_that_can_not_be_loaded_is_async_is_not_known(shop: SignalCli) -> None:
    prepare(shop, "connect king handlers.py:later -q")
    breaks(shop, "raises")

    (receiver,) = shop.ok("inspect", "king", "--json").json["receivers"]

    assert receiver["async"] is None


def test_one_that_can_not_be_loaded_is_trusted_and_connected_still(shop: SignalCli) -> None:
    """It works again as soon as it is mended."""
    prepare(shop, "connect king handlers.py:on_king -q")
    before = shop.session_path.read_bytes()
    breaks(shop, "raises")
    refused = shop("connect", "moon", "handlers.py:on_king")
    shop.ok("mute", "king")
    shop.ok("unmute", "king")
    write(shop, handlers=HANDLERS)

    (call,) = shop.ok("send", "king", "大象", "--json").json["calls"]

    assert (refused.status, call["outcome"], call["value"]) == (4, "returned", HEARD)
    assert shop.session_path.read_bytes() == before


def test_two_of_one_broken_file_are_two_receivers(shop: SignalCli) -> None:
    prepare(shop, "connect king handlers.py:on_king -q", "connect king handlers.py:short -q")
    breaks(shop, "raises")

    calls = shop("send", "king", "--on-error", "continue", "--json").json["calls"]

    assert [(call["receiver"], call["outcome"]) for call in calls] == [
        ("handlers.py:on_king", "raised"),
        ("handlers.py:short", "raised"),
    ]


# A module that connects receivers by itself.

CONNECTS = """
from blinker import signal

king, moon = signal("king"), signal("moon")

def on_king(sender, **payload):
    return "on_king"

@king.connect
def other(sender, **payload):
    print("other printed")
    return "other"

@king.connect_via("大象")
def via(sender, **payload):
    return "via"

@moon.connect
def on_moon(sender, **payload):
    return "on_moon"
"""


def test_receivers_that_its_module_connects_are_called_and_named_and_never_saved(
    signalcli: SignalCli,
) -> None:
    write(signalcli, shop=CONNECTS)
    prepare(signalcli, "connect king shop.py:on_king -q", "define moon")

    view = signalcli.ok("inspect", "king", "--json").json
    calls = signalcli.ok("send", "king", "大象", "--json").json["calls"]
    summary = signalcli.ok("send", "king", "狮子", "--count", "2")
    signalcli.ok("mute", "king")
    signalcli.ok("unmute", "king")

    names = ["shop:other", "shop:via", "shop.py:on_king"]
    assert [receiver["receiver"] for receiver in view["receivers"]] == names
    assert [(call["receiver"], call["value"], call["output"]) for call in calls] == [
        ("shop:other", "other", "other printed\n"),
        ("shop.py:on_king", "on_king", ""),
        ("shop:via", "via", ""),
    ]
    assert [line.split("│")[1:3] for line in summary.stdout.splitlines() if "shop" in line] == [
        [" shop:other      ", "      2 "],
        [" shop:via        ", "      0 "],
        [" shop.py:on_king ", "      2 "],
    ]
    saved = json.loads(signalcli.session_path.read_text("utf-8"))["signals"]
    assert [(name, state["receivers"], state["any"], state["buckets"]) for name, state in saved.items()] == [
        ("king", {"shop.py:on_king": "weak"}, ["shop.py:on_king"], []),
        ("moon", {}, [], []),
    ]  # fmt: skip


def test_looking_at_a_session_whose_module_connects_receivers_does_not_change_it(
    signalcli: SignalCli,
) -> None:
    write(signalcli, shop=CONNECTS)
    prepare(signalcli, "connect king shop.py:on_king -q", "connect king echo")
    before = signalcli.session_path.read_bytes()

    changes = [
        signalcli.ok(*command.split(), "--json").json["changed"]
        for command in ("define king", "unmute king", "connect king echo")
    ]

    assert changes == [False, False, False]
    assert signalcli.session_path.read_bytes() == before


def test_receivers_that_its_module_connects_are_there_when_it_is_connected_for_one_send(
    signalcli: SignalCli,
) -> None:
    """As in a program that imports the module, whatever else it does then."""
    write(signalcli, shop=CONNECTS)
    prepare(signalcli, "define king")

    calls = signalcli.ok("send", "king", "--connected-to", "shop.py:on_king", "--json").json[
        "calls"
    ]

    assert [call["receiver"] for call in calls] == ["shop:other", "shop.py:on_king", "shop:via"]


def test_one_that_its_module_connects_too_listens_to_both(signalcli: SignalCli) -> None:
    """As in a program that imports the module, and then connects it: here to ANY, and to 大象."""
    write(signalcli, shop=CONNECTS)
    prepare(signalcli, "connect king shop.py:other --sender 大象 -q")

    calls = signalcli.ok("send", "king", "狮子", "--json").json["calls"]

    assert [(call["receiver"], call["outcome"]) for call in calls] == [
        ("shop.py:other", "returned"),
        ("shop:via", "skipped"),
    ]


# From another directory.


def elsewhere(shop: SignalCli, files: dict[str, str] | None = None) -> SignalCli:
    """The same person in another directory."""
    other = SignalCli.__new__(SignalCli)
    other.directory = shop.directory / "elsewhere"
    other.directory.mkdir()
    other.home, other.environment, other.program = shop.home, shop.environment, shop.program
    for name, content in (files or {}).items():
        (other.directory / name).write_text(content)
    return other


def test_a_file_that_is_given_by_its_path_is_called_from_any_directory(shop: SignalCli) -> None:
    name = f"{shop.directory}/handlers.py:on_king"
    shop.ok("connect", "king", name)

    (call,) = elsewhere(shop).ok("send", "king", "大象", "--json").json["calls"]

    assert (call["receiver"], call["value"]) == (name, HEARD)


def test_an_installed_module_is_called_from_any_directory(shop: SignalCli) -> None:
    prepare(shop, "connect king os.path:basename")

    (call,) = elsewhere(shop).ok("send", "king", "a/b", "--json").json["calls"]

    assert call["value"] == "b"


MARK = "open('ran', 'w').close()\ndef on_king(sender, **payload): return 'another'\n"


@pytest.mark.parametrize("name", ["handlers.py:on_king", "handlers:on_king"])
def test_another_file_of_that_name_does_not_run_in_another_directory(
    shop: SignalCli, name: str
) -> None:
    shop.ok("connect", "king", name)
    other = elsewhere(shop, {"handlers.py": MARK})

    sent = other.ok("send", "king", "--json")

    reason = f"isn't trusted here: signalcli receivers trust {name}"
    (call,) = sent.json["calls"]
    assert (call["outcome"], call["reason"]) == ("skipped", reason)
    assert not (other.directory / "ran").exists()


def test_one_that_is_trusted_elsewhere_only_is_not_shown_as_trusted(shop: SignalCli) -> None:
    prepare(shop, "receivers trust handlers.py:on_king")
    other = elsewhere(shop, {"handlers.py": MARK})

    entry = other.ok("receivers", "show", "handlers.py:on_king", "--json").json
    entries = other.ok("receivers", "--json").json["receivers"]

    listed = [e["doc"] for e in entries if e["receiver"] == "handlers.py:on_king"]
    assert entry["doc"] == "Not trusted here: it doesn't run."
    assert set(listed) <= {"Not trusted here: it doesn't run."}


def test_a_file_that_is_not_in_this_directory_is_said_not_to_be_there(shop: SignalCli) -> None:
    """A command that can't help is no remedy: trust needs the file that is missing."""
    prepare(shop, "connect king handlers.py:on_king -q")
    other = elsewhere(shop)

    sent = other("send", "king", "--json")

    assert "receivers trust" not in sent.stdout + sent.stderr
    assert f"No file 'handlers.py' in {os.path.realpath(other.directory)}" in sent.stderr


# Trust.


def call_of(shop: SignalCli, *command: str) -> tuple[Any, ...]:
    """The outcome and reason of the one call, with the status and notes of the command."""
    result = shop(*command, "--json")
    (call,) = result.json["calls"]
    return call["outcome"], call["reason"], call["value"], result.status, result.stderr


def test_one_runs_while_it_is_trusted(shop: SignalCli) -> None:
    prepare(shop, "connect king handlers.py:on_king -q")
    name = "handlers.py:on_king"
    remedy = f"signalcli receivers trust {name}"

    taken = shop.ok("receivers", "untrust", name, "--json").json
    again = shop.ok("receivers", "untrust", name, "--json").json
    skipped = call_of(shop, "send", "king", "大象")
    given = shop.ok(*remedy.split()[1:], "--json").json
    given_again = shop.ok(*remedy.split()[1:], "--json").json
    called = call_of(shop, "send", "king", "大象")

    note = f"{name} isn't trusted here, and doesn't run. To trust it: {remedy}\n"
    assert taken["notes"] == [f"{name} is no longer trusted here, and doesn't run."]
    assert again["notes"] == [f"{name} was not trusted here: nothing changed."]
    assert given["notes"] == [f"{name} is trusted here from now on."]
    assert given_again["notes"] == [f"{name} was trusted here already: nothing changed."]
    assert [d["changed"] for d in (taken, again, given, given_again)] == [True, False, True, False]
    assert skipped == ("skipped", f"isn't trusted here: {remedy}", None, 0, note)
    assert called == ("returned", "listens to ANY", HEARD, 0, "importing\n")


def test_one_that_is_not_trusted_is_seen_and_told_everywhere(shop: SignalCli) -> None:
    name = "handlers.py:on_king"
    shop.session_path.parent.mkdir(parents=True)
    shop.session_path.write_text(session_of(name, "echo"))
    note = (
        f"{name} isn't trusted here, and doesn't run. "
        f"To trust it: signalcli receivers trust {name}\n"
    )

    inspected = shop("inspect", "king", "--json")
    listed = shop("list", "--json")
    explained = shop("explain", "king", "--json")
    sent = shop("send", "king", "--json")
    many = shop("send", "king", "--count", "2")
    unheard = shop("send", "king", "--muted", "--fail-unheard", "-q")

    results = (inspected, explained, sent, many)
    assert [r.status for r in (*results, listed, unheard)] == [*[0] * 5, 3]
    assert [r.stderr for r in (*results, listed)] == [*[note] * 4, ""]  # a list needs no receiver
    assert inspected.json["receivers"][0] == {
        "receiver": name,
        "weak": True,
        "async": None,
        "connections": [{"any": True, "sender": None}],
        "where": None,
        "doc": None,
    }
    calls = [result.json["calls"] for result in (explained, sent)]
    reason = f"isn't trusted here: signalcli receivers trust {name}"
    told = [[(call["receiver"], call["outcome"]) for call in each] for each in calls]
    assert told == [[("echo", word), (name, "skipped")] for word in ("would_call", "returned")]
    assert [each[1]["reason"] for each in calls] == [reason] * 2
    row = next(line for line in many.stdout.splitlines() if name in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == [name, "0", "0", "2"]


def test_nobody_is_called_when_only_one_that_is_not_trusted_listens(shop: SignalCli) -> None:
    (shop.directory / "x.json").write_text(session_of("handlers.py:on_king"))

    result = shop("--session", "x.json", "send", "king", "--fail-unheard", "--json")

    assert (result.status, result.json["calls"][0]["outcome"]) == (3, "skipped")


def test_one_that_is_trusted_can_be_removed_from_trust_when_it_is_gone(shop: SignalCli) -> None:
    prepare(shop, "receivers trust handlers.py:on_king")
    (shop.directory / "handlers.py").unlink()

    result = shop("receivers", "untrust", "handlers.py:on_king")

    assert (result.status, trusted(shop)) == (0, {})


def test_trusting_one_shows_it_in_the_catalogue_and_imports_nothing(shop: SignalCli) -> None:
    (shop.directory / "marked.py").write_text(MARK)
    prepare(shop, "receivers trust marked.py:on_king")

    entry = shop.ok("receivers", "--json").json["receivers"][-1]
    shown = shop.ok("receivers", "show", "marked.py:on_king", "--json").json

    place = os.path.realpath(shop.directory / "marked.py")
    expected = {
        "receiver": "marked.py:on_king",
        "async": None,
        "doc": "Imported when it's needed.",
        "teaches": "",
        "where": place,
        "source": "import",
    }
    assert (entry, shown) == (expected, {**expected, "connections": []})
    assert not (shop.directory / "ran").exists()


@pytest.mark.parametrize("name", ["animal", "", "os", "a b:c", "../x:y"])
def test_only_an_import_can_be_trusted(shop: SignalCli, name: str) -> None:
    result = shop("receivers", "trust", name)

    assert (result.status, result.stdout, trusted(shop)) == (2, "", {})
    assert EXAMPLE in result.stderr


BROKEN_TRUST: dict[str, tuple[str | None, str]] = {
    "corrupt": ('{"version": 1, "trusted": {', "is not JSON: "),
    "newer": ('{"version": 2, "trusted": {}}', "has version 2, and this signalcli reads up to "),
    "odd": ('{"version": 1, "trusted": {"os:system": true}}', "doesn't say what is trusted: "),
    "unreadable": (None, "is not a regular file. "),
}


@pytest.mark.parametrize("fault", BROKEN_TRUST)
def test_a_file_of_trust_that_is_unusable_is_told_and_left_alone(
    shop: SignalCli, fault: str
) -> None:
    content, told = BROKEN_TRUST[fault]
    path = shop.home / ".config" / "signalcli" / "trusted.json"
    shop.session_path.parent.mkdir(parents=True)
    shop.session_path.write_text(session_of("handlers.py:on_king"))
    if content is None:
        path.mkdir()
    else:
        path.write_text(content)
    commands = (
        "send king",
        "connect moon handlers.py:on_king",
        "receivers",
        "receivers untrust handlers.py:on_king",
    )

    results = [shop(*command.split(), "--json") for command in commands]

    start = f"Error: The file of what is trusted, {path}, {told}"
    assert [(r.status, r.stdout) for r in results] == [(4, "")] * len(commands)
    assert [r.stderr.startswith(start) for r in results] == [True] * len(commands)
    assert path.is_dir() if content is None else path.read_text() == content


def test_a_session_without_imports_asks_nothing_of_a_broken_file_of_trust(shop: SignalCli) -> None:
    prepare(shop, "connect king echo")
    (shop.home / ".config" / "signalcli" / "trusted.json").write_text("{")

    assert shop("send", "king", "--json").status == 0


# Names in a person's own directory.


@pytest.mark.skipif(sys.version_info < (3, 11), reason="PYTHONSAFEPATH is new in 3.11")
def test_a_file_beside_it_does_not_stand_in_the_way_of_signalcli(shop: SignalCli) -> None:
    """Whatever is called as a module that signalcli itself needs later."""
    write(shop, colorsys="", queue="", token="", inspect="")
    environment = {"PYTHONSAFEPATH": "1"}
    connected = shop("connect", "king", "handlers.py:on_king", environment=environment)

    sent = shop("send", "king", "大象", environment=environment)

    assert (connected.status, sent.status) == (0, 0), sent.stderr
    assert HEARD in sent.stdout


HOSTILE = "p[red]x\x1b[2J\u202e"


@pytest.mark.parametrize(
    "arguments",
    [
        ("connect", "king", f"{HOSTILE}.py:x"),
        ("connect", "king", f"{HOSTILE}:x"),
        ("connect", "king", f"handlers:{HOSTILE}"),
        ("receivers", "trust", f"{HOSTILE}.py:x"),
        ("receivers", "untrust", f"{HOSTILE}.py:x"),
        ("receivers", "show", f"{HOSTILE}:x"),
        ("receivers", "remove", f"{HOSTILE}:x"),
        ("drop", f"{HOSTILE}:x"),
        ("send", "king", "--connected-to", f"handlers:{HOSTILE}"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_hostile_import_is_shown_literally(shop: SignalCli, arguments: tuple[str, ...]) -> None:
    result: Result = safe(shop(*arguments))

    assert r"p[red]x\x1b[2J\u202e" in result.stdout + result.stderr


def test_a_hostile_exception_or_type_is_shown_literally(shop: SignalCli) -> None:
    code = """
Odd = type("O\\x1b[2J\\u202e", (Exception,), {})
def raises(sender):
    raise Odd("m\\x1b[2J\\u2028")
raises.__doc__ = "d\\x1b[2J"
def fails(sender):
    raise Odd("m\\x1b[2J\\u2028")
raises.__qualname__ = "q\\x1b[2J"
value = Odd()
"""
    write(shop, odd=code, fails=f"{code}\nraise Odd('x\\x1b[2J')")
    prepare(shop, "connect king odd:raises -q")

    results = [
        safe(shop(*command.split()))
        for command in (
            "send king",
            "send king --json",
            "explain king",
            "explain king a=1",
            "inspect king",
            "connect king odd:value",
            "connect king fails:x",
        )
    ]

    shown = [r"O\x1b[2J" in r.stdout + r.stderr for r in results]
    assert [r.status for r in results] == [1, 1, 0, 0, 0, 2, 4]
    assert shown[0] and shown[5] and shown[6]
