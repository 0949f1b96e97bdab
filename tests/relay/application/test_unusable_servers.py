"""Servers that a relay of an application can't use, or not yet: what is kept, refused, lost and logged."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from blinker import Signal

from signalcli.relay import Relay
from signalcli.relay.application.outbox import OutgoingSend
from signalcli.relay.connection import ServerConnection
from signalcli.relay.server import OwnServer, own_directory
from signalcli.relay.subjects import STREAM
from signalcli.values.signal_name import SignalName
from tests.support.cli import finished
from tests.support.nats_servers import NatsServer, nats_server
from tests.support.relays import MakeApplication, start, until


def test_a_send_that_cannot_be_written_is_refused_and_the_next_one_is_published(
    application: MakeApplication, caplog: pytest.LogCaptureFixture
) -> None:
    shop = application("shop")
    order = shop.signal(publish="unwritable/order")
    start(shop)

    shop.relay._outbox.put(
        OutgoingSend("1", SignalName("order"), None, {"a": object()}, 0.0, None, 0, ())
    )
    order.send("x")

    assert shop.relay.flush(10)
    state = shop.relay.state
    assert (state.is_connected, state.published, state.refused) == (True, 1, 1)
    assert "A send of 'order' can't be published: TypeError: Object of type" in caplog.text


@pytest.mark.parametrize("nats", ["max_payload: 2KB"], indirect=True)
def test_a_message_over_the_size_limit_is_refused(
    nats: NatsServer, application: MakeApplication, caplog: pytest.LogCaptureFixture
) -> None:
    shop = application("shop", nats)
    order = shop.signal(publish="order")
    start(shop)

    order.send(text="x" * 3000)
    order.send(text="x")

    assert shop.relay.flush()
    assert (shop.relay.state.published, shop.relay.state.refused) == (1, 1)
    assert "A send of 'order' can't be published: its message has 3," in caplog.text


def test_a_full_stream_keeps_sends_until_there_is_room(
    nats: NatsServer, application: MakeApplication, caplog: pytest.LogCaptureFixture
) -> None:
    async def limit(connection: ServerConnection, messages: int) -> None:
        config = (await connection.jetstream.stream_info(STREAM)).config
        config.max_msgs = messages
        await connection.jetstream.update_stream(config)

    nats.ask(lambda connection: limit(connection, 2))
    shop = application("shop", nats)
    order = shop.signal(publish="order")
    start(shop)
    for number in range(5):
        order.send(n=number)
    until(lambda: shop.relay.state.published == 2)
    assert not shop.relay.flush(0.5)

    nats.ask(lambda connection: limit(connection, 100))

    assert shop.relay.flush(20)
    state = shop.relay.state
    assert (state.published, state.dropped, state.refused) == (5, 0, 0)
    assert caplog.text.count("has no room for the message") == 1


def test_a_server_that_goes_away_and_comes_back(
    nats: NatsServer, application: MakeApplication
) -> None:
    shop, mail = application("shop", nats), application("mail", nats)
    order = shop.signal(publish="order")
    mail.signal(receive="order", durable="mail")
    start(mail, shop)
    order.send(n=0)
    until(lambda: mail.heard)

    nats.kill()
    results = [order.send(n=number) for number in range(1, 50)]
    nats.start()

    assert shop.relay.flush(30)
    until(lambda: len(mail.heard) >= 50)
    assert results == [[]] * 49
    assert [payload["n"] for _, payload in mail.heard] == list(range(50))


def test_a_server_that_is_not_there_yet(
    nats: NatsServer, application: MakeApplication, caplog: pytest.LogCaptureFixture
) -> None:
    nats.kill()
    shop = application("shop", nats)
    order = shop.signal(publish="order")
    shop.relay.start()
    order.send()
    until(lambda: f"No NATS server answers at {nats.url}" in caplog.text)
    nats.start()

    assert shop.relay.flush(20)


@pytest.mark.integration
def test_the_own_server_is_used_without_a_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("SIGNALCLI_VIA", raising=False)
    own, order = OwnServer(own_directory()), Signal()
    relay = Relay(name="shop")
    relay.publish(order, name="order")
    relay.start()
    order.send()
    until(lambda: "your own doesn't run. Start it: signalcli relay serve" in caplog.text)
    code = "from signalcli.relay.server import *; print(OwnServer(own_directory()).ensure().port)"
    port = finished([sys.executable, "-c", code]).stdout
    try:
        assert relay.flush(20)
        relay.stop()
        named = Relay(f"nats://127.0.0.1:{port.strip()}", name="named")
        named.publish(order, name="order")
        assert named.start(10), "the URL needs no token"
        named.stop()
    finally:
        own.stop()


def test_what_is_lost_at_the_end_is_logged(
    nats: NatsServer, application: MakeApplication, caplog: pytest.LogCaptureFixture
) -> None:
    shop = application("shop", nats)
    shop.relay.flush_seconds = 0.1
    order = shop.signal(publish="order")
    start(shop)

    nats.kill()
    for _ in range(3):
        order.send()
    shop.relay.stop()

    assert "Sends lost, because the server didn't store them in time: 3." in caplog.text


def test_a_user_without_permission(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    users = """authorization { users: [
      {user: all, password: a},
      {user: some, password: b, permissions: {publish: {deny: "signalcli.signal.secret"}}}] }"""
    with nats_server(tmp_path, users) as server:
        server_url, url = server.url, server.url.replace("://", "://some:b@")
        shop = Relay(url, name="shop", flush_seconds=0.1)
        secret, order = Signal(), Signal()
        shop.publish(secret, name="secret")
        shop.publish(order, name="order")
        assert shop.start(10)

        secret.send()
        order.send()

        until(lambda: shop.state.published == 1)
        until(lambda: "permit" in caplog.text)
        shop.stop()
    assert f"The server at {server_url} doesn't permit this user to use" in caplog.text
    assert "store them in time: 1." in caplog.text
