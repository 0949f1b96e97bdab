"""Which processes listen: each announces itself to a stream in memory, which forgets it in time."""

from __future__ import annotations

import asyncio
import os

from nats.js.api import DeliverPolicy

from signalcli.errors import InvalidJSON
from signalcli.relay.background import end_tasks
from signalcli.relay.client import PRESENCE_SECONDS
from signalcli.relay.connection import ServerConnection
from signalcli.relay.listening.pulling import stored_messages
from signalcli.relay.subjects import LISTENER_PREFIX, LISTENER_STREAM
from signalcli.text import from_json, to_json
from signalcli.values.relay.server import Listener

MOST_MISSED = 3
"""announcements that a listener may miss until it is forgotten."""


class Presence:
    """Announce a listener until it stops. A listener that was killed is forgotten after a while."""

    def __init__(self, connection: ServerConnection, listener: Listener) -> None:
        self._connection = connection
        self._data = to_json(listener.to_json()).encode()
        self._subject = f"{LISTENER_PREFIX}.{os.urandom(8).hex()}"

    async def start(self) -> None:
        """Announce the listener, now and again."""
        await self._announce(self._data)
        self._task = asyncio.create_task(self._repeat())

    async def stop(self) -> None:
        """Take the announcement back."""
        await end_tasks(self._task)
        if self._connection.client.is_connected:
            await self._announce(b"")

    async def _repeat(self) -> None:
        while True:
            await asyncio.sleep(PRESENCE_SECONDS / MOST_MISSED)
            if self._connection.client.is_connected:
                await self._announce(self._data)

    async def _announce(self, data: bytes) -> None:
        await self._connection.send(self._subject, data)


async def present_listeners(connection: ServerConnection) -> list[Listener]:
    """Return the processes that have announced themselves, in the order of their sources."""
    listeners = []
    newest = DeliverPolicy.LAST_PER_SUBJECT
    async for message in stored_messages(
        connection, LISTENER_STREAM, [f"{LISTENER_PREFIX}.*"], newest
    ):
        try:
            listeners.append(Listener.from_json(from_json(message.data.decode())))
        except (InvalidJSON, UnicodeDecodeError, KeyError, TypeError, ValueError):
            continue  # it was taken back, or is no announcement
    return sorted(listeners, key=lambda listener: (listener.source, listener.patterns))
