"""``drop``: the program deletes its reference to a receiver."""

from __future__ import annotations

from typing import Any

import pytest

from signalcli.values.catalog import Drop
from tests.support.cli import SessionWith
from tests.support.expected import changed, connections
from tests.support.histories import table
from tests.support.playgrounds import OWN, do, done, receivers_of, transcript, transcripts
from tests.support.scenario import prepare
from tests.support.sends import unchanged

pytestmark = pytest.mark.slow

GONE = (
    "Nothing else referenced animal, so Python deleted it and its weak connections ended. "
    "The next connect makes a new one."
)
UNDO = "Undo brings it back: signalcli undo"
STAYS = "{} references animal strongly: it and all its connections stay."
UNCONNECTED = "animal is not connected to anything: nothing changed."


def held(signal: str, weak: bool, *senders: Any) -> dict[str, Any]:
    """Return how a signal holds a receiver, as notes write it; ``ANY`` if there are no senders."""
    return {"signal": signal, "weak": weak, "connections": connections(*senders)}


# What is gone, and what stays.

DROPS = """
# a strong connection to one sender holds as well
$ connect king animal --sender 大象 --strong; connect queen animal
$ drop animal
king references animal strongly: it and all its connections stay.
held: king strongly from '大象'; queen from ANY → king strongly from '大象'; queen from ANY
dropped: animal

# a strong connection to a meta signal holds as well
$ connect king animal; connect queen:receiver_connected animal --strong
$ drop animal
queen:receiver_connected references animal strongly: it and all its connections stay.
held: king from ANY; queen:receiver_connected strongly from ANY → king from ANY;
    queen:receiver_connected strongly from ANY
dropped: animal

# another receiver that is held strongly holds only itself
$ connect king animal; connect king qq --strong
$ drop animal
Nothing else referenced animal, so Python deleted it and its weak connections ended. The next
    connect makes a new one.
held: king from ANY → by no signal
king: qq strongly from ANY

# number 21 of blinker's truths: it sends no meta signal and drops from meta signals too
$ connect king animal; connect king:receiver_disconnected animal
$ connect king:receiver_disconnected qq
$ drop animal
Nothing else referenced animal, so Python deleted it and its weak connections ended. The next
    connect makes a new one.
held: king from ANY; king:receiver_disconnected from ANY → by no signal
king: no receivers
king:receiver_disconnected: qq from ANY

# a receiver that lost its last connection is dropped all the same
$ connect king animal --sender 大象; disconnect king animal --sender 大象
$ drop animal
Nothing else referenced animal, so Python deleted it and its weak connections ended. The next
    connect makes a new one.
held: king from nobody → by no signal
king: no receivers; empty: '大象'

# a signal is otherwise as it was
$ connect king animal; connect king qq --sender 大象; mute king
$ drop animal
Nothing else referenced animal, so Python deleted it and its weak connections ended. The next
    connect makes a new one.
held: king from ANY → by no signal
king (muted): qq from '大象'

# a strong receiver that the next connect makes weak can be dropped
$ connect king animal --strong; drop animal; connect king animal
$ drop animal
Nothing else referenced animal, so Python deleted it and its weak connections ended. The next
    connect makes a new one.
held: king from ANY → by no signal
king: no receivers
"""


@transcripts(DROPS)
def test_a_drop(expected: str) -> None:
    assert transcript(expected) == expected


@pytest.mark.parametrize("receiver", ["herald", "courier", "coroutine"])
def test_a_receiver_of_any_kind_can_be_dropped(receiver: str) -> None:
    session = done(f"connect king {receiver}; connect queen {receiver} --sender x")

    session, made = do(session, f"drop {receiver}")
    again, _ = do(session, f"connect king {receiver}")

    assert (receivers_of(session), made.notes) == ({}, (GONE.replace("animal", receiver),))
    assert (receivers_of(again), again.receivers) == ({"king": [receiver]}, OWN)


