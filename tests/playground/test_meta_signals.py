"""Meta signals: when they are sent, and receivers that raise."""

from __future__ import annotations

import re

import pytest
from blinker import Signal

from tests.support.cli import SessionWith
from tests.support.histories import table
from tests.support.playgrounds import do, done, fired, transcript, transcripts
from tests.support.scenario import prepare

pytestmark = pytest.mark.slow

CONNECTED, DISCONNECTED = "king:receiver_connected", "king:receiver_disconnected"

# They fire on later changes, and the command shows it.


def test_connect_and_disconnect_send_and_show_meta_signals(session_with: SessionWith) -> None:
    signalcli = session_with(f"connect {CONNECTED} echo; connect {DISCONNECTED} echo")

    documents = [
        signalcli.read(line)
        for line in (
            "connect king animal --sender 大象 --strong",
            "disconnect king animal --sender 大象",
            "disconnect king animal",
        )
    ]

    animal, echo = "<function animal>", [("echo", "returned")]
    assert [fired(document) for document in documents] == [
        [(CONNECTED, {"receiver": animal, "sender": "大象", "weak": False}, echo)],
        [(DISCONNECTED, {"receiver": animal, "sender": "大象"}, echo)],
        [(DISCONNECTED, {"receiver": animal, "sender": "ANY"}, echo)],
    ]
    assert [document["changed"] for document in documents] == [True] * 3
    assert documents[0]["notes"] == ["animal listens to king from 大象."]


def test_a_meta_signal_is_shown_as_any_other_send(session_with: SessionWith) -> None:
    signalcli = session_with(
        f"connect {CONNECTED} animal_one; connect {CONNECTED} strict --strong",
        f"connect {CONNECTED} qq",
    )

    result = signalcli("connect", "king", "echo")

    lines = result.stdout.splitlines()
    assert (result.status, lines[0].partition("：")[0]) == (1, "小钻风")
    assert lines[1].startswith("king:receiver_connected ← ")
    assert [row[:3] for row in table(result.stdout) if row[0]] == [
        ["receiver", "outcome", "why"],
        ["animal_one", "● returned", "listens to ANY"],
        ["strict", "✗ raised", "listens to ANY"],
        ["qq", "– not reached", "strict raised before it"],
    ]
    assert result.stderr == (
        "strict raised in king:receiver_connected, and so connect raised: "
        "blinker undoes the connection of echo to king from ANY sender.\n"
    )


def test_the_sender_of_a_meta_signal_is_the_signal_itself(session_with: SessionWith) -> None:
    """An object that is shown by its ``repr``."""
    document = session_with(f"connect {CONNECTED} qq").read("connect king animal")

    assert re.fullmatch("<.+ at 0x[0-9a-f]+; 'king'>", document["deliveries"][0]["sender"])


@pytest.mark.parametrize("signal", ["king", "zoo/king", "@roar", "/a/b", "大象:x"])
def test_every_kind_of_signal_has_them(signal: str) -> None:
    session = done(
        f"connect {signal}:receiver_connected qq; connect {signal}:receiver_disconnected wechat"
    )

    session, made = do(session, f"connect {signal} animal")
    _, undone = do(session, f"disconnect {signal} animal")

    assert [
        (name, calls) for each in (made, undone) for name, _, calls in fired(each.to_json())
    ] == [
        (f"{signal}:receiver_connected", [("qq", "returned")]),
        (f"{signal}:receiver_disconnected", [("wechat", "returned")]),
    ]


