"""Convert a session to the JSON document of its file and back. People read and edit it by hand.

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

Two more keys hold the receivers that only this session has, and the dropped receivers that a strong
connection still references::

      "receivers": {"greeter": {"says": "{sender}!", "returns": 1}, "bell": {"offered_by": "bells"}},
      "dropped": ["animal"]

``any`` and ``receivers`` are in order of connection. Senders with the same receivers share a bucket,
so that 100,000 connections parse in about 10 ms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from signalcli.errors import UsageError, shortened
from signalcli.language.phrases import phrase
from signalcli.receivers.registry import source_of
from signalcli.text import as_json_value, to_json
from signalcli.values.session import Bucket, Sender, Session, SignalState
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.values.receiver_specs import ReceiverSpec

VERSION = 1
NEXT = ",\n"
UPGRADE = phrase("Upgrade signalcli: see {command}", command="signalcli help install")
"""What to do about a document of a newer version."""


class NewerVersion(ValueError):
    """A newer signalcli wrote the document. The message is the end of a sentence."""


class WrongShape(ValueError):
    """The document isn't a session. The message begins with the path to the first error."""


def format_session(session: Session) -> str:
    """Return the text of a session's file: indented, with one line for each bucket and receiver."""
    signals = NEXT.join(map(_format_signal, session.signals, session.signals.values()))
    block = f"\n{signals}\n  " if signals else ""
    parts = [f'  "version": {VERSION}', f'  "signals": {{{block}}}']
    if session.receivers:
        lines = (
            f"    {to_json(name)}: {to_json(_declaration(declared))}"
            for name, declared in session.receivers.items()
        )
        parts.append(f'  "receivers": {{\n{NEXT.join(lines)}\n  }}')
    if session.dropped:
        parts.append(f'  "dropped": {to_json(session.dropped)}')
    return f"{{\n{NEXT.join(parts)}\n}}\n"


def _declaration(declared: ReceiverSpec) -> dict[str, Any]:
    """Return the fields of a receiver that differ from their defaults."""
    if declared.offered_by is not None:
        return {"offered_by": declared.offered_by}
    from signalcli.values.receiver_specs import OwnReceiver

    defaults = OwnReceiver().to_json()
    return {key: value for key, value in declared.to_json().items() if value != defaults[key]}


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
    """Return the session of a JSON document. NewerVersion or WrongShape if it isn't one that can be read."""
    top = _object(document, phrase("the document"))
    version = top.get("version", ...)
    if type(version) is int and version > VERSION:
        raise NewerVersion(
            phrase(
                "has version {version}, and this signalcli reads up to version {newest}",
                version=shortened(str(version)),
                newest=VERSION,
            )
        )
    if type(version) is not int or version != VERSION:
        _wrong("version", phrase("the number {n}", n=VERSION), version)
    _check_keys(top, {"version", "signals", "receivers", "dropped"}, phrase("the document"))
    declared = {
        name: _declared(name, value)
        for name, value in _object(top.get("receivers", {}), "receivers").items()
    }
    signals = _object(top.get("signals", ...), "signals")
    return Session(
        {
            _name(name, signals): _signal(name, state, declared, f"signals.{shortened(name)}")
            for name, state in signals.items()
        },
        declared,
        tuple(_dropped(top.get("dropped", []), declared)),
    )


def _name(text: str, signals: dict[str, Any]) -> str:
    try:
        name = SignalName.parse(text)
    except UsageError as error:
        raise _wrong_shape("signals", str(error)) from None
    quoted = shortened(text)
    if str(name) != text:
        written = shortened(str(name))
        raise _wrong_shape(
            "signals", phrase("'{name}' must be written '{written}'", name=quoted, written=written)
        )
    if name.meta is not None and str(name.base) not in signals:
        base = shortened(str(name.base))
        raise _wrong_shape(
            "signals",
            phrase("'{name}' is there without its signal '{signal}'", name=quoted, signal=base),
        )
    return text


def _declared(name: str, value: object) -> ReceiverSpec:
    from signalcli.receivers.templates import InvalidReceiver, check_own_receiver
    from signalcli.values.receiver_specs import OfferedReceiver, OwnReceiver

    path = f"receivers.{shortened(name)}"
    fields = _object(value, path)
    if source_of(name, {}) is not None or not name:
        raise _wrong_shape(path, phrase("a receiver of this session can't have that name"))
    if "offered_by" in fields:
        _check_keys(fields, {"offered_by"}, path)
        return OfferedReceiver(_text(fields["offered_by"], f"{path}.offered_by"))
    _check_keys(fields, set(OwnReceiver().to_json()), path)
    says, raises = fields.get("says"), fields.get("raises")
    sleeps = fields.get("sleeps", 0.0)
    # a larger integer may not fit a float
    if type(sleeps) not in (int, float) or abs(sleeps) > 1e9:
        _wrong(f"{path}.sleeps", phrase("a number of seconds"), sleeps)
    own = OwnReceiver(
        says=None if says is None else _text(says, f"{path}.says"),
        returns=fields.get("returns"),
        raises=None if raises is None else _text(raises, f"{path}.raises"),
        sleeps=float(sleeps),
        is_async=_boolean(fields.get("async", False), f"{path}.async"),
        strict=_boolean(fields.get("strict", False), f"{path}.strict"),
    )
    try:
        check_own_receiver(name, own)
    except InvalidReceiver as error:
        raise _wrong_shape(path, error.fault) from None
    return own


