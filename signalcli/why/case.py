"""A receiver and one signal, with what is known of both."""

from __future__ import annotations

from typing import NamedTuple

from signalcli.doctor.absence.send_conditions import (
    Obstacle,
    SendCondition,
    condition_of,
    obstacle_of,
)
from signalcli.doctor.evidence import Evidence
from signalcli.doctor.past_sends import ExaminedSend, ReceiverOutcomes
from signalcli.doctor.sender_rules import is_same_sender
from signalcli.values.change import ConnectionChange
from signalcli.values.inspection import ReceiverView
from signalcli.values.signal_name import FLASK, SignalName
from signalcli.why.subject import Subject


class Case(NamedTuple):
    """A receiver and one signal."""

    subject: Subject
    evidence: Evidence
    signal: str
    view: ReceiverView | None = None
    """The receiver in the signal, if it is connected now."""
    is_asked: bool = False
    """Whether the send is only asked about."""

    @property
    def is_muted(self) -> bool:
        """Whether the signal is muted now."""
        return any(one.muted for one in self.evidence.signals if one.signal == self.signal)

    @property
    def is_of_demo(self) -> bool:
        """Whether the signal is one that requests to the demo application send."""
        return self.evidence.is_session and SignalName.parse(self.signal).namespace == FLASK

    @property
    def sends(self) -> list[ExaminedSend]:
        return list(self.evidence.sends_of(self.signal))

    @property
    def rows(self) -> list[tuple[ExaminedSend, ReceiverOutcomes]]:
        """The sends while it was connected, with what each did with the receiver."""
        name = self.subject.name
        return [(sent, self._outcomes(sent)) for sent in self.sends if sent.has(name)]

    def _outcomes(self, sent: ExaminedSend) -> ReceiverOutcomes:
        """Return what a send did with it. Of several receivers of its name, those that match count."""
        name, filters = self.subject.name, self.view.connections if self.view else ()
        is_heard = any(one.any or is_same_sender(one.sender, sent) for one in filters)
        if self.subject.is_split and filters and not is_heard:
            return ReceiverOutcomes(name, skipped=1)
        return sent.outcomes_of(name)

    @property
    def namesakes(self) -> int:
        """How many receivers of the signal have its name, itself included."""
        views = (one for one in self.evidence.signals if one.signal == self.signal)
        names = [receiver.receiver for view in views for receiver in view.receivers]
        return names.count(self.subject.name)

    @property
    def reached(self) -> list[ReceiverOutcomes]:
        """What unmuted sends to a sender that it listens to did with it."""
        return [row for _, row in self.rows if row.is_meant]

    @property
    def changes(self) -> list[ConnectionChange]:
        """What connected it to the signal, and ended that, in the order of time."""
        changes = self.subject.changes
        return [one for one in changes if one.signal == self.signal and one.action != "missed"]

    @property
    def is_connected(self) -> bool:
        """Whether it is connected to the signal, or was when the trace ended."""
        if self.view is not None:
            return bool(self.view.connections)
        return bool(self.changes) and self.changes[-1].action == "connected"

    @property
    def elsewhere(self) -> list[str]:
        """The signals that it is connected to now."""
        name = self.subject.name
        return [
            one.signal
            for one in self.evidence.signals
            if any(row.receiver == name and row.connections for row in one.receivers)
        ]

    @property
    def was_called(self) -> bool:
        return any(row.was_called for row in self.reached)

    def condition(self) -> tuple[SendCondition | None, Obstacle | None]:
        """Return when a library sends the signal, and what keeps the application from that, as far as known."""
        for signal in self.evidence.signals:
            condition = condition_of(signal) if signal.signal == self.signal else None
            if condition is not None:
                return condition, obstacle_of(condition, self.evidence.details)
        return None, None
