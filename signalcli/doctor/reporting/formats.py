"""Findings in the formats of CI systems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from signalcli.doctor.findings import Checkup, ExplainedRule, Finding, file_and_line
from signalcli.text import PROGRAM, escape, to_json

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def github_lines(checkup: Checkup) -> Iterator[str]:
    """Yield the workflow command of GitHub Actions for each finding: an annotation at its line."""
    for finding in checkup.findings:
        file, line = file_and_line(finding.where)
        place = {} if file is None else {"file": file, "line": str(line)}
        properties = {**place, "title": finding.rule}.items()
        written = ",".join(f"{key}={_property(value)}" for key, value in properties)
        text = finding.text if file is not None else f"{finding.signal}: {finding.text}"
        yield f"::{finding.level} {written}::{_data(text)}"


def sarif_text(checkup: Checkup, rules: Sequence[ExplainedRule], version: str) -> str:
    """Return the findings as a document of SARIF 2.1.0.

    :param rules: the explanations of all rules.
    """
    driver = {"name": PROGRAM, "version": version, "rules": list(map(_rule, rules))}
    names = [rule.rule for rule in rules]
    results = [_result(finding, names.index(finding.rule)) for finding in checkup.findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return to_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(rule: ExplainedRule) -> dict[str, Any]:
    text = f"{rule.why}\n\n{rule.remedy}\n\nBad:\n\n{rule.bad}\n\nGood:\n\n{rule.good}"
    return {
        "id": rule.rule,
        "shortDescription": {"text": rule.what},
        "help": {"text": text},
        "defaultConfiguration": {"level": rule.level},
    }


def _result(finding: Finding, number: int) -> dict[str, Any]:
    file, line = file_and_line(finding.where)
    names = [finding.signal] if finding.receiver is None else [finding.signal, finding.receiver]
    location: dict[str, Any] = {"logicalLocations": [{"name": name} for name in names]}
    if file is not None:
        artifact = {"uri": quote(file, errors="surrogateescape")}
        location["physicalLocation"] = {"artifactLocation": artifact, "region": {"startLine": line}}
    return {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": finding.level,
        "message": {"text": finding.text},
        "locations": [location],
    }


def _data(text: str) -> str:
    """Return text as the message of a workflow command."""
    return escape(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
