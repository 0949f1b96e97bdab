"""``explain``: who would be called and who not, and why, while nothing is called and nothing saved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from signalcli.playground.playground import Playground
from signalcli.streams import captured
from signalcli.values.delivery import PLAIN, Delivery, Sender, SendOptions, Session
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.signal_name import SignalName
from tests.conftest import Result, SignalCli
from tests.support.scenario import change, prepare, without

KING = SignalName.parse("king")
NOTHING = Session(
    {},
    {
        "grumpy": OwnReceiver(says="never said", raises="not today"),
        "storm": OwnReceiver(raises="thunder", is_async=True),
        "clerk": OwnReceiver(returns=1, strict=True),
        "judge": OwnReceiver(raises="guilty", strict=True),
    },
)
LOST = {"type": "RuntimeError", "message": "小钻风在山里迷了路"}
NO_COROUTINE = {"type": "RuntimeError", "message": "Cannot send to a coroutine function."}
NO_PLAIN = {"type": "RuntimeError", "message": "Cannot send to a non-coroutine function."}
WRONG_KIND = "listens to ANY; send can't call a coroutine function, without --wrap"
WRONG_KIND_ASYNC = "listens to ANY; send_async can't await a plain function, without --wrap"
KNOWN = "listens to ANY; it raises whenever it is called"
UNBINDABLE = "listens to ANY; its signature can't take this payload"
FOREIGN = "isn't trusted here: signalcli receivers trust shop.handlers:on_king"

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


class Connection(NamedTuple):
    """A line ``connect``, in a test that needs no process for it."""

    receiver: str
    senders: tuple[Sender, ...] = ()
    signal: str = "king"


def connected(*connections: str | Connection, session: Session = NOTHING) -> Session:
    """A session in which receivers are connected, to ``king`` if nothing else is said."""
    for made in connections:
        line = Connection(made) if isinstance(made, str) else made
        session = connect(session, line)
    return session


def connect(session: Session, line: Connection) -> Session:
    name = SignalName.parse(line.signal)
    after, _ = change(session, "here", lambda p: p.connect(name, line.receiver, line.senders))
    return after


@contextmanager
def playground(session: Session) -> Iterator[Playground]:
    with captured(live=False) as capture:
        yield Playground(session, "here", capture)


def explained(
    session: Session,
    sender: object = None,
    options: SendOptions = PLAIN,
    **payload: object,
) -> dict[str, Any]:
    with playground(session) as live:
        return live.explain(KING, sender, payload, options).to_json()


def rows(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Every receiver, with the outcome and the reason."""
    return [(call["receiver"], call["outcome"], call["reason"]) for call in document["calls"]]


def call(receiver: str, outcome: str, reason: str, error: Any = None) -> dict[str, Any]:
    """All that is foreseen of a receiver, but for the place and the time."""
    foreseen = {"receiver": receiver, "outcome": outcome, "reason": reason, "error": error}
    return {**foreseen, "value": None, "output": ""}


