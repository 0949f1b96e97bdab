"""What becomes of a dropped receiver later: its last holder goes, or a connect takes it again."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from blinker import ANY, Namespace

from signalcli.errors import UnknownName
from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.expected import connections
from tests.support.playgrounds import do, done, inspected, receivers_of, transcript, transcripts
from tests.support.scenario import prepare
from tests.support.sends import unchanged

pytestmark = pytest.mark.slow

NO_LONGER_HELD = (
    "Nothing references animal any more, so Python deleted it and its weak connections ended."
)
UNDO = "Undo brings it back: signalcli undo"

# What is left of it later.


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("disconnect queen animal", "animal no longer listens to queen."),
        ("remove queen", "Removed queen."),
    ],
)
def test_a_note_says_that_the_weak_connections_end_with_the_last_strong_one(
    session_with: SessionWith, line: str, note: str
) -> None:
    signalcli = session_with(
        "connect king animal --sender 大象",
        "connect queen qq",  # so that the signal is in a cycle with what blinker keeps of it
        "connect queen animal --strong",
        "drop animal",
    )

    document = signalcli.read(line)

    assert document["changed"] is True
    assert document["notes"] == [note, NO_LONGER_HELD, UNDO]
    assert signalcli.read("inspect king")["receivers"] == []


LAST_HOLDERS = {
    "disconnect": (["queen"], "disconnect queen animal"),
    "disconnect from a meta signal": (
        ["queen:receiver_connected"], "disconnect queen:receiver_connected animal"
    ),
    "disconnect while a meta signal's receiver raises": (
        ["queen", "queen:receiver_disconnected failing"], "disconnect queen animal"
    ),
    "remove a signal": (["queen"], "remove queen"),
    "remove an anonymous signal": (["@roar"], "remove @roar"),
    "remove a signal of the same name elsewhere": (["zoo/king"], "remove zoo/king"),
    "remove a signal with its meta signals": (["queen:receiver_connected"], "remove queen"),
    "remove a meta signal": (["queen:receiver_connected"], "remove queen:receiver_connected"),
    "remove a meta signal of the weak connection's signal": (
        ["king:receiver_disconnected"], "remove king:receiver_disconnected"
    ),
    "remove a meta signal of an anonymous signal": (
        ["@roar:receiver_disconnected"], "remove @roar:receiver_disconnected"
    ),
}  # fmt: skip
"""The signals that hold it strongly, and a command that ends that."""


@pytest.mark.parametrize(("holders", "line"), LAST_HOLDERS.values(), ids=LAST_HOLDERS)
def test_a_dropped_receiver_dies_whichever_way_its_last_holder_goes(
    holders: Sequence[str], line: str
) -> None:
    lines = [f"connect {holders[0]} animal --strong", *(f"connect {more}" for more in holders[1:])]
    session = done("connect king animal --sender 大象", *lines, "drop animal")
    assert session.dropped == ("animal",)

    session, made = do(session, line)

    assert NO_LONGER_HELD in made.notes[-2:]
    assert (UNDO in made.notes) == line.startswith("disconnect")
    assert all("animal" not in names for names in receivers_of(session).values())
    assert session.dropped == ()


LATER = """
# a weak connect over the last strong one takes hold of it, as the program has it at hand
$ connect king animal; connect queen animal --strong; drop animal
$ connect queen animal
animal already listened to queen from ANY sender.
queen now holds animal weakly: the last connect decides.
queen: animal from ANY
dropped: none

# of two strong ones the last one decides
$ connect king animal; connect queen animal --strong; connect zoo/king animal --strong
$ drop animal
$ disconnect queen animal
animal no longer listens to queen.
queen: no receivers
$ disconnect zoo/king animal
animal no longer listens to zoo/king.
Nothing references animal any more, so Python deleted it and its weak connections ended.
Undo brings it back: signalcli undo
king: no receivers
zoo/king: no receivers
dropped: none

