"""``drop``: the program lets go of a receiver, and what nothing else holds is gone."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from blinker import ANY, Namespace

from signalcli.errors import UnknownName
from signalcli.playground.playground import Playground
from signalcli.streams import captured
from signalcli.values.delivery import Session, SignalState
from signalcli.values.inspection import Drop
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.signal_name import SignalName
from tests.conftest import Result, SignalCli
from tests.support.scenario import change, prepare

OWN = {"herald": OwnReceiver(says="hear"), "courier": OwnReceiver(is_async=True)}
GONE = (
    "Nothing else held {}: it is gone, with its weak connections. The next connect makes a new one."
)
STAYS = "{} holds {} strongly: it lives, and every connection of it stays."
HELD_BY_ITS_MODULE = "A module holds what it defines: {} lives, and every connection of it stays."
UNCONNECTED = "{} is not connected to anything: nothing changed."
NO_LONGER_HELD = "Nothing holds {} any more: it is gone, with its weak connections."


def do(session: Session, line: str) -> tuple[Session, list[str]]:
    """What became of a session after a command line, done within this process; and the notes."""

    def operation(playground: Playground) -> list[str]:
        command, *rest = line.split()
        if command == "drop":
            return list(playground.drop(*rest).sentences)
        name = SignalName.parse(rest[0])
        if command == "remove":
            return playground.remove(name)
        _, receiver, *more = rest
        senders = [word for word in more if word != "--strong"]
        if command == "connect":
            return playground.connect(name, receiver, senders, "--strong" not in more)
        assert command == "disconnect", command
        return playground.disconnect(name, receiver, senders)

    after, made = change(session, "here", operation)
    return after, list(made.notes)


def done(*lines: str) -> Session:
    """The session after some command lines: ``connect SIGNAL RECEIVER [SENDER …] [--strong]``."""
    session = Session({}, OWN)
    for line in lines:
        session, _ = do(session, line)
    return session


def dropped(session: Session, receiver: str) -> Drop:
    with captured(live=False) as capture:
        return Playground(session, "here", capture).drop(receiver)


def held(signal: str, weak: bool, *senders: Any) -> dict[str, Any]:
    """How a signal holds a receiver, as it is told; ``ANY`` if there are no senders."""
    connections = [{"any": False, "sender": sender} for sender in senders]
    return {
        "signal": signal,
        "weak": weak,
        "connections": connections or [{"any": True, "sender": None}],
    }


def receivers_of(session: Session) -> dict[str, list[str]]:
    """The receivers of each signal that has any."""
    return {
        signal: [receiver for receiver, _ in state.receivers]
        for signal, state in session.signals.items()
        if state.receivers
    }


# What is gone, and what stays.


def test_what_nothing_else_holds_is_gone_everywhere(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "connect king animal --sender 大象 --sender :=1",
        "connect king qq",
        "connect zoo/king animal",
        "connect @roar animal",
    )

    result = signalcli("drop", "animal", "--json")

    assert (result.status, result.stderr) == (0, "")
    assert result.json == {
        "changed": True,
        "notes": [GONE.format("animal")],
        "deliveries": [],
        "receiver": "animal",
        "before": [
            held("king", True, "大象", 1),
            held("zoo/king", True),
            held("@roar", True),
        ],
        "after": [],
    }
    listed = signalcli.ok("list", "--json").json["signals"]
    assert [(signal["signal"], signal["receivers"]) for signal in listed] == [
        ("king", 1),
        ("zoo/king", 0),
        ("@roar", 0),
    ]
    sent = signalcli.ok("send", "king", "大象", "--json").json
    assert [call["receiver"] for call in sent["calls"]] == ["qq"]


def test_5_a_strong_connection_anywhere_keeps_every_connection(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "connect king animal --sender 大象",
        "connect queen animal --strong",
        "connect zoo/king animal",
    )

    document = signalcli.ok("drop", "animal", "--json").json

    connections = [
        held("king", True, "大象"),
        held("queen", False),
        held("zoo/king", True),
    ]
    assert document == {
        "changed": True,
        "notes": [STAYS.format("queen", "animal")],
        "deliveries": [],
        "receiver": "animal",
        "before": connections,
        "after": connections,
    }
    sent = signalcli.ok("send", "king", "大象", "--json").json
    assert [(call["receiver"], call["outcome"]) for call in sent["calls"]] == [
        ("animal", "returned")
    ]


def rows(table: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("│").split("│")]
        for line in table.splitlines()
        if line.startswith("│")
    ]


def test_the_table_has_each_connection_before_and_what_becomes_of_it(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal --sender 大象", "connect queen animal --strong")

    stays = signalcli("drop", "animal")
    prepare(signalcli, "connect queen animal")
    gone = signalcli("drop", "animal")

    heading = ["signal", "listens to", "held", "after the drop"]
    assert rows(stays.stdout) == [
        heading,
        ["king", "大象", "weakly", "stays"],
        ["queen", "ANY", "strongly", "stays"],
    ]
    assert rows(gone.stdout) == [
        heading,
        ["king", "大象", "weakly", "gone"],
        ["queen", "ANY", "weakly", "gone"],
    ]
    assert (stays.status, stays.stderr) == (0, STAYS.format("queen", "animal") + "\n")
    assert (gone.status, gone.stderr) == (0, GONE.format("animal") + "\n")


def test_a_strong_connection_to_one_sender_holds_as_well() -> None:
    session = done("connect king animal 大象 --strong", "connect queen animal")

    made = dropped(session, "animal")

    assert (made.before == made.after, made.sentences) == (True, (STAYS.format("king", "animal"),))


def test_another_receiver_that_is_held_strongly_holds_only_itself() -> None:
    session = done("connect king animal", "connect king qq --strong")

    session, notes = do(session, "drop animal")

    assert (receivers_of(session), notes) == ({"king": ["qq"]}, [GONE.format("animal")])


@pytest.mark.parametrize("receiver", ["herald", "courier", "coroutine"])
def test_a_receiver_of_any_kind_can_be_dropped(receiver: str) -> None:
    session = done(f"connect king {receiver}", f"connect queen {receiver} x")

    session, notes = do(session, f"drop {receiver}")
    again, _ = do(session, f"connect king {receiver}")

    assert (receivers_of(session), notes) == ({}, [GONE.format(receiver)])
    assert (receivers_of(again), again.receivers) == ({"king": [receiver]}, OWN)


def test_a_receiver_of_the_persons_own_is_still_known_when_it_is_dropped(
    signalcli: SignalCli,
) -> None:
    prepare(
        signalcli,
        "receivers add herald --says 'hear {sender}'",
        "connect king herald --sender x",
        "drop herald",
        "connect king herald",
    )

    document = signalcli.ok("send", "king", "y", "--json").json

    assert [(call["receiver"], call["output"]) for call in document["calls"]] == [
        ("herald", "hear y\n")
    ]


def test_what_was_imported_its_module_holds(signalcli: SignalCli) -> None:
    (signalcli.directory / "handlers.py").write_text("def on_king(sender):\n    return 'heard'\n")
    prepare(
        signalcli,
        "connect king handlers.py:on_king",
        "connect queen handlers.py:on_king --sender 大象",
    )
    before = signalcli.session_path.stat().st_ino, signalcli.session_path.read_bytes()

    document = signalcli.ok("drop", "handlers.py:on_king", "--json").json

    connections = [held("king", True), held("queen", True, "大象")]
    assert document == {
        "changed": False,
        "notes": [HELD_BY_ITS_MODULE.format("handlers.py:on_king")],
        "deliveries": [],
        "receiver": "handlers.py:on_king",
        "before": connections,
        "after": connections,
    }
    assert (signalcli.session_path.stat().st_ino, signalcli.session_path.read_bytes()) == before
    assert signalcli.ok("send", "king", "--json").json["calls"][0]["value"] == "heard"


def test_a_drop_sends_no_meta_signal_and_drops_from_meta_signals_too() -> None:
    """Number 21 of blinker's truths: an automatic disconnect is not told."""
    session = done(
        "connect king animal",
        "connect king:receiver_disconnected animal",
        "connect king:receiver_disconnected qq",
    )

    with captured(live=False) as capture:
        live = Playground(session, "here", capture)
        made = live.drop("animal")
        left = live.snapshot()

    assert [connection.to_json() for connection in made.before] == [
        held("king", True),
        held("king:receiver_disconnected", True),
    ]
    assert (made.to_json()["deliveries"], live.deliveries) == ([], [])
    assert receivers_of(left) == {"king:receiver_disconnected": ["qq"]}


