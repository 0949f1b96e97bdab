"""Commands that change or show signals: what they do, their JSON, and their errors."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest

from signalcli.receivers.demos import DEMOS
from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.histories import table
from tests.support.scenario import without

pytestmark = pytest.mark.slow

CHANGES = """\
define king
  + Defined king.
define king; define king
  = king is already defined: nothing changed.
define king --doc first; define king --doc first --unordered
  = king is already defined: nothing changed. It keeps the order of connection: --unordered needs a new signal.
define king --doc first; connect king animal; define king --doc second
  + king was already defined, and now has this doc.
define king --doc first; define king --doc ''
  + king was already defined, and now has this doc.
define king --doc first; define king
  = king is already defined: nothing changed.
connect king animal
  + Defined king.
  + animal listens to king from ANY sender.
define king; connect king animal --sender 大象 --sender :=1 --sender 1
  + animal listens to king from 大象.
  + animal listens to king from 1.
  + animal listens to king from "1".
connect king animal --sender 大象; connect king animal --sender 大象
  = animal already listened to king from 大象.
connect king animal --strong; connect king animal
  + animal already listened to king from ANY sender.
  + king now holds animal weakly: the last connect decides.
connect king animal; connect king animal --strong
  + animal already listened to king from ANY sender.
  + king now holds animal strongly: the last connect decides.
connect king animal; disconnect king animal
  + animal no longer listens to king.
define king; disconnect king animal
  = animal was not connected to king: nothing changed.
connect king animal --sender 大象 --sender 狮子; disconnect king animal --sender 狮子
  + animal no longer listens to king from 狮子. has_receivers_for(狮子) stays True, although a send calls no receiver.
connect king animal; connect king animal --sender 大象; disconnect king animal --sender 大象
  + animal no longer listens to king from 大象. It still listens to ANY.
connect king animal --sender 大象; disconnect king animal --sender 大象
  + animal no longer listens to king from 大象. has_receivers_for(大象) stays True, although a send calls no receiver.
connect king animal; disconnect king echo --sender 大鹏
  + echo was not connected to king from 大鹏. It left an empty bucket for 大鹏.
connect king animal --sender 大象; disconnect king echo --sender 大鹏
  + echo was not connected to king from 大鹏. has_receivers_for(大鹏) is now True, although a send calls no receiver.
connect king animal --sender 大象; disconnect king echo --sender 大鹏; disconnect king echo --sender 大鹏
  = echo was not connected to king from 大鹏.
define king; mute king
  + king is muted.
define king; mute king; mute king
  = king was already muted: nothing changed.
define king; mute king; unmute king
  + king is unmuted.
define king; unmute king
  = king was already unmuted: nothing changed.
