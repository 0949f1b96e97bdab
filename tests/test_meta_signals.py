"""Meta signals: who listens to a signal's connections, and hears the later ones.

blinker makes ``receiver_connected`` and ``receiver_disconnected`` when they are first touched, and
sends them at the end of ``connect`` and ``disconnect``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from blinker import Signal

from signalcli.playground.playground import Playground
from signalcli.streams import captured
from signalcli.values.change import Change
from signalcli.values.delivery import Sender, SendOptions, Session
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.signal_name import SignalName
from tests.conftest import Result, SignalCli
from tests.support.scenario import change, prepare

CONNECTED, DISCONNECTED = "receiver_connected", "receiver_disconnected"
NOTHING = Session({}, {"picky": OwnReceiver(strict=True)})
"""``picky`` takes no payload, so that it raises ``TypeError`` whenever a meta signal is sent."""


def connect(
    session: Session, signal: str, receiver: str, *senders: Sender, weak: bool = True
) -> tuple[Session, Change]:
    """What became of a session, and the change as the command tells it."""
    name = SignalName.parse(signal)
    return change(session, "here", lambda p: p.connect(name, receiver, senders, weak))


def disconnect(
    session: Session, signal: str, receiver: str, *senders: Sender
) -> tuple[Session, Change]:
    name = SignalName.parse(signal)
    return change(session, "here", lambda p: p.disconnect(name, receiver, senders))


def connected(*pairs: tuple[str, str], session: Session = NOTHING) -> Session:
    """A session in which each signal is connected to a receiver, for ``ANY``."""
    for signal, receiver in pairs:
        session, _ = connect(session, signal, receiver)
    return session


@contextmanager
def playground(session: Session) -> Iterator[Playground]:
    with captured(live=False) as capture:
        yield Playground(session, "here", capture)


def inspected(session: Session, signal: str) -> dict[str, Any]:
    with playground(session) as live:
        return live.inspect(SignalName.parse(signal)).to_json()


def connections(session: Session, signal: str) -> dict[str, list[Any]]:
    """The senders that each receiver of a signal listens to."""
    return {
        receiver["receiver"]: ["ANY" if c["any"] else c["sender"] for c in receiver["connections"]]
        for receiver in inspected(session, signal)["receivers"]
    }


def fired(document: dict[str, Any]) -> list[tuple[str, dict[str, Any], list[tuple[str, str]]]]:
    """Each meta signal that was sent, with its payload, and its receivers with the outcome."""
    return [
        (
            meta["signal"],
            {key: _without_address(value) for key, value in meta["payload"].items()},
            [(call["receiver"], call["outcome"]) for call in meta["calls"]],
        )
        for meta in document["deliveries"]
    ]


def _without_address(value: Any) -> Any:
    return re.sub(" at 0x[0-9a-f]+", "", value) if isinstance(value, str) else value


def told(made: Change) -> list[tuple[str, dict[str, Any], list[tuple[str, str]]]]:
    return fired(made.to_json())


# They fire on later changes, and the command shows it.


def test_a_connect_and_a_disconnect_send_the_meta_signals_and_show_them(
    signalcli: SignalCli,
) -> None:
    prepare(
        signalcli, "connect king:receiver_connected echo", "connect king:receiver_disconnected echo"
    )

    documents = [
        signalcli.ok(*line.split(), "--json").json
        for line in (
            "connect king animal --sender 大象 --strong",
            "disconnect king animal --sender 大象",
            "disconnect king animal",
        )
    ]

    animal, echo = "<function animal>", [("echo", "returned")]
    assert [fired(document) for document in documents] == [
        [
            (
                "king:receiver_connected",
                {"receiver": animal, "sender": "大象", "weak": False},
                echo,
            )
        ],
        [("king:receiver_disconnected", {"receiver": animal, "sender": "大象"}, echo)],
        [("king:receiver_disconnected", {"receiver": animal, "sender": "ANY"}, echo)],
    ]
    assert [document["changed"] for document in documents] == [True] * 3
    assert documents[0]["notes"] == ["animal listens to king from 大象."]


def test_a_meta_signal_is_shown_as_any_other_send(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "connect king:receiver_connected animal_one",
        "connect king:receiver_connected strict --strong",
        "connect king:receiver_connected qq",
    )

    result = signalcli("connect", "king", "echo")

    lines = result.stdout.splitlines()
    assert (result.status, lines[0].partition("：")[0]) == (1, "小钻风")
    assert lines[1].startswith("king:receiver_connected ← ")
    cells = [[c.strip() for c in line.strip("│").split("│")] for line in lines if line[0] == "│"]
    assert [row[:3] for row in cells if row[0]] == [
        ["receiver", "outcome", "why"],
        ["animal_one", "● returned", "listens to ANY"],
        ["strict", "✗ raised", "listens to ANY"],
        ["qq", "– not reached", "strict raised before it"],
    ]
    assert result.stderr == (
        "strict raised in king:receiver_connected, and so connect raised: "
        "blinker undoes the connection of echo to king from ANY sender.\n"
    )


def test_the_sender_of_a_meta_signal_is_the_signal_itself(signalcli: SignalCli) -> None:
    """An object, which its ``repr`` stands for."""
    prepare(signalcli, "connect king:receiver_connected qq")

    document = signalcli.ok("connect", "king", "animal", "--json").json

    assert re.fullmatch("<.+ at 0x[0-9a-f]+; 'king'>", document["deliveries"][0]["sender"])


@pytest.mark.parametrize("signal", ["king", "zoo/king", "@roar", "/a/b", "大象:x"])
def test_every_kind_of_signal_has_them(signal: str) -> None:
    session = connected((f"{signal}:{CONNECTED}", "qq"), (f"{signal}:{DISCONNECTED}", "wechat"))

    session, made = connect(session, signal, "animal")
    _, undone = disconnect(session, signal, "animal")

    assert [(name, calls) for name, _, calls in told(made) + told(undone)] == [
        (f"{signal}:{CONNECTED}", [("qq", "returned")]),
        (f"{signal}:{DISCONNECTED}", [("wechat", "returned")]),
    ]


def test_signals_of_one_word_do_not_hear_of_each_other() -> None:
    session = connected(
        (f"king:{CONNECTED}", "qq"), ("zoo/king", "animal"), ("@king", "animal"), ("king", "echo")
    )

    silent = [connect(session, signal, "wechat")[1] for signal in ("zoo/king", "@king", "queen")]

    assert [told(made) for made in silent] == [[], [], []]


def test_each_sender_of_a_connect_is_told_by_itself() -> None:
    session = connected((f"king:{CONNECTED}", "qq"), (f"king:{DISCONNECTED}", "qq"))

    session, made = connect(session, "king", "animal", "大象", 1)
    _, undone = disconnect(session, "king", "animal", "大象", 1)

    payloads = [payload["sender"] for _, payload, _ in told(made) + told(undone)]
    assert payloads == ["大象", 1, "大象", 1]


def test_a_disconnect_of_what_was_not_connected_is_sent_all_the_same() -> None:
    session = connected(("king", "animal"), (f"king:{DISCONNECTED}", "qq"))

    _, made = disconnect(session, "king", "wechat")

    assert (made.changed, made.notes) == (
        False,
        ("wechat was not connected to king: nothing changed.",),
    )
    assert [calls for _, _, calls in told(made)] == [[("qq", "returned")]]


def test_a_muted_meta_signal_calls_nobody() -> None:
    session = connected((f"king:{CONNECTED}", "picky"))
    meta = SignalName.parse(f"king:{CONNECTED}")
    session, _ = change(session, "here", lambda p: p.mute(meta))

    session, made = connect(session, "king", "animal")

    assert [(d.muted, [c.reason for c in d.calls]) for d in made.deliveries] == [
        (True, ["signal is muted"])
    ]
    assert connections(session, "king") == {"animal": ["ANY"]}


def test_a_muted_signal_sends_its_meta_signals_all_the_same() -> None:
    session = connected(("king", "animal"), (f"king:{CONNECTED}", "qq"))
    session, _ = change(session, "here", lambda p: p.mute(SignalName.parse("king")))

    _, made = connect(session, "king", "echo")

    assert [calls for _, _, calls in told(made)] == [[("qq", "returned")]]


def test_a_meta_signal_without_a_receiver_left_is_not_sent() -> None:
    session = connected((f"king:{CONNECTED}", "qq"))
    session, _ = disconnect(session, f"king:{CONNECTED}", "qq")

    _, made = connect(session, "king", "animal")

    assert told(made) == []


def test_a_connection_to_a_meta_signal_is_not_told_by_it() -> None:
    session = connected((f"king:{CONNECTED}", "qq"))

    _, made = connect(session, f"king:{CONNECTED}", "wechat")

    assert (told(made), made.notes) == (
        [],
        ("wechat listens to king:receiver_connected from ANY sender.",),
    )


def test_a_coroutine_can_listen_and_raises_as_in_a_plain_send() -> None:
    session = connected((f"king:{CONNECTED}", "coroutine"))

    session, made = connect(session, "king", "animal")

    errors = [call.error and call.error.message for call in made.deliveries[0].calls]
    assert errors == ["Cannot send to a coroutine function."]
    assert connections(session, "king") == {"animal": ["ANY"]}


def test_a_program_that_is_rebuilt_connects_nothing_anew(signalcli: SignalCli) -> None:
    """Neither to look at it, nor to send."""
    (signalcli.directory / "handlers.py").write_text(
        "def writes(told, /, **payload):\n    open('log', 'a').write('heard\\n')\n"
    )
    log = signalcli.directory / "log"
    prepare(
        signalcli,
        "connect king animal",
        "connect king echo --sender 大象",
        "connect king:receiver_connected handlers.py:writes",
        "connect king:receiver_disconnected handlers.py:writes",
    )

    for line in ("inspect king", "inspect", "list --all", "send king", "explain king", "mute king",
                 "unmute king", "define queen", "connect queen qq", "drop echo",
                 "connect king:receiver_connected animal"):  # fmt: skip
        signalcli.ok(*line.split())
    quiet = not log.exists()
    signalcli.ok("connect", "king", "qq")

    assert (quiet, log.read_text()) == (True, "heard\n")


def test_nor_is_that_told_to_what_a_module_connects_when_it_is_imported(
    signalcli: SignalCli,
) -> None:
    """It listens by the time that the session's receivers are connected, in every process."""
    (signalcli.directory / "handlers.py").write_text(
        "from blinker import signal\n"
        "def on_king(told, /, **payload):\n    pass\n"
        "@signal('king').receiver_connected.connect\n"
        "def writes(told, /, **payload):\n    open('log', 'a').write('heard\\n')\n"
    )
    log = signalcli.directory / "log"
    prepare(signalcli, "connect king animal", "connect king handlers.py:on_king")
    log.unlink(missing_ok=True)

    for line in ("send king", "inspect king", "explain king", "mute king"):
        signalcli.ok(*line.split())
    quiet = not log.exists()
    signalcli.ok("connect", "king", "qq")

    assert (quiet, log.read_text()) == (True, "heard\n")