def everything_in(directory: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file, with its inode, its time and its bytes."""
    return {
        str(path): (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(directory.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


# What it foresees, and why.


def test_every_receiver_has_the_outcome_it_would_have_and_the_reason(signalcli: SignalCli) -> None:
    """Those that would be reached stand first, in dispatch order, then the rest."""
    prepare(
        signalcli,
        "connect king animal --sender 大象",
        "connect king qq --sender 狮子",
        "connect king failing --sender 大象",
        "connect king animal_two --sender 大象",
        "connect king wechat --sender x",
        "disconnect king wechat --sender x",
        "connect king echo",
    )

    result = signalcli("explain", "king", "大象", "count:=3", "--json")

    assert (result.status, result.stderr) == (0, "")
    assert without(result.json, "seconds", "where") == {
        "signal": "king",
        "sender": "大象",
        "payload": {"count": 3},
        "muted": False,
        "calls": [
            call("echo", "would_call", "listens to ANY"),
            call("animal", "would_call", "listens to 大象"),
            call(
                "failing", "would_raise", "listens to 大象; it raises whenever it is called", LOST
            ),
            call("qq", "skipped", "listens only to 狮子, and this sender is 大象"),
            call("animal_two", "not_reached", "failing would raise before it"),
            call("wechat", "skipped", "has no connection left"),
        ],
        "options": PLAIN.to_json(),
        "notes": [],
        "deliveries": [],
    }
    assert [made["seconds"] for made in result.json["calls"]] == [0.0] * 6


@pytest.mark.parametrize(
    ("filters", "sender", "outcome", "reason"),
    [
        ((), "大象", "would_call", "listens to ANY"),
        (("大象",), "大象", "would_call", "listens to 大象"),
        (("大象",), "狮子", "skipped", "listens only to 大象, and this sender is 狮子"),
        (("大象",), None, "skipped", "listens only to 大象, and this sender is None"),
        (
            ("a", "b", "c", "d"),
            "x",
            "skipped",
            "listens only to a, b, c and 1 more, and this sender is x",
        ),
        ((1,), 1, "would_call", "listens to 1"),
        ((1,), True, "would_call", "listens to 1"),
        (("1",), "1", "would_call", 'listens to "1"'),
        (
            ("1",),
            1,
            "skipped",
            'listens only to the text "1", and this sender is the integer 1',
        ),
        (
            (1,),
            "1",
            "skipped",
            'listens only to the integer 1, and this sender is the text "1"',
        ),
        ((1,), 1.0, "skipped", "listens only to the integer 1, and this sender is the float 1.0"),
    ],
)
def test_a_receiver_would_be_called_or_skipped_for_an_exact_reason(
    filters: tuple[Sender, ...], sender: object, outcome: str, reason: str
) -> None:
    session = connected(Connection("echo", filters))

    document = explained(session, sender)

    assert rows(document) == [("echo", outcome, reason)]


def test_a_receiver_of_any_and_of_the_sender_would_be_called_once_because_of_any() -> None:
    session = connected(Connection("echo", ("大象",)), "echo")

    document = explained(session, "大象")

    assert rows(document) == [("echo", "would_call", "listens to ANY")]


def test_a_muted_signal_would_call_nobody(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king failing", "connect king qq --sender 大象", "mute king")

    document = signalcli.ok("explain", "king", "--json").json

    assert (document["muted"], document["notes"]) == (True, [])
    assert rows(document) == [
        ("failing", "skipped", "signal is muted"),
        ("qq", "skipped", "signal is muted"),
    ]


CONTINUE = SendOptions(on_error="continue")
ASYNC = SendOptions(is_async=True)
WRAP = SendOptions(wrap=True)
ASYNC_WRAP = SendOptions(is_async=True, wrap=True)


@pytest.mark.parametrize(
    ("options", "receiver", "outcome", "reason", "error"),
    [
        (PLAIN, "coroutine", "would_raise", WRONG_KIND, NO_COROUTINE),
        (PLAIN, "storm", "would_raise", WRONG_KIND, NO_COROUTINE),
        (WRAP, "coroutine", "would_call", "listens to ANY", None),
        (WRAP, "echo", "would_call", "listens to ANY", None),
        (ASYNC, "coroutine", "would_call", "listens to ANY", None),
        (ASYNC, "echo", "would_raise", WRONG_KIND_ASYNC, NO_PLAIN),
        (ASYNC, "grumpy", "would_raise", WRONG_KIND_ASYNC, NO_PLAIN),
        (ASYNC_WRAP, "echo", "would_call", "listens to ANY", None),
        (ASYNC_WRAP, "coroutine", "would_call", "listens to ANY", None),
        (ASYNC, "storm", "would_raise", KNOWN, {"type": "RuntimeError", "message": "thunder"}),
        (WRAP, "storm", "would_raise", KNOWN, {"type": "RuntimeError", "message": "thunder"}),
        (PLAIN, "grumpy", "would_raise", KNOWN, {"type": "RuntimeError", "message": "not today"}),
        (PLAIN, "failing", "would_raise", KNOWN, LOST),
        (ASYNC_WRAP, "failing", "would_raise", KNOWN, LOST),
        (PLAIN, "judge", "would_raise", KNOWN, {"type": "RuntimeError", "message": "guilty"}),
    ],
)
def test_a_receiver_of_the_wrong_kind_or_one_that_always_raises_would_raise(
    options: SendOptions, receiver: str, outcome: str, reason: str, error: Any
) -> None:
    """What blinker refuses isn't entered, and so what it raises itself doesn't count."""
    session = connected(receiver)

    document = explained(session, options=options)

    assert without(document["calls"], "seconds", "where") == [
        call(receiver, outcome, reason, error)
    ]


@pytest.mark.parametrize("receiver", ["strict", "clerk", "judge"])
def test_a_payload_that_its_signature_cannot_take_would_raise(receiver: str) -> None:
    session = connected(receiver)

    document = explained(session, count=3)

    message = f"{receiver}() got an unexpected keyword argument 'count'"
    error = {"type": "TypeError", "message": message}
    assert without(document["calls"], "seconds", "where") == [
        call(receiver, "would_raise", UNBINDABLE, error)
    ]


def test_what_would_raise_is_told_with_the_line_of_its_definition(signalcli: SignalCli) -> None:
    (signalcli.directory / "handlers.py").write_text(CALLED)
    prepare(signalcli, "connect king strict", "connect king handlers.py:needs")

    calls = signalcli.ok("explain", "king", "a=1", "--on-error", "continue", "--json").json["calls"]

    line = CALLED.splitlines().index("def needs(sender, slogan, *, count):") + 1
    places = [made["error"]["where"] for made in calls]
    assert places[0].startswith("signalcli/demos.py:")
    assert places[1] == f"handlers.py:{line}"


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
def test_the_error_that_is_foreseen_is_the_one_that_python_raises(
    needy: SignalCli, payload: list[str]
) -> None:
    foreseen, sent = (needy(command, "king", *payload, "--json") for command in ("explain", "send"))

    assert foreseen.json["calls"][0]["error"] == sent.json["calls"][0]["error"]


@pytest.fixture(scope="module")
def needy(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """The signal ``king``, whose only receiver needs a payload of two keys."""
    signalcli = SignalCli(tmp_path_factory.mktemp("needy"))
    (signalcli.directory / "handlers.py").write_text(CALLED)
    prepare(signalcli, "connect king handlers.py:needs")
    return signalcli


def test_a_payload_key_that_clashes_with_the_first_parameter_would_raise(
    signalcli: SignalCli,
) -> None:
    """Number 22 of blinker's truths."""
    (signalcli.directory / "handlers.py").write_text(CALLED)
    prepare(signalcli, "connect king handlers.py:takes_sender", "connect king echo")

    foreseen = signalcli.ok("explain", "king", "大象", "sender=x", "--json").json

    assert rows(foreseen) == [
        ("handlers.py:takes_sender", "would_raise", UNBINDABLE),
        ("echo", "not_reached", "handlers.py:takes_sender would raise before it"),
    ]
    assert foreseen["calls"][0]["error"]["type"] == "TypeError"


def test_with_on_error_continue_everybody_would_be_reached() -> None:
    session = connected("coroutine", "echo", "failing", "clerk", "grumpy", "animal")

    document = explained(session, options=CONTINUE, count=3)

    assert rows(document) == [
        ("coroutine", "would_raise", WRONG_KIND),
        ("echo", "would_call", "listens to ANY"),
        ("failing", "would_raise", KNOWN),
        ("clerk", "would_raise", UNBINDABLE),
        ("grumpy", "would_raise", KNOWN),
        ("animal", "would_call", "listens to ANY"),
    ]


def test_only_those_that_would_be_called_are_not_reached() -> None:
    session = connected("failing", Connection("qq", ("大象",)), "echo")

    document = explained(session, "狮子")

    assert rows(document) == [
        ("failing", "would_raise", KNOWN),
        ("qq", "skipped", "listens only to 大象, and this sender is 狮子"),
        ("echo", "not_reached", "failing would raise before it"),
    ]


def test_an_unordered_signal_says_that_who_is_reached_is_left_to_chance() -> None:
    session, _ = change(NOTHING, "here", lambda p: p.define(KING, ordered=False))
    session = connected("failing", "echo", session=session)

    notes = [explained(session, options=options)["notes"] for options in (PLAIN, CONTINUE)]

    chance = (
        "king is unordered: blinker's set decides anew in every process who is called before "
        "failing raises."
    )
    assert notes == [[chance], []]


def test_a_receiver_that_is_not_trusted_would_be_skipped(signalcli: SignalCli) -> None:
    (signalcli.directory / "shop").mkdir()
    (signalcli.directory / "shop" / "handlers.py").write_text("open('ran', 'w')\n")
    signalcli.session_path.parent.mkdir(parents=True)
    signalcli.session_path.write_text(
        '{"version": 1, "signals": {"king": {"receivers": {"shop.handlers:on_king": "weak"}, '
        '"any": ["shop.handlers:on_king"]}}}'
    )

    result = signalcli("explain", "king", "--json")

    assert (result.status, rows(result.json)) == (
        0,
        [("shop.handlers:on_king", "skipped", FOREIGN)],
    )
    assert "signalcli receivers trust shop.handlers:on_king" in result.stderr
    assert not (signalcli.directory / "ran").exists()


# What the options put around it.


def test_within_muted_nobody_would_be_called_and_a_muted_signal_would_be_unmuted() -> None:
    session = connected("echo")
    muted, _ = change(session, "here", lambda p: p.mute(KING))

    documents = [
        explained(here, options=SendOptions(muted=True)) for here in (session, muted)
    ]  # number 13 of blinker's truths

    assert [(d["muted"], rows(d), d["notes"]) for d in documents] == [
        (True, [("echo", "skipped", "signal is muted")], []),
        (
            True,
            [("echo", "skipped", "signal is muted")],
            ["muted() ends by unmuting, although the signal was muted before."],
        ),
    ]


def test_within_connected_to_the_receiver_would_be_called_and_lose_all_its_connections() -> None:
    """Number 14 of blinker's truths."""
    session = connected("animal", Connection("qq", ("大象", 1)))

    documents = [
        explained(session, "狮子", SendOptions(connected_to=receiver))
        for receiver in ("qq", "animal", "echo")
    ]

    ends = "connected_to ends by disconnecting every connection of {}, its own to {} included."
    assert [(rows(document), document["notes"]) for document in documents] == [
        (
            [
                ("animal", "would_call", "listens to ANY"),
                ("qq", "would_call", "listens to ANY"),
            ],
            [ends.format("qq", "大象, 1")],
        ),
        (
            [("animal", "would_call", "listens to ANY"), ("qq", "skipped", "listens only to 大象, 1, and this sender is 狮子")],
            [ends.format("animal", "ANY")],
        ),
        (
            [
                ("animal", "would_call", "listens to ANY"),
                ("echo", "would_call", "listens to ANY"),
                ("qq", "skipped", "listens only to 大象, 1, and this sender is 狮子"),
            ],
            [],
        ),
    ]  # fmt: skip


def test_meta_signals_around_it_are_foreseen_too() -> None:
    session = connected(
        Connection("echo", signal="king:receiver_connected"),
        Connection("failing", signal="king:receiver_disconnected"),
        "animal",
    )

    document = explained(session, options=SendOptions(connected_to="qq"))

    assert rows(document) == [
        ("animal", "would_call", "listens to ANY"),
        ("qq", "would_call", "listens to ANY"),
    ]
    assert [(meta["signal"], rows(meta)) for meta in document["deliveries"]] == [
        ("king:receiver_connected", [("echo", "would_call", "listens to ANY")]),
        ("king:receiver_disconnected", [("failing", "would_raise", KNOWN)]),
    ]


def test_a_meta_signal_whose_receiver_would_raise_keeps_the_send_from_happening() -> None:
    session = connected(
        Connection("failing", signal="king:receiver_connected"),
        "animal",
        Connection("qq", ("大象",)),
    )

    document = explained(session, options=SendOptions(connected_to="echo"))

    before = "failing would raise in king:receiver_connected before it"
    assert rows(document) == [
        ("animal", "not_reached", before),
        ("qq", "skipped", "listens only to 大象, and this sender is None"),
        ("echo", "not_reached", before),
    ]


# What it leaves alone.


@pytest.mark.parametrize(
    "options",
    ["", "--muted", "--connected-to animal", "--connected-to herald --muted --on-error continue"],
)
def test_nothing_is_called_and_nothing_is_saved(busy: SignalCli, options: str) -> None:
    """Not the session, and no history; and no receiver of a meta signal is called, either."""
    before = everything_in(busy.directory)

    result = busy("explain", "king", "大象", *options.split(), "--async", "--wrap", "-q")

    assert (result.status, result.stderr) == (0, "")
    assert not any(said in result.stdout for said in ("小钻风：", "hear king", "顺风耳："))
    assert everything_in(busy.directory) == before


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """A muted signal whose receivers, and those of its meta signals, all leave a trace."""
    signalcli = SignalCli(tmp_path_factory.mktemp("busy"))
    (signalcli.directory / "handlers.py").write_text(CALLED)
    prepare(
        signalcli,
        "receivers add herald --says 'hear {signal}'",
        "connect king animal",
        "connect king handlers.py:writes",
        "connect king coroutine",
        "connect king:receiver_connected herald",
        "connect king:receiver_disconnected animal_one",
    )
    return signalcli


def test_an_import_is_neither_trusted_nor_run_to_be_explained(signalcli: SignalCli) -> None:
    """A send within its ``connected_to`` trusts it; only looking does not."""
    (signalcli.directory / "handlers.py").write_text(
        "open('ran', 'w')\ndef on_king(sender): pass\n"
    )
    prepare(signalcli, "connect king animal")
    before = everything_in(signalcli.directory)

    result = signalcli("explain", "king", "--connected-to", "handlers.py:on_king", "--json")

    sentence = (
        "Error: handlers.py:on_king isn't trusted here, and what it would do can't be told without "
        "running its code. Trust it first: signalcli receivers trust handlers.py:on_king\n"
    )
    assert result == Result(2, "", sentence)
    assert everything_in(signalcli.directory) == before


def test_what_was_explained_a_send_does(busy: SignalCli) -> None:
    """Without this, the test above could be about receivers that leave no trace."""
    explained = busy("explain", "king", "--wrap", "--json").json

    sent = busy("send", "king", "--wrap", "--no-history", "--json").json

    assert [outcome for _, outcome, _ in rows(explained)] == ["would_call"] * 3
    assert [made["value"] for made in sent["calls"]] == ["小钻风去巡山", "written", "顺风耳听到了"]
    (busy.directory / "called").unlink()


def test_the_status_is_0_whatever_would_raise(signalcli: SignalCli) -> None:
    """Nothing was raised: it is for the send to end in status 1."""
    prepare(signalcli, "connect king failing")

    results = [signalcli(command, "king") for command in ("explain", "send")]

    assert [(result.status, result.stderr) for result in results] == [(0, ""), (1, "")]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["kng"], "No signal 'kng' in session 'default'."),
        (["king", "--connected-to", "anmal"], "No receiver 'anmal'."),
        (["king", "a", "b"], "A send has one sender, not 'a' and 'b'."),
        (["king", "_async_wrapper=1"], "'_async_wrapper' can't be a payload key"),
        (["king", "a:=NaN"], "'a:=NaN' is not JSON: NaN is not a JSON value."),
        (["king:receiver_connected"], "king:receiver_connected isn't there yet"),
    ],
)
def test_what_send_refuses_is_refused_likewise(
    alone: SignalCli, arguments: list[str], sentence: str
) -> None:
    explained, sent = (alone(command, *arguments, "--json") for command in ("explain", "send"))

    assert explained == sent
    assert (explained.status, explained.stdout) == (2, "")
    assert explained.stderr.startswith(f"Error: {sentence}")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """The signal ``king``, which ``animal`` listens to."""
    signalcli = SignalCli(tmp_path_factory.mktemp("alone"))
    prepare(signalcli, "connect king animal")
    return signalcli


