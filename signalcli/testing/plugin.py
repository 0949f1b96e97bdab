"""The pytest plugin. It imports nothing of signalcli until a test or an option asks for it."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from signalcli.testing.reports.suite_report import SuiteReport
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
    flag("--signals-doctor", "signals_doctor", "on", "check the rules of signalcli doctor")
    flag("--signals-report", "signals_report", "on", "show which connections the tests heard")
    group.addoption(
        "--signals-fail-under",
        metavar="PERCENT",
        type=float,
        help="fail if the tests heard less of the connections; implies --signals-report",
    )
    parser.addini("signals", "false turns the plugin of signalcli off", type="bool", default=True)
    parser.addini("signals_leaks", "fail or report, as the option --signals-leaks", default="")
    text = "report, error or strict: what fails with --signals-doctor"
    parser.addini("signals_doctor", text, default="report")


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
    doctor: str | None = None
    """Whether findings are only a ``"report"``, or fail: an ``"error"``, or with ``"strict"`` each;
    ``None`` if no rules are checked."""
    report: bool = False
    """Whether it is shown which connections the tests heard."""
    fail_under: float | None = None
    """The percentage of the connections that the tests must hear."""

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
        doctor = config.getini("signals_doctor")
        if doctor not in ("report", "error", "strict"):
            raise pytest.UsageError(
                f"signals_doctor must be report, error or strict; got {doctor!r}."
            )
        percent = given.signals_fail_under
        if percent is not None and not 0 <= percent <= 100:
            raise pytest.UsageError(
                f"--signals-fail-under takes a percentage from 0 to 100; got {percent:g}."
            )
        return cls(
            given.signals,
            leaks,
            save,
            doctor if given.signals_doctor else None,
            bool(given.signals_report) or percent is not None,
            percent,
        )

    @property
    def records_all(self) -> bool:
        """Whether all tests are recorded."""
        return any(self)

    @property
    def examines_suite(self) -> bool:
        """Whether what all tests send is collected until the end."""
        return self.doctor is not None or self.report


_SESSION = pytest.StashKey["TestSession"]()
_LEFT = "signalcli_left_connected"
_TRACE = "signalcli_trace"
"""The keys of what workers of xdist pass on."""


class SignalsPlugin:
    """The hooks and the fixture, unless the plugin is turned off."""

    def __init__(self, config: pytest.Config) -> None:
        self._options = Options.of(config)
        self._session = config.stash.get(_SESSION, None)
        self._left_connected: list[str] = []
        self._traces: list[bytes] = []
        """Those of the workers of xdist."""
        self._lost = 0
        """The number of workers that crashed."""
        self._report: SuiteReport | None = None

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
        if self._session is None:
            return
        output = getattr(session.config, "workeroutput", None)  # of a worker of xdist
        if self._options.leaks == "report":
            lines = self._session.left_at_end()
            if output is not None:
                output[_LEFT] = lines
            self._left_connected += lines
        if not self._options.examines_suite or session.config.option.collectonly:
            return
        if output is not None:
            output[_TRACE] = self._session.suite_trace().to_line()
        else:
            self._report = self._reported(session.config)
            if session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = self._report.status

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker of xdist passes on."""
        output = getattr(node, "workeroutput", {})
        self._left_connected += output.get(_LEFT, [])
        if _TRACE in output:
            self._traces.append(output[_TRACE])
        else:
            self._lost += 1

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._options.signals == "all" or self._options.leaks == "report":
            from signalcli.testing.reports.summary import write_leaks, write_sent

            write_sent(terminalreporter)
            write_leaks(terminalreporter, self._left_connected)
        if self._report is not None:
            self._report.write(terminalreporter)

    def pytest_unconfigure(self) -> None:
        if self._session is not None:
            self._session.close()

    def _reported(self, config: pytest.Config) -> SuiteReport:
        """Return what the options examine, in this process or in the workers of xdist."""
        from signalcli.testing.recording.suite_trace import SuiteTrace
        from signalcli.testing.reports.suite_report import SuiteReport

        traces = list(map(SuiteTrace.from_line, self._traces))
        if self._session is not None and not config.pluginmanager.has_plugin("dsession"):
            traces.append(self._session.suite_trace())
        return SuiteReport(self._options, traces, self._lost, config.getini("python_files"))

    def _started(self) -> TestSession:
        """Return the session, after importing what it needs if it is new."""
        if self._session is None:
            from signalcli.testing.session import TestSession

            self._session = TestSession(self._options)
        return self._session
