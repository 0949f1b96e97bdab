"""The calls of blinker that a command of the shell shows: they do what the command does."""

from __future__ import annotations

from typing import Any

import pytest
from blinker import Namespace, Signal

from signalcli.receivers.demos import DEMOS
from tests.support.cli import Result, SignalCli


def shell(signalcli: SignalCli, *lines: str) -> Result:
    """Run the lines of a script."""
    return signalcli("shell", stdin=None, input="\n".join(lines).encode())


def shown(result: Result) -> str:
    """Return the Python that a script has shown."""
    lines = result.stderr.splitlines()
    return "\n".join(line[4:] for line in lines if line.startswith((">>> ", "... ")))


@pytest.mark.parametrize(
    ("line", "calls"),
    [
        ("define king", 'king = signal("king")'),
        ("define moon --doc 'a \"doc\"'", "moon.__doc__ = 'a \"doc\"'"),
        ("define zoo/king", 'zoo_king = zoo.signal("king")'),
        ("connect @roar echo", "roar = Signal()\nroar.connect(echo)"),
        ("connect moon echo --strong", "moon.connect(echo, weak=False)"),
        (
            "connect moon echo qq --sender :=1",
            "moon.connect(echo, sender=1)\nmoon.connect(qq, sender=1)",
        ),
        ("connect moon:receiver_connected echo", "moon.receiver_connected.connect(echo)"),
        ("disconnect moon animal --sender 大象", 'moon.disconnect(animal, sender="大象")'),
        ("mute moon", "moon.is_muted = True"),
        ("unmute moon", "moon.is_muted = False"),
        ("drop animal", "del animal"),
        ("remove moon", "del moon"),
        ("send moon", "moon.send()"),
        ("send moon 大象 count:=3 class=x", 'moon.send("大象", count=3, **{"class": "x"})'),
        ("send moon --muted", "with moon.muted():\n    moon.send()"),
        ("send moon --async", "asyncio.run(moon.send_async())"),
        ("send moon --count 3", "for _ in range(3):\n    moon.send()"),
        ("reset --yes", "del moon"),
    ],
)
def test_a_command_shows_its_calls_and_makes_them(
    signalcli: SignalCli, line: str, calls: str
) -> None:
    before = "connect moon animal --sender 大象"

    result = shell(signalcli, before, f"python {line}")

    assert (result.status, shown(result)) == (0, calls), result


def test_the_calls_connect_what_the_commands_connect(signalcli: SignalCli) -> None:
    lines = ["connect king animal --sender 大象", "connect king echo qq", "disconnect king qq"]
    functions = {name: demo.function for name, demo in DEMOS.items()}
    names: dict[str, Any] = {
        "signal": Namespace().signal,
        "Signal": Signal,
        "zoo": Namespace(),
        **functions,
    }
    code = shown(shell(signalcli, *(f"python {line}" for line in lines)))

    exec(code, names)  # noqa: S102 - it is what signalcli wrote

    king = names["king"]
    document = signalcli.read("inspect king")
    rows = [row for row in document["has_receivers_for"] if not row["any"]]
    assert rows and all(
        {receiver.__name__ for receiver in king.receivers_for(row["sender"])}
        == set(row["receivers_for"])
        for row in rows
    )


def test_an_option_shows_the_calls_outside_of_the_shell(signalcli: SignalCli) -> None:
    result = signalcli.ok("connect", "king", "echo", "--show-python")

    assert result.stderr.startswith('>>> king = signal("king")\n>>> king.connect(echo)\n')


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("python send king --lines x", "The calls of a send of a file's lines aren't shown."),
        ("python", "python goes before a command, as in: python connect king animal"),
        ("python list", "python shows the calls of define, connect, disconnect, "),
        ("python nonsense", "No command 'nonsense'"),
    ],
)
def test_python_needs_a_command_that_changes_or_sends(
    signalcli: SignalCli, line: str, error: str
) -> None:
    result = shell(signalcli, line)

    assert result.status == 2
    assert result.stderr.startswith(f"Error: {error}")
