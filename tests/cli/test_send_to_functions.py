"""``send`` to functions of the user: what they may raise, send, connect and mute meanwhile."""

from __future__ import annotations

import sys

import pytest

from tests.support.cli import SessionWith, SignalCli
from tests.support.environments import ROOT
from tests.support.imported import offer
from tests.support.many_sends import the_run
from tests.support.sends import LOST, rows, saved

pytestmark = pytest.mark.slow


RAISERS = """
import asyncio, sys

class Whim(BaseException): ...

class Silent(Exception):
    def __str__(self): raise ValueError("no message")

class Numeric(Exception):
    def __str__(self): return 5

def leaves(sender, /, **payload):
    print("bye")
    sys.exit(3)

def whim(sender, /, **payload): raise Whim("on a whim")
def cancels(sender, /, **payload): raise asyncio.CancelledError("not now")
def closes(sender, /, **payload): raise GeneratorExit("closed")
def stops(sender, /, **payload): raise StopIteration("over")
def silent(sender, /, **payload): raise Silent
def numeric(sender, /, **payload): raise Numeric
async def leaves_later(sender, /, **payload): sys.exit(4)
async def cancels_later(sender, /, **payload): raise asyncio.CancelledError("later")
async def last(sender, /, **payload): return "last"
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
def raisers(shared_session: SessionWith) -> SignalCli:
    """``king`` with all of the receivers that raise, and one that comes after them."""
    names = " ".join(f"handlers.py:{name}" for name in (*WHAT_THEY_RAISE, "last"))
    return shared_session(f"connect king {names}", handlers=RAISERS)


@pytest.mark.parametrize("options", ["--wrap", "--wrap --async"])
def test_with_continue_whatever_a_receiver_raises_is_kept(raisers: SignalCli, options: str) -> None:
    result = raisers("send", "king", "--on-error", "continue", *options.split(), "--json")

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
        ("leaves", ""),
        ("whim", "--async --wrap"),
        ("cancels", ""),
        ("stops", ""),
        ("silent", ""),
        ("leaves_later", "--wrap"),
        ("leaves_later", "--async"),
        ("cancels_later", "--async"),
    ],
)
def test_whatever_a_receiver_raises_ends_the_send_and_not_the_command(
    session_with: SessionWith, receiver: str, options: str
) -> None:
    """Its status is that of a receiver that raised, and never the receiver's own."""
    raised = WHAT_THEY_RAISE[receiver]
    if receiver == "cancels_later" and sys.version_info < (3, 11):
        raised = "CancelledError: "  # asyncio.run makes a new one of it, without the message
    signalcli = session_with(f"connect king handlers.py:{receiver} echo", handlers=RAISERS)

    result = signalcli("send", "king", *options.split(), "--json")

    assert (result.status, result.stderr) == (1, "")
    assert rows(result.json) == [
        (f"handlers.py:{receiver}", "raised", raised),
        ("echo", "not_reached", f"handlers.py:{receiver} raised before it"),
    ]


@pytest.mark.parametrize("options", ["", "--on-error continue", "--async --wrap"])
def test_ctrl_c_in_a_receiver_is_the_persons_own(session_with: SessionWith, options: str) -> None:
    handlers = "def stops(sender):\n    raise KeyboardInterrupt\n"
    signalcli = session_with("connect king handlers.py:stops", handlers=handlers)

    result = signalcli("send", "king", *options.split(), "--json")

    assert (result.status, result.stdout) == (130, "")


@pytest.mark.parametrize("options", ["", "--on-error continue", "--json"])
def test_an_interrupted_send_is_not_counted(session_with: SessionWith, options: str) -> None:
    handlers = "def stops(sender):\n    if sender == 'b':\n        raise KeyboardInterrupt\n"
    signalcli = session_with("connect king echo handlers.py:stops", handlers=handlers)
    signalcli.write("lines", "a\nb\nc\n")

    result = signalcli("send", "king", "--lines", "lines", *options.split())

    run = the_run(signalcli)
    counted = [(count["called"], count["not_reached"]) for count in run["receivers"]]
    assert (result.status, run["sent"], counted) == (130, 1, [(1, 0), (1, 0)])
    assert "Interrupted after 1 send." in result.stderr
    assert "Nobody heard it" not in result.stdout


UNREADABLE = """
import sys

class Exits(Exception):
    def __str__(self): sys.exit(9)

class Thing:
    def __repr__(self): sys.exit(9)

def raises(sender, /, **payload): raise Exits
def returns(sender, /, **payload): return Thing()
"""


@pytest.mark.parametrize(
    ("receiver", "status", "outcome", "reported"),
    [
        ("raises", 1, "raised", "Exits: <no message: its __str__ raises SystemExit>"),
        ("returns", 0, "returned", "<Thing whose repr raises SystemExit>"),
    ],
)
def test_an_exception_or_value_that_exits_when_it_is_read_is_still_shown(
    session_with: SessionWith, receiver: str, status: int, outcome: str, reported: str
) -> None:
    signalcli = session_with(f"connect king handlers.py:{receiver}", handlers=UNREADABLE)

    result = signalcli("send", "king", "--json")

    assert (result.status, result.stderr) == (status, "")
    assert rows(result.json) == [(f"handlers.py:{receiver}", outcome, reported)]


