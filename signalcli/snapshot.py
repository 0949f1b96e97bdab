"""One live blinker signal ⇄ the plain values that a session holds of it.

This is the only code that writes blinker's bookkeeping; :mod:`signalcli.bookkeeping` says what it
is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, cast

from blinker import NamedSignal, Signal

from signalcli.bookkeeping import ANY_ID, NameOf, doc_of, live_receivers
from signalcli.functions import Receiver
from signalcli.model import Bucket, Sender, SignalState
from signalcli.names import SignalName


class OrderedSet(dict[Any, None]):
    """A set that keeps the order of its members, for blinker's ``set_class``.

    It is a dict, so that the union at the heart of every ``send`` is a native one.
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


def is_ordered(signal: Signal) -> bool:
    """Whether the signal keeps the order of connection."""
    return signal.set_class is _ORDERED


def restore(name: SignalName, state: SignalState, function_of: Callable[[str], Receiver]) -> Signal:
    """Build the live signal that ``state`` tells of. No meta signal fires.

    :param function_of: gives the function of a receiver's name.
    """
    signal = _new_signal(name, state)
    signal.is_muted = state.muted
    ids = {}
    for receiver, weak in state.receivers:
        function = function_of(receiver)
        signal.connect(function, weak=weak)
        ids[receiver] = id(function)

    # blinker has now connected each of them to ANY; instead, its buckets become those of the state.
    members: Callable[[Iterable[Any]], Any] = OrderedSet.fromkeys if state.ordered else set
    signal._by_sender = defaultdict(signal.set_class)
    signal._by_receiver = defaultdict(signal.set_class)
    if state.any:
        _fill(signal, members, [ANY_ID], [ids[receiver] for receiver in state.any])
    for receivers, senders in state.buckets:
        _fill(signal, members, senders, [ids[receiver] for receiver in receivers])
    return signal


def state_of(signal: Signal, name_of: NameOf) -> SignalState:
    """What a live signal holds, in plain values: the reverse of :func:`restore`.

    :param name_of: gives the name of a receiver.
    """
    names = {id_: (name_of(receiver), weak) for id_, receiver, weak in live_receivers(signal)}
    by_bucket: dict[tuple[str, ...], list[Sender]] = {}
    any_bucket: tuple[str, ...] = ()
    for sender, bucket in signal._by_sender.items():
        receivers = tuple(names[receiver_id][0] for receiver_id in bucket)
        if sender == ANY_ID:
            any_bucket = receivers
        else:
            by_bucket.setdefault(receivers, []).append(int(sender) if sender is True else sender)
    return SignalState(
        doc=doc_of(signal),
        muted=signal.is_muted,
        ordered=is_ordered(signal),
        receivers=tuple(names.values()),
        any=any_bucket,
        buckets=tuple(Bucket(receivers, tuple(s)) for receivers, s in by_bucket.items()),
    )


def _new_signal(name: SignalName, state: SignalState) -> Signal:
    if name.anonymous:
        return (OrderedSignal if state.ordered else Signal)(state.doc)
    return (OrderedNamedSignal if state.ordered else NamedSignal)(name.name, state.doc)


def _fill(
    signal: Signal,
    members: Callable[[Iterable[Any]], Any],
    senders: Iterable[Sender],
    receiver_ids: list[int],
) -> None:
    for sender in senders:
        signal._by_sender[sender] = members(receiver_ids)
    for receiver_id in receiver_ids:
        signal._by_receiver[receiver_id].update(members(senders))
