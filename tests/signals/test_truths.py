"""What blinker really does, seen through the commands: shown as it is, never smoothed over.

The numbers are those of the table of blinker's truths in the project's design.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cli import SessionWith, SignalCli
from tests.support.scenario import prepare

pytestmark = pytest.mark.slow


Row = tuple[str, str, str]
"""A receiver, its outcome and the reason."""
Audience = tuple[Any, bool, list[str], bool]
"""A sender, or ``ANY``: the answer of has_receivers_for, who is called, whether that misleads."""


def calls(signalcli: SignalCli, *arguments: str) -> list[Row]:
    """Every receiver of a send of ``king``, with its outcome and the reason."""
    document = signalcli("send", "king", *arguments, "--json").json
    return [(call["receiver"], call["outcome"], call["reason"]) for call in document["calls"]]


def audiences(signalcli: SignalCli, *senders: str) -> list[Audience]:
    """The audiences of ``ANY`` and of every sender of ``king``."""
    questions = "".join(f" --sender={sender}" for sender in senders)
    rows = signalcli.read(f"inspect king{questions}")["has_receivers_for"]
    asked = [(row, "ANY" if row["any"] else row["sender"]) for row in rows]
    return [(of, row["result"], row["receivers_for"], row["note"] is not None) for row, of in asked]


CALLED = {
    "2: a slogan in the first place is a sender": (
        "connect king animal --sender 大象", "巡山", [("animal", "skipped", "listens only to 大象")]
    ),
    "7: a receiver of ANY and of the sender is called once": (
        "connect king animal --sender 大象; connect king animal", "大象",
        [("animal", "returned", "listens to ANY")],
    ),
    "8: a connection to ANY survives a disconnect from a sender": (
        "connect king animal; disconnect king animal --sender 大象", "大象",
        [("animal", "returned", "listens to ANY")],
    ),
    "8: a disconnect without a sender removes every connection": (
        "connect king animal; connect king animal --sender 大象; disconnect king animal", "大象", []
    ),
    "9: a disconnected sender is skipped": (
        "connect king animal --sender 大象; disconnect king animal --sender 大象", "大象",
        [("animal", "skipped", "has no connection left")],
    ),
    "12: a muted signal calls nobody": (
        "connect king animal; mute king", "大象", [("animal", "skipped", "signal is muted")]
    ),
    "an unmuted signal is heard again": (
        "connect king animal; mute king; unmute king", "大象",
        [("animal", "returned", "listens to ANY")],
    ),
    "19: receivers of ANY go first, then those of the sender in order": (
        ("connect king wechat --sender 大象; connect king echo; "
         "connect king animal_two --sender 大象; connect king animal_one"), "大象",
        [("echo", "returned", "listens to ANY"), ("animal_one", "returned", "listens to ANY"),
         ("wechat", "returned", "listens to 大象"), ("animal_two", "returned", "listens to 大象")],
    ),
}  # fmt: skip
"""Command lines, a sender, and what becomes of the receivers of ``king``."""


@pytest.mark.parametrize(("lines", "sender", "expected"), CALLED.values(), ids=CALLED)
def test_each_truth_about_who_is_called(
    session_with: SessionWith, lines: str, sender: str, expected: list[Row]
) -> None:
    assert calls(session_with(lines), sender) == expected


ASKED: dict[str, tuple[str, str, list[Audience]]] = {
    "9: a disconnected sender still seems to have receivers": (
        "connect king animal --sender 大象; disconnect king animal --sender 大象", "大象",
        [("ANY", False, [], True), ("大象", True, [], True)],
    ),
    "9b: disconnecting what was never connected leaves an empty bucket": (
        "connect king animal --sender 大象; disconnect king echo --sender 大鹏", "大象",
        [("ANY", False, [], True), ("大象", True, ["animal"], False), ("大鹏", True, [], True)],
    ),
    "10: a receiver is asked about as if it were a sender": (
        "connect king animal --sender 大象", "animal",
        [("ANY", False, [], True), ("大象", True, ["animal"], False), ("animal", False, [], True)],
    ),
    "11: it is true of ANY when a receiver has no filter": (
        "connect king animal", "大象",
        [("ANY", True, ["animal"], False), ("大象", True, ["animal"], False)],
    ),
    "11: it is false of ANY when every receiver has a filter": (
        "connect king animal --sender 大象", "大象",
        [("ANY", False, [], True), ("大象", True, ["animal"], False)],
    ),
    "12: it ignores muting": (
        "connect king animal; mute king", "大象",
        [("ANY", True, ["animal"], True), ("大象", True, ["animal"], True)],
    ),
}  # fmt: skip
"""Command lines, a sender that is asked about, and the answers of has_receivers_for."""


@pytest.mark.parametrize(("lines", "sender", "expected"), ASKED.values(), ids=ASKED)
def test_what_has_receivers_for_answers(
    session_with: SessionWith, lines: str, sender: str, expected: list[Audience]
) -> None:
    assert audiences(session_with(lines), sender) == expected


def test_1_a_send_without_an_argument_has_the_sender_none(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king echo; connect king animal --sender None")

    document = signalcli.read("send king")

    assert document["sender"] is None
    assert [(call["outcome"], call["value"]) for call in document["calls"]] == [
        ("returned", {"sender": None, "payload": {}}),
        ("skipped", None),
    ]


def test_3_a_receiver_without_payload_raises_when_some_arrives(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king strict")

    results = [signalcli("send", "king", *payload, "--json") for payload in ([], ["count:=3"])]

    assert [result.status for result in results] == [0, 1]
    error = results[1].json["calls"][0]["error"]
    message = "strict() got an unexpected keyword argument 'count'"
    assert (error["type"], error["message"]) == ("TypeError", message)


def test_4_the_first_exception_stops_the_send_after_values(session_with: SessionWith) -> None:
    result = session_with("connect king animal_one failing echo")("send", "king", "--json")

    shown = [(call["outcome"], call["value"]) for call in result.json["calls"]]
    expected = [("returned", "小钻风记住了"), ("raised", None), ("not_reached", None)]
    assert (result.status, shown) == (1, expected)


@pytest.mark.parametrize(
    ("connected", "sent", "outcome"),
    [
        ("1", ":=1", "skipped"),
        (":=1", "1", "skipped"),
        (":=1", ":=true", "returned"),
        (":=true", ":=1", "returned"),
        (":=1", ":=1.0", "skipped"),
        ("大象", ':="大象"', "returned"),
    ],
)
def test_15_text_and_integers_are_compared_by_value_and_the_rest_by_identity(
    signalcli: SignalCli, connected: str, sent: str, outcome: str
) -> None:
    signalcli.ok("connect", "king", "animal", "--sender", connected)

    assert [made for _, made, _ in calls(signalcli, sent)] == [outcome]


def test_17_a_send_to_a_coroutine_function_raises(session_with: SessionWith) -> None:
    result = session_with("connect king coroutine animal")("send", "king", "--json")

    raised, after = result.json["calls"]
    message = "Cannot send to a coroutine function."
    error = (raised["error"]["type"], raised["error"]["message"])
    assert (result.status, *error) == (1, "RuntimeError", message)
    assert (after["outcome"], after["reason"]) == ("not_reached", "coroutine raised before it")


def test_19_without_order_the_same_receivers_are_called(signalcli: SignalCli) -> None:
    names = ["wechat", "echo", "animal_two", "animal_one", "qq"]
    prepare(signalcli, f"define king --unordered; connect king {' '.join(names)}")

    called = calls(signalcli)

    assert sorted(called) == sorted((name, "returned", "listens to ANY") for name in names)


@pytest.mark.parametrize("key", ["sender", "self", "payload", "signal"])
def test_22_a_payload_key_may_be_almost_any_name(signalcli: SignalCli, key: str) -> None:
    prepare(signalcli, "connect king echo")

    result = signalcli("send", "king", f"{key}=x", "--json")

    value = result.json["calls"][0]["value"]
    assert (result.status, value) == (0, {"sender": None, "payload": {key: "x"}})
