"""Connect and disconnect a receiver, and describe the result in notes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple
from weakref import ref

from blinker import ANY, Signal

from signalcli.errors import UsageError
from signalcli.language.phrases import Phrase, joined, phrase, sentences
from signalcli.playground.live_session import LiveSession
from signalcli.sending.meta_signals import MetaSignals, sender_labels_of
from signalcli.signals.internals import ANY_ID, make_id
from signalcli.signals.receivers import Receiver
from signalcli.signals.reflection import can_be_weak
from signalcli.text import sender_label, session_command
from signalcli.values.session import Sender
from signalcli.values.signal_name import SignalName

_WEAKLY = phrase("{signal} now holds {receiver} weakly: the last connect decides.")
_STRONGLY = phrase("{signal} now holds {receiver} strongly: the last connect decides.")
_LISTENS = phrase("{receiver} listens to {signal} from {sender}.")
_ALREADY_LISTENED = phrase("{receiver} already listened to {signal} from {sender}.")
_KEPT = phrase(
    "{what}, and so connect raised: blinker keeps the connection of {receiver} to {signal} from "
    "{sender}."
)
_UNDONE = phrase(
    "{what}, and so connect raised: blinker undoes the connection of {receiver} to {signal} from "
    "{sender}."
)
_NO_LONGER = phrase("{receiver} no longer listens to {signal}.")
_NO_LONGER_FROM = phrase("{receiver} no longer listens to {signal} from {sender}.")
_NOT_CONNECTED = phrase("{receiver} was not connected to {signal}: nothing changed.")
_NOT_CONNECTED_FROM = phrase("{receiver} was not connected to {signal} from {sender}.")
_STAYS_TRUE = phrase("has_receivers_for({sender}) stays True, although a send calls no receiver.")
_IS_NOW_TRUE = phrase("has_receivers_for({sender}) is now True, although a send calls no receiver.")


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
            "There can be no weak reference to {receiver}, a {kind}. Hold it strongly: {command}",
            receiver=receiver,
            kind=type(function).__name__,
            command=session_command("connect", str(name), receiver, "--strong"),
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
        holds = _WEAKLY if weak else _STRONGLY
        notes.append(phrase(holds, signal=name, receiver=receiver))
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
                notes.append(
                    phrase(
                        "{what}, and so disconnect raised after disconnecting.", what=metas.raiser
                    )
                )
                break
    return notes


def refuse_senders_of_meta(name: SignalName, senders: Sequence[Sender]) -> None:
    """Raise UsageError if a meta signal is filtered by sender."""
    if name.meta is not None and senders:
        raise UsageError(
            "The sender of {meta} is always the signal {signal} itself, an object, so that a "
            "filter by {sender} would never match. Leave out --sender.",
            meta=name,
            signal=name.base,
            sender=sender_label(senders[0]),
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
        label = phrase("ANY sender") if sender is ANY else sender_label(sender)
        if done:
            return True, self._note(_ALREADY_LISTENED if listened else _LISTENS, sender=label)
        outcome = _KEPT if self.listens(sender) else _UNDONE
        note = self._note(outcome, sender=label, what=metas.raiser)
        lost = [one for one in before if one not in sender_labels_of(signal, function)]
        if lost:
            are_lost = phrase(
                "Its earlier connections are lost as well: {senders}.", senders=joined(lost)
            )
            note = sentences(note, are_lost)
        return False, note

    def _note(self, template: str, **arguments: object) -> Phrase:
        return phrase(template, receiver=self.receiver, signal=self.name, **arguments)

    def disconnect(self, sender: object) -> tuple[bool, str]:
        """Disconnect the receiver from a sender or, for ``ANY``, from all. Return the same."""
        signal, function, metas = self.signal, self.function, self.metas
        if sender is ANY:
            connected = make_id(function) in signal.receivers
            done = metas.attempt(partial(signal.disconnect, function))
            if connected:
                return done, self._note(_NO_LONGER)
            return done, self._note(_NOT_CONNECTED)

        label = sender_label(sender)
        connected = self.listens(sender)
        had_bucket = sender in signal._by_sender
        answered = signal.has_receivers_for(sender)
        done = metas.attempt(partial(signal.disconnect, function, sender=sender))

        notes = [self._note(_NO_LONGER_FROM if connected else _NOT_CONNECTED_FROM, sender=label)]
        if self.listens(ANY):
            notes.append(phrase("It still listens to ANY."))
        if connected or not had_bucket:
            answers = signal.has_receivers_for(sender)
            if answers and not any(signal.receivers_for(sender)):
                notes.append(phrase(_STAYS_TRUE if answered else _IS_NOW_TRUE, sender=label))
            elif not had_bucket:
                notes.append(phrase("It left an empty bucket for {sender}.", sender=label))
        return done, sentences(*notes)
