"""Real NATS servers for the tests, each with its own directory and port."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from signalcli.relay.address import RelayAddress
from signalcli.relay.connection import ServerConnection
from signalcli.relay.server import find_engine

T = TypeVar("T")

PATIENCE = 20.0
"""seconds: how long to wait for what never comes."""


class NatsServer:
    """A server of a test, which can be killed and started again."""

    def __init__(
        self,
        directory: Path,
        configuration: str = "",
        *,
        jetstream: bool = True,
        host: str = "127.0.0.1",
    ) -> None:
        self.directory = directory
        self.port = free_port()
        store = (
            f"jetstream {{ store_dir: {json.dumps(str(directory / 'data'))} }}\n"
            if jetstream
            else ""
        )
        self._file = directory / "nats.conf"
        self._file.write_text(
            f"host: {host}\nport: {self.port}\n{store}{configuration}", encoding="utf-8"
        )
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def address(self) -> RelayAddress:
        return RelayAddress((self.url,))

    def start(self) -> None:
        """Start the server, and wait until it greets."""
        self.process = subprocess.Popen(
            [find_engine(), "-c", self._file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + PATIENCE
        while not self._greets():
            assert self.process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server doesn't greet"
            time.sleep(0.01)

    def _greets(self) -> bool:
        try:
            with closing(socket.create_connection(("127.0.0.1", self.port), 1)) as connection:
                return connection.recv(5) == b"INFO "
        except OSError:
            return False

    def ask(self, question: Callable[[ServerConnection], Awaitable[T]]) -> T:
        """Run a coroutine function with a connection, after the streams were made, and return its result."""

        async def work() -> T:
            async with connected(self.address, "test") as connection:
                await connection.ensure_streams()
                return await question(connection)

        return asyncio.run(asyncio.wait_for(work(), 30))

    def pause(self) -> None:
        """Stop the server's process, and wait until it has stopped."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def resume(self) -> None:
        """Let a paused server go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill the server as a power failure would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def nats_server(directory: Path, configuration: str = "", **options: Any) -> Iterator[NatsServer]:
    """Run a NATS server until the block ends.

    :param configuration: further lines of its configuration.
    :param options: those of :class:`NatsServer`.
    """
    directory.mkdir(exist_ok=True)
    server = NatsServer(directory, configuration, **options)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def free_port() -> int:
    """Return a port that no program uses."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def connected(
    address: RelayAddress, name: str, on_event: Callable[[str], None] = lambda text: None
) -> AsyncIterator[ServerConnection]:
    """Connect to a server while the block runs. See :class:`ServerConnection`."""
    connection = ServerConnection(address, name, on_event)
    await connection.open()
    try:
        yield connection
    finally:
        await connection.close()
