"""Parse senders and payload, in the syntax of HTTPie's request items.

``key=text``, ``key:=json``, ``key=@file`` (its text) and ``key:=@file`` (its JSON) are payload; the
only other argument is the sender. A sender that starts with ``:=`` is JSON.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from signalcli.errors import InvalidJSON, UsageError, system_reason
from signalcli.language.phrases import phrase, sentences
from signalcli.text import from_json, path_from, sender_label, session_command
from signalcli.values.delivery import RESERVED_KEYS, SenderObject
from signalcli.values.session import Sender

LARGEST_FILE = 32 * 2**20
"""bytes: a larger file is not read into the payload."""
PAYLOAD = re.compile("(?!:=)([^=]+?)(:=@|=@|:=|=)(.*)", re.DOTALL)
"""A payload item: its key, separator and value."""


def parse_message(
    arguments: Sequence[str], sender_options: Sequence[str], objects: Sequence[SenderObject] = ()
) -> tuple[object, dict[str, Any]]:
    """Return the sender and the payload of a send.

    :param objects: the values of ``--sender-object``.

    :raises UsageError: for a second sender, a repeated key, bad JSON or a file that can't be read.
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
                "'{key}' can't be a payload key: blinker's send keeps it for itself. Give it "
                "another name.",
                key=key,
            )
        if key in payload:
            raise UsageError("The payload key '{key}' is given twice. Leave one out.", key=key)
        payload[key] = payload_value(argument, key, separator, value)
    senders += [sender.expression for sender in objects]
    if len(senders) > 1:
        raise UsageError(
            "A send has one sender, not '{first}' and '{second}'. Payload is written key=value, "
            "as in: {command}",
            first=senders[0],
            second=senders[1],
            command=f"{session_command()} send king 大象 slogan=巡山",
        )
    if objects:
        return objects[0], payload
    return (parse_sender(senders[0]) if senders else None), payload


def split_item(argument: str, item: re.Pattern[str] = PAYLOAD) -> tuple[str, str, str] | None:
    """Return the key, separator and value of an item, or ``None`` for another argument."""
    match = item.fullmatch(argument)
    return None if match is None else (match[1], match[2], match[3])


def payload_value(argument: str, key: str, separator: str, value: str) -> Any:
    """Return the value of a payload item. UsageError for bad JSON or a file that can't be read."""
    if separator == "=":
        return value
    if separator == ":=":
        advice = phrase("For text, leave out the colon: {item}", item=f"{key}={value}")
        return _json_of(value, argument, advice)
    text = _file_text(key, value)
    if separator == "=@":
        return text
    try:
        return from_json(text)
    except InvalidJSON as error:
        raise InvalidJSON(
            phrase(
                "The file '{file}' of the payload key '{key}' is not JSON: {reason}{place}. To send "
                "its text, leave out the colon: {item}",
                file=value,
                key=key,
                reason=error.reason,
                place=error.place,
                item=f"{key}=@{value}",
            ),
            text,
            error.position,
        ) from None


def parse_sender(text: str) -> Any:
    """Return a sender: text, or the JSON value after ``:=``. UsageError for bad JSON."""
    if not text.startswith(":="):
        return text
    advice = phrase("As text, it goes without the colon and the equals sign.")
    return _json_of(text[2:], text, advice)


def parse_question(text: str) -> Any:
    """Return a sender for ``has_receivers_for``. UsageError for bad JSON or one that looks like ``ANY``."""
    sender = parse_sender(text)
    if isinstance(sender, int) and sender == 0:
        other = phrase("The text 0 is another sender: --sender 0")
        raise UsageError(
            sentences(
                phrase(
                    "The sender 0 can't be distinguished from ANY: 0 is blinker's own id for it."
                )
                if type(sender) is int
                else phrase(
                    "The sender {sender} can't be distinguished from ANY: {sender} equals 0, blinker's own id "
                    "for it.",
                    sender=sender,
                ),
                other,
            )
        )
    return sender


def parse_filter(text: str) -> Sender:
    """Return a sender to listen to. UsageError unless it is text or an integer other than 0."""
    sender = parse_question(text)
    if isinstance(sender, str):
        return sender
    if isinstance(sender, int):
        return int(sender)
    raise UsageError(
        "The sender {sender} can't be listened to from a session: only text and integers can be "
        "saved, because blinker compares nothing else by value.",
        sender=sender_label(sender),
    )


def parse_json_option(option: str, text: str | None) -> Any:
    """Return the JSON value of an option; ``None`` if it isn't given. UsageError for bad JSON."""
    if text is None:
        return None
    advice = phrase("Text is quoted: {example}", example=f"{option} '\"{text}\"'")
    return _json_of(text, f"{option} {text}", advice)


def _file_text(key: str, name: str) -> str:
    try:
        with open(path_from(name), "rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise UsageError(
                "The file '{file}' of the payload key '{key}' is larger than {most} MiB, the most "
                "that is sent.",
                file=name,
                key=key,
                most=LARGEST_FILE >> 20,
            )
        return content.decode()
    except OSError as error:
        raise UsageError(
            "The file '{file}' of the payload key '{key}' can't be read: {reason}. To send the "
            "text itself, type: {item}",
            file=name,
            key=key,
            reason=system_reason(error),
            item=f"{key}:='\"@{name}\"'",
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(
            "The file '{file}' of the payload key '{key}' is not UTF-8 text: byte {byte}. Only "
            "text can be sent.",
            file=name,
            key=key,
            byte=error.start + 1,
        ) from error


def _json_of(text: str, argument: str, advice: str) -> Any:
    """Return the JSON value at the end of an argument. An error shows the whole argument."""
    try:
        return from_json(text)
    except InvalidJSON as error:
        position = error.position
        if position is not None:
            position += len(argument) - len(text)
        raise InvalidJSON(
            sentences(
                phrase(
                    "'{argument}' is not JSON: {reason}.", argument=argument, reason=error.reason
                ),
                advice,
            ),
            argument,
            position,
        ) from None
