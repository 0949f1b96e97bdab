"""What signalcli needs of ``nats-py``: a client that keeps secrets, acknowledgements, and the streams.

This module imports ``nats``, which takes longer than most commands.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, TypeAlias

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import SecureConnWantedError
from nats.js.api import DiscardPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NoStreamResponseError
from nats.protocol.parser import ERR_RE

from signalcli.relay.subjects import (
    DEAD_PREFIX,
    DEAD_STREAM,
    EVERY_SIGNAL,
    LISTENER_PREFIX,
    LISTENER_STREAM,
    RETRY_PREFIX,
    STREAM,
)

MAX_AGE = 7 * 86_400.0
"""seconds that a new stream keeps a message."""
MAX_BYTES = 2**30
"""bytes that a new stream holds. A full one refuses further messages."""
DUPLICATE_WINDOW = 120.0
"""seconds in which a stream drops a second message of one id."""
PRESENCE_SECONDS = 45.0
"""seconds after its last announcement that a listener is forgotten."""


def stream_configs() -> list[StreamConfig]:
    """Return the configurations of new streams: for sends, dead letters and announcements."""
    kept: dict[str, Any] = {
        "storage": StorageType.FILE,
        "discard": DiscardPolicy.NEW,
        "max_age": MAX_AGE,
        "max_bytes": MAX_BYTES,
        "duplicate_window": DUPLICATE_WINDOW,
    }
    announcements = StreamConfig(
        name=LISTENER_STREAM,
        subjects=[f"{LISTENER_PREFIX}.*"],
        storage=StorageType.MEMORY,
        max_age=PRESENCE_SECONDS,
        max_msgs_per_subject=1,
    )
    return [
        StreamConfig(name=STREAM, subjects=[EVERY_SIGNAL, f"{RETRY_PREFIX}.>"], **kept),
        StreamConfig(name=DEAD_STREAM, subjects=[f"{DEAD_PREFIX}.>"], **kept),
        announcements,
    ]


class SecureClient(Client):
    """A client that ends the connection, before it sends a secret, if the server has no TLS."""

    wants_tls = False
    last_words = ""
    """The server's last error as it came. ``nats-py`` lower-cases it, and the subject that it names."""

    async def _process_err(self, err_msg: str) -> None:
        found = ERR_RE.match(self._ps.buf)
        self.last_words = found[1].decode() if found is not None and found[1] else err_msg
        await super()._process_err(err_msg)

    def _connect_command(self) -> bytes:
        if self.wants_tls and not self._server_info.get("tls_required"):
            raise SecureConnWantedError
        return super()._connect_command()

    def close_inherited_socket(self) -> None:
        """Close the socket in a child that forked off, so that the server notices the parent's end."""
        writer = getattr(self._transport, "_io_writer", None)
        if writer is not None:
            writer.get_extra_info("socket")._sock.close()


_OF_ERRORS = ("code", "description", "err_code")
PublishAnswer: TypeAlias = dict[str, Any] | Exception
"""The stream's answer to a published message, or the error that it answered."""


class Acknowledgements:
    """The answers of the stream to published messages.

    ``publish_async`` of ``nats-py`` waits for an answer that is an error until its time is over. Answers are
    passed to functions, because futures would take a tenth of the time of a message.

    :param most: the messages that may be unanswered at once.
    """

    def __init__(self, client: Client, most: int) -> None:
        self._client = client
        self._room = asyncio.Semaphore(most)
        self._waiting: dict[str, Callable[[PublishAnswer], object]] = {}
        self._inbox = client.new_inbox()
        self._number = 0

    async def subscribe(self) -> None:
        """Start to listen for answers."""
        await self._client.subscribe(f"{self._inbox}.*", cb=self._take)

    async def publish(
        self, subject: str, data: bytes, message_id: str, take: Callable[[PublishAnswer], object]
    ) -> str:
        """Publish a message, once there is room, and return a token for :meth:`forget`.

        :param take: called once with the answer, which may come before this returns.
        """
        await self._room.acquire()
        self._number += 1
        token = str(self._number)
        self._waiting[token] = take
        headers = {"Nats-Msg-Id": message_id}
        try:
            await self._client.publish(subject, data, f"{self._inbox}.{token}", headers)
        except BaseException:
            self.forget(token)
            raise
        return token

    def forget(self, token: str) -> None:
        """Wait no more for an answer."""
        if self._waiting.pop(token, None) is not None:
            self._room.release()

    async def _take(self, message: Msg) -> None:
        take = self._waiting.pop(message.subject.rpartition(".")[2], None)
        if take is None:
            return
        self._room.release()
        if (message.headers or {}).get("Status") == "503":
            take(NoStreamResponseError())
            return
        document = json.loads(message.data.decode())
        error = document.get("error")
        take(document if error is None else APIError(**{key: error.get(key) for key in _OF_ERRORS}))
