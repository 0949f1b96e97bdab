"""``trace run`` of programs that hinder the recording: no send is lost, or a note says so."""

from __future__ import annotations

import os

import pytest

from tests.support.cli import SignalCli

pytestmark = [pytest.mark.slow, pytest.mark.process]

DROPPING = """\
import os, time
from blinker import signal

def drop():
    os.setgid(65534)
    os.setuid(65534)

signal("root").send()
if {waits}:
    time.sleep(0.5)  # the first send is written as root
if os.fork() == 0:
    drop()
    signal("child").send()
    os._exit(0)
os.wait()
drop()
signal("nobody").send()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("waits", [False, True])
def test_a_program_that_goes_on_as_another_user(signalcli: SignalCli, waits: bool) -> None:
    signalcli.write("program.py", DROPPING.format(waits=waits))

    result = signalcli("trace", "run", "--json", "program.py")

    assert result.status == 0, result.stderr
    assert [event["signal"] for event in result.json["events"]] == ["root", "child", "nobody"]
