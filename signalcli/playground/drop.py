"""Drop a receiver: delete the program's reference to it, and compare its connections."""

from __future__ import annotations

from collections.abc import Iterator

from signalcli.language.phrases import phrase
from signalcli.playground.live_session import LiveSession
from signalcli.receivers.registry import resolve
from signalcli.values.catalog import Drop, HeldReceiver
from signalcli.values.inspection import Connection
from signalcli.values.session import Session, SignalState
from signalcli.values.signal_name import is_import


def drop(live: LiveSession, receiver: str) -> Drop:
    """Delete the program's own reference to a receiver, or raise UnknownName if there is none."""
    session = live.snapshot()
    before = tuple(held_connections(session, receiver))
    if not before:
        resolve(receiver, live.receivers.declared)
        note = phrase(
            "{receiver} is not connected to anything: nothing changed.", receiver=receiver
        )
        return Drop(receiver, False, (note,), (), ())
    live.drop(receiver)
    gone = receiver in live.collect()
    dropped = live.snapshot()
    after = tuple(held_connections(dropped, receiver))
    changed = before != after or session.dropped != dropped.dropped
    return Drop(receiver, changed, (_note(receiver, before, gone),), before, after)


def _note(receiver: str, before: tuple[HeldReceiver, ...], gone: bool) -> str:
    if gone:
        return phrase(
            "Nothing else referenced {receiver}, so Python deleted it and its weak connections ended. "
            "The next connect makes a new one.",
            receiver=receiver,
        )
    holders = [held.signal for held in before if not held.weak]
    if is_import(receiver) or not holders:
        return phrase(
            "A module references what it defines: {receiver} and all its connections stay.",
            receiver=receiver,
        )
    return phrase(
        "{signal} references {receiver} strongly: it and all its connections stay.",
        signal=holders[0],
        receiver=receiver,
    )


def held_connections(session: Session, receiver: str) -> Iterator[HeldReceiver]:
    """Yield each signal that a receiver is connected to, with its connections there."""
    for signal, state in session.signals.items():
        held = dict(state.receivers)
        if receiver in held:
            yield HeldReceiver(signal, held[receiver], tuple(_listens_to(state, receiver)))


def _listens_to(state: SignalState, receiver: str) -> Iterator[Connection]:
    if receiver in state.any:
        yield Connection(any=True)
    for bucket in state.buckets:
        if receiver in bucket.receivers:
            for sender in bucket.senders:
                yield Connection(any=False, sender=sender)
