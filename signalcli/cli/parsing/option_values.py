"""Parse sizes, times, files and parts of HTTP requests. Text of any other form raises UsageError."""

from __future__ import annotations

import os
import re
import time

from signalcli.errors import UsageError, system_reason
from signalcli.language.phrases import phrase
from signalcli.text import LONGEST, UNSAFE, path_from, typed_text

URL = r"(?:https?://[^/]*|localhost(?::\d+)?|:\d+)(/\S*)?"
"""A URL as HTTPie takes it. Its path is the group."""
TRACE_START = b'{\n  "version": '
"""The start of a trace file. A trace replaces no other existing file."""


def parse_size(text: str) -> int:
    """Return a size in bytes: ``500``, ``500kB``, ``10MB``, ``1GB``."""
    match = re.fullmatch(r"(\d{1,15}) ?(k|M|G)?B?", text, re.ASCII)
    if match is None:
        raise UsageError("'{text}' is not a size in bytes. For example: 500kB, or 10MB", text=text)
    return int(match[1]) * {None: 1, "k": 1_000, "M": 1_000_000, "G": 1_000_000_000}[match[2]]


def parse_memory(text: str) -> int:
    """Return an amount of memory in MiB, at least 1."""
    if not re.fullmatch(r"0*[1-9]\d{0,9}", text, re.ASCII):
        raise UsageError(
            "'{text}' is not a number of MiB. For example: --memory 512, or "
            "SIGNALCLI_APP_MEMORY=512",
            text=text,
        )
    return int(text)


def parse_seconds(text: str) -> float:
    """Return a time in seconds, not negative: ``2``, ``0.5`` or ``2s``."""
    seconds = _number(text.removesuffix("s"))
    if not 0 <= seconds <= LONGEST:
        raise UsageError(
            "'{text}' is not a time in seconds, from 0 to {longest}.",
            text=text,
            longest=f"{LONGEST:.0f}",
        )
    return seconds


def parse_milliseconds(text: str) -> float:
    """Return a time in seconds, of a number of milliseconds that isn't negative."""
    milliseconds = _number(text)
    if not 0 <= milliseconds <= LONGEST * 1_000:
        raise UsageError(
            "'{text}' is not a time in milliseconds. For example: --slow 20", text=text
        )
    return milliseconds / 1_000


def _number(text: str) -> float:
    """Return a number; -1 if the text is none."""
    try:
        return float(text)
    except ValueError:
        return -1.0


def parse_moment(text: str) -> float:
    """Return a time in seconds since the epoch, from ISO 8601 or an age such as ``90s`` or ``2h``."""
    from datetime import datetime

    ago = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)(s|m|h|d)", text, re.ASCII)
    if ago is not None:
        return time.time() - float(ago[1]) * {"s": 1, "m": 60, "h": 3_600, "d": 86_400}[ago[2]]
    try:
        return datetime.fromisoformat(re.sub("[Zz]$", "+00:00", text)).timestamp()
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            "'{text}' is not a time. Write how long ago it was, such as 90s, 10m, 2h or 3d, or "
            "ISO 8601, such as 2026-11-24 or 2026-11-24T08:30",
            text=text,
        ) from None


def parse_picture(name: str) -> str:
    """Return the file of a page or a picture. UsageError for another name, or if it can't be written."""
    if saved_kind(name) not in ("svg", "html", "markdown"):
        raise UsageError(
            "'{name}' is neither a page nor a picture: its name must end in .html, .md or .svg",
            name=name,
        )
    return parse_new_file(name)


def parse_trace_file(name: str) -> str:
    """Return the file of a trace, its page or its picture.

    UsageError for an unknown ending of its name, or if it would replace any other file.
    """
    kind = saved_kind(name)
    if kind is None:
        raise UsageError(
            "'{name}' is no name for a trace: it must end in .json, .html, .md, .svg or "
            ".perfetto.json, or have no ending",
            name=name,
        )
    path = path_from(parse_new_file(name))
    if kind == "trace" and os.path.exists(path):
        try:
            with open(path, "rb") as file:
                start = file.read(len(TRACE_START))
        except OSError as error:
            raise UsageError(
                "'{name}' can't be replaced: {reason}.", name=name, reason=system_reason(error)
            ) from error
        if start and start != TRACE_START:
            raise UsageError(
                "'{name}' is there and is no trace, and so isn't replaced. Take another name, "
                "such as trace.json",
                name=name,
            )
    return name


def saved_kind(name: str) -> str | None:
    """Return what ``--save`` writes into a file of this name; ``None`` if its ending is unknown.

    It is ``"svg"``, ``"html"``, ``"markdown"``, ``"perfetto"`` for a trace for other programs, or ``"trace"``
    for one that signalcli reads, whose name may also have no ending.
    """
    ends = {
        ".svg": "svg",
        ".html": "html",
        ".md": "markdown",
        ".perfetto.json": "perfetto",
        ".json": "trace",
    }
    kind = next((kind for end, kind in ends.items() if name.lower().endswith(end)), None)
    return kind or (None if os.path.splitext(name)[1] else "trace")


def parse_new_file(name: str) -> str:
    """Return a file name. UsageError if no file can be written or replaced there."""
    path = path_from(name)
    target = os.path.realpath(path) if os.path.islink(path) else path
    folder = os.path.dirname(target) or "."
    if not os.path.isdir(folder):
        raise UsageError(
            "'{name}' can't be saved: there is no directory '{folder}'.",
            name=name,
            folder=typed_text(folder),
        )
    if os.path.lexists(target) and not os.path.isfile(target):
        raise UsageError(
            phrase("'{name}' can't be saved: it is a directory.", name=name)
            if os.path.isdir(target)
            else phrase("'{name}' can't be saved: it is no regular file.", name=name)
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(
            "'{name}' can't be saved: nothing can be written in '{folder}'.",
            name=name,
            folder=typed_text(folder),
        )
    return name


def parse_header(text: str) -> tuple[str, str]:
    """Return the name and the value of an HTTP header, ``Name: value``."""
    match = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x1f\x7f]*)", text)
    if match is None or not match[2].isascii():
        raise UsageError(
            "'{text}' is not a header. Its name and its value are written in ASCII, with a colon "
            "between them, as in Accept:text/html",
            text=text,
        )
    return match[1], match[2]


def parse_url_path(text: str) -> str:
    """Return the path of a request, with or without a query."""
    if url := re.fullmatch(URL, text):
        raise UsageError(
            "'{text}' has a host, and requests are made without one. Type the path: {path}",
            text=text,
            path=url[1] or "/",
        )
    if not text.startswith("/") or re.search(UNSAFE, text):
        raise UsageError(
            "'{text}' is not a path: those begin with a slash, as in /hello", text=text
        )
    return text


def parse_method(text: str) -> str:
    """Return an HTTP method in capital letters."""
    if not re.fullmatch("[A-Za-z]+", text):
        raise UsageError("'{text}' is not an HTTP method. For example: POST", text=text)
    return text.upper()
