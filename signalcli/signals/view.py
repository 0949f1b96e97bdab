"""Looking at a live signal: who listens, to whom, and what ``has_receivers_for`` makes of it."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator
from typing import TYPE_CHECKING

from blinker import ANY, Signal

from signalcli.signals.dry_run import Answer, Asking
from signalcli.signals.internals import (
    ANY_ID,
    buckets_of,
    doc_of,
    is_muted,
    live_receivers,
    receivers_of,
    set_class_of,
)
from signalcli.signals.reflection import is_a
from signalcli.values.delivery import SignalState
from signalcli.values.inspection import (
    Audience,
    Connection,
    ReceiverView,
    SignalSummary,
    SignalView,
)
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.signals.receiver_info import Roster


def summary(name: SignalName, state: SignalState) -> SignalSummary:
    """One signal of a session, as a line of a list: nothing needs to come to life for it."""
    in_buckets = sum(len(bucket.receivers) * len(bucket.senders) for bucket in state.buckets)
    return SignalSummary(
        signal=str(name),
        kind=name.kind,
        doc=state.doc,
        muted=state.muted,
        receivers=len(state.receivers),
        connections=len(state.any) + in_buckets,
    )


def view(
    name: str, kind: str, signal: Signal, roster: Roster, senders: Iterable[object] = ()
) -> SignalView:
    """Who listens to ``signal``. Nothing about it changes.

    :param senders: senders to ask ``has_receivers_for`` about, besides those it knows.
    """
    return SignalView(
        signal=name,
        kind=kind,
        doc=doc_of(signal),
        muted=is_muted(signal),
        ordered=set_class_of(signal) is not set,
        receivers=tuple(_receiver_views(signal, roster)),
        has_receivers_for=tuple(_audiences(signal, roster, senders)),
    )


def _receiver_views(signal: Signal, roster: Roster) -> Iterator[ReceiverView]:
    connections: dict[Hashable, list[Connection]] = {id_: [] for id_ in receivers_of(signal)}
    for receiver_id in buckets_of(signal).get(ANY_ID, ()):
        connections.setdefault(receiver_id, []).append(Connection(any=True))
    for sender_id, bucket in buckets_of(signal).items():
        if sender_id != ANY_ID and bucket:
            connection = Connection(any=False, sender=roster.sender_of(signal, sender_id))
            for receiver_id in bucket:
                connections.setdefault(receiver_id, []).append(connection)
    for receiver_id, receiver, weak in live_receivers(signal):
        yield ReceiverView(
            receiver=roster.name_of(receiver),
            weak=weak,
            is_async=roster.is_async(receiver),
            connections=tuple(connections[receiver_id]),
            where=roster.place_of(receiver),
            doc=roster.doc_of(receiver),
            in_program=roster.in_program(receiver),
        )


def _audiences(signal: Signal, roster: Roster, senders: Iterable[object]) -> Iterator[Audience]:
    names = {id_: roster.name_of(receiver) for id_, receiver, _ in live_receivers(signal)}
    asking = Asking(signal)
    buckets = [sender_id for sender_id in buckets_of(signal) if sender_id != ANY_ID]
    answers: list[tuple[object, Answer]] = [(ANY, asking.about(ANY))]
    answers += [(roster.sender_of(signal, id_), asking.about_bucket(id_)) for id_ in buckets]
    answers += [(sender, asking.about(sender)) for sender in _unknown(buckets, senders)]
    for sender, (result, called) in answers:
        yield Audience(
            any=sender is ANY,
            sender=None if sender is ANY else sender,
            result=result,
            receivers_for=tuple(names[receiver_id] for receiver_id in called),
            note=_misleading(signal, sender, result, called, names.values()),
        )


def _unknown(buckets: Iterable[Hashable], senders: Iterable[object]) -> Iterator[object]:
    """The senders that have no bucket, each once."""
    known = set(buckets)
    for sender in senders:
        if not is_a(sender, (str, int)):  # compared by identity: each is another
            yield sender
        elif sender not in known:
            known.add(sender)
            yield sender


def _misleading(
    signal: Signal,
    sender: object,
    result: bool,
    called: Collection[Hashable],
    names: Collection[str],
) -> str | None:
    """What to know before believing ``has_receivers_for``."""
    if result and not called:
        return "stale: disconnect left an empty bucket, nobody would be called"
    if sender is ANY and not result and receivers_of(signal):
        return "no receiver listens to ANY, and this asks for ANY only"
    if result and is_muted(signal):
        return "muting is ignored: the signal is muted, nobody would be called"
    if is_a(sender, str) and sender in names:
        return f"asks about a sender called {sender}, not about the receiver"
    return None
