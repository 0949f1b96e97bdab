"""Programs that publish and receive in processes of their own, for tests that kill them or the server.

``python -m tests.support.relay_programs publish NAME NUMBER DIRECTORY`` publishes numbers, with an outbox on
disk, and ends when the server has stored them. ``receive DURABLE FILE`` writes each number that it hears to
a file. Both take the server from ``SIGNALCLI_VIA``.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from blinker import Signal

from signalcli.relay import Relay

SIGNAL = "counted"
PATIENCE = 300.0
"""seconds for a server that is killed again and again."""


def publish(name: str, number: str, directory: str) -> None:
    """Publish numbers, some hundred in a second, so that kills fall between them."""
    counted = Signal()
    relay = Relay(name=name, outbox="file", outbox_directory=directory, outbox_size=1_000_000)
    relay.publish(counted, name=SIGNAL)
    relay.start()
    for one in range(int(number)):
        counted.send(name, n=one)
        time.sleep(0.0005)
    raise SystemExit(0 if relay.flush(PATIENCE) else 1)


def receive(durable: str, file: str) -> None:
    """Write each number with its sender to a file, until this process is killed."""
    counted = Signal()
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(sender: Any, n: int) -> None:
        os.write(descriptor, f"{sender} {n}\n".encode())

    counted.connect(note, weak=False)
    relay = Relay(name=f"receiver-{os.getpid()}")
    relay.receive(counted, name=SIGNAL, durable=durable, ack_wait=2.0)
    relay.start()
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "publish":
        publish(*arguments)
    else:
        receive(*arguments)
