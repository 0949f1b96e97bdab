"""Rules about senders: those that are listened to, and those that are sent."""

from __future__ import annotations

import re
from collections.abc import Iterator

from signalcli.doctor.absent import no_filters
from signalcli.doctor.evidence import Evidence, Sent, no_sends
from signalcli.doctor.findings import Finding, Rule
from signalcli.doctor.senders import (
    is_alike,
    is_by_value,
    is_literally,
    is_same,
    is_unknown,
    kind,
    label,
    listed,
    sender_of,
)
from signalcli.errors import InvalidJSON
from signalcli.text import from_json
from signalcli.values.inspection import ReceiverView, SignalView


def _never_sent(evidence: Evidence) -> Iterator[Finding]:
    for signal, receiver, sends in evidence.receivers_sent():
        if not all(sent.is_sender_known for sent in sends):
            continue
        running = [sent for sent in evidence.sends_of(signal.signal) if not sent.is_over]
        never = [
            listened
            for listened in _doubtful(receiver, sends)
            if not any(is_same(listened, sent) or is_alike(listened, sent) for sent in sends)
            and not any(_may_be(listened, sent) for sent in running)
        ]
        if never:
            sends_in_all = sum(sent.times for sent in sends)
            times = "its only send" if sends_in_all == 1 else f"its {sends_in_all} sends"
            came = listed(sender_of(sent) for sent in sends)
            only = "" if len(never) < len(receiver.connections) else "only "
            yield Finding(
                SENDER_NEVER_SENT.name,
                signal.signal,
                receiver.receiver,
                receiver.where,
                f"{receiver.receiver} listens {only}to {listed(map(label, never))}, which "
                f"{signal.signal} was never sent from: {times} came from {came}.",
                "Send it from there, or connect the receiver to a sender that does.",
            )


def _filters(receiver: ReceiverView) -> Iterator[object]:
    """The senders that a receiver listens to, as far as they are known; of ``ANY``, none counts."""
    if not any(connection.any for connection in receiver.connections):
        for connection in receiver.connections:
            if not is_unknown(connection.sender):
                yield connection.sender


def _doubtful(receiver: ReceiverView, sends: tuple[Sent, ...]) -> list[object]:
    """Those that may be senders in vain, as far as the calls tell; then it's for their looks to tell.

    Who was called, and doesn't listen to ``ANY``, listens to the sender of that send, whatever that
    looked like when it was connected. Of several objects it could be any.
    """
    filters = list(_filters(receiver))
    called = [sent for sent in sends if _was_meant(receiver, sent)]
    if called and len(receiver.connections) == 1:
        return []
    muted = [sent for sent in sends if sent.is_muted]  # these call nobody
    if any(sent.shown is not None for sent in (*called, *muted)):
        return [listened for listened in filters if is_by_value(listened)]
    return filters


def _may_be(listened: object, sent: Sent) -> bool:
    """Whether a send that isn't over may be from a sender, whatever that is shown as."""
    if not sent.is_sender_known or is_same(listened, sent) or is_alike(listened, sent):
        return True
    return sent.shown is not None and not is_by_value(listened)


def _was_meant(receiver: ReceiverView, sent: Sent) -> bool:
    """Whether a receiver was called, or would have been if none before it had raised."""
    row = sent.of(receiver.receiver)
    return bool(row.was_called or row.not_reached)


SENDER_NEVER_SENT = Rule(
    "sender-never-sent",
    "A receiver listens to a sender that the signal is never sent from.",
    "connect(receiver, sender=x) lets through what is sent from x and nothing else, and nobody says "
    "that x never sends. What was never sent is judged by the sends that were read.",
    'king.connect(animal, sender="elephant")\nking.send("Elephant")',
    'king.connect(animal, sender="elephant")\nking.send("elephant")',
    no_filters,
    _never_sent,
)


def _look_equal(evidence: Evidence) -> Iterator[Finding]:
    for signal, receiver, sends in evidence.receivers_sent():
        told = next(_alike(signal, receiver, sends, evidence), None)
        if told is not None:
            where, listened, sent = told
            yield Finding(
                SENDER_LOOKS_EQUAL.name,
                signal.signal,
                receiver.receiver,
                where,
                f"{receiver.receiver} listens to {listened}, and wasn't called when {signal.signal} "
                f"was sent from {sent}: they look equal, and are two senders to blinker.",
                "Use the very same object on both sides, or text of the same spelling.",
            )


def _alike(
    signal: SignalView, receiver: ReceiverView, sends: tuple[Sent, ...], evidence: Evidence
) -> Iterator[tuple[str | None, str, str]]:
    """Where it is connected, the sender that it listens to, and one that only looks like that."""
    for listened in _doubtful(receiver, sends):
        alike = [sent for sent in sends if is_alike(listened, sent)]
        was_sent = is_by_value(listened) and any(is_same(listened, sent) for sent in sends)
        if not was_sent and _is_skipped(receiver, alike) and not _is_heard(signal, listened, alike):
            mine, other = "", "another "
            if is_by_value(listened):
                mine, other = f"{kind(listened)} ", f"{kind(alike[0].sender)} "
            yield receiver.where, f"{mine}{label(listened)}", f"{other}{sender_of(alike[0])}"
    for literal in evidence.connected.literals if evidence.connected else ():
        alike = [sent for sent in sends if is_literally(literal.sender, sent)]
        is_its = (literal.signal, literal.receiver) == (signal.signal, receiver.receiver)
        if is_its and _is_skipped(receiver, alike):
            yield literal.where, literal.sender, f"another {sender_of(alike[0])}"


