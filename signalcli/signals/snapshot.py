"""One live blinker signal ⇄ the plain values that a session holds of it.

This is the only code that writes blinker's bookkeeping; :mod:`signalcli.signals.internals` says what it
is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Any, cast

from blinker import NamedSignal, Signal
from blinker._utilities import make_id

from signalcli.signals.functions import Receiver, can_be_weak
from signalcli.signals.internals import ANY_ID, doc_of, live_receivers
from signalcli.values.delivery import Bucket, Sender, SignalState
from signalcli.values.signal_name import META_SIGNALS, SignalName


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


for _kind, _of_blinker in ((OrderedSignal, Signal), (OrderedNamedSignal, NamedSignal)):
    # Where a signal is shown by its repr, as the sender of a meta signal is, it is blinker's.
    _kind.__module__, _kind.__qualname__ = _of_blinker.__module__, _of_blinker.__qualname__


def is_ordered(signal: Signal) -> bool:
    """Whether the signal keeps the order of connection."""
    return signal.set_class is _ORDERED


def new_signal(name: SignalName, state: SignalState, base: Signal | None = None) -> Signal:
    """The live signal of a name, to which nobody is connected yet.

    :param base: the live signal whose meta signal it is, where it is one: blinker makes that when
        its attribute is first touched.
    """
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
    """Let a signal that another program made keep the order of connection, if ``state`` does.

    It stays as it is where somebody is connected already: then it has an order of its own.
    """
    if state.ordered and not signal.receivers:
        buckets: dict[str, Any] = {
            name: defaultdict(_ORDERED) for name in ("_by_receiver", "_by_sender")
        }
        vars(signal).update(buckets, set_class=_ORDERED)


def connect_all(signal: Signal, state: SignalState, function_of: Callable[[str], Receiver]) -> None:
    """Let a new signal hold what ``state`` tells. No meta signal fires.

    :param function_of: gives the function of a receiver's name.
    """
    signal.is_muted = state.muted
    functions = {receiver: function_of(receiver) for receiver, _ in state.receivers}
    ids = {receiver: make_id(function) for receiver, function in functions.items()}
    metas = {meta: vars(signal).pop(meta) for meta in META_SIGNALS if meta in vars(signal)}
    for receiver, weak in state.receivers:
        function = functions[receiver]
        signal.connect(function, weak=weak and can_be_weak(function))
    vars(signal).update(metas)

    # blinker has now connected each of them to ANY; instead, its buckets become those of the state.
    # What the module of an import connects by itself, when it is imported, stays.
    for receiver_id in ids.values():
        signal._by_sender[ANY_ID].discard(receiver_id)
        signal._by_receiver[receiver_id] = signal.set_class()
    members: Callable[[Iterable[Any]], Any] = OrderedSet.fromkeys if is_ordered(signal) else set
    if state.any:
        _fill(signal, members, [ANY_ID], [ids[receiver] for receiver in state.any])
    for receivers, senders in state.buckets:
        _fill(signal, members, senders, [ids[receiver] for receiver in receivers])


def state_of(signal: Signal, name_of: Callable[[Receiver], str | None]) -> SignalState:
    """What a live signal holds, in plain values: the reverse of :func:`connect_all`.

    :param name_of: gives the name of a receiver; ``None`` leaves it out, for it isn't the session's.
    """
    named = ((id_, name_of(receiver), weak) for id_, receiver, weak in live_receivers(signal))
    names = {id_: (name, weak) for id_, name, weak in named if name is not None}
    by_bucket: dict[tuple[str, ...], list[Sender]] = {}
    any_bucket: tuple[str, ...] = ()
    ordered = is_ordered(signal)
    for sender, bucket in signal._by_sender.items():
        ids = bucket if ordered else [id_ for id_ in names if id_ in bucket]  # a set has no order
        receivers = tuple(names[receiver_id][0] for receiver_id in ids if receiver_id in names)
        if sender == ANY_ID:
            any_bucket = receivers
        elif receivers or not bucket:
            by_bucket.setdefault(receivers, []).append(int(sender) if sender is True else sender)
    return SignalState(
        doc=doc_of(signal),
        muted=signal.is_muted,
        ordered=ordered,
        receivers=tuple(names.values()),
        any=any_bucket,
        buckets=tuple(Bucket(receivers, tuple(s)) for receivers, s in by_bucket.items()),
    )


def rewritten(name: SignalName, state: SignalState) -> SignalState:
    """The same state as :func:`state_of` writes it, however it was written by hand."""
    stand_ins: dict[str, Receiver] = {receiver: _stand_in() for receiver, _ in state.receivers}
    names = {id(function): receiver for receiver, function in stand_ins.items()}
    signal = new_signal(name, state)
    connect_all(signal, state, stand_ins.__getitem__)
    return state_of(signal, lambda function: names[id(function)])


def _stand_in() -> Receiver:
    return lambda sender: None


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
