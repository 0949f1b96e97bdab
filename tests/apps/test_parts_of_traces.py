"""The parts of a trace, which are read while processes write them, and the names of signals in them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from blinker import Namespace, Signal, signal

from signalcli.apps.hosting.update_lines import updates_line
from signalcli.apps.running.live_names import LiveNames
from signalcli.apps.running.traced_program import Part
from signalcli.tracing.updates import SendUpdate
from signalcli.values.trace import Event

SENDS = 20_000
WRITER = """\
import os, sys
lines = open(sys.argv[1], "rb").read()
file = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND)
for start in range(0, len(lines), 50):
    os.write(file, lines[start : start + 50])
"""
NAMES = f"""\
import json
from blinker import signal
from signalcli.apps.discovery.discover import discover, quick_names
from {__name__} import Shelf, anonymous, read

signals = [read, Shelf.changed, anonymous, signal("king")]
found = {{id(one.signal): one.name for one in discover().found}}
quick = quick_names(signals)
shown = {{"quick": quick, "found": found}}
print(json.dumps({{how: [names[id(one)] for one in signals] for how, names in shown.items()}}))
"""
shelf = Namespace()
read = shelf.signal("read")


class Shelf:
    """What has a signal."""

    changed = Signal()


anonymous = Signal()


def test_a_line_that_is_being_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "1.part"
    path.touch()
    event = Event("king", 0, None, (), False, (), 0.5)
    line = updates_line([SendUpdate(1, None, 7, "king", event)])

    lines = b"".join(line.replace(b"[1,", b"[%d," % number, 1) for number in range(SENDS))
    (tmp_path / "lines").write_bytes(lines)

    part = Part(str(path))
    with subprocess.Popen([sys.executable, "-c", WRITER, tmp_path / "lines", path]) as writer:
        while writer.poll() is None:
            part.read()
    while part.read():
        pass

    assert part.has_sent
    assert [event.signal for event in part.updates.events] == ["king"] * SENDS


def test_quick_names_are_those_of_discovery() -> None:
    """In a process of its own: those of other tests have signals, too."""
    command = [sys.executable, "-c", NAMES]
    names = json.loads(subprocess.check_output(command, cwd=Path(__file__).parent))

    assert names["quick"] == names["found"]
    assert "king" in names["quick"]


def test_a_signal_that_only_a_function_has_is_not_named_while_the_program_runs() -> None:
    local, names = Signal(), LiveNames()

    assert names(local) is None
    assert names(signal("king")) is None, "its own name is the best one"


def test_a_signal_is_named_when_a_module_has_it() -> None:
    assert (LiveNames()(read) or "").endswith("/read")
    assert LiveNames()(Shelf.changed) == f"{__name__}.Shelf.changed"
