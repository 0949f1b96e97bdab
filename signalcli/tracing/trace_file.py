"""A trace that was kept: the JSON document of a traced request or program, in a file."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from signalcli.errors import InvalidJSON, UsageError
from signalcli.files import reason_of
from signalcli.text import from_json, path_from, to_json
from signalcli.values.delivery import Call, RaisedError
from signalcli.values.trace import Event

VERSION = 1
"""That of the file. A newer one is refused."""
LARGEST = 256 * 2**20
"""bytes: a larger file is refused unread."""


class KeptTrace(NamedTuple):
    """What was sent while a trace was made."""

    file: str
    """As it was typed."""
    events: tuple[Event, ...]
    """A program's with the names that they have when it is imported."""


def kept(traced: Any) -> str:
    """The text of the file that a trace is kept in.

    :param traced: a request or a program, by its ``to_json``.
    """
    return to_json({"version": VERSION, **traced.to_json()}, indent=2) + "\n"


def read(name: str, keep: str) -> KeptTrace:
    """Read a trace from a file.

    :param keep: the command that keeps one, for errors.
    :raises UsageError: if it isn't there, or is none that is known here.
    """
    document = _document(name, keep)
    version = document.get("version", VERSION) if isinstance(document, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise UsageError(
            f"The trace '{name}' is of version {version}, and this signalcli reads {VERSION}. "
            f"Upgrade: pip install --upgrade signalcli"
        )
    try:
        events = map(_event, document["events"])
        return KeptTrace(name, tuple(_imported(event, document.get("main")) for event in events))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _none(name, keep) from None


def _imported(event: Event, main: object) -> Event:
    """A send of a program, with the names that its own signals and receivers have in an import.

    :param main: what the module ``__main__`` is called then.
    """
    if not isinstance(main, str):
        return event

    def named(text: str) -> str:
        return re.sub(r"\b__main__(?=\.)", lambda match: main, text)

    calls = tuple(call._replace(receiver=named(call.receiver)) for call in event.calls)
    shown = None if event.sender_shown is None else named(event.sender_shown)
    return event._replace(signal=named(event.signal), calls=calls, sender_shown=shown)


def _document(name: str, keep: str) -> Any:
    try:
        with open(path_from(name), "rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise UsageError(f"The file '{name}' is larger than {LARGEST >> 20} MiB, and no trace.")
        return from_json(content.decode())
    except OSError as error:
        raise UsageError(f"The trace '{name}' can't be read: {reason_of(error)}.") from error
    except (UnicodeDecodeError, InvalidJSON):
        raise _none(name, keep) from None


def _none(name: str, keep: str) -> UsageError:
    return UsageError(f"The file '{name}' is no trace. Keep one: {keep}")


def _event(told: dict[str, Any]) -> Event:
    return Event(
        signal=_text(told["signal"]),
        depth=int(told["depth"]),
        sender=told["sender"],
        payload_keys=tuple(map(_text, told["payload_keys"])),
        muted=bool(told.get("muted", False)),
        calls=tuple(map(_call, told["calls"])),
        seconds=float(told["seconds"]),
        exception=_error(told.get("exception")),
        is_async=bool(told.get("async", False)),
        sender_shown=None if told.get("sender_shown") is None else _text(told["sender_shown"]),
        ended=bool(told.get("ended", True)),
    )


def _call(told: dict[str, Any]) -> Call:
    return Call(
        receiver=_text(told["receiver"]),
        outcome=_text(told["outcome"]),
        reason=_text(told["reason"]),
        value=told.get("value"),
        error=_error(told.get("error")),
        output=_text(told.get("output", "")),
        seconds=float(told.get("seconds", 0.0)),
    )


def _error(told: dict[str, Any] | None) -> RaisedError | None:
    if told is None:
        return None
    where = told.get("where")
    return RaisedError(
        _text(told["type"]), _text(told["message"]), None if where is None else _text(where)
    )


def _text(told: object) -> str:
    """:raises TypeError: for what isn't text."""
    if not isinstance(told, str):
        raise TypeError
    return told
