"""Take stored messages from a consumer of the stream, some at a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeout
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from signalcli.errors import RelayError
from signalcli.relay.connection import ServerConnection

EXPIRES = 30.0
"""seconds that the server keeps a request for messages."""
HEARTBEAT = 2.0
"""seconds between two signs of life of a request without messages."""
_LAST_WAIT = 0.02
"""seconds to wait for messages that the server has sent already."""
_NANOSECONDS = 1_000_000_000
_STORED_AT_ONCE = 500


class ConsumerGone(Exception):
    """The consumer doesn't exist any more."""


class Puller:
    """Ask a consumer for messages. After the connection was lost, it asks again by itself."""

    def __init__(self, connection: ServerConnection, stream: str, consumer: str) -> None:
        self._client = connection.client
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._inbox = self._client.new_inbox()
        self._coming: asyncio.Future[Msg] | None = None
        """The answer that is waited for."""

    async def start(self) -> None:
        """Start to listen for the answers."""
        self._answers = await self._client.subscribe(self._inbox)

    async def stop(self) -> None:
        """Take no more messages."""
        if self._coming is not None:
            self._coming.cancel()
        await self._answers.unsubscribe()

    async def rest(self) -> AsyncIterator[Msg]:
        """Yield the messages that have come, but weren't yielded by a :meth:`pull` that was cancelled."""
        with suppress(asyncio.TimeoutError):
            while True:
                message = await asyncio.wait_for(self._next(), _LAST_WAIT)
                if "Status" not in (message.headers or {}):
                    yield message

    async def _next(self) -> Msg:
        """Return the next answer. One that comes while this is cancelled is kept for the next call."""
        if self._coming is None:
            self._coming = asyncio.ensure_future(self._answers.next_msg(HEARTBEAT * 3))
            self._coming.add_done_callback(_take_exception)
        try:
            message: Msg = await asyncio.shield(self._coming)
        except NatsTimeout:
            self._coming = None
            raise
        self._coming = None
        return message

    async def pull(self, most: int, *, waits: bool = True) -> AsyncIterator[Msg]:
        """Yield at most some messages, each as soon as it comes.

        :param waits: whether to wait for messages when there are no more.
        :raises ConsumerGone: if the consumer doesn't exist.
        """
        request: dict[str, Any] = {"batch": most, "no_wait": True}
        if waits:
            expires, heartbeat = int(EXPIRES * _NANOSECONDS), int(HEARTBEAT * _NANOSECONDS)
            request = {"batch": most, "expires": expires, "idle_heartbeat": heartbeat}
        await self._client.publish(self._subject, json.dumps(request).encode(), self._inbox)
        left = most
        while left > 0:
            try:
                message = await self._next()
            except NatsTimeout:  # the request was lost with the connection
                return
            status = (message.headers or {}).get("Status")
            if status is None:
                left -= 1
                yield message
            elif status == "503" or (status == "409" and "deleted" in _description(message)):
                raise ConsumerGone
            elif status != "100":
                return


def _take_exception(answer: asyncio.Future[Msg]) -> None:
    """Keep asyncio from logging an exception that nothing waits for any more."""
    if not answer.cancelled():
        answer.exception()


def _description(message: Msg) -> str:
    return (message.headers or {}).get("Description", "").lower()


def temporary_consumer(subjects: Sequence[str], **settings: Any) -> ConsumerConfig:
    """Return the configuration of a consumer without acknowledgements, which the server deletes when unused.

    :param subjects: filters; without one, it has all messages of the stream.
    """
    return ConsumerConfig(
        ack_policy=AckPolicy.NONE,
        inactive_threshold=60.0,
        mem_storage=True,
        num_replicas=1,
        filter_subjects=list(subjects) or None,
        **settings,
    )


async def stored_messages(
    connection: ServerConnection,
    stream: str,
    subjects: Sequence[str] = (),
    policy: DeliverPolicy = DeliverPolicy.ALL,
) -> AsyncIterator[Msg]:
    """Yield the messages that a stream holds now.

    :param subjects: filters; without one, all are yielded.
    """
    config = temporary_consumer(subjects, deliver_policy=policy)
    with connection.sentences():
        info = await connection.permitted(connection.jetstream.add_consumer(stream, config))
        left = info.num_pending or 0
        puller = Puller(connection, stream, info.name)
        await puller.start()
        try:
            while left > 0:
                size = min(left, _STORED_AT_ONCE)
                messages = [message async for message in puller.pull(size, waits=False)]
                if not messages:
                    return  # they were deleted meanwhile
                left -= len(messages)
                for message in messages:
                    yield message
        except ConsumerGone:
            raise RelayError(
                "The server at {address} lost what it was asked for.",
                address=str(connection.address),
            ) from None
        finally:
            await puller.stop()
            await connection.jetstream.delete_consumer(stream, info.name)
