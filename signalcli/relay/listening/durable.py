"""Durable listening: each message is acknowledged after its receivers, tried again, or given up.

The server never gives a message up. It counts the attempts, and the listener that gets a message once
too often makes it a dead letter. So a message whose receivers end the process is given up too.
"""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any

from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from signalcli.errors import RelayError, UsageError
from signalcli.language.phrases import phrase
from signalcli.relay.background import end_tasks
from signalcli.relay.envelope import utc_now
from signalcli.relay.listening.arrival import (
    NEW,
    Arrival,
    ListenOptions,
    Put,
    RecentMessages,
    start_task,
)
from signalcli.relay.listening.pulling import ConsumerGone, Puller
from signalcli.relay.listening.start_position import start_settings
from signalcli.relay.subjects import (
    DEAD_PREFIX,
    PREFIX,
    RETRY_PREFIX,
    STREAM,
    SignalPattern,
    consumer_name,
)
from signalcli.text import to_json

if TYPE_CHECKING:
    from nats.js.api import ConsumerInfo

    from signalcli.relay.connection import ServerConnection

LARGEST_BATCH = 32
"""The most messages that are taken at once."""
FAST_BATCH = 0.05
"""A batch that takes fewer seconds is followed by a larger one, another one by a single message."""
UNSETTLED_PAUSE = 1.0
"""seconds until a message is given again that another pattern has brought to the receivers."""
LONGEST_PAUSE = 300.0
"""seconds between two attempts."""
NAME_KEY, PATTERN_KEY = "signalcli.name", "signalcli.pattern"
"""The keys of a consumer's metadata."""


