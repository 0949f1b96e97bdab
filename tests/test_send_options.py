"""``send`` with its options, and with receivers that do what functions of a person's own may do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from blinker import ANY, Namespace, Signal

from signalcli.playground.playground import Playground
from signalcli.streams import captured
from signalcli.values.delivery import SendOptions, Session
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.signal_name import SignalName
from tests.conftest import Result, SignalCli
from tests.support.scenario import change, prepare

KING = SignalName.parse("king")
WENT_ON = (
    "{} raised: blinker's own send stops there, and loses the results before it. Here it went on."
)
ENDS = "connected_to ends by disconnecting every connection of {}, its own to {} included."
UNMUTES = "muted() ends by unmuting, although the signal was muted before."
NO_COROUTINE = "RuntimeError: Cannot send to a coroutine function."
NO_PLAIN = "RuntimeError: Cannot send to a non-coroutine function."
LOST = "RuntimeError: 小钻风在山里迷了路"

Row = tuple[str, str, Any]
"""A receiver, the outcome, and the value; or the error, or why it wasn't called."""


def rows(document: dict[str, Any]) -> list[Row]:
    """What became of every receiver."""
    return [(call["receiver"], call["outcome"], _result(call)) for call in document["calls"]]


def _result(call: dict[str, Any]) -> Any:
    if call["error"] is not None:
        return f"{call['error']['type']}: {call['error']['message']}"
    return call["value"] if call["outcome"] == "returned" else call["reason"]


def saved(signalcli: SignalCli) -> tuple[int, int, bytes]:
    """The session's file: which one it is, when it was written, and what it holds."""
    status = signalcli.session_path.stat()
    return status.st_ino, status.st_mtime_ns, signalcli.session_path.read_bytes()


def write_handlers(signalcli: SignalCli, code: str) -> None:
    (signalcli.directory / "handlers.py").write_text(code)


@contextmanager
def playground(session: Session) -> Iterator[Playground]:
    with captured(live=False) as capture:
        yield Playground(session, "here", capture)


def connected(*receivers: str) -> Session:
    """A session in which ``king`` has these receivers, all of them for ``ANY``."""
    session = Session({}, {"storm": OwnReceiver(says="boom", raises="thunder", is_async=True)})
    for receiver in receivers:
        session = connect(session, receiver)
    return session


def connect(session: Session, receiver: str) -> Session:
    return change(session, "here", lambda p: p.connect(KING, receiver, []))[0]


def sent(session: Session, options: SendOptions) -> dict[str, Any]:
    with playground(session) as live:
        return live.send(KING, "大象", {}, options).to_json()


# --on-error


def test_stop_is_blinkers_own_and_continue_keeps_each_result_and_exception(
    signalcli: SignalCli,
) -> None:
    prepare(
        signalcli,
        *[f"connect king {name}" for name in ("animal_one", "failing", "strict", "echo")],
        "connect king qq --sender 大象",
    )

    results = [
        signalcli("send", "king", "a=1", *options, "--json")
        for options in ([], ["--on-error", "stop"], ["--on-error=continue"])
    ]

    stopped = [
        ("animal_one", "returned", "小钻风记住了"),
        ("failing", "raised", LOST),
        ("strict", "not_reached", "failing raised before it"),
        ("echo", "not_reached", "failing raised before it"),
        ("qq", "skipped", "listens only to 大象"),
    ]
    went_on = [
        ("animal_one", "returned", "小钻风记住了"),
        ("failing", "raised", LOST),
        ("strict", "raised", "TypeError: strict() got an unexpected keyword argument 'a'"),
        ("echo", "returned", {"sender": None, "payload": {"a": "1"}}),
        ("qq", "skipped", "listens only to 大象"),
    ]
    assert [(result.status, result.stderr) for result in results] == [(1, "")] * 3
    assert [rows(result.json) for result in results] == [stopped, stopped, went_on]
    assert [result.json["notes"] for result in results] == [[], [], [WENT_ON.format("failing")]]
    assert [result.json["options"]["on_error"] for result in results] == [
        "stop",
        "stop",
        "continue",
    ]


