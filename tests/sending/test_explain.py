"""``explain``: who would be called and who not, and why, while nothing is called and nothing saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from signalcli.values.delivery import Delivery
from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.expected import OPTIONS, called
from tests.support.histories import table
from tests.support.playgrounds import do, done, transcript, transcripts
from tests.support.scenario import without

LOST = {"type": "RuntimeError", "message": "小钻风在山里迷了路"}
NO_COROUTINE = {"type": "RuntimeError", "message": "Cannot send to a coroutine function."}
NO_PLAIN = {"type": "RuntimeError", "message": "Cannot send to a non-coroutine function."}
THUNDER = {"type": "RuntimeError", "message": "thunder"}
WRONG_KIND = "listens to ANY; send can't call a coroutine function, without --wrap"
WRONG_KIND_ASYNC = "listens to ANY; send_async can't await a plain function, without --wrap"
KNOWN = "listens to ANY; it raises whenever it is called"
UNBINDABLE = "listens to ANY; its signature can't take this payload"

CALLED = """
from pathlib import Path

def writes(sender, /, **payload):
    Path("called").write_text("by a send")
    return "written"

def needs(sender, slogan, *, count):
    return slogan * count

def takes_sender(sender, **payload):
    return payload
"""


def rows(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Every receiver, with the outcome and the reason."""
    return [(call["receiver"], call["outcome"], call["reason"]) for call in document["calls"]]


def calls_of(lines: str, explain: str) -> list[dict[str, Any]]:
    """What would become of each receiver after some command lines, but for places and times."""
    _, made = do(done(lines), explain)
    assert isinstance(made, Delivery)
    return [without(call.to_json(), "seconds", "where") for call in made.calls]


