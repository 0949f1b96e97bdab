"""``graph --watch``: the graph is drawn again when the session changes."""

from __future__ import annotations

import json
import signal

import pytest

from tests.support.cli import SignalCli
from tests.support.serving import PATIENCE
from tests.support.terminal import terminal

pytestmark = pytest.mark.slow

CLEARED = "\x1b[H\x1b[2J"


def test_a_terminal_shows_the_newest_graph_alone(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", "animal")
    with terminal(signalcli, "graph", "--watch", environment={"NO_COLOR": "1"}) as started:
        started.wait_for("animal")
        signalcli.ok("connect", "king", "echo", "--sender", "大象")
        started.wait_for("echo")
        signalcli.ok("mute", "king")
        started.wait_for("muted")
        ended = started.interrupt()

    screens = ended.text.split(CLEARED)[1:]
    assert len(screens) == 3
    assert [line for line in screens[1].splitlines() if line] == [
        "king  named signal",
        "├── ANY",
        "│   └── animal  held weakly",
        "└── 大象",
        "    └── echo  held weakly",
    ]
    assert (ended.status, ended.text.endswith("Interrupted.\n")) == (130, True)


def test_a_pipe_gets_each_graph_as_a_line_of_json(signalcli: SignalCli) -> None:
    with signalcli.piped("graph --watch --json") as process:
        empty = json.loads(process.stdout.readline())
        signalcli.ok("define", "king")
        defined = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)

    assert empty == {"signals": []}
    assert [one["signal"] for one in defined["signals"]] == ["king"]
    assert process.returncode == 130


def test_graph_watch_goes_on_while_the_session_is_unreadable_or_the_signal_is_gone(
    signalcli: SignalCli,
) -> None:
    signalcli.ok("define", "king")
    with signalcli.piped("graph king --watch --json") as process:
        process.stdout.readline()
        whole = signalcli.session_path.read_bytes()
        signalcli.session_path.write_bytes(b"{")
        broken = process.stderr.readline().decode()
        signalcli.session_path.write_bytes(whole)
        process.stdout.readline()
        signalcli.ok("remove", "king")
        gone = process.stderr.readline().decode()
        signalcli.ok("connect", "king", "echo")
        again = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)

    assert "is not JSON" in broken
    assert gone.startswith("No signal 'king'")
    assert again["signals"][0]["senders"][0]["receivers"][0]["receiver"] == "echo"


def test_a_graph_longer_than_the_terminal_is_cut_with_a_count(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", *["animal", "echo"], *_senders(40))
    with terminal(signalcli, "graph", "--watch", environment={"NO_COLOR": "1"}) as started:
        started.wait_for("more lines")
        ended = started.interrupt()

    screen = ended.text.split(CLEARED)[1].split("Interrupted")[0].splitlines()
    assert any(line.startswith("… ") for line in screen)


def _senders(number: int) -> list[str]:
    return [word for one in range(number) for word in ("--sender", f"s{one}")]


def test_an_application_is_not_watched(signalcli: SignalCli) -> None:
    assert "works on a session" in signalcli.refused("graph --watch --app shop")
