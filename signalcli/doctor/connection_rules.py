"""Rules about connections, which need no sends."""

from __future__ import annotations

from collections.abc import Iterator

from signalcli.apps.connects import Lost
from signalcli.doctor.evidence import Evidence, no_connects, no_signals
from signalcli.doctor.findings import Finding, Rule
from signalcli.doctor.senders import is_by_value, label, listed
from signalcli.values.inspection import Audience, SignalView


def _dead_receivers(evidence: Evidence) -> Iterator[Finding]:
    for lost in evidence.connected.lost if evidence.connected else ():
        if _lived_to_hear(lost, evidence):
            continue
        yield Finding(
            DEAD_RECEIVER.name,
            lost.signal,
            lost.receiver,
            lost.where,
            f"{lost.receiver} was connected to {lost.signal} weakly and is gone: nothing else held "
            f"it, and no send calls it.",
            "Keep a reference to it for as long as it is to hear, or connect it with weak=False.",
        )


def _lived_to_hear(lost: Lost, evidence: Evidence) -> bool:
    """Whether it was called in the sends that were read, as far as a name tells: it lived long enough."""
    living = {
        (signal.signal, receiver.receiver)
        for signal in evidence.signals
        for receiver in signal.receivers
    }
    return (lost.signal, lost.receiver) not in living and any(
        sent.of(lost.receiver).was_called for sent in evidence.sends_of(lost.signal)
    )


DEAD_RECEIVER = Rule(
    "dead-receiver",
    "A receiver died of a weak reference: it was connected, and nothing else holds it.",
    "blinker holds receivers weakly unless it is told otherwise, so that objects can die that listen. "
    "A lambda, a partial, a function within a function and a method of a temporary object are gone "
    "as soon as the code that connected them is done, without a word: send() returns [].",
    "def create_app():\n    def on_king(sender, **payload): ...\n    king.connect(on_king)",
    "def create_app():\n"
    "    def on_king(sender, **payload): ...\n"
    "    king.connect(on_king, weak=False)",
    no_connects,
    _dead_receivers,
)


def _zero_senders(evidence: Evidence) -> Iterator[Finding]:
    for zero in evidence.connected.zeros if evidence.connected else ():
        call = f"{zero.method}({zero.receiver}, sender={zero.sender})"
        effect = (
            "blinker asserts that it isn't, and leaves the receiver connected to ANY"
            if zero.method == "connect"
            else "so this ends all connections of the receiver"
        )
        yield Finding(
            SENDER_ZERO.name,
            zero.signal,
            zero.receiver,
            zero.where,
            f"{call} of {zero.signal}: {zero.sender} is blinker's own id of ANY, and {effect}.",
            "Take another sender: text, or integers from 1.",
        )


SENDER_ZERO = Rule(
    "sender-zero",
    "A receiver was connected to the sender 0 or False, or disconnected from it.",
    "blinker keeps the receivers of ANY under the id 0, and integers are their own ids; False is 0. "
    "connect(receiver, sender=0) raises AssertionError and leaves the receiver connected to ANY; "
    "under python -O it doesn't even raise. disconnect(receiver, sender=0) ends all its connections.",
    "for number, queue in enumerate(queues):\n    ready.connect(queue.wake, sender=number)",
    "for number, queue in enumerate(queues, start=1):\n"
    "    ready.connect(queue.wake, sender=number)",
    no_connects,
    _zero_senders,
)


def _stale(evidence: Evidence) -> Iterator[Finding]:
    for signal in evidence.signals:
        stale = [row for row in _stale_rows(signal) if not _is_left_by_dead(row, signal, evidence)]
        if stale:
            senders = listed("ANY" if row.any else label(row.sender) for row in stale)
            yield Finding(
                STALE.name,
                signal.signal,
                None,
                None,
                f"{signal.signal}.has_receivers_for says True about {senders}, though nobody would "
                f"be called: a disconnect left an empty bucket.",
                "Ask any(True for receiver in signal.receivers_for(sender)), or disconnect the "
                "receiver without a sender.",
            )


def _stale_rows(signal: SignalView) -> Iterator[Audience]:
    for row in signal.has_receivers_for:
        if row.result and not row.receivers_for:
            yield row


def _is_left_by_dead(row: Audience, signal: SignalView, evidence: Evidence) -> bool:
    """Whether it was a receiver that died that listened to this sender: that is a finding itself."""

    def listened(lost: Lost) -> bool:
        is_same = lost.sender == row.sender if is_by_value(row.sender) else False
        is_object = lost.sender is None and not is_by_value(row.sender)
        return lost.signal == signal.signal and not lost.is_any and (is_same or is_object)

    return any(map(listened, evidence.connected.lost if evidence.connected else ()))


STALE = Rule(
    "stale-has-receivers-for",
    "has_receivers_for says True about a sender for which nobody would be called.",
    "disconnect(receiver, sender=x) empties the bucket of x and leaves it there, even if there was "
    "none, and has_receivers_for only looks whether there is a bucket and any receiver at all.",
    'king.disconnect(animal, sender="大象")\nif king.has_receivers_for("大象"):  # still True\n    ...',
    'if any(True for receiver in king.receivers_for("大象")):\n    ...',
    no_signals,
    _stale,
)