# without a drop the program holds what no signal does
$ connect king animal; connect queen animal --strong
$ disconnect queen animal
animal no longer listens to queen.
queen: no receivers

# a connect takes hold of what lives again, of the function that the strong connection held
$ connect king animal; connect queen animal --strong; drop animal; connect zoo/king animal
$ disconnect queen animal
animal no longer listens to queen.
queen: no receivers
"""


@transcripts(LATER)
def test_what_becomes_of_it(expected: str) -> None:
    assert transcript(expected) == expected


@pytest.mark.parametrize(
    "line",
    [
        "disconnect queen animal --sender 大象",  # blinker keeps the receiver, without a connection
        "disconnect queen animal --sender 狮子",
        "disconnect king animal",
        "remove king",
    ],
)
def test_as_long_as_a_strong_one_is_left_it_lives(line: str) -> None:
    strong = "connect queen animal --sender 大象 --strong"
    session = done("connect king animal", strong, "connect zoo/king animal; drop animal")

    session, made = do(session, line)

    assert NO_LONGER_HELD not in made.notes
    assert receivers_of(session)["zoo/king"] == ["animal"]


THIEF = """
import blinker
def take(sender, /, receiver, **payload):
    king = blinker.signal('king')
    for held in list(king.receivers.values()):
        king.disconnect(held)
"""


def test_a_meta_signal_that_ends_the_last_strong_one_says_so(session_with: SessionWith) -> None:
    signalcli = session_with(
        "connect queen animal; connect king animal --strong; drop animal",
        "connect other:receiver_connected handlers.py:take",
        handlers=THIEF,
    )

    document = signalcli.read("connect other qq")

    assert document["notes"] == ["qq listens to other from ANY sender.", NO_LONGER_HELD, UNDO]
    assert signalcli.read("inspect queen")["receivers"] == []


def test_a_reset_says_what_vanishes_with_it(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal --strong; drop animal")

    document = signalcli.read("reset --yes")

    assert document["notes"][1:] == [NO_LONGER_HELD, UNDO]
    assert "dropped" not in json.loads(signalcli.session_path.read_text())


def test_a_connect_after_a_drop_makes_one_that_the_program_holds(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal --sender 大象; connect queen animal; drop animal")

    connected = signalcli.read("connect king animal --sender 狮子")

    assert connected["notes"] == ["animal listens to king from 狮子."]
    views = signalcli.read("inspect")["signals"]
    assert [[r["connections"] for r in view["receivers"]] for view in views] == [
        [connections("狮子")],
        [],
    ]


def test_connected_to_references_it_only_while_it_sends(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal; connect queen animal --strong; drop animal")
    signalcli.ok("connect", "zoo", "echo")
    before = signalcli.session_path.read_text("utf-8")

    sent = signalcli.read("send zoo --connected-to animal")

    assert ([call["receiver"] for call in sent["calls"]], sent["notes"]) == (["echo", "animal"], [])
    assert signalcli.session_path.read_text("utf-8") == before
    assert signalcli.read("remove queen")["notes"][1] == NO_LONGER_HELD
    assert signalcli.read("inspect king")["receivers"] == []


@pytest.mark.parametrize("count", ["", " --count 2"])
def test_a_note_says_that_connected_to_ended_the_last_strong_connection(
    session_with: SessionWith, count: str
) -> None:
    signalcli = session_with("connect king animal; connect queen animal --strong; drop animal")

    sent = signalcli("send", "queen", "--connected-to", "animal", *count.split())

    assert NO_LONGER_HELD in sent.stderr
    assert signalcli.read("inspect king")["receivers"] == []


# What changes nothing.


def offer(directory: Path) -> dict[str, str]:
    """Install a package that offers the receiver ``relay``; gives the variables to find it by."""
    about = directory / "relays-1.0.dist-info"
    about.mkdir(parents=True)
    (directory / "relays.py").write_text("def relay(sender, **payload):\n    return 'relayed'\n")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: relays\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[signalcli.receivers]\nrelay = relays:relay\n")
    return {"PYTHONPATH": f"{Path(__file__).parents[2]}:{directory}"}


@pytest.mark.parametrize("receiver", ["animal", "relay"])
def test_dropping_what_is_dropped_or_not_connected_does_not_write_the_session(
    session_with: SessionWith, receiver: str
) -> None:
    signalcli = session_with("connect king animal --strong; drop animal")
    packages = offer(signalcli.directory / "packages")

    with unchanged(signalcli):
        result = signalcli("drop", receiver, "--json", environment=packages)

    assert (result.status, result.json["changed"]) == (0, False)


def test_without_a_session_there_is_nothing_to_drop_and_none_is_made(signalcli: SignalCli) -> None:
    result = signalcli("drop", "animal")

    assert result == Result(0, "", "animal is not connected to anything: nothing changed.\n")
    assert not signalcli.session_path.exists()


def test_an_unknown_receiver_is_an_error(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal")

    with unchanged(signalcli):
        sentence = signalcli.refused("drop anmal --json")

    meant = "Did you mean 'animal'? See them all: signalcli receivers"
    assert sentence == f"No receiver 'anmal'. {meant}"
    with pytest.raises(UnknownName):
        do(done(), "drop herold")


# What blinker shows of it, in one Python process that makes the same calls.


class LiveProgram:
    """The signal ``king`` and the receivers ``animal`` and ``qq``, in a program's variables."""

    def __init__(self) -> None:
        self.king = Namespace().signal("king")
        self.variables: dict[str, Callable[..., None]] = {}

    def do(self, line: str) -> None:
        command, *rest = line.replace(" --sender", "").split()
        if command == "drop":
            del self.variables[rest[0]]
            gc.collect()
            return
        _, receiver, *senders = rest
        function = self.variables.setdefault(receiver, lambda sender, /, **payload: None)
        asked: list[Any] = [*senders] or [ANY]
        for sender in asked:
            getattr(self.king, command)(function, sender=sender)

    def answers(self) -> list[tuple[object, bool, int]]:
        """What has_receivers_for says of each sender, and how many receivers_for yields."""
        return [
            (
                None if sender is ANY else sender,
                self.king.has_receivers_for(sender),
                len(list(self.king.receivers_for(sender))),
            )
            for sender in (ANY, "大象", "狮子")
        ]


