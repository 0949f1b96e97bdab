"""``signalcli graph``: senders, signals and receivers as a tree and as JSON."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cli import Result, SessionWith, SignalCli
from tests.support.scenario import prepare
from tests.support.sends import unchanged
from tests.test_hostile_text import hostile, safe, typed

KINGDOM = (
    "connect king echo --strong",
    "connect king animal",
    *("connect king animal --sender 大象 --sender 狮子", "define empty", "mute empty"),
    "connect zoo/king wechat --sender 1 --sender :=1",
    "connect zoo/king qq --sender :=1",
    "disconnect zoo/king qq --sender :=1",
    "connect @roar qq --sender ANY",
)
TREES = {
    "king": """\
king  named signal
├── ANY
│   ├── echo  held strongly
│   └── animal  held weakly
├── 大象
│   └── animal  held weakly
└── 狮子
    └── animal  held weakly
""",
    "empty": """\
empty  named signal  muted
└── no receivers
""",
    "zoo/king": """\
zoo/king  named signal
├── "1"
│   └── wechat  held weakly
├── 1
│   └── wechat  held weakly
└── no sender
    └── qq
""",
    "@roar": """\
@roar  anonymous signal
└── "ANY"
    └── qq  held weakly
""",
}


@pytest.fixture(scope="module")
def four_signals(shared_session: SessionWith) -> SignalCli:
    """A session of four signals. No test changes it."""
    return shared_session(*KINGDOM)


def sender(of: object, *receivers: str) -> dict[str, Any]:
    """Return a sender that receivers listen to, ``None`` for ``ANY``. Only ``echo`` isn't weak."""
    heard = [{"receiver": name, "weak": name != "echo"} for name in receivers]
    return {"any": of is None, "sender": of, "receivers": heard}


def graph(signal: str, *senders: Any, kind: str = "named", muted: bool = False) -> dict[str, Any]:
    described = {"signal": signal, "kind": kind, "muted": muted}
    return {**described, "senders": list(senders), "unconnected": ["qq"] * (signal == "zoo/king")}


DOCUMENTS = [
    graph(
        "king", sender(None, "echo", "animal"), sender("大象", "animal"), sender("狮子", "animal")
    ),
    graph("empty", muted=True),
    graph("zoo/king", sender("1", "wechat"), sender(1, "wechat")),
    graph("@roar", sender("ANY", "qq"), kind="anonymous"),
]


def test_a_tree_for_every_signal_in_the_order_of_definition(four_signals: SignalCli) -> None:
    shown = four_signals.ok("graph")

    assert (shown.stdout, shown.stderr) == ("".join(TREES.values()), "")


@pytest.mark.parametrize("name", list(TREES))
def test_a_tree_of_one_signal(four_signals: SignalCli, name: str) -> None:
    assert four_signals.ok("graph", name) == Result(0, TREES[name], "")


def test_the_document_of_all_signals(four_signals: SignalCli) -> None:
    assert four_signals.read("graph") == {"signals": DOCUMENTS}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["signal"])
def test_the_document_of_one_signal(four_signals: SignalCli, document: dict[str, Any]) -> None:
    assert four_signals.read(f"graph {document['signal']}") == {"signals": [document]}


def test_receivers_stand_in_the_order_in_which_they_are_called(signalcli: SignalCli) -> None:
    """The order of connections to the sender counts, not of the first connection to the signal."""
    prepare(signalcli, "connect king animal --sender 大象; connect king echo; connect king animal")

    document = signalcli.read("graph")

    heard = document["signals"][0]["senders"][0]["receivers"]
    called = signalcli.read("send king 狮子")["calls"]
    assert [call["receiver"] for call in called] == ["echo", "animal"]
    assert [receiver["receiver"] for receiver in heard] == ["echo", "animal"]


def test_the_graph_agrees_with_inspect(four_signals: SignalCli) -> None:
    graph, views = four_signals.read("graph"), four_signals.read("inspect")

    heard = {
        (signal["signal"], sender["any"], str(sender["sender"]), receiver["receiver"])
        for signal in graph["signals"]
        for sender in signal["senders"]
        for receiver in sender["receivers"]
    }
    assert heard == {
        (view["signal"], connection["any"], str(connection["sender"]), receiver["receiver"])
        for view in views["signals"]
        for receiver in view["receivers"]
        for connection in receiver["connections"]
    }


def test_a_meta_signal_has_a_graph_of_its_own(signalcli: SignalCli) -> None:
    prepare(signalcli, "define king; connect king:receiver_connected echo")

    shown = signalcli.ok("graph", "king:receiver_connected").stdout

    tree = "└── ANY\n    └── echo  held weakly\n"
    assert shown == f"king:receiver_connected  anonymous signal\n{tree}"


@pytest.mark.parametrize("command", ["graph", "list", "inspect"])
def test_a_meta_signal_with_receivers_is_shown_with_the_others(
    signalcli: SignalCli, command: str
) -> None:
    prepare(signalcli, "define king; connect king:receiver_connected echo")
    prepare(signalcli, "connect king:receiver_disconnected qq")
    prepare(signalcli, "disconnect king:receiver_disconnected qq")

    shown = [signal["signal"] for signal in signalcli.read(command)["signals"]]

    assert shown == ["king", "king:receiver_connected"]
    assert "king:receiver_connected" in signalcli.ok(command).stdout
    assert "king:receiver_connected" in signalcli.ok("export", "dot").stdout


def test_an_empty_session_says_how_to_start(signalcli: SignalCli) -> None:
    shown, document = signalcli.ok("graph"), signalcli.ok("graph", "--json")

    start = "No signals yet. Start with: signalcli connect king animal\n"
    assert (shown.stdout, shown.stderr) == ("", start)
    assert document == Result(0, '{"signals": []}\n', "")


def test_an_unknown_signal_is_an_error(four_signals: SignalCli) -> None:
    unknown = "No signal 'kin' in session 'default'. Did you mean 'king'?"
    assert four_signals.refused("graph kin") == f"{unknown} See them all: signalcli list"


def test_nothing_is_changed(four_signals: SignalCli) -> None:
    with unchanged(four_signals):
        four_signals.ok("graph")


def test_on_a_narrow_screen_nothing_is_cut(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "大" * 50, "echo", "--sender", "x" * 90)

    shown = signalcli("graph", environment={"COLUMNS": "40"}).stdout

    letters = "".join(shown.split()).replace("│", "").replace("└──", "")
    assert letters == f"{'大' * 50}namedsignal{'x' * 90}echoheldweakly"


@hostile
def test_text_is_shown_literally(signalcli: SignalCli, raw: str, shown: str) -> None:
    prepare(signalcli, "define first")
    signalcli.ok("connect", typed(raw), "echo", "--sender", typed(f"s{raw}"))

    result = safe(signalcli.ok("graph", typed(raw)))

    assert result.stdout == (f"{shown}  named signal\n└── s{shown}\n    └── echo  held weakly\n")
