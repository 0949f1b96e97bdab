"""Rules about senders, and how the senders of connections are compared with those of sends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from signalcli.apps.describing.objects import UNKNOWN
from signalcli.doctor.evidence import Evidence, no_filters, no_object_filters, no_objects
from signalcli.doctor.findings import ERROR, WARNING, Problem, problem_of, rule
from signalcli.doctor.past_sends import ExaminedSend, without_number
from signalcli.language.phrases import phrase, some_of
from signalcli.text import listed_sender, to_json
from signalcli.values.inspection import ObjectDescription, ObjectKind, ReceiverView, SignalView


def is_by_value(sender: object) -> bool:
    """Return whether blinker compares a sender by value: text and integers, ``True`` included."""
    return isinstance(sender, (str, int))


def is_same_sender(listened: object, sent: ExaminedSend) -> bool:
    """Return whether a send came from this sender; for objects, whether it may have."""
    if is_by_value(listened):
        return sent.shown is None and is_by_value(sent.sender) and listened == sent.sender
    if isinstance(listened, ObjectDescription):
        return sent.shown is not None and without_number(listened.text) == sent.shown
    return sent.shown is not None and to_json(listened) == to_json(sent.sender)


def looks_equal(listened: object, sent: ExaminedSend) -> bool:
    """Return whether a send came from a sender that only looks like this one."""
    if is_by_value(listened):
        is_other = type(listened) is not type(sent.sender) and not is_same_sender(listened, sent)
        looks = str(listened) == str(sent.sender) or listened == sent.sender
        return sent.sender is not None and is_other and looks
    is_class = isinstance(listened, ObjectDescription) and (
        without_number(listened.text).endswith(" object>")
    )
    return listened is not None and not is_class and is_same_sender(listened, sent)


def label(sender: object) -> str:
    """Return a sender as text for a message."""
    if not isinstance(sender, ObjectDescription):
        return listed_sender(sender)
    proxy = None if sender.kind is None else sender.kind.proxy
    return sender.text if proxy is None else phrase("the proxy {proxy}", proxy=proxy)


def sender_label_of(sent: ExaminedSend) -> str:
    """Return the sender of a send as text for a message."""
    if sent.shown is not None and isinstance(sent.sender, str):
        return label(ObjectDescription(sent.sender, sent.kind))
    return label(sent.sender)


def listed(words: Iterable[str], most: int = 3) -> str:
    """Join distinct words with commas, and count those beyond the first ``most``."""
    return some_of(list(dict.fromkeys(words)), most)


_KINDS = {
    str: phrase("the text {sender}"),
    bool: phrase("the truth value {sender}"),
    int: phrase("the integer {sender}"),
    float: phrase("the float {sender}"),
}
_OBJECT = phrase("the object {sender}")


def _with_kind(sender: object, shown: str) -> str:
    """Return a sender with the kind of its value, for a message."""
    template = _KINDS.get(type(sender), _OBJECT)
    return phrase(template, sender=shown)


def times_of(sends: Sequence[ExaminedSend], every: Sequence[ExaminedSend]) -> str:
    """Return how many of a signal's sends these are: ``"the only send"``, ``"2 of the 5 sends"``."""
    some, all_of = (sum(sent.times for sent in one) for one in (sends, every))
    if some == all_of:
        return phrase("the only send") if some == 1 else phrase("the {number} sends", number=some)
    return phrase("{some} of the {all} sends", some=some, all=all_of)


@rule(
    "sender-is-proxy",
    what=phrase("A proxy, such as current_app, is the sender of a send or of a connection."),
    why=phrase(
        "blinker compares senders by identity. A proxy passes everything on to its object, but it is "
        "another object: receivers that are connected to the object aren't called for the proxy, and the "
        "other way round. Receivers of ANY are called, and get the proxy."
    ),
    bad="@saved.connect_via(app)\ndef on_saved(sender, **payload): ...\n\n"
    "saved.send(current_app)  # in a view",
    good="@saved.connect_via(app)\ndef on_saved(sender, **payload): ...\n\n"
    "saved.send(current_app._get_current_object())",
    remedy=phrase(
        "Use the object itself: current_app._get_current_object(), or another proxy's object."
    ),
    missing=no_objects,
)
def sender_is_proxy(evidence: Evidence) -> Iterator[Problem]:
    for signal in evidence.every_signal():
        sends = evidence.sends_of(signal.signal)
        proxied = [sent for sent in sends if _is_proxy(sent.kind)]
        problems = list(_proxies_of_receivers(signal, sends, proxied))
        yield from problems
        if proxied and not problems:
            message = phrase(
                "{signal} was sent from {senders} in {times}: a proxy is another sender than its object, so "
                "no receiver that is connected to the object hears it.",
                signal=signal.signal,
                senders=listed(map(sender_label_of, proxied)),
                times=times_of(proxied, sends),
            )
            remedy = _use_objects(proxied)
            yield Problem(signal.signal, message, remedy=remedy, level=WARNING)


