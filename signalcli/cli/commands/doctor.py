"""``signalcli doctor``: report faults in the signals of a session or an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.options import SeenOptions, seen_options
from signalcli.cli.parsing.types import RULE

if TYPE_CHECKING:
    from signalcli.doctor.findings import Checkup, ExplainedRule


@click.command(
    "doctor",
    cls=Command,
    works_on="session app",
    examples=[
        "signalcli doctor",
        "signalcli doctor --app shop:app --request 'POST /order item=banana'",
        "signalcli doctor --explain dead-receiver",
    ],
)
@seen_options
@click.option(
    "--explain",
    "rule",
    metavar="RULE",
    type=RULE,
    help="Explain a rule, with an example and its remedy.",
)
@click.option("--strict", is_flag=True, help="Let warnings count for the exit status too.")
@click.pass_obj
def doctor_command(
    invocation: Invocation, seen: SeenOptions, rule: str | None, strict: bool
) -> Checkup | ExplainedRule:
    """Find faults in the signals of a session or an application.

    Each finding takes a line and has a remedy. An error can't work as written; a warning is what was seen
    so far. The status is 1 if there is an error. Sends are read from the history of the session. Those of
    an application are known from requests with one client, which keeps cookies, from programs, and from
    saved traces; each option may be repeated. Connects are recorded while the application is imported and
    made, and in traces. Rules without data are listed as "not checked". All rules: signalcli help rules.
    """
    from signalcli.doctor.examine import check_rules, explain_rule

    if rule is not None:
        return explain_rule(rule)
    with invocation.examined(seen) as (_, evidence):
        return check_rules(evidence)._replace(program=invocation.program, is_strict=strict)
