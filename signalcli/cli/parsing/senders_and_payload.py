"""Senders and payload as they are typed, in the grammar of HTTPie's request items.

``key=text``, ``key:=json``, ``key=@file`` (its text) and ``key:=@file`` (its JSON) are payload; the
one other argument is the sender. A sender that starts with ``:=`` is typed JSON.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from typing import Any

from signalcli.errors import InvalidJSON, UsageError
from signalcli.text import UNSAFE, from_json, path_from, sender_label, typed_text
from signalcli.values.delivery import Sender

LARGEST_FILE = 32 * 2**20
"""bytes: a larger file is not read into the payload."""
LONGEST = 86_400.0
"""seconds: nobody waits or sleeps longer than a day."""
TRACE_START = b'{\n  "version": '
"""How the file of a kept trace begins: nothing else is replaced by one."""
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
    if not text.startswith(":="):
        return text
    return _json_of(text[2:], text, "As text, it goes without the colon and the equals sign.")


def parse_question(text: str) -> Any:
    """A sender that ``has_receivers_for`` can be asked about.

    :raises UsageError: for bad JSON, and for one that blinker takes for ``ANY``.
    """
    sender = parse_sender(text)
    if isinstance(sender, int) and sender == 0:
        zero = "0 is" if type(sender) is int else f"{sender} equals 0,"
        raise UsageError(
            f"The sender {sender} can't be told from ANY: {zero} blinker's own id for it. "
            f"The text 0 is another sender: --sender 0"
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
        f"The sender {sender_label(sender)} can't be listened to from a session: only text and "
        f"integers can be saved, because blinker compares nothing else by value."
    )


def parse_json_option(option: str, text: str | None) -> Any:
    """The JSON value of an option; ``None`` if it isn't given.

    :raises UsageError: for bad JSON.
    """
    if text is None:
        return None
    return _json_of(text, f"{option} {text}", f"Text is quoted: {option} '\"{text}\"'")


def parse_size(text: str) -> int:
    """A size in bytes: ``500``, ``500kB``, ``10MB``, ``1GB``.

    :raises UsageError: for anything else.
    """
    match = re.fullmatch(r"(\d{1,15}) ?(k|M|G)?B?", text, re.ASCII)
    if match is None:
        raise UsageError(f"'{text}' is not a size in bytes. For example: 500kB, or 10MB")
    return int(match[1]) * {None: 1, "k": 1_000, "M": 1_000_000, "G": 1_000_000_000}[match[2]]


def parse_seconds(text: str) -> float:
    """A time in seconds, not negative.

    :raises UsageError: for anything else.
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST:
        raise UsageError(f"'{text}' is not a time in seconds, from 0 to {LONGEST:.0f}.")
    return seconds


def parse_moment(text: str) -> float:
    """A moment, in seconds since the epoch: ISO 8601, or how long ago, such as ``90s`` or ``2h``.

    :raises UsageError: for anything else.
    """
    from datetime import datetime

    ago = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)(s|m|h|d)", text, re.ASCII)
    if ago is not None:
        return time.time() - float(ago[1]) * {"s": 1, "m": 60, "h": 3_600, "d": 86_400}[ago[2]]
    try:
        return datetime.fromisoformat(re.sub("[Zz]$", "+00:00", text)).timestamp()
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"'{text}' is not a time. Write how long ago it was, such as 90s, 10m, 2h or 3d, or "
            f"ISO 8601, such as 2026-11-24 or 2026-11-24T08:30"
        ) from None


def parse_picture(name: str) -> str:
    """The file of a picture. That it can be saved is made sure before anything is done.

    :raises UsageError: if it is neither SVG nor HTML, or if there is no such directory.
    """
    if not is_picture(name):
        raise UsageError(f"'{name}' is no picture: its name must end in .svg or .html")
    return parse_new_file(name)


