"""``signalcli doctor``: report faults in the signals of a session or an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.options import EvidenceOptions, evidence_options
from signalcli.cli.parsing.types import RULE
from signalcli.text import PROGRAM

FORMATS = ("text", "github", "sarif", "json")

if TYPE_CHECKING:
    from signalcli.doctor.findings import Checkup, ExplainedRule


@signalcli_command(
    "doctor",
    works_on="session app",
    examples=[
        "signalcli doctor",
        "signalcli doctor --app shop:app --request 'POST /order item=banana'",
        "signalcli doctor --app shop:app --format github --baseline doctor.json",
        "signalcli doctor --explain dead-receiver",
    ],
)
@evidence_options
@click.option(
    "--explain",
    "rule",
    metavar="RULE",
    type=RULE,
    help="Explain a rule, with an example and its remedy.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    help="Write text, annotations of GitHub Actions, SARIF or JSON.",
)
@click.option(
    "--baseline",
    metavar="FILE",
    help="Leave out the findings that FILE, an output of --format json, has.",
)
@click.option("--strict", is_flag=True, help="Let warnings count for the exit status too.")
def doctor_command(
    invocation: Invocation,
    options: EvidenceOptions,
    rule: str | None,
    form: str,
    baseline: str | None,
    strict: bool,
) -> Checkup | ExplainedRule:
    """Find faults in the signals of a session or an application.

    Each finding takes a line and has a remedy. An error can't work as written; a warning is what was seen
    so far. The status is 1 if there is an error. Sends are read from the history of the session. Those of
    an application are known from requests with one client, which keeps cookies, from programs, and from
    saved traces; each option may be repeated. Connects are recorded while the application is imported and
    made, and in traces. Rules without data are listed as "not checked". All rules: signalcli help rules.

    The comment # signalcli: ignore[RULE] at the line of a finding leaves it out, and so does --baseline, which
    compares rule, signal, receiver and file.
    """
    from signalcli.doctor.examine import check_rules, explain_rule, explained_rules
    from signalcli.doctor.reporting.ignore_comments import without_ignored

    if rule is not None:
        return explain_rule(rule)
    with invocation.examined(options) as (_, evidence):
        checkup = check_rules(evidence)._replace(program=invocation.program, is_strict=strict)
    files = (file for _, file in evidence.details.modules)
    checkup = without_ignored(checkup, (one.rule for one in explained_rules()), files)
    if baseline is not None:
        from signalcli.doctor.reporting.baseline import without_known

        checkup = without_known(checkup, baseline)
    if form == "json":
        invocation.output.as_json = True
    return checkup._replace(lines=_lines(checkup, form))


def _lines(checkup: Checkup, form: str) -> tuple[str, ...] | None:
    """Return the findings in the format of a CI system; ``None`` for another format."""
    if form not in ("github", "sarif"):
        return None
    from importlib.metadata import version

    from signalcli.doctor.examine import explained_rules
    from signalcli.doctor.reporting.formats import github_lines, sarif_text

    if form == "github":
        return tuple(github_lines(checkup))
    return tuple(sarif_text(checkup, explained_rules(), version(PROGRAM)).splitlines())