SENT = """
# signals of one word do not hear of each other
$ connect king:receiver_connected qq; connect zoo/king animal; connect @king animal
$ connect king echo
$ connect zoo/king wechat
wechat listens to zoo/king from ANY sender.
zoo/king: animal from ANY; wechat from ANY
$ connect @king wechat
wechat listens to @king from ANY sender.
@king: animal from ANY; wechat from ANY
$ connect queen wechat
Defined queen.
wechat listens to queen from ANY sender.
queen: wechat from ANY

# each sender of a connect has a send of its own
$ connect king:receiver_connected qq; connect king:receiver_disconnected qq
$ connect king animal --sender 大象 --sender :=1
king:receiver_connected receiver=<function animal> sender=大象 weak=True
  qq returned: listens to ANY; 'QQ 已提醒'
king:receiver_connected receiver=<function animal> sender=1 weak=True
  qq returned: listens to ANY; 'QQ 已提醒'
animal listens to king from 大象.
animal listens to king from 1.
king: animal from '大象', 1
$ disconnect king animal --sender 大象 --sender :=1
king:receiver_disconnected receiver=<function animal> sender=大象
  qq returned: listens to ANY; 'QQ 已提醒'
king:receiver_disconnected receiver=<function animal> sender=1
  qq returned: listens to ANY; 'QQ 已提醒'
animal no longer listens to king from 大象. has_receivers_for(大象) stays True, although a send calls
    no receiver.
animal no longer listens to king from 1. has_receivers_for(1) stays True, although a send calls no
    receiver.
king: animal from nobody; empty: '大象', 1

# a disconnect of what was not connected is sent all the same
$ connect king animal; connect king:receiver_disconnected qq
$ disconnect king wechat
king:receiver_disconnected receiver=<function wechat> sender=ANY
  qq returned: listens to ANY; 'QQ 已提醒'
wechat was not connected to king: nothing changed.
status 0, unchanged

# a muted meta signal calls no receiver
$ connect king:receiver_connected clerk; mute king:receiver_connected
$ connect king animal
king:receiver_connected receiver=<function animal> sender=ANY weak=True
  clerk skipped: signal is muted
animal listens to king from ANY sender.
king: animal from ANY

# a muted signal sends its meta signals all the same
$ connect king animal; connect king:receiver_connected qq; mute king
$ connect king echo
king:receiver_connected receiver=<function echo> sender=ANY weak=True
  qq returned: listens to ANY; 'QQ 已提醒'
echo listens to king from ANY sender.
king (muted): animal from ANY; echo from ANY

# a meta signal without a receiver left is not sent
$ connect king:receiver_connected qq; disconnect king:receiver_connected qq
$ connect king animal
animal listens to king from ANY sender.
king: animal from ANY

# a connection to a meta signal sends no meta signal
$ connect king:receiver_connected qq
$ connect king:receiver_connected wechat
wechat listens to king:receiver_connected from ANY sender.
king:receiver_connected: qq from ANY; wechat from ANY

# a coroutine can listen and raises as in a plain send
$ connect king:receiver_connected coroutine
$ connect king animal
king:receiver_connected receiver=<function animal> sender=ANY weak=True
  coroutine raised: listens to ANY; RuntimeError: Cannot send to a coroutine function.
coroutine raised in king:receiver_connected, and so connect raised: blinker keeps the connection
    of animal to king from ANY sender.
status 1
king: animal from ANY

# a weak connection that vanishes sends no meta signal, number 21 of blinker's truths
$ connect king animal; connect king:receiver_disconnected qq
$ drop animal
Nothing else referenced animal, so Python deleted it and its weak connections ended. The next
    connect makes a new one.
held: king from ANY → by no signal
king: no receivers

# a send of a meta signal by hand is a send like any other
$ connect king:receiver_connected echo
$ send king:receiver_connected 大象 weak:=1
echo returned: listens to ANY; {'sender': '大象', 'payload': {'weak': 1}}

# 21: a TypeError of a receiver undoes the connection
$ connect king:receiver_connected clerk
$ connect king animal
king:receiver_connected receiver=<function animal> sender=ANY weak=True
  clerk raised: listens to ANY; TypeError
clerk raised in king:receiver_connected, and so connect raised: blinker undoes the connection of
    animal to king from ANY sender.
status 1, unchanged

# 21: a TypeError of a demo undoes the connection
$ connect king:receiver_connected strict
$ connect king animal
king:receiver_connected receiver=<function animal> sender=ANY weak=True
  strict raised: listens to ANY; TypeError
strict raised in king:receiver_connected, and so connect raised: blinker undoes the connection of
    animal to king from ANY sender.
status 1, unchanged

# 21: another error keeps the connection
$ connect king:receiver_connected failing
$ connect king animal
king:receiver_connected receiver=<function animal> sender=ANY weak=True
  failing raised: listens to ANY; RuntimeError: 小钻风在山里迷了路
failing raised in king:receiver_connected, and so connect raised: blinker keeps the connection of
    animal to king from ANY sender.
status 1
king: animal from ANY

# 21: undoing a connection to ANY takes the others along and says so
$ connect king:receiver_connected qq; connect king animal --sender 大象
$ connect king:receiver_connected strict
$ connect king animal
king:receiver_connected receiver=<function animal> sender=ANY weak=True
  qq returned: listens to ANY; 'QQ 已提醒'
  strict raised: listens to ANY; TypeError
strict raised in king:receiver_connected, and so connect raised: blinker undoes the connection of
    animal to king from ANY sender. Its earlier connections are lost as well: 大象.
status 1
king: no receivers; empty: '大象'

# 21: undoing one sender leaves an empty bucket and the other connections
$ connect king animal; connect king:receiver_connected strict
$ connect king animal --sender 大象 --sender 狮子
king:receiver_connected receiver=<function animal> sender=大象 weak=True
  strict raised: listens to ANY; TypeError
strict raised in king:receiver_connected, and so connect raised: blinker undoes the connection of
    animal to king from 大象.
status 1
king: animal from ANY; empty: '大象'

# a receiver that raises ends a connect to several senders where it is
$ connect king:receiver_connected failing
$ connect king animal --sender 大象 --sender 狮子
king:receiver_connected receiver=<function animal> sender=大象 weak=True
  failing raised: listens to ANY; RuntimeError: 小钻风在山里迷了路
failing raised in king:receiver_connected, and so connect raised: blinker keeps the connection of
    animal to king from 大象.
status 1
king: animal from '大象'

# a receiver that raises ends a disconnect when that is done
$ connect king:receiver_disconnected failing; connect king animal --sender 大象 --sender 狮子
$ disconnect king animal --sender 大象 --sender 狮子
king:receiver_disconnected receiver=<function animal> sender=大象
  failing raised: listens to ANY; RuntimeError: 小钻风在山里迷了路
animal no longer listens to king from 大象. has_receivers_for(大象) stays True, although a send calls
    no receiver.
failing raised in king:receiver_disconnected, and so disconnect raised after disconnecting.
status 1
king: animal from '狮子'; empty: '大象'

# a send that could not be connected for is not made
$ connect king animal; connect king:receiver_connected strict
$ send king --connected-to qq
animal not_reached: strict raised in king:receiver_connected before it
king:receiver_connected receiver=<function qq> sender=ANY weak=False
  strict raised: listens to ANY; TypeError
strict raised in king:receiver_connected, and so connected_to raised.
status 1

# with a RuntimeError what was to be connected for the send stays connected, strongly
$ connect king animal; connect king:receiver_connected failing
$ send king --connected-to qq
animal not_reached: failing raised in king:receiver_connected before it
qq not_reached: failing raised in king:receiver_connected before it
king:receiver_connected receiver=<function qq> sender=ANY weak=False
  failing raised: listens to ANY; RuntimeError: 小钻风在山里迷了路
failing raised in king:receiver_connected, and so connected_to raised.
status 1
king: animal from ANY; qq strongly from ANY
"""


