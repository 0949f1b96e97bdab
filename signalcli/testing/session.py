"""Record the tests of one pytest process, and add what they sent to their reports."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest

from signalcli.testing.plugin import ISOLATE, MAY_LEAK, Options
from signalcli.testing.recording.connections import TestConnections
from signalcli.testing.recording.known_signals import KnownSignals
from signalcli.testing.recording.overrides import Override, isolated
from signalcli.testing.recording.suite_recorder import SuiteRecorder, TestRecording
from signalcli.testing.recording.suite_trace import SuiteTrace, SuiteTraceBuilder
from signalcli.testing.reports.sections import save_trace, section_text
from signalcli.testing.reports.summary import SIGNALS
from signalcli.testing.signals import Signals
from signalcli.tracing.recorder import name_of


class TestSession:
    """The recording of one test after the other."""

    __test__ = False

    def __init__(self, options: Options) -> None:
        self._options = options
        self._known = KnownSignals()
        self._resources = ExitStack()
        """What lasts as long as the session."""
        self._suite: SuiteRecorder | None = None
        """Records all tests."""
        self._trace_builder: SuiteTraceBuilder | None = None
        """Collects what all tests sent, if an option examines that."""
        self._of_test = ExitStack()
        """What lasts as long as the test."""
        self._recording: TestRecording | None = None
        self._isolation: Override | None = None
        self._asked = False
        """Whether the test uses the fixture."""
        self._failed = False
        self._checked_at_end: list[tuple[str, TestConnections]] = []
        """The connections of the tests until now, by their node ids, if they are only reported."""

    def record_all(self) -> None:
        """Record every test, and not only those that use the fixture."""
        self._suite = self._resources.enter_context(SuiteRecorder(self._known))
        if self._options.examines_suite:
            self._trace_builder = SuiteTraceBuilder(self._suite)
            self._record()  # what is sent before the first test

    def suite_trace(self) -> SuiteTrace:
        """Return what all tests sent and connected."""
        assert self._trace_builder is not None, "an option examines the suite"
        self.end()
        return self._trace_builder.trace()

    def close(self) -> None:
        """Restore everything."""
        self.end()
        self._resources.close()

    def begin(self, item: pytest.Item, *, asked: bool) -> None:
        """Begin a test.

        :param asked: whether it uses the fixture.
        """
        self.end()
        isolates = item.get_closest_marker(ISOLATE) is not None
        if self._suite is not None or asked or isolates:
            self._record()
        if self._recording is None:
            return
        if asked:
            self._recording.keep()
        if isolates:
            outlasts = self._recording.connections.outlasts_test
            self._isolation = isolated(self._known.discover(), outlasts)
            self._of_test.callback(self._isolation.restore)

    def end(self) -> None:
        """End the test, and release all that it sent."""
        if self._trace_builder is not None and self._recording is not None:
            self._trace_builder.add(self._recording)
        self._of_test.close()
        self._recording = self._isolation = None
        self._asked = self._failed = False

    @contextmanager
    def signals_of(self) -> Generator[Signals, None, None]:
        """Yield the signals of the test, and restore afterwards what the test overrode."""
        recording = self._recording or self._record()
        self._asked = True
        recording.keep()  # if the test didn't ask for the fixture by an argument
        with ExitStack() as overrides:
            yield Signals(recording, overrides)

    @contextmanager
    def wider_scope(self) -> Generator[None, None, None]:
        """Set up a fixture that outlasts the test: the test doesn't change its connections."""
        with ExitStack() as stack:
            if self._recording is not None:
                stack.enter_context(self._recording.connections.wider_scope())
            if self._isolation is not None:
                stack.enter_context(self._isolation.suspended(self._known.discover))
            yield

    def check(self, item: pytest.Item) -> None:
        """Restore connections, after the fixtures of the test, and look for those that it left.

        A test that failed isn't checked, because its traceback keeps its local receivers alive.
        """
        if self._isolation is not None:
            self._isolation.restore()
        is_checked = self._options.leaks is not None and not self._failed
        if self._recording is None or not is_checked or item.get_closest_marker(MAY_LEAK):
            return
        connections = self._recording.connections
        if self._options.leaks == "report":
            self._checked_at_end.append((item.nodeid, connections))
            return
        connections.release(getattr(item, "funcargs", None) or {})
        lines = connections.left_connected(self._recording.name_of)
        if lines:
            pytest.fail(_leak_message(lines), pytrace=False)

    def left_at_end(self) -> list[str]:
        """Return a line for each connection that a test left and that still exists.

        Garbage is collected once: after each test, it would take longer than most tests.
        """
        gc.collect()
        return [
            f"{test}: {line}"
            for test, connections in self._checked_at_end
            for line in connections.left_connected(partial(name_of, named=self._known.name_of))
        ]

    def add_sections(self, report: pytest.TestReport) -> None:
        """Add what the test sent to its report, and save its trace, as the options ask for it."""
        self._failed = self._failed or report.failed
        is_shown = report.failed and (self._asked or self._options.signals is not None)
        is_shown |= self._options.signals == "all" and report.when == "call" and report.passed
        is_saved = report.failed and self._options.save is not None
        if self._recording is None or not (is_shown or is_saved):
            return
        trace = self._recording.trace(report.nodeid, failed=report.failed)
        if is_shown and (trace.events or self._asked):
            report.sections.append((SIGNALS, section_text(trace, self._known.of_packages)))
        if is_saved and self._options.save is not None:
            problem = save_trace(trace, self._options.save, report.nodeid)
            if problem is not None:
                report.sections.append((SIGNALS, problem))

    def _record(self) -> TestRecording:
        suite = self._suite or self._of_test.enter_context(SuiteRecorder(self._known))
        self._recording = suite.begin()
        self._of_test.callback(suite.end)
        return self._recording


def _leak_message(lines: list[str]) -> str:
    receivers = "a receiver" if len(lines) == 1 else f"{len(lines)} receivers"
    listed = "\n".join(f"  {line}" for line in lines)
    return (
        f"The test left {receivers} connected:\n{listed}\n"
        f"Disconnect in the test or in its fixture, or mark it with @pytest.mark.{MAY_LEAK}."
    )
