"""What blinker really does, seen through the commands: shown as it is, never smoothed over.

The numbers are those of the table of blinker's truths in the project's design.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import SignalCli
from tests.support.scenario import prepare


def calls(signalcli: SignalCli, *arguments: str) -> list[tuple[str, str, str]]:
    """Every receiver of a send of ``king``, with its outcome and the reason."""
    document = signalcli("send", "king", *arguments, "--json").json
    return [(call["receiver"], call["outcome"], call["reason"]) for call in document["calls"]]


def audiences(signalcli: SignalCli, *senders: str) -> list[tuple[Any, bool, list[str], bool]]:
    """For ``ANY`` and every sender of ``king``: the answer, who is called, whether it misleads."""
    questions = [f"--sender={sender}" for sender in senders]
    document = signalcli.ok("inspect", "king", "--json", *questions).json
    return [
        (
            "ANY" if row["any"] else row["sender"],
            row["result"],
            row["receivers_for"],
            row["note"] is not None,
        )
        for row in document["has_receivers_for"]
    ]


def test_1_a_send_without_an_argument_has_the_sender_none(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king echo", "connect king animal --sender None")

    document = signalcli.ok("send", "king", "--json").json

    assert document["sender"] is None
    assert [(call["outcome"], call["value"]) for call in document["calls"]] == [
        ("returned", {"sender": None, "payload": {}}),
        ("skipped", None),
    ]


def test_2_a_slogan_in_the_first_place_is_a_sender(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal --sender 大象")

    assert calls(signalcli, "巡山") == [("animal", "skipped", "listens only to 大象")]


def test_3_a_receiver_without_payload_raises_when_some_arrives(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king strict")

    results = [signalcli("send", "king", *payload, "--json") for payload in ([], ["count:=3"])]

    assert [result.status for result in results] == [0, 1]
    error = results[1].json["calls"][0]["error"]
    assert (error["type"], error["message"]) == (
        "TypeError",
        "strict() got an unexpected keyword argument 'count'",
    )


def test_4_the_first_exception_stops_the_send_but_earlier_values_are_shown(
    signalcli: SignalCli,
) -> None:
    prepare(signalcli, *[f"connect king {name}" for name in ("animal_one", "failing", "echo")])

    result = signalcli("send", "king", "--json")

    shown = [(call["outcome"], call["value"]) for call in result.json["calls"]]
    assert (result.status, shown) == (
        1,
        [("returned", "小钻风记住了"), ("raised", None), ("not_reached", None)],
    )


def test_7_a_receiver_of_any_and_of_the_sender_is_called_once(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal --sender 大象", "connect king animal")

    assert calls(signalcli, "大象") == [("animal", "returned", "listens to ANY")]


def test_8_a_connection_to_any_survives_a_disconnect_from_a_sender(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal", "disconnect king animal --sender 大象")

    assert calls(signalcli, "大象") == [("animal", "returned", "listens to ANY")]


def test_8_a_disconnect_without_a_sender_removes_every_connection(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "connect king animal",
        "connect king animal --sender 大象",
        "disconnect king animal",
    )

    assert calls(signalcli, "大象") == []


def test_9_a_disconnected_sender_still_seems_to_have_receivers(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal --sender 大象", "disconnect king animal --sender 大象")

    assert audiences(signalcli) == [("ANY", False, [], True), ("大象", True, [], True)]
    assert calls(signalcli, "大象") == [("animal", "skipped", "has no connection left")]


def test_9b_disconnecting_what_was_never_connected_leaves_an_empty_bucket(
    signalcli: SignalCli,
) -> None:
    prepare(signalcli, "connect king animal --sender 大象", "disconnect king echo --sender 大鹏")

    assert audiences(signalcli)[1:] == [
        ("大象", True, ["animal"], False),
        ("大鹏", True, [], True),
    ]


def test_10_a_receiver_is_asked_about_as_if_it_were_a_sender(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal --sender 大象")

    assert audiences(signalcli, "animal")[2:] == [("animal", False, [], True)]


@pytest.mark.parametrize(
    ("connection", "of_any"),
    [
        ("connect king animal", ("ANY", True, ["animal"], False)),
        ("connect king animal --sender 大象", ("ANY", False, [], True)),
    ],
)
def test_11_has_receivers_for_any_is_false_when_every_receiver_has_a_filter(
    signalcli: SignalCli, connection: str, of_any: tuple[Any, ...]
) -> None:
    prepare(signalcli, connection)

    assert audiences(signalcli)[0] == of_any


def test_12_has_receivers_for_ignores_muting(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal", "mute king")

    document = signalcli.ok("send", "king", "大象", "--json").json

    assert audiences(signalcli, "大象") == [
        ("ANY", True, ["animal"], True),
        ("大象", True, ["animal"], True),
    ]
    assert document["muted"] is True
    assert calls(signalcli, "大象") == [("animal", "skipped", "signal is muted")]


def test_an_unmuted_signal_is_heard_again(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal", "mute king", "unmute king")

    assert calls(signalcli) == [("animal", "returned", "listens to ANY")]


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


def test_17_a_send_to_a_coroutine_function_raises(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king coroutine", "connect king animal")

    result = signalcli("send", "king", "--json")

    raised, after = result.json["calls"]
    assert (result.status, raised["error"]["type"], raised["error"]["message"]) == (
        1,
        "RuntimeError",
        "Cannot send to a coroutine function.",
    )
    assert (after["outcome"], after["reason"]) == ("not_reached", "coroutine raised before it")


def test_19_receivers_of_any_go_first_then_those_of_the_sender_in_order(
    signalcli: SignalCli,
) -> None:
    prepare(
        signalcli,
        "connect king wechat --sender 大象",
        "connect king echo",
        "connect king animal_two --sender 大象",
        "connect king animal_one",
    )

    called = [receiver for receiver, _, _ in calls(signalcli, "大象")]

    assert called == ["echo", "animal_one", "wechat", "animal_two"]


def test_19_without_order_the_same_receivers_are_called(signalcli: SignalCli) -> None:
    names = ["wechat", "echo", "animal_two", "animal_one", "qq"]
    prepare(signalcli, "define king --unordered", *[f"connect king {name}" for name in names])

    called = calls(signalcli)

    assert sorted(called) == sorted((name, "returned", "listens to ANY") for name in names)


@pytest.mark.parametrize("key", ["sender", "self", "payload", "signal"])
def test_22_a_payload_key_may_have_any_name_but_those_of_a_wrapper(
    signalcli: SignalCli, key: str
) -> None:
    prepare(signalcli, "connect king echo")

    result = signalcli("send", "king", f"{key}=x", "--json")

    value = result.json["calls"][0]["value"]
    assert (result.status, value) == (0, {"sender": None, "payload": {key: "x"}})