@pytest.mark.parametrize(
    ("lines", "note"),
    [
        ([], UNCONNECTED),
        (["connect king qq"], UNCONNECTED),
        (["connect king animal", "drop animal"], UNCONNECTED),
        (["connect king animal --strong", "drop animal"], STAYS.format("king")),
        (["connect king animal", "disconnect king animal"], UNCONNECTED),
    ],
)
def test_a_drop_that_changes_nothing_says_so(lines: list[str], note: str) -> None:
    _, made = do(done(*lines), "drop animal")

    assert isinstance(made, Drop)
    assert (made.changed, made.notes, made.before) == (False, (note,), made.after)


def test_what_nothing_else_holds_is_gone_everywhere(session_with: SessionWith) -> None:
    signalcli = session_with(
        "connect king animal --sender 大象 --sender :=1; connect king qq; connect zoo/king animal",
        "connect @roar animal",
    )

    document = signalcli.read("drop animal")

    before = [held("king", True, "大象", 1), held("zoo/king", True), held("@roar", True)]
    assert document == {**changed(GONE, UNDO), "receiver": "animal", "before": before, "after": []}
    listed = {each["signal"]: each["receivers"] for each in signalcli.read("list")["signals"]}
    assert listed == {"king": 1, "zoo/king": 0, "@roar": 0}
    calls = signalcli.read("send king 大象")["calls"]
    assert [call["receiver"] for call in calls] == ["qq"]


def test_5_a_strong_connection_anywhere_keeps_every_connection(session_with: SessionWith) -> None:
    signalcli = session_with(
        "connect king animal --sender 大象; connect queen animal --strong; connect zoo/king animal"
    )

    document = signalcli.read("drop animal")

    held_by = [held("king", True, "大象"), held("queen", False), held("zoo/king", True)]
    change = changed(STAYS.format("queen"), UNDO)
    assert document == {**change, "receiver": "animal", "before": held_by, "after": held_by}
    calls = signalcli.read("send king 大象")["calls"]
    assert [(call["receiver"], call["outcome"]) for call in calls] == [("animal", "returned")]


def test_the_table_has_each_connection_and_what_becomes_of_it(session_with: SessionWith) -> None:
    signalcli = session_with("connect king animal --sender 大象; connect queen animal --strong")

    stays = signalcli("drop", "animal")
    prepare(signalcli, "connect queen animal")
    gone = signalcli("drop", "animal")

    heading = ["signal", "listens to", "held", "after the drop"]
    for result, strength, after in ((stays, "strongly", "stays"), (gone, "weakly", "gone")):
        rows = [["king", "大象", "weakly", after], ["queen", "ANY", strength, after]]
        assert table(result.stdout) == [heading, *rows]
    assert (stays.status, stays.stderr) == (0, f"{STAYS.format('queen')}\n{UNDO}\n")
    assert (gone.status, gone.stderr) == (0, f"{GONE}\n{UNDO}\n")


def test_a_receiver_of_the_users_own_is_known_when_it_is_dropped(session_with: SessionWith) -> None:
    signalcli = session_with(
        "receivers add herald --says 'hear {sender}'; connect king herald --sender x; drop herald",
        "connect king herald",
    )

    calls = signalcli.read("send king y")["calls"]

    assert [(call["receiver"], call["output"]) for call in calls] == [("herald", "hear y\n")]


def test_what_was_imported_its_module_holds(session_with: SessionWith) -> None:
    name = "handlers.py:on_king"
    signalcli = session_with(
        f"connect king {name}; connect queen {name} --sender 大象",
        handlers="def on_king(sender):\n    return 'heard'\n",
    )

    with unchanged(signalcli):
        document = signalcli.read(f"drop {name}")

    connected = [held("king", True), held("queen", True, "大象")]
    note = f"A module references what it defines: {name} and all its connections stay."
    change = changed(note, changed=False)
    assert document == {**change, "receiver": name, "before": connected, "after": connected}
    assert signalcli.read("send king")["calls"][0]["value"] == "heard"