def test_a_weak_connection_that_vanishes_is_not_told() -> None:
    """Number 21 of blinker's truths: never for an automatic disconnect."""
    session = connected(("king", "animal"), (f"king:{DISCONNECTED}", "qq"))

    with playground(session) as live:
        live.drop("animal")
        left = live.snapshot()

    assert (live.deliveries, connections(left, "king")) == ([], {})


def test_connected_to_sends_both_around_a_send(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "connect king:receiver_connected echo",
        "connect king:receiver_disconnected qq",
        "connect king animal",
    )

    document = signalcli.ok("send", "king", "--connected-to", "wechat", "--json").json

    wechat = "<function wechat>"
    assert fired(document) == [
        (
            "king:receiver_connected",
            {"receiver": wechat, "sender": "ANY", "weak": False},
            [("echo", "returned")],
        ),
        (
            "king:receiver_disconnected",
            {"receiver": wechat, "sender": "ANY"},
            [("qq", "returned")],
        ),
    ]
    assert [call["receiver"] for call in document["calls"]] == ["animal", "wechat"]


def test_a_send_of_a_meta_signal_by_hand_is_a_send_like_any_other() -> None:
    session = connected((f"king:{CONNECTED}", "echo"))

    with playground(session) as live:
        delivery = live.send(SignalName.parse(f"king:{CONNECTED}"), "大象", {"weak": 1})

    assert [call.value for call in delivery.calls] == [{"sender": "大象", "payload": {"weak": 1}}]


