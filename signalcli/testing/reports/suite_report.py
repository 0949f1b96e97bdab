"""What ``--signals-doctor`` and ``--signals-report`` find out about a suite, and how it fails for that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from signalcli.doctor.evidence import Evidence
from signalcli.doctor.examine import check_rules, explained_rules
from signalcli.doctor.findings import Checkup
from signalcli.doctor.reporting.ignore_comments import without_ignored
from signalcli.errors import SignalcliError
from signalcli.testing.plugin import Options
from signalcli.testing.recording.suite_trace import SuiteTrace
from signalcli.testing.reports.connection_coverage import (
    CoverageReport,
    coverage_of,
    write_coverage,
)
from signalcli.testing.reports.suite_evidence import evidence_of_suite
from signalcli.text import escape


class SuiteReport:
    """The reports of a suite that ended.

    :param traces: those of all processes.
    :param lost: the number of workers that ended without a trace.
    :param test_files: shell patterns for the names of the files with tests.
    """

    def __init__(
        self, options: Options, traces: Sequence[SuiteTrace], lost: int, test_files: Sequence[str]
    ) -> None:
        self._required, self._lost = options.fail_under, lost
        self._checkup: Checkup | None = None
        self._coverage: CoverageReport | None = None
        self._problem: str | None = None
        """Why the rules can't be checked."""
        self.status = pytest.ExitCode.OK
        """The exit status of the suite, unless that failed for something else."""
        evidence = evidence_of_suite(traces)
        if options.report:
            self._coverage = coverage_of(evidence, test_files)
            if self._required is not None and self._coverage.percent < self._required:
                self.status = pytest.ExitCode.TESTS_FAILED
        if options.doctor is not None:
            try:
                self._checkup = _examined(evidence, is_strict=options.doctor == "strict")
            except SignalcliError as error:
                self._problem, self.status = str(error), pytest.ExitCode.USAGE_ERROR
            else:
                if options.doctor != "report" and self._checkup.result().status:
                    self.status = pytest.ExitCode.TESTS_FAILED

    def write(self, terminal: Any) -> None:
        """Write the reports."""
        if self._checkup is not None:
            result = self._checkup.result()
            terminal.write_sep("=", "signalcli doctor")
            for line in (*result.opening, *(result.lines or ()), *result.notes):
                terminal.write_line(escape(line))
        if self._coverage is not None:
            write_coverage(terminal, self._coverage, self._required)
        if self._problem is not None:
            terminal.write_line(f"ERROR: {self._problem}", red=True)
        if self._lost:
            workers = "1 worker" if self._lost == 1 else f"{self._lost} workers"
            terminal.write_line(f"{workers} crashed: what was sent there is missing.", yellow=True)


def _examined(evidence: Evidence, *, is_strict: bool) -> Checkup:
    """Return the findings without those that comments ignore.

    :param is_strict: whether warnings count for the exit status too.
    :raises SignalcliError: for a comment with an unknown rule, or without one.
    """
    files = (file for _, file in evidence.details.modules)
    checkup = without_ignored(check_rules(evidence), (one.rule for one in explained_rules()), files)
    return checkup._replace(is_strict=is_strict)
