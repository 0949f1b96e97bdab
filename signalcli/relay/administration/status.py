"""The state of a relay's server: its stream, its listeners, and how far the durable ones are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from signalcli.errors import UnknownName
from signalcli.language.phrases import phrase
from signalcli.relay.listening.durable import NAME_KEY, PATTERN_KEY
from signalcli.relay.listening.presence import present_listeners
from signalcli.relay.listening.start_position import stored_signals
from signalcli.relay.subjects import DEAD_STREAM, STREAM, signal_of
from signalcli.values.relay.server import (
    DurableListener,
    Listener,
    ListenerList,
    RelayedSignal,
    RelayedSignals,
    RelayStatus,
)

if TYPE_CHECKING:
    from nats.js.api import ConsumerInfo

    from signalcli.relay.connection import ServerConnection

_PAGE = 256
"""consumers that the server lists at once."""


async def _durable_consumers(connection: ServerConnection) -> list[ConsumerInfo]:
    found: list[Any] = []
    while True:
        page = await connection.permitted(connection.jetstream.consumers_info(STREAM, len(found)))
        found += page
        if len(page) < _PAGE:
            break
    return [info for info in found if NAME_KEY in (info.config.metadata or {})]


async def durable_listeners(
    connection: ServerConnection, listeners: Sequence[Listener]
) -> list[DurableListener]:
    """Return the durable listeners that the server keeps, with their lag.

    :param listeners: the processes that listen. One whose receivers run doesn't wait for messages, so the
        server alone doesn't know it.
    """
    present = Counter(
        (listener.durable, pattern) for listener in listeners for pattern in listener.patterns
    )
    durables = []
    for info in await _durable_consumers(connection):
        metadata = info.config.metadata or {}
        name, pattern = metadata[NAME_KEY], metadata.get(PATTERN_KEY, "*")
        asking, unacknowledged = info.num_waiting or 0, info.num_ack_pending or 0
        busy = max(present[name, pattern] - asking, 0) if unacknowledged else 0
        durables.append(
            DurableListener(
                name,
                pattern,
                running=asking + busy,
                waiting=info.num_pending or 0,
                unacknowledged=unacknowledged,
                redelivered=info.num_redelivered or 0,
                busy=busy,
            )
        )
    return sorted(durables)


async def listener_list(connection: ServerConnection) -> ListenerList:
    """Return the processes that listen, and the durable listeners."""
    listeners = tuple(await present_listeners(connection))
    durables = await durable_listeners(connection, listeners)
    return ListenerList(str(connection.address), listeners, tuple(durables))


async def relay_status(connection: ServerConnection, *, own: bool) -> RelayStatus:
    """Return the state of the server. ``own`` is whether it is the user's own."""
    stream = await connection.permitted(connection.jetstream.stream_info(STREAM))
    dead = await connection.permitted(connection.jetstream.stream_info(DEAD_STREAM))
    limit = stream.config.max_bytes
    found = await listener_list(connection)
    return RelayStatus(
        via=str(connection.address),
        own=own,
        version=connection.server_version,
        stored=stream.state.messages,
        bytes=stream.state.bytes,
        limit=limit if limit is not None and limit >= 0 else None,
        replicas=stream.config.num_replicas or 1,
        dead_letters=dead.state.messages,
        listeners=len(found.listeners),
        durable=found.durable,
    )


async def relayed_signals(connection: ServerConnection) -> RelayedSignals:
    """Return the signals of which the stream holds sends, by name."""
    stored = await stored_signals(connection)
    named = ((signal_of(subject), number) for subject, number in stored.items())
    signals = sorted(RelayedSignal(str(name), number) for name, number in named if name is not None)
    return RelayedSignals(str(connection.address), tuple(signals))


async def check_durable(connection: ServerConnection, name: str) -> list[str]:
    """Return the consumers of a durable listener, or raise UnknownName if there is none."""
    consumers: dict[str, list[str]] = {}
    for info in await _durable_consumers(connection):
        consumers.setdefault((info.config.metadata or {})[NAME_KEY], []).append(info.name)
    if name not in consumers:
        remedy = phrase("See them all: {command}", command="signalcli relay listeners")
        raise UnknownName(phrase("durable listener"), name, consumers, remedy=remedy)
    return consumers[name]


async def forget_listener(connection: ServerConnection, name: str) -> None:
    """Delete a durable listener's place in the stream, for all its patterns.

    :raises UnknownName: if there is no such durable listener.
    """
    for consumer in await check_durable(connection, name):
        await connection.permitted(connection.jetstream.delete_consumer(STREAM, consumer))