# A receiver that raises.


def live_connect(error: type[Exception], *senders: str) -> tuple[bool, int, dict[str, bool]]:
    """In one Python process: whether connect raised, and what it left of earlier connections."""
    live = Signal()

    def animal(sender: object) -> None:
        pass

    def raises(sender: object, /, **payload: object) -> None:
        raise error

    for sender in senders:
        live.connect(animal, sender=sender)
    live.receiver_connected.connect(raises)
    try:
        live.connect(animal)
    except error:
        raised = True
    else:
        raised = False
    heard = {sender: any(live.receivers_for(sender)) for sender in ("大象", "狮子")}
    return raised, len(live.receivers), heard


@pytest.mark.parametrize(
    ("receiver", "error", "kept"),
    [("picky", TypeError, False), ("strict", TypeError, False), ("failing", RuntimeError, True)],
)
def test_21_a_type_error_undoes_the_connection_and_another_error_keeps_it(
    receiver: str, error: type[Exception], kept: bool
) -> None:
    session = connected((f"king:{CONNECTED}", receiver))

    session, made = connect(session, "king", "animal")

    deed = "keeps" if kept else "undoes"
    note = (
        f"{receiver} raised in king:receiver_connected, and so connect raised: "
        f"blinker {deed} the connection of animal to king from ANY sender."
    )
    assert (int(made.status), made.changed, made.notes) == (
        1,
        kept,
        (note,),
    )
    assert connections(session, "king") == ({"animal": ["ANY"]} if kept else {})
    assert live_connect(error) == (True, int(kept), {"大象": kept, "狮子": kept})