def parse_trace_file(name: str) -> str:
    """The file that a trace is kept in, or its picture.

    :raises UsageError: if it can't be saved there, or would replace something else than a trace.
    """
    path = path_from(parse_new_file(name))
    if not is_picture(name) and os.path.exists(path):
        try:
            with open(path, "rb") as file:
                start = file.read(len(TRACE_START))
        except OSError as error:
            raise UsageError(f"'{name}' can't be replaced: {error.strerror}.") from error
        if start and start != TRACE_START:
            raise UsageError(
                f"'{name}' is there and is no trace, and so isn't replaced. Take another name, such "
                f"as trace.json"
            )
    return name


def is_picture(name: str) -> bool:
    """Whether it is the name of a picture."""
    return name.lower().endswith((".svg", ".html"))


def parse_new_file(name: str) -> str:
    """The file of a picture, or of a trace. That it can be saved is made sure before anything is done.

    :raises UsageError: if there is no such directory, or if it can't be replaced.
    """
    path = path_from(name)
    target = os.path.realpath(path) if os.path.islink(path) else path
    folder = os.path.dirname(target) or "."
    if not os.path.isdir(folder):
        raise UsageError(f"'{name}' can't be saved: there is no directory '{typed_text(folder)}'.")
    if os.path.lexists(target) and not os.path.isfile(target):
        what = "a directory" if os.path.isdir(target) else "no regular file"
        raise UsageError(f"'{name}' can't be saved: it is {what}.")
    if not os.access(folder, os.W_OK | os.X_OK):
        where = typed_text(folder)
        raise UsageError(f"'{name}' can't be saved: nothing can be written in '{where}'.")
    return name


def parse_header(text: str) -> tuple[str, str]:
    """The name and the value of an HTTP header, ``Name: value``.

    :raises UsageError: for anything else.
    """
    match = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x1f\x7f]*)", text)
    if match is None or not match[2].isascii():
        raise UsageError(
            f"'{text}' is not a header. Its name and its value are written in ASCII, with a colon "
            f"between them: --header 'Accept: text/html'"
        )
    return match[1], match[2]


def parse_url_path(text: str) -> str:
    """The path of a request, with or without a query.

    :raises UsageError: for anything else.
    """
    if not text.startswith("/") or re.search(UNSAFE, text):
        raise UsageError(f"'{text}' is not a path: those begin with a slash, as in /hello")
    return text


def parse_method(text: str) -> str:
    """An HTTP method, in capital letters.

    :raises UsageError: for anything else.
    """
    if not re.fullmatch("[A-Za-z]+", text):
        raise UsageError(f"'{text}' is not an HTTP method. For example: POST")
    return text.upper()


def _payload_value(argument: str, key: str, separator: str, value: str) -> Any:
    if separator == "=":
        return value
    if separator == ":=":
        return _json_of(value, argument, f"For text, leave out the colon: {key}={value}")
    text = _file_text(key, value)
    if separator == "=@":
        return text
    try:
        return from_json(text)
    except InvalidJSON as error:
        raise InvalidJSON(
            f"The file '{value}' of the payload key '{key}' is not JSON: {error.reason}"
            f"{error.place}. To send its text, leave out the colon: {key}=@{value}",
            text,
            error.position,
        ) from None


def _file_text(key: str, name: str) -> str:
    try:
        with open(path_from(name), "rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise UsageError(
                f"The file '{name}' of the payload key '{key}' is larger than "
                f"{LARGEST_FILE >> 20} MiB, the most that is sent."
            )
        return content.decode()
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


def _json_of(text: str, argument: str, advice: str) -> Any:
    """The JSON value that ends an argument; an error shows the whole of that."""
    try:
        return from_json(text)
    except InvalidJSON as error:
        position = error.position
        if position is not None:
            position += len(argument) - len(text)
        raise InvalidJSON(
            f"'{argument}' is not JSON: {error.reason}. {advice}", argument, position
        ) from None
