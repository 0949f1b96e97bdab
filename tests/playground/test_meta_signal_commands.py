"""Meta signals: what is refused, and how they are listed and removed."""

from __future__ import annotations

import pytest
from blinker import Signal

from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.playgrounds import do, done, inspected, transcript, transcripts
from tests.support.sends import unchanged

CONNECTED, DISCONNECTED = "king:receiver_connected", "king:receiver_disconnected"


@pytest.fixture(scope="module")
def listened(shared_session: SessionWith) -> SignalCli:
    """The signal ``king`` with one of its meta signals. What the tests do to it is refused."""
    return shared_session(f"connect king animal; connect {CONNECTED} qq")


# What is refused.

NO_FILTER = (
    f"The sender of {CONNECTED} is always the signal king itself, an object, "
    "so that a filter by {} would never match. Leave out --sender."
)
OUT_OF_REACH = (
    f"'{CONNECTED}:receiver_{{}}' is the meta signal of a meta signal, and those are out "
    f"of reach here. See the first: signalcli inspect {CONNECTED}"
)
ALONE = (
    f"{DISCONNECTED} comes with king, and can't be defined by itself. "
    f"Connect to it: signalcli connect {DISCONNECTED} echo"
)
NOT_YET = (
    f"{DISCONNECTED} isn't there yet: blinker makes a meta signal when it is first "
    f"touched. Connect to it: signalcli connect {DISCONNECTED} echo"
)
UNKNOWN = (
    "No signal 'kng:receiver_connected' in session 'default'. "
    f"Did you mean '{CONNECTED}'? See them all: signalcli list"
)
REFUSED = {
    f"connect {CONNECTED} qq --sender 大象": NO_FILTER.format("大象"),
    f"connect {CONNECTED} qq --sender :=1": NO_FILTER.format("1"),
    f"disconnect {CONNECTED} qq --sender 大象": NO_FILTER.format("大象"),
    f"disconnect {CONNECTED} qq --sender :=1": NO_FILTER.format("1"),
    f"connect {CONNECTED}:receiver_connected qq": OUT_OF_REACH.format("connected"),
    f"inspect {CONNECTED}:receiver_disconnected": OUT_OF_REACH.format("disconnected"),
    f"define {DISCONNECTED}": ALONE,
    f"inspect {DISCONNECTED}": NOT_YET,
    f"send {DISCONNECTED}": NOT_YET,
    f"disconnect {DISCONNECTED} qq": NOT_YET,
    f"mute {DISCONNECTED}": NOT_YET,
    f"remove {DISCONNECTED}": NOT_YET,
    "inspect kng:receiver_connected": UNKNOWN,
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_refused_changes_nothing(listened: SignalCli, line: str) -> None:
    with unchanged(listened):
        assert listened.refused(f"{line} --json") == REFUSED[line]


def test_a_sender_filter_is_refused_before_the_signal_is_defined(signalcli: SignalCli) -> None:
    result = signalcli("connect", CONNECTED, "qq", "--sender", "大象")

    assert (result.status, signalcli.read("list --all")) == (2, {"signals": []})


# How they are connected, listed, looked at and removed.

CHANGES = """
# a define of one that is there changes nothing
$ connect king:receiver_connected qq
$ define king:receiver_connected
king:receiver_connected is already defined: nothing changed.
status 0, unchanged

# removing a signal removes its meta signals and no others
$ connect king:receiver_connected qq; connect king:receiver_disconnected qq
$ connect zoo/king:receiver_connected qq
$ remove king
Removed king.
king is gone
king:receiver_connected is gone
king:receiver_disconnected is gone
$ connect king animal
Defined king.
animal listens to king from ANY sender.
king: animal from ANY

# removing a meta signal leaves its signal
$ connect king:receiver_connected qq; connect king animal
$ remove king:receiver_connected
Removed king:receiver_connected.
king:receiver_connected is gone
$ connect king echo
echo listens to king from ANY sender.
king: animal from ANY; echo from ANY
"""


@transcripts(CHANGES)
def test_a_change(expected: str) -> None:
    assert transcript(expected) == expected


def test_a_connection_to_one_defines_the_signal(signalcli: SignalCli) -> None:
    result = signalcli("connect", CONNECTED, "qq")

    notes = f"Defined king.\nqq listens to {CONNECTED} from ANY sender.\n"
    assert result == Result(0, "", notes)


def test_a_list_hides_those_without_receivers_unless_all_are_asked_for(
    session_with: SessionWith,
) -> None:
    signalcli = session_with(
        f"connect {CONNECTED} qq; connect @roar animal; connect @roar:receiver_disconnected echo"
    )
    signalcli.ok("disconnect", "@roar:receiver_disconnected", "echo")

    listed = [signalcli.read(line)["signals"] for line in ("list", "list --all")]

    king, roar = ("king", "named", 0), ("@roar", "anonymous", 1)
    heard, unheard = (CONNECTED, "anonymous", 1), ("@roar:receiver_disconnected", "anonymous", 0)
    assert [[(s["signal"], s["kind"], s["receivers"]) for s in signals] for signals in listed] == [
        [king, heard, roar],
        [king, heard, roar, unheard],
    ]


def test_inspecting_one_shows_who_listens_with_blinkers_own_doc(listened: SignalCli) -> None:
    one = listened.read(f"inspect {CONNECTED}")
    every = listened.read("inspect")["signals"]

    assert {key: one[key] for key in ("signal", "kind", "doc", "muted", "ordered")} == {
        "signal": CONNECTED,
        "kind": "anonymous",
        "doc": Signal().receiver_connected.__doc__,
        "muted": False,
        "ordered": True,
    }
    assert [(r["receiver"], r["weak"], r["connections"]) for r in one["receivers"]] == [
        ("qq", True, [{"any": True, "sender": None}])
    ]
    assert [view["signal"] for view in every] == ["king", CONNECTED]


@pytest.mark.parametrize("option", ["", "--unordered"])
def test_meta_signals_of_an_unordered_signal_are_unordered(option: str) -> None:
    """blinker makes them plain signals; only those of an ordered signal are ordered here."""
    names = ["wechat", "qq", "animal_two", "animal_one", "animal"]
    session = done(f"define king {option}; connect {CONNECTED} {' '.join(names)}")

    _, made = do(session, "connect king echo")

    (meta,) = made.to_json()["deliveries"]
    heard = [call["receiver"] for call in meta["calls"]]
    assert inspected(session, CONNECTED).ordered is (not option)
    assert (sorted(heard) if option else heard) == (sorted(names) if option else names)
