"""Where in the stream a listener begins: at all sends, at those since a time, or at the last ones."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from nats.js.api import DeliverPolicy

from signalcli.relay.listening.pulling import temporary_consumer
from signalcli.relay.subjects import EVERY_SIGNAL, STREAM, SignalPattern, signal_of

if TYPE_CHECKING:
    from signalcli.relay.connection import ServerConnection
    from signalcli.relay.listening.arrival import ListenStart


async def start_settings(
    connection: ServerConnection, patterns: Sequence[SignalPattern], start: ListenStart
) -> dict[str, Any]:
    """Return the settings of a consumer that begins at a message."""
    is_future = start.kind == "since" and start.value >= time.time()  # for NATS, it would be past
    if start.kind == "new" or is_future:
        return {"deliver_policy": DeliverPolicy.NEW}
    if start.kind == "all":
        return {"deliver_policy": DeliverPolicy.ALL}
    if start.kind == "since":
        moment = datetime.fromtimestamp(start.value, timezone.utc)
        return {"deliver_policy": DeliverPolicy.BY_START_TIME, "opt_start_time": moment}
    return settings_from(await _sequence_of_last(connection, patterns, int(start.value)))


def settings_from(sequence: int) -> dict[str, Any]:
    """Return the settings of a consumer that begins at a sequence."""
    return {"deliver_policy": DeliverPolicy.BY_START_SEQUENCE, "opt_start_seq": sequence}


async def _sequence_of_last(
    connection: ServerConnection, patterns: Sequence[SignalPattern], number: int
) -> int:
    """Return the sequence from which the stream has ``number`` messages of some patterns.

    The server counts the messages from a sequence, so this searches by halves.
    """
    stored = await stored_signals(connection)
    subjects = [
        subject
        for subject in stored
        if (signal := signal_of(subject)) is not None
        and any(pattern.matches(signal) for pattern in patterns)
    ]
    state = (await connection.jetstream.stream_info(STREAM)).state
    low, high = state.first_seq, state.last_seq + 1
    if not subjects or sum(stored[subject] for subject in subjects) <= number:
        return high if not subjects else max(low, 1)
    while high - low > 1:
        middle = (low + high) // 2
        if await _count_from(connection, subjects, middle) >= number:
            low = middle
        else:
            high = middle
    return low


async def _count_from(connection: ServerConnection, subjects: list[str], sequence: int) -> int:
    config = temporary_consumer(subjects, **settings_from(sequence))
    info = await connection.jetstream.add_consumer(STREAM, config)
    await connection.jetstream.delete_consumer(STREAM, info.name)
    return info.num_pending or 0


async def stored_signals(connection: ServerConnection) -> dict[str, int]:
    """Return how many messages the stream holds of each subject."""
    asking = connection.jetstream.stream_info(STREAM, subjects_filter=EVERY_SIGNAL)
    info = await connection.permitted(asking)
    return dict(info.state.subjects or {})
