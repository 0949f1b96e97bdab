"""Where the messages of many sends come from: a count, the lines of a file, or its JSON Lines.

Each source hands them out in batches, and remembers nothing of those it has handed out, so that a
million take no more memory than ten.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Mapping
from io import BufferedReader
from itertools import islice, repeat
from typing import NamedTuple, Protocol, cast

from signalcli.cli.parsing.senders_and_payload import RESERVED_KEYS
from signalcli.errors import InvalidJSON, UsageError
from signalcli.text import from_json, path_from, plain

BLOCK = 64 * 2**10
"""bytes: what is read at once from a pipe."""

Message = tuple[object, Mapping[str, object]]
"""A sender and a payload."""


class Batch(NamedTuple):
    """Some messages, in order."""

    messages: Iterable[Message]
    lines: int
    """How many lines were read for it, or messages counted: nothing more comes after none."""
    bad: tuple[str, ...] = ()
    """What is wrong with each line that isn't a message, as a sentence. Where a source stops at the
    first, nothing of the batch stands behind it."""


class Source(Protocol):
    """Messages to send, of which there may be more than fit into memory."""

    @property
    def total(self) -> int | None:
        """How far it goes, in units of its own; ``None`` if that can't be known."""

    @property
    def position(self) -> int:
        """How far it was read, in the same units."""

    def take(self, count: int) -> Batch:
        """The next messages, ``count`` at most."""


class Repeated:
    """One message, again and again."""

    def __init__(self, message: Message, count: int) -> None:
        self._message = message
        self.total = count
        self.position = 0

    def take(self, count: int) -> Batch:
        """The next messages, ``count`` at most."""
        left = min(count, self.total - self.position)
        self.position += left
        return Batch(repeat(self._message, left), left)


class Lines:
    """A file each of whose lines is a sender, as text that is never typed.

    :param name: what the file is called in errors.
    :param payload: that of every message.
    :param stop: whether the first bad line ends it.
    """

    def __init__(
        self, file: BufferedReader, name: str, payload: Mapping[str, object], stop: bool
    ) -> None:
        self._file: BufferedReader | None = file
        self._came: list[bytes] = []
        self._rest = b""
        self._name = name
        self._payload = payload
        self._stop = stop
        self._number = 0
        status = os.fstat(file.fileno())
        self.total = status.st_size if stat.S_ISREG(status.st_mode) else None
        self.position = 0

    def take(self, count: int) -> Batch:
        """The next messages, ``count`` at most.

        :raises UsageError: if the file can't be read on.
        """
        try:
            lines = self._next(count)
        except OSError as error:
            raise UsageError(f"{self._name} can't be read: {error.strerror}.") from error
        self.position += sum(map(len, lines))
        if self._number == 0 and lines:
            lines[0] = lines[0].removeprefix(b"\xef\xbb\xbf")
        try:
            batch = self._all_good(lines)
        except (UnicodeDecodeError, InvalidJSON, UsageError):
            batch = self._one_by_one(lines)
        self._number += len(lines)
        return batch

    def _next(self, count: int) -> list[bytes]:
        """The next lines: of a pipe, those that came already, so that none waits for another."""
        if self.total is not None:
            return list(islice(self._file or (), count))
        while not self._came and self._file is not None:
            block = self._file.read1(BLOCK)
            *lines, self._rest = (self._rest + block).split(b"\n")
            self._came += [line + b"\n" for line in lines]
            if not block:
                self._came += [self._rest] if self._rest else []
                self._file = None
        taken, self._came = self._came[:count], self._came[count:]
        return taken

    def _all_good(self, lines: list[bytes]) -> Batch:
        """The messages of lines that are all as they should be, which is quick to find out."""
        senders = b"".join(lines).decode().split("\n")[: len(lines)]
        return Batch(zip(map(_without_return, senders), repeat(self._payload)), len(lines))

    def _one_by_one(self, lines: list[bytes]) -> Batch:
        """The messages of lines of which some are bad."""
        messages: list[Message] = []
        bad: list[str] = []
        for number, line in enumerate(lines, self._number + 1):
            try:
                messages += self._all_good([line]).messages
            except UnicodeDecodeError as error:
                bad.append(self._bad(number, f"is not UTF-8 text: byte {error.start + 1}"))
            except InvalidJSON as error:
                column = f" at column {error.position + 1}" if error.position is not None else ""
                bad.append(self._bad(number, f"is not JSON: {error.reason}{column}"))
            except UsageError as error:
                bad.append(self._bad(number, str(error)))
            if bad and self._stop:
                break
        return Batch(messages, len(lines), tuple(bad))

    def _bad(self, number: int, what: str) -> str:
        return f"Line {number} of {self._name} {what}."


class JsonLines(Lines):
    """A file each of whose lines is a message, ``{"sender": …, "payload": {…}}``."""

    def _all_good(self, lines: list[bytes]) -> Batch:
        texts = (line.decode() for line in lines if not line.isspace())
        return Batch([_message(from_json(text)) for text in texts], len(lines))


def open_lines(kind: type[Lines], name: str, payload: Mapping[str, object], *, stop: bool) -> Lines:
    """The messages of a file, or of standard input for ``-``.

    :raises UsageError: if it can't be read.
    """
    if name == "-":
        if sys.stdin is None:
            raise UsageError("Standard input is closed, so there are no lines to read from it.")
        return kind(cast("BufferedReader", sys.stdin.buffer), "standard input", payload, stop)
    try:
        file = open(path_from(name), "rb")  # noqa: SIM115 - it is read until the process ends
        file.peek(1)  # a directory can be opened, and not read
    except OSError as error:
        raise UsageError(f"The file '{name}' can't be read: {error.strerror}.") from error
    return kind(file, name, payload, stop)


def _without_return(line: str) -> str:
    return line.removesuffix("\r")


def _message(document: object) -> Message:
    """The message of a line's JSON.

    :raises UsageError: if it isn't one, with the end of the sentence about the line.
    """
    if type(document) is not dict:
        raise UsageError(
            f'must be an object with "sender" and "payload", not {_shortened(document)}'
        )
    unknown = [key for key in document if key not in ("sender", "payload")]
    if unknown:
        raise UsageError(f'has the key \'{unknown[0]}\', and a message has "sender" and "payload"')
    payload = document.get("payload", {})
    if type(payload) is not dict:
        raise UsageError(f'has a "payload" that must be an object, not {_shortened(payload)}')
    for key in RESERVED_KEYS:
        if key in payload:
            raise UsageError(f"has the payload key '{key}', which blinker's send keeps for itself")
    return document.get("sender"), payload


def _shortened(value: object) -> str:
    text = plain(value)
    return text if len(text) < 60 else f"{text[:60]}…"
