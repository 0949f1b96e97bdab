"""What signalcli needs of ``nats-py``: a client that keeps secrets, acknowledgements, and the streams.

This module imports ``nats``, which takes longer than most commands.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import SecureConnWantedError
from nats.js.api import DiscardPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NoStreamResponseError

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

    def _connect_command(self) -> bytes:
        if self.wants_tls and not self._server_info.get("tls_required"):
            raise SecureConnWantedError
        return super()._connect_command()

    def close_inherited_socket(self) -> None:
        """Close the socket in a child that forked off, so that the server notices the parent's end."""
        writer = getattr(self._transport, "_io_writer", None)
        if writer is not None:
            writer.get_extra_info("socket")._sock.close()


class Acknowledgements:
    """The answers of the stream to published messages, each a future.

    ``publish_async`` of ``nats-py`` waits for an answer that is an error until its time is over.

    :param most: the messages that may be unanswered at once.
    """

    def __init__(self, client: Client, most: int) -> None:
        self._client = client
        self._room = asyncio.Semaphore(most)
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._inbox = client.new_inbox()
        self._number = 0

    async def subscribe(self) -> None:
        """Start to listen for answers."""
        await self._client.subscribe(f"{self._inbox}.*", cb=self._take)

    async def publish(
        self, subject: str, data: bytes, message_id: str
    ) -> asyncio.Future[dict[str, Any]]:
        """Publish a message, once there is room, and return the future of its answer."""
        await self._room.acquire()
        self._number += 1
        token = str(self._number)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(lambda _: self._end(token))
        self._waiting[token] = answer
        headers = {"Nats-Msg-Id": message_id}
        try:
            await self._client.publish(subject, data, f"{self._inbox}.{token}", headers)
        except BaseException:
            answer.cancel()
            raise
        return answer

    def _end(self, token: str) -> None:
        del self._waiting[token]
        self._room.release()

    async def _take(self, message: Msg) -> None:
        answer = self._waiting.get(message.subject.rpartition(".")[2])
        if answer is None or answer.done():
            return
        if (message.headers or {}).get("Status") == "503":
            answer.set_exception(NoStreamResponseError())
            return
        document = json.loads(message.data)
        if "error" in document:
            answer.set_exception(APIError(**_known(document["error"])))
        else:
            answer.set_result(document)


def _known(error: dict[str, Any]) -> dict[str, Any]:
    return {key: error[key] for key in ("code", "description", "err_code") if key in error}
