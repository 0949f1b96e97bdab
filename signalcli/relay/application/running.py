"""A relay that runs in this process: its thread, its connection, its publisher and its listeners."""

from __future__ import annotations

import asyncio
import encodings.idna  # noqa: F401 - a fork while a thread imports would block the child
import time
from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Any

from signalcli.errors import RelayError, SignalcliError
from signalcli.relay import client, failures  # noqa: F401
from signalcli.relay.address import RelayAddress, address_of_environment
from signalcli.relay.application.outbox import Outbox
from signalcli.relay.application.publisher import Publisher
from signalcli.relay.application.receiving import (
    LOG,
    Deliveries,
    DeliveryGroup,
    ReceivedSignal,
    ReceiverRunner,
)
from signalcli.relay.background import BackgroundLoop, end_tasks
from signalcli.relay.connection import ServerConnection
from signalcli.relay.envelope import source_name, utc_now
from signalcli.relay.listening.arrival import Arrival, ListenOptions
from signalcli.relay.listening.listener import SignalListener
from signalcli.relay.server import NO_SERVER, OwnServer, own_directory
from signalcli.relay.subjects import SignalPattern
from signalcli.values.relay.server import Listener
from signalcli.values.signal_name import SignalName

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""seconds until a server that doesn't answer is tried again."""
_POLL = 0.01


class RunningRelay:
    """Publish and receive from its creation on, in threads of its own.

    :param address: returns the address of the server. It is asked before each connection.
    :param name: the name of the application.
    :param receivers: where receivers run; ``None`` to receive nothing.
    """

    def __init__(
        self,
        address: Callable[[], RelayAddress],
        name: str,
        outbox: Outbox,
        received: dict[SignalName, ReceivedSignal],
        receivers: ReceiverRunner | None,
    ) -> None:
        self._address = address
        self._name = name
        self._outbox = outbox
        self._received = received
        self._receivers = receivers
        self.source = source_name(name)
        self.is_ready = Event()
        """Set once it is connected and listens."""
        self._connection: ServerConnection | None = None
        self._error: asyncio.Future[SignalcliError] | None = None
        self._last_error = ""
        self._loop = BackgroundLoop()
        self.publisher = Publisher(outbox, self.source, LOG.error)
        self.deliveries = Deliveries(received, self.source, self._loop)
        if receivers is not None:
            receivers.begin(self.deliveries)
        self._task = self._loop.run(self._begin())

    def flush(self, seconds: float) -> bool:
        """Wait until every send is stored, at most some seconds, and return whether it is."""
        deadline = time.monotonic() + seconds
        while len(self._outbox) and time.monotonic() < deadline:
            time.sleep(_POLL)
        return not len(self._outbox)

    def stop_receiving(self, seconds: float) -> None:
        """Take no more messages, and wait for the receivers of the present one, at most some seconds."""
        if self._receivers is not None:
            self._receivers.end(seconds)

    def stop(self) -> None:
        """Disconnect, and end the thread. Messages that no receiver had yet are given back."""
        self.deliveries.is_over = True
        self._loop.run(end_tasks(self._task))
        self._loop.stop()

    def leave_to_parent(self) -> None:
        """Let go of the parent's connection, in a child that forked off."""
        if self._connection is not None and hasattr(self._connection, "client"):
            self._connection.client.close_inherited_socket()

    async def _begin(self) -> asyncio.Task[None]:
        task = asyncio.create_task(self._run())
        task.add_done_callback(_log_end)
        return task

    async def _run(self) -> None:
        try:
            self._outbox.adopt()
        except OSError as error:
            LOG.error("What earlier processes left in the outbox can't be read: %s", error)
        pause = SHORTEST_PAUSE
        while True:
            try:
                await self._serve()
            except SignalcliError as error:
                pause = SHORTEST_PAUSE if self.is_ready.is_set() else min(pause * 2, LONGEST_PAUSE)
                self._report_error(error)
            except Exception as error:  # noqa: BLE001 - it is logged, and later sends go out
                LOG.critical("The relay failed, and begins again.", exc_info=error)
                pause = LONGEST_PAUSE
            finally:
                self.is_ready.clear()
            await asyncio.sleep(pause)

    def _report_error(self, error: SignalcliError) -> None:
        if str(error) != self._last_error:
            self._last_error = str(error)
            LOG.warning("The relay has no connection, and tries again: %s", error)

    async def _serve(self) -> None:
        """Connect, publish and listen until an error ends that."""
        connection = self._connection = ServerConnection(
            self._address(), f"signalcli {self.source}", LOG.warning
        )
        await connection.open()
        listeners: list[SignalListener] = []
        publishing = None
        try:
            await connection.ensure_streams()
            self._error = asyncio.get_running_loop().create_future()
            publishing = asyncio.create_task(self.publisher.run(connection))
            for listener in self._listeners(connection):
                await listener.start()
                listeners.append(listener)
            if self._last_error:
                LOG.warning("Connected to %s.", connection.address)
            self._last_error = ""
            self.is_ready.set()
            either: set[asyncio.Future[Any]] = {publishing, self._error}
            await asyncio.wait(either, return_when="FIRST_COMPLETED")
            if self._error.done():
                raise self._error.result()
            await publishing
        finally:
            if publishing is not None:
                await end_tasks(publishing)
            for listener in listeners:
                await listener.stop()
            await connection.close()

    def _listeners(self, connection: ServerConnection) -> list[SignalListener]:
        """Return a listener for each group of received signals."""
        if self._receivers is None:
            return []
        groups: dict[DeliveryGroup, list[str]] = {}
        for received in self._received.values():
            groups.setdefault(received.group, []).append(str(received.name))
        put, waiting = partial(self._put, self._receivers), self._receivers.waiting
        place = f"the application '{self._name}'"
        listeners = []
        for group, names in groups.items():
            options = ListenOptions(tuple(map(SignalPattern, names)), **group._asdict())
            announcement = self.deliveries.announcements[group] = Listener(
                self.source, tuple(names), place, group.queue, group.durable, utc_now()
            )
            listeners.append(SignalListener(connection, options, announcement, put, waiting))
        return listeners

    def _put(self, receivers: ReceiverRunner, arrival: Arrival | SignalcliError) -> None:
        if isinstance(arrival, Arrival):
            receivers.put(arrival)
        elif self._error is not None and not self._error.done():
            self._error.set_result(arrival)


def chosen_server(address: RelayAddress | None) -> RelayAddress:
    """Return an address with the secret of the user's own server, if it is that.

    Without an address, it is that of ``SIGNALCLI_VIA``, or else the user's own server.

    :raises RelayError: if there is none, and the user's own server doesn't run.
    """
    own = OwnServer(own_directory())
    address = address or address_of_environment()
    if address is not None:
        return own.with_token(address)
    running = own.running()
    if running is None:
        raise RelayError(NO_SERVER)
    return running.address


def _log_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        LOG.critical("The relay has stopped.", exc_info=task.exception())
