"""A connection to NATS, and the streams that hold what is sent.

Every error of ``nats-py``, some of which have no text, becomes a RelayError of one sentence.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from signalcli.errors import RelayError, UsageError
from signalcli.files import reason_of
from signalcli.language.phrases import phrase
from signalcli.relay.address import RelayAddress
from signalcli.text import path_from

if TYPE_CHECKING:
    from nats.aio.msg import Msg
    from nats.js import JetStreamContext
    from nats.js.api import StreamConfig

    from signalcli.relay.client import PublishAnswer, SecureClient

    Acknowledgement: TypeAlias = asyncio.Future[dict[str, Any]]
    """The future of the stream's answer to a published message."""

T = TypeVar("T")

CONNECT_SECONDS = 4.0
ANSWER_SECONDS = 5.0
"""seconds that the server has to answer one request."""
MOST_UNACKNOWLEDGED = 1000
"""messages that a publisher sends ahead of their acknowledgements."""
OLDEST_SERVER = (2, 10)
PACKAGE = "nats-py[nkeys]>=2.14"
"""What pip installs for the relay, as in the extra ``relay``."""


class StoredMessage(NamedTuple):
    """The engine's acknowledgement of a message."""

    sequence: int
    is_duplicate: bool


class ServerConnection:
    """A connection to a NATS server with JetStream. Its methods raise RelayError.

    It reconnects by itself, for as long as it takes.

    :param name: what the server calls this client.
    :param on_event: called with a sentence when the connection is lost, is back, or drops messages.
    """

    def __init__(
        self, address: RelayAddress, name: str, on_event: Callable[[str], None] = lambda text: None
    ) -> None:
        self.address = address
        self._name = name
        self._on_event = on_event
        self._last_error: Exception | None = None
        self._failures = 0
        self._denied: asyncio.Future[str] | None = None
        self._is_lost = False
        self._asking = 0
        """operations that a denied permission would leave without an answer."""

    async def open(self) -> None:
        """Connect, and check the server's version."""
        from signalcli.relay.client import Acknowledgements, SecureClient

        self.client: SecureClient = SecureClient()
        self.client.wants_tls = self._wants_tls
        self._tried = asyncio.Event()
        self._denied = asyncio.get_running_loop().create_future()
        connecting = asyncio.ensure_future(self.client.connect(**self._options()))
        tried = asyncio.ensure_future(self._tried.wait())
        try:
            with self.sentences():
                await asyncio.wait(
                    (connecting, tried), timeout=CONNECT_SECONDS, return_when="FIRST_COMPLETED"
                )
                if not connecting.done():
                    raise self._last_error or TimeoutError
                await connecting
        except ValueError as error:  # of nkeys; its text may quote the secret
            raise RelayError(
                "The file of credentials '{file}' isn't valid.", file=self.address.creds
            ) from error
        finally:
            for task in (connecting, tried):
                task.cancel()
            await asyncio.gather(connecting, tried, return_exceptions=True)
        version = self.client.connected_server_version
        if (version.major, version.minor) < OLDEST_SERVER:
            await self.close()
            raise RelayError(
                "The server at {address} is NATS {version}, and signalcli needs 2.10 or newer.",
                address=str(self.address),
                version=self.server_version,
            )
        self.jetstream: JetStreamContext = self.client.jetstream(timeout=ANSWER_SECONDS)
        self._acknowledgements = Acknowledgements(self.client, MOST_UNACKNOWLEDGED)
        with self.sentences():
            await self._acknowledgements.subscribe()

    @property
    def server_version(self) -> str:
        """The version of the connected server."""
        version = self.client.connected_server_version
        return f"{version.major}.{version.minor}.{version.patch}"

    def _options(self) -> dict[str, Any]:
        address = self.address
        options: dict[str, Any] = {
            "servers": address.urls,
            "name": self._name,
            "connect_timeout": 3,
            "reconnect_time_wait": 0.5,
            "max_reconnect_attempts": -1,
            "error_cb": self._note_error,
            "disconnected_cb": self._note_lost,
            "reconnected_cb": self._note_back,
        }
        secrets = {"user": address.user, "password": address.password, "token": address.token}
        options |= {name: secret for name, secret in secrets.items() if secret is not None}
        if self._wants_tls:
            import ssl

            options["tls"] = ssl.create_default_context()
        if address.creds is not None:
            options["user_credentials"] = _checked_credentials(address.creds)
        return options

    @property
    def _wants_tls(self) -> bool:
        return any(server.startswith("tls:") for server in self.address.servers)

    async def close(self) -> None:
        """Send what is waiting to be sent, and disconnect."""
        if self.client.is_connected:
            with self.sentences():
                await self.client.flush(2)
        with suppress(OSError):  # the connection is lost already
            await self.client.close()

    async def _note_error(self, error: Exception) -> None:
        self._last_error = error
        if not self.client.is_connected:
            self._failures += 1
            if self._failures >= len(self.address.servers):
                self._tried.set()
        text = str(error)
        if "permissions violation" in text.lower():
            named = re.search('"([^"]+)"', self.client.last_words)
            subject = phrase("a subject") if named is None else named[1]
            sentence = phrase(
                "The server at {address} doesn't permit this user to use {subject}.",
                address=str(self.address),
                subject=subject,
            )
            if self._asking and self._denied is not None and not self._denied.done():
                self._denied.set_result(sentence)
            else:
                self._on_event(sentence)
        elif "slow consumer" in text:
            self._on_event(
                phrase("Messages were dropped, because they came faster than they were taken.")
            )

    async def _note_lost(self) -> None:
        if not self._is_lost and not self.client.is_closed:
            self._is_lost = True
            self._on_event(
                phrase(
                    "The connection to {address} is lost. Connecting again…",
                    address=str(self.address),
                )
            )

    async def _note_back(self) -> None:
        self._is_lost = False
        self._on_event(phrase("Connected to {address} again.", address=str(self.address)))

    async def ensure_streams(self) -> None:
        """Create the streams that don't exist. An existing one keeps its configuration."""
        from nats.js import errors

        from signalcli.relay.client import stream_configs

        async def ensure(config: StreamConfig) -> None:
            try:
                await self.jetstream.stream_info(str(config.name))
            except errors.NotFoundError:
                await self.jetstream.add_stream(config)

        for config in stream_configs():
            await self.permitted(ensure(config))

    async def permitted(self, operation: Awaitable[T]) -> T:
        """Return the result of requests, or raise RelayError, also once the server denies permission.

        The server answers a denied request with nothing but an error of the connection.
        """
        denied = self._denied
        assert denied is not None, "the connection is open"
        task = asyncio.ensure_future(operation)
        self._asking += 1
        try:
            await asyncio.wait((task, denied), return_when="FIRST_COMPLETED")
            self._raise_if(denied)
            with self.sentences():
                return await task
        finally:
            self._asking -= 1
            task.cancel()

    def _raise_if(self, denied: asyncio.Future[str]) -> None:
        if denied.done():
            if self._denied is denied:
                self._denied = asyncio.get_running_loop().create_future()
            raise RelayError(denied.result())

    async def subscribed(self, subscribing: Awaitable[None]) -> None:
        """Subscribe, and raise RelayError if the server denies permission. Only a denied one is answered.

        Unlike :meth:`permitted` this cancels nothing, because ``nats-py`` can't cancel a flush.
        """
        denied = self._denied
        assert denied is not None, "the connection is open"
        self._asking += 1
        try:
            await subscribing
            await self.confirm_subscriptions()
        finally:
            self._asking -= 1
        self._raise_if(denied)

    async def confirm_subscriptions(self) -> None:
        """Wait until the server has taken the subscriptions so far, or denied them."""
        with self.sentences():
            await self.client.flush()  # its PING may overtake what waits to be written
            await self.client.flush()

    async def publish(self, subject: str, data: bytes, message_id: str) -> StoredMessage:
        """Publish a message, and wait until it is stored."""
        return (await self.stored(await self.start_publish(subject, data, message_id)))[0]

    async def start_publish(self, subject: str, data: bytes, message_id: str) -> Acknowledgement:
        """Publish a message, and return the future of its acknowledgement, for :meth:`stored`.

        See :meth:`hand_over`.
        """
        answer: Acknowledgement = asyncio.get_running_loop().create_future()
        await self.hand_over(subject, data, message_id, partial(_settle, answer))
        return answer

    async def hand_over(
        self, subject: str, data: bytes, message_id: str, take: Callable[[PublishAnswer], object]
    ) -> str:
        """Publish a message, and return a token for :meth:`forget`.

        This waits while ``MOST_UNACKNOWLEDGED`` messages aren't acknowledged yet.

        :param take: called once with the acknowledgement or an error, which may be before this returns.
        """
        if len(data) > self.client.max_payload:
            raise RelayError(
                "The message has {length:,} bytes, and the server at {address} takes at most {most:,}.",
                length=len(data),
                address=str(self.address),
                most=self.client.max_payload,
            )
        try:  # entering sentences() for each message would take a tenth of its time
            return await self._acknowledgements.publish(subject, data, message_id, take)
        except BaseException:
            with self.sentences():
                raise

    def forget(self, token: str) -> None:
        """Stop waiting for an acknowledgement."""
        self._acknowledgements.forget(token)

    async def stored(self, *acknowledgements: Acknowledgement) -> list[StoredMessage]:
        """Wait until all of some published messages are stored."""
        answers = await self.permitted(_in_order(acknowledgements))
        return [StoredMessage(answer["seq"], bool(answer.get("duplicate"))) for answer in answers]

    async def send(self, subject: str, data: bytes, reply: str = "") -> None:
        """Send a message that isn't stored: a receipt or a question."""
        with self.sentences():
            await self.client.publish(subject, data, reply=reply)

    async def ask(self, subject: str, data: bytes, seconds: float) -> AsyncIterator[Msg]:
        """Ask every process that listens to a subject, and yield their answers until the time is over.

        If no process listens, this ends at once.
        """
        from nats.errors import TimeoutError as NatsTimeout

        with self.sentences():
            inbox = self.client.new_inbox()
            answers = await self.client.subscribe(inbox)
            await self.client.publish(subject, data, reply=inbox)
            end = asyncio.get_running_loop().time() + seconds
            try:
                while (left := end - asyncio.get_running_loop().time()) > 0:
                    try:
                        answer = await answers.next_msg(left)
                    except NatsTimeout:
                        return
                    if (answer.headers or {}).get("Status") == "503":
                        return
                    yield answer
            finally:
                await answers.unsubscribe()

    @contextmanager
    def sentences(self) -> Iterator[None]:
        """Turn each error of ``nats-py`` in the block into a RelayError."""
        from nats.errors import Error

        try:
            yield
        except (Error, OSError, asyncio.TimeoutError) as error:
            raise RelayError(self.sentence_for(error)) from error

    def sentence_for(self, error: BaseException) -> str:
        """Return the sentence for an error of ``nats-py``."""
        if isinstance(error, asyncio.TimeoutError) and self.client.is_connected:
            return phrase(
                "The server at {address} did not answer within {seconds:g} s.",
                address=str(self.address),
                seconds=ANSWER_SECONDS,
            )
        from signalcli.relay.failures import failure_sentence

        return failure_sentence(error, self._last_error, self.address)


