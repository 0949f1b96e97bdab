"""The message that carries one send: CloudEvents 1.0 in JSON, written and read strictly.

Reading a message imports nothing and runs no code: only JSON values leave :func:`read_envelope`.
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

from signalcli.errors import InvalidJSON, UsageError, shortened
from signalcli.language.phrases import Phrase, phrase
from signalcli.text import DEEPEST, from_json, is_json, to_json
from signalcli.values.delivery import RESERVED_KEYS
from signalcli.values.signal_name import SignalName

TYPE = "signalcli.send"
"""The CloudEvents ``type`` of every message."""
ID_BYTES = 10
"""bytes of an id: two of a billion messages are unlikely to share one."""
LONGEST_ATTRIBUTE = 500
"""characters that an id, a source or a reply subject may have."""
MOST_HOPS = 8
"""relays that a chain of sends may pass. A longer one is probably a loop."""
NOT_UNICODE = phrase("it is not valid Unicode")
_TIME = (
    r"(?a)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)"
    r"(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)"
)
_GROUPS = r"[\w.-]+( [\w.-]+)*"
_TOKEN = r"(?a)[\w-]+"
_REPLY = r"(?a)_INBOX(\.[\w-]+)+"
"""The subjects to which receipts may go."""
_EXPECTED: dict[str, Phrase] = {
    "time": phrase("a time such as {example}", example='"2026-11-28T12:00:00Z"'),
    "parentid": phrase("a text of 1 to {n} characters", n=LONGEST_ATTRIBUTE),
    "replyto": phrase("a subject such as {example}", example='"_INBOX.a1"'),
    "traceto": phrase("a subject such as {example}", example='"_INBOX.a1"'),
    "heardby": phrase("names of listeners such as {example}", example='"mail audit"'),
}
"""What each optional attribute must be."""


class RefusedMessage(Exception):
    """A message that isn't delivered, with a template of the reason, which ends a sentence."""

    def __init__(self, reason: str, /, **arguments: object) -> None:
        super().__init__(phrase(reason, **arguments))


class Envelope(NamedTuple):
    """One send, on its way between processes."""

    id: str
    source: str
    """The process that sent it, such as ``laptop/4711`` or ``shop@laptop/4711``."""
    signal: SignalName
    sender: object
    payload: Mapping[str, object]
    time: str | None
    """RFC 3339; ``None`` if the message has none."""
    parent: str | None = None
    """The id of the message whose receiver made this send."""
    hops: int = 0
    """How many messages are before it in the chain."""
    reply_to: str | None = None
    """The subject that waits for receipts."""
    heard_by: tuple[str, ...] = ()
    """The queues and durable listeners that heard it, because the sender's process is one of theirs."""
    trace_to: str | None = None
    """The subject below which a trace waits for receipts, of this message and of all that it causes."""

    @property
    def receipts_to(self) -> str | None:
        """The subject that waits for the receipts of this message, if one does."""
        if self.reply_to is None and self.trace_to is not None and re.fullmatch(_TOKEN, self.id):
            return f"{self.trace_to}.{self.id}"
        return self.reply_to


CURRENT: ContextVar[Envelope | None] = ContextVar("signalcli.relay.current", default=None)
"""The message whose receivers run. A send within them names it as its parent."""


def source_name(name: str | None = None) -> str:
    """Return the CloudEvents ``source`` of this process, optionally with an application's name.

    Call it again after a fork.
    """
    host = f"{quote(socket.gethostname() or 'localhost')}/{os.getpid()}"
    return host if name is None else f"{quote(name, safe='')}@{host}"


def new_envelope(
    signal: SignalName,
    sender: object,
    payload: Mapping[str, object],
    source: str,
    reply_to: str | None = None,
) -> Envelope:
    """Return the envelope of a new send. Within a receiver of :data:`CURRENT`, it continues the chain.

    :raises UsageError: if the send can't be relayed.
    """
    check_signal(signal)
    check_sender(sender)
    for key, value in payload.items():
        check_payload(key, value)
    parent = CURRENT.get()
    if parent is not None and parent.hops >= MOST_HOPS:
        raise UsageError(too_many_hops(str(signal)))
    return Envelope(
        os.urandom(ID_BYTES).hex(),
        source,
        signal,
        sender,
        payload,
        utc_now(),
        None if parent is None else parent.id,
        0 if parent is None else parent.hops + 1,
        reply_to,
        trace_to=None if parent is None else parent.trace_to,
    )


