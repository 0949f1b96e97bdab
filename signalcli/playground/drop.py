"""Letting go of a receiver, and what of its connections that leaves."""

from __future__ import annotations

from collections.abc import Iterator

from signalcli.playground.live_session import LiveSession
from signalcli.values.delivery import Session, SignalState
from signalcli.values.inspection import Connection, Drop, HeldReceiver
from signalcli.values.signal_name import is_import


def drop(live: LiveSession, receiver: str) -> Drop:
    """Let go of the program's own reference to a receiver: what nothing else holds, dies.

    :raises UnknownName: if there is no such receiver.
    """
    session = live.snapshot()
    before = tuple(connections_of(session, receiver))
    if not before:
        live.receivers.check_known(receiver)
        note = f"{receiver} is not connected to anything: nothing changed."
        return Drop(receiver, False, (note,), (), ())
    live.drop(receiver)
    gone = receiver in live.collect()
    dropped = live.snapshot()
    after = tuple(connections_of(dropped, receiver))
    changed = before != after or session.dropped != dropped.dropped
    return Drop(receiver, changed, (_note(receiver, before, gone),), before, after)


def _note(receiver: str, before: tuple[HeldReceiver, ...], gone: bool) -> str:
    if gone:
        return (
            f"Nothing else held {receiver}: it is gone, with its weak connections. "
            f"The next connect makes a new one."
        )
    holders = [held.signal for held in before if not held.weak]
    if is_import(receiver) or not holders:
        return (
            f"A module holds what it defines: {receiver} lives, and every connection of it stays."
        )
    return f"{holders[0]} holds {receiver} strongly: it lives, and every connection of it stays."


def connections_of(session: Session, receiver: str) -> Iterator[HeldReceiver]:
    """How each signal of a session holds a receiver, if it does."""
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
