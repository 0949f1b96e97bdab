"""The rules of ``signalcli doctor``, checked on what a whole suite sent and connected."""

from __future__ import annotations

from typing import Any

from signalcli.doctor.evidence import Evidence
from signalcli.doctor.examine import check_rules, explained_rules
from signalcli.doctor.findings import Checkup
from signalcli.doctor.reporting.ignore_comments import without_ignored
from signalcli.text import escape


def examined(evidence: Evidence, *, is_strict: bool) -> Checkup:
    """Return the findings without those that comments ignore.

    :param is_strict: whether warnings count for the exit status too.
    :raises SignalcliError: for a comment with an unknown rule, or without one.
    """
    files = () if evidence.details is None else (file for _, file in evidence.details.modules)
    checkup = without_ignored(check_rules(evidence), (one.rule for one in explained_rules()), files)
    return checkup._replace(is_strict=is_strict)


def write_checkup(terminal: Any, checkup: Checkup) -> None:
    """Write a line for each finding, and what else ``signalcli doctor`` says."""
    result = checkup.result()
    terminal.write_sep("=", "signalcli doctor")
    for line in (*result.opening, *(result.lines or ()), *result.notes):
        terminal.write_line(escape(line))
