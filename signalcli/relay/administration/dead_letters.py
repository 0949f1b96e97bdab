"""Dead letters: messages that a durable listener gave up, to look at, to send again, or to drop."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nats.aio.msg import Msg

from signalcli.errors import InvalidJSON, UnknownName, UsageError
from signalcli.language.phrases import phrase
from signalcli.relay.listening.pulling import stored_messages
from signalcli.relay.subjects import DEAD_STREAM, PREFIX, RETRY_PREFIX
from signalcli.text import from_json
from signalcli.values.relay.server import DeadLetter
from signalcli.values.result import fields_from_json

if TYPE_CHECKING:
    from signalcli.relay.connection import ServerConnection


UNREADABLE = phrase("unreadable: another program wrote it")


async def dead_letters(connection: ServerConnection) -> list[DeadLetter]:
    """Return the dead letters, oldest first."""
    return [_letter(message) async for message in stored_messages(connection, DEAD_STREAM)]


def _letter(message: Msg) -> DeadLetter:
    try:
        document: Any = from_json(message.data.decode())
        text = document.get("message")
        if text is None:
            text = base64.b64decode(document["message_base64"]).decode(errors="backslashreplace")
        id_ = str(message.metadata.sequence.stream)
        return fields_from_json(DeadLetter, document, id=id_, message=text)
    except (InvalidJSON, UnicodeDecodeError, AttributeError, KeyError, TypeError, ValueError):
        return DeadLetter(
            id=str(message.metadata.sequence.stream),
            time=message.metadata.timestamp.isoformat(timespec="milliseconds"),
            durable="",
            consumer="",
            subject=message.subject,
            signal=None,
            attempts=0,
            reason=UNREADABLE,
            listener="",
            message=message.data.decode(errors="backslashreplace"),
        )


async def chosen_letters(connection: ServerConnection, ids: Sequence[str]) -> list[DeadLetter]:
    """Return the dead letters of some ids, or all without one. UnknownName if there is no such one."""
    letters = await dead_letters(connection)
    by_id = {letter.id: letter for letter in letters}
    for wanted in ids:
        if wanted not in by_id:
            remedy = phrase("See them all: {command}", command="signalcli relay dead list")
            raise UnknownName(phrase("dead letter"), wanted, (), remedy=remedy)
    return [by_id[wanted] for wanted in dict.fromkeys(ids)] if ids else letters


async def retry(connection: ServerConnection, letter: DeadLetter) -> None:
    """Send a dead letter again, to the listener that gave it up, and drop it when it is stored.

    :raises UsageError: if it is unreadable.
    """
    if not letter.is_readable:
        raise UsageError(
            "The dead letter '{id}' is unreadable, so it can't be sent again. Drop it: {command}",
            id=letter.id,
            command=f"signalcli relay dead drop {letter.id}",
        )
    data = await _data(connection, letter)
    signal_tokens = letter.subject.removeprefix(f"{PREFIX}.")
    signal_tokens = signal_tokens.removeprefix(f"{RETRY_PREFIX}.{letter.consumer}.")
    subject = f"{RETRY_PREFIX}.{letter.consumer}.{signal_tokens}"
    await connection.publish(subject, data, f"retry-{letter.consumer}-{letter.id}")
    await delete_letter(connection, letter)


async def _data(connection: ServerConnection, letter: DeadLetter) -> bytes:
    with connection.sentences():
        stored = await connection.jetstream.get_msg(DEAD_STREAM, int(letter.id))
    document = from_json((stored.data or b"").decode())
    encoded = document.get("message_base64")
    return base64.b64decode(encoded) if encoded is not None else letter.message.encode()


async def delete_letter(connection: ServerConnection, letter: DeadLetter) -> None:
    """Delete a dead letter."""
    await connection.permitted(connection.jetstream.delete_msg(DEAD_STREAM, int(letter.id)))