class DurableSubscription:
    """Take the messages of one pattern for a durable listener.

    :param heard: what all subscriptions of the listener have heard. Several patterns may match one message.
    """

    def __init__(
        self,
        connection: ServerConnection,
        pattern: SignalPattern,
        options: ListenOptions,
        source: str,
        put: Put,
        heard: RecentMessages,
    ) -> None:
        assert options.durable is not None, "it is durable"
        self._connection = connection
        self._pattern = pattern
        self._options = options._replace(patterns=(pattern,))
        self._source = source
        self._put = put
        self._durable = options.durable
        self.name = consumer_name(options.durable, pattern)
        self._retries = f"{RETRY_PREFIX}.{self.name}"
        self._heard = heard
        self._held: set[Arrival] = set()
        self._is_free = asyncio.Event()

    async def start(self) -> None:
        """Find or create the consumer, and begin to take its messages."""
        info = await self._connection.permitted(self._consumer())
        self._ack_wait = info.config.ack_wait or self._options.ack_wait
        self._puller = Puller(self._connection, STREAM, self.name)
        await self._puller.start()
        self._tasks = [
            start_task(self._take(), self._put),
            start_task(self._keep_claims(), self._put),
        ]

    async def stop(self) -> None:
        """Take no more messages, and give back those whose receivers haven't run."""
        for task in self._tasks:
            await end_tasks(task)
        if self._connection.client.is_connected:
            async for message in self._puller.rest():
                await message.nak()
            await self._puller.stop()
            for arrival in self._held:
                await arrival.message.nak()

    async def _consumer(self) -> ConsumerInfo:
        jetstream, options = self._connection.jetstream, self._options
        try:
            info: ConsumerInfo = await jetstream.consumer_info(STREAM, self.name)
        except NotFoundError:
            return await jetstream.add_consumer(STREAM, await self._new_consumer())
        if options.start != NEW:
            raise UsageError(
                "The durable listener '{name}' has its place in the stream already. To begin anew: {command}",
                name=self._durable,
                command=f"signalcli relay forget {self._durable}",
            )
        return info

    async def _new_consumer(self) -> ConsumerConfig:
        settings: dict[str, Any] = {"deliver_policy": DeliverPolicy.NEW}
        if self._options.start != NEW:
            settings = await start_settings(self._connection, (self._pattern,), self._options.start)
        return ConsumerConfig(
            durable_name=self.name,
            description=f"signalcli listen {self._pattern.text} --durable {self._durable}",
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=self._options.ack_wait,
            max_deliver=-1,
            filter_subjects=[self._pattern.filter, f"{self._retries}.>"],
            metadata={NAME_KEY: self._durable, PATTERN_KEY: self._pattern.text},
            **settings,
        )

    async def _take(self) -> None:
        """Take messages in batches; the next one when the receivers have had this one."""
        size, clock = 1, asyncio.get_running_loop().time
        while True:
            busy = 0.0
            try:
                async for message in self._puller.pull(size):
                    began = clock()
                    await self._take_one(
                        Arrival(self._connection, message, self._prefix(message.subject))
                    )
                    busy += clock() - began
            except ConsumerGone:
                await self._check_exists()
                continue
            began = clock()
            while self._held:
                self._is_free.clear()
                await self._is_free.wait()
            busy += clock() - began
            size = min(size * 2, LARGEST_BATCH) if busy < FAST_BATCH else 1

    def _prefix(self, subject: str) -> str:
        return self._retries if subject.startswith(f"{self._retries}.") else PREFIX

    async def _take_one(self, arrival: Arrival) -> None:
        arrival.attempt = arrival.message.metadata.num_delivered
        is_retry = arrival.message.subject.startswith(f"{self._retries}.")
        if not self._options.wants(arrival) or (arrival.id in self._heard and not is_retry):
            await arrival.message.ack()
        elif arrival.id in self._heard.unsettled:
            await arrival.message.nak(UNSETTLED_PAUSE)
        elif arrival.refusal is not None:
            await self._give_up(arrival, phrase("it was refused: {reason}", reason=arrival.refusal))
            self._put(arrival)
        elif arrival.attempt > self._options.max_deliver:
            times = self._options.max_deliver
            await self._give_up(
                arrival, phrase("the process ended while its receivers ran, {n} times", n=times)
            )
            arrival.refusal = phrase("it ended the process of its receivers {n} times", n=times)
            self._put(arrival)
        else:
            self._held.add(arrival)
            self._heard.unsettled.add(arrival.id)
            arrival.settle = lambda receipt, raised: self._settle(arrival, receipt, raised)
            self._put(arrival)

    async def _settle(self, arrival: Arrival, receipt: bytes | None, raised: str | None) -> None:
        try:
            if raised is None:
                self._heard.add(arrival.id)
                await arrival.message.ack()
            elif arrival.attempt >= self._options.max_deliver:
                await self._give_up(arrival, raised)
            else:
                pause = self._options.retry_after * 2 ** (arrival.attempt - 1)
                await arrival.message.nak(min(pause, LONGEST_PAUSE))
            await arrival.answer(receipt)
        finally:
            self._held.discard(arrival)
            self._heard.unsettled.discard(arrival.id)
            self._is_free.set()

    async def _give_up(self, arrival: Arrival, reason: str) -> None:
        """Make a message a dead letter. It is acknowledged only when that is stored."""
        message, data = arrival.message, arrival.message.data
        try:
            kept = {"message": data.decode()}
        except UnicodeDecodeError:
            kept = {"message_base64": base64.b64encode(data).decode()}
        document = {
            "time": utc_now(),
            "durable": self._durable,
            "consumer": self.name,
            "subject": message.subject,
            "signal": None if arrival.signal is None else str(arrival.signal),
            "attempts": arrival.attempt,
            "reason": reason,
            "listener": self._source,
            **kept,
        }
        await self._connection.publish(
            f"{DEAD_PREFIX}.{self.name}",
            to_json(document).encode(),
            f"{self.name}-{message.metadata.sequence.stream}",
        )
        await message.ack()

    async def _keep_claims(self) -> None:
        """Tell the server that receivers still run, so that no other process gets their messages."""
        while True:
            await asyncio.sleep(self._ack_wait / 3)
            for arrival in list(self._held):
                if self._connection.client.is_connected:
                    await arrival.message.in_progress()

    async def _check_exists(self) -> None:
        """Wait for a server that starts again, or raise RelayError if the consumer was deleted."""
        try:
            await self._connection.jetstream.consumer_info(STREAM, self.name)
        except NotFoundError:
            raise RelayError(
                "The durable listener '{name}' was forgotten by another process.",
                name=self._durable,
            ) from None
        except (ServiceUnavailableError, APIError, asyncio.TimeoutError):
            pass
        await asyncio.sleep(0.5)
