"""A listener: it takes messages from the server to the receivers, and their receipts back.

It runs in an event loop. The receivers run in another thread, which calls :attr:`Arrival.settle` for
each message that it was given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from signalcli.relay.background import end_tasks
from signalcli.relay.listening.arrival import (
    NEW,
    Arrival,
    ListenOptions,
    Put,
    RecentMessages,
    start_task,
)
from signalcli.relay.listening.durable import DurableSubscription
from signalcli.relay.listening.presence import Presence
from signalcli.relay.listening.pulling import ConsumerGone, Puller, temporary_consumer
from signalcli.relay.listening.start_position import settings_from, start_settings
from signalcli.relay.subjects import EXPLAIN_PREFIX, STREAM, consumer_name, covering

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from signalcli.relay.connection import ServerConnection
    from signalcli.values.relay.server import Listener

MOST_WAITING = 1000
"""messages that wait for the receivers in this process. More of them wait in the client."""
REPLAY_BATCH = 200


class SignalListener:
    """Listen to signals until it stops. Its methods raise RelayError.

    :param announcement: what it announces to other processes.
    :param put: takes each message to the thread of the receivers. Called in the event loop.
    :param waiting: returns how many messages wait there.
    """

    def __init__(
        self,
        connection: ServerConnection,
        options: ListenOptions,
        announcement: Listener,
        put: Put,
        waiting: Callable[[], int],
    ) -> None:
        self._connection = connection
        self._options = options
        self._announcement = announcement
        self._put = put
        self._waiting = waiting
        self._heard = RecentMessages()
        self._durables: list[DurableSubscription] = []
        self._replaying: asyncio.Task[None] | None = None
        self._presence = Presence(connection, announcement)

    async def start(self, *, needs_permission: bool = False) -> None:
        """Begin to listen. What is sent from now on is heard.

        :param needs_permission: whether it is an error, not only an event of the connection, if the server
            doesn't permit to subscribe.
        """
        connection, options = self._connection, self._options
        await connection.ensure_streams()
        if options.durable is not None:
            for pattern in options.patterns:
                source = self._announcement.source
                durable = DurableSubscription(
                    connection, pattern, options, source, self._put, self._heard
                )
                await durable.start()
                self._durables.append(durable)
        elif options.start == NEW:
            subscribing = self._subscribe()
            await (connection.subscribed(subscribing) if needs_permission else subscribing)
        else:
            self._replaying = start_task(self._replay(), self._put)
        with connection.sentences():
            await connection.client.subscribe(f"{EXPLAIN_PREFIX}.>", cb=self._take_question)
            await self._presence.start()
        await connection.confirm_subscriptions()

    async def stop(self) -> None:
        """Listen no more."""
        await self._presence.stop()
        if self._replaying is not None:
            await end_tasks(self._replaying)
        for durable in self._durables:
            await durable.stop()

    async def _subscribe(self) -> None:
        """Subscribe without a consumer: what is sent while no process listens is lost.

        A queue has a name of its own for each pattern. With one name for several filters, NATS would
        give a message to a member that doesn't want it.
        """
        queue, patterns = self._options.queue, self._options.patterns
        wanted = [(subject, "") for subject in covering(patterns)]
        if queue is not None:
            wanted = [(pattern.filter, consumer_name(queue, pattern)) for pattern in patterns]
        with self._connection.sentences():
            for subject, group in wanted:
                await self._connection.client.subscribe(subject, queue=group, cb=self._take)

    async def _take(self, message: Msg) -> None:
        arrival = Arrival(self._connection, message)
        if not self._options.wants(arrival) or arrival.id in self._heard:
            return
        if arrival.id is not None:
            self._heard.add(arrival.id)
        while self._waiting() >= MOST_WAITING:
            await asyncio.sleep(0.005)
        self._put(arrival)

    async def _take_question(self, message: Msg) -> None:
        arrival = Arrival(self._connection, message, EXPLAIN_PREFIX, is_question=True)
        if arrival.envelope is not None and self._options.wants(arrival):
            self._put(arrival)

    async def _replay(self) -> None:
        """Take stored messages and then new ones, from a consumer that ends with this process."""
        connection, patterns = self._connection, self._options.patterns
        settings = await start_settings(connection, patterns, self._options.start)
        while True:
            config = temporary_consumer(covering(patterns), **settings)
            info = await connection.permitted(connection.jetstream.add_consumer(STREAM, config))
            puller = Puller(connection, STREAM, info.name)
            await puller.start()
            try:
                while True:
                    async for message in puller.pull(REPLAY_BATCH):
                        settings = settings_from(message.metadata.sequence.stream + 1)
                        await self._take(message)
            except ConsumerGone:  # the server was started again
                await asyncio.sleep(0.5)
            finally:
                await puller.stop()