def utc_now() -> str:
    """Return the present time: RFC 3339 in UTC, in milliseconds."""
    from datetime import datetime, timezone

    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def check_signal(signal: SignalName) -> None:
    """Raise UsageError if a signal has no name that another process could know it by."""
    if signal.anonymous or signal.meta is not None:
        fault = phrase("'{signal}' is a meta signal, and only named signals can be relayed.")
        if signal.anonymous:
            fault = phrase(
                "'{signal}' is an anonymous signal, and only named signals can be relayed."
            )
        raise UsageError(fault, signal=str(signal))
    if not is_unicode(signal.name) or not is_unicode(signal.namespace or ""):
        raise UsageError(
            "The signal '{signal}' can't be relayed: its name is not valid Unicode.",
            signal=shortened(str(signal)),
        )


def is_unicode(text: str) -> bool:
    """Return whether a text can be written as UTF-8. One with a lone surrogate can't."""
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def check_sender(sender: object) -> None:
    """Raise UsageError if a sender isn't a JSON scalar, or is one that blinker takes for ``ANY``."""
    reason = _sender_fault(sender)
    if reason is not None:
        raise UsageError("This sender can't be relayed: {reason}.", reason=reason)


def _sender_fault(sender: object) -> str | None:
    if type(sender) is str and sender.isascii():  # most are, and this is quick
        return None
    if type(sender) in (int, bool) and sender == 0:
        return phrase("blinker takes {sender} for ANY", sender=json.dumps(sender))
    if type(sender) not in (str, int, float, bool, type(None)):
        return phrase("it must be text, a number, true or null, and is {kind}", kind=_kind(sender))
    if type(sender) is str:
        return None if is_unicode(sender) else NOT_UNICODE
    return None if _fits_json(sender) else phrase("JSON can't hold it")


def check_payload(key: str, value: object) -> None:
    """Raise UsageError, with the key, if a part of a payload can't be relayed."""
    reason = _key_fault(key)
    if reason is None and type(value) is str and not is_unicode(value):
        reason = phrase("its value is not valid Unicode")
    elif reason is None and not _fits_json(value):
        reason = phrase("JSON can't hold its value, {kind}", kind=_kind(value))
    if reason is not None:
        shown = shortened(str(key))
        raise UsageError(
            "The payload '{key}' can't be relayed: {reason}.", key=shown, reason=reason
        )


def _key_fault(key: str) -> str | None:
    if type(key) is not str:
        return phrase("its key is {kind}, not text", kind=_kind(key))
    if key in RESERVED_KEYS:
        return phrase("blinker's send keeps this key for itself")
    return None if is_unicode(key) else phrase("its key is not valid Unicode")


def _kind(value: object) -> str:
    kinds: dict[type, str] = {list: phrase("an array"), dict: phrase("an object")}
    return kinds.get(type(value)) or phrase("of the type {type}", type=type(value).__name__)


def _fits_json(value: object) -> bool:
    """Return whether JSON holds a value exactly, in valid Unicode."""
    try:
        return is_json(value) and bool(json.dumps(value, ensure_ascii=False).encode())
    except ValueError:  # UnicodeEncodeError for a lone surrogate, or too many digits
        return False


def too_many_hops(signal: str) -> str:
    """Return the sentence for a send at the end of a chain that is too long."""
    return phrase(
        "A send of '{signal}' was refused: the chain of sends that caused it has passed {n} relays, so it is "
        "probably a loop.",
        signal=shortened(signal),
        n=MOST_HOPS,
    )


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_quoted = lru_cache(maxsize=1000)(_encode)
"""Returns the JSON of a text that many messages have."""


def write_envelope(envelope: Envelope) -> bytes:
    """Return the bytes of a message. This runs on every send that leaves a process."""
    attributes: dict[str, object] = {"time": envelope.time, "replyto": envelope.reply_to}
    if envelope.parent is not None:
        attributes |= {"parentid": envelope.parent, "hops": envelope.hops}
    if envelope.heard_by:
        attributes["heardby"] = " ".join(envelope.heard_by)
    if envelope.trace_to is not None:
        attributes["traceto"] = envelope.trace_to
    parts = ['{"specversion":"1.0","datacontenttype":"application/json"', f'"type":"{TYPE}"']
    parts += (f'"id":{_encode(envelope.id)}', f'"source":{_quoted(envelope.source)}')
    parts.append(f'"subject":{_quoted(str(envelope.signal))}')
    parts += (
        f'"{name}":{_encode(value)}' for name, value in attributes.items() if value is not None
    )
    data = {"sender": envelope.sender, "payload": dict(envelope.payload)}
    return f'{",".join(parts)},"data":{_encode(data)}}}'.encode()


