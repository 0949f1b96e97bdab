"""Three servers with a replicated stream: one of them is killed, and nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from blinker import Signal

from signalcli.errors import RelayError
from signalcli.relay import Relay
from signalcli.relay.address import RelayAddress
from signalcli.relay.connection import ServerConnection
from signalcli.relay.listening.pulling import stored_messages
from signalcli.relay.subjects import PREFIX, STREAM
from tests.support.nats_servers import NatsServer, connected, free_port, nats_server
from tests.support.relays import until

pytestmark = pytest.mark.slow
SENDS = 300


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[list[NatsServer]]:
    """Three servers of one cluster."""
    ports = [free_port() for _ in range(3)]
    routes = ", ".join(f"nats://127.0.0.1:{port}" for port in ports)
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                nats_server(
                    tmp_path / f"nats-{number}",
                    f"server_name: relay-{number}\n"
                    f"cluster {{ name: relay, listen: 127.0.0.1:{port}, routes: [{routes}] }}",
                )
            )
            for number, port in enumerate(ports)
        ]


async def until_done(connection: ServerConnection, number: int) -> None:
    """Publish a message, again under its id until it is acknowledged."""
    while True:
        try:
            await connection.publish(f"{PREFIX}.king", json.dumps(number).encode(), f"id-{number}")
        except RelayError:
            await asyncio.sleep(0.1)
        else:
            return


async def replicated(connection: ServerConnection) -> str:
    """Create the streams, replicate that of the sends, and return the name of its leader."""
    is_asked = False
    while True:
        try:
            await connection.ensure_streams()
            with connection.sentences():
                info = await connection.jetstream.stream_info(STREAM)
                if not is_asked:
                    info.config.num_replicas = 3
                    await connection.jetstream.update_stream(info.config)
                    is_asked = True
        except RelayError:  # the servers are still choosing their leader
            await asyncio.sleep(0.2)
            continue
        cluster = info.cluster
        replicas = (cluster.replicas or []) if cluster is not None else []
        if (
            cluster is not None
            and cluster.leader
            and [one.current for one in replicas] == [True] * 2
        ):
            return cluster.leader
        await asyncio.sleep(0.2)


async def stored(connection: ServerConnection) -> list[int]:
    """Return the messages of the stream, once the servers have chosen who answers."""
    while True:
        try:
            return [
                json.loads(message.data) async for message in stored_messages(connection, STREAM)
            ]
        except RelayError:
            await asyncio.sleep(0.2)


def test_a_leader_that_is_killed_loses_nothing_that_was_acknowledged(
    cluster: list[NatsServer],
) -> None:
    address = RelayAddress(tuple(server.url for server in cluster))

    async def work() -> list[int]:
        async with connected(address, "test") as connection:
            leader = await replicated(connection)
            for number in range(SENDS):
                if number == SENDS // 3:
                    cluster[int(leader.removeprefix("relay-"))].kill()
                await until_done(connection, number)
            return await stored(connection)

    assert asyncio.run(asyncio.wait_for(work(), 120)) == list(range(SENDS))


def test_relays_of_applications_go_on_when_the_leader_is_killed(
    cluster: list[NatsServer],
) -> None:
    address = RelayAddress(tuple(server.url for server in cluster))

    async def leader() -> str:
        async with connected(address, "test") as connection:
            return await replicated(connection)

    killed = cluster[int(asyncio.run(asyncio.wait_for(leader(), 60)).removeprefix("relay-"))]
    urls = ",".join(address.servers)
    shop, mail = Relay(urls, name="shop"), Relay(urls, name="mail")
    order, received, heard = Signal(), Signal(), list[int]()
    shop.publish(order, name="order")
    mail.receive(received, name="order", durable="mail", ack_wait=2)
    received.connect(lambda sender, n: heard.append(n), weak=False)
    assert mail.start(20) and shop.start(20)
    try:
        for number in range(SENDS):
            if number == SENDS // 3:
                killed.kill()
            order.send(n=number)
            time.sleep(0.01)

        assert shop.flush(60)
        until(lambda: set(heard) == set(range(SENDS)), 60)
        assert shop.state.dropped == shop.state.refused == 0
    finally:
        shop.stop()
        mail.stop()
