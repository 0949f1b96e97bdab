"""Commands that change or show signals: what they do, their JSON, and their errors."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

import pytest

from signalcli.receivers.demos import CATALOGUE
from tests.conftest import Result, SignalCli
from tests.support.scenario import prepare, without

CHANGES: list[tuple[Sequence[str], str, bool, Sequence[str]]] = [
    ([], "define king", True, ["Defined king."]),
    (["define king"], "define king", False, ["king is already defined: nothing changed."]),
    (
        ["define king --doc first"],
        "define king --doc second --unordered",
        False,
        ["king is already defined: nothing changed."],
    ),
    ([], "connect king animal", True, ["Defined king.", "animal listens to king from ANY sender."]),
    (
        ["define king"],
        "connect king animal --sender 大象 --sender :=1 --sender 1",
        True,
        [
            "animal listens to king from 大象.",
            "animal listens to king from 1.",
            'animal listens to king from "1".',
        ],
    ),
    (
        ["connect king animal --sender 大象"],
        "connect king animal --sender 大象",
        False,
        ["animal already listened to king from 大象."],
    ),
    (
        ["connect king animal --strong"],
        "connect king animal",
        True,
        [
            "animal already listened to king from ANY sender.",
            "king now holds animal weakly: the last connect decides.",
        ],
    ),
    (
        ["connect king animal"],
        "connect king animal --strong",
        True,
        [
            "animal already listened to king from ANY sender.",
            "king now holds animal strongly: the last connect decides.",
        ],
    ),
    (
        ["connect king animal"],
        "disconnect king animal",
        True,
        ["animal no longer listens to king."],
    ),
    (
        ["define king"],
        "disconnect king animal",
        False,
        ["animal was not connected to king: nothing changed."],
    ),
    (
        ["connect king animal --sender 大象 --sender 狮子"],
        "disconnect king animal --sender 狮子",
        True,
        [
            (
                "animal no longer listens to king from 狮子. "
                "has_receivers_for(狮子) stays True, though nobody is called."
            )
        ],
    ),
    (
        ["connect king animal", "connect king animal --sender 大象"],
        "disconnect king animal --sender 大象",
        True,
        ["animal no longer listens to king from 大象. It still listens to ANY."],
    ),
    (
        ["connect king animal --sender 大象"],
        "disconnect king animal --sender 大象",
        True,
        [
            (
                "animal no longer listens to king from 大象. "
                "has_receivers_for(大象) stays True, though nobody is called."
            )
        ],
    ),
    (
        ["connect king animal"],
        "disconnect king echo --sender 大鹏",
        True,
        ["echo was not connected to king from 大鹏. It left an empty bucket for 大鹏."],
    ),
    (
        ["connect king animal --sender 大象"],
        "disconnect king echo --sender 大鹏",
        True,
        [
            (
                "echo was not connected to king from 大鹏. "
                "has_receivers_for(大鹏) is now True, though nobody is called."
            )
        ],
    ),
    (
        ["connect king animal --sender 大象", "disconnect king echo --sender 大鹏"],
        "disconnect king echo --sender 大鹏",
        False,
        ["echo was not connected to king from 大鹏."],
    ),
    (["define king"], "mute king", True, ["king is muted."]),
    (
        ["define king", "mute king"],
        "mute king",
        False,
        ["king was already muted: nothing changed."],
    ),
    (["define king", "mute king"], "unmute king", True, ["king is unmuted."]),
    (["define king"], "unmute king", False, ["king was already unmuted: nothing changed."]),
    (["connect king animal"], "remove king", True, ["Removed king."]),
]


@pytest.mark.parametrize(("given", "act", "changed", "notes"), CHANGES)
def test_a_change_says_what_it_did(
    signalcli: SignalCli, given: Sequence[str], act: str, changed: bool, notes: Sequence[str]
) -> None:
    prepare(signalcli, *given)

    result = signalcli(*shlex.split(act), "--json")

    document = {"changed": changed, "notes": notes, "deliveries": []}
    assert (result.status, result.json, result.stderr) == (0, document, "")


def test_notes_go_beside_the_data(signalcli: SignalCli) -> None:
    result = signalcli("connect", "king", "animal")

    assert result == Result(0, "", "Defined king.\nanimal listens to king from ANY sender.\n")


@pytest.mark.parametrize("line", ["-q connect king animal", "connect king animal --quiet"])
def test_quiet_leaves_only_the_data(signalcli: SignalCli, line: str) -> None:
    result = signalcli(*shlex.split(line))

    assert result == Result(0, "", "")


@pytest.mark.parametrize(
    "line", ["--json list", "list --json", "-q --json list", "--json list -q", "--json list --json"]
)
def test_common_options_stand_before_or_after_the_name(signalcli: SignalCli, line: str) -> None:
    result = signalcli(*line.split())

    assert result == Result(0, '{"signals": []}\n', "")


@pytest.mark.parametrize("command", ["list", "inspect", "session list"])
def test_nothing_yet_is_said_beside_the_data(signalcli: SignalCli, command: str) -> None:
    result = signalcli(*command.split())

    assert (result.status, result.stdout) == (0, "")
    assert result.stderr.endswith(" Start with: signalcli connect king animal\n")


def test_every_kind_of_name_is_listed_as_it_is_typed(signalcli: SignalCli) -> None:
    names = ["king", "zoo/king", "/a/b", "/@x", "@roar", "a:b", "king:receiver", "大象 🐘"]
    for name in names:
        signalcli.ok("define", name)

    listed = signalcli.ok("list", "--json").json["signals"]

    kinds = [(signal["signal"], signal["kind"]) for signal in listed]
    assert kinds == [(name, "anonymous" if name == "@roar" else "named") for name in names]


def test_one_word_names_different_signals_in_different_places(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal", "define zoo/king", "define @king")

    listed = signalcli.ok("list", "--json").json["signals"]

    assert [(signal["signal"], signal["receivers"]) for signal in listed] == [
        ("king", 1),
        ("zoo/king", 0),
        ("@king", 0),
    ]


def test_a_slash_in_front_of_a_plain_name_means_the_same_signal(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal")

    delivery = signalcli.ok("send", "/king", "--json").json

    assert (delivery["signal"], len(delivery["calls"])) == ("king", 1)


def test_list_counts_receivers_and_connections(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "define king --doc 大王回山",
        "connect king animal --sender 大象 --sender 狮子",
        "connect king echo",
        "define zoo/king",
        "mute zoo/king",
    )

    document = signalcli.ok("list", "--json").json

    king = {"signal": "king", "kind": "named", "doc": "大王回山", "muted": False}
    zoo = {"signal": "zoo/king", "kind": "named", "doc": None, "muted": True}
    assert document == {
        "signals": [
            {**king, "receivers": 2, "connections": 3},
            {**zoo, "receivers": 0, "connections": 0},
        ]
    }


def animal_view(**differing: Any) -> dict[str, Any]:
    """What inspect says of the receiver ``animal``."""
    function = CATALOGUE["animal"].function
    return {
        "receiver": "animal",
        "weak": True,
        "async": False,
        "connections": [{"any": True, "sender": None}],
        "where": f"signalcli/demos.py:{function.__code__.co_firstlineno}",
        "doc": function.__doc__,
        **differing,
    }


def audience(sender: object, result: bool, *called: str, **differing: Any) -> dict[str, Any]:
    """What inspect says of ``has_receivers_for`` and a sender."""
    shown = {"any": False, "sender": sender, "result": result, "receivers_for": [*called]}
    return {**shown, "note": None, **differing}


def test_inspect_shows_receivers_and_asks_about_every_sender(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "define king --doc 大王回山",
        "connect king animal --sender :=true --sender 1 --strong",
        "connect king animal",
        "connect king coroutine --sender 大象",
    )

    document = signalcli.ok(
        "inspect", "king", "--sender", "大鹏", "--sender", ":=1.5", "--json"
    ).json

    assert without(document, "where", "doc") == {
        "signal": "king",
        "kind": "named",
        "muted": False,
        "ordered": True,
        "receivers": [
            without(
                animal_view(
                    connections=[
                        {"any": True, "sender": None},
                        {"any": False, "sender": 1},
                        {"any": False, "sender": "1"},
                    ]
                ),
                "where",
                "doc",
            ),
            {
                "receiver": "coroutine",
                "weak": True,
                "async": True,
                "connections": [{"any": False, "sender": "大象"}],
            },
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


def test_inspect_says_where_a_receiver_is_defined_and_what_it_does(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal")

    document = signalcli.ok("inspect", "king", "--json").json

    assert (document["doc"], document["receivers"]) == (None, [animal_view()])


def test_inspect_without_a_name_shows_every_signal(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal", "define @roar --unordered")

    document = signalcli.ok("inspect", "--sender", "大鹏", "--json").json

    king = {"signal": "king", "kind": "named", "doc": None, "muted": False, "ordered": True}
    roar = {"signal": "@roar", "kind": "anonymous", "doc": None, "muted": False, "ordered": False}
    assert document == {
        "signals": [
            {
                **king,
                "receivers": [animal_view()],
                "has_receivers_for": [
                    audience(None, True, "animal", any=True),
                    audience("大鹏", True, "animal"),
                ],
            },
            {
                **roar,
                "receivers": [],
                "has_receivers_for": [audience(None, False, any=True), audience("大鹏", False)],
            },
        ]
    }


def test_inspect_shows_the_tables_of_a_signal(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal --sender 大象")

    shown = signalcli.ok("inspect", "king").stdout

    cells = [
        [cell.strip() for cell in line.strip("│").split("│")]
        for line in shown.splitlines()
        if line.startswith("│")
    ]
    view = animal_view()
    assert [row[:4] for row in cells] == [
        ["receiver", "listens to", "held", "kind"],
        ["animal", "大象", "weakly", "sync"],
        ["has_receivers_for", "answers", "receivers_for yields", "beware"],
        ["ANY", "False", "–", "no receiver listens to ANY, and this asks for ANY only"],
        ["大象", "True", "animal", ""],
    ]
    assert cells[1][4:] == [view["where"], view["doc"]]


def test_receivers_shows_the_catalogue(signalcli: SignalCli) -> None:
    document = signalcli.ok("receivers", "--json").json

    assert document == {
        "receivers": [
            {
                "receiver": name,
                "async": name == "coroutine",
                "doc": demo.function.__doc__,
                "teaches": demo.teaches,
                "where": f"signalcli/demos.py:{demo.function.__code__.co_firstlineno}",
                "source": "demo",
            }
            for name, demo in CATALOGUE.items()
        ]
    }
    assert " ".join(CATALOGUE) == (
        "animal animal_one animal_two wechat qq echo strict failing sleepy coroutine"
    )


def test_a_connection_to_several_senders_is_made_to_all_or_none(signalcli: SignalCli) -> None:
    refused = signalcli("connect", "king", "animal", "--sender", "大象", "--sender", ":=0")

    assert (refused.status, signalcli.ok("list", "--json").json) == (2, {"signals": []})


def test_connect_holds_weakly_unless_told_otherwise_each_time(signalcli: SignalCli) -> None:
    held = []
    for flags in ["--strong", "--strong --sender x", "", "--strong", "--weak"]:
        prepare(signalcli, f"connect king animal {flags}")
        held.append(signalcli.ok("inspect", "king", "--json").json["receivers"][0]["weak"])

    assert held == [False, False, True, False, True]


def test_a_removed_signal_is_gone(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal", "define queen", "remove king")

    result = signalcli("send", "king")

    assert (result.status, result.stdout) == (2, "")


def test_a_signal_that_is_defined_again_keeps_its_doc(signalcli: SignalCli) -> None:
    prepare(signalcli, "define king --doc first", "define king --doc second --unordered")

    document = signalcli.ok("inspect", "king", "--json").json

    assert (document["doc"], document["ordered"]) == ("first", True)
