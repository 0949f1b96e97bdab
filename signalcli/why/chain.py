"""Walk the chain of conditions for the call of a receiver, up to the first that is broken."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from signalcli.doctor.evidence import Evidence
from signalcli.doctor.examine import check_rules
from signalcli.doctor.findings import Finding, counted
from signalcli.doctor.past_sends import ExaminedSend, ReceiverOutcomes
from signalcli.doctor.payload_rules import signature_error
from signalcli.doctor.sender_rules import is_same_sender, label, listed, sender_label_of
from signalcli.signals.tracebacks import place
from signalcli.values.change import ConnectionChange
from signalcli.values.inspection import Connection, ReceiverView
from signalcli.why.answer import BROKEN, OK, UNKNOWN, Answer, OtherSignal, Step
from signalcli.why.case import Case
from signalcli.why.remedies import Commands, remedy_of
from signalcli.why.subject import Subject

RULES = {
    "defined": (),
    "imported": ("never-imported",),
    "connected": ("bare-connect-via", "disconnect-missed", "dead-sender", "absent-when-sent"),
    "alive": ("dead-receiver",),
    "signal sent": ("look-alike-signals",),
    "filter matches": (
        "bare-connect-via",
        "sender-is-proxy",
        "class-or-instance",
        "sender-looks-equal",
        "payload-as-sender",
        "sender-zero",
    ),
    "not muted": (),
    "reached": (),
    "takes the payload": ("bare-connect-via", "payload-not-taken", "sender-in-payload"),
    "called": ("returns-lazy", "coroutine-receiver"),
}
"""The steps in order, with the rules whose findings explain them, the most exact first."""
_MOST_SENDERS = 5
"""senders that are listed."""


def walk(
    subject: Subject, evidence: Evidence, commands: Commands, *, is_asked: bool = False
) -> Answer:
    """Return why a receiver was called, or was not, by the signal that calls it or comes nearest to that.

    :param is_asked: whether the only send is one that wasn't made, but asked about.
    """
    views: dict[str, ReceiverView] = {}
    for signal, receiver in subject.views:
        known = views.get(signal.signal)
        connections = (*known.connections, *receiver.connections) if known else receiver.connections
        views[signal.signal] = receiver._replace(connections=connections)
    findings = check_rules(evidence).findings
    cases = [
        Case(subject, evidence, name, views.get(name), is_asked)
        for name in subject.signals or ("",)
    ]
    answers = {case.signal: _answer(case, findings, commands) for case in cases}
    nearest = max(
        answers.values(), key=lambda one: (one.called is True, one.called is None, len(one.steps))
    )
    others = tuple(
        OtherSignal(signal, one.called, one.steps[-1].step, one.steps[-1].found)
        for signal, one in answers.items()
        if one is not nearest
    )
    return nearest._replace(others=others)


def _answer(case: Case, findings: tuple[Finding, ...], commands: Commands) -> Answer:
    steps: list[Step] = []
    for name, check in _CHECKS.items():
        found = check(case)
        state, text, *evidence = found
        finding = _finding(name, case, findings)
        if name == "called" and finding is not None:
            state, text, evidence = BROKEN, f"its body never ran: {text}", []
        if finding is not None and name != "alive":
            is_said = any(finding.message in step.evidence for step in steps)
            evidence += [] if is_said else [finding.message]
        steps.append(Step(name, state, text, tuple(evidence)))
        if state != OK:
            return _ended(case, steps, finding, commands)
    return Answer(case.subject.name, True, tuple(steps), is_asked=case.is_asked)


def _ended(case: Case, steps: list[Step], finding: Finding | None, commands: Commands) -> Answer:
    """Return the answer for a chain that ends early."""
    last, name = steps[-1], case.subject.name
    if last.state == UNKNOWN:
        return Answer(name, None, tuple(steps), None, commands.look(case))
    if finding is not None:
        remedy = finding.remedy if last.step != "imported" else remedy_of(last.step, case)
        following = f"{commands.program} doctor --explain {finding.rule}"
    elif not case.subject.is_trusted:
        remedy = "Trust it, after reading its code."
        following = f"{commands.program} receivers trust {shlex.quote(name)}"
    else:
        remedy = remedy_of(last.step, case)
        following = commands.following(last.step, case)
    return Answer(name, False, tuple(steps), remedy, following, case.is_asked)


def _finding(step: str, case: Case, findings: tuple[Finding, ...]) -> Finding | None:
    """Return the finding of the first rule that explains a step for this receiver and signal."""
    subject = case.subject
    places = subject.defined, *subject.connected_at
    for rule in RULES[step]:
        for finding in findings:
            is_its = finding.receiver == subject.name and finding.signal in ("", case.signal)
            is_its = is_its and (not subject.is_split or finding.where in places)
            of_signal = finding.receiver is None and finding.signal == case.signal
            if finding.rule == rule and (is_its or of_signal or _is_of_file(finding, case)):
                return finding
    return None


def _is_of_file(finding: Finding, case: Case) -> bool:
    """Return whether a finding is about the file of a receiver whose module was never imported."""
    file = case.subject.file
    if finding.rule != "never-imported" or file is None or finding.where is None:
        return False
    return finding.where.rpartition(":")[0] == place(file.path, 0).rpartition(":")[0]


Found = tuple[str, ...]
"""A state, what was found, and lines of evidence."""


def _defined(case: Case) -> Found:
    subject = case.subject
    if subject.wrapped_at is not None and subject.defined not in (None, subject.wrapped_at):
        return OK, subject.wrapped_at, f"in a wrapper, at {subject.defined}"
    return OK, subject.defined or "its place isn't known"


def _imported(case: Case) -> Found:
    subject = case.subject
    if not subject.is_trusted:
        return BROKEN, "its import isn't trusted on this machine"
    if subject.is_imported or subject.file is None:
        return OK, _module_of(case)
    details = case.evidence.details
    if details is not None and subject.file.path in [file for _, file in details.modules]:
        return OK, subject.file.module
    connects = _written_connects(subject)
    return BROKEN, f"{subject.file.module} was never imported", *connects


def _module_of(case: Case) -> str:
    """Return the imported module of a receiver."""
    details, name = case.evidence.details, f"{case.subject.written}."
    if details is None:
        return "by signalcli"
    modules = [module for module, _ in details.modules if name.startswith(f"{module}.")]
    return max(modules, key=len, default=name.partition(".")[0])


def _connected(case: Case) -> Found:
    state, text, *evidence = _connection(case)
    if case.is_connected and case.sends and not case.rows:
        return BROKEN, f"it was not connected when {case.signal} was sent", f"now: {text}"
    return state, text, *evidence


def _connection(case: Case) -> Found:
    """Return whether a receiver is connected to the signal, or was in the end."""
    view, changes = case.view, case.changes
    if view is not None and view.connections:
        number = sum(signal.signal == case.signal for signal, _ in case.subject.views)
        more = [f"{number} receivers of this name"] if number > 1 else []
        return OK, _connections(case.signal, view), *more
    last = changes[-1] if changes else None
    if last is None and case.rows:  # before a session dropped it
        return OK, f"to {case.signal} when it was sent"
    if last is None and case.subject.as_sender:
        return BROKEN, f"connect at {case.subject.as_sender[-1].where} got it as the sender"
    if last is None:
        others = listed(case.elsewhere)
        found = f"it is connected to {others}, not to {case.signal}"
        return BROKEN, found if others else "nothing connected it", *_written_connects(case.subject)
    if case.was_called and last.action in ("disconnected", "sender died"):
        ended = "disconnected" if last.action == "disconnected" else "left without its sender"
        return OK, f"to {case.signal}", f"{ended}{_at(last)} after a send called it"
    if last.action == "receiver died":
        return OK, f"to {case.signal} at {last.where}"
    if last.action == "not connected":
        return BROKEN, f"connect_via at {last.where} got it as the sender"
    if last.action == "sender died":
        return BROKEN, f"the sender of its filter, {label(last.sender)}, was deleted"
    if last.action == "disconnected":
        return BROKEN, f"it was disconnected from {case.signal} at {last.where}"
    if any(case.reached):
        return OK, f"to {case.signal} at {last.where}"
    if view is not None:
        return BROKEN, f"it has no connection to {case.signal} left"
    return OK, f"to {case.signal} at {last.where}"


def _at(change: ConnectionChange) -> str:
    return f" at {change.where}" if change.where else ""


def _connections(signal: str, view: ReceiverView) -> str:
    """Return the filters of a receiver, how it is held, and where it was connected."""
    senders = listed("ANY" if one.any else label(one.sender) for one in view.connections)
    held = "weakly" if view.weak else "strongly"
    place = view.in_program and view.in_program.connected_at
    return f"to {signal}, sender {senders}, {held}" + (f", at {place}" if place else "")


def _written_connects(subject: Subject) -> Iterator[str]:
    """Yield the places in its file that would connect it."""
    for one in subject.connects:
        within = "" if one.function is None else f", in {one.function}"
        path = "" if subject.file is None else subject.file.path
        yield f"{place(path, one.line)} connects it to {one.signal}{within}"


def _alive(case: Case) -> Found:
    if case.view is not None:
        return OK, "held weakly, and alive" if case.view.weak else "the signal holds it"
    if case.changes and case.changes[-1].action == "receiver died":
        if case.was_called:
            return OK, "until after a send called it"
        return BROKEN, "it was deleted: nothing but a weak connection referenced it"
    return OK, "when the signal was sent"


def _sent(case: Case) -> Found:
    sends, seen = case.sends, case.evidence.sends
    if not sends:
        if not seen.sent and not seen.is_trace:
            return UNKNOWN, f"no send of {case.signal} was seen"
        condition, obstacle = case.condition()
        why = [] if condition is None else [f"{condition.when}."]
        why += [] if obstacle is None else [f"But {obstacle.clause}."]
        return BROKEN, f"{case.signal} was never sent in {seen.amount}", *why
    counts = Counter[str]()
    for sent in sends:
        counts[sender_label_of(sent)] += sent.times
    number = counted(sum(counts.values()), "time")
    senders = [
        f"from {sender}: {counted(times, 'send')}"
        for sender, times in counts.most_common(_MOST_SENDERS)
    ]
    if case.is_asked:
        return OK, f"{case.signal}, from {sender_label_of(sends[0])}"
    by_hand = sum(sent.by_hand for sent in sends)
    was_sent = f"{case.signal} was sent {number}"
    if by_hand == len(sends):
        was_sent = f"{case.signal} was not sent: receivers_for was called by hand {number}"
    elif by_hand:
        was_sent += f", {by_hand} of them by hand, through receivers_for"
    if len(counts) == 1:
        return OK, f"{was_sent}, from {sender_label_of(sends[0])}"
    return OK, was_sent, *senders


def _matching(case: Case) -> Found:
    matched = [sent for sent, row in case.rows if _matches(case, sent, row)]
    listens = _filters(case)
    if not matched:
        senders = listed(sender_label_of(sent) for sent, _ in case.rows)
        return BROKEN, f"it listens only to {listens or 'other senders'}; sent from {senders}"
    if len(matched) < len(case.rows):
        return (
            OK,
            f"in {len(matched)} of {counted(len(case.rows), 'send')}; it listens to {listens}",
        )
    return OK, f"it listens to {listens or 'the sender'}"


def _matches(case: Case, sent: ExaminedSend, row: ReceiverOutcomes) -> bool:
    if row.was_called or row.not_reached:
        return True
    connections = () if case.view is None else case.view.connections
    return sent.is_muted and any(one.any or is_same_sender(one.sender, sent) for one in connections)


def _filters(case: Case) -> str:
    """Return the senders that a receiver listens to, or those that it was connected to."""
    filters: Sequence[Connection | ConnectionChange] = case.view.connections if case.view else ()
    if not filters:
        filters = [one for one in case.changes if one.action == "connected"]
    return listed(dict.fromkeys("ANY" if one.any else label(one.sender) for one in filters))


def _unmuted(case: Case) -> Found:
    muted = sum(sent.is_muted for sent, _ in case.rows)
    if muted == len(case.rows):
        return BROKEN, f"{case.signal} was muted in {'each' if muted > 1 else 'the'} send"
    return OK, "muted in {} of {}".format(
        muted, counted(len(case.rows), "send")
    ) if muted else "never muted"


def _was_reached(case: Case) -> Found:
    called = [row for row in case.reached if row.was_called]
    missed = sum(row.not_reached for row in case.reached)
    if called:
        return (
            OK,
            f"in {len(called)} of {counted(len(case.reached), 'send')}"
            if missed
            else "nothing raised before it",
        )
    raised = listed(
        f"{row.receiver} ({row.error})" if row.error else row.receiver
        for sent, _ in case.rows
        for row in sent.outcomes
        if row.raised
    )
    return BROKEN, f"another receiver raised before it: {raised or 'unknown'}"


def _takes_payload(case: Case) -> Found:
    rows = [row for row in case.reached if row.was_called]
    errors = [error for row in rows if (error := signature_error(case.subject.name, row))]
    keys = listed(key for sent in case.sends for key in sent.payload_keys)
    if errors and len(errors) == len(rows):
        return BROKEN, errors[0], f"sent: {keys or 'no keys'}"
    if all(row.yielded for row in rows):
        return OK, "not known: the code that called receivers_for passes the arguments"
    return OK, keys or "no keys were sent"


def _called(case: Case) -> Found:
    rows = [row for row in case.reached if row.was_called]
    raised, returned = sum(row.raised for row in rows), sum(row.returned for row in rows)
    if case.is_asked:
        return OK, "it would be called"
    errors = [f"{row.error}" for row in rows if row.error is not None]
    calls = sum(row.raised + row.returned + row.ended for row in rows)
    times = counted(calls, "time")
    if case.namesakes > 1 and calls > len(rows):
        times += f", which counts all {case.namesakes} receivers of this name"
    yielded = sum(row.yielded for row in rows)
    if yielded:
        by_hand = (
            f"receivers_for yielded it {counted(yielded, 'time')} to code that calls it by hand"
        )
        return OK, by_hand if yielded == len(rows) else f"{times}; {by_hand}"
    if raised and not returned:
        return OK, f"{times}, and raised {errors[-1] if errors else 'each time'}"
    return OK, f"{times}" + (f", and raised in {raised}: {errors[-1]}" if errors else "")


_CHECKS: dict[str, Callable[[Case], Found]] = {
    "defined": _defined,
    "imported": _imported,
    "connected": _connected,
    "alive": _alive,
    "signal sent": _sent,
    "filter matches": _matching,
    "not muted": _unmuted,
    "reached": _was_reached,
    "takes the payload": _takes_payload,
    "called": _called,
}
