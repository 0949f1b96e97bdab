"""Long output on a terminal goes through the pager, and nothing else does."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support.cli import SessionWith, SignalCli
from tests.support.scenario import write_session
from tests.support.terminal import CONTROL_C, on_terminal, terminal

pytestmark = pytest.mark.slow

needs_less = pytest.mark.skipif(
    "CI" not in os.environ and shutil.which("less") is None, reason="less is not installed"
)

PAGER = """\
#!/bin/sh
echo "paged with LESS=$LESS" > paged
cat
"""


@pytest.fixture
def pager(signalcli: SignalCli) -> SignalCli:
    """A pager that leaves a file ``paged``."""
    path = signalcli.directory / "pager"
    path.write_text(PAGER)
    path.chmod(0o755)
    return signalcli


@pytest.fixture
def crowd(pager: SignalCli) -> SignalCli:
    """A session of 40 signals, and a pager that leaves a file ``paged``."""
    write_session(pager, {f"signal-{number}": {} for number in range(40)})
    return pager


def paged(signalcli: SignalCli) -> str:
    """Return what the pager wrote into its file, or nothing if it didn't run."""
    file: Path = signalcli.directory / "paged"
    return file.read_text() if file.exists() else ""


USED = {"PAGER": "./pager"}


@pytest.mark.parametrize("line", ["list", "list --json", "receivers", "inspect"])
def test_long_output_on_a_terminal_is_paged(crowd: SignalCli, line: str) -> None:
    plain = on_terminal(crowd, *line.split())

    assert on_terminal(crowd, *line.split(), environment=USED) == plain
    assert paged(crowd) == "paged with LESS=FRX\n"


@pytest.mark.parametrize(
    ("line", "environment"),
    [
        ("list --no-pager", USED),
        ("--no-pager list", USED),
        ("define signal-1", USED),
        ("list", {"PAGER": ""}),
        ("list", {"PAGER": "no-such-pager"}),
        ("list", {**USED, "TERM": "dumb"}),
    ],
    ids=str,
)
def test_output_is_not_paged(crowd: SignalCli, line: str, environment: dict[str, str]) -> None:
    shown = on_terminal(crowd, *line.split(), environment=environment)

    assert shown.status == 0
    assert ("signal-39" in shown.text) == ("list" in line)
    assert paged(crowd) == ""


@pytest.mark.parametrize("line", ["list", "list --json", "receivers"])
def test_a_pipe_is_not_paged(crowd: SignalCli, line: str) -> None:
    crowd.environment["PAGER"] = "./pager"

    assert crowd.ok(*line.split()).stdout != ""
    assert paged(crowd) == ""


def test_what_receivers_print_is_not_paged(pager: SignalCli, session_with: SessionWith) -> None:
    session_with("connect king animal animal_one animal_two echo wechat qq")

    environment = {**USED, "COLUMNS": "60"}
    shown = on_terminal(pager, "send", "king", "x" * 2000, environment=environment)

    assert shown.text.count("\n") > 24
    assert paged(pager) == ""


PROGRAM = """\
from blinker import signal
king = signal("king")
@king.connect
def hears(sender, **payload): print("heard")
for number in range(40 * (__name__ == "__main__")): king.send(number)
"""


@pytest.mark.parametrize(
    "line", ["trace run program.py", f"--app program send king --yes long={'x' * 2000}"]
)
def test_what_a_program_prints_live_is_not_paged(pager: SignalCli, line: str) -> None:
    pager.write("program.py", PROGRAM)

    shown = on_terminal(pager, *line.split(), environment=USED)

    assert ("heard" in shown.text, "king" in shown.text) == (True, True)
    assert paged(pager) == ""


@needs_less
@pytest.mark.parametrize("keys", ["q", CONTROL_C])
def test_less_shows_a_page_ends_at_q_and_takes_control_c_itself(
    crowd: SignalCli, keys: str
) -> None:
    with terminal(crowd, "list", environment={"PAGER": "less"}) as started:
        started.wait_for("signal-15")
        started.type(keys)
        if keys == CONTROL_C:
            started.wait_for("\a")  # less rings the bell
        ended = started.end() if keys == "q" else started.interrupt("q")

    assert ended.status == 0
    assert "signal-39" not in ended.text
    assert "Traceback" not in ended.text


def test_a_pager_that_ends_early_is_no_error(crowd: SignalCli) -> None:
    shown = on_terminal(crowd, "list", "--json", environment={"PAGER": "head -n 1"})

    assert (shown.status, shown.text.count("\n")) == (0, 1)


def test_an_explicit_less_is_kept(crowd: SignalCli) -> None:
    crowd.environment["LESS"] = "-S"

    on_terminal(crowd, "list", environment=USED)

    assert paged(crowd) == "paged with LESS=-S\n"
