"""Ctrl-C at any moment, and every combination of closed standard streams."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.cli import PROGRAM, SessionWith, SignalCli, finished

pytestmark = pytest.mark.slow

BEFORE_FIRST_LINE = r'  File "[^"]*/signalcli/__main__\.py", line [1-6], in <module>\n'
SCRIPT = str(Path(sysconfig.get_path("scripts")) / "signalcli")
PROGRAMS = {"module": (sys.executable, "-m", "signalcli"), "script": (SCRIPT,)}


def interrupted(command: Sequence[str], signalcli: SignalCli, delay: float) -> tuple[int, str]:
    """Start a command, send it SIGINT after a time in seconds; returns its status and stderr."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=signalcli.directory,
        env=signalcli.environment,
    )
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=60)
    return process.returncode, complaints.decode()


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.parametrize("line", ["list", "send king 大象", "--help"])
def test_control_c_at_any_moment_shows_no_frame_of_signalcli(
    session_with: SessionWith, program: Sequence[str], line: str
) -> None:
    """Before its first line runs, Python itself may answer Ctrl-C with a traceback."""
    signalcli = session_with("connect king animal")
    command = (*program, *line.split())
    started = time.perf_counter()
    assert signalcli(command=command).status == 0
    length = time.perf_counter() - started

    for step in range(30):
        status, complaints = interrupted(command, signalcli, length * step / 27)

        shown = complaints.replace(SCRIPT, "")
        assert "signalcli/" not in re.sub(BEFORE_FIRST_LINE, "", shown), complaints
        if complaints == "KeyboardInterrupt\n":  # of Python's start, without a traceback
            continue
        if "Traceback" not in complaints and "Fatal Python error" not in complaints:
            assert status in (0, 130, -signal.SIGINT), complaints
            assert complaints in ("", "Interrupted.\n")


def test_control_c_while_the_interpreter_of_an_application_starts_shows_no_traceback(
    signalcli: SignalCli,
) -> None:
    """Both processes of the terminal are interrupted, that of the application before its first line."""
    signalcli.write("shop.py", "app = None")
    signalcli.write(
        "sitecustomize.py",
        "import os, signal, sys\nif sys.orig_argv[1] == '-c':\n    os.killpg(0, signal.SIGINT)\n",
    )
    signalcli.environment["PYTHONPATH"] = str(signalcli.directory)

    result = finished(
        [*PROGRAM, "--app", "shop", "list"],
        cwd=signalcli.directory,
        env=signalcli.environment,
        start_new_session=True,
    )

    assert (result.status, result.stderr) == (130, "Interrupted.\n")


def test_an_ignored_control_c_stays_ignored(session_with: SessionWith) -> None:
    """As in ``nohup`` and in a shell's background."""
    signalcli = session_with("connect king sleepy")
    ignoring = ["sh", "-c", 'trap "" INT; exec "$@"', "sh"]

    assert interrupted([*ignoring, *signalcli.command(["send", "king"])], signalcli, 0.4) == (0, "")


CLOSINGS = ["", "<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"]
LINES = [
    *(
        "list",
        "inspect king --json",
        "connect king echo",
        "send king 大象",
        "send king 大象 --json",
    ),
    *("send king --count 3", "history --json", "receivers", "send nothing", "list --nonsense"),
    *("--help", "session path", "--app shop list", "trace run shop.py"),
]
SHOP = "from blinker import signal\nking = signal('king')\nprint('printed by shop')\n"


def files(home: Path) -> dict[str, str]:
    """Return the content of every file below a directory, without times, ids, terminals and processes."""
    return {
        str(path.relative_to(home)): re.sub(
            r'("(?:id|time|seconds|terminal|process)": ?)("[^"]*"|null|[\d.e-]+)',
            r"\1",
            path.read_text(encoding="utf-8"),
        )
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }


def steady(text: str) -> str:
    return re.sub(r"\s*[\d.]+ (?:ms|s)\b.*|\"(?:seconds|time|id)\": [^,}]*", "", text)


@pytest.mark.parametrize("line", LINES)
def test_closed_standard_streams_change_nothing_else(
    session_with: SessionWith, tmp_path: Path, line: str
) -> None:
    """Compared with the run in which all are open: the status, the files, the open streams.

    Data that can't be written to a closed standard output is an error, as on a full disk.
    """
    signalcli = session_with("connect king animal")
    (tmp_path / "shop.py").write_text(SHOP)
    before = shutil.copytree(signalcli.home, tmp_path / "before")
    seen = []
    for closing in CLOSINGS:
        shutil.rmtree(signalcli.home)
        shutil.copytree(before, signalcli.home)
        shell = ["sh", "-c", f'"$@" {closing}', "sh"]
        result = signalcli(command=[*shell, *signalcli.command(line.split())])
        seen.append((result, files(signalcli.home)))

    reference, written = seen[0]
    for closing, (result, left) in zip(CLOSINGS, seen, strict=True):
        stdout = "" if re.search(r"(^| )>&-", closing) else reference.stdout
        stderr = "" if "2>&-" in closing else reference.stderr
        is_lost = reference.stdout != stdout
        if is_lost and "2>&-" not in closing:
            stderr += "Error: Standard output can't be written: Bad file descriptor.\n"
        assert result.status == (4 if is_lost else reference.status), closing
        assert steady(result.stdout) == steady(stdout), closing
        assert steady(result.stderr) == steady(stderr), closing
        assert left == written, closing
