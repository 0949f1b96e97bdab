"""The data of an examination: signals, past sends and recorded connections.

A trace may have receivers that are not connected now, such as those of a plugin. Rules that need only the
calls of a receiver use them too. Their connections are unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from signalcli.apps.app_details import AppDetails
from signalcli.apps.connecting.connect_report import ConnectReport
from signalcli.doctor.findings import Finding
from signalcli.doctor.past_sends import ExaminedSend, SendEvidence
from signalcli.language.phrases import counted, phrase
from signalcli.signals.tracebacks import is_stdlib
from signalcli.values.change import ConnectionChange
from signalcli.values.inspection import ReceiverView, SignalView
from signalcli.values.signal_name import short_name

ReceiverSends = tuple[SignalView, ReceiverView, tuple[ExaminedSend, ...]]
"""A signal, one of its receivers, and the sends while that was connected."""


class Evidence:
    """All data that the rules read.

    :param connected: the recorded connections of an application; ``None`` for a session.
    :param details: what surrounds the signals of an application.
    :param receivers_refusing: returns the receivers of a signal that do not accept a payload of these
        keys, each with the error that Python raises.
    """

    def __init__(
        self,
        signals: tuple[SignalView, ...],
        sends: SendEvidence,
        connected: ConnectReport | None,
        receivers_refusing: Callable[[str, tuple[str, ...]], dict[str, str]],
        details: AppDetails | None = None,
    ) -> None:
        self.signals = signals
        self.sends = sends
        self.is_session = connected is None
        """Whether it is about a session, which records no connects and imports no modules."""
        self.connected = connected or ConnectReport(0)
        self.receivers_refusing = receivers_refusing
        self.details = details or AppDetails()
        self.found: dict[str, tuple[Finding, ...]] = {}
        """The findings of the rules that were checked, by name."""
        self._by_signal: dict[str, list[ExaminedSend]] = {}
        for sent in sends.sent:
            self._by_signal.setdefault(sent.signal, []).append(sent)

    def with_sends(self, sends: SendEvidence) -> Evidence:
        """Return the same data with other past sends."""
        connected = None if self.is_session else self.connected
        return Evidence(self.signals, sends, connected, self.receivers_refusing, self.details)

    @property
    def changes(self) -> tuple[ConnectionChange, ...]:
        """The changes of connections: those of the import, then those of traces."""
        return (*self.connected.changes, *self.sends.changes)

    def sends_of(self, signal: str) -> Sequence[ExaminedSend]:
        """Return the sends of a signal."""
        return self._by_signal.get(signal, ())

    def has_signal(self, word: str) -> bool:
        """Return whether a word is the name of a signal, or the last part of one."""
        return any(word in (one.signal, short_name(one.signal)) for one in self.signals)

    def sends_here(self) -> list[ExaminedSend]:
        """Return the sends without those of signals that a session doesn't have any more."""
        known = {signal.signal for signal in self.signals}
        return [one for one in self.sends.sent if self.sends.is_trace or one.signal in known]

    def package_of(self, receiver: ReceiverView) -> str | None:
        """Return the installed package with a receiver's code; ``None`` for the application's own."""
        package = None if receiver.in_program is None else receiver.in_program.package
        return None if package == self.details.package else package

    def every_signal(self) -> Iterator[SignalView]:
        """Yield the signals, and those that only the trace has: their views have no receivers."""
        yield from self.signals
        if self.sends.is_trace:
            here = {signal.signal for signal in self.signals}
            for name in self._by_signal:
                if name not in here:
                    yield _only_sent(name)

    def receivers_sent(self) -> Iterator[ReceiverSends]:
        """Yield every receiver with the sends of its signal while it was connected, if any."""
        for signal in self.signals:
            sends = self.sends_of(signal.signal)
            for receiver in {receiver.receiver: receiver for receiver in signal.receivers}.values():
                name = receiver.receiver
                there = tuple(sent for sent in sends if sent.has(name))
                if there:
                    yield signal, receiver, there


def no_signals(evidence: Evidence) -> str | None:
    """Return why rules that need signals can't be checked; ``None`` if they can."""
    return None if evidence.signals else phrase("There are no signals.")


def no_sends(evidence: Evidence) -> str | None:
    """Return why rules that need sends can't be checked; ``None`` if they can."""
    if evidence.sends_here():
        return None
    return no_signals(evidence) or evidence.sends.missing


def no_heard_sends(evidence: Evidence) -> str | None:
    """Return why rules about the sends to receivers can't be checked; ``None`` if they can."""
    if any(sent.outcomes for sent in evidence.sends_here()):
        return None
    unheard = phrase(
        "No signal that has receivers was sent in {amount}.", amount=evidence.sends.amount
    )
    return no_sends(evidence) or no_signals(evidence) or unheard


def receivers_with_sends(evidence: Evidence) -> Iterator[ReceiverSends]:
    """Yield every receiver with its sends, also receivers that only the trace has."""
    yield from evidence.receivers_sent()
    yield from _unconnected(evidence)


def _unconnected(evidence: Evidence) -> Iterator[ReceiverSends]:
    """Yield the receivers that only the trace has. Their views have no connections."""
    if not evidence.sends.is_trace:  # a user removed the receivers that a session lacks
        return
    here = {(one.signal, row.receiver) for one in evidence.signals for row in one.receivers}
    outcomes: dict[tuple[str, str], list[ExaminedSend]] = {}
    for sent in evidence.sends.sent:
        for name in dict.fromkeys(row.receiver for row in sent.outcomes):
            if (sent.signal, name) not in here:
                outcomes.setdefault((sent.signal, name), []).append(sent)
    for (signal, receiver), sends in outcomes.items():
        errors = [sent.outcomes_of(receiver).error for sent in sends]
        places = [error.where for error in errors if error is not None and error.where]
        is_own = bool(places) and not is_stdlib(places[-1].rpartition(":")[0])
        view = ReceiverView(receiver, False, None, (), places[-1] if is_own else None, None)
        yield _only_sent(signal), view, tuple(sends)


def _only_sent(signal: str) -> SignalView:
    """Return the view of a signal that only the trace has."""
    return SignalView(signal, "named", None, False, False, (), ())


def notes(evidence: Evidence) -> list[str]:
    """Return a note about the receivers that only the trace has, if there are any."""
    names = list(dict.fromkeys(receiver.receiver for _, receiver, _ in _unconnected(evidence)))
    if not names:
        return []
    note = counted(
        "{n} receiver in the trace, {receiver}, is not connected now: rules about connections do not apply.",
        "{n} receivers in the trace, such as {receiver}, are not connected now: rules about connections "
        "do not apply.",
        len(names),
        receiver=names[0],
    )
    return [note]


def no_objects(evidence: Evidence) -> str | None:
    """Return why rules about senders that are objects can't be checked; ``None`` if they can."""
    if evidence.is_session:
        return no_signals(evidence) or phrase("The senders of a session are text and numbers.")
    return None if evidence.sends.sent else no_signals(evidence)


def no_object_filters(evidence: Evidence) -> str | None:
    """Return why filters on objects can't be compared with sends; ``None`` if they can."""
    return no_filters(evidence) or no_objects(evidence)


def no_filters(evidence: Evidence) -> str | None:
    """Return why sender filters can't be compared with sends; ``None`` if they can."""
    missing = no_heard_sends(evidence)
    if missing is None and not any(evidence.receivers_sent()):
        return next(iter(notes(evidence)), None)
    return missing
