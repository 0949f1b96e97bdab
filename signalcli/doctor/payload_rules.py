"""Rules about payloads, and data that is taken for one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from signalcli.doctor.connecting.connect_rules import bare_connect_via
from signalcli.doctor.evidence import Evidence, no_heard_sends, no_sends, receivers_with_sends
from signalcli.doctor.findings import ERROR, WARNING, Problem, problem_of, rule
from signalcli.doctor.past_sends import ExaminedSend, ReceiverOutcomes
from signalcli.doctor.sender_rules import filters, is_same_sender, listed, sender_label_of
from signalcli.errors import InvalidJSON, shortened
from signalcli.language.phrases import phrase, sentences
from signalcli.text import from_json
from signalcli.values.inspection import ObjectDescription, Parameter, ReceiverView, SignalView

_SIGNATURE = re.compile(
    r"(?P<function>[\w.<>]+)\(\) (got an unexpected keyword argument |got multiple values for "
    r"argument |got some positional-only arguments |missing \d+ required |takes )"
)
"""The messages of Python's TypeErrors for a call that does not match the signature."""
_OWN_NAMES = (
    *("sender", "source", "origin", "emitter", "publisher", "caller", "app", "application", "self"),
    *("cls", "klass", "owner", "target", "subject", "instance", "obj"),
)
"""The names of first parameters that are meant for the sender."""
_POSITIONAL, _BY_KEYWORD = "positional or keyword", ("positional or keyword", "keyword-only")


@rule(
    "sender-in-payload",
    what=phrase("The sender is taken for a part of the payload, or passed as one."),
    why=phrase(
        "send calls every receiver as receiver(sender, **payload): the sender is the first argument, "
        "whatever the name of the first parameter. If a key of the payload has that name, Python raises "
        "TypeError. send(sender=x) passes no sender, but a key called sender."
    ),
    bad="@moved.connect\ndef redraw(x=0, y=0): ...\n\nmoved.send(game, y=3)  # x is the game",
    good="@moved.connect\ndef redraw(sender, x=0, y=0): ...\n\nmoved.send(game, y=3)",
    remedy=phrase("Let the receiver take the sender first, and pass it by position."),
    missing=no_heard_sends,
)
def sender_in_payload(evidence: Evidence) -> Iterator[Problem]:
    for signal, receiver, sends in evidence.receivers_sent():
        name, parameters = receiver.receiver, receiver.parameters
        called = [one for one in sends if one.outcomes_of(name).is_meant and not one.by_hand]
        first = parameters[0] if parameters else None
        if first is None or not called or first.kind not in (_POSITIONAL, "positional-only"):
            continue
        is_key = any(first.name in sent.payload_keys for sent in called)
        level: str | None = ERROR
        if is_key and first.kind == _POSITIONAL and first.name != "sender":
            template = _TAKEN_AS_KEY
        else:
            level = _level_of_default(first, parameters or (), called)
            template = _TAKEN_FOR_DEFAULT
        if level is not None:
            known = {"parameter": first.name, "sender": sender_label_of(called[0])}
            remedy = phrase("Let it take the sender first: (sender, {parameter}, …).", **known)
            yield problem_of(signal, receiver, template, remedy=remedy, level=level, **known)
    yield from _senders_by_keyword(evidence)


_TAKEN_AS_KEY = phrase(
    "{receiver} takes the sender of {signal} as {parameter}: {signal} is sent with a key of that name, so "
    "Python raises TypeError."
)
_TAKEN_FOR_DEFAULT = phrase(
    "{receiver} takes the sender of {signal} as {parameter}: it has a default like a key, and gets {sender}."
)


def _is_of_sender(name: str) -> bool:
    """Return whether a parameter of this name is meant for a sender."""
    return name in _OWN_NAMES or name.startswith("_") or "sender" in name


def _level_of_default(
    first: Parameter, parameters: Sequence[Parameter], sends: Sequence[ExaminedSend]
) -> str | None:
    """Return the level of a first parameter with a default; ``None`` if it is meant for the sender."""
    classes = [one.kind.name.rpartition(".")[2].lower() for one in sends if one.kind is not None]
    if not first.has_default or _is_of_sender(first.name) or first.name in classes:
        return None
    default = first.default
    if isinstance(default, ObjectDescription):
        return WARNING
    if default is not None:
        is_data = any(type(sent.sender) is type(default) and not sent.kind for sent in sends)
        return None if is_data else ERROR
    keys = {key for sent in sends for key in sent.payload_keys}
    is_data = any(sent.sender is None or isinstance(sent.sender, (dict, list)) for sent in sends)
    others = (one for one in parameters[1:] if one.kind == _POSITIONAL)  # after *, only keys follow
    takes_keys = any(parameter.name in keys for parameter in others)
    return WARNING if takes_keys and not is_data else None


