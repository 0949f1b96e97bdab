"""Connecting and disconnecting, and what there is to say about what blinker makes of it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial
from weakref import ref

from blinker import ANY, Signal
from blinker._utilities import make_id

from signalcli.errors import UsageError
from signalcli.playground.live_session import LiveSession
from signalcli.sending.meta_signals import MetaSignals, connections_of
from signalcli.signals.functions import Receiver, can_be_weak
from signalcli.signals.internals import ANY_ID
from signalcli.text import command, sender_label
from signalcli.values.delivery import Sender
from signalcli.values.signal_name import SignalName


def connect(
    live: LiveSession,
    metas: MetaSignals,
    name: SignalName,
    receiver: str,
    senders: Sequence[Sender],
    weak: bool,
) -> list[str]:
    """Connect a receiver to each of ``senders``, or to ``ANY`` if there are none.

    As in a program, an exception out of a meta signal ends it.

    :param metas: the signal's meta signals, to tell what they do.
    :return: the notes, a sentence each.
    :raises UnknownName: if there is no such signal or receiver.
    :raises UsageError: for a receiver that can't be weak.
    """
    signal = live.signal(name)
    function = live.take(receiver)
    if weak and not can_be_weak(function):
        raise UsageError(
            f"There can be no weak reference to {receiver}, a {type(function).__name__}. "
            f"Hold it strongly: {command('connect', str(name), receiver, '--strong')}"
        )
    was_weak = _is_weak(signal, make_id(function))
    notes = []
    with metas:
        for sender in dict.fromkeys(senders) or (ANY,):
            done, note = _connect(name, signal, receiver, function, sender, weak, metas)
            notes.append(note)
            if not done:
                break
    if was_weak is not None and was_weak != weak:
        held = "weakly" if weak else "strongly"
        notes.append(f"{name} now holds {receiver} {held}: the last connect decides.")
    return notes


def disconnect(
    live: LiveSession,
    metas: MetaSignals,
    name: SignalName,
    receiver: str,
    senders: Sequence[Sender],
) -> list[str]:
    """Disconnect a receiver from each of ``senders``, or altogether if there are none.

    As in a program, an exception out of a meta signal ends it.

    :param metas: the signal's meta signals, to tell what they do.
    :return: the notes, a sentence each.
    :raises UnknownName: if there is no such signal or receiver.
    """
    signal = live.signal(name)
    function = live.receivers.find(receiver)
    notes = []
    with metas:
        for sender in senders or (ANY,):
            done, note = _disconnect(name, signal, receiver, function, sender, metas)
            notes.append(note)
            if not done:
                notes.append(f"{metas.raiser}, and so disconnect raised, when it was done.")
                break
    return notes


def _connect(
    name: SignalName,
    signal: Signal,
    receiver: str,
    function: Receiver,
    sender: object,
    weak: bool,
    metas: MetaSignals,
) -> tuple[bool, str]:
    """Connect a receiver to a sender or to ``ANY``, and say what blinker made of it.

    :return: whether that was done without an exception, and the note.
    """
    listened = _listens(signal, function, sender)
    before = connections_of(signal, function) if metas.exist else []
    done = metas.attempt(partial(signal.connect, function, sender=sender, weak=weak))
    whom = "ANY sender" if sender is ANY else sender_label(sender)
    if done:
        listens = "already listened" if listened else "listens"
        return True, f"{receiver} {listens} to {name} from {whom}."
    outcome = "keeps" if _listens(signal, function, sender) else "undoes"
    note = (
        f"{metas.raiser}, and so connect raised: blinker {outcome} the connection of {receiver} to "
        f"{name} from {whom}."
    )
    lost = [label for label in before if label not in connections_of(signal, function)]
    if lost:
        note += f" With it goes what it listened to before: {', '.join(lost)}."
    return False, note


def _is_weak(signal: Signal, receiver_id: Hashable) -> bool | None:
    """Whether the signal holds a receiver weakly; ``None`` if it doesn't hold it."""
    held = signal.receivers.get(receiver_id)
    return None if held is None else isinstance(held, ref)


def _listens(signal: Signal, function: Receiver, sender: object) -> bool:
    """Whether a receiver is connected to just this sender, or to ``ANY``."""
    return make_id(function) in signal._by_sender.get(ANY_ID if sender is ANY else sender, ())


def refuse_senders_of_meta(name: SignalName, senders: Sequence[Sender]) -> None:
    """Make sure that nobody filters a meta signal by sender.

    :raises UsageError: if somebody does.
    """
    if name.meta is not None and senders:
        raise UsageError(
            f"The sender of {name} is always the signal {name.base} itself, an object, so that a "
            f"filter by {sender_label(senders[0])} would never match. Leave out --sender."
        )


def _disconnect(
    name: SignalName,
    signal: Signal,
    receiver: str,
    function: Receiver,
    sender: object,
    metas: MetaSignals,
) -> tuple[bool, str]:
    """Disconnect a receiver from a sender or from all, and say what blinker made of it.

    :return: whether that was done without an exception, and the note.
    """
    if sender is ANY:
        connected = make_id(function) in signal.receivers
        done = metas.attempt(partial(signal.disconnect, function))
        if connected:
            return done, f"{receiver} no longer listens to {name}."
        return done, f"{receiver} was not connected to {name}: nothing changed."

    label = sender_label(sender)
    connected = _listens(signal, function, sender)
    had_bucket = sender in signal._by_sender
    answered = signal.has_receivers_for(sender)
    done = metas.attempt(partial(signal.disconnect, function, sender=sender))

    if connected:
        note = f"{receiver} no longer listens to {name} from {label}."
    else:
        note = f"{receiver} was not connected to {name} from {label}."
    if _listens(signal, function, ANY):
        note += " It still listens to ANY."
    if connected or not had_bucket:
        answers = signal.has_receivers_for(sender)
        if answers and not any(signal.receivers_for(sender)):
            verb = "stays" if answered else "is now"
            note += f" has_receivers_for({label}) {verb} True, though nobody is called."
        elif not had_bucket:
            note += f" It left an empty bucket for {label}."
    return done, note
