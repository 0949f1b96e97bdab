"""Looking at a live signal: who listens, to whom, and what ``has_receivers_for`` makes of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import TYPE_CHECKING

from blinker import ANY, Signal

from signalcli.bookkeeping import ANY_ID, doc_of, live_receivers
from signalcli.functions import first_line
from signalcli.model import SignalState
from signalcli.names import SignalName
from signalcli.views import Audience, Connection, ReceiverView, SignalSummary, SignalView

if TYPE_CHECKING:
    from signalcli.roster import Roster


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
    """Who listens to ``signal``.

    :param senders: senders to ask ``has_receivers_for`` about, besides those it knows.
    """
    return SignalView(
        signal=name,
        kind=kind,
        doc=doc_of(signal),
        muted=signal.is_muted,
        ordered=signal.set_class is not set,
        receivers=tuple(_receiver_views(signal, roster)),
        has_receivers_for=tuple(_audiences(signal, roster, senders)),
    )


def _receiver_views(signal: Signal, roster: Roster) -> Iterator[ReceiverView]:
    connections: dict[Hashable, list[Connection]] = {id_: [] for id_ in signal.receivers}
    for receiver_id in signal._by_sender.get(ANY_ID, ()):
        connections[receiver_id].append(Connection(any=True))
    for sender, bucket in signal._by_sender.items():
        if sender != ANY_ID:
            for receiver_id in bucket:
                connections[receiver_id].append(Connection(any=False, sender=sender))
    for receiver_id, receiver, weak in live_receivers(signal):
        yield ReceiverView(
            receiver=roster.name_of(receiver),
            weak=weak,
            is_async=roster.is_async(receiver),
            connections=tuple(connections[receiver_id]),
            where=roster.place_of(receiver),
            doc=first_line(receiver),
        )


def _audiences(signal: Signal, roster: Roster, senders: Iterable[object]) -> Iterator[Audience]:
    names = {roster.name_of(receiver) for _, receiver, _ in live_receivers(signal)}
    buckets = [sender for sender in signal._by_sender if sender != ANY_ID]
    known = set(buckets)
    asked = []
    for sender in senders:
        if not isinstance(sender, (str, int)):  # compared by identity: each is another
            asked.append(sender)
        elif sender not in known:
            known.add(sender)
            asked.append(sender)
    for sender in (ANY, *buckets, *asked):
        result = signal.has_receivers_for(sender)
        called = tuple(roster.name_of(receiver) for receiver in signal.receivers_for(sender))
        yield Audience(
            any=sender is ANY,
            sender=None if sender is ANY else sender,
            result=result,
            receivers_for=called,
            note=_misleading(signal, sender, result, called, names),
        )


def _misleading(
    signal: Signal, sender: object, result: bool, called: tuple[str, ...], names: set[str]
) -> str | None:
    """What to know before believing ``has_receivers_for``."""
    if result and not called:
        return "stale: disconnect left an empty bucket, nobody would be called"
    if sender is ANY and not result and signal.receivers:
        return "no receiver listens to ANY, and this asks for ANY only"
    if result and signal.is_muted:
        return "muting is ignored: the signal is muted, nobody would be called"
    if isinstance(sender, str) and sender in names:
        return f"asks about a sender called {sender}, not about the receiver"
    return None
