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

Receivers that only this session knows stand beside the signals, and so do the names of those that
the program let go of, where something holds them still::

      "receivers": {"greeter": {"says": "{sender}!", "returns": 1}, "bell": {"offered_by": "bells"}},
      "dropped": ["animal"]

``any`` and ``receivers`` are in order of connection. Senders with the same receivers share a line,
so that a hundred thousand connections are parsed in some ten milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from signalcli.errors import UsageError
from signalcli.receivers.demos import CATALOGUE
from signalcli.text import as_json_value, to_json
from signalcli.values.delivery import (
    Bucket,
    Sender,
    Session,
    SignalState,
)
from signalcli.values.signal_name import SignalName, is_import

if TYPE_CHECKING:
    from signalcli.values.receiver_specs import Declared

VERSION = 1
NEXT = ",\n"


class NewerVersion(ValueError):
    """The document says that a newer signalcli wrote it."""


class WrongShape(ValueError):
    """The document isn't that of a session, with the path to the place where it isn't."""


def format_session(session: Session) -> str:
    """The text of a session's file: indented, but a bucket takes one line, and so does a receiver."""
    signals = NEXT.join(map(_format_signal, session.signals, session.signals.values()))
    parts = [f'  "version": {VERSION}', f'  "signals": {{{_block(signals)}}}']
    if session.receivers:
        lines = (
            f"    {to_json(name)}: {to_json(_declaration(declared))}"
            for name, declared in session.receivers.items()
        )
        parts.append(f'  "receivers": {{{_block(NEXT.join(lines))}}}')
    if session.dropped:
        parts.append(f'  "dropped": {to_json(session.dropped)}')
    return f"{{\n{NEXT.join(parts)}\n}}\n"


def _block(lines: str) -> str:
    return f"\n{lines}\n  " if lines else ""


def _declaration(declared: Declared) -> dict[str, Any]:
    """What is written of a receiver: all that isn't as it would be without."""
    if declared.offered_by is not None:
        return {"offered_by": declared.offered_by}
    from signalcli.values.receiver_specs import OwnReceiver

    usual = OwnReceiver().to_json()
    return {key: value for key, value in declared.to_json().items() if value != usual[key]}


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
    _known_keys(top, {"version", "signals", "receivers", "dropped"}, "the document")
    declared = {
        name: _declared(name, value)
        for name, value in _object(top.get("receivers", {}), "receivers").items()
    }
    signals = _object(top.get("signals"), "signals")
    return Session(
        {
            _name(name, signals): _signal(name, state, declared, f"signals.{name}")
            for name, state in signals.items()
        },
        declared,
        tuple(_dropped(top.get("dropped", []), declared)),
    )


def _name(text: str, signals: dict[str, Any]) -> str:
    try:
        name = SignalName.parse(text)
    except UsageError as error:
        raise WrongShape(f"signals: {error}") from None
    if str(name) != text:
        raise WrongShape(f"signals: '{text}' must be written '{name}'")
    if name.meta is not None and str(name.base) not in signals:
        raise WrongShape(f"signals: '{text}' is there without its signal '{name.base}'")
    return text


def _declared(name: str, value: object) -> Declared:
    from signalcli.receivers.templates import check
    from signalcli.values.receiver_specs import OfferedReceiver, OwnReceiver

    path = f"receivers.{name}"
    fields = _object(value, path)
    if name in CATALOGUE or is_import(name) or not name:
        raise WrongShape(f"{path}: a receiver of this session can't have that name")
    if "offered_by" in fields:
        _known_keys(fields, {"offered_by"}, path)
        return OfferedReceiver(_text(fields["offered_by"], f"{path}.offered_by"))
    _known_keys(fields, set(OwnReceiver().to_json()), path)
    says, raises = fields.get("says"), fields.get("raises")
    sleeps = fields.get("sleeps", 0.0)
    if type(sleeps) not in (int, float) or abs(sleeps) > 1e9:  # larger ones are no floats
        _wrong(f"{path}.sleeps", "a number of seconds", sleeps)
    own = OwnReceiver(
        says=None if says is None else _text(says, f"{path}.says"),
        returns=fields.get("returns"),
        raises=None if raises is None else _text(raises, f"{path}.raises"),
        sleeps=float(sleeps),
        is_async=_boolean(fields.get("async", False), f"{path}.async"),
        strict=_boolean(fields.get("strict", False), f"{path}.strict"),
    )
    try:
        check(name, own)
    except UsageError as error:
        raise WrongShape(f"{path}: {str(error).removesuffix('.')}") from None
    return own


def _dropped(value: object, declared: Mapping[str, Declared]) -> Iterator[str]:
    for index, name in enumerate(_array(value, "dropped")):
        if type(name) is not str or not _is_receiver(name, declared):
            _wrong(f"dropped[{index}]", "a receiver", name)
        yield name


def _is_receiver(name: str, declared: Mapping[str, Declared]) -> bool:
    """Whether a receiver may be called so: a demo, one that is declared, or an import."""
    if not is_import(name):
        return name in CATALOGUE or name in declared
    from signalcli.receivers.import_names import ImportName

    try:
        return str(ImportName.parse(name)) == name
    except UsageError:
        return False


def _signal(name: str, value: object, declared: Mapping[str, Declared], path: str) -> SignalState:
    state = _object(value, path)
    _known_keys(state, {"doc", "muted", "ordered", "receivers", "any", "buckets"}, path)
    doc = state.get("doc")
    if doc is not None and type(doc) is not str:
        _wrong(f"{path}.doc", "text or null", doc)
    if state.get("buckets") and SignalName.parse(name).meta is not None:
        raise WrongShape(f"{path}.buckets: the sender of a meta signal is never text or an integer")
    receivers = _object(state.get("receivers", {}), f"{path}.receivers")
    for receiver, strength in receivers.items():
        if not _is_receiver(receiver, declared):
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


def _text(value: object, path: str) -> str:
    return value if isinstance(value, str) else _wrong(path, "text", value)


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
