"""The pytest plugin. It imports nothing of signalcli until a test or an option asks for it."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from signalcli.testing.session import TestSession
    from signalcli.testing.signals import Signals

pytest.register_assert_rewrite("signalcli.testing.failures")

ISOLATE = "isolate_signals"
MAY_LEAK = "may_leave_receivers"
MARKERS = (
    f"{ISOLATE}: run the test with only the receivers that it connects (signalcli)",
    f"{MAY_LEAK}: let the test leave receivers connected (signalcli)",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("signals", "signals of blinker (signalcli)")

    def flag(name: str, dest: str, value: str, text: str) -> None:
        # "--signals=all" is an option of its own: "--signals" takes no value, which could be a path
        group.addoption(name, dest=dest, action="store_const", const=value, help=text)

    flag("--signals", "signals", "failed", "show what each failing test sent")
    flag("--signals=all", "signals", "all", "show what each test sent")
    flag("--signals-leaks", "signals_leaks", "fail", "fail tests that leave receivers connected")
    flag("--signals-leaks=report", "signals_leaks", "report", "only list what they leave connected")
    group.addoption(
        "--signals-save",
        metavar="DIR",
        help="save a trace of each failing test, for signalcli trace show and doctor --trace",
    )
    parser.addini("signals", "false turns the plugin of signalcli off", type="bool", default=True)
    parser.addini("signals_leaks", "fail or report, as the option --signals-leaks", default="")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Record from now on, if an option asks for it, before the application is imported."""
    options = Options.of(early_config)
    if options.records_all and early_config.getini("signals"):
        from signalcli.testing.session import TestSession

        session = TestSession(options)
        session.record_all()
        early_config.stash[_SESSION] = session
        early_config.add_cleanup(session.close)


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    if config.getini("signals"):
        config.pluginmanager.register(SignalsPlugin(config), "signalcli-signals")


class Options(NamedTuple):
    """The options of the plugin."""

    signals: str | None
    """Which tests show what they sent: ``"failed"`` or ``"all"``; ``None`` for those that use the fixture."""
    leaks: str | None
    """Whether tests that leave receivers connected ``"fail"``, or only ``"report"`` them."""
    save: str | None
    """The directory for traces of failing tests."""

    @classmethod
    def of(cls, config: pytest.Config) -> Options:
        """Return the options of the command line, and of the ini file."""
        given = config.known_args_namespace
        leaks = given.signals_leaks or config.getini("signals_leaks") or None
        if leaks not in (None, "fail", "report"):
            raise pytest.UsageError(f"signals_leaks must be fail or report; got {leaks!r}.")
        save = given.signals_save
        # Workers of xdist start in other directories.
        save = None if save is None else str(config.invocation_params.dir / save)
        return cls(given.signals, leaks, save)

    @property
    def records_all(self) -> bool:
        """Whether all tests are recorded."""
        return any(self)


_SESSION = pytest.StashKey["TestSession"]()
_LEFT = "signalcli_left_connected"


class SignalsPlugin:
    """The hooks and the fixture, unless the plugin is turned off."""

    def __init__(self, config: pytest.Config) -> None:
        self._options = Options.of(config)
        self._session = config.stash.get(_SESSION, None)
        self._left_connected: list[str] = []

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
        with self._session.wider_scope():
            yield

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        if self._session is not None:
            self._session.check(item)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
        outcome = yield
        if self._session is not None:
            self._session.add_sections(outcome.get_result())
            if call.when == "teardown":
                self._session.end()

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._session is not None and self._options.leaks == "report":
            lines = self._session.left_at_end()
            if hasattr(session.config, "workeroutput"):  # of xdist
                session.config.workeroutput[_LEFT] = lines
            self._left_connected += lines

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what the tests of a worker of xdist left connected."""
        self._left_connected += getattr(node, "workeroutput", {}).get(_LEFT, [])

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._options.signals == "all" or self._options.leaks == "report":
            from signalcli.testing.reports.summary import write_leaks, write_sent

            write_sent(terminalreporter)
            write_leaks(terminalreporter, self._left_connected)

    def pytest_unconfigure(self) -> None:
        if self._session is not None:
            self._session.close()

    def _started(self) -> TestSession:
        """Return the session, after importing what it needs if it is new."""
        if self._session is None:
            from signalcli.testing.session import TestSession

            self._session = TestSession(self._options)
        return self._session
