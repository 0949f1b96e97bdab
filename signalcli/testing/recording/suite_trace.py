"""What all tests of one process sent and connected, and the signals that it had at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import NamedTuple

from signalcli.apps.app_details import AppDetails
from signalcli.apps.application import Application
from signalcli.apps.connecting.connect_calls import RECEIVER_DIED, SENDER_DIED
from signalcli.apps.connecting.connect_report import ConnectReport, LostReceiver
from signalcli.apps.hosting.codec import from_line, to_line
from signalcli.testing.recording.suite_recorder import SuiteRecorder, TestRecording
from signalcli.values.change import ConnectionChange
from signalcli.values.inspection import ObjectKind, SignalView
from signalcli.values.signal_name import SignalName
from signalcli.values.trace import Event, ProgramTrace

TEST_ENDED = "test ended"
"""The reason of a sender that died: most often an application that a fixture made."""
_NAME = "suite"


class SuiteTrace(NamedTuple):
    """The tests of one process of pytest: the only one, or a worker of pytest-xdist."""

    trace: ProgramTrace
    """What it sent and connected: while it imported the tests, and in all of them."""
    signals: tuple[SignalView, ...]
    """Its signals after the last test."""
    connected: ConnectReport
    details: AppDetails
    refusing: Mapping[tuple[str, tuple[str, ...]], Mapping[str, str]]
    """For each signal and keys of a payload that were sent: the receivers that don't accept these keys, each
    with the error that Python raises."""

    def to_line(self) -> bytes:
        """Return it as bytes, which a worker of pytest-xdist can pass on."""
        return to_line(_NAME, tuple(self))

    @classmethod
    def from_line(cls, line: bytes) -> SuiteTrace:
        """Read what :meth:`to_line` returns."""
        return cls(*from_line(line)[1])


class SuiteTraceBuilder:
    """Collect what one test after the other sent and connected.

    A receiver that dies at the end of a test is no loss for the next one, and neither is a sender.
    """

    def __init__(self, suite: SuiteRecorder) -> None:
        self._suite = suite
        self._began = perf_counter()
        self._events: list[Event] = []
        self._changes: list[ConnectionChange] = []
        self._senders: dict[str, ObjectKind] = {}
        self._died_before: tuple[ConnectionChange, ...] | None = None
        """The deaths of receivers before the first test."""

    def add(self, recording: TestRecording) -> None:
        """Add what was recorded in a test, or before the first one."""
        trace, offset = recording.trace("", failed=False), recording.started - self._began
        self._events += (one._replace(started=one.started + offset) for one in trace.events)
        changes = [one._replace(started=one.started + offset) for one in trace.changes]
        if self._died_before is None:
            self._died_before = tuple(one for one in changes if one.action == RECEIVER_DIED)
        else:
            changes = [
                one._replace(reason=one.reason or TEST_ENDED)
                if one.action == SENDER_DIED and not one.at_once
                else one
                for one in changes
            ]
        self._changes += changes
        self._senders.update(trace.senders)

    def trace(self) -> SuiteTrace:
        """Return all that was sent and connected until now, and the signals as they are now."""
        application = self._suite.application()
        connected = application.connect_report() or ConnectReport(0)  # it collects garbage
        self.add(self._suite.begin())
        self._suite.end()
        trace = ProgramTrace(
            ("pytest",),
            0,
            tuple(self._events),
            perf_counter() - self._began,
            changes=tuple(self._changes),
            senders=self._senders,
        )
        signals = application.inspect_all().signals
        connected = connected._replace(lost=tuple(_lost(self._died_before or (), signals)))
        refusing = _refusing(application, signals, trace.events)
        return SuiteTrace(trace, signals, connected, application.details(), refusing)


def _lost(
    died: tuple[ConnectionChange, ...], signals: tuple[SignalView, ...]
) -> Iterator[LostReceiver]:
    """Yield the receivers that died while modules were imported, unless their lines connected others."""
    living = {
        row.in_program.connected_at for one in signals for row in one.receivers if row.in_program
    }
    for change in died:
        if change.where not in living:
            sender = change.sender if isinstance(change.sender, (str, int)) else None
            known = change.signal, change.receiver, change.where
            yield LostReceiver(*known, sender, change.any, change.package)


def _refusing(
    application: Application, signals: tuple[SignalView, ...], events: tuple[Event, ...]
) -> dict[tuple[str, tuple[str, ...]], dict[str, str]]:
    names = {signal.signal for signal in signals if signal.receivers}
    sent = {(event.signal, event.payload_keys) for event in events if event.signal in names}
    return {
        (name, keys): application.receivers_refusing(SignalName.parse(name), keys)
        for name, keys in sent
    }