def _senders_by_keyword(evidence: Evidence) -> Iterator[Problem]:
    """Yield the signals that are sent with ``send(sender=x)``, if no receiver raises for it."""
    for signal in evidence.every_signal():
        sends = [sent for sent in evidence.sends_of(signal.signal) if _has_no_sender(sent)]
        if sends and not any(row.raised for sent in sends for row in sent.outcomes):
            message = phrase(
                "{signal} was sent with sender=… by keyword: its sender is None, and receivers get a key "
                "called sender.",
                signal=signal.signal,
            )
            remedy = phrase(_PASS_FIRST, signal=signal.signal)
            yield Problem(signal.signal, message, remedy=remedy)


_PASS_FIRST = phrase(
    "Pass the sender by position where {signal} is sent: send(sender, …), not send(sender=…)."
)


def _has_no_sender(sent: ExaminedSend) -> bool:
    """Return whether a send has a key called sender instead of a sender."""
    return sent.sender is None and "sender" in sent.payload_keys


@rule(
    "payload-not-taken",
    what=phrase("A receiver does not accept the payload that it is sent."),
    why=phrase(
        "send calls every receiver as receiver(sender, **payload). A receiver without **payload "
        "raises TypeError for a key that it has no parameter for, a receiver with a required parameter "
        "raises when that key isn't sent, and a first parameter called sender clashes with a payload key "
        "of that name."
    ),
    bad="def on_paid(sender, amount): ...\n\n"
    "paid.connect(on_paid)\npaid.send(shop, amount=3, by=user)",
    good="def on_paid(sender, /, amount=0, **payload): ...",
    remedy=phrase(
        "Declare it as def receiver(sender, /, **payload), with a default for each other parameter."
    ),
    missing=no_heard_sends,
    unless=(sender_in_payload, bare_connect_via),
)
def payload_not_taken(evidence: Evidence) -> Iterator[Problem]:
    template = phrase("{receiver} does not accept the payload of {signal}: {error}.")
    for signal, receiver, sends in receivers_with_sends(evidence):
        error = _payload_error(evidence, signal, receiver, sends)
        if error is not None:
            of_sender = [sent for sent in sends if "sender" in sent.payload_keys]
            is_clash = "multiple values for argument 'sender'" in error
            is_by_keyword = is_clash and all(map(_has_no_sender, of_sender))
            remedy = phrase(_PASS_FIRST, signal=signal.signal) if is_by_keyword else None
            level = level_of_temporary(evidence, signal, receiver)
            yield problem_of(signal, receiver, template, remedy=remedy, level=level, error=error)


def level_of_temporary(
    evidence: Evidence, signal: SignalView, receiver: ReceiverView
) -> str | None:
    """Return the level of a receiver of a while, such as one of a test, which may raise on purpose.

    Only a trace has it: it is a function within a function, or was disconnected.
    """
    if receiver in signal.receivers:
        return None
    name = signal.signal, receiver.receiver
    ended = (one for one in evidence.sends.changes if one.action == "disconnected")
    is_ended = any((one.signal, one.receiver) == name for one in ended)
    return WARNING if is_ended or "<locals>" in receiver.receiver else None


def _payload_error(
    evidence: Evidence, signal: SignalView, receiver: ReceiverView, sends: tuple[ExaminedSend, ...]
) -> str | None:
    """Return the error for a sent payload that a connected receiver still does not accept.

    For a receiver that only the trace has, return the error that Python raised then.
    """
    name = receiver.receiver
    if receiver not in signal.receivers:
        errors = (signature_error(name, sent.outcomes_of(name)) for sent in sends)
        return next(filter(None, errors), None)
    tried = [one for one in sends if _may_be_refused(one.outcomes_of(name)) and not one.by_hand]
    for keys in dict.fromkeys(sent.payload_keys for sent in tried):
        error = evidence.receivers_refusing(signal.signal, keys).get(name)
        if error is not None:
            return error
    return None


