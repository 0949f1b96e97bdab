"""Signals that are sent to signalcli while ``trace run`` runs a program."""

from __future__ import annotations

import signal
import subprocess
from typing import Any

import pytest

from tests.support.cli import SignalCli
from tests.support.real_servers import until

pytestmark = [pytest.mark.slow, pytest.mark.process]

PROGRAM = """\
import signal, sys, time
from blinker import signal as named

number = int(sys.argv[1])
if sys.argv[2] == "handled":
    def handle(number, frame):
        named("handled").send(number)
        sys.exit(5)
    signal.signal(number, handle)
named("started").send()
open("started", "w").close()
time.sleep(1)  # what was sent is written meanwhile
open("ready", "w").close()
time.sleep(60)
"""
HANDLED = "USR1", "USR2", "QUIT", "HUP", "ALRM", "WINCH", "TTIN", "TTOU", "CONT", "URG"


def traced(signalcli: SignalCli, number: int, how: str) -> tuple[int, Any]:
    """Send a signal to signalcli, and return its status and the trace."""
    signalcli.write("program.py", PROGRAM)
    words = "trace", "run", "--save", "trace.json", "program.py", str(int(number)), how
    process = signalcli.start(*words, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        until((signalcli.directory / "ready").exists)
        process.send_signal(number)
        status = process.wait(30)
    finally:
        process.kill()
        process.wait()
    return status, signalcli.load("trace.json")


@pytest.mark.parametrize("name", HANDLED)
def test_a_program_handles_a_signal(signalcli: SignalCli, name: str) -> None:
    status, trace = traced(signalcli, getattr(signal, f"SIG{name}"), "handled")

    assert status == 5
    assert [event["signal"] for event in trace["events"]] == ["started", "handled"]


@pytest.mark.parametrize("name", ["USR1", "QUIT"])
def test_a_signal_that_ends_the_program_loses_no_trace(signalcli: SignalCli, name: str) -> None:
    number = getattr(signal, f"SIG{name}")

    status, trace = traced(signalcli, number, "not handled")

    assert status == -number  # as the program alone
    assert trace["signal"] == number
    assert [event["signal"] for event in trace["events"]] == ["started"]
