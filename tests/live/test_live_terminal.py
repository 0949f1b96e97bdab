"""``signalcli live`` on a real terminal, and what it refuses."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import struct
import subprocess
import termios
from pathlib import Path
from textwrap import dedent

import pytest

from tests.support.cli import SignalCli
from tests.support.scenario import prepare
from tests.support.serving import PATIENCE
from tests.support.terminal import Terminal, terminal

pytestmark = pytest.mark.slow


@pytest.fixture
def animal_session(signalcli: SignalCli) -> SignalCli:
    prepare(signalcli, "connect king animal --sender 大象; send king 大象")
    return signalcli


def resize(started: Terminal, lines: int, columns: int) -> None:
    size = struct.pack("HHHH", lines, columns, 0, 0)
    fcntl.ioctl(started._descriptor, termios.TIOCSWINSZ, size)
    os.kill(started._process.pid, signal.SIGWINCH)


def test_q_leaves_it_and_the_terminal_is_as_before(animal_session: SignalCli) -> None:
    with terminal(animal_session, "live") as started:
        started.wait_for("animal")
        animal_session.ok("send", "king", "大象")
        started.wait_for("1 send")
        resize(started, 40, 120)
        animal_session.ok("connect", "lion", "echo")
        started.wait_for("lion")
        started.type("q")
        ended = started.end()

    assert ended.status == 0
    assert "\x1b[?1049l" in ended.text, "the screen before isn't restored"
    assert "Traceback" not in ended.text


@pytest.mark.parametrize("keys", ["", "\r", "c", "/", "\t"], ids=repr)
def test_control_c_ends_it_in_each_state(animal_session: SignalCli, keys: str) -> None:
    with terminal(animal_session, "live") as started:
        started.wait_for("animal")
        started.type(keys)
        ended = started.interrupt()

    assert ended.status == 130
    assert "Traceback" not in ended.text


def test_live_is_grey_where_colours_are_not_asked_for(animal_session: SignalCli) -> None:
    with terminal(animal_session, "live", environment={"NO_COLOR": "1"}) as started:
        started.wait_for("animal")
        started.type("q")
        ended = started.end()

    numbers = {int(number) for number in re.findall(r"[34]8;5;(\d+)", ended.text)}
    assert numbers != set()
    assert numbers <= {0, 7, 8, 15, 16, 231, *range(232, 256)}
    assert re.findall(r"\x1b\[(?:\d+;)*3[1-6]m", ended.text) == []


def test_a_program_is_shown_while_it_runs(signalcli: SignalCli) -> None:
    signalcli.write(
        "shop.py",
        dedent("""
        import time
        from blinker import signal
        def animal(sender): ...
        signal("king").connect(animal)
        for number in range(1000):
            signal("king").send("大象")
            time.sleep(0.1)
        """),
    )
    program = " ".join(signalcli.command(["trace", "run", "--live=json", "shop.py"]))
    screen = " ".join(signalcli.command(["live", "--trace", "-"]))
    command = ["sh", "-c", f"{program} 2>log | {screen}"]

    with terminal(signalcli, command=command) as started:
        started.wait_for("animal")
        started.wait_for("3 sends")
        started.type("q")
        ended = started.end()

    assert ended.status == 0


def test_live_can_be_served_to_browsers(animal_session: SignalCli) -> None:
    """Textual's driver for browsers speaks over standard input and output, which are no terminal."""
    animal_session.environment |= {
        "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver",
        "TEXTUAL_FPS": "60",
        "COLUMNS": "80",
        "ROWS": "24",
    }
    shown = b""
    with animal_session.piped("live --read-only", stdin=subprocess.PIPE) as process:
        while b"animal" not in shown:
            block = os.read(process.stdout.fileno(), 65536)
            assert block, shown
            shown += block
        process.terminate()
        process.communicate(timeout=PATIENCE)

    assert shown.startswith(b"__GANGLION__\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "live needs a terminal. Without one: signalcli watch"),
        (["--json"], "live draws a screen, and no JSON. For JSON: signalcli watch --json"),
        (
            ["--trace", "no.jsonl"],
            "The trace 'no.jsonl' can't be opened: No such file or directory.",
        ),
    ],
    ids=str,
)
def test_what_it_cannot_do_is_an_error(
    animal_session: SignalCli, arguments: list[str], sentence: str
) -> None:
    result = animal_session("live", *arguments)

    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.splitlines()[0] == f"Error: {sentence}"


def test_an_unknown_signal_is_an_error(animal_session: SignalCli) -> None:
    with terminal(animal_session, "live", "kin") as started:
        ended = started.end()

    assert ended.status == 2
    assert "Did you mean 'king'?" in ended.text


def test_without_textual_it_names_what_to_install(
    animal_session: SignalCli, tmp_path: Path
) -> None:
    """The package is hidden by a finder that finds none of that name."""
    (tmp_path / "sitecustomize.py").write_text(
        dedent("""
        import importlib.util
        find = importlib.util.find_spec
        importlib.util.find_spec = lambda name, package=None: (
            None if name == "textual" else find(name, package)
        )
        """)
    )
    path = os.pathsep.join(
        [str(tmp_path), *filter(None, [animal_session.environment.get("PYTHONPATH")])]
    )

    assert animal_session.refused("live", 4, environment={"PYTHONPATH": path}).startswith(
        "live needs the package textual"
    )