def _proxies_of_receivers(
    signal: SignalView, sends: Sequence[ExaminedSend], proxied: Sequence[ExaminedSend]
) -> Iterator[Problem]:
    """Yield the receivers that listen to a proxy, and those that didn't hear one."""
    for receiver in signal.receivers:
        kinds = [one.kind for one in filters(receiver) if isinstance(one, ObjectDescription)]
        own = next((kind for kind in kinds if _is_proxy(kind)), None)
        unheard = [sent for sent in proxied if _is_skipped(receiver, [sent])]
        if own is not None:
            was_called = any(sent.outcomes_of(receiver.receiver).is_meant for sent in sends)
            is_certain = not was_called and (sends or signal.package is not None)
            yield problem_of(
                signal,
                receiver,
                _LISTENS_TO_PROXY,
                where=receiver.in_program and receiver.in_program.connected_at,
                remedy=_use_object(own),
                level=ERROR if is_certain else WARNING,
                proxy=own.proxy,
            )
        elif unheard and any(kind is not None and not kind.is_class for kind in kinds):
            yield problem_of(
                signal,
                receiver,
                _SENT_FROM_PROXY,
                remedy=_use_objects(unheard),
                listened=listed(map(label, filters(receiver))),
                times=times_of(unheard, sends),
                senders=listed(map(sender_label_of, unheard)),
            )


_LISTENS_TO_PROXY = phrase(
    "{receiver} listens to the proxy {proxy}: a proxy is another sender than its object, so no send of "
    "{signal} from the object calls it."
)
_SENT_FROM_PROXY = phrase(
    "{receiver} listens only to {listened}, but {times} of {signal} came from {senders}: a proxy is another "
    "sender than its object."
)


def _is_proxy(kind: ObjectKind | None) -> bool:
    return kind is not None and kind.proxy is not None


def _use_objects(sends: Sequence[ExaminedSend]) -> str:
    """Return the remedy for sends from proxies; of several, it names none."""
    kinds = {sent.kind for sent in sends}
    return _use_object(kinds.pop() if len(kinds) == 1 else None)


def _use_object(kind: ObjectKind | None) -> str:
    """Return the remedy for a proxy of a class."""
    if kind is None or not any(one.endswith(".LocalProxy") for one in (kind.name, *kind.bases)):
        return phrase("Use the object itself as the sender, not its proxy.")
    proxy = "proxy" if kind.proxy is None or "." in kind.proxy else kind.proxy
    call = f"{proxy}._get_current_object()"
    return phrase("Use the object itself as the sender: {call}.", call=call)


@rule(
    "class-or-instance",
    level=WARNING,
    what=phrase(
        "A receiver listens to a class, and its instances or subclasses are sent; or the reverse."
    ),
    why=phrase(
        "blinker compares senders by identity. It doesn't ask isinstance or issubclass: a class, its "
        "subclasses and its instances are different senders."
    ),
    bad="@created.connect_via(Article)\ndef on_created(sender, **payload): ...\n\n"
    "created.send(article)  # an instance",
    good="@created.connect\ndef on_created(sender, **payload):\n"
    "    if isinstance(sender, Article):\n        ...\n\ncreated.send(article)",
    remedy=phrase(
        "Connect the receiver without a sender and check the class in it, or connect it to each "
        "class that is sent."
    ),
    missing=no_object_filters,
)
def class_or_instance(evidence: Evidence) -> Iterator[Problem]:
    for signal, receiver, sends in evidence.receivers_sent():
        heard = any(sent.outcomes_of(receiver.receiver).is_meant for sent in sends)
        for listened in filters(receiver):
            kind = listened.kind if isinstance(listened, ObjectDescription) else None
            akin = [sent for sent in sends if _relation(kind, sent.kind) is not None]
            unheard = [sent for sent in akin if _is_skipped(receiver, [sent])]
            relation = _relation(kind, unheard[0].kind) if unheard else None
            if kind is None or relation is None or _is_meant(relation, heard, signal, unheard):
                continue
            yield problem_of(
                signal,
                receiver,
                _UNEQUAL[relation],
                remedy=phrase(_REMEDIES[relation], kind=kind.name.rpartition(".")[2]),
                listened=label(listened),
                times=times_of(unheard, sends),
                sender=sender_label_of(unheard[0]),
            )