def everything_in(directory: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file, with its inode, its time and its bytes."""
    return {
        str(path): (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(directory.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


# What it foresees, and why.


def test_every_receiver_has_its_outcome_and_the_reason(session_with: SessionWith) -> None:
    """The receivers that would be reached come first, in dispatch order, then the rest."""
    signalcli = session_with(
        "connect king animal --sender 大象; connect king qq --sender 狮子",
        "connect king failing --sender 大象; connect king animal_two --sender 大象",
        "connect king wechat --sender x; disconnect king wechat --sender x; connect king echo",
    )

    result = signalcli("explain", "king", "大象", "count:=3", "--json")

    foreseen = [
        ("echo", "listens to ANY", "would_call", None),
        ("animal", "listens to 大象", "would_call", None),
        ("failing", "listens to 大象; it raises whenever it is called", "would_raise", LOST),
        ("qq", "listens only to 狮子, and this sender is 大象", "skipped", None),
        ("animal_two", "failing would raise before it", "not_reached", None),
        ("wechat", "has no connection left", "skipped", None),
    ]
    assert (result.status, result.stderr) == (0, "")
    assert without(result.json, "seconds", "where") == {
        "signal": "king",
        "sender": "大象",
        "payload": {"count": 3},
        "muted": False,
        "calls": [called(name, why, outcome=o, error=error) for name, why, o, error in foreseen],
        "options": OPTIONS,
        "notes": [],
        "deliveries": [],
    }
    assert [made["seconds"] for made in result.json["calls"]] == [0.0] * 6


FORESEEN = """
# a receiver of ANY
$ connect king echo
$ explain king 大象
echo would_call: listens to ANY

# a receiver of a text
$ connect king echo --sender 大象
$ explain king 大象
echo would_call: listens to 大象
$ explain king 狮子
echo skipped: listens only to 大象, and this sender is 狮子
$ explain king
echo skipped: listens only to 大象, and this sender is None

# a receiver of several senders
$ connect king echo --sender a --sender b --sender c --sender d
$ explain king x
echo skipped: listens only to a, b, c and 1 more, and this sender is x

# a receiver of a number
$ connect king echo --sender :=1
$ explain king :=1
echo would_call: listens to 1
$ explain king :=true
echo would_call: listens to 1
$ explain king 1
echo skipped: listens only to the integer 1, and this sender is the text "1"
$ explain king :=1.0
echo skipped: listens only to the integer 1, and this sender is the float 1.0

# a receiver of digits as text
$ connect king echo --sender 1
$ explain king 1
echo would_call: listens to "1"
$ explain king :=1
echo skipped: listens only to the text "1", and this sender is the integer 1

# a receiver of ANY and of the sender would be called once because of ANY
$ connect king echo --sender 大象; connect king echo
$ explain king 大象
echo would_call: listens to ANY

# a muted signal would call no receiver
$ connect king failing; connect king qq --sender 大象; mute king
$ explain king
muted
failing skipped: signal is muted
qq skipped: signal is muted

# with --on-error continue every receiver would be reached
$ connect king coroutine echo failing clerk grumpy animal
$ explain king count:=3 --on-error continue
coroutine would_raise: listens to ANY; send can't call a coroutine function, without --wrap;
    RuntimeError: Cannot send to a coroutine function.
echo would_call: listens to ANY
failing would_raise: listens to ANY; it raises whenever it is called; RuntimeError: 小钻风在山里迷了路
clerk would_raise: listens to ANY; its signature can't take this payload; TypeError
grumpy would_raise: listens to ANY; it raises whenever it is called; RuntimeError: not today
animal would_call: listens to ANY

# only those that would be called are not reached
$ connect king failing; connect king qq --sender 大象; connect king echo
$ explain king 狮子
failing would_raise: listens to ANY; it raises whenever it is called; RuntimeError: 小钻风在山里迷了路
qq skipped: listens only to 大象, and this sender is 狮子
echo not_reached: failing would raise before it

# within muted() no receiver would be called
$ connect king echo
$ explain king --muted
muted
echo skipped: signal is muted

# within muted() a muted signal would be unmuted: number 13 of blinker's truths
$ connect king echo; mute king
$ explain king --muted
muted
echo skipped: signal is muted
muted() ends by unmuting, although the signal was muted before.

# within connected_to a receiver loses all its connections: number 14 of blinker's truths
$ connect king animal; connect king qq --sender 大象 --sender :=1
$ explain king 狮子 --connected-to qq
animal would_call: listens to ANY
qq would_call: listens to ANY
connected_to ends by disconnecting every connection of qq, its own to 大象, 1 included.
$ explain king 狮子 --connected-to animal
animal would_call: listens to ANY
qq skipped: listens only to 大象, 1, and this sender is 狮子
connected_to ends by disconnecting every connection of animal, its own to ANY included.
$ explain king 狮子 --connected-to echo
animal would_call: listens to ANY
echo would_call: listens to ANY
qq skipped: listens only to 大象, 1, and this sender is 狮子

# meta signals around it are foreseen too
$ connect king:receiver_connected echo; connect king:receiver_disconnected failing
$ connect king animal
$ explain king --connected-to qq
animal would_call: listens to ANY
qq would_call: listens to ANY
king:receiver_connected receiver=<function qq> sender=ANY weak=False
  echo would_call: listens to ANY
king:receiver_disconnected receiver=<function qq> sender=ANY
  failing would_raise: listens to ANY; it raises whenever it is called; RuntimeError: 小钻风在山里迷了路
failing would raise in king:receiver_disconnected, and so connected_to would raise.

# a meta signal whose receiver would raise keeps the send from happening
$ connect king:receiver_connected failing; connect king animal; connect king qq --sender 大象
$ explain king --connected-to echo
animal not_reached: failing would raise in king:receiver_connected before it
qq skipped: listens only to 大象, and this sender is None
echo not_reached: failing would raise in king:receiver_connected before it
king:receiver_connected receiver=<function echo> sender=ANY weak=False
  failing would_raise: listens to ANY; it raises whenever it is called; RuntimeError: 小钻风在山里迷了路
failing would raise in king:receiver_connected, and so connected_to would raise.
"""


@transcripts(FORESEEN)
def test_explain_gives_the_exact_reason(expected: str) -> None:
    assert transcript(expected) == expected


def test_an_unordered_signal_says_that_who_is_reached_is_left_to_chance() -> None:
    session = done("define king --unordered; connect king failing echo")

    lines = ("explain king", "explain king --on-error continue")

    chance = (
        "king is unordered: blinker's set decides anew in every process who is called before "
        "failing raises."
    )
    assert [do(session, line)[1].notes for line in lines] == [(chance,), ()]


@pytest.mark.parametrize(
    ("options", "receiver", "outcome", "reason", "error"),
    [
        ("", "coroutine", "would_raise", WRONG_KIND, NO_COROUTINE),
        ("", "storm", "would_raise", WRONG_KIND, NO_COROUTINE),
        ("--wrap", "coroutine", "would_call", "listens to ANY", None),
        ("--wrap", "echo", "would_call", "listens to ANY", None),
        ("--async", "coroutine", "would_call", "listens to ANY", None),
        ("--async", "echo", "would_raise", WRONG_KIND_ASYNC, NO_PLAIN),
        ("--async", "grumpy", "would_raise", WRONG_KIND_ASYNC, NO_PLAIN),
        ("--async --wrap", "echo", "would_call", "listens to ANY", None),
        ("--async --wrap", "coroutine", "would_call", "listens to ANY", None),
        ("--async", "storm", "would_raise", KNOWN, THUNDER),
        ("--wrap", "storm", "would_raise", KNOWN, THUNDER),
        ("", "grumpy", "would_raise", KNOWN, {"type": "RuntimeError", "message": "not today"}),
        ("", "failing", "would_raise", KNOWN, LOST),
        ("--async --wrap", "failing", "would_raise", KNOWN, LOST),
        ("", "judge", "would_raise", KNOWN, {"type": "RuntimeError", "message": "guilty"}),
    ],
)
def test_a_receiver_of_the_wrong_kind_or_one_that_always_raises_would_raise(
    options: str, receiver: str, outcome: str, reason: str, error: Any
) -> None:
    """What blinker refuses isn't entered, and so what it raises itself doesn't count."""
    calls = calls_of(f"connect king {receiver}", f"explain king {options}")

    assert calls == [called(receiver, reason, outcome=outcome, error=error)]


@pytest.mark.parametrize("receiver", ["strict", "clerk", "judge"])
def test_a_payload_that_its_signature_cannot_take_would_raise(receiver: str) -> None:
    calls = calls_of(f"connect king {receiver}", "explain king count:=3")

    message = f"{receiver}() got an unexpected keyword argument 'count'"
    error = {"type": "TypeError", "message": message}
    assert calls == [called(receiver, UNBINDABLE, outcome="would_raise", error=error)]


def test_what_would_raise_is_reported_with_its_definition(session_with: SessionWith) -> None:
    signalcli = session_with("connect king strict handlers.py:needs", handlers=CALLED)

    calls = signalcli.read("explain king a=1 --on-error continue")["calls"]

    line = CALLED.splitlines().index("def needs(sender, slogan, *, count):") + 1
    places = [made["error"]["where"] for made in calls]
    assert places[0].startswith("signalcli/receivers/demos.py:")
    assert places[1] == f"handlers.py:{line}"


@pytest.fixture(scope="module")
def needy(shared_session: SessionWith) -> SignalCli:
    """The signal ``king``, whose only receiver needs a payload of two keys."""
    return shared_session("connect king handlers.py:needs", handlers=CALLED)


@pytest.mark.parametrize(
    ("payload", "outcome"),
    [
        ([], "would_raise"),
        (["a=1"], "would_raise"),
        (["slogan=x"], "would_raise"),
        (["slogan=x", "count:=2", "sender=y"], "would_raise"),
        (["slogan=x", "count:=2"], "would_call"),
    ],
)
def test_a_function_of_a_person_would_raise_if_its_signature_cannot_take_the_payload(
    needy: SignalCli, payload: list[str], outcome: str
) -> None:
    result = needy("explain", "king", *payload, "--json")

    (made,) = result.json["calls"]
    error = made["error"] and made["error"]["type"]
    assert (made["outcome"], error) == (outcome, None if outcome == "would_call" else "TypeError")


@pytest.mark.parametrize("payload", [[], ["a=1"], ["slogan=x", "count:=2", "sender=y"]])
def test_the_foreseen_error_is_the_one_python_raises(needy: SignalCli, payload: list[str]) -> None:
    foreseen, sent = (needy(command, "king", *payload, "--json") for command in ("explain", "send"))

    assert foreseen.json["calls"][0]["error"] == sent.json["calls"][0]["error"]


def test_a_payload_key_like_the_first_parameter_would_raise(session_with: SessionWith) -> None:
    """Number 22 of blinker's truths."""
    name = "handlers.py:takes_sender"
    signalcli = session_with(f"connect king {name} echo", handlers=CALLED)

    foreseen = signalcli.read("explain king 大象 sender=x")

    assert rows(foreseen) == [
        (name, "would_raise", UNBINDABLE),
        ("echo", "not_reached", f"{name} would raise before it"),
    ]
    assert foreseen["calls"][0]["error"]["type"] == "TypeError"


def test_a_receiver_that_is_not_trusted_would_be_skipped(session_with: SessionWith) -> None:
    name = "handlers:on_king"
    code = "open('ran', 'w')\ndef on_king(sender): ...\n"
    signalcli = session_with(f"connect king {name}; receivers untrust {name}", handlers=code)
    (signalcli.directory / "ran").unlink()

    result = signalcli("explain", "king", "--json")

    remedy = f"signalcli receivers trust {name}"
    foreseen = [(name, "skipped", f"isn't trusted here: {remedy}")]
    assert (result.status, rows(result.json)) == (0, foreseen)
    assert remedy in result.stderr
    assert not (signalcli.directory / "ran").exists()


# What it leaves alone.


@pytest.fixture(scope="module")
def busy(shared_session: SessionWith) -> SignalCli:
    """A signal whose receivers, and those of its meta signals, all leave a trace."""
    return shared_session(
        "receivers add herald --says 'hear {signal}'",
        "connect king animal handlers.py:writes coroutine",
        "connect king:receiver_connected herald; connect king:receiver_disconnected animal_one",
        handlers=CALLED,
    )


@pytest.mark.parametrize(
    "options",
    ["", "--muted", "--connected-to animal", "--connected-to herald --muted --on-error continue"],
)
def test_nothing_is_called_and_nothing_is_saved(busy: SignalCli, options: str) -> None:
    """Not the session, and no history; and no receiver of a meta signal is called, either."""
    before = everything_in(busy.directory)

    result = busy("explain", "king", "大象", *options.split(), "--async", "--wrap", "-q")

    assert (result.status, result.stderr) == (0, "")
    assert not any(reported in result.stdout for reported in ("小钻风：", "hear king", "顺风耳："))
    assert everything_in(busy.directory) == before


def test_an_import_is_neither_trusted_nor_run_to_be_explained(session_with: SessionWith) -> None:
    """A send within its ``connected_to`` trusts it; only looking does not."""
    code = "open('ran', 'w')\ndef on_king(sender): pass\n"
    signalcli = session_with("connect king animal", handlers=code)
    before = everything_in(signalcli.directory)

    sentence = signalcli.refused("explain king --connected-to handlers.py:on_king --json")

    assert sentence == (
        "handlers.py:on_king isn't trusted here, and only its code can show what "
        "it would do. Trust it first: signalcli receivers trust handlers.py:on_king"
    )
    assert everything_in(signalcli.directory) == before


def test_what_was_explained_a_send_does(busy: SignalCli) -> None:
    """Without this, the test above could be about receivers that leave no trace."""
    explained = busy.read("explain king --wrap")

    sent = busy.read("send king --wrap --no-history")

    assert [outcome for _, outcome, _ in rows(explained)] == ["would_call"] * 3
    assert [made["value"] for made in sent["calls"]] == ["小钻风去巡山", "written", "顺风耳听到了"]
    (busy.directory / "called").unlink()


def test_the_status_is_0_whatever_would_raise(session_with: SessionWith) -> None:
    """Nothing was raised: it is for the send to end in status 1."""
    signalcli = session_with("connect king failing")

    results = [signalcli(command, "king") for command in ("explain", "send")]

    assert [(result.status, result.stderr) for result in results] == [(0, ""), (1, "")]


@pytest.fixture(scope="module")
def alone(shared_session: SessionWith) -> SignalCli:
    """The signal ``king``, which ``animal`` listens to."""
    return shared_session("connect king animal")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("kng", "No signal 'kng' in session 'default'. Did you mean 'king'?"),
        ("king --connected-to anmal", "No receiver 'anmal'. Did you mean 'animal'?"),
        ("king a b", "A send has one sender, not 'a' and 'b'."),
        ("king _async_wrapper=1", "'_async_wrapper' can't be a payload key"),
        ("king a:=NaN", "'a:=NaN' is not JSON: NaN is not a JSON value."),
        ("king:receiver_connected", "king:receiver_connected isn't there yet"),
    ],
)
def test_what_send_refuses_is_refused_likewise(alone: SignalCli, line: str, sentence: str) -> None:
    explained, sent = (alone(command, *line.split(), "--json") for command in ("explain", "send"))

    assert explained == sent
    assert (explained.status, explained.stdout) == (2, "")
    assert explained.stderr.startswith(f"Error: {sentence}")