@pytest.mark.parametrize(
    "lines",
    [
        ["connect king animal", "drop animal"],
        ["connect king animal --sender 大象", "drop animal"],
        ["connect king animal --sender 大象", "drop animal", "connect king qq --sender 狮子"],
        ["connect king animal --sender 大象", "connect king qq --sender 狮子", "drop animal"],
        ["connect king animal --sender 大象", "connect king qq", "drop animal"],
        ["connect king animal --sender 大象", "connect king qq", "drop qq"],
        ["connect king animal --sender 大象", "drop animal", "connect king animal --sender 狮子"],
        ["connect king animal --sender 大象 --sender 狮子", "connect king qq --sender 大象",
         "drop animal", "disconnect king qq --sender 大象"],
    ],
    ids=" / ".join,
)  # fmt: skip
def test_what_is_left_behind_is_what_blinker_leaves_behind(lines: Sequence[str]) -> None:
    """An empty bucket stays, so has_receivers_for can answer True where no receiver listens."""
    program = LiveProgram()
    for line in lines:
        program.do(line)

    view = inspected(done(*lines), "king", "大象", "狮子")

    answers = [(a.sender, a.result, len(a.receivers_for)) for a in view.has_receivers_for]
    assert answers == program.answers()
    assert len(view.receivers) == len(program.king.receivers)


def test_an_empty_bucket_is_left_for_each_sender(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect king animal --sender 大象; drop animal; connect king qq --sender x")

    rows = signalcli.read("inspect king")["has_receivers_for"][1:]

    assert [(r["sender"], r["result"], r["receivers_for"], r["note"] is None) for r in rows] == [
        ("大象", True, [], False),
        ("x", True, ["qq"], True),
    ]
