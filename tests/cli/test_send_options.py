"""``send`` with ``--on-error``, ``--async``, ``--wrap``, ``--muted`` and ``--connected-to``."""

from __future__ import annotations

from typing import Any

import pytest
from blinker import ANY, Namespace, Signal

from signalcli.playground.editor import SessionEditor
from signalcli.streams import captured
from signalcli.values.delivery import Message, SendOptions
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.session import Session
from signalcli.values.signal_name import SignalName
from tests.support.cli import SessionWith, SignalCli
from tests.support.scenario import change
from tests.support.sends import LOST, Row, rows, saved

pytestmark = pytest.mark.slow

KING = SignalName.parse("king")
WENT_ON = (
    "{} raised: blinker's own send stops there, and loses the results before it. Here it went on."
)
ENDS = "connected_to ends by disconnecting every connection of {}, its own to {} included."
UNMUTES = "muted() ends by unmuting, although the signal was muted before."
QQ = ("qq", "returned", "QQ 已提醒")
NO_COROUTINE = "RuntimeError: Cannot send to a coroutine function."
NO_PLAIN = "RuntimeError: Cannot send to a non-coroutine function."


def connected(*receivers: str) -> Session:
    """A session in which ``king`` has these receivers, all of them for ``ANY``."""
    session = Session({}, {"storm": OwnReceiver(says="boom", raises="thunder", is_async=True)})
    return change(session, "here", lambda p: p.connect(KING, [*receivers], []))[0]


def sent(session: Session, options: SendOptions) -> dict[str, Any]:
    with captured(live=False) as capture:
        live = SessionEditor(session, "here", capture)
        return live.send(KING, Message("大象", {}, options)).to_json()


AFTER_FAILING: dict[str, list[Row]] = {
    "stop": [
        ("strict", "not_reached", "failing raised before it"),
        ("echo", "not_reached", "failing raised before it"),
    ],
    "continue": [
        ("strict", "raised", "TypeError: strict() got an unexpected keyword argument 'a'"),
        ("echo", "returned", {"sender": None, "payload": {"a": "1"}}),
    ],
}


@pytest.mark.parametrize(
    ("option", "on_error", "notes"),
    [
        ("", "stop", []),
        ("--on-error stop", "stop", []),
        ("--on-error=continue", "continue", [WENT_ON.format("failing")]),
    ],
)
def test_stop_is_blinkers_own_and_continue_keeps_each_result_and_exception(
    session_with: SessionWith, option: str, on_error: str, notes: list[str]
) -> None:
    signalcli = session_with(
        "connect king animal_one failing strict echo; connect king qq --sender 大象"
    )

    result = signalcli("send", "king", "a=1", *option.split(), "--json")

    assert (result.status, result.stderr, result.json["notes"]) == (1, "", notes)
    assert result.json["options"]["on_error"] == on_error
    assert rows(result.json) == [
        ("animal_one", "returned", "小钻风记住了"),
        ("failing", "raised", LOST),
        *AFTER_FAILING[on_error],
        ("qq", "skipped", "listens only to 大象"),
    ]


def test_continue_shows_the_place_of_each_exception_as_stop_does() -> None:
    session = connected("failing", "coroutine")

    stop, go_on = (sent(session, SendOptions(on_error=option)) for option in ("stop", "continue"))

    assert go_on["calls"][0]["error"] == stop["calls"][0]["error"]
    places = [call["error"]["where"].partition(":")[0] for call in go_on["calls"]]
    assert places == ["signalcli/receivers/demos.py"] * 2


def test_continue_adds_nothing_where_no_receiver_raises() -> None:
    document = sent(connected("animal_one", "echo"), SendOptions(on_error="continue"))

    outcomes = [outcome for _, outcome, _ in rows(document)]
    assert (outcomes, document["notes"]) == (["returned", "returned"], [])