# How it is shown.


def keys_of(document: Any) -> Any:
    """The shape of a document: its keys at every depth, but for what was sent and returned."""
    if isinstance(document, dict):
        return {
            key: None if key in ("payload", "value", "error") else keys_of(value)
            for key, value in document.items()
        }
    if isinstance(document, list) and document and isinstance(document[0], dict):
        return [keys_of(item) for item in document]
    return None


def test_its_document_has_the_keys_of_a_send(session_with: SessionWith) -> None:
    signalcli = session_with(
        "connect king:receiver_connected echo; connect king animal --sender 大象",
        "connect king failing qq",
    )
    arguments = ["king", "大象", "a=1", "--connected-to", "echo", "--json"]

    explained, sent = (signalcli(command, *arguments).json for command in ("explain", "send"))

    assert keys_of(explained) == keys_of(sent)
    for key in ("signal", "sender", "payload", "muted", "options", "notes"):
        assert explained[key] == sent[key]
    errors = [
        [made["error"] and [*made["error"]] for made in document["calls"]]
        for document in (explained, sent)
    ]
    assert errors[0] == errors[1] == [["type", "message", "where"], None, None, None]


def test_its_table_has_every_receivers_outcome_and_reason(session_with: SessionWith) -> None:
    signalcli = session_with(
        "connect king animal; connect king qq --sender 大象; connect king failing echo"
    )

    result = signalcli("explain", "king", "狮子")

    assert [row[:3] for row in table(result.stdout) if row[0]] == [
        ["receiver", "outcome", "why"],
        ["animal", "● would call", "listens to ANY"],
        ["failing", "✗ would raise", KNOWN],
        ["qq", "○ skipped", "listens only to 大象, and this sender is 狮子"],
        ["echo", "– not reached", "failing would raise before it"],
    ]
    assert result.stdout.splitlines()[-1] == (
        "1 would call, 1 would raise, 1 skipped, 1 not reached. "
        "The exception would end blinker's send: its caller gets no results."
    )
    assert "小钻风：" not in result.stdout


def test_explain_speaks_of_what_would_be_and_not_of_what_was(session_with: SessionWith) -> None:
    signalcli = session_with(
        "define queen; connect king animal --sender x; connect king:receiver_connected failing"
    )

    without_receivers = signalcli("explain", "queen")
    unheard = signalcli("explain", "king")
    prevented = signalcli("explain", "king", "--connected-to", "echo")

    nobody = "queen ← None\nNo receiver would be called: it has no receivers.\n"
    assert without_receivers == Result(0, nobody, "")
    assert unheard.stdout.splitlines()[-1] == "No receiver would be called: 1 skipped."
    assert prevented.stderr == (
        "failing would raise in king:receiver_connected, and so connected_to would raise.\n"
    )
