"""Receivers in the event loop of the application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from threading import Event
from typing import TYPE_CHECKING, Any

from signalcli.relay.application.receiving import SETTLE_SECONDS
from signalcli.signals.send import awaitable

if TYPE_CHECKING:
    from concurrent.futures import Future

    from signalcli.relay.application.receiving import Deliveries
    from signalcli.relay.listening.arrival import Arrival


class ReceiversTask:
    """Call and await receivers in the event loop that runs now, one message after the other.

    :param context: an asynchronous context manager around each message, such as Quart's.
    """

    def __init__(self, context: Callable[[], Any] = nullcontext) -> None:
        self._context = context
        self._loop = asyncio.get_running_loop()

    def begin(self, deliveries: Deliveries) -> None:
        self._queue: asyncio.Queue[Arrival | None] = asyncio.Queue()
        self._is_ending = False
        self._has_ended = Event()
        self._task = self._loop.create_task(self._work(deliveries))

    def put(self, arrival: Arrival) -> None:
        self._loop.call_soon_threadsafe(self._queue.put_nowait, arrival)

    def waiting(self) -> int:
        return self._queue.qsize()

    async def _work(self, deliveries: Deliveries) -> None:
        while (arrival := await self._queue.get()) is not None and not self._is_ending:
            try:
                settled = await self._deliver(deliveries, arrival)
            except Exception as error:  # noqa: BLE001 - it is logged, and the task goes on
                deliveries.fail(arrival, error)
                continue
            if settled is not None:
                await asyncio.wait({asyncio.wrap_future(settled)}, timeout=SETTLE_SECONDS)
        self._has_ended.set()

    async def _deliver(self, deliveries: Deliveries, arrival: Arrival) -> Future[None] | None:
        found = deliveries.found(arrival)
        if found is None:
            return None
        received, envelope = found
        signal = received.signal
        with deliveries.settling(arrival, received) as send:
            async with self._context():
                send.results = await type(signal).send_async(
                    signal, send.sender(), _sync_wrapper=awaitable, **envelope.payload
                )
        return send.settled

    def end(self, seconds: float) -> None:
        self._is_ending = True
        self._loop.call_soon_threadsafe(self._queue.put_nowait, None)
        if not self._has_ended.wait(seconds):
            self._loop.call_soon_threadsafe(self._task.cancel)