def test_continue_tells_where_each_exception_came_from_as_stop_does() -> None:
    session = connected("failing", "coroutine")

    stop, go_on = (sent(session, SendOptions(on_error=option)) for option in ("stop", "continue"))

    assert go_on["calls"][0]["error"] == stop["calls"][0]["error"]
    places = [call["error"]["where"].partition(":")[0] for call in go_on["calls"]]
    assert places == ["signalcli/demos.py"] * 2


def test_continue_has_nothing_to_say_where_nobody_raises() -> None:
    document = sent(connected("animal_one", "echo"), SendOptions(on_error="continue"))

    assert ([outcome for _, outcome, _ in rows(document)], document["notes"]) == (
        ["returned", "returned"],
        [],
    )


def test_continue_shows_what_each_receiver_printed_and_returned(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal_one", "connect king failing", "connect king animal_two")

    result = signalcli("send", "king", "--on-error", "continue", "-q")

    lines = result.stdout.splitlines()
    assert lines[:2] == ["小钻风：大王有令，我记住了！", "大钻风：大王有令，我也记住了！"]
    assert lines[2].startswith("king ← None")
    assert (lines[-1], result.stderr) == ("2 returned, 1 raised.", "")
    told = signalcli("send", "king", "--on-error", "continue").stderr
    assert told == WENT_ON.format("failing") + "\n"


# --async and --wrap


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
def mixed(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """A plain receiver, a coroutine, and a plain one again. No send changes them."""
    signalcli = SignalCli(tmp_path_factory.mktemp("mixed"))
    receivers = ("animal_one", "coroutine", "animal_two")
    prepare(signalcli, *[f"connect king {name}" for name in receivers])
    return signalcli


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


def test_a_send_async_awaits_its_receivers_one_after_the_other(signalcli: SignalCli) -> None:
    """Number 17 of blinker's truths."""
    write_handlers(signalcli, ORDER)
    prepare(signalcli, "connect king handlers.py:slow", "connect king handlers.py:quick")

    document = signalcli.ok("send", "king", "--async", "--json").json

    assert [call["value"] for call in document["calls"]] == [
        None,
        ["slow begins", "slow ends", "quick"],
    ]


def test_a_plain_receiver_runs_within_the_loop_only_in_a_send_async(signalcli: SignalCli) -> None:
    write_handlers(signalcli, ORDER)
    prepare(signalcli, "connect king handlers.py:in_a_loop")

    documents = [
        signalcli.ok("send", "king", *o, "--wrap", "--json").json for o in ([], ["--async"])
    ]

    assert [rows(document)[0][2] for document in documents] == [False, True]


# --muted and --connected-to


def test_13_muted_unmutes_a_signal_that_was_muted(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal", "mute king")
    live = Signal()
    live.is_muted = True
    with live.muted():
        pass

    within = signalcli.ok("send", "king", "--muted", "--json").json
    after = signalcli.ok("send", "king", "--json").json

    assert (within["muted"], rows(within), within["notes"]) == (
        True,
        [("animal", "skipped", "signal is muted")],
        [UNMUTES],
    )
    assert (after["muted"], rows(after)) == (
        live.is_muted,
        [("animal", "returned", "小钻风去巡山")],
    )


@pytest.mark.parametrize("options", ["--muted", "--connected-to qq", "--muted --connected-to qq"])
def test_what_the_options_leave_as_it_was_is_not_written_again(
    signalcli: SignalCli, options: str
) -> None:
    prepare(signalcli, "connect king animal --sender 大象", "connect king echo --strong")
    before = saved(signalcli)

    document = signalcli.ok("send", "king", *options.split(), "--json").json

    assert (document["notes"], saved(signalcli)) == ([], before)


def test_connected_to_connects_a_receiver_to_any_for_this_send_alone(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal_one --sender 大象")

    within = signalcli.ok("send", "king", "大象", "--connected-to", "qq", "--json").json
    after = signalcli.ok("send", "king", "大象", "--json").json

    one = ("animal_one", "returned", "小钻风记住了")
    assert [rows(within), rows(after)] == [[("qq", "returned", "QQ 已提醒"), one], [one]]


def test_14_connected_to_ends_all_connections_of_its_receiver(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal --sender 大象 --sender 1", "connect king qq")
    live = Namespace().signal("king")

    def animal(sender: object) -> None:
        pass

    def qq(sender: object) -> None:
        pass

    live.connect(animal, sender="大象")
    live.connect(animal, sender="1")
    live.connect(qq)
    with live.connected_to(animal):
        pass

    sent = signalcli.ok("send", "king", "狮子", "--connected-to", "animal", "--json").json
    view = signalcli.ok("inspect", "king", "--json").json

    assert [receiver for receiver, outcome, _ in rows(sent) if outcome == "returned"] == [
        "qq",
        "animal",
    ]
    assert sent["notes"] == [ENDS.format("animal", '大象, "1"')]
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


def test_14_is_told_beside_the_table(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king qq")

    result = signalcli.ok("send", "king", "--connected-to", "qq")

    assert result.stderr == ENDS.format("qq", "ANY") + "\n"
    assert "connected to qq" in result.stdout.splitlines()[1]


def test_muted_and_connected_to_together_call_nobody_and_leave_the_effects_of_both(
    signalcli: SignalCli,
) -> None:
    prepare(signalcli, "connect king animal --sender 大象", "connect king qq", "mute king")

    within = signalcli.ok(
        "send", "king", "大象", "--muted", "--connected-to", "animal", "--json"
    ).json
    after = signalcli.ok("send", "king", "大象", "--json").json

    muted = "signal is muted"
    assert rows(within) == [("animal", "skipped", muted), ("qq", "skipped", muted)]
    assert within["notes"] == [ENDS.format("animal", "大象"), UNMUTES]
    assert rows(after) == [("qq", "returned", "QQ 已提醒")]


def test_a_receiver_that_raises_within_connected_to_is_disconnected_all_the_same(
    signalcli: SignalCli,
) -> None:
    prepare(signalcli, "connect king failing --sender 大象", "connect king echo --sender 狮子")

    within = signalcli("send", "king", "--connected-to", "failing", "--json")
    view = signalcli.ok("inspect", "king", "--json").json

    assert (within.status, rows(within.json)) == (
        1,
        [("failing", "raised", LOST), ("echo", "skipped", "listens only to 狮子")],
    )
    assert within.json["notes"] == [ENDS.format("failing", "大象")]
    assert [receiver["receiver"] for receiver in view["receivers"]] == ["echo"]


@pytest.mark.parametrize("receiver", ["anmal", "handlers.py:nobody", "nowhere:f", "nowhere.py:f"])
def test_connecting_an_unknown_receiver_is_an_error_and_nothing_is_sent(
    signalcli: SignalCli, receiver: str
) -> None:
    write_handlers(signalcli, "def somebody(sender): pass\n")
    prepare(signalcli, "connect king animal")
    before = saved(signalcli)

    result = signalcli("send", "king", "--connected-to", receiver, "--json")

    assert (result.status, result.stdout, saved(signalcli)) == (2, "", before)
    assert receiver.rpartition(":")[0].partition(".")[0] in result.stderr
    assert signalcli.ok("history", "--json").stdout == ""


def test_an_unknown_receiver_is_met_with_the_one_that_was_meant(signalcli: SignalCli) -> None:
    prepare(signalcli, "define king")

    result = signalcli("send", "king", "--connected-to", "anmal")

    assert result == Result(
        2,
        "",
        "Error: No receiver 'anmal'. Did you mean 'animal'? See them all: signalcli receivers\n",
    )


def test_a_send_that_its_options_do_not_touch_never_writes_the_session(
    signalcli: SignalCli,
) -> None:
    prepare(
        signalcli, "connect king failing --sender 大象", "connect king coroutine", "define queen"
    )
    before = saved(signalcli)

    for options in [
        "",
        "大象 a=1",
        "--on-error continue",
        "--async",
        "--wrap 大象",
        "--fail-unheard",
    ]:
        signalcli("send", "king", *options.split())

    assert saved(signalcli) == before


# Receivers that raise what isn't an Exception, or whose exceptions can't be read.

RAISERS = """
import asyncio, sys

class Whim(BaseException):
    pass

class Silent(Exception):
    def __str__(self):
        raise ValueError("no message")

class Numeric(Exception):
    def __str__(self):
        return 5

def leaves(sender, /, **payload):
    print("bye")
    sys.exit(3)

def whim(sender, /, **payload):
    raise Whim("on a whim")

def cancels(sender, /, **payload):
    raise asyncio.CancelledError("not now")

def closes(sender, /, **payload):
    raise GeneratorExit("closed")

def stops(sender, /, **payload):
    raise StopIteration("over")

def silent(sender, /, **payload):
    raise Silent

def numeric(sender, /, **payload):
    raise Numeric

async def leaves_later(sender, /, **payload):
    sys.exit(4)

async def cancels_later(sender, /, **payload):
    raise asyncio.CancelledError("later")

async def last(sender, /, **payload):
    return "last"
"""
WHAT_THEY_RAISE = {
    "leaves": "SystemExit: 3",
    "whim": "Whim: on a whim",
    "cancels": "CancelledError: not now",
    "closes": "GeneratorExit: closed",
    "stops": "StopIteration: over",
    "silent": "Silent: <no message: its __str__ raises ValueError>",
    "numeric": "Numeric: <no message: its __str__ raises TypeError>",
    "leaves_later": "SystemExit: 4",
    "cancels_later": "CancelledError: later",
}


@pytest.fixture(scope="module")
def raisers(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """A signal for each receiver that raises, and ``king`` with all of them. Sends change nothing."""
    signalcli = SignalCli(tmp_path_factory.mktemp("raisers"))
    write_handlers(signalcli, RAISERS)
    for name in (*WHAT_THEY_RAISE, "last"):
        signalcli.ok("connect", "king", f"handlers.py:{name}")
    return signalcli


@pytest.mark.parametrize("options", [["--wrap"], ["--wrap", "--async"]])
def test_with_continue_whatever_a_receiver_raises_is_kept(
    raisers: SignalCli, options: list[str]
) -> None:
    result = raisers("send", "king", "--on-error", "continue", *options, "--json")

    assert (result.status, result.stderr) == (1, "")
    assert rows(result.json) == [
        *[(f"handlers.py:{name}", "raised", error) for name, error in WHAT_THEY_RAISE.items()],
        ("handlers.py:last", "returned", "last"),
    ]
    assert result.json["calls"][0]["output"] == "bye\n"
    places = {call["error"]["where"].partition(":")[0] for call in result.json["calls"][:-1]}
    assert places == {"handlers.py"}


@pytest.mark.parametrize(
    ("receiver", "options"),
    [
        ("leaves", []),
        ("whim", ["--async", "--wrap"]),
        ("cancels", []),
        ("stops", []),
        ("silent", []),
        ("leaves_later", ["--wrap"]),
        ("leaves_later", ["--async"]),
        ("cancels_later", ["--async"]),
    ],
)
def test_whatever_a_receiver_raises_ends_the_send_and_not_the_command(
    signalcli: SignalCli, receiver: str, options: list[str]
) -> None:
    """Its status is that of a receiver that raised, and never the receiver's own."""
    raised = WHAT_THEY_RAISE[receiver]
    if receiver == "cancels_later" and sys.version_info < (3, 11):
        raised = "CancelledError: "  # asyncio.run makes a new one of it, without the message
    write_handlers(signalcli, RAISERS)
    prepare(signalcli, f"connect king handlers.py:{receiver}", "connect king echo")

    result = signalcli("send", "king", *options, "--json")

    assert (result.status, result.stderr) == (1, "")
    assert rows(result.json) == [
        (f"handlers.py:{receiver}", "raised", raised),
        ("echo", "not_reached", f"handlers.py:{receiver} raised before it"),
    ]


@pytest.mark.parametrize("options", [[], ["--on-error", "continue"], ["--async", "--wrap"]])
def test_ctrl_c_in_a_receiver_is_the_persons_own(signalcli: SignalCli, options: list[str]) -> None:
    write_handlers(signalcli, "def stops(sender):\n    raise KeyboardInterrupt\n")
    prepare(signalcli, "connect king handlers.py:stops")

    result = signalcli("send", "king", *options, "--json")

    assert (result.status, result.stdout) == (130, "")


UNREADABLE = """
import sys

class Exits(Exception):
    def __str__(self):
        sys.exit(9)

class Thing:
    def __repr__(self):
        sys.exit(9)

def raises(sender, /, **payload):
    raise Exits

def returns(sender, /, **payload):
    return Thing()
"""


@pytest.mark.parametrize(("receiver", "status"), [("raises", 1), ("returns", 0)])
def test_an_exception_or_value_that_exits_when_it_is_read_is_still_told(
    signalcli: SignalCli, receiver: str, status: int
) -> None:
    write_handlers(signalcli, UNREADABLE)
    prepare(signalcli, f"connect king handlers.py:{receiver}")

    result = signalcli("send", "king", "--json")

    assert (result.status, result.stderr) == (status, "")
    told = {
        "raises": ("raised", "Exits: <no message: its __str__ raises SystemExit>"),
        "returns": ("returned", "<Thing whose repr raises SystemExit>"),
    }
    assert rows(result.json) == [(f"handlers.py:{receiver}", *told[receiver])]


# Receivers that have a hand in the session's signals themselves.

MEDDLERS = """
from blinker import signal

queue = signal("queue")

def forwards(told, /, **payload):
    print("forwarding")
    return [value for _, value in signal("queue").send("nested", **payload)]

def forwards_to_its_own_variable(told, /, **payload):
    return [value for _, value in queue.send("nested")]

def again(told, /, **payload):
    if "deep" in payload:
        return "deep enough"
    return [value for _, value in signal("king").send("nested", deep=True)]

def leaves(told, /, **payload):
    signal("king").disconnect(after)

def joins(told, /, **payload):
    signal("king").connect(after)

def after(told, /, **payload):
    return "after"

def mutes(told, /, **payload):
    signal("king").is_muted = True
"""


@pytest.mark.parametrize("receiver", ["forwards", "forwards_to_its_own_variable"])
def test_a_send_within_a_receiver_reaches_the_sessions_receivers(
    signalcli: SignalCli, receiver: str
) -> None:
    write_handlers(signalcli, MEDDLERS)
    prepare(
        signalcli,
        f"connect king handlers.py:{receiver}",
        "connect king qq",
        "connect queue echo --sender nested",
        "connect queue animal --sender 大象",
    )

    document = signalcli.ok("send", "king", "大象", "--json").json

    assert rows(document) == [
        (f"handlers.py:{receiver}", "returned", [{"sender": "nested", "payload": {}}]),
        ("qq", "returned", "QQ 已提醒"),
    ]


def test_what_is_printed_within_it_is_the_output_of_the_receiver_that_sent(
    signalcli: SignalCli,
) -> None:
    write_handlers(signalcli, MEDDLERS)
    prepare(
        signalcli,
        "connect king handlers.py:forwards",
        "connect king qq",
        "connect queue animal_one",
    )

    document = signalcli.ok("send", "king", "大象", "--json").json

    assert [call["output"] for call in document["calls"]] == [
        "forwarding\n小钻风：nested大王有令，我记住了！\n",
        "QQ：嘀嘀嘀！洞口来了一封新信。\n",
    ]


def test_an_exception_of_a_send_within_a_receiver_comes_out_of_that_receiver(
    signalcli: SignalCli,
) -> None:
    write_handlers(signalcli, MEDDLERS)
    prepare(
        signalcli,
        "connect king handlers.py:forwards",
        "connect king qq",
        "connect queue echo",
        "connect queue failing",
    )

    result = signalcli("send", "king", "--json")

    assert (result.status, rows(result.json)) == (
        1,
        [
            ("handlers.py:forwards", "raised", LOST),
            ("qq", "not_reached", "handlers.py:forwards raised before it"),
        ],
    )


@pytest.mark.parametrize("options", [[], ["--on-error", "continue"], ["--async", "--wrap"]])
def test_a_signal_that_is_sent_within_its_own_send_tells_of_the_outer_one(
    signalcli: SignalCli, options: list[str]
) -> None:
    write_handlers(signalcli, MEDDLERS)
    prepare(signalcli, "connect king handlers.py:again", "connect king echo")

    document = signalcli.ok("send", "king", "大象", *options, "--json").json

    assert rows(document) == [
        (
            "handlers.py:again",
            "returned",
            ["deep enough", {"sender": "nested", "payload": {"deep": True}}],
        ),
        ("echo", "returned", {"sender": "大象", "payload": {}}),
    ]


def test_a_template_knows_the_signal_that_is_sent_within_a_receiver(signalcli: SignalCli) -> None:
    write_handlers(signalcli, MEDDLERS)
    prepare(
        signalcli,
        "receivers add herald --says 'heard {signal}'",
        "connect king handlers.py:forwards",
        "connect king herald",
        "connect queue herald",
    )

    document = signalcli.ok("send", "king", "--json").json

    assert [call["output"] for call in document["calls"]] == [
        "forwarding\nheard queue\n",
        "heard king\n",
    ]


@pytest.mark.parametrize("receiver", ["forwards", "forwards_to_its_own_variable"])
def test_a_receiver_that_is_connected_for_one_send_reaches_the_sessions_signals_too(
    signalcli: SignalCli, receiver: str
) -> None:
    write_handlers(signalcli, MEDDLERS)
    prepare(signalcli, "define king", "connect queue echo")

    document = signalcli.ok(
        "send", "king", "--connected-to", f"handlers.py:{receiver}", "--json"
    ).json

    assert [value for _, _, value in rows(document)] == [[{"sender": "nested", "payload": {}}]]


def test_a_receiver_that_a_package_offers_reaches_the_sessions_signals_too(
    signalcli: SignalCli,
) -> None:
    packages = offer(signalcli.directory / "packages", MEDDLERS)
    prepare(signalcli, "connect queue echo")
    assert signalcli("connect", "king", "relay", environment=packages).status == 0

    result = signalcli("send", "king", "--json", environment=packages)

    assert rows(result.json) == [("relay", "returned", [{"sender": "nested", "payload": {}}])]


def offer(directory: Path, code: str) -> dict[str, str]:
    """Install a package that offers the receiver ``relay``; gives the variables to find it by."""
    about = directory / "relays-1.0.dist-info"
    about.mkdir(parents=True)
    (directory / "relays.py").write_text(code)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: relays\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[signalcli.receivers.registry]\nrelay = relays:forwards\n"
    )
    root = Path(__file__).parents[1]
    return {"PYTHONPATH": f"{root}:{directory}"}


def test_20_a_receiver_that_is_disconnected_during_a_send_is_skipped(signalcli: SignalCli) -> None:
    write_handlers(signalcli, MEDDLERS)
    prepare(
        signalcli,
        "connect king handlers.py:leaves",
        "connect king handlers.py:after",
        "connect king qq",
    )
    before = saved(signalcli)

    documents = [signalcli.ok("send", "king", "--json").json for _ in range(2)]

    done = [
        ("handlers.py:leaves", "returned", None),
        ("qq", "returned", "QQ 已提醒"),
        ("handlers.py:after", "skipped", "was disconnected during this send"),
    ]
    assert [rows(document) for document in documents] == [done, done]
    assert saved(signalcli) == before


def test_20_a_receiver_that_is_connected_during_a_send_is_not_called(signalcli: SignalCli) -> None:
    write_handlers(signalcli, MEDDLERS)
    prepare(signalcli, "connect king handlers.py:joins")
    before = saved(signalcli)

    document = signalcli.ok("send", "king", "--json").json

    assert rows(document) == [("handlers.py:joins", "returned", None)]
    assert saved(signalcli) == before


def test_a_signal_that_is_muted_during_a_send_is_sent_to_the_end(signalcli: SignalCli) -> None:
    """blinker looks at that once, when a send begins."""
    write_handlers(signalcli, MEDDLERS)
    prepare(signalcli, "connect king handlers.py:mutes", "connect king qq")

    document = signalcli.ok("send", "king", "--json").json

    assert (document["muted"], [outcome for _, outcome, _ in rows(document)]) == (
        False,
        ["returned", "returned"],
    )
