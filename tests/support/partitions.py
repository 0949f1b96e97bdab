"""A network of two namespaces whose only link can be cut, and a publisher on its far side."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.support.nats_servers import NatsServer, nats_server
from tests.support.relay_kills import QUIET, kill, start, wait_for_listener
from tests.support.relays import ROOT, lines_of, until

NEAR, FAR = "10.203.47.1", "10.203.47.2"
"""the addresses of the two ends; the server is at the near one."""


def may_make_networks() -> bool:
    """Return whether this user may create network namespaces."""
    name = f"signalcli-probe-{os.getpid()}"
    try:
        _run_ip("netns", "add", name)
    except (OSError, subprocess.CalledProcessError):
        return False
    _run_ip("netns", "delete", name)
    return True


def _run_ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


class Network:
    """Another network namespace, with a link to this one."""

    def __init__(self) -> None:
        self.name = f"signalcli-{os.getpid()}"
        self._link = f"sc{os.getpid()}"

    def make(self) -> None:
        far = f"{self._link}f"
        _run_ip("netns", "add", self.name)
        _run_ip("link", "add", self._link, "type", "veth", "peer", "name", far, "netns", self.name)
        _run_ip("address", "add", f"{NEAR}/24", "dev", self._link)
        _run_ip("netns", "exec", self.name, "ip", "address", "add", f"{FAR}/24", "dev", far)
        _run_ip("netns", "exec", self.name, "ip", "link", "set", far, "up")
        self.join()

    def cut(self) -> None:
        """Lose every packet from now on. Neither side gets an error."""
        _run_ip("link", "set", self._link, "down")

    def join(self) -> None:
        _run_ip("link", "set", self._link, "up")

    def remove(self) -> None:
        _run_ip("netns", "delete", self.name)


@contextmanager
def network() -> Iterator[Network]:
    """Make a network until the block ends."""
    made = Network()
    made.make()
    try:
        yield made
    finally:
        made.remove()


class Partition(NamedTuple):
    """What a publisher found while its link was cut."""

    sent: int
    lost: int
    before: float
    """seconds of a send before the cut, the median."""
    during: float
    """seconds of a send while the link was cut."""
    recovery: float
    """seconds from the end of the cut until all was heard."""


def partitioned(directory: Path, *, seconds: float, sends: int) -> Partition:
    """Cut the link of a publisher for some seconds. It sends until some seconds after.

    :param sends: how many sends a second.
    """
    heard, times = directory / "heard.txt", directory / "times.txt"
    with network() as link, nats_server(directory / "nats", host="0.0.0.0") as server:
        receiver = start(server, "receive", "counter", heard)
        publisher = None
        try:
            wait_for_listener(server)
            publisher = _start_far(link, server, "steady", "shop", seconds + 6, sends, times)
            until(lambda: len(lines_of(heard)) >= sends)
            cut = time.monotonic()
            link.cut()
            time.sleep(seconds)
            link.join()
            joined = time.monotonic()
            assert publisher.wait(QUIET + seconds) == 0, "it didn't store its sends"
            measured = [tuple(map(float, line.split())) for line in lines_of(times)]
            expected = {f"shop {one}" for one in range(len(measured))}
            until(lambda: expected <= set(lines_of(heard)), QUIET)
            recovery = time.monotonic() - joined
        finally:
            kill(receiver)
            if publisher is not None:
                kill(publisher)
    return Partition(
        sent=len(measured),
        lost=len(expected - set(lines_of(heard))),
        before=median(taken for began, taken in measured if began < cut),
        during=median(taken for began, taken in measured if cut < began < joined),
        recovery=recovery,
    )


def _start_far(link: Network, server: NatsServer, *arguments: object) -> subprocess.Popen[bytes]:
    """Start a program of :mod:`tests.support.relay_programs` on the far side."""
    url = f"nats://{NEAR}:{server.port}"
    program = [sys.executable, "-m", "tests.support.relay_programs", *map(str, arguments)]
    return subprocess.Popen(
        ["ip", "netns", "exec", link.name, *program],
        cwd=ROOT,
        env={**os.environ, "SIGNALCLI_VIA": url, "PYTHONPATH": str(ROOT)},
    )