connect king animal; remove king
  + Removed king.
  + Undo brings it back: signalcli undo"""
"""Commands, the last of which is tested, and its notes: + if it changed the session, = if not."""


@pytest.mark.parametrize("case", re.split(r"\n(?! )", CHANGES))
def test_a_change_says_what_it_did(session_with: SessionWith, case: str) -> None:
    commands, *notes = case.splitlines()
    *given, act = commands.split("; ")

    result = session_with(*given)(*shlex.split(act), "--json")

    changed, texts = notes[0].startswith("  + "), [note[4:] for note in notes]
    document = {"changed": changed, "notes": texts, "deliveries": []}
    assert (result.status, result.json, result.stderr) == (0, document, "")


NOTES = "Defined king.\nanimal listens to king from ANY sender.\n"


@pytest.mark.parametrize(
    ("line", "notes"),
    [
        ("connect king animal", NOTES),
        ("-q connect king animal", ""),
        ("connect king animal --quiet", ""),
    ],
)
def test_notes_go_beside_the_data(signalcli: SignalCli, line: str, notes: str) -> None:
    assert signalcli(*line.split()) == Result(0, "", notes)


@pytest.mark.parametrize(
    "line", ["--json list", "list --json", "-q --json list", "--json list -q", "--json list --json"]
)
def test_common_options_stand_before_or_after_the_name(signalcli: SignalCli, line: str) -> None:
    assert signalcli(*line.split()) == Result(0, '{"signals": []}\n', "")


@pytest.mark.parametrize("command", ["list", "inspect", "session list"])
def test_an_empty_session_has_a_note_on_standard_error(signalcli: SignalCli, command: str) -> None:
    result = signalcli(*command.split())

    assert (result.status, result.stdout) == (0, "")
    assert result.stderr.endswith(" Start with: signalcli connect king animal\n")


def test_every_kind_of_name_is_listed_as_it_is_typed(signalcli: SignalCli) -> None:
    names = ["king", "zoo/king", "/a/b", "/@x", "@roar", "a:b", "king:receiver", "大象 🐘"]
    for name in names:
        signalcli.ok("define", name)

    kinds = [(signal["signal"], signal["kind"]) for signal in signalcli.read("list")["signals"]]
    assert kinds == [(name, "anonymous" if name == "@roar" else "named") for name in names]


def test_one_word_names_different_signals_in_different_places(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal; define zoo/king; define @king")

    listed = [
        (signal["signal"], signal["receivers"]) for signal in signalcli.read("list")["signals"]
    ]
    assert listed == [("king", 1), ("zoo/king", 0), ("@king", 0)]


def test_a_slash_in_front_of_a_plain_name_means_the_same_signal(session_with: SessionWith) -> None:
    delivery = session_with("connect king animal").read("send /king")

    assert (delivery["signal"], len(delivery["calls"])) == ("king", 1)


def test_list_counts_receivers_and_connections(session_with: SessionWith) -> None:
    signalcli = session_with(
        "define king --doc 大王回山; connect king animal --sender 大象 --sender 狮子",
        "connect king echo; define zoo/king; mute zoo/king",
    )

    document = signalcli.read("list")

    king = {"signal": "king", "kind": "named", "doc": "大王回山", "muted": False}
    zoo = {"signal": "zoo/king", "kind": "named", "doc": None, "muted": True}
    assert document == {
        "signals": [
            {**king, "receivers": 2, "connections": 3, "receiver_names": ["animal", "echo"]},
            {**zoo, "receivers": 0, "connections": 0, "receiver_names": []},
        ]
    }


def animal_view(**differing: Any) -> dict[str, Any]:
    """What inspect says of the receiver ``animal``."""
    function = DEMOS["animal"].function
    return {
        "receiver": "animal",
        "weak": True,
        "async": False,
        "connections": [{"any": True, "sender": None}],
        "where": f"signalcli/receivers/demos.py:{function.__code__.co_firstlineno}",
        "doc": function.__doc__,
        **differing,
    }


def audience(sender: object, result: bool, *called: str, **differing: Any) -> dict[str, Any]:
    """What inspect says of ``has_receivers_for`` and a sender."""
    shown = {"any": False, "sender": sender, "result": result, "receivers_for": [*called]}
    return {**shown, "note": None, **differing}


def test_inspect_shows_receivers_and_asks_about_every_sender(session_with: SessionWith) -> None:
    signalcli = session_with(
        "define king --doc 大王回山; connect king animal --sender :=true --sender 1 --strong",
        "connect king animal; connect king coroutine --sender 大象",
    )

    document = signalcli.read("inspect king --sender 大鹏 --sender :=1.5")

    to_any = {"any": True, "sender": None}
    to_texts = [{"any": False, "sender": sender} for sender in (1, "1", "大象")]

    assert without(document, "where", "doc") == {
        "signal": "king",
        "kind": "named",
        "muted": False,
        "ordered": True,
        "receivers": [
            without(animal_view(connections=[to_any, *to_texts[:2]]), "where", "doc"),
            {"receiver": "coroutine", "weak": True, "async": True, "connections": to_texts[2:]},
        ],
        "has_receivers_for": [
            audience(None, True, "animal", any=True),
            audience(1, True, "animal"),
            audience("1", True, "animal"),
            audience("大象", True, "animal", "coroutine"),
            audience("大鹏", True, "animal"),
            audience(1.5, True, "animal"),
        ],
    }
    assert type(document["has_receivers_for"][1]["sender"]) is int


def test_inspect_says_where_a_receiver_is_and_what_it_does(session_with: SessionWith) -> None:
    document = session_with("connect king animal").read("inspect king")

    assert (document["doc"], document["receivers"]) == (None, [animal_view()])


def test_inspect_without_a_name_shows_every_signal(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal; define @roar --unordered")

    document = signalcli.read("inspect --sender 大鹏")

    king = {"signal": "king", "kind": "named", "doc": None, "muted": False, "ordered": True}
    roar = {"signal": "@roar", "kind": "anonymous", "doc": None, "muted": False, "ordered": False}
    of_king = [audience(None, True, "animal", any=True), audience("大鹏", True, "animal")]
    of_roar = [audience(None, False, any=True), audience("大鹏", False)]
    assert document == {
        "signals": [
            {**king, "receivers": [animal_view()], "has_receivers_for": of_king},
            {**roar, "receivers": [], "has_receivers_for": of_roar},
        ]
    }


def test_inspect_shows_the_tables_of_a_signal(session_with: SessionWith) -> None:
    cells = table(session_with("connect king animal --sender 大象").ok("inspect", "king").stdout)

    view = animal_view()
    assert [row[:4] for row in cells] == [
        ["receiver", "listens to", "held", "kind"],
        ["animal", "大象", "weakly", "sync"],
        ["has_receivers_for", "answers", "receivers_for yields", "beware"],
        ["ANY", "False", "–", "nobody is connected to ANY; this row ignores sender filters"],
        ["大象", "True", "animal", ""],
    ]
    assert cells[1][4:] == [view["where"], view["doc"]]


def test_receivers_shows_the_catalog(signalcli: SignalCli) -> None:
    assert signalcli.read("receivers") == {
        "receivers": [
            {
                "receiver": name,
                "async": name == "coroutine",
                "doc": demo.function.__doc__,
                "teaches": demo.teaches,
                "where": f"signalcli/receivers/demos.py:{demo.function.__code__.co_firstlineno}",
                "source": "demo",
            }
            for name, demo in DEMOS.items()
        ]
    }
    assert " ".join(DEMOS) == (
        "animal animal_one animal_two wechat qq echo strict failing sleepy coroutine"
    )


def test_a_connection_to_several_senders_is_made_to_all_or_none(signalcli: SignalCli) -> None:
    refused = signalcli("connect", "king", "animal", "--sender", "大象", "--sender", ":=0")

    assert (refused.status, signalcli.read("list")) == (2, {"signals": []})


def test_connect_holds_weakly_unless_strong_is_given_each_time(session_with: SessionWith) -> None:
    held = [
        session_with(f"connect king animal {flags}").read("inspect king")["receivers"][0]["weak"]
        for flags in ["--strong", "--strong --sender x", "", "--strong", "--weak"]
    ]

    assert held == [False, False, True, False, True]


def test_a_removed_signal_is_gone(session_with: SessionWith) -> None:
    session_with("connect king animal; define queen; remove king").refused("send king")


def test_a_signal_defined_again_takes_the_doc_and_keeps_order(session_with: SessionWith) -> None:
    signalcli = session_with("define king --doc first; define king --doc second --unordered")

    document = signalcli.read("inspect king")

    assert (document["doc"], document["ordered"]) == ("second", True)