@transcripts(SENT)
def test_what_a_command_does_with_meta_signals_around_it(expected: str) -> None:
    assert transcript(expected) == expected


@pytest.mark.parametrize(
    ("error", "senders", "kept"),
    [(TypeError, [], 0), (RuntimeError, [], 1), (TypeError, ["大象"], 0)],
)
def test_21_in_blinker_itself_a_type_error_undoes_the_connection(
    error: type[Exception], senders: list[str], kept: int
) -> None:
    king = Signal()

    def animal(sender: object) -> None: ...

    def raises(sender: object, /, **payload: object) -> None:
        raise error

    for sender in senders:
        king.connect(animal, sender=sender)
    king.receiver_connected.connect(raises)
    with pytest.raises(error):
        king.connect(animal)

    assert len(king.receivers) == kept
    assert [any(king.receivers_for(sender)) for sender in ("大象", "狮子")] == [bool(kept)] * 2


# In processes of their own.

WRITES = "def writes(sender, /, **payload):\n    open('log', 'a').write('heard\\n')\n"
CONNECTS = (
    "from blinker import signal\n"
    "def on_king(sender, /, **payload):\n    pass\n"
    f"@signal('king').receiver_connected.connect\n{WRITES}"
)


@pytest.mark.parametrize(
    ("handlers", "made", "lines"),
    [
        (
            WRITES,
            [
                "connect king animal",
                "connect king echo --sender 大象",
                f"connect {CONNECTED} handlers.py:writes",
                f"connect {DISCONNECTED} handlers.py:writes",
            ],
            ["inspect king", "inspect", "list --all", "send king", "explain king", "mute king",
             "unmute king", "define queen", "connect queen qq", "drop echo",
             f"connect {CONNECTED} animal"],
        ),
        (
            CONNECTS,
            ["connect king animal", "connect king handlers.py:on_king"],
            ["send king", "inspect king", "explain king", "mute king"],
        ),
    ],
    ids=["connected in the session", "connected by a module that is imported"],
)  # fmt: skip
def test_a_program_that_is_rebuilt_connects_nothing_anew(
    session_with: SessionWith, handlers: str, made: list[str], lines: list[str]
) -> None:
    """Neither to look at it, nor to send. A module's own receivers listen first everywhere."""
    signalcli = session_with(*made, handlers=handlers)
    log = signalcli.directory / "log"
    log.unlink(missing_ok=True)

    prepare(signalcli, *lines)
    quiet = not log.exists()
    prepare(signalcli, "connect king qq")

    assert (quiet, log.read_text()) == (True, "heard\n")


