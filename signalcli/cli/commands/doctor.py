"""``signalcli doctor``"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from signalcli.cli.command import Command
from signalcli.cli.invocation import Invocation
from signalcli.text import PROGRAM, command

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from signalcli.doctor.evidence import Sends
    from signalcli.doctor.findings import Checkup, ExplainedRule


_FILE = "trace.json"
"""The file that a trace is kept in, where that is suggested."""


def _complete_rule(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from signalcli.doctor.examine import RULES

    rules = [rule for rule in RULES if rule.name.startswith(incomplete)]
    return [CompletionItem(rule.name, help=rule.what) for rule in rules]


@click.command(
    "doctor",
    cls=Command,
    options_metavar="[OPTIONS]",
    examples=[
        "signalcli doctor",
        "signalcli doctor --app shop:app",
        "signalcli doctor --explain dead-receiver",
    ],
)
@click.option(
    "--trace", metavar="FILE", help="Read the sends from a kept trace, not from the history."
)
@click.option(
    "--explain",
    "rule",
    metavar="RULE",
    shell_complete=_complete_rule,
    help="Tell what a rule means, with an example and its remedy.",
)
@click.pass_obj
def doctor_command(
    invocation: Invocation, trace: str | None, rule: str | None
) -> Checkup | ExplainedRule:
    """Find what is wrong with the signals, and how to mend it.

    Each finding takes a line, and the status is 1 if there is one. Sends are read from the history of
    the session, or from the trace of an application; connects are seen while it is imported, and while
    create_app or make_app sets it up, which is called as for trace request. A rule that has nothing to
    read is not checked, and said to be so.
    """
    from signalcli.doctor.examine import examine, explain

    if rule is not None:
        return explain(rule)
    sends = _sends(invocation, trace)
    with invocation.examined() as (ground, connects):
        program = PROGRAM if invocation.app is None else invocation.app.program
        return examine(ground, sends, connects, program)


def _sends(invocation: Invocation, trace: str | None) -> Sends:
    """What was sent: by a trace if one is given, else by the history of a session."""
    from signalcli.doctor.evidence import no_trace, sends_of_journal, sends_of_trace

    if trace is not None:
        return sends_of_trace(trace, _keeping(invocation, trace))
    if invocation.app is not None:
        return no_trace(*invocation.app.commands_of_trace(_FILE))
    return sends_of_journal(invocation.journal)


def _keeping(invocation: Invocation, trace: str) -> str:
    """The command that keeps a trace, in another file than what was named."""
    file = f"new-{_FILE}" if os.path.basename(trace) == _FILE else _FILE
    if invocation.app is not None:
        return invocation.app.commands_of_trace(file)[0]
    return command("trace", "run", "--save", file, "PROGRAM")
