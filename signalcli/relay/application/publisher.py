"""Take sends from the outbox to the server, and keep each until the server has stored it.

It runs in the event loop of the relay. After an error, all sends that aren't acknowledged are published
again, in their order and with their ids, before any new one: the server drops those that it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from signalcli.errors import RelayError
from signalcli.relay.application.outbox import Outbox, OutgoingSend
from signalcli.relay.background import end_tasks
from signalcli.relay.connection import ANSWER_SECONDS, ServerConnection
from signalcli.relay.subjects import subject_of
from signalcli.signals.tracebacks import message_of

if TYPE_CHECKING:
    from signalcli.relay.client import PublishAnswer

SHORTEST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""seconds until sends that weren't acknowledged are published again."""
_CHECK_AGAIN = 0.2
"""seconds between two checks for sends that aren't acknowledged."""


class Publisher:
    """Publish what an outbox holds.

    :param source: the source of the messages.
    :param report: called with a sentence when the server refuses a send.
    """

    def __init__(self, outbox: Outbox, source: str, report: Callable[[str], None]) -> None:
        self._outbox = outbox
        self._source = source
        self._report = report
        self._sends: dict[str, OutgoingSend] = {}
        """The sends that aren't acknowledged, by their ids and in their order."""
        self._published: dict[str, tuple[str, float]] = {}
        """For each message that the server has not answered, the token to forget it, and when it was published."""
        self._must_repeat = False
        self._pause = SHORTEST_PAUSE
        self._is_awake = asyncio.Event()
        self._last_failure: str | None = None
        self.acknowledged = 0
        self.refused = 0
        """Sends that the server can't take, such as one that is too large."""

    async def run(self, connection: ServerConnection) -> None:
        """Publish until this is cancelled. What isn't acknowledged then is published by the next run."""
        loop = asyncio.get_running_loop()
        wake = partial(loop.call_soon_threadsafe, self._is_awake.set)
        self._connection = connection
        self._must_repeat = bool(self._sends)
        watching = asyncio.create_task(self._watch())
        try:
            while True:
                if self._must_repeat:
                    await self._repeat()
                    continue
                self._is_awake.clear()
                send = self._outbox.take(wake)
                if send is None:
                    await self._is_awake.wait()
                    continue
                self._sends[send.id] = send
                await self._publish(send)
        finally:
            self._forget_answers()
            await end_tasks(watching)

    async def _publish(self, send: OutgoingSend) -> None:
        try:
            subject, message = subject_of(send.signal), send.write(self._source)
        except Exception as error:  # noqa: BLE001 - it is reported, and other sends go out
            self._refuse(send, f"{type(error).__name__}: {message_of(error)}")
            return
        most = self._connection.client.max_payload
        if len(message) > most:
            self._refuse(
                send,
                f"its message has {len(message):,} bytes, and the server at {self._connection.address} "
                f"takes at most {most:,}",
            )
            return
        try:
            token = await self._connection.hand_over(
                subject, message, send.id, partial(self._answered, send)
            )
        except RelayError as error:
            self._fail(str(error))
            return
        if send.id in self._sends:  # the answer may have come already
            self._published[send.id] = token, monotonic()

    def _refuse(self, send: OutgoingSend, reason: str) -> None:
        """Drop a send that can't be published, and report why."""
        self.refused += 1
        self._remove(send)
        self._report(f"A send of '{send.signal}' can't be published: {reason}.")

    def _answered(self, send: OutgoingSend, answer: PublishAnswer) -> None:
        self._published.pop(send.id, None)
        if isinstance(answer, Exception):
            self._fail(self._connection.sentence_for(answer))
        else:
            self.acknowledged += 1
            self._pause = SHORTEST_PAUSE
            self._last_failure = None
            self._remove(send)

    def _remove(self, send: OutgoingSend) -> None:
        del self._sends[send.id]
        self._outbox.remove(send)

    def _fail(self, sentence: str | None) -> None:
        """Publish again what isn't acknowledged, and report why, once."""
        self._must_repeat = True
        self._is_awake.set()
        if sentence is not None and sentence != self._last_failure:
            self._last_failure = sentence
            self._report(f"Sends wait in the outbox, and are tried again: {sentence}")

    async def _repeat(self) -> None:
        """Publish all sends again that aren't acknowledged, after a pause and with a connection."""
        self._forget_answers()
        await asyncio.sleep(self._pause)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        while not self._connection.client.is_connected:
            await asyncio.sleep(_CHECK_AGAIN)
        try:
            await self._connection.ensure_streams()  # a server may have lost them
        except RelayError as error:
            self._fail(str(error))
            return
        self._must_repeat = False
        for send in list(self._sends.values()):
            if send.id in self._sends:
                await self._publish(send)

    def _forget_answers(self) -> None:
        for token, _ in self._published.values():
            self._connection.forget(token)
        self._published.clear()

    async def _watch(self) -> None:
        """Have sends published again after the connection was lost, or if no answer comes."""
        client = self._connection.client
        reconnects = client.stats["reconnects"]
        while True:
            await asyncio.sleep(_CHECK_AGAIN)
            _, oldest = next(iter(self._published.values()), ("", monotonic()))
            is_back = client.stats["reconnects"] != reconnects
            if self._published and (is_back or monotonic() - oldest > ANSWER_SECONDS):
                self._forget_answers()
                self._fail(None)
            reconnects = client.stats["reconnects"]