def _dropped(value: object, declared: Mapping[str, ReceiverSpec]) -> Iterator[str]:
    for index, name in enumerate(_array(value, "dropped")):
        if type(name) is not str or not _is_receiver(name, declared):
            _wrong(f"dropped[{index}]", phrase("a receiver"), name)
        yield name


def _is_receiver(name: str, declared: Mapping[str, ReceiverSpec]) -> bool:
    """Return whether a name is that of a demo, a declared receiver or a canonical import."""
    source = source_of(name, declared)
    if source != "import":
        return source is not None
    from signalcli.receivers.import_names import ImportName

    try:
        return str(ImportName.parse(name)) == name
    except UsageError:
        return False


def _signal(
    name: str, value: object, declared: Mapping[str, ReceiverSpec], path: str
) -> SignalState:
    state = _object(value, path)
    _check_keys(state, {"doc", "muted", "ordered", "receivers", "any", "buckets"}, path)
    doc = state.get("doc")
    if doc is not None and type(doc) is not str:
        _wrong(f"{path}.doc", phrase("text or null"), doc)
    if state.get("buckets") and SignalName.parse(name).meta is not None:
        fault = phrase("the sender of a meta signal is never text or an integer")
        raise _wrong_shape(f"{path}.buckets", fault)
    receivers = _object(state.get("receivers", {}), f"{path}.receivers")
    for receiver, strength in receivers.items():
        if not _is_receiver(receiver, declared):
            fault = phrase("there is no receiver '{receiver}'", receiver=shortened(receiver))
            raise _wrong_shape(f"{path}.receivers", fault)
        if strength not in ("weak", "strong"):
            expected = phrase('"weak" or "strong"')
            _wrong(f"{path}.receivers.{shortened(receiver)}", expected, strength)
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
        _check_keys(bucket, {"receivers", "senders"}, here)
        names = _receivers(bucket.get("receivers", ...), receivers, f"{here}.receivers")
        senders = _array(bucket.get("senders", ...), f"{here}.senders")
        expected = len(seen) + len(senders)
        comparable = set(map(type, senders)) <= {str, int}
        if comparable:
            seen.update(senders)
        if not comparable or 0 in seen:
            odd = next(i for i, s in enumerate(senders) if type(s) not in (str, int) or s == 0)
            expected_sender = phrase("text or an integer other than 0")
            _wrong(f"{here}.senders[{odd}]", expected_sender, senders[odd])
        if len(seen) != expected:
            fault = phrase("a sender is in it, or in an earlier bucket, twice")
            raise _wrong_shape(f"{here}.senders", fault)
        buckets.append(Bucket(names, tuple(senders)))
    return tuple(buckets)


def _receivers(value: object, of_signal: dict[str, Any], path: str) -> tuple[str, ...]:
    names = _array(value, path)
    for index, name in enumerate(names):
        if type(name) is not str or name not in of_signal:
            _wrong(f"{path}[{index}]", phrase("one of the signal's receivers"), name)
    if len(set(names)) != len(names):
        raise _wrong_shape(path, phrase("a receiver is in it twice"))
    return tuple(names)


def _object(value: object, path: str) -> dict[str, Any]:
    return value if isinstance(value, dict) else _wrong(path, phrase("an object"), value)


def _array(value: object, path: str) -> list[Any]:
    return value if isinstance(value, list) else _wrong(path, phrase("an array"), value)


def _text(value: object, path: str) -> str:
    return value if isinstance(value, str) else _wrong(path, phrase("text"), value)


def _boolean(value: object, path: str) -> bool:
    return value if isinstance(value, bool) else _wrong(path, phrase("true or false"), value)


def _check_keys(value: dict[str, Any], allowed: set[str], path: str) -> None:
    unknown = [key for key in value if key not in allowed]
    if unknown:
        raise WrongShape(
            phrase("{path} has the unknown key '{key}'", path=path, key=shortened(unknown[0]))
        )


def _wrong(path: str, expected: str, found: object) -> NoReturn:
    if found is ...:
        shown: str = phrase("nothing")
    else:
        shown = shortened(to_json(as_json_value(found)), 41)
    raise WrongShape(
        phrase("{path} must be {expected}, not {found}", path=path, expected=expected, found=shown)
    )


def _wrong_shape(path: str, fault: str) -> WrongShape:
    return WrongShape(phrase("{path}: {fault}", path=path, fault=fault))