def test_21_undoing_a_connection_to_any_takes_the_others_along_and_says_so() -> None:
    session = connected((f"king:{CONNECTED}", "qq"))
    session, _ = connect(session, "king", "animal", "大象")
    session, _ = connect(session, f"king:{CONNECTED}", "strict")

    session, made = connect(session, "king", "animal")

    assert live_connect(TypeError, "大象") == (True, 0, {"大象": False, "狮子": False})
    assert (made.changed, connections(session, "king")) == (True, {})
    assert "大象" in made.notes[0]


def test_21_undoing_one_sender_leaves_an_empty_bucket_and_the_other_connections() -> None:
    session = connected(("king", "animal"), (f"king:{CONNECTED}", "strict"))

    session, made = connect(session, "king", "animal", "大象", "狮子")

    note = (
        "strict raised in king:receiver_connected, and so connect raised: "
        "blinker undoes the connection of animal to king from 大象."
    )
    assert (int(made.status), len(made.deliveries), made.notes) == (1, 1, (note,))
    assert connections(session, "king") == {"animal": ["ANY"]}
    rows = inspected(session, "king")["has_receivers_for"]
    assert [row["sender"] for row in rows] == [None, "大象"]


def test_a_receiver_that_raises_ends_a_connect_to_several_senders_where_it_is() -> None:
    session = connected((f"king:{CONNECTED}", "failing"))

    session, made = connect(session, "king", "animal", "大象", "狮子")

    assert (int(made.status), len(made.notes)) == (1, 1)
    assert connections(session, "king") == {"animal": ["大象"]}