def signature_error(receiver: str, row: ReceiverOutcomes) -> str | None:
    """Return the error of a call that does not match the receiver's signature, if there is one."""
    if row.error is None or row.error.type != "TypeError":
        return None
    match = _SIGNATURE.match(row.error.message)
    if match is None:
        return None
    function = receiver.replace("()", ".__call__").rstrip(")")  # of an instance, of a partial
    is_its = f".{function}".endswith((f".{match['function']}", f"({match['function']}"))
    return str(row.error) if is_its else None


def _may_be_refused(row: ReceiverOutcomes) -> bool:
    """Return whether a call raised TypeError, or might have. The errors of many sends are not kept."""
    is_its_error = row.error is None or row.error.type == "TypeError"
    return bool(row.not_reached or (row.raised and is_its_error))


@rule(
    "payload-key-never-sent",
    level=WARNING,
    what=phrase("A receiver waits for a key that no send had."),
    why=phrase(
        "A parameter with a default takes a key of the payload that may be missing. If the key has "
        "another name in the send, nothing raises: the receiver gets the default every time."
    ),
    bad="@failed.connect\ndef on_failed(sender, exc_info=None, **payload): ...\n\n"
    "failed.send(app, exception=error)",
    good="@failed.connect\ndef on_failed(sender, exception=None, **payload): ...\n\n"
    "failed.send(app, exception=error)",
    remedy=phrase("Send the key, take the key that is sent, or remove the parameter."),
    missing=no_heard_sends,
    unless=(sender_in_payload,),
)
def payload_key_never_sent(evidence: Evidence) -> Iterator[Problem]:
    for signal, receiver, sends in evidence.receivers_sent():
        parameters = receiver.parameters or ()
        was_called = any(sent.outcomes_of(receiver.receiver).was_called for sent in sends)
        keys = _keys_sent(evidence, receiver)
        if not was_called or keys is None or evidence.package_of(receiver) is not None:
            continue
        known = [parameter.name for parameter in parameters]
        others = [key for key in keys if key not in known]
        never = [one.name for one in parameters[1:] if _waits_for(one, keys, others)]
        if never:
            near = get_close_matches(never[0], others, 1) or (others if len(others) == 1 else [])
            yield problem_of(
                signal,
                receiver,
                _OTHER_KEYS if others else _NO_OTHER_KEY,
                remedy=phrase("Take the key that is sent, {key}.", key=near[0]) if near else None,
                parameters=listed(never),
                amount=evidence.sends.amount,
                keys=listed(others),
            )


_OTHER_KEYS = phrase(
    "{receiver} waits for {parameters}, but no send of {signal} had it in {amount}: the sends had {keys}."
)
_NO_OTHER_KEY = phrase(
    "{receiver} waits for {parameters}, but no send of {signal} had it in {amount}: the sends had no other "
    "key."
)


def _keys_sent(evidence: Evidence, receiver: ReceiverView) -> list[str] | None:
    """Return the keys of all sends of a receiver's signals; ``None`` if those of one aren't known."""
    keys: dict[str, None] = {}
    for signal in evidence.signals:
        if (receiver.receiver, receiver.where) in [(r.receiver, r.where) for r in signal.receivers]:
            sends = evidence.sends_of(signal.signal)
            if not sends or any(sent.by_hand for sent in sends):
                return None
            keys |= dict.fromkeys(key for sent in sends for key in sent.payload_keys)
    return list(keys)


def _waits_for(parameter: Parameter, keys: Sequence[str], others: Sequence[str]) -> bool:
    """Return whether a parameter takes a key that wasn't sent.

    One whose default is a value, as in ``name=name``, only holds that value, unless a key is near.
    """
    name = parameter.name
    if not parameter.has_default or parameter.kind not in _BY_KEYWORD or name in keys:
        return False
    is_empty = not parameter.default and not isinstance(parameter.default, ObjectDescription)
    return not name.startswith("_") and (is_empty or bool(get_close_matches(name, others, 1)))


_CONTAINERS = ("(", "[", "{", "set(", "frozenset(", "b'", 'b"', "bytearray(")
"""How the descriptions of containers and bytes begin."""
_ENDS = ("!", "?", "！", "？", "。")
_FEWEST = 3
"""The least number of different senders that are taken for payloads."""
_LONGEST_NAME = 4
"""The most words of a name. Longer text is taken for a payload."""