def check_nats() -> None:
    """Raise RelayError if ``nats-py`` isn't installed."""
    from importlib.util import find_spec

    if find_spec("nats") is None:
        raise RelayError(
            "The relay needs the package nats-py, which isn't installed. Install it: {command}",
            command=f"pip install '{PACKAGE}'",
        )


def _settle(acknowledgement: Acknowledgement, answer: PublishAnswer) -> None:
    if acknowledgement.done():
        return
    if isinstance(answer, Exception):
        acknowledgement.set_exception(answer)
    else:
        acknowledgement.set_result(answer)


async def _in_order(acknowledgements: Sequence[Acknowledgement]) -> list[dict[str, Any]]:
    """Wait for each acknowledgement. A slow disk may take long for all, but not for the next one."""
    return [await asyncio.wait_for(one, ANSWER_SECONDS) for one in acknowledgements]


def _checked_credentials(name: str) -> str:
    """Return the path of a file of credentials. ``nats-py`` would read one that is none for ever."""
    path = path_from(os.path.expanduser(name))
    try:
        with open(path, "rb") as file:
            content = file.read(100_000)
    except OSError as error:
        raise UsageError(
            "The file of credentials '{file}' can't be read: {reason}.",
            file=name,
            reason=reason_of(error),
        ) from error
    if b"BEGIN NATS USER JWT" not in content or b"BEGIN USER NKEY SEED" not in content:
        raise UsageError("The file '{file}' has no credentials of a NATS user.", file=name)
    return path