def test_a_receiver_that_raises_ends_a_disconnect_when_that_is_done() -> None:
    session = connected((f"king:{DISCONNECTED}", "failing"))
    session, _ = connect(session, "king", "animal", "大象", "狮子")

    session, made = disconnect(session, "king", "animal", "大象", "狮子")

    assert (int(made.status), made.changed, made.notes) == (
        1,
        True,
        (
            (
                "animal no longer listens to king from 大象. "
                "has_receivers_for(大象) stays True, though nobody is called."
            ),
            (
                "failing raised in king:receiver_disconnected, and so disconnect raised, "
                "when it was done."
            ),
        ),
    )
    assert connections(session, "king") == {"animal": ["狮子"]}


def test_the_status_of_a_change_is_1_where_a_receiver_raised_and_it_is_saved(
    signalcli: SignalCli,
) -> None:
    prepare(
        signalcli,
        "connect king:receiver_connected failing",
        "connect king:receiver_disconnected failing",
    )

    results = [
        signalcli(*line.split(), "--json")
        for line in (
            "connect king animal",
            "inspect king",
            "disconnect king animal",
            "inspect king",
        )
    ]

    assert [(result.status, result.stderr) for result in results] == [
        (1, ""),
        (0, ""),
        (1, ""),
        (0, ""),
    ]
    assert [len(results[number].json["receivers"]) for number in (1, 3)] == [1, 0]
    outcomes = [fired(results[number].json)[0][2] for number in (0, 2)]
    assert outcomes == [[("failing", "raised")]] * 2


def test_a_receiver_that_exits_the_program_is_told_as_one_that_raised(
    signalcli: SignalCli,
) -> None:
    (signalcli.directory / "handlers.py").write_text(
        "import sys\ndef leaves(told, /, **payload):\n    sys.exit(7)\n"
    )
    prepare(signalcli, "connect king:receiver_connected handlers.py:leaves")

    result = signalcli("connect", "king", "animal", "--json")

    assert (result.status, result.stderr, result.json["changed"]) == (1, "", True)
    assert fired(result.json)[0][2] == [("handlers.py:leaves", "raised")]
    assert signalcli.ok("list", "--json").json["signals"][0]["receivers"] == 1


def test_a_send_that_could_not_be_connected_for_is_not_made() -> None:
    """And with a RuntimeError, what was to be connected for the send stays connected, strongly."""
    king = SignalName.parse("king")
    for receiver, left in (
        ("strict", {"animal": True}),
        ("failing", {"animal": True, "qq": False}),
    ):
        session = connected(("king", "animal"), (f"king:{CONNECTED}", receiver))

        with playground(session) as live:
            delivery = live.send(king, None, {}, SendOptions(connected_to="qq"))
            after = live.snapshot()

        assert [call.outcome for call in delivery.calls] == ["not_reached"] * len(left)
        assert delivery.notes == (
            f"{receiver} raised in king:receiver_connected, and so connected_to raised.",
        )
        assert int(delivery.status) == 1
        assert dict(after.signals["king"].receivers) == left


@pytest.mark.parametrize("variable", ["signal('queue')", "queue"])
def test_a_receiver_of_a_meta_signal_reaches_the_sessions_receivers(
    signalcli: SignalCli, variable: str
) -> None:
    (signalcli.directory / "handlers.py").write_text(
        "from blinker import signal\n"
        "queue = signal('queue')\n"
        "def forwards(told, /, **payload):\n"
        f"    return [value for _, value in {variable}.send('nested')]\n"
    )
    prepare(signalcli, "connect queue echo", "connect king:receiver_connected handlers.py:forwards")

    document = signalcli.ok("connect", "king", "animal", "--json").json

    values = [call["value"] for call in document["deliveries"][0]["calls"]]
    assert values == [[{"sender": "nested", "payload": {}}]]