def test_an_unknown_name_is_met_with_the_one_that_was_meant(alone: SignalCli) -> None:
    results = [alone("explain", "kng"), alone("explain", "king", "--connected-to", "anmal")]

    assert [" Did you mean" in result.stderr for result in results] == [True, True]


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


def test_its_document_has_the_keys_of_a_send(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "connect king:receiver_connected echo",
        "connect king animal --sender 大象",
        "connect king failing",
        "connect king qq",
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


def test_its_table_has_every_receiver_with_the_outcome_and_the_reason(
    signalcli: SignalCli,
) -> None:
    prepare(
        signalcli,
        "connect king animal",
        "connect king qq --sender 大象",
        "connect king failing",
        "connect king echo",
    )

    result = signalcli("explain", "king", "狮子")

    cells = [
        [cell.strip() for cell in line.strip("│").split("│")]
        for line in result.stdout.splitlines()
        if line.startswith("│")
    ]
    assert [row[:3] for row in cells if row[0]] == [
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


def test_it_speaks_of_what_would_be_and_not_of_what_was(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "define queen",
        "connect king animal --sender x",
        "connect king:receiver_connected failing",
    )

    without_receivers = signalcli("explain", "queen")
    unheard = signalcli("explain", "king")
    prevented = signalcli("explain", "king", "--connected-to", "echo")

    nobody = "queen ← None\nNobody would hear it: it has no receivers.\n"
    assert without_receivers == Result(0, nobody, "")
    assert unheard.stdout.splitlines()[-1] == "Nobody would hear it: 1 skipped."
    assert prevented.stderr == (
        "failing would raise in king:receiver_connected, and so connected_to would raise.\n"
    )


# It never disagrees with the send that follows it.

EVERYBODY = connected(
    "animal_one",
    "coroutine",
    Connection("failing", ("1",)),
    Connection("storm", (1,)),
    "clerk",
    Connection("judge", ("大象",)),
    Connection("echo", ("1", 1)),
    Connection("grumpy", ("狮子",)),
    "animal_two",
    Connection("echo", signal="king:receiver_connected"),
    Connection("failing", signal="king:receiver_disconnected"),
)
COMBINATIONS = [
    SendOptions(*options)
    for options in product(
        ("stop", "continue"),
        (False, True),
        (False, True),
        (False, True),
        (None, "qq", "failing", "coroutine", "clerk"),
    )
]


def told(delivery: Delivery) -> list[Any]:
    """What became of each receiver, or would, in the words of a send."""
    outcomes = {"would_call": "returned", "would_raise": "raised"}
    return [
        delivery.muted,
        [note.replace("would raise", "raised") for note in delivery.notes if _foreseeable(note)],
        [
            (
                made.receiver,
                outcomes.get(made.outcome, made.outcome),
                _without_sender(made.reason.partition(";")[0].replace("would raise", "raised")),
                made.error and (made.error.type, made.error.message),
            )
            for made in delivery.calls
        ],
        [told(meta) for meta in delivery.deliveries],
    ]


def _without_sender(reason: str) -> str:
    """A forecast always names the sender, a send only where it could be taken for another."""
    return reason.partition(", and this sender is")[0]


def _foreseeable(note: str) -> bool:
    return not note.endswith("Here it went on.")  # it is of a send that was made


@pytest.mark.parametrize("payload", [{}, {"count": 3}], ids=["bare", "with a payload"])
@pytest.mark.parametrize("sender", ["1", 1, "大象", "狮子", None])
@pytest.mark.parametrize("muted", [False, True], ids=["", "muted"])
def test_a_send_does_what_was_explained(
    sender: object, payload: dict[str, object], muted: bool
) -> None:
    """With every combination of the options."""
    session = EVERYBODY
    if muted:
        session, _ = change(session, "here", lambda p: p.mute(KING))
    for options in COMBINATIONS:
        with playground(session) as live:
            foreseen = told(live.explain(KING, sender, payload, options))
        with playground(session) as live:
            sent = told(live.send(KING, sender, payload, options))

        assert foreseen == sent, options


SELF = """
class Bot:
    def hear(self, sender, **payload): ...
    def __call__(self, sender, **payload): ...

bot = Bot()
hear = bot.hear
"""


@pytest.mark.parametrize("receiver", ["handlers.py:hear", "handlers.py:bot"])
def test_a_payload_key_that_is_a_methods_own_parameter_would_raise(
    signalcli: SignalCli, receiver: str
) -> None:
    (signalcli.directory / "handlers.py").write_text(SELF)
    prepare(signalcli, f"connect king {receiver} --strong -q")

    explained = signalcli("explain", "king", "x", "self=1", "--json").json["calls"]
    sent = signalcli("send", "king", "x", "self=1", "--json").json["calls"]

    assert [call["outcome"] for call in (*explained, *sent)] == ["would_raise", "raised"]
    assert explained[0]["error"]["message"] == sent[0]["error"]["message"]
