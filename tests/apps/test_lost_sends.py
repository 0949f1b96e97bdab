"""``trace run`` of programs that hinder the recording: no send is lost, or a note says so."""

from __future__ import annotations

import os
import re

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

    result = signalcli.ok("trace", "run", "--json", "program.py")

    assert [event["signal"] for event in result.json["events"]] == ["root", "child", "nobody"]


LIMIT = """\
import resource
from blinker import signal
resource.setrlimit(resource.RLIMIT_FSIZE, (8, 8))
for number in range(2000): signal("filled").send(number)
"""
REMOVES = """\
import os, shutil, time
from blinker import signal
signal("kept").send()
time.sleep(0.5)
shutil.rmtree(os.path.dirname(os.environ["SIGNALCLI_TRACE_DIRECTORY"]))
signal("lost").send()
raise SystemExit(3)
"""


@pytest.mark.parametrize("option", [[], ["--summary"], ["--live"]], ids=str)
@pytest.mark.parametrize(
    ("program", "status", "why"),
    [
        (LIMIT, 0, "they couldn't be written to .*: File too large"),
        (REMOVES, 3, "their directory in .*"),
    ],
    ids=["a limit of the size of files", "a directory that is removed"],
)
def test_a_note_says_why_sends_are_missing(
    signalcli: SignalCli, program: str, status: int, why: str, option: list[str]
) -> None:
    signalcli.write("program.py", program)

    result = signalcli("trace", "run", *option, "program.py")

    assert result.status == status, result.stderr
    assert "Traceback" not in result.stderr
    assert "No signal was sent." not in result.stdout + result.stderr
    assert re.search(rf"Sends are missing, because {why}", result.stderr)


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="processes are found there")
def test_a_daemon_that_goes_on(signalcli: SignalCli) -> None:
    signalcli.write(
        "program.py",
        "import os, time\n"
        "from blinker import signal\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    for number in range(3): os.close(number)\n"
        "    while not os.path.exists('shown'): time.sleep(0.05)\n"
        "    os._exit(0)\n"
        "signal('parent').send()\n",
    )

    try:
        result = signalcli("trace", "run", "program.py")
    finally:
        signalcli.write("shown", "")

    assert result.status == 0, result.stderr
    note = "1 process of the program still runs: what is sent from now on isn't recorded."
    assert note in result.stderr