def test_a_receiver_of_the_module_that_is_being_connected_reaches_them_too(
    signalcli: SignalCli,
) -> None:
    """Its module is imported before the session is brought to life, and has a variable by then."""
    (signalcli.directory / "handlers.py").write_text(
        "from blinker import signal\n"
        "queue = signal('queue')\n"
        "def forwards(told, /, **payload):\n"
        "    return [value for _, value in queue.send('nested')]\n"
        "def on_king(told, /, **payload):\n"
        "    pass\n"
    )
    prepare(
        signalcli,
        "connect queue echo",
        "connect king qq",
        "connect king:receiver_connected handlers.py:forwards",
    )

    document = signalcli.ok("connect", "king", "handlers.py:on_king", "--json").json

    values = [call["value"] for call in document["deliveries"][0]["calls"]]
    assert values == [[{"sender": "nested", "payload": {}}]]


# What is refused.


@pytest.mark.parametrize("command", ["connect", "disconnect"])
@pytest.mark.parametrize("sender", ["大象", ":=1"])
def test_a_sender_filter_is_refused_and_nothing_changes(
    listened: SignalCli, command: str, sender: str
) -> None:
    before = listened.session_path.stat().st_ino, listened.session_path.read_bytes()

    result = listened(command, "king:receiver_connected", "qq", "--sender", sender, "--json")

    label = sender.removeprefix(":=")
    assert result == Result(
        2,
        "",
        "Error: The sender of king:receiver_connected is always the signal king itself, an object, "
        f"so that a filter by {label} would never match. Leave out --sender.\n",
    )
    after = listened.session_path.stat().st_ino, listened.session_path.read_bytes()
    assert after == before


@pytest.fixture(scope="module")
def listened(tmp_path_factory: pytest.TempPathFactory) -> SignalCli:
    """The signal ``king`` with one of its meta signals. What the tests do to it is refused."""
    signalcli = SignalCli(tmp_path_factory.mktemp("listened"))
    prepare(signalcli, "connect king animal", "connect king:receiver_connected qq")
    return signalcli


def test_a_sender_filter_is_refused_before_the_signal_is_defined(signalcli: SignalCli) -> None:
    result = signalcli("connect", "king:receiver_connected", "qq", "--sender", "大象")

    assert (result.status, signalcli.ok("list", "--all", "--json").json) == (2, {"signals": []})


OUT_OF_REACH = (
    "'king:receiver_connected:receiver_{}' is the meta signal of a meta signal, and those are out "
    "of reach here. See the first: signalcli inspect king:receiver_connected"
)
ALONE = (
    "king:receiver_disconnected comes with king, and can't be defined by itself. "
    "Connect to it: signalcli connect king:receiver_disconnected echo"
)
NOT_YET = (
    "king:receiver_disconnected isn't there yet: blinker makes a meta signal when it is first "
    "touched. Connect to it: signalcli connect king:receiver_disconnected echo"
)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "connect king:receiver_connected:receiver_connected qq",
            OUT_OF_REACH.format("connected"),
        ),
        ("inspect king:receiver_connected:receiver_disconnected", OUT_OF_REACH.format("disconnected")),
        (
            "define king:receiver_disconnected",
            ALONE,
        ),
        ("inspect king:receiver_disconnected", NOT_YET),
        ("send king:receiver_disconnected", NOT_YET),
        ("disconnect king:receiver_disconnected qq", NOT_YET),
        ("mute king:receiver_disconnected", NOT_YET),
        ("remove king:receiver_disconnected", NOT_YET),
    ],
)  # fmt: skip
def test_what_there_is_not_is_told_in_a_sentence(
    listened: SignalCli, line: str, sentence: str
) -> None:
    before = listened.session_path.read_bytes()

    result = listened(*line.split(), "--json")

    assert result == Result(2, "", f"Error: {sentence}\n")
    assert listened.session_path.read_bytes() == before


def test_the_meta_signal_of_an_unknown_signal_is_unknown(listened: SignalCli) -> None:
    result = listened("inspect", "kng:receiver_connected", "--json")

    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: No signal 'kng:receiver_connected' in session")
    assert "Did you mean 'king:receiver_connected'?" in result.stderr


def test_a_define_of_one_that_is_there_changes_nothing() -> None:
    session = connected((f"king:{CONNECTED}", "qq"))
    meta = SignalName.parse(f"king:{CONNECTED}")

    after, made = change(session, "here", lambda p: p.define(meta))

    assert (made.changed, after) == (False, session)


