"""Connections to real NATS servers, and the sentence for each of their errors."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from nats.errors import Error as NatsError

from signalcli.errors import RelayError, UsageError
from signalcli.relay.address import RelayAddress
from signalcli.relay.connection import ServerConnection, StoredMessage
from signalcli.relay.failures import failure_sentence
from signalcli.relay.subjects import DEAD_STREAM, EVERY_SIGNAL, PREFIX, STREAM
from tests.support.nats_credentials import new_credentials
from tests.support.nats_servers import NatsServer, connected, free_port, nats_server

KING = f"{PREFIX}.king"


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, 30))


async def publish(
    address: RelayAddress, data: bytes = b"{}", message_id: str = "a"
) -> StoredMessage:
    async with connected(address, "test") as connection:
        await connection.ensure_streams()
        return await connection.publish(KING, data, message_id)


def refusal(address: RelayAddress, data: bytes = b"{}") -> str:
    with pytest.raises(RelayError) as refused:
        run(publish(address, data))
    sentence = str(refused.value)
    assert sentence.endswith((".", "serve", "-js", "FILE", "://")), sentence
    return sentence


def test_a_message_is_stored_once(server: NatsServer) -> None:
    first = run(publish(server.address, message_id="once"))
    again = run(publish(server.address, message_id="once"))

    assert (first.is_duplicate, again) == (False, StoredMessage(first.sequence, is_duplicate=True))


def test_existing_streams_keep_their_configuration(server: NatsServer) -> None:
    async def work(connection: ServerConnection) -> Any:
        config = (await connection.jetstream.stream_info(STREAM)).config
        config.max_bytes = 4096
        await connection.jetstream.update_stream(config)
        await connection.ensure_streams()
        kept = (await connection.jetstream.stream_info(STREAM)).config.max_bytes
        await connection.jetstream.delete_stream(STREAM)
        return kept

    assert server.ask(work) == 4096


def test_a_question_without_listeners_ends_at_once(server: NatsServer) -> None:
    async def work(connection: ServerConnection) -> list[Any]:
        return [answer async for answer in connection.ask("nobody.listens", b"", 3600)]

    assert server.ask(work) == []


def test_every_listener_answers_a_question(server: NatsServer) -> None:
    async def answer(message: Any) -> None:
        await message.respond(b"I")

    async def work() -> list[bytes]:
        async with connected(server.address, "a") as one, connected(server.address, "b") as other:
            for connection in (one, other):
                await connection.client.subscribe("who", cb=answer)
                await connection.confirm_subscriptions()
            return [answer.data async for answer in one.ask("who", b"", 0.5)]

    assert run(work()) == [b"I", b"I"]


def test_no_server_answers() -> None:
    address = RelayAddress.parse(f"nats://127.0.0.1:{free_port()}")

    assert refusal(address).startswith(f"No NATS server answers at {address}: ")


def test_no_such_host() -> None:
    assert "No NATS server answers at nats://nowhere.invalid:4222" in refusal(
        RelayAddress.parse("nats://nowhere.invalid")
    )


def test_the_first_server_that_answers_is_used(server: NatsServer) -> None:
    address = RelayAddress((f"nats://127.0.0.1:{free_port()}", server.url))

    assert run(publish(address)).sequence > 0


def test_a_wrong_password(tmp_path: Path) -> None:
    with nats_server(tmp_path, 'authorization { user: king, password: "right" }') as server:
        wrong = refusal(server.address._replace(user="king", password="wrong"))
        missing = refusal(server.address)
        right = run(publish(server.address._replace(user="king", password="right")))

    assert wrong == missing
    assert wrong.startswith(f"The server at {server.url}:".removesuffix(":")), wrong
    assert "refused the user, password, token or credentials" in wrong
    assert "wrong" not in wrong
    assert not right.is_duplicate


def test_a_file_of_credentials_that_is_none(server: NatsServer, tmp_path: Path) -> None:
    path = tmp_path / "shop.creds"
    path.write_text("no credentials", encoding="utf-8")

    with pytest.raises(UsageError, match=r"shop\.creds' has no credentials of a NATS user"):
        run(publish(server.address._replace(creds=str(path))))


def test_a_server_that_refuses_closes_the_connection_too() -> None:
    lost = ConnectionResetError(104, "Connection reset by peer")
    lost.__context__ = NatsError("nats: 'Authorization Violation'")

    sentence = failure_sentence(lost, None, RelayAddress(("nats://127.0.0.1:4222",)))

    assert "refused the user, password, token" in sentence


def test_a_server_without_jetstream(tmp_path: Path) -> None:
    with nats_server(tmp_path, jetstream=False) as server:
        assert "has no JetStream" in refusal(server.address)


def test_a_message_that_is_too_large(server: NatsServer) -> None:
    sentence = refusal(server.address, b" " * (2**20 + 1))

    assert "The message has 1,048,577 bytes" in sentence
    assert "at most 1,048,576" in sentence


def test_a_full_stream(server: NatsServer) -> None:
    async def work(connection: ServerConnection) -> None:
        config = (await connection.jetstream.stream_info(STREAM)).config
        config.max_bytes = 2000
        await connection.jetstream.update_stream(config)
        try:
            for number in range(50):
                await connection.publish(KING, b" " * 100, f"full-{number}")
        finally:
            await connection.jetstream.delete_stream(STREAM)

    with pytest.raises(RelayError, match="has no room for the message: maximum bytes exceeded"):
        server.ask(work)


def test_a_subject_that_the_user_may_not_publish_to(tmp_path: Path) -> None:
    permissions = f"""
    accounts {{ A {{ jetstream: enabled, users: [
      {{ user: admin, password: a }}
      {{ user: shop, password: s, permissions: {{
        publish: ["{PREFIX}.order", "$JS.API.STREAM.INFO.*"], subscribe: "_INBOX.>" }} }}
    ] }} }}
    """
    with nats_server(tmp_path, permissions) as server:
        run(publish(server.address._replace(user="admin", password="a")))
        sentence = refusal(server.address._replace(user="shop", password="s"))

    assert sentence == f"The server at {server.url} doesn't permit this user to use {KING}."


def test_a_stream_that_the_user_may_not_create(tmp_path: Path) -> None:
    permissions = """
    accounts { A { jetstream: enabled, users: [
      { user: shop, password: s, permissions: {
        publish: ["$JS.API.STREAM.INFO.*"], subscribe: "_INBOX.>" } }
    ] } }
    """
    with nats_server(tmp_path, permissions) as server:
        sentence = refusal(server.address._replace(user="shop", password="s"))

    assert "doesn't permit this user to use $JS.API.STREAM.CREATE.SIGNALCLI." in sentence


def test_a_subject_is_named_as_it_was_asked_for(tmp_path: Path) -> None:
    permissions = """authorization { users: [
      { user: shop, password: s, permissions: { subscribe: { deny: "Zoo.>" } } } ] }"""

    async def subscribe(address: RelayAddress) -> None:
        async def take(message: Any) -> None: ...

        async with connected(address, "test") as connection:

            async def work() -> None:
                await connection.client.subscribe("Zoo.King", queue="Some", cb=take)

            await connection.subscribed(work())

    with (
        nats_server(tmp_path, permissions) as server,
        pytest.raises(RelayError, match=r"permit this user to use Zoo\.King\.$"),
    ):
        run(subscribe(server.address._replace(user="shop", password="s")))


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """A server with a certificate that it has signed itself, ``cert.pem`` in its directory."""
    directory = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 "
        "-subj /CN=relay -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(command.split(), check=True, capture_output=True, cwd=directory)
    tls = f'tls {{ cert_file: "{directory}/cert.pem", key_file: "{directory}/key.pem" }}'
    with nats_server(directory, tls) as server:
        yield server


def test_a_certificate_that_is_not_trusted(tls_server: NatsServer) -> None:
    url = tls_server.url.replace("nats:", "tls:")

    assert (
        refusal(RelayAddress((url,)))
        == f"The certificate of {url} isn't trusted: self-signed certificate."
    )


def test_a_certificate_that_is_trusted(
    tls_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls_server.directory / "cert.pem"))

    assert run(publish(RelayAddress((tls_server.url.replace("nats:", "tls:"),)))).sequence > 0


def test_a_file_of_credentials(tmp_path: Path) -> None:
    right, wrong = new_credentials(), new_credentials()
    path = tmp_path / "shop.creds"
    with nats_server(tmp_path / "nats", right.configuration) as server:
        address = server.address._replace(creds=str(path))
        path.write_text(right.text, encoding="utf-8")
        stored = run(publish(address))
        path.write_text(wrong.text, encoding="utf-8")
        sentence = refusal(address)

    assert stored.sequence > 0
    assert "refused the user, password, token or credentials" in sentence


def test_tls_is_asked_of_a_server_without_it(server: NatsServer) -> None:
    url = server.url.replace("nats:", "tls:")

    assert refusal(RelayAddress((url,), token="secret")) == (
        f"The server at {url} has no TLS, which tls:// asks for. Nothing was sent to it."
    )


def test_a_server_that_ends_and_comes_back_is_found_again(nats: NatsServer) -> None:
    events: list[str] = []

    async def work() -> StoredMessage:
        async with connected(nats.address, "test", events.append) as connection:
            await connection.ensure_streams()
            await connection.publish(KING, b"{}", "before")
            nats.kill()
            while not events:
                await asyncio.sleep(0.01)
            nats.start()
            while len(events) < 2:
                await asyncio.sleep(0.01)
            return await connection.publish(KING, b"{}", "after")

    assert run(work()).sequence == 2, "what was acknowledged is still there"
    assert events == [
        f"The connection to {nats.url} is lost. Connecting again…",
        f"Connected to {nats.url} again.",
    ]


def test_a_server_that_is_connected_and_silent(nats: NatsServer) -> None:
    async def work(connection: ServerConnection) -> None:
        nats.pause()
        try:
            await connection.publish(KING, b"{}", "a")
        finally:
            nats.resume()

    sentence = rf"^The server at {nats.url} did not answer within 5 s\.$"
    with pytest.raises(RelayError, match=sentence):
        nats.ask(work)


def test_both_streams_are_made_with_one_subject_space_each(server: NatsServer) -> None:
    async def work(connection: ServerConnection) -> dict[str, Any]:
        for name in (STREAM, DEAD_STREAM):
            await connection.jetstream.delete_stream(name)
        await connection.ensure_streams()
        infos = [await connection.jetstream.stream_info(name) for name in (STREAM, DEAD_STREAM)]
        return {str(info.config.name): info.config.subjects for info in infos}

    assert server.ask(work) == {
        STREAM: [EVERY_SIGNAL, "signalcli.retry.>"],
        DEAD_STREAM: ["signalcli.dead.>"],
    }
