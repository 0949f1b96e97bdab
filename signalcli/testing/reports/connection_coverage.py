"""Which connections of the application the tests heard: the report of ``--signals-report``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from math import floor
from typing import Any, NamedTuple

from signalcli.apps.connecting.connect_calls import CONNECTED, RECEIVER_DIED
from signalcli.doctor.evidence import Evidence
from signalcli.doctor.findings import file_and_line
from signalcli.doctor.past_sends import ExaminedSend, without_number
from signalcli.doctor.sender_rules import is_same_sender, label
from signalcli.language.phrases import counted
from signalcli.testing.failures import times
from signalcli.text import escape
from signalcli.values.inspection import ObjectDescription

HEARD, SKIPPED, NEVER = "heard", "skipped", "never"
"""The states of a connection: a send reached it, sends only passed it over, or there was none."""
TEST_DIRECTORIES = frozenset({"test", "tests"})
CONFTEST = "conftest.py"


class ConnectionCoverage(NamedTuple):
    """A line of the report: one line of code that connects a receiver to a signal and a sender."""

    where: str | None
    """The file and line."""
    signal: str
    receiver: str
    sender: str
    """The end of a sentence: `` from store``; empty if it listens to ``ANY``."""
    state: str
    why: str
    """How often it was heard, or why it wasn't."""

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        return f"{where}{self.state}: {self.receiver} to {self.signal}{self.sender}: {self.why}"


class CoverageReport(NamedTuple):
    """The report of a suite."""

    connections: tuple[ConnectionCoverage, ...]
    """Sorted by file and line."""

    @property
    def percent(self) -> float:
        """How many of the connections were heard, in percent; 0 if there are none."""
        heard = sum(one.state == HEARD for one in self.connections)
        return 100 * heard / len(self.connections) if self.connections else 0.0

    @property
    def summary(self) -> str:
        """The last line."""
        if not self.connections:
            return "The application made no connection while the tests ran."
        heard = sum(one.state == HEARD for one in self.connections)
        number = counted("{n} connection", "{n} connections", len(self.connections))
        return f"{heard} of {number} heard: {floor(self.percent)}%"


class _Connection(NamedTuple):
    signal: str
    receiver: str
    any: bool
    sender: object

    @property
    def label(self) -> str:
        """The sender as text; objects without the number of their run."""
        text = label(self.sender)
        return without_number(text) if isinstance(self.sender, ObjectDescription) else text

    @property
    def key(self) -> tuple[object, ...]:
        """What the connections of one line have in common: objects may be made anew in each test."""
        sender = None if isinstance(self.sender, ObjectDescription) else self.label
        return self.signal, self.receiver, self.any, sender

    def is_from(self, sent: ExaminedSend) -> bool:
        """Return whether a send may have come from its sender. Of one that died, only the class is known."""
        if self.any or is_same_sender(self.sender, sent):
            return True
        return sent.kind is not None and self.label == f"<{sent.kind.name} object>"


def coverage_of(evidence: Evidence, test_files: Sequence[str]) -> CoverageReport:
    """Return which connections were heard. Those of tests and of installed packages are left out.

    :param test_files: shell patterns for the names of the files with tests.
    """
    found: dict[tuple[object, ...], dict[str, _Connection]] = {}
    for where, connection in _connections(evidence):
        if not _is_of_tests(where, test_files):
            alike = found.setdefault((where, *connection.key), {})
            alike[connection.label] = connection
    covered = (_coverage(key[0], list(alike.values()), evidence) for key, alike in found.items())
    return CoverageReport(tuple(sorted(covered, key=_order)))


def write_coverage(terminal: Any, report: CoverageReport, required: float | None) -> None:
    """Write a line for each connection, and how many were heard.

    :param required: the percentage of ``--signals-fail-under``.
    """
    terminal.write_sep("=", "connections heard in the tests")
    for connection in report.connections:
        terminal.write_line(escape(str(connection)))
    terminal.write_line(report.summary)
    if required is not None and report.percent < required:
        terminal.write_line(f"FAIL: --signals-fail-under requires {required:g}%.", red=True)


def _connections(evidence: Evidence) -> Iterator[tuple[str | None, _Connection]]:
    """Yield the recorded connections, and those that were made before, each with its place."""
    recorded = set()
    for change in evidence.sends.changes:
        if change.action == CONNECTED:
            made = _Connection(change.signal, change.receiver, change.any, change.sender)
            recorded.add(made.key)
            if change.package is None:
                yield change.where, made
    for signal in evidence.signals:
        for receiver in signal.receivers:
            for one in receiver.connections if evidence.package_of(receiver) is None else ():
                living = _Connection(signal.signal, receiver.receiver, one.any, one.sender)
                if living.key not in recorded:
                    yield receiver.where, living


def _is_of_tests(where: str | None, patterns: Sequence[str]) -> bool:
    file, _ = file_and_line(where)
    if file is None:
        return False
    *directories, name = file.split("/")
    is_test = any(fnmatch(name, pattern) for pattern in (*patterns, CONFTEST))
    return is_test or not TEST_DIRECTORIES.isdisjoint(directories)


def _coverage(where: Any, alike: list[_Connection], evidence: Evidence) -> ConnectionCoverage:
    signal, receiver, is_any, _ = alike[0]
    sends = evidence.sends_of(signal)
    reasons = Counter(filter(None, (_reason(alike, sent) for sent in sends)))
    heard = reasons.pop(HEARD, 0)
    if heard:
        state, why = HEARD, times(heard)
    elif reasons:
        state = SKIPPED
        why = "; ".join(f"{reason} ({times(number)})" for reason, number in reasons.items())
    else:
        state, why = NEVER, _why_never(where, alike[0], evidence)
    # the last one is alive, if one is
    sender = "" if is_any else f" from {alike[-1].label}"
    return ConnectionCoverage(where, signal, receiver, sender, state, why)


def _reason(alike: list[_Connection], sent: ExaminedSend) -> str | None:
    """Return ``HEARD``, or why a send didn't reach connections; ``None`` if there were none then."""
    receiver = alike[0].receiver
    if not sent.has(receiver):
        return None
    if sent.is_muted:
        return "the signal was muted"
    if not any(one.is_from(sent) for one in alike):
        return "sent from another sender"
    row = sent.outcomes_of(receiver)
    if row.was_called or not sent.is_over:
        return HEARD
    return "another receiver raised before it" if row.not_reached else "sent from another sender"


def _why_never(where: str | None, connection: _Connection, evidence: Evidence) -> str:
    if not evidence.sends_of(connection.signal):
        return f"{connection.signal} was not sent"
    died = [one for one in evidence.sends.changes if one.action == RECEIVER_DIED]
    if any((one.where, one.receiver) == (where, connection.receiver) for one in died):
        return "deleted, as only weak connections referenced it"
    return "sent only while it wasn't connected"


def _order(connection: ConnectionCoverage) -> tuple[str, int, str, str, str]:
    file, line = file_and_line(connection.where)
    return file or "", line, connection.signal, connection.receiver, connection.sender