# How they are listed, looked at and removed.


def test_a_list_hides_them_unless_all_are_asked_for(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "connect king:receiver_connected qq",
        "connect @roar animal",
        "connect @roar:receiver_disconnected echo",
    )

    documents = [signalcli.ok("list", *options, "--json").json for options in ([], ["--all"])]

    counted = [
        [(s["signal"], s["kind"], s["receivers"]) for s in document["signals"]]
        for document in documents
    ]
    assert counted == [
        [("king", "named", 0), ("@roar", "anonymous", 1)],
        [
            ("king", "named", 0),
            ("king:receiver_connected", "anonymous", 1),
            ("@roar", "anonymous", 1),
            ("@roar:receiver_disconnected", "anonymous", 1),
        ],
    ]
    table = signalcli.ok("list").stdout
    assert "receiver_connected" not in table


def test_inspecting_one_shows_who_listens_with_blinkers_own_doc(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king:receiver_connected qq", "connect king animal")

    one = signalcli.ok("inspect", "king:receiver_connected", "--json").json
    every = signalcli.ok("inspect", "--json").json["signals"]

    described = {key: one[key] for key in ("signal", "kind", "doc", "muted", "ordered")}
    assert described == {
        "signal": "king:receiver_connected",
        "kind": "anonymous",
        "doc": Signal().receiver_connected.__doc__,
        "muted": False,
        "ordered": True,
    }
    assert [(r["receiver"], r["weak"], r["connections"]) for r in one["receivers"]] == [
        ("qq", True, [{"any": True, "sender": None}])
    ]
    assert [view["signal"] for view in every] == ["king"]


def test_removing_a_signal_removes_its_meta_signals_and_no_others() -> None:
    session = connected(
        (f"king:{CONNECTED}", "qq"),
        (f"king:{DISCONNECTED}", "qq"),
        (f"zoo/king:{CONNECTED}", "qq"),
    )

    removed, _ = change(session, "here", lambda p: p.remove(SignalName.parse("king")))
    again, made = connect(removed, "king", "animal")

    assert [*removed.signals] == ["zoo/king", "zoo/king:receiver_connected"]
    assert (told(made), [*again.signals][-1]) == ([], "king")


def test_removing_a_meta_signal_leaves_its_signal() -> None:
    session = connected((f"king:{CONNECTED}", "qq"), ("king", "animal"))
    meta = SignalName.parse(f"king:{CONNECTED}")

    session, _ = change(session, "here", lambda p: p.remove(meta))
    _, made = connect(session, "king", "echo")

    assert ([*session.signals], connections(session, "king"), told(made)) == (
        ["king"],
        {"animal": ["ANY"]},
        [],
    )


def test_a_connection_to_one_defines_the_signal(signalcli: SignalCli) -> None:
    result = signalcli("connect", "king:receiver_connected", "qq")

    assert result == Result(
        0, "", "Defined king.\nqq listens to king:receiver_connected from ANY sender.\n"
    )


def test_those_of_an_unordered_signal_are_unordered() -> None:
    """blinker makes them plain signals; only those of an ordered signal are ordered here."""
    king, queen = map(SignalName.parse, ("king", "queen"))
    session, _ = change(NOTHING, "here", lambda p: p.define(king, ordered=False))
    session, _ = change(session, "here", lambda p: p.define(queen))
    names = ["wechat", "qq", "animal_two", "animal_one", "animal"]

    session = connected(
        *[(f"{signal}:{CONNECTED}", name) for signal in ("king", "queen") for name in names],
        session=session,
    )
    heard = [
        [call.receiver for call in connect(session, signal, "echo")[1].deliveries[0].calls]
        for signal in ("king", "queen")
    ]

    ordered = [
        inspected(session, f"{signal}:{CONNECTED}")["ordered"] for signal in ("king", "queen")
    ]
    assert ordered == [False, True]
    assert (sorted(heard[0]), heard[1]) == (sorted(names), names)
