"""Connect and disconnect a receiver, and describe the result in notes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple
from weakref import ref

from blinker import ANY, Signal

from signalcli.errors import UsageError
from signalcli.playground.live_session import LiveSession
from signalcli.sending.meta_signals import MetaSignals, sender_labels_of
from signalcli.signals.functions import Receiver
from signalcli.signals.internals import ANY_ID, make_id
from signalcli.signals.reflection import can_be_weak
from signalcli.text import command, sender_label
from signalcli.values.session import Sender
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

    An exception in a receiver of a meta signal ends this, as it does in a program. Raises UnknownName if the
    signal or the receiver doesn't exist, UsageError for a receiver that can't be weak.
    """
    signal, function = live.signal(name), live.take(receiver)
    if weak and not can_be_weak(function):
        raise UsageError(
            f"There can be no weak reference to {receiver}, a {type(function).__name__}. "
            f"Hold it strongly: {command('connect', str(name), receiver, '--strong')}"
        )
    pair = _Pair(name, signal, receiver, function, metas)
    held = signal.receivers.get(make_id(function))
    notes = []
    with metas:
        for sender in dict.fromkeys(senders) or (ANY,):
            done, note = pair.connect(sender, weak)
            notes.append(note)
            if not done:
                break
    if held is not None and isinstance(held, ref) != weak:
        how = "weakly" if weak else "strongly"
        notes.append(f"{name} now holds {receiver} {how}: the last connect decides.")
    return notes


def disconnect(
    live: LiveSession,
    metas: MetaSignals,
    name: SignalName,
    receiver: str,
    senders: Sequence[Sender],
) -> list[str]:
    """Disconnect a receiver from ``senders``, or from all if there are none, as :func:`connect` does."""
    pair = _Pair(name, live.signal(name), receiver, live.receivers.find(receiver), metas)
    notes = []
    with metas:
        for sender in senders or (ANY,):
            done, note = pair.disconnect(sender)
            notes.append(note)
            if not done:
                notes.append(f"{metas.raiser}, and so disconnect raised after disconnecting.")
                break
    return notes


def refuse_senders_of_meta(name: SignalName, senders: Sequence[Sender]) -> None:
    """Raise UsageError if a meta signal is filtered by sender."""
    if name.meta is not None and senders:
        raise UsageError(
            f"The sender of {name} is always the signal {name.base} itself, an object, so that a "
            f"filter by {sender_label(senders[0])} would never match. Leave out --sender."
        )


class _Pair(NamedTuple):
    """A signal and a receiver, to connect or to disconnect. A sender may be ``ANY``."""

    name: SignalName
    signal: Signal
    receiver: str
    function: Receiver
    metas: MetaSignals

    def listens(self, sender: object) -> bool:
        """Return whether the receiver is connected to exactly this sender."""
        bucket = self.signal._by_sender.get(ANY_ID if sender is ANY else sender, ())
        return make_id(self.function) in bucket

    def connect(self, sender: object, weak: bool) -> tuple[bool, str]:
        """Connect the receiver to a sender. Return whether it succeeded, and a note."""
        signal, function, metas = self.signal, self.function, self.metas
        listened = self.listens(sender)
        before = sender_labels_of(signal, function) if metas.exist else []
        done = metas.attempt(partial(signal.connect, function, sender=sender, weak=weak))
        label = "ANY sender" if sender is ANY else sender_label(sender)
        if done:
            listens = "already listened" if listened else "listens"
            return True, f"{self.receiver} {listens} to {self.name} from {label}."
        outcome = "keeps" if self.listens(sender) else "undoes"
        note = (
            f"{metas.raiser}, and so connect raised: blinker {outcome} the connection of "
            f"{self.receiver} to {self.name} from {label}."
        )
        lost = [one for one in before if one not in sender_labels_of(signal, function)]
        if lost:
            note += f" Its earlier connections are lost as well: {', '.join(lost)}."
        return False, note

    def disconnect(self, sender: object) -> tuple[bool, str]:
        """Disconnect the receiver from a sender or, for ``ANY``, from all. Return the same."""
        signal, function, metas = self.signal, self.function, self.metas
        if sender is ANY:
            connected = make_id(function) in signal.receivers
            done = metas.attempt(partial(signal.disconnect, function))
            if connected:
                return done, f"{self.receiver} no longer listens to {self.name}."
            return done, f"{self.receiver} was not connected to {self.name}: nothing changed."

        label = sender_label(sender)
        connected = self.listens(sender)
        had_bucket = sender in signal._by_sender
        answered = signal.has_receivers_for(sender)
        done = metas.attempt(partial(signal.disconnect, function, sender=sender))

        was = "no longer listens" if connected else "was not connected"
        note = f"{self.receiver} {was} to {self.name} from {label}."
        if self.listens(ANY):
            note += " It still listens to ANY."
        if connected or not had_bucket:
            answers = signal.has_receivers_for(sender)
            if answers and not any(signal.receivers_for(sender)):
                verb = "stays" if answered else "is now"
                note += (
                    f" has_receivers_for({label}) {verb} True, although a send calls no receiver."
                )
            elif not had_bucket:
                note += f" It left an empty bucket for {label}."
        return done, note
