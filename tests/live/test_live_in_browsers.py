"""``signalcli live`` in a browser, served by Textual's server."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.browser import Browser
from tests.support.cli import SignalCli
from tests.support.nats_servers import free_port
from tests.support.scenario import prepare
from tests.support.serving import PATIENCE

pytestmark = pytest.mark.slow
ESCAPE = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")


@contextmanager
def served(signalcli: SignalCli, *arguments: str) -> Iterator[str]:
    """Serve the screen as the guide says. Yields the address."""
    port = free_port()
    live = shlex.join(signalcli.command(["live", *arguments]))
    serve = ["serve", "--port", str(port), "--command", live]
    with subprocess.Popen(
        [sys.executable, "-c", "from textual_dev.cli import run; run()", *serve],
        cwd=signalcli.directory,
        env=signalcli.environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "Press Ctrl+C" in line:
                    break
            yield f"http://localhost:{port}"
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # Ctrl-C takes Textual's server some 20 s


def wait_for(browser: Browser, *texts: str) -> None:
    """Wait until the screen got all of some texts."""
    got, end = "", time.monotonic() + PATIENCE
    while any(text not in ESCAPE.sub("", got) for text in texts):
        assert time.monotonic() < end, ESCAPE.sub("", got)
        time.sleep(0.1)
        got += browser.received()


def test_a_browser_shows_what_another_process_sends(signalcli: SignalCli, browser: Browser) -> None:
    prepare(signalcli, "connect king animal --sender 大象; define quiet")
    with served(signalcli, "king", "--read-only") as address:
        browser.visit(address)
        wait_for(browser, "┄┄▶ animal")
        signalcli.ok("send", "king", "大象", "slogan=巡山")
        wait_for(browser, "━━▶ animal ●", "slogan=巡山")