@rule(
    "payload-as-sender",
    what=phrase("The payload is passed as the sender."),
    why=phrase(
        "The first positional argument of send is the sender. Receivers get it as their sender, "
        "sender filters compare with it, and the payload, which is passed by keyword, is empty."
    ),
    bad='paid.send({"user": 1, "amount": 3})',
    good="paid.send(shop, user=1, amount=3)",
    remedy=phrase("Pass it by keyword, after the sender: signal.send(sender, value=…)."),
    missing=no_sends,
)
def payload_as_sender(evidence: Evidence) -> Iterator[Problem]:
    for signal in evidence.every_signal():
        ended = [one for one in evidence.sends_of(signal.signal) if one.is_over and not one.by_hand]
        known = [sent for sent in ended if sent.is_sender_known]
        sends = [sent for sent in known if not _is_listened_to(signal, sent)]
        bare = [sent for sent in sends if not sent.payload_keys]
        taken = [sent for sent in bare if _is_payload(sent)]
        if not taken and len(bare) == len(sends) and _are_all_data(signal, bare):
            taken = bare
        if taken and not _take_data(signal):
            senders = listed((shortened(sender_label_of(sent), 60) for sent in taken), 1)
            is_here = any(one.signal == signal.signal for one in evidence.signals)
            message = phrase(
                "{signal} was sent with {senders} as the sender and without a payload: receivers get it as "
                "their sender, and sender filters compare with it.",
                signal=signal.signal,
                senders=senders,
            )
            origin = phrase("Only the trace has this signal: it may be a library's.")
            message = message if is_here else sentences(message, origin)
            yield Problem(signal.signal, message, level=None if signal.receivers else WARNING)


def _take_data(signal: SignalView) -> bool:
    """Return whether the receivers are made for data as the sender: all take it under another name."""
    firsts = [receiver.parameters[0] for receiver in signal.receivers if receiver.parameters]
    return 0 < len(firsts) == len(signal.receivers) and not any(
        first.kind not in (_POSITIONAL, "positional-only") or _is_of_sender(first.name)
        for first in firsts
    )


def _is_listened_to(signal: SignalView, sent: ExaminedSend) -> bool:
    """Return whether a sender filter matches this send, by its sender or by a call."""
    for receiver in signal.receivers:
        row = sent.outcomes_of(receiver.receiver)
        has_filters = not any(connection.any for connection in receiver.connections)
        if has_filters and row.was_called:
            return True
        if any(is_same_sender(one, sent) for one in filters(receiver)):
            return True
    return False


def _is_payload(sent: ExaminedSend) -> bool:
    """Return whether a sender is a value that can only be a payload."""
    sender, shown = sent.sender, sent.shown
    if isinstance(sender, (dict, list, float)):
        return True
    if shown is not None:
        return shown.startswith(_CONTAINERS)
    return isinstance(sender, str) and _is_prose(sender)


def _is_prose(text: str) -> bool:
    """Return whether text is a sentence or a document rather than a name."""
    words = len(text.split())
    is_sentence = text.endswith((*_ENDS, ".") if words > 1 else _ENDS)
    return "\n" in text.strip() or words > _LONGEST_NAME or is_sentence or _is_json(text)


def _is_json(text: str) -> bool:
    if not text.startswith(("{", "[")):
        return False
    try:
        return isinstance(from_json(text), (dict, list))
    except InvalidJSON:
        return False


def _are_all_data(signal: SignalView, sends: list[ExaminedSend]) -> bool:
    """Return whether receivers without filters got a different plain value in every send."""
    if any(not c.any for receiver in signal.receivers for c in receiver.connections):
        return False
    senders = [sent.sender for sent in sends]
    return (
        sum(sent.times for sent in sends) == len(sends) >= _FEWEST
        and all(sent.shown is None and _is_datum(sent.sender) for sent in sends)
        and len(set(map(str, senders))) == len(senders)
    )


def _is_datum(sender: object) -> bool:
    """Return whether a sender is a number, a date, an address or a path rather than a name."""
    if isinstance(sender, bool):
        return False
    return isinstance(sender, int) or re.search(r"^[\d\s.,:+TZ-]+$|[@/\\]", str(sender)) is not None
