"""The screen of ``signalcli live`` in tests."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from signalcli.live.commands import CommandRunner
from signalcli.live.screen import LiveApp, LiveOptions
from signalcli.live.sources import ProgramSource, SessionSource
from signalcli.session.file import SessionFile
from signalcli.session.journal import journal_of
from tests.support.cli import SignalCli

SIZE = (80, 24)


def live_session(signalcli: SignalCli, **options: Any) -> LiveApp:
    """The screen of the default session, whose keys run commands in the home of the test."""
    file = SessionFile("default", str(signalcli.session_path))
    runner = CommandRunner([f"--session={signalcli.session_path}"])
    return LiveApp(
        SessionSource(file, journal_of(file.target)),
        LiveOptions(**{"runner": runner, **options}),
    )


def live_program(path: Path, **options: Any) -> LiveApp:
    """The screen of a program, from a pipe or a file of lines."""
    import os

    return LiveApp(ProgramSource("shop.py", os.open(path, os.O_RDONLY)), LiveOptions(**options))


def screen_lines(app: LiveApp) -> list[str]:
    """The lines of the screen, without spaces at their ends."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def constant(line: str) -> str:
    """A line without what differs from run to run: times, ids and process ids."""
    line = re.sub(r"\d\d:\d\d:\d\d", "00:00:00", line)
    line = re.sub(r"(process|进程) \d+", r"\1 1", line)
    line = re.sub(r"(pts/|tty)\w+, ", "", line)
    return re.sub(r"\b[0-9a-f]{10}\b", "0123456789", line)


async def until(pilot: Any, condition: Any) -> None:
    """Wait until a condition holds on the screen."""
    for _ in range(600):
        if condition():
            return
        await pilot.pause(0.05)
    raise AssertionError("\n".join(screen_lines(pilot.app)))