def read_envelope(data: bytes, signal: SignalName) -> Envelope:
    """Read a message that came for a signal.

    :raises RefusedMessage: if it isn't a CloudEvent as :func:`write_envelope` writes it. Attributes
        that signalcli doesn't know are ignored.
    """
    document = _parsed(data)
    if document.get("specversion") != "1.0":
        raise RefusedMessage('it is no CloudEvent: its "specversion" is not "1.0"')
    if document.get("type") != TYPE:
        raise RefusedMessage('its "type" is not "{type}"', type=TYPE)
    if document.get("datacontenttype", "application/json") != "application/json":
        raise RefusedMessage('its "datacontenttype" is not "application/json"')
    if document.get("subject", str(signal)) != str(signal):
        raise RefusedMessage('its "subject" names another signal than the subject it came on')
    sender, payload = _data(document.get("data"))
    hops = document.get("hops", 0)
    if type(hops) is not int or hops < 0:
        raise _unexpected("hops", hops, phrase("a whole number from 0"))
    if hops > MOST_HOPS:
        raise RefusedMessage("it has passed more than {n} relays, probably in a loop", n=MOST_HOPS)
    return Envelope(
        _attribute(document, "id"),
        _attribute(document, "source"),
        signal,
        sender,
        payload,
        _optional(document, "time", _TIME),
        _optional(document, "parentid", f"(?s).{{1,{LONGEST_ATTRIBUTE}}}"),
        hops,
        _optional(document, "replyto", _REPLY),
        tuple((_optional(document, "heardby", _GROUPS) or "").split()),
        _optional(document, "traceto", _REPLY),
    )


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        document = from_json(data.decode())
    except UnicodeDecodeError:
        raise RefusedMessage("it is not UTF-8 text") from None
    except InvalidJSON as error:
        raise RefusedMessage(
            "it is not JSON: {reason}{place}", reason=error.reason, place=error.place
        ) from None
    if type(document) is not dict:
        raise RefusedMessage("it is no CloudEvent: it is not a JSON object")
    if b"\\u" in data and not _fits_json(document):
        raise RefusedMessage("it has text that isn't valid Unicode, or is nested too deeply")
    return document


def _data(data: object) -> tuple[object, dict[str, object]]:
    if type(data) is not dict:
        raise RefusedMessage('its "data" is not an object with "sender" and "payload"')
    unknown = [key for key in data if key not in ("sender", "payload")]
    if unknown:
        raise RefusedMessage("its \"data\" has the unknown key '{key}'", key=shortened(unknown[0]))
    sender, payload = data.get("sender"), data.get("payload", {})
    reason = _sender_fault(sender)
    if reason is not None:
        raise RefusedMessage("its sender is refused: {reason}", reason=reason)
    if type(payload) is not dict:
        raise RefusedMessage('its "payload" is not an object')
    for key in payload:
        fault = _key_fault(key)
        if fault is not None:
            raise RefusedMessage(
                "its payload key '{key}' is refused: {fault}", key=shortened(key), fault=fault
            )
    if not is_json(payload):
        raise RefusedMessage("its payload is nested deeper than {n} levels", n=DEEPEST)
    return sender, payload


def _attribute(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if type(value) is not str or not 0 < len(value) <= LONGEST_ATTRIBUTE:
        raise RefusedMessage(
            'its "{name}" is not a text of 1 to {n} characters', name=name, n=LONGEST_ATTRIBUTE
        )
    return value


def _optional(document: Mapping[str, Any], name: str, pattern: str) -> str | None:
    value = document.get(name)
    if value is None:
        return None
    is_valid = type(value) is str and len(value) <= LONGEST_ATTRIBUTE
    if not is_valid or re.fullmatch(pattern, value) is None:
        raise _unexpected(name, value, _EXPECTED[name])
    return str(value)


def _unexpected(name: str, value: object, expected: Phrase) -> RefusedMessage:
    found = _kind(value) if type(value) in (list, dict) else shortened(to_json(value))
    return RefusedMessage(
        'its "{name}" is {found}, not {expected}', name=name, found=found, expected=expected
    )
