"""Session ⇄ the JSON document of its file, which is meant to be read and edited by hand.

::

    {
      "version": 1,
      "signals": {
        "king": {
          "doc": null,
          "muted": false,
          "ordered": true,
          "receivers": {"animal": "weak", "echo": "strong"},
          "any": ["echo"],
          "buckets": [
            {"receivers": ["animal"], "senders": ["大象", "狮子"]}
          ]
        }
      }
    }

``any`` and ``receivers`` are in order of connection. Senders with the same receivers share a line,
so that a hundred thousand connections are parsed in some ten milliseconds.
"""

from __future__ import annotations

from typing import Any, NoReturn

from signalcli.errors import UsageError
from signalcli.model import Bucket, Sender, Session, SignalState
from signalcli.names import SignalName
from signalcli.receivers import known_receivers
from signalcli.text import as_json_value, to_json

VERSION = 1
NEXT = ",\n"


class NewerVersion(ValueError):
    """The document says that a newer signalcli wrote it."""


class WrongShape(ValueError):
    """The document isn't that of a session, with the path to the place where it isn't."""


def format_session(session: Session) -> str:
    """The text of a session's file: indented, but a bucket takes one line."""
    signals = NEXT.join(map(_format_signal, session.signals, session.signals.values()))
    inner = f"\n{signals}\n  " if signals else ""
    return f'{{\n  "version": {VERSION},\n  "signals": {{{inner}}}\n}}\n'


def _format_signal(name: str, state: SignalState) -> str:
    receivers = {receiver: "weak" if weak else "strong" for receiver, weak in state.receivers}
    buckets = NEXT.join(f"        {to_json(bucket._asdict())}" for bucket in state.buckets)
    lines = [
        f'      "doc": {to_json(state.doc)}',
        f'      "muted": {to_json(state.muted)}',
        f'      "ordered": {to_json(state.ordered)}',
        f'      "receivers": {to_json(receivers)}',
        f'      "any": {to_json(state.any)}',
        f'      "buckets": [\n{buckets}\n      ]' if buckets else '      "buckets": []',
    ]
    return f"    {to_json(name)}: {{\n{NEXT.join(lines)}\n    }}"


def parse_session(document: object) -> Session:
    """The session of a file's JSON document, checked in every part.

    :raises NewerVersion: if a newer signalcli wrote it.
    :raises WrongShape: if it isn't a session, with the path to the place where it isn't.
    """
    top = _object(document, "the document")
    version = top.get("version")
    if type(version) is int and version > VERSION:
        raise NewerVersion(
            f"has version {version}, and this signalcli reads up to version {VERSION}. "
            f"Install a newer one: pip install --upgrade signalcli"
        )
    if type(version) is not int or version != VERSION:
        _wrong("version", f"the number {VERSION}", version)
    _known_keys(top, {"version", "signals"}, "the document")
    signals = _object(top.get("signals"), "signals")
    return Session(
        {_name(name): _signal(state, f"signals.{name}") for name, state in signals.items()}
    )


def _name(text: str) -> str:
    try:
        canonical = str(SignalName.parse(text))
    except UsageError as error:
        raise WrongShape(f"signals: {error}") from None
    if canonical != text:
        raise WrongShape(f"signals: '{text}' must be written '{canonical}'")
    return text


def _signal(value: object, path: str) -> SignalState:
    state = _object(value, path)
    _known_keys(state, {"doc", "muted", "ordered", "receivers", "any", "buckets"}, path)
    doc = state.get("doc")
    if doc is not None and type(doc) is not str:
        _wrong(f"{path}.doc", "text or null", doc)
    receivers = _object(state.get("receivers", {}), f"{path}.receivers")
    for receiver, strength in receivers.items():
        if receiver not in known_receivers():
            raise WrongShape(f"{path}.receivers: there is no receiver '{receiver}'")
        if strength not in ("weak", "strong"):
            _wrong(f"{path}.receivers.{receiver}", '"weak" or "strong"', strength)
    return SignalState(
        doc=doc,
        muted=_boolean(state.get("muted", False), f"{path}.muted"),
        ordered=_boolean(state.get("ordered", True), f"{path}.ordered"),
        receivers=tuple((receiver, strength == "weak") for receiver, strength in receivers.items()),
        any=_receivers(state.get("any", []), receivers, f"{path}.any"),
        buckets=_buckets(state.get("buckets", []), receivers, f"{path}.buckets"),
    )


def _buckets(value: object, receivers: dict[str, Any], path: str) -> tuple[Bucket, ...]:
    buckets = []
    seen: set[Sender] = set()
    for index, item in enumerate(_array(value, path)):
        here = f"{path}[{index}]"
        bucket = _object(item, here)
        _known_keys(bucket, {"receivers", "senders"}, here)
        names = _receivers(bucket.get("receivers"), receivers, f"{here}.receivers")
        senders = _array(bucket.get("senders"), f"{here}.senders")
        expected = len(seen) + len(senders)
        comparable = set(map(type, senders)) <= {str, int}
        if comparable:
            seen.update(senders)
        if not comparable or 0 in seen:
            odd = next(i for i, s in enumerate(senders) if type(s) not in (str, int) or s == 0)
            _wrong(f"{here}.senders[{odd}]", "text or an integer other than 0", senders[odd])
        if len(seen) != expected:
            raise WrongShape(f"{here}.senders: a sender stands in it, or in a bucket before, twice")
        buckets.append(Bucket(names, tuple(senders)))
    return tuple(buckets)


def _receivers(value: object, known: dict[str, Any], path: str) -> tuple[str, ...]:
    names = _array(value, path)
    for index, name in enumerate(names):
        if type(name) is not str or name not in known:
            _wrong(f"{path}[{index}]", "one of the signal's receivers", name)
    if len(set(names)) != len(names):
        raise WrongShape(f"{path}: a receiver stands in it twice")
    return tuple(names)


def _object(value: object, path: str) -> dict[str, Any]:
    return value if isinstance(value, dict) else _wrong(path, "an object", value)


def _array(value: object, path: str) -> list[Any]:
    return value if isinstance(value, list) else _wrong(path, "an array", value)


def _boolean(value: object, path: str) -> bool:
    return value if isinstance(value, bool) else _wrong(path, "true or false", value)


def _known_keys(value: dict[str, Any], known: set[str], path: str) -> None:
    unknown = [key for key in value if key not in known]
    if unknown:
        raise WrongShape(f"{path} has the unknown key '{unknown[0]}'")


def _wrong(path: str, expected: str, found: object) -> NoReturn:
    raise WrongShape(f"{path} must be {expected}, not {_described(found)}")


def _described(found: object) -> str:
    text = "nothing" if found is None else to_json(as_json_value(found))
    return text if len(text) < 40 else f"{text[:40]}…"
