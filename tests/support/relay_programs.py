"""Programs that publish and receive in processes of their own, for tests that kill them or the server.

``python -m tests.support.relay_programs publish NAME NUMBER DIRECTORY`` publishes numbers, with an outbox on
disk, and ends when the server has stored them. ``steady NAME SECONDS SENDS FILE`` publishes a number of sends
each second, and writes how long each took. ``receive DURABLE FILE`` writes each number that it hears to a
file, and ``share`` hears some of many signals. All take the server from ``SIGNALCLI_VIA``.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
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


def steady(name: str, seconds: str, sends: str, file: str) -> None:
    """Publish numbers at a steady rate, and write when each send began and how long it took."""
    counted, ends, times = Signal(), time.monotonic() + float(seconds), list[str]()
    relay = Relay(name=name)
    relay.publish(counted, name=SIGNAL)
    relay.start()
    while (began := time.monotonic()) < ends:
        counted.send(name, n=len(times))
        times.append(f"{began} {time.monotonic() - began}\n")
        time.sleep(1 / int(sends))
    Path(file).write_text("".join(times), encoding="utf-8")
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


def share(first: str, signals: str, sends: str, file: str) -> None:
    """Hear some signals until a number of sends came, again and again. Write the memory each time.

    Each line of the file has the number of sends and this process's memory in KiB.
    """
    heard, expected = 0, [int(number) for number in sends.split(",")]
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    relay = Relay(name=f"listener-{first}")

    def count(sender: Any, n: int) -> None:
        nonlocal heard
        heard += 1
        if heard in expected:
            os.write(descriptor, f"{heard} {memory()}\n".encode())

    for number in range(int(first), int(first) + int(signals)):
        signal = Signal()
        signal.connect(count, weak=False)
        relay.receive(signal, name=f"{SIGNAL}-{number}")
    assert relay.start(PATIENCE)
    os.write(descriptor, f"0 {memory()}\n".encode())
    while True:
        time.sleep(3600)


def memory(process: int | str = "self") -> int:
    """Return the memory that a process uses now, in KiB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0])


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    commands: dict[str, Callable[..., None]] = {
        "publish": publish,
        "steady": steady,
        "receive": receive,
        "share": share,
    }
    commands[command](*arguments)
