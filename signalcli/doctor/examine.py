"""Examining the signals of a session or an application."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from signalcli.doctor.absent import note
from signalcli.doctor.connection_rules import DEAD_RECEIVER, SENDER_ZERO, STALE
from signalcli.doctor.evidence import Evidence, Sends
from signalcli.doctor.findings import Checkup, ExplainedRule, Finding, NotChecked, Rule
from signalcli.doctor.receiver_rules import ALWAYS_RAISES, COROUTINE_RECEIVER, PAYLOAD_NOT_TAKEN
from signalcli.doctor.sender_rules import PAYLOAD_AS_SENDER, SENDER_LOOKS_EQUAL, SENDER_NEVER_SENT
from signalcli.errors import UnknownName
from signalcli.text import PROGRAM
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.apps.application import Application
    from signalcli.apps.connects import Connects
    from signalcli.playground.playground import Playground

RULES: tuple[Rule, ...] = (
    DEAD_RECEIVER,
    COROUTINE_RECEIVER,
    PAYLOAD_NOT_TAKEN,
    SENDER_NEVER_SENT,
    STALE,
    SENDER_ZERO,
    PAYLOAD_AS_SENDER,
    ALWAYS_RAISES,
    SENDER_LOOKS_EQUAL,
)
"""All rules, in the order in which they are told."""


def examine(
    ground: Playground | Application,
    sends: Sends,
    connects: Connects | None = None,
    program: str = PROGRAM,
) -> Checkup:
    """Check every rule for which there is something to read.

    :param ground: the signals, to look at.
    :param sends: what was sent.
    :param connects: what saw the connects, for an application: it was in place before its import.
    :param program: what is typed before the name of a command.
    """
    connected = None
    if connects is not None:
        from signalcli.apps.application import Application

        assert isinstance(ground, Application), "a session's connects are nobody's to see"
        connected = connects.told(ground.name_of)

    def unable(signal: str, keys: tuple[str, ...]) -> dict[str, str]:
        return ground.unable(SignalName.parse(signal), keys)

    evidence = Evidence(ground.inspect_all().signals, sends, connected, unable)
    return check(evidence)._replace(program=program)


def check(evidence: Evidence) -> Checkup:
    """Check every rule for which the evidence has something to read."""
    missing = {rule.name: rule.missing(evidence) for rule in RULES}
    checked = [rule for rule in RULES if missing[rule.name] is None]
    findings = [finding for rule in checked for finding in rule.check(evidence)]
    return Checkup(
        findings=tuple(_once(findings)),
        checked=tuple(rule.name for rule in checked),
        not_checked=tuple(
            NotChecked(name, reason) for name, reason in missing.items() if reason is not None
        ),
        notes=(*evidence.sends.notes, *_coverage(evidence), *_absence(evidence)),
    )


def explain(name: str) -> ExplainedRule:
    """A rule, told: what it means, why blinker does that, and an example with its remedy.

    :raises UnknownName: if there is none of that name.
    """
    for rule in RULES:
        if rule.name == name:
            return ExplainedRule(rule.name, rule.what, rule.why, rule.bad, rule.good)
    known = [rule.name for rule in RULES]
    raise UnknownName("rule", name, known, remedy=f"There are: {', '.join(known)}.")


def _once(findings: Sequence[Finding]) -> list[Finding]:
    """One finding for each rule, signal and receiver."""
    return list({(one.rule, one.signal, one.receiver): one for one in reversed(findings)}.values())[
        ::-1
    ]


def _absence(evidence: Evidence) -> list[str]:
    """Which receivers there is only a trace of."""
    told = note(evidence)
    return [] if told is None else [told]


def _coverage(evidence: Evidence) -> list[str]:
    """Which signals nobody can say anything about, because they weren't sent."""
    names = [signal.signal for signal in evidence.signals if signal.receivers]
    sent = {one.signal for one in evidence.sends.sent}
    silent = [name for name in names if name not in sent]
    if not sent or not silent or len(silent) == len(names):
        return []
    count = f"{len(silent)} of {len(names)} signals with receivers"
    such = f"were not sent in what was read, such as {silent[0]}"
    return [f"{count} {such}: of them, only what needs no sends is known."]
