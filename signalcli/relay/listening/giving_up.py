"""Store a message that a durable listener gives up as a dead letter."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from signalcli.relay.envelope import utc_now
from signalcli.relay.subjects import DEAD_PREFIX
from signalcli.text import to_json

if TYPE_CHECKING:
    from signalcli.relay.connection import ServerConnection
    from signalcli.relay.listening.arrival import Arrival


async def publish_dead_letter(
    connection: ServerConnection,
    arrival: Arrival,
    reason: str,
    source: str,
    durable: str,
    consumer: str,
) -> None:
    """Store a message as a dead letter of a durable listener."""
    metadata = arrival.message.metadata
    document = {
        "time": utc_now(),
        "durable": durable,
        "consumer": consumer,
        "subject": arrival.message.subject,
        "signal": None if arrival.signal is None else str(arrival.signal),
        "attempts": arrival.attempt,
        "reason": reason,
        "listener": source,
        **_kept(arrival.message.data),
    }
    await connection.publish(
        f"{DEAD_PREFIX}.{consumer}",
        to_json(document).encode(),
        f"{consumer}-{metadata.sequence.stream}",
    )


def _kept(data: bytes) -> dict[str, str]:
    """Return bytes as text if they are UTF-8, and as Base64 otherwise."""
    try:
        return {"message": data.decode()}
    except UnicodeDecodeError:
        return {"message_base64": base64.b64encode(data).decode()}