def test_connected_to_sends_both_around_a_send(session_with: SessionWith) -> None:
    signalcli = session_with(
        f"connect {CONNECTED} echo; connect {DISCONNECTED} qq; connect king animal"
    )

    document = signalcli.read("send king --connected-to wechat")

    wechat = {"receiver": "<function wechat>", "sender": "ANY"}
    assert fired(document) == [
        (CONNECTED, {**wechat, "weak": False}, [("echo", "returned")]),
        (DISCONNECTED, wechat, [("qq", "returned")]),
    ]
    assert [call["receiver"] for call in document["calls"]] == ["animal", "wechat"]


def test_a_change_in_which_one_raised_has_status_1_and_is_saved(session_with: SessionWith) -> None:
    signalcli = session_with(f"connect {CONNECTED} failing; connect {DISCONNECTED} failing")

    for command, receivers in (("connect", 1), ("disconnect", 0)):
        result = signalcli(command, "king", "animal", "--json")

        assert (result.status, result.stderr) == (1, "")
        assert fired(result.json)[0][2] == [("failing", "raised")]
        assert len(signalcli.read("inspect king")["receivers"]) == receivers


def test_a_receiver_that_exits_the_program_is_one_that_raised(session_with: SessionWith) -> None:
    handlers = "import sys\ndef leaves(sender, /, **payload):\n    sys.exit(7)\n"
    signalcli = session_with(f"connect {CONNECTED} handlers.py:leaves", handlers=handlers)

    result = signalcli("connect", "king", "animal", "--json")

    assert (result.status, result.stderr, result.json["changed"]) == (1, "", True)
    assert fired(result.json)[0][2] == [("handlers.py:leaves", "raised")]
    assert signalcli.read("list")["signals"][0]["receivers"] == 1


FORWARDS = """
from blinker import signal
queue = signal('queue')
def forwards(sender, /, **payload):
    return [value for _, value in {}.send('nested')]
def on_king(sender, /, **payload):
    pass
"""


@pytest.mark.parametrize(
    ("variable", "receiver"),
    [("signal('queue')", "animal"), ("queue", "animal"), ("queue", "handlers.py:on_king")],
)
def test_a_receiver_of_a_meta_signal_reaches_the_sessions_receivers(
    session_with: SessionWith, variable: str, receiver: str
) -> None:
    """Also when its module is being connected: then it is imported before the session is built."""
    signalcli = session_with(
        f"connect queue echo; connect king qq; connect {CONNECTED} handlers.py:forwards",
        handlers=FORWARDS.format(variable),
    )

    document = signalcli.read(f"connect king {receiver}")

    values = [call["value"] for call in document["deliveries"][0]["calls"]]
    assert values == [[{"sender": "nested", "payload": {}}]]
