"""The sources of many sends: a repeated message, the lines of a file, or JSON Lines.

A source yields batches and keeps none of them, so that a million messages take no more memory than ten.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Mapping
from io import BufferedReader
from itertools import islice, repeat
from typing import NamedTuple, Protocol, cast

from signalcli.errors import InvalidJSON, UsageError, system_reason
from signalcli.language.phrases import phrase
from signalcli.text import display_text, from_json, path_from
from signalcli.values.delivery import RESERVED_KEYS

BLOCK = 64 * 2**10
"""bytes: the most that one read takes from a pipe."""

BatchItem = tuple[object, Mapping[str, object]]
"""A sender and a payload. A plain tuple, because a run may send millions."""


class Batch(NamedTuple):
    """Some messages, in order."""

    messages: Iterable[BatchItem]
    lines: int
    """The number of lines that were read, or of repeated messages; 0 at the end of the source."""
    bad: tuple[str, ...] = ()
    """The errors of lines that aren't messages, as sentences. A source that stops at the first error
    has no messages after it."""


class MessageSource(Protocol):
    """Messages to send. They need not fit into memory."""

    @property
    def total(self) -> int | None:
        """The length of the source, in messages or bytes; ``None`` if it is unknown."""

    @property
    def position(self) -> int:
        """How much of it was read, in the same unit."""

    def take(self, count: int) -> Batch:
        """Return the next messages, at most ``count``."""


class RepeatedMessage:
    """One message, repeated."""

    def __init__(self, message: BatchItem, count: int) -> None:
        self._message = message
        self.total = count
        self.position = 0

    def take(self, count: int) -> Batch:
        left = min(count, self.total - self.position)
        self.position += left
        return Batch(repeat(self._message, left), left)


class Lines:
    """A file with one sender per line, always taken as text. ``name`` is its name in errors."""

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
        """Return the next messages, at most ``count``. UsageError if the file can't be read."""
        try:
            lines = self._next(count)
        except OSError as error:
            raise UsageError(
                "{file} can't be read: {reason}.", file=self._name, reason=system_reason(error)
            ) from error
        self.position += sum(map(len, lines))
        if self._number == 0 and lines:
            lines[0] = lines[0].removeprefix(b"\xef\xbb\xbf")
        try:
            batch = self._parse_all(lines)
        except (UnicodeDecodeError, InvalidJSON, UsageError):
            batch = self._parse_each(lines)
        self._number += len(lines)
        return batch

    def _next(self, count: int) -> list[bytes]:
        """Return the next lines. A pipe returns the lines that have arrived, without waiting for more."""
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

    def _parse_all(self, lines: list[bytes]) -> Batch:
        """Parse lines that have no errors. This is the fast path."""
        senders = b"".join(lines).decode().split("\n")[: len(lines)]
        messages = ((sender.removesuffix("\r"), self._payload) for sender in senders)
        return Batch(messages, len(lines))

    def _parse_each(self, lines: list[bytes]) -> Batch:
        messages: list[BatchItem] = []
        bad: list[str] = []
        for number, line in enumerate(lines, self._number + 1):
            try:
                messages += self._parse_all([line]).messages
            except UnicodeDecodeError as error:
                fault: str = phrase("is not UTF-8 text: byte {n}", n=error.start + 1)
            except InvalidJSON as error:
                if error.position is None:
                    fault = phrase("is not JSON: {reason}", reason=error.reason)
                else:
                    fault = phrase(
                        "is not JSON: {reason} at column {n}",
                        reason=error.reason,
                        n=error.position + 1,
                    )
            except UsageError as error:
                fault = str(error)
            else:
                continue
            sentence = phrase(
                "Line {number} of {file} {what}.", number=number, file=self._name, what=fault
            )
            bad.append(sentence)
            if self._stop:
                break
        return Batch(messages, len(lines), tuple(bad))


class JsonLines(Lines):
    """A file with one message per line, ``{"sender": …, "payload": {…}}``."""

    def _parse_all(self, lines: list[bytes]) -> Batch:
        texts = (line.decode() for line in lines if not line.isspace())
        return Batch([_message(from_json(text)) for text in texts], len(lines))


def open_lines(kind: type[Lines], name: str, payload: Mapping[str, object], *, stop: bool) -> Lines:
    """Open a file of messages, or standard input for ``-``. UsageError if it can't be read."""
    if name == "-":
        if sys.stdin is None:
            raise UsageError("Standard input is closed, so there are no lines to read from it.")
        return kind(
            cast("BufferedReader", sys.stdin.buffer), phrase("standard input"), payload, stop
        )
    try:
        file = open(path_from(name), "rb")  # noqa: SIM115 - read until the process ends
        file.peek(1)  # a directory can be opened but not read
    except OSError as error:
        raise UsageError(
            "The file '{file}' can't be read: {reason}.", file=name, reason=system_reason(error)
        ) from error
    return kind(file, name, payload, stop)


def _message(document: object) -> BatchItem:
    """Return the message in a line's JSON, or raise UsageError with the end of a sentence."""
    if type(document) is not dict:
        raise UsageError(
            'must be an object with "sender" and "payload", not {found}', found=_shortened(document)
        )
    unknown = [key for key in document if key not in ("sender", "payload")]
    if unknown:
        raise UsageError(
            'has the key \'{key}\', and a message has "sender" and "payload"', key=unknown[0]
        )
    payload = document.get("payload", {})
    if type(payload) is not dict:
        raise UsageError(
            'has a "payload" that must be an object, not {found}', found=_shortened(payload)
        )
    for key in RESERVED_KEYS:
        if key in payload:
            raise UsageError(
                "has the payload key '{key}', which blinker's send keeps for itself", key=key
            )
    return document.get("sender"), payload


def _shortened(value: object) -> str:
    text = display_text(value)
    return text if len(text) < 60 else f"{text[:60]}…"
