"""Record the tests of a process of pytest, and add what they sent to their reports."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager

import pytest

from signalcli.testing.known_signals import KnownSignals
from signalcli.testing.overrides import Override, isolated
from signalcli.testing.plugin import ISOLATE
from signalcli.testing.signals import Signals
from signalcli.testing.suite_recorder import SuiteRecorder, TestRecording


class TestSession:
    """The recording of one test after the other."""

    __test__ = False

    def __init__(self) -> None:
        self._known = KnownSignals()
        self._resources = ExitStack()
        """What lasts as long as the session."""
        self._suite: SuiteRecorder | None = None
        """Records all tests."""
        self._of_test = ExitStack()
        """What lasts as long as the test."""
        self._recording: TestRecording | None = None
        self._isolation: Override | None = None

    def record_all(self) -> None:
        """Record every test, and not only those that use the fixture."""
        self._suite = self._resources.enter_context(SuiteRecorder(self._known))

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
            lasts = self._recording.connections.lasts
            self._isolation = isolated(self._known.discover(), lasts)
            self._of_test.callback(self._isolation.restore)

    def end(self) -> None:
        """End the test, and release all that it sent."""
        self._of_test.close()
        self._recording = self._isolation = None

    @contextmanager
    def signals_of(self) -> Generator[Signals, None, None]:
        """Yield the signals of the test, and restore afterwards what the test overrode."""
        recording = self._recording or self._record()
        recording.keep()  # if the test didn't ask for the fixture by an argument
        with ExitStack() as overrides:
            yield Signals(recording, overrides)

    @contextmanager
    def beyond_test(self) -> Generator[None, None, None]:
        """Set up a fixture that outlasts the test: the test doesn't change its connections."""
        with ExitStack() as stack:
            if self._recording is not None:
                stack.enter_context(self._recording.connections.beyond_test())
            if self._isolation is not None:
                stack.enter_context(self._isolation.suspended(self._known.discover))
            yield

    def check(self, item: pytest.Item) -> None:
        """Restore connections after the fixtures of the test."""
        if self._isolation is not None:
            self._isolation.restore()

    def _record(self) -> TestRecording:
        suite = self._suite or self._of_test.enter_context(SuiteRecorder(self._known))
        self._recording = suite.begin()
        self._of_test.callback(suite.end)
        return self._recording