MEDDLERS = """
from blinker import signal

queue = signal("queue")

def forwards(sender, /, **payload):
    print("forwarding")
    return [value for _, value in signal("queue").send("nested", **payload)]

def forwards_to_its_own_variable(sender, /, **payload):
    return [value for _, value in queue.send("nested")]

def again(sender, /, **payload):
    if "deep" in payload:
        return "deep enough"
    return [value for _, value in signal("king").send("nested", deep=True)]

def leaves(sender, /, **payload): signal("king").disconnect(after)
def joins(sender, /, **payload): signal("king").connect(after)
def after(sender, /, **payload): return "after"
def mutes(sender, /, **payload): signal("king").is_muted = True
"""
NESTED = {"sender": "nested", "payload": {}}
QQ = ("qq", "returned", "QQ 已提醒")
HERALD = "receivers add herald --says 'heard {signal}'"


@pytest.mark.parametrize("receiver", ["forwards", "forwards_to_its_own_variable"])
def test_a_send_within_a_receiver_reaches_the_sessions_receivers(
    session_with: SessionWith, receiver: str
) -> None:
    signalcli = session_with(
        f"connect king handlers.py:{receiver} qq",
        "connect queue echo --sender nested; connect queue animal --sender 大象",
        handlers=MEDDLERS,
    )

    document = signalcli.read("send king 大象")

    assert rows(document) == [(f"handlers.py:{receiver}", "returned", [NESTED]), QQ]


@pytest.mark.parametrize(
    ("commands", "printed"),
    [
        (
            "connect king handlers.py:forwards qq; connect queue animal_one",
            ["小钻风：nested大王有令，我记住了！\n", "QQ：嘀嘀嘀！洞口来了一封新信。\n"],
        ),
        (
            f"{HERALD}; connect king handlers.py:forwards herald; connect queue herald",
            ["heard queue\n", "heard king\n"],
        ),
    ],
    ids=["a demo", "a template that knows its signal"],
)
def test_what_is_printed_within_it_is_the_output_of_the_receiver_that_sent(
    session_with: SessionWith, commands: str, printed: list[str]
) -> None:
    document = session_with(commands, handlers=MEDDLERS).read("send king 大象")

    outputs = [call["output"] for call in document["calls"]]
    assert outputs == [f"forwarding\n{printed[0]}", printed[1]]


def test_an_exception_of_a_send_in_a_receiver_comes_out_of_it(session_with: SessionWith) -> None:
    signalcli = session_with(
        "connect king handlers.py:forwards qq; connect queue echo failing", handlers=MEDDLERS
    )

    result = signalcli("send", "king", "--json")

    not_reached = ("qq", "not_reached", "handlers.py:forwards raised before it")
    assert result.status == 1
    assert rows(result.json) == [("handlers.py:forwards", "raised", LOST), not_reached]


@pytest.mark.parametrize("options", ["", "--on-error continue", "--async --wrap"])
def test_a_signal_that_is_sent_within_its_own_send_shows_the_outer_one(
    session_with: SessionWith, options: str
) -> None:
    signalcli = session_with("connect king handlers.py:again echo", handlers=MEDDLERS)

    document = signalcli.read(f"send king 大象 {options}")

    inner = ["deep enough", {"sender": "nested", "payload": {"deep": True}}]
    assert rows(document) == [
        ("handlers.py:again", "returned", inner),
        ("echo", "returned", {"sender": "大象", "payload": {}}),
    ]


@pytest.mark.parametrize("receiver", ["forwards", "forwards_to_its_own_variable"])
def test_a_receiver_that_is_connected_for_one_send_reaches_the_sessions_signals_too(
    session_with: SessionWith, receiver: str
) -> None:
    signalcli = session_with("define king; connect queue echo", handlers=MEDDLERS)

    document = signalcli.read(f"send king --connected-to handlers.py:{receiver}")

    assert [value for _, _, value in rows(document)] == [[NESTED]]


def test_a_receiver_of_a_package_reaches_the_sessions_signals(session_with: SessionWith) -> None:
    signalcli = session_with("connect queue echo")
    offer(signalcli, "packages/relays", "relay = relays:forwards")
    packages = signalcli.write("packages/relays.py", MEDDLERS).parent
    signalcli.environment["PYTHONPATH"] = f"{ROOT}:{packages}"
    signalcli.ok("connect", "king", "relay")

    assert rows(signalcli.read("send king")) == [("relay", "returned", [NESTED])]


def test_20_a_receiver_disconnected_during_a_send_is_skipped(session_with: SessionWith) -> None:
    signalcli = session_with(
        "connect king handlers.py:leaves handlers.py:after qq", handlers=MEDDLERS
    )
    before = saved(signalcli)

    documents = [signalcli.read("send king") for _ in range(2)]

    left = ("handlers.py:after", "skipped", "was disconnected during this send")
    done = [("handlers.py:leaves", "returned", None), QQ, left]
    assert [rows(document) for document in documents] == [done, done]
    assert saved(signalcli) == before


def test_20_a_receiver_connected_during_a_send_is_not_called(session_with: SessionWith) -> None:
    signalcli = session_with("connect king handlers.py:joins", handlers=MEDDLERS)
    before = saved(signalcli)

    assert rows(signalcli.read("send king")) == [("handlers.py:joins", "returned", None)]
    assert saved(signalcli) == before


def test_a_signal_that_is_muted_during_a_send_is_sent_to_the_end(session_with: SessionWith) -> None:
    """blinker looks at that once, when a send begins."""
    document = session_with("connect king handlers.py:mutes qq", handlers=MEDDLERS).read(
        "send king"
    )

    outcomes = [outcome for _, outcome, _ in rows(document)]
    assert (document["muted"], outcomes) == (False, ["returned", "returned"])
