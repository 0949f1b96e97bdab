"""Kill receivers, publishers and servers at random moments, and count what was heard."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

from blinker import Signal

from signalcli.relay import Relay
from tests.support.nats_servers import NatsServer
from tests.support.relay_programs import PATIENCE, SIGNAL
from tests.support.relays import ROOT, lines_of, until

QUIET = 40.0
"""seconds without a message after which no more is waited for."""


class Heard(NamedTuple):
    """What was heard."""

    kills: int
    sent: int
    lost: int
    repeated: int
    """deliveries beside the first of each message."""
    seconds: float


def start(server: NatsServer, *arguments: object) -> subprocess.Popen[bytes]:
    """Start a program of :mod:`tests.support.relay_programs`."""
    environment = {**os.environ, "SIGNALCLI_VIA": server.url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.support.relay_programs", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def counted(file: Path, expected: set[str], kills: int, began: float) -> Heard:
    """Wait until all is heard, or until nothing more comes, and count."""
    size, grew = 0, time.monotonic()
    while not expected <= set(lines := lines_of(file)):
        if len(lines) > size:
            size, grew = len(lines), time.monotonic()
        if time.monotonic() - grew > QUIET:
            break
        time.sleep(0.1)
    heard = Counter(lines_of(file))
    lost = len(expected - heard.keys())
    repeated = sum(heard.values()) - len(heard)
    return Heard(kills, len(expected), lost, repeated, time.monotonic() - began)


def killed_receivers(server: NatsServer, directory: Path, *, messages: int, kills: int) -> Heard:
    """Kill a durable receiver again and again while it hears messages."""
    file, began = directory / "heard.txt", time.monotonic()
    receiver = start(server, "receive", "counter", file)
    shop, signal = Relay(server.url, name="shop", outbox_size=messages), Signal()
    shop.publish(signal, name=SIGNAL)
    assert shop.start(20)
    try:
        wait_for_listener(server)
        for one in range(messages):
            signal.send("shop", n=one)
        assert shop.flush(PATIENCE)
        for _ in range(kills):
            wanted = len(lines_of(file)) + random.randint(1, max(messages // (kills + 1), 1))
            until(partial(_has_lines, file, min(wanted, messages)), PATIENCE)
            kill(receiver)
            receiver = start(server, "receive", "counter", file)
        return counted(file, {f"shop {one}" for one in range(messages)}, kills, began)
    finally:
        kill(receiver)
        shop.stop()


def _has_lines(file: Path, number: int) -> bool:
    return len(lines_of(file)) >= number


def wait_for_listener(server: NatsServer) -> None:
    """Wait until the durable receiver has its place in the stream."""
    until(lambda: _is_listening(server))


def _is_listening(server: NatsServer) -> bool:
    from signalcli.relay.administration.status import durable_listeners

    return bool(server.ask(lambda connection: durable_listeners(connection, ())))


def killed_servers(
    server: NatsServer, directory: Path, *, processes: int, messages: int, kills: int
) -> Heard:
    """Kill a server, and start it again, while processes publish with outboxes on disk."""
    file, began = directory / "heard.txt", time.monotonic()
    with ExitStack() as stack:
        receiver = start(server, "receive", "counter", file)
        stack.callback(kill, receiver)
        wait_for_listener(server)
        publishers = [
            start(server, "publish", f"shop{n}", messages, directory / f"outbox{n}")
            for n in range(processes)
        ]
        for publisher in publishers:
            stack.callback(kill, publisher)
        for _ in range(kills):
            time.sleep(random.uniform(0.2, 1.5))
            server.kill()
            time.sleep(random.uniform(0.0, 0.5))
            server.start()
        assert [publisher.wait(PATIENCE) for publisher in publishers] == [0] * processes
        expected = {f"shop{n} {one}" for n in range(processes) for one in range(messages)}
        return counted(file, expected, kills, began)


def killed_publisher(server: NatsServer, directory: Path) -> Heard:
    """Kill a publisher while its server is away. The next process of its name publishes the rest."""
    file, began, messages = directory / "heard.txt", time.monotonic(), 200
    receiver = start(server, "receive", "counter", file)
    try:
        wait_for_listener(server)
        server.kill()
        outbox = directory / "outbox"
        publisher = start(server, "publish", "shop", messages, outbox)
        until(lambda: outbox.exists() and _sends_in(outbox) >= messages)
        kill(publisher)
        server.start()
        kept = Relay(server.url, name="shop", outbox="file", outbox_directory=str(outbox))
        kept.publish(Signal(), name=SIGNAL)
        assert kept.start(20) and kept.flush(PATIENCE)
        kept.stop()
        return counted(file, {f"shop {one}" for one in range(messages)}, 1, began)
    finally:
        kill(receiver)


def _sends_in(outbox: Path) -> int:
    """Return how many sends the files of an outbox hold."""
    return sum(max(len(file.read_bytes().splitlines()) - 1, 0) for file in outbox.iterdir())