def test_continue_shows_what_each_receiver_printed_and_returned(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal_one failing animal_two")

    result = signalcli("send", "king", "--on-error", "continue", "-q")

    lines = result.stdout.splitlines()
    assert lines[:2] == ["小钻风：大王有令，我记住了！", "大钻风：大王有令，我也记住了！"]
    assert lines[2].startswith("king ← None")
    assert (lines[-1], result.stderr) == ("2 returned, 1 raised.", "")
    reported = signalcli("send", "king", "--on-error", "continue").stderr
    assert reported == WENT_ON.format("failing") + "\n"


@pytest.mark.parametrize(
    ("options", "first", "second", "third"),
    [
        ("", "小钻风记住了", NO_COROUTINE, None),
        ("--wrap", "小钻风记住了", "顺风耳听到了", "大钻风记住了"),
        ("--async", NO_PLAIN, None, None),
        ("--async --wrap", "小钻风记住了", "顺风耳听到了", "大钻风记住了"),
        ("--on-error continue", "小钻风记住了", NO_COROUTINE, "大钻风记住了"),
        ("--on-error continue --async", NO_PLAIN, "顺风耳听到了", NO_PLAIN),
        ("--on-error continue --wrap", "小钻风记住了", "顺风耳听到了", "大钻风记住了"),
        ("--on-error continue --async --wrap", "小钻风记住了", "顺风耳听到了", "大钻风记住了"),
    ],
)
def test_plain_and_coroutine_receivers_mix_only_where_they_are_wrapped(
    mixed: SignalCli, options: str, first: str, second: str | None, third: str | None
) -> None:
    result = mixed("send", "king", *options.split(), "--json")

    results = {"animal_one": first, "coroutine": second, "animal_two": third}
    raiser = next((name for name in results if str(results[name]).startswith("Runtime")), None)
    assert rows(result.json) == [
        (name, "not_reached", f"{raiser} raised before it")
        if value is None
        else (name, "raised" if value.startswith("Runtime") else "returned", value)
        for name, value in results.items()
    ]
    assert (result.status, result.stderr) == (0 if raiser is None else 1, "")


@pytest.fixture(scope="module")
def mixed(shared_session: SessionWith) -> SignalCli:
    """A plain receiver, a coroutine, and a plain one again."""
    return shared_session("connect king animal_one coroutine animal_two")


@pytest.mark.parametrize("is_async", [False, True])
def test_what_a_wrapped_receiver_prints_is_its_own(is_async: bool) -> None:
    session = connected("animal_one", "coroutine", "storm", "animal_two")

    document = sent(session, SendOptions("continue", is_async, wrap=True))

    assert [call["output"] for call in document["calls"]] == [
        "小钻风：大象大王有令，我记住了！\n",
        "顺风耳：消息在路上，等等就到。\n",
        "boom\n",
        "大钻风：大象大王有令，我也记住了！\n",
    ]
    assert rows(document)[2] == ("storm", "raised", "RuntimeError: thunder")
    assert document["notes"] == [WENT_ON.format("storm")]


ORDER = """
import asyncio

log = []

async def slow(sender, /, **payload):
    log.append("slow begins")
    await asyncio.sleep(0.01)
    log.append("slow ends")

async def quick(sender, /, **payload):
    log.append("quick")
    return log

def in_a_loop(sender, /, **payload):
    try:
        return asyncio.get_running_loop() is not None
    except RuntimeError:
        return False
"""


def test_a_send_async_awaits_its_receivers_one_after_the_other(session_with: SessionWith) -> None:
    """Number 17 of blinker's truths."""
    signalcli = session_with("connect king handlers.py:slow handlers.py:quick", handlers=ORDER)

    calls = signalcli.read("send king --async")["calls"]

    assert [call["value"] for call in calls] == [None, ["slow begins", "slow ends", "quick"]]


@pytest.mark.parametrize(("option", "is_in_a_loop"), [("", False), ("--async", True)])
def test_a_plain_receiver_runs_within_the_loop_only_in_a_send_async(
    session_with: SessionWith, option: str, is_in_a_loop: bool
) -> None:
    signalcli = session_with("connect king handlers.py:in_a_loop", handlers=ORDER)

    assert rows(signalcli.read(f"send king --wrap {option}"))[0][2] is is_in_a_loop


def test_13_muted_unmutes_a_signal_that_was_muted(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal; mute king")
    live = Signal()
    live.is_muted = True
    with live.muted():
        pass

    within, after = signalcli.read("send king --muted"), signalcli.read("send king")

    skipped, heard = (
        ("animal", "skipped", "signal is muted"),
        ("animal", "returned", "小钻风去巡山"),
    )
    assert (within["muted"], rows(within), within["notes"]) == (True, [skipped], [UNMUTES])
    assert (after["muted"], rows(after)) == (live.is_muted, [heard])


@pytest.mark.parametrize("options", ["--muted", "--connected-to qq", "--muted --connected-to qq"])
def test_what_stays_as_it_was_is_not_written_again(session_with: SessionWith, options: str) -> None:
    signalcli = session_with("connect king animal --sender 大象; connect king echo --strong")
    before = saved(signalcli)

    document = signalcli.read(f"send king {options}")

    assert (document["notes"], saved(signalcli)) == ([], before)


def test_connected_to_connects_to_any_for_this_send_alone(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal_one --sender 大象")

    within = signalcli.read("send king 大象 --connected-to qq")
    after = signalcli.read("send king 大象")

    one = ("animal_one", "returned", "小钻风记住了")
    assert [rows(within), rows(after)] == [[QQ, one], [one]]


def test_14_connected_to_ends_all_connections_of_its_receiver(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal --sender 大象 --sender 1; connect king qq")
    live = Namespace().signal("king")

    def animal(sender: object) -> None: ...

    def qq(sender: object) -> None: ...

    live.connect(animal, sender="大象")
    live.connect(animal, sender="1")
    live.connect(qq)
    with live.connected_to(animal):
        pass

    sent = signalcli.read("send king 狮子 --connected-to animal")
    view = signalcli.read("inspect king")

    heard = [receiver for receiver, outcome, _ in rows(sent) if outcome == "returned"]
    assert (heard, sent["notes"]) == (["qq", "animal"], [ENDS.format("animal", '大象, "1"')])
    left = [{"receiver": r["receiver"], "weak": r["weak"]} for r in view["receivers"]]
    assert left == [{"receiver": "qq", "weak": True}]
    assert len(live.receivers) == 1
    assert {
        "ANY" if row["any"] else row["sender"]: (row["result"], row["receivers_for"])
        for row in view["has_receivers_for"]
    } == {
        sender: (
            live.has_receivers_for(ANY if sender == "ANY" else sender),
            [receiver.__name__ for receiver in live.receivers_for(sender)],
        )
        for sender in ("ANY", "大象", "1")
    }


def test_the_lost_connections_of_connected_to_are_noted(session_with: SessionWith) -> None:
    result = session_with("connect king qq").ok("send", "king", "--connected-to", "qq")

    assert result.stderr == ENDS.format("qq", "ANY") + "\n"
    assert "connected to qq" in result.stdout.splitlines()[1]


def test_muted_and_connected_to_leave_the_effects_of_both(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal --sender 大象; connect king qq; mute king")

    within = signalcli.read("send king 大象 --muted --connected-to animal")
    after = signalcli.read("send king 大象")

    muted = "signal is muted"
    assert rows(within) == [("animal", "skipped", muted), ("qq", "skipped", muted)]
    assert within["notes"] == [ENDS.format("animal", "大象"), UNMUTES]
    assert rows(after) == [QQ]


def test_a_receiver_that_raises_in_connected_to_is_disconnected(session_with: SessionWith) -> None:
    signalcli = session_with("connect king failing --sender 大象; connect king echo --sender 狮子")

    within = signalcli("send", "king", "--connected-to", "failing", "--json")
    view = signalcli.read("inspect king")

    skipped = ("echo", "skipped", "listens only to 狮子")
    assert (within.status, rows(within.json)) == (1, [("failing", "raised", LOST), skipped])
    assert within.json["notes"] == [ENDS.format("failing", "大象")]
    assert [receiver["receiver"] for receiver in view["receivers"]] == ["echo"]


@pytest.mark.parametrize("receiver", ["anmal", "handlers.py:nobody", "nowhere:f", "nowhere.py:f"])
def test_connecting_an_unknown_receiver_is_an_error_and_nothing_is_sent(
    session_with: SessionWith, receiver: str
) -> None:
    signalcli = session_with("connect king animal", handlers="def somebody(sender): pass\n")
    before = saved(signalcli)

    error = signalcli.refused(f"send king --connected-to {receiver} --json")

    assert receiver.rpartition(":")[0].partition(".")[0] in error
    assert saved(signalcli) == before
    assert signalcli.ok("history", "--json").stdout == ""


def test_an_unknown_receiver_is_met_with_the_one_that_was_meant(session_with: SessionWith) -> None:
    error = session_with("define king").refused("send king --connected-to anmal")

    meant = "Did you mean 'animal'? See them all: signalcli receivers"
    assert error == f"No receiver 'anmal'. {meant}"


UNTOUCHED = ("", "大象 a=1", "--on-error continue", "--async", "--wrap 大象", "--fail-unheard")


def test_a_send_without_such_options_never_writes_the_session(session_with: SessionWith) -> None:
    signalcli = session_with(
        "connect king failing --sender 大象; connect king coroutine; define queen"
    )
    before = saved(signalcli)

    for options in UNTOUCHED:
        signalcli("send", "king", *options.split())

    assert saved(signalcli) == before
