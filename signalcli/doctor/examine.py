"""Check the rules on the signals of a session or an application."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from signalcli.doctor.absence.never_imported import never_imported
from signalcli.doctor.absence.never_sent import never_sent, notes_on_unsent
from signalcli.doctor.absence.unheard_rules import absent_when_sent, look_alike_signals
from signalcli.doctor.connecting.connect_rules import (
    bare_connect_via,
    connected_twice,
    never_disconnected,
)
from signalcli.doctor.connecting.disconnect_rules import dead_sender, disconnect_missed
from signalcli.doctor.connection_rules import dead_receiver, sender_zero, stale_has_receivers_for
from signalcli.doctor.evidence import Evidence, notes
from signalcli.doctor.findings import WARNING, Checkup, ExplainedRule, Finding, Rule, UncheckedRule
from signalcli.doctor.past_sends import SendEvidence
from signalcli.doctor.payload_rules import (
    payload_as_sender,
    payload_key_never_sent,
    payload_not_taken,
    sender_in_payload,
)
from signalcli.doctor.receiver_rules import always_raises, coroutine_receiver, returns_lazy
from signalcli.doctor.sender_rules import (
    class_or_instance,
    sender_is_proxy,
    sender_looks_equal,
    sender_never_sent,
)
from signalcli.errors import UnknownName
from signalcli.language.phrases import joined, phrase, sentences
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.apps.app_details import AppDetails
    from signalcli.apps.connecting.connect_report import ConnectReport
    from signalcli.sending.interfaces import SignalSource

RULES: tuple[Rule, ...] = (
    dead_receiver,
    coroutine_receiver,
    payload_not_taken,
    sender_never_sent,
    stale_has_receivers_for,
    sender_zero,
    payload_as_sender,
    always_raises,
    sender_looks_equal,
    never_imported,
    sender_is_proxy,
    class_or_instance,
    look_alike_signals,
    absent_when_sent,
    payload_key_never_sent,
    sender_in_payload,
    never_sent,
    returns_lazy,
    disconnect_missed,
    connected_twice,
    dead_sender,
    bare_connect_via,
    never_disconnected,
)
"""All rules, in the order in which they are checked and listed."""
_Key = tuple[str, str | None]
"""A signal, and one of its receivers."""


def explained_rules() -> tuple[ExplainedRule, ...]:
    """Return the explanations of all rules."""
    return tuple(rule.explained for rule in RULES)


def evidence_of(
    source: SignalSource,
    sends: SendEvidence,
    connected: ConnectReport | None = None,
    details: AppDetails | None = None,
) -> Evidence:
    """Return the data of a session or an application. The signals of ``source`` are only inspected.

    :param connected: the recorded connects of an application.
    :param details: what surrounds its signals.
    """

    def receivers_refusing(signal: str, keys: tuple[str, ...]) -> dict[str, str]:
        return source.receivers_refusing(SignalName.parse(signal), keys)

    signals = source.inspect_all().signals
    return Evidence(signals, sends, connected, receivers_refusing, details)


def check_rules(evidence: Evidence) -> Checkup:
    """Check every rule for which the evidence has data."""
    missing = {rule.name: rule.missing(evidence) for rule in RULES}
    checked = [rule for rule in RULES if missing[rule.name] is None]
    packages = {key: package for key, package in _packages(evidence) if package is not None}
    findings: dict[tuple[str, str, str | None], Finding] = {}
    for finding in (finding for rule in checked for finding in rule.check(evidence)):
        key = finding.rule, finding.signal, finding.receiver
        findings.setdefault(key, _leveled(finding, packages, evidence.details.package))
    some_sent, unsent = _unsent(evidence)
    return Checkup(
        findings=tuple(findings.values()),
        checked=tuple(rule.name for rule in checked),
        not_checked=tuple(
            UncheckedRule(name, reason) for name, reason in missing.items() if reason is not None
        ),
        unsent=() if some_sent else unsent,
        notes=(
            *(unsent if some_sent else ()),
            *evidence.sends.notes,
            *notes_on_unsent(evidence).values(),
            *notes(evidence),
        ),
        seen=evidence.sends.amount if evidence.sends.sent or evidence.sends.requests else "",
    )


def _packages(evidence: Evidence) -> Iterator[tuple[_Key, str | None]]:
    """Yield the installed packages of signals and of their receivers."""
    for signal in evidence.signals:
        yield (signal.signal, None), signal.package
        for receiver in signal.receivers:
            yield (signal.signal, receiver.receiver), evidence.package_of(receiver)


def _leveled(finding: Finding, packages: Mapping[_Key, str], own: str) -> Finding:
    """Return a finding in an installed package as a warning that names it: a user can't fix it.

    :param own: the package of the application.
    """
    package = finding.package
    if package is None:
        package = packages.get((finding.signal, finding.receiver))
    if not package or package == own:
        return finding
    if finding.package is None and finding.receiver is None:
        owner = phrase("This is a signal of the package {package}.", package=package)
    else:
        owner = phrase("This is in the package {package}.", package=package)
    return finding._replace(level=WARNING, message=sentences(finding.message, owner))


def explain_rule(name: str) -> ExplainedRule:
    """Return the explanation of a rule, or raise UnknownName."""
    for rule in RULES:
        if rule.name == name:
            return rule.explained
    known = [rule.name for rule in RULES]
    remedy = phrase("There are: {names}.", names=joined(known))
    raise UnknownName("rule", name, known, remedy=remedy)


def _unsent(evidence: Evidence) -> tuple[bool, tuple[str, ...]]:
    """Return whether any signal with receivers was sent, and a note about those that were not."""
    names = [signal.signal for signal in evidence.signals if signal.receivers]
    explained = notes_on_unsent(evidence)
    silent = [n for n in names if not evidence.sends_of(n) and n not in explained]
    if not silent or not (evidence.sends.sent or evidence.sends.is_trace):
        return True, ()
    amount = evidence.sends.amount
    if len(silent) == len(names) and not any(sent.outcomes for sent in evidence.sends.sent):
        template = _ONLY_UNSENT if len(names) == 1 else _ALL_UNSENT
        note = phrase(template, signal=names[0], number=len(names), amount=amount)
        return False, (note,)
    note = phrase(
        "{silent} of {signals} signals with receivers, such as {signal}, were not sent in {amount}: rules "
        "about sends can't check them.",
        silent=len(silent),
        signals=len(names),
        signal=silent[0],
        amount=amount,
    )
    return True, (note,)


_ONLY_UNSENT = phrase(
    "{signal}, the only signal with receivers, was not sent in {amount}: look into this first."
)
_ALL_UNSENT = phrase(
    "None of the {number} signals with receivers was sent in {amount}: look into this first."
)
