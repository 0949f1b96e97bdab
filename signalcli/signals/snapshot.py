"""Create a live signal from the plain values of a session, the reverse, and disconnect receivers for a time.

Only this module writes blinker's private data of a real signal. :mod:`signalcli.signals.internals`
describes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable
from copy import copy
from typing import Any, cast

from blinker import NamedSignal, Signal

from signalcli.signals.internals import (
    ANY_ID,
    PRIVATE_ATTRIBUTES,
    buckets_of,
    doc_of,
    is_any,
    is_muted,
    is_weak,
    live_receivers,
    make_id,
    referent,
    set_class_of,
)
from signalcli.signals.receivers import Receiver
from signalcli.signals.reflection import attributes, can_be_weak
from signalcli.values.session import Bucket, Sender, SignalState
from signalcli.values.signal_name import META_SIGNALS, SignalName


class OrderedSet(dict[Any, None]):
    """A set that keeps the order of its members, for blinker's ``set_class``.

    It is a dict, because every ``send`` computes a union, and that of a dict is native code.
    """

    def add(self, member: Any) -> None:
        self[member] = None

    def discard(self, member: Any) -> None:
        self.pop(member, None)


_ORDERED = cast("type[set[Any]]", OrderedSet)


class OrderedSignal(Signal):
    """An anonymous signal that calls its receivers in the order of their connection."""

    set_class = _ORDERED


class OrderedNamedSignal(NamedSignal):
    """A named signal that calls its receivers in the order of their connection."""

    set_class = _ORDERED


for _kind, _of_blinker in ((OrderedSignal, Signal), (OrderedNamedSignal, NamedSignal)):
    # The repr of a signal, which is the sender of its meta signals, stays blinker's.
    _kind.__module__, _kind.__qualname__ = _of_blinker.__module__, _of_blinker.__qualname__


def is_ordered(signal: Signal) -> bool:
    """Return whether a signal keeps the order of connection."""
    return signal.set_class is _ORDERED


def new_signal(name: SignalName, state: SignalState, base: Signal | None = None) -> Signal:
    """Return a new live signal without receivers. A meta signal is an attribute of ``base``."""
    if name.meta is not None:
        base = base or Signal()
        meta: Signal = getattr(base, name.meta)
        if state.ordered and not is_ordered(meta) and not meta.receivers:
            meta = OrderedSignal(doc_of(meta))
            vars(base)[name.meta] = meta
        return meta
    if name.anonymous:
        return (OrderedSignal if state.ordered else Signal)(state.doc)
    return (OrderedNamedSignal if state.ordered else NamedSignal)(name.name, state.doc)


def adopt(signal: Signal, state: SignalState) -> None:
    """Make another program's signal keep the order of connection, if ``state`` does.

    A signal with receivers doesn't change, because the order of their connection isn't known.
    """
    if state.ordered and not signal.receivers:
        for name in ("_by_receiver", "_by_sender"):
            vars(signal)[name] = defaultdict(_ORDERED)
        vars(signal)["set_class"] = _ORDERED


def connect_all(signal: Signal, state: SignalState, function_of: Callable[[str], Receiver]) -> None:
    """Connect the receivers of a state to a new signal. No meta signal is sent."""
    signal.is_muted = state.muted
    functions = {receiver: function_of(receiver) for receiver, _ in state.receivers}
    ids = {receiver: make_id(function) for receiver, function in functions.items()}
    metas = {meta: vars(signal).pop(meta) for meta in META_SIGNALS if meta in vars(signal)}
    for receiver, weak in state.receivers:
        function = functions[receiver]
        signal.connect(function, weak=weak and can_be_weak(function))
    vars(signal).update(metas)

    # connect() added each receiver to ANY: replace that by the buckets of the state. Connections that
    # an imported module made itself stay.
    for receiver_id in ids.values():
        signal._by_sender[ANY_ID].discard(receiver_id)
        signal._by_receiver[receiver_id] = signal.set_class()
    members: Callable[[Iterable[Any]], Any] = OrderedSet.fromkeys if is_ordered(signal) else set
    if state.any:
        _fill(signal, members, [ANY_ID], [ids[receiver] for receiver in state.any])
    for receivers, senders in state.buckets:
        _fill(signal, members, senders, [ids[receiver] for receiver in receivers])


def state_of(
    signal: Signal,
    name_of: Callable[[Receiver], str | None],
    sender_of: Callable[[Hashable], Any] | None = None,
) -> SignalState:
    """Return what a live signal holds: the reverse of :func:`connect_all`.

    :param name_of: returns the name of a receiver, or ``None`` to leave that receiver out.
    :param sender_of: returns the sender of an id; without it, ids are senders: text and integers.
    """
    named = ((id_, name_of(receiver), weak) for id_, receiver, weak in live_receivers(signal))
    names = {id_: (name, weak) for id_, name, weak in named if name is not None}
    by_bucket: dict[tuple[str, ...], list[Any]] = {}
    any_bucket: tuple[str, ...] = ()
    ordered = set_class_of(signal) is not set
    for sender, bucket in buckets_of(signal).items():
        ids = bucket if ordered else [id_ for id_ in names if id_ in bucket]  # a set has no order
        receivers = tuple(names[receiver_id][0] for receiver_id in ids if receiver_id in names)
        if is_any(sender):
            any_bucket = receivers
        elif receivers or not bucket:
            if sender_of is not None:
                sender = sender_of(sender)
            elif sender is True:
                sender = 1  # blinker takes the two for one
            by_bucket.setdefault(receivers, []).append(sender)
    return SignalState(
        doc=doc_of(signal),
        muted=is_muted(signal),
        ordered=ordered,
        receivers=tuple(names.values()),
        any=any_bucket,
        buckets=tuple(Bucket(receivers, tuple(s)) for receivers, s in by_bucket.items()),
    )


def rewritten(name: SignalName, state: SignalState) -> SignalState:
    """Return a state that was edited by hand as :func:`state_of` writes it."""
    stand_ins: dict[str, Receiver] = {name: lambda sender: None for name, _ in state.receivers}
    names = {id(function): receiver for receiver, function in stand_ins.items()}
    signal = new_signal(name, state)
    connect_all(signal, state, stand_ins.__getitem__)
    return state_of(signal, lambda function: names[id(function)])


CONNECTIONS = ("receivers", *PRIVATE_ATTRIBUTES)
"""The attributes of a signal that hold its connections."""


def disconnect_others(signal: Signal, kept: Collection[Hashable]) -> dict[str, Any]:
    """Disconnect all receivers of a signal but those with these ids. No meta signal is sent.

    :return: what was connected, for :func:`reconnect`.
    """
    own = attributes(signal)
    before = {name: own[name] for name in CONNECTIONS}
    own.update((name, copy(held)) for name, held in before.items())
    for name in ("receivers", "_by_receiver"):
        for receiver_id in before[name].keys() - set(kept):
            del own[name][receiver_id]
    for receiver_id, senders in own["_by_receiver"].items():
        own["_by_receiver"][receiver_id] = copy(senders)
    for sender_id, bucket in before["_by_sender"].items():
        remaining = own["_by_sender"][sender_id] = copy(bucket)
        for receiver_id in bucket:
            if receiver_id not in kept:
                remaining.discard(receiver_id)
        if not remaining:  # it would change what has_receivers_for answers
            del own["_by_sender"][sender_id]
    return before


def reconnect(
    signal: Signal, before: dict[str, Any], stays: Callable[[Hashable], bool] | None = None
) -> None:
    """Connect what :func:`disconnect_others` disconnected, and disconnect what was connected since.

    :param stays: returns whether a receiver that was connected since stays connected, by its id.
    """
    own = attributes(signal)
    since = {name: own[name] for name in CONNECTIONS}
    own.update(before)
    _drop_dead(own)
    for receiver_id, held in since["receivers"].items():
        if stays is None or receiver_id in own["receivers"] or not stays(receiver_id):
            continue
        own["receivers"][receiver_id] = held
        for sender_id in since["_by_receiver"].get(receiver_id, ()):
            own["_by_receiver"][receiver_id].add(sender_id)
            own["_by_sender"][sender_id].add(receiver_id)
            if sender_id in since["_weak_senders"]:
                own["_weak_senders"].setdefault(sender_id, since["_weak_senders"][sender_id])


def _drop_dead(own: dict[str, Any]) -> None:
    """Remove the receivers and senders that died while the signal didn't have them."""
    receivers, senders = own["receivers"], own["_weak_senders"]
    for receiver_id in [id_ for id_, held in receivers.items() if is_weak(held)]:
        if referent(receivers[receiver_id]) is None:
            del receivers[receiver_id]
            for sender_id in own["_by_receiver"].pop(receiver_id, ()):
                own["_by_sender"][sender_id].discard(receiver_id)
    for sender_id in [id_ for id_, held in senders.items() if referent(held) is None]:
        del senders[sender_id]
        for receiver_id in own["_by_sender"].pop(sender_id, ()):
            own["_by_receiver"][receiver_id].discard(sender_id)


def _fill(
    signal: Signal,
    members: Callable[[Iterable[Any]], Any],
    senders: Iterable[Sender],
    receiver_ids: list[Hashable],
) -> None:
    for sender in senders:
        if sender in signal._by_sender:
            signal._by_sender[sender].update(members(receiver_ids))
        else:
            signal._by_sender[sender] = members(receiver_ids)
    for receiver_id in receiver_ids:
        signal._by_receiver[receiver_id].update(members(senders))
