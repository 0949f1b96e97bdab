"""Views of a live signal: its receivers, their connections, and what ``has_receivers_for`` returns."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator

from blinker import ANY, Signal

from signalcli.language.phrases import phrase
from signalcli.signals.dry_run import DryRun, DryRunAnswer
from signalcli.signals.internals import (
    LiveSignal,
    any_bucket_of,
    buckets_of,
    doc_of,
    is_any,
    is_muted,
    live_receivers,
    make_id,
    receivers_of,
    set_class_of,
)
from signalcli.signals.reflection import is_a
from signalcli.values.inspection import (
    Connection,
    ReceiverView,
    SenderReceivers,
    SignalSummary,
    SignalView,
)
from signalcli.values.session import SignalState
from signalcli.values.signal_name import SignalName


def summary(name: SignalName, state: SignalState) -> SignalSummary:
    """Return one signal of a session for a list. No live signal is needed."""
    in_buckets = sum(len(bucket.receivers) * len(bucket.senders) for bucket in state.buckets)
    return SignalSummary(
        signal=str(name),
        kind=name.kind,
        doc=state.doc,
        muted=state.muted,
        receiver_names=tuple(name for name, _ in state.receivers),
        connections=len(state.any) + in_buckets,
    )


def view(live: LiveSignal, kind: str, senders: Iterable[object] = ()) -> SignalView:
    """Return who listens to a live signal. ``senders`` are asked ``has_receivers_for`` about too."""
    signal = live.signal
    return SignalView(
        signal=live.name,
        kind=kind,
        doc=doc_of(signal),
        muted=is_muted(signal),
        ordered=set_class_of(signal) is not set,
        receivers=tuple(_receiver_views(live)),
        has_receivers_for=tuple(_sender_receivers(live, senders)),
    )


def _receiver_views(live: LiveSignal) -> Iterator[ReceiverView]:
    signal, info = live.signal, live.receivers
    connections: dict[Hashable, list[Connection]] = {id_: [] for id_ in receivers_of(signal)}
    for receiver_id in any_bucket_of(signal):
        connections.setdefault(receiver_id, []).append(Connection(any=True))
    for sender_id, bucket in buckets_of(signal).items():
        if not is_any(sender_id) and bucket:
            connection = Connection(any=False, sender=info.sender_of(signal, sender_id))
            for receiver_id in bucket:
                connections.setdefault(receiver_id, []).append(connection)
    for receiver_id, receiver, weak in live_receivers(signal):
        yield ReceiverView(
            receiver=info.name_of(receiver),
            weak=weak,
            is_async=info.is_async(receiver),
            connections=tuple(connections[receiver_id]),
            where=info.place_of(receiver),
            doc=info.doc_of(receiver),
            in_program=info.in_program(receiver),
        )


def _sender_receivers(live: LiveSignal, senders: Iterable[object]) -> Iterator[SenderReceivers]:
    signal, info = live.signal, live.receivers
    names = {id_: info.name_of(receiver) for id_, receiver, _ in live_receivers(signal)}
    dry_run = DryRun(signal)
    buckets = [sender_id for sender_id in buckets_of(signal) if not is_any(sender_id)]
    answers: list[tuple[object, DryRunAnswer]] = [(ANY, dry_run.about(ANY))]
    answers += [(info.sender_of(signal, id_), dry_run.about_bucket(id_)) for id_ in buckets]
    answers += [
        (info.shown_sender(sender), dry_run.about(sender)) for sender in _unknown(buckets, senders)
    ]
    for sender, (result, called) in answers:
        yield SenderReceivers(
            any=sender is ANY,
            sender=None if sender is ANY else sender,
            result=result,
            receivers_for=tuple(names[receiver_id] for receiver_id in called),
            note=_misleading(signal, sender, result, called, names.values()),
        )


def _unknown(buckets: Iterable[Hashable], senders: Iterable[object]) -> Iterator[object]:
    """Yield the senders that have no bucket, each once."""
    known = set(buckets)
    for sender in senders:
        if make_id(sender) not in known:
            known.add(make_id(sender))
            yield sender


def _misleading(
    signal: Signal,
    sender: object,
    result: bool,
    called: Collection[Hashable],
    names: Collection[str],
) -> str | None:
    """Return a note if the result of ``has_receivers_for`` is misleading."""
    if result and not called:
        return phrase("stale: blinker kept an empty entry after disconnect; a send calls nobody")
    if sender is ANY and not result and receivers_of(signal):
        return phrase("nobody is connected to ANY; this row ignores sender filters")
    if result and is_muted(signal):
        return phrase("ignores muting: the signal is muted, so a send calls no receiver")
    if is_a(sender, str) and sender in names:
        return phrase("asks about a sender called {sender}, not about the receiver", sender=sender)
    return None