_INSTANCE, _SUBCLASS, _CLASS = "instance", "subclass", "class"
_UNEQUAL = {
    _INSTANCE: phrase(
        "{receiver} listens to {listened}, but {times} of {signal} came from an instance of it, {sender}: "
        "blinker compares identity."
    ),
    _SUBCLASS: phrase(
        "{receiver} listens to {listened}, but {times} of {signal} came from a subclass of it, {sender}: "
        "blinker compares identity."
    ),
    _CLASS: phrase(
        "{receiver} listens to {listened}, but {times} of {signal} came from the class of it, {sender}: "
        "blinker compares identity."
    ),
}
"""By what was sent: the message."""
_REMEDIES = {
    _INSTANCE: phrase("Connect it without a sender, and check in it: isinstance(sender, {kind})."),
    _SUBCLASS: phrase(
        "Connect it to each class: for kind in ({kind}, *{kind}.__subclasses__()): "
        "signal.connect(receiver, sender=kind). Or connect it without a sender, and check in it: "
        "issubclass(sender, {kind})."
    ),
    _CLASS: phrase("Connect it to the class, or send the signal from the instance of {kind}."),
}
"""By what was sent: the remedy, for the name of the class that is listened to."""


def _relation(listened: ObjectKind | None, sent: ObjectKind | None) -> str | None:
    """Return what a sent object is of the one that is listened to; ``None`` if nothing."""
    if listened is None or sent is None or _is_proxy(listened) or _is_proxy(sent):
        return None
    if listened.is_class and not sent.is_class:
        return _INSTANCE if listened.name in (sent.name, *sent.bases) else None
    if listened.is_class:
        return _SUBCLASS if listened.name in sent.bases else None
    is_class_of_it = sent.is_class and sent.name in (listened.name, *listened.bases)
    return _CLASS if is_class_of_it else None


def _is_meant(
    relation: str, heard: bool, signal: SignalView, unheard: Sequence[ExaminedSend]
) -> bool:
    """Return whether a receiver may be meant not to hear these sends.

    Instances and their class are different senders of a signal that sends both. A subclass, or an instance,
    may have a receiver of its own.
    """
    if relation == _SUBCLASS or (relation == _INSTANCE and heard):
        others = (one for one in signal.receivers if any(filters(one)))
        return not all(_is_skipped(other, unheard) for other in others)
    return relation == _CLASS and heard


@rule(
    "sender-never-sent",
    level=WARNING,
    what=phrase("A receiver listens to a sender that no send came from."),
    why=phrase(
        "connect(receiver, sender=x) connects the receiver to sends from x only, and blinker doesn't "
        "warn if x never sends. The rule knows the sends that were read, and no others."
    ),
    bad='king.connect(animal, sender="elephant")\nking.send("Elephant")',
    good='king.connect(animal, sender="elephant")\nking.send("elephant")',
    remedy=phrase(
        "Send the signal from that sender, or connect the receiver to a sender that sends it."
    ),
    missing=no_filters,
    unless=(sender_is_proxy, class_or_instance),
)
def sender_never_sent(evidence: Evidence) -> Iterator[Problem]:
    for signal, receiver, sends in evidence.receivers_sent():
        if not all(sent.is_sender_known for sent in sends):
            continue
        running = [sent for sent in evidence.sends_of(signal.signal) if not sent.is_over]
        never = [
            listened
            for listened in _unconfirmed(receiver, sends)
            if not any(
                is_same_sender(listened, sent) or looks_equal(listened, sent) for sent in sends
            )
            and not any(_may_be(listened, sent) for sent in running)
        ]
        if never:
            number = sum(sent.times for sent in sends)
            every = phrase("its {number} sends", number=number)
            yield problem_of(
                signal,
                receiver,
                _SOME_UNSENT if len(never) < len(receiver.connections) else _ALL_UNSENT,
                listened=listed(map(label, never)),
                times=phrase("its only send") if number == 1 else every,
                senders=listed(map(sender_label_of, sends)),
            )


_SOME_UNSENT = phrase(
    "{receiver} listens to {listened}, but {signal} was never sent from there: {times} came from {senders}."
)
_ALL_UNSENT = phrase(
    "{receiver} listens only to {listened}, but {signal} was never sent from there: {times} came from "
    "{senders}."
)


