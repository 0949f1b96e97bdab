"""The pytest plugin. It imports nothing of signalcli until a test or an option asks for it."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from signalcli.testing.session import TestSession
    from signalcli.testing.signals import Signals

pytest.register_assert_rewrite("signalcli.testing.failures")

ISOLATE = "isolate_signals"
MARKERS = (f"{ISOLATE}: run the test with only the receivers that it connects (signalcli)",)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("signals", "false turns the plugin of signalcli off", type="bool", default=True)


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    if config.getini("signals"):
        config.pluginmanager.register(SignalsPlugin(config), "signalcli-signals")


class SignalsPlugin:
    """The hooks and the fixture, unless the plugin is turned off."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._session: TestSession | None = None

    @pytest.fixture
    def signals(self) -> Generator[Signals, None, None]:
        """What the test sends: assertions on it, and the choice of receivers that are called.

        See signalcli help testing.
        """
        with self._started().signals_of() as signals:
            yield signals

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, None]:
        asked = "signals" in getattr(item, "fixturenames", ())
        if asked or item.get_closest_marker(ISOLATE) is not None:
            self._started()
        if self._session is not None:
            self._session.begin(item, asked=asked)
        yield

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, Any, None]:
        if self._session is None or fixturedef.scope == "function":
            yield
            return
        with self._session.beyond_test():
            yield

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        if self._session is not None:
            self._session.check(item)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
        yield
        if self._session is not None and call.when == "teardown":
            self._session.end()

    def pytest_unconfigure(self) -> None:
        if self._session is not None:
            self._session.close()

    def _started(self) -> TestSession:
        """Return the session, after importing what it needs if it is new."""
        if self._session is None:
            from signalcli.testing.session import TestSession

            self._session = TestSession()
        return self._session
