"""Senders and payload as they are typed, in the grammar of HTTPie's request items.

``key=text``, ``key:=json``, ``key=@file`` (its text) and ``key:=@file`` (its JSON) are payload; the
one other argument is the sender. A sender that starts with ``:=`` is typed JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from signalcli.errors import InvalidJSON, UsageError
from signalcli.model import Sender
from signalcli.text import from_json, path_from, sender_label

RESERVED_KEYS = ("_async_wrapper", "_sync_wrapper")
"""Keywords that ``Signal.send`` and ``send_async`` keep for themselves."""


def parse_message(
    arguments: Sequence[str], sender_options: Sequence[str]
) -> tuple[object, dict[str, Any]]:
    """The sender and the payload of a send.

    :param sender_options: the text of each ``--sender``.
    :raises UsageError: for a second sender, a key given twice, bad JSON or a file that can't be
        read.
    """
    payload: dict[str, Any] = {}
    senders = [*sender_options]
    for argument in arguments:
        item = split_item(argument)
        if item is None:
            senders.append(argument)
            continue
        key, separator, value = item
        if key in RESERVED_KEYS:
            raise UsageError(
                f"'{key}' can't be a payload key: blinker's send keeps it for itself. "
                f"Give it another name."
            )
        if key in payload:
            raise UsageError(f"The payload key '{key}' is given twice. Leave one out.")
        payload[key] = _payload_value(argument, key, separator, value)
    if len(senders) > 1:
        raise UsageError(
            f"A send has one sender, not '{senders[0]}' and '{senders[1]}'. "
            f"Payload is written key=value, as in: signalcli send king 大象 slogan=巡山"
        )
    return (parse_sender(senders[0]) if senders else None), payload


def split_item(argument: str) -> tuple[str, str, str] | None:
    """The key, separator and value of a payload item; ``None`` if the argument isn't one."""
    before, equals, value = argument.partition("=")
    key = before.removesuffix(":")
    if not equals or not key:
        return None
    at = "@" if value.startswith("@") else ""
    return key, argument[len(key) : len(before)] + equals + at, value.removeprefix(at)


def parse_sender(text: str) -> Any:
    """A sender as it was typed: text, or JSON after ``:=``.

    :raises UsageError: for bad JSON.
    """
    return _json_of(text[2:], text) if text.startswith(":=") else text


def parse_question(text: str) -> Any:
    """A sender that ``has_receivers_for`` can be asked about.

    :raises UsageError: for bad JSON, and for one that blinker takes for ``ANY``.
    """
    sender = parse_sender(text)
    if isinstance(sender, int) and sender == 0:
        raise UsageError(
            f"The sender {sender} can't be told from ANY: 0 is blinker's own id for it, and "
            f"{sender} equals 0. The text is another sender: --sender 0"
        )
    return sender


def parse_filter(text: str) -> Sender:
    """A sender that a receiver can listen to, and that a session can hold.

    :raises UsageError: for one that blinker takes for ``ANY`` or compares by identity.
    """
    sender = parse_question(text)
    if isinstance(sender, str):
        return sender
    if isinstance(sender, int):
        return int(sender)
    raise UsageError(
        f"The sender {sender_label(sender)} can't be listened to from a session: blinker compares "
        f"it by identity, and no later one is the same object. Use text or an integer."
    )


def _payload_value(argument: str, key: str, separator: str, value: str) -> Any:
    if not separator.endswith("@"):
        return _json_of(value, argument) if separator == ":=" else value
    text = _file_text(key, value)
    return _json_of(text, text, where=f"The file {value}") if separator == ":=@" else text


def _file_text(key: str, name: str) -> str:
    try:
        with open(path_from(name), "rb") as file:
            return file.read().decode()
    except OSError as error:
        raise UsageError(
            f"The file '{name}' of the payload key '{key}' can't be read: {error.strerror}. "
            f"To send the text itself, type: {key}:='\"@{name}\"'"
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"The file '{name}' of the payload key '{key}' is not UTF-8 text: byte "
            f"{error.start + 1}. Only text can be sent."
        ) from error


def _json_of(text: str, argument: str, where: str | None = None) -> Any:
    """The JSON value of a part of an argument; an error shows the whole of it."""
    try:
        return from_json(text)
    except InvalidJSON as error:
        position = None
        if error.position is not None:
            position = error.position + len(argument) - len(text)
        subject = where or f"'{argument}'"
        raise InvalidJSON(
            f"{subject} is not JSON: {error.reason}. "
            f"Text goes without the colon, as in: slogan=巡山",
            argument,
            position,
        ) from None
