"""A ``signalcli listen`` in a process of its own, and servers for it."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, Any

from signalcli.relay.address import RelayAddress
from tests.support.cli import Process, SignalCli
from tests.support.nats_servers import connected

PATIENCE = 30.0
"""seconds: how long to wait for what never comes."""


class Listening:
    """A listener that runs until the block ends, with its lines of JSON."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.notes: list[str] = []
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        self._stderr = process.stderr
        self._threads = [Thread(target=self._read, args=(process.stdout,), daemon=True)]
        self._threads[0].start()

    def _read(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._lines.put(line)

    def wait_until_ready(self) -> None:
        """Wait until it listens."""
        while not (line := self._stderr.readline().decode()).startswith("Listening to "):
            assert line, self.process.wait(PATIENCE)
            self.notes.append(line)
        self._threads.append(Thread(target=self._read_notes, daemon=True))
        self._threads[1].start()

    def _read_notes(self) -> None:
        for line in self._stderr:
            self.notes.append(line.decode())

    def kill(self) -> None:
        """End it, and what reads its output, before that is closed."""
        self.process.kill()
        for thread in self._threads:
            thread.join(PATIENCE)

    def next(self) -> Any:
        """Return the next delivery."""
        return json.loads(self._lines.get(timeout=PATIENCE))

    def take(self, number: int) -> list[Any]:
        """Return the next deliveries."""
        return [self.next() for _ in range(number)]

    def waiting(self) -> list[Any]:
        """Return the deliveries that have come and weren't taken."""
        found = []
        while True:
            try:
                found.append(json.loads(self._lines.get_nowait()))
            except Empty:
                return found

    def interrupt(self) -> int:
        """Press Ctrl-C, and return the status."""
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> int:
        """Wait for the end, and return the status."""
        status = self.process.wait(PATIENCE)
        for thread in self._threads:
            thread.join(PATIENCE)
        return status


@contextmanager
def listening(signalcli: SignalCli, *arguments: str) -> Iterator[Listening]:
    """Listen in another process until the block ends."""
    command = ("listen", *arguments, "--json")
    with signalcli.start(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        listener = Listening(process)
        try:
            listener.wait_until_ready()
            yield listener
        finally:
            listener.kill()


def publish_raw(address: RelayAddress, *messages: tuple[str, bytes]) -> None:
    """Publish messages as another program would: subjects and bytes."""

    async def publish() -> None:
        async with connected(address, "test") as connection:
            for subject, data in messages:
                await connection.client.publish(subject, data)

    asyncio.run(publish())