def test_a_strong_connection_to_a_meta_signal_holds_as_well(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal", "connect queen:receiver_connected animal --strong")

    document = signalcli.ok("drop", "animal", "--json").json

    assert document["notes"] == [STAYS.format("queen:receiver_connected", "animal")]
    assert document["before"] == document["after"]


# What is left of it later.


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("disconnect queen animal", "animal no longer listens to queen."),
        ("remove queen", "Removed queen."),
    ],
)
def test_with_the_last_strong_connection_the_weak_ones_vanish_and_that_is_said(
    signalcli: SignalCli, line: str, note: str
) -> None:
    prepare(
        signalcli,
        "connect king animal --sender 大象",
        "connect queen qq",  # so that the signal is in a cycle with what blinker keeps of it
        "connect queen animal --strong",
        "drop animal",
    )

    document = signalcli.ok(*line.split(), "--json").json

    assert document["changed"] is True
    assert document["notes"] == [note, NO_LONGER_HELD.format("animal")]
    assert signalcli.ok("inspect", "king", "--json").json["receivers"] == []


def test_a_reset_says_what_vanishes_with_it(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal --strong", "drop animal")

    document = signalcli.ok("reset", "--yes", "--json").json

    assert document["notes"][1:] == [NO_LONGER_HELD.format("animal")]
    assert "dropped" not in json.loads(signalcli.session_path.read_text())


@pytest.mark.parametrize(
    "line",
    [
        "disconnect queen animal 大象",  # blinker keeps the receiver, without a connection
        "disconnect queen animal 狮子",
        "disconnect king animal",
        "remove king",
    ],
)
def test_as_long_as_a_strong_one_is_left_it_lives(line: str) -> None:
    session = done(
        "connect king animal",
        "connect queen animal 大象 --strong",
        "connect zoo/king animal",
        "drop animal",
    )

    session, notes = do(session, line)

    assert NO_LONGER_HELD.format("animal") not in notes
    assert receivers_of(session)["zoo/king"] == ["animal"]


def test_of_two_strong_ones_the_last_one_decides() -> None:
    session = done(
        "connect king animal",
        "connect queen animal --strong",
        "connect zoo/king animal --strong",
        "drop animal",
    )

    first, first_notes = do(session, "disconnect queen animal")
    second, second_notes = do(first, "disconnect zoo/king animal")

    assert (receivers_of(first), first_notes[1:]) == (
        {"king": ["animal"], "zoo/king": ["animal"]},
        [],
    )
    assert (receivers_of(second), second_notes[1:]) == ({}, [NO_LONGER_HELD.format("animal")])


def test_without_a_drop_the_program_holds_what_no_signal_does() -> None:
    session = done("connect king animal", "connect queen animal --strong")

    session, notes = do(session, "disconnect queen animal")

    assert (receivers_of(session), notes) == (
        {"king": ["animal"]},
        ["animal no longer listens to queen."],
    )


def test_a_connect_takes_hold_of_what_lives_again() -> None:
    """It finds the function that the strong connection held, and not a new one."""
    session = done(
        "connect king animal", "connect queen animal --strong", "drop animal", "connect zoo/king animal"
    )  # fmt: skip

    session, notes = do(session, "disconnect queen animal")

    assert receivers_of(session) == {"king": ["animal"], "zoo/king": ["animal"]}
    assert notes == ["animal no longer listens to queen."]


def test_a_connect_after_a_drop_makes_a_new_one_that_the_program_holds(
    signalcli: SignalCli,
) -> None:
    prepare(
        signalcli,
        "connect king animal --sender 大象",
        "connect queen animal",
        "drop animal",
    )

    connected = signalcli.ok("connect", "king", "animal", "--sender", "狮子", "--json").json

    assert connected["notes"] == ["animal listens to king from 狮子."]
    views = signalcli.ok("inspect", "--json").json["signals"]
    assert [[r["connections"] for r in view["receivers"]] for view in views] == [
        [[{"any": False, "sender": "狮子"}]],
        [],
    ]


def test_a_strong_receiver_that_is_connected_weakly_by_the_next_connect_can_be_dropped() -> None:
    session = done("connect king animal --strong", "drop animal", "connect king animal")

    session, notes = do(session, "drop animal")

    assert (receivers_of(session), notes) == ({}, [GONE.format("animal")])


def test_connected_to_takes_hold_of_it_again(signalcli: SignalCli) -> None:
    """A program that connects it for one send has it in a variable."""
    prepare(
        signalcli,
        "connect king animal",
        "connect queen animal --strong",
        "drop animal",
        "send queen --connected-to animal",
    )

    document = signalcli.ok("drop", "animal", "--json").json

    assert (document["before"], document["after"]) == ([held("king", True)], [])


# What changes nothing.


@pytest.mark.parametrize(
    ("given", "note"),
    [
        ([], UNCONNECTED.format("animal")),
        (["connect king qq"], UNCONNECTED.format("animal")),
        (["connect king animal", "drop animal"], UNCONNECTED.format("animal")),
        (["connect king animal --strong", "drop animal"], STAYS.format("king", "animal")),
        (["connect king animal", "disconnect king animal"], UNCONNECTED.format("animal")),
    ],
)
def test_a_drop_that_changes_nothing_says_so(given: Sequence[str], note: str) -> None:
    session = done(*given)

    made = dropped(session, "animal")

    assert (made.changed, made.sentences) == (False, (note,))
    assert made.before == made.after


def test_a_receiver_that_lost_its_last_connection_is_dropped_all_the_same() -> None:
    """blinker keeps it after a disconnect by sender, until it is gone."""
    session = done("connect king animal 大象", "disconnect king animal 大象")

    made = dropped(session, "animal")

    assert [connection.to_json() for connection in made.before] == [
        {"signal": "king", "weak": True, "connections": []}
    ]
    assert (made.changed, made.after, made.sentences) == (True, (), (GONE.format("animal"),))


def test_dropping_twice_writes_the_session_once(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal --strong", "drop animal")
    before = signalcli.session_path.stat().st_ino, signalcli.session_path.read_bytes()

    result = signalcli("drop", "animal", "--json")

    assert (result.status, result.json["changed"]) == (0, False)
    assert (signalcli.session_path.stat().st_ino, signalcli.session_path.read_bytes()) == before


def test_without_a_session_there_is_nothing_to_drop_and_none_is_made(
    signalcli: SignalCli,
) -> None:
    result = signalcli("drop", "animal")

    assert result == Result(0, "", UNCONNECTED.format("animal") + "\n")
    assert not signalcli.session_path.exists()


def test_an_unknown_receiver_is_an_error(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal")
    before = signalcli.session_path.stat().st_ino, signalcli.session_path.read_bytes()

    result = signalcli("drop", "anmal", "--json")

    assert result == Result(
        2,
        "",
        "Error: No receiver 'anmal'. Did you mean 'animal'? See them all: signalcli receivers\n",
    )
    assert (signalcli.session_path.stat().st_ino, signalcli.session_path.read_bytes()) == before
    with pytest.raises(UnknownName):
        dropped(done(), "herold")


def test_dropping_what_a_package_offers_and_is_not_connected_changes_nothing(
    signalcli: SignalCli,
) -> None:
    packages = offer(signalcli.directory / "packages")
    prepare(signalcli, "define king")
    before = signalcli.session_path.stat().st_ino, signalcli.session_path.read_bytes()

    result = signalcli("drop", "relay", "--json", environment=packages)

    assert (result.status, result.json["changed"]) == (0, False)
    assert (signalcli.session_path.stat().st_ino, signalcli.session_path.read_bytes()) == before


def offer(directory: Path) -> dict[str, str]:
    """Install a package that offers the receiver ``relay``; gives the variables to find it by."""
    about = directory / "relays-1.0.dist-info"
    about.mkdir(parents=True)
    (directory / "relays.py").write_text("def relay(sender, **payload):\n    return 'relayed'\n")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: relays\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[signalcli.receivers.registry]\nrelay = relays:relay\n"
    )
    return {"PYTHONPATH": f"{Path(__file__).parents[1]}:{directory}"}


# What blinker shows of it, in one Python process that makes the same calls.


class LiveProgram:
    """The signal ``king`` and the receivers ``animal`` and ``qq``, in a program's variables."""

    def __init__(self) -> None:
        self.king = Namespace().signal("king")
        self.variables: dict[str, Callable[..., None]] = {}

    def do(self, line: str) -> None:
        command, *rest = line.split()
        if command == "drop":
            del self.variables[rest[0]]
            gc.collect()
            return
        _, receiver, *senders = rest
        function = self.variables.setdefault(receiver, _new())
        asked: list[Any] = [*senders] or [ANY]
        for sender in asked:
            getattr(self.king, command)(function, sender=sender)

    def answers(self) -> dict[str, tuple[bool, int]]:
        """What has_receivers_for says, and how many receivers_for yields."""
        return {
            sender: (
                self.king.has_receivers_for(ANY if sender == "ANY" else sender),
                len(list(self.king.receivers_for(ANY if sender == "ANY" else sender))),
            )
            for sender in ("ANY", "大象", "狮子")
        }


def _new() -> Callable[..., None]:
    def function(sender: object, /, **payload: object) -> None:
        pass

    return function


@pytest.mark.parametrize(
    "lines",
    [
        ["connect king animal", "drop animal"],
        ["connect king animal 大象", "drop animal"],
        ["connect king animal 大象", "drop animal", "connect king qq 狮子"],
        ["connect king animal 大象", "connect king qq 狮子", "drop animal"],
        ["connect king animal 大象", "connect king qq", "drop animal"],
        ["connect king animal 大象", "connect king qq", "drop qq"],
        ["connect king animal 大象", "drop animal", "connect king animal 狮子"],
        ["connect king animal 大象 狮子", "connect king qq 大象", "drop animal", "disconnect king qq 大象"],
    ],
    ids=" / ".join,
)  # fmt: skip
def test_what_is_left_behind_is_what_blinker_leaves_behind(lines: Sequence[str]) -> None:
    """An empty bucket stays, and so has_receivers_for can answer True for nobody."""
    program = LiveProgram()
    for line in lines:
        program.do(line)

    session = done(*lines)

    with captured(live=False) as capture:
        view = Playground(session, "here", capture).inspect(
            SignalName.parse("king"), ["大象", "狮子"]
        )
    assert {
        str("ANY" if audience.any else audience.sender): (
            audience.result,
            len(audience.receivers_for),
        )
        for audience in view.has_receivers_for
    } == program.answers()
    assert len(view.receivers) == len(program.king.receivers)


def test_an_empty_bucket_is_left_for_each_sender(signalcli: SignalCli) -> None:
    prepare(
        signalcli, "connect king animal --sender 大象", "drop animal", "connect king qq --sender x"
    )

    view = signalcli.ok("inspect", "king", "--json").json

    assert [
        (row["sender"], row["result"], row["receivers_for"], row["note"] is None)
        for row in view["has_receivers_for"][1:]
    ] == [("大象", True, [], False), ("x", True, ["qq"], True)]


def test_a_signal_is_otherwise_as_it_was() -> None:
    session = done("connect king animal", "connect king qq 大象")
    muted, _ = change(session, "here", lambda p: p.mute(SignalName.parse("king")))

    after, _ = do(muted, "drop animal")

    assert after == Session(
        {
            "king": SignalState(
                muted=True,
                receivers=(("qq", True),),
                buckets=session.signals["king"].buckets,
            )
        },
        OWN,
    )