def _is_skipped(receiver: ReceiverView, sends: list[Sent]) -> bool:
    """Whether there are such sends, and a receiver was skipped in all, though none was muted."""
    rows = [sent.of(receiver.receiver) for sent in sends if not sent.is_muted]
    return bool(rows) and not any(row.was_called or row.not_reached for row in rows)


def _is_heard(signal: SignalView, listened: object, sends: list[Sent]) -> bool:
    """Whether another receiver listens to what looks the same, and was called: it is that one's."""
    others = (
        receiver
        for receiver in signal.receivers
        for sent in sends
        if any(is_same(one, sent) for one in _filters(receiver))
    )
    return any(not _is_skipped(other, sends) for other in others)


SENDER_LOOKS_EQUAL = Rule(
    "sender-looks-equal",
    "A receiver listens to a sender that only looks equal to the one that is sent.",
    'blinker compares text and integers by their value, so that "1" is not 1, and everything else '
    "by identity: two floats, tuples, dataclasses or applications that are equal are two senders.",
    'moved.connect(on_moved, sender=("a", 1))\nmoved.send(tuple(["a", 1]))  # another tuple',
    'moved.connect(on_moved, sender="a/1")\nmoved.send("a/1")',
    no_filters,
    _look_equal,
)

# The payload, passed as the sender.

_COLLECTIONS = ("tuple", "set", "frozenset", "dict", "list", "bytearray")
_ENDS = ("!", "?", "！", "？", "。")
_FEWEST = 3
"""sends that all differ, before that tells that these are no senders."""
_LONGEST_NAME = 4
"""words: more are no name."""


def _payload_as_sender(evidence: Evidence) -> Iterator[Finding]:
    for signal in evidence.signals:
        sends = [
            sent
            for sent in evidence.sends_of(signal.signal)
            if sent.is_sender_known and sent.is_over and not _is_listened_to(signal, sent)
        ]
        bare = [sent for sent in sends if not sent.payload_keys]
        taken = [sent for sent in bare if _is_payload(sent)]
        if not taken and len(bare) == len(sends) and _are_all_data(signal, bare):
            taken = bare
        if taken:
            yield Finding(
                PAYLOAD_AS_SENDER.name,
                signal.signal,
                None,
                None,
                f"{signal.signal} was sent with {listed(map(_shortened, taken), 1)} in the place "
                f"of a sender, and no payload: receivers get it as their sender, and filters "
                f"compare with it.",
                "Pass it by keyword, after the sender: signal.send(sender, value=…).",
            )


def _is_listened_to(signal: SignalView, sent: Sent) -> bool:
    """Whether a receiver listens to just that sender, or was called though it doesn't to ``ANY``."""
    for receiver in signal.receivers:
        row = sent.of(receiver.receiver)
        is_choosy = not any(connection.any for connection in receiver.connections)
        if is_choosy and row.was_called:
            return True
        if any(is_same(one, sent) for one in _filters(receiver)):
            return True
    return False


def _is_payload(sent: Sent) -> bool:
    """Whether a sender can't be meant as one."""
    sender, shown = sent.sender, sent.shown
    if isinstance(sender, (dict, list, float)):
        return True
    if shown is not None:
        kinds = {f"<{kind} object>" for kind in _COLLECTIONS}
        return shown in kinds or shown.startswith(("b'", 'b"', "bytearray("))
    return isinstance(sender, str) and _is_prose(sender)


def _is_prose(text: str) -> bool:
    """Whether a text is a sentence or a document, and no name."""
    is_sentence = len(text.split()) > 1 and text.endswith((*_ENDS, "."))
    many_words = len(text.split()) > _LONGEST_NAME
    return (
        "\n" in text.strip() or many_words or is_sentence or text.endswith(_ENDS) or _is_json(text)
    )


def _is_json(text: str) -> bool:
    if not text.startswith(("{", "[")):
        return False
    try:
        return isinstance(from_json(text), (dict, list))
    except InvalidJSON:
        return False


def _are_all_data(signal: SignalView, sends: list[Sent]) -> bool:
    """Whether plain values that differ in every send were sent to receivers that don't filter."""
    if any(not c.any for receiver in signal.receivers for c in receiver.connections):
        return False
    senders = [sent.sender for sent in sends]
    return (
        sum(sent.times for sent in sends) == len(sends) >= _FEWEST
        and all(sent.shown is None and _is_datum(sent.sender) for sent in sends)
        and len(set(map(str, senders))) == len(senders)
    )


def _is_datum(sender: object) -> bool:
    """Whether it is a number, a date, an address or a path, rather than somebody's name."""
    if isinstance(sender, bool):
        return False
    return isinstance(sender, int) or re.search(r"^[\d\s.,:+TZ-]+$|[@/\\]", str(sender)) is not None


def _shortened(sent: Sent) -> str:
    text = sender_of(sent)
    return text if len(text) <= 60 else f"{text[:59]}…"


PAYLOAD_AS_SENDER = Rule(
    "payload-as-sender",
    "The payload is passed as the sender.",
    "The first positional argument of send is the sender, whatever it is. Receivers get it as their "
    "sender, filters compare with it, and nothing is left for the payload, which is passed by "
    "keyword.",
    'paid.send({"user": 1, "amount": 3})',
    "paid.send(shop, user=1, amount=3)",
    no_sends,
    _payload_as_sender,
)