def filters(receiver: ReceiverView) -> Iterator[object]:
    """Yield the known sender filters of a receiver; none if it listens to ``ANY``."""
    if not any(connection.any for connection in receiver.connections):
        for connection in receiver.connections:
            listened = connection.sender
            text = listened.text if isinstance(listened, ObjectDescription) else ""
            if without_number(text) != UNKNOWN:
                yield listened


def _unconfirmed(receiver: ReceiverView, sends: tuple[ExaminedSend, ...]) -> list[object]:
    """Return the sender filters of a receiver that no call proves to match a sent sender.

    A receiver that was called and doesn't listen to ``ANY`` listens to the sender of that send,
    whatever its ``repr`` was at connect. If it listens to several objects, it may be any of them.
    """
    listening = list(filters(receiver))
    called = [sent for sent in sends if sent.outcomes_of(receiver.receiver).is_meant]
    if called and len(receiver.connections) == 1:
        return []
    muted = [sent for sent in sends if sent.is_muted]  # these call no receiver
    if any(sent.shown is not None for sent in (*called, *muted)):
        return [listened for listened in listening if is_by_value(listened)]
    return listening


def _may_be(listened: object, sent: ExaminedSend) -> bool:
    """Return whether a running send may come from a sender, whatever its description."""
    if not sent.is_sender_known or is_same_sender(listened, sent) or looks_equal(listened, sent):
        return True
    return sent.shown is not None and not is_by_value(listened)


@rule(
    "sender-looks-equal",
    what=phrase("A receiver listens to a sender that only looks equal to the sender of a send."),
    why=phrase(
        'blinker compares text and integers by value, so "1" is not 1, and everything else by '
        "identity: two equal floats, tuples, dataclasses or applications are two senders."
    ),
    bad='moved.connect(on_moved, sender=("a", 1))\nmoved.send(tuple(["a", 1]))  # another tuple',
    good='moved.connect(on_moved, sender="a/1")\nmoved.send("a/1")',
    remedy=phrase("Use the same object on both sides, or text of the same spelling."),
    missing=no_filters,
    unless=(sender_is_proxy, class_or_instance),
)
def sender_looks_equal(evidence: Evidence) -> Iterator[Problem]:
    template = phrase(
        "{receiver} listens to {listened}, but was not called when {signal} was sent from {sender}: they look "
        "equal, but blinker treats them as two senders."
    )
    for signal, receiver, sends in evidence.receivers_sent():
        for where, listened, sent in islice(_alike(signal, receiver, sends, evidence), 1):
            known = {"listened": listened, "sender": sent}
            yield problem_of(signal, receiver, template, where=where, **known)


def _alike(
    signal: SignalView, receiver: ReceiverView, sends: tuple[ExaminedSend, ...], evidence: Evidence
) -> Iterator[tuple[str | None, str, str]]:
    """Yield the place of a connection, its sender, and a sent one that only looks equal."""
    for listened in _unconfirmed(receiver, sends):
        alike = [sent for sent in sends if looks_equal(listened, sent)]
        was_sent = is_by_value(listened) and any(is_same_sender(listened, sent) for sent in sends)
        is_unheard = not was_sent and _is_skipped(receiver, alike)
        if is_unheard and not _called_another(signal, listened, alike):
            mine, other = label(listened), sender_label_of(alike[0])
            if is_by_value(listened):
                mine = _with_kind(listened, mine)
                other = _with_kind(alike[0].sender, other)
            else:
                other = phrase("another {sender}", sender=other)
            yield receiver.where, mine, other
    for literal in evidence.connected.literals:
        alike = [sent for sent in sends if literal.sender in (sent.sender, repr(sent.sender))]
        is_its = (literal.signal, literal.receiver) == (signal.signal, receiver.receiver)
        if is_its and _is_skipped(receiver, alike):
            another = phrase("another {sender}", sender=sender_label_of(alike[0]))
            yield literal.where, literal.sender, another


def _is_skipped(receiver: ReceiverView, sends: Sequence[ExaminedSend]) -> bool:
    """Return whether unmuted sends skipped a receiver, each of them and at least one."""
    rows = [sent.outcomes_of(receiver.receiver) for sent in sends if not sent.is_muted]
    return bool(rows) and not any(row.is_meant for row in rows)


def _called_another(signal: SignalView, listened: object, sends: list[ExaminedSend]) -> bool:
    """Return whether these sends called another receiver that listens to their sender."""
    others = (
        receiver
        for receiver in signal.receivers
        for sent in sends
        if any(is_same_sender(one, sent) for one in filters(receiver))
    )
    return any(not _is_skipped(other, sends) for other in others)
