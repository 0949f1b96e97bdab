"""Walk the chain of conditions for the call of a receiver, up to the first that is broken."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from signalcli.doctor.evidence import Evidence
from signalcli.doctor.examine import check_rules
from signalcli.doctor.findings import Finding
from signalcli.doctor.past_sends import ExaminedSend, ReceiverOutcomes
from signalcli.doctor.payload_rules import signature_error
from signalcli.doctor.sender_rules import is_same_sender, label, listed, sender_label_of
from signalcli.language.phrases import counted, phrase
from signalcli.signals.tracebacks import place
from signalcli.values.change import ConnectionChange
from signalcli.values.inspection import Connection, ReceiverView
from signalcli.why.answer import BROKEN, OK, UNKNOWN, Answer, OtherSignal, Step
from signalcli.why.case import Case
from signalcli.why.remedies import Commands, remedy_of
from signalcli.why.subject import Subject

Found = tuple[str, ...]
"""A state, what was found, and lines of evidence."""
Check = Callable[[Case], Found]
RULES: dict[str, tuple[str, ...]] = {}
"""The steps in order, with the rules whose findings explain them, the most exact first."""
_CHECKS: dict[str, Check] = {}
"""The steps in order, with the function that checks each."""
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
        state, text, *evidence = check(case)
        finding = _finding(name, case, findings)
        if name == "called" and finding is not None:
            state, evidence = BROKEN, []
            text = phrase("its body never ran: {calls}", calls=text)
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
        remedy = phrase("Trust it, after reading its code.")
        following = f"{commands.program} receivers trust {shlex.quote(name)}"
    else:
        remedy = remedy_of(last.step, case)
        following = commands.following(last.step, case)
    return Answer(name, False, tuple(steps), remedy, following, case.is_asked)


def _finding(step: str, case: Case, findings: tuple[Finding, ...]) -> Finding | None:
    """Return the finding of the first rule that explains a step for this receiver and signal."""
    subject = case.subject
    places = subject.defined, *subject.connected_at
    for finding in (one for rule in RULES[step] for one in findings if one.rule == rule):
        is_its = finding.receiver == subject.name and finding.signal in ("", case.signal)
        is_its = is_its and (not subject.is_split or finding.where in places)
        of_signal = finding.receiver is None and finding.signal == case.signal
        if is_its or of_signal or _is_of_file(finding, case):
            return finding
    return None


def _is_of_file(finding: Finding, case: Case) -> bool:
    """Return whether a finding is about the file of a receiver whose module was never imported."""
    file = case.subject.file
    if finding.rule != "never-imported" or file is None or finding.where is None:
        return False
    return finding.where.rpartition(":")[0] == place(file.path, 0).rpartition(":")[0]


def _step(name: str, *rules: str) -> Callable[[Check], Check]:
    """Register a function as the check of the next step: the steps have the order of this file. See ``RULES``."""

    def add(check: Check) -> Check:
        _CHECKS[name], RULES[name] = check, rules
        return check

    return add


@_step("defined")
def _defined(case: Case) -> Found:
    subject = case.subject
    if subject.wrapped_at is not None and subject.defined not in (None, subject.wrapped_at):
        return OK, subject.wrapped_at, phrase("in a wrapper, at {place}", place=subject.defined)
    return OK, subject.defined or phrase("its place isn't known")


@_step("imported", "never-imported")
def _imported(case: Case) -> Found:
    subject = case.subject
    if not subject.is_trusted:
        return BROKEN, phrase("its import isn't trusted on this machine")
    if subject.is_imported or subject.file is None:
        return OK, _module_of(case)
    if subject.file.path in [file for _, file in case.evidence.details.modules]:
        return OK, subject.file.module
    found = phrase("{module} was never imported", module=subject.file.module)
    return BROKEN, found, *_written_connects(subject)


def _module_of(case: Case) -> str:
    """Return the imported module of a receiver."""
    if case.evidence.is_session:
        return phrase("by signalcli")
    name, known = f"{case.subject.written}.", case.evidence.details.modules
    modules = [module for module, _ in known if name.startswith(f"{module}.")]
    return max(modules, key=len, default=name.partition(".")[0])


@_step("connected", "bare-connect-via", "disconnect-missed", "dead-sender", "absent-when-sent")
def _connected(case: Case) -> Found:
    state, text, *evidence = _connection(case)
    if case.is_connected and case.sends and not case.rows:
        found = phrase("it was not connected when {signal} was sent", signal=case.signal)
        return BROKEN, found, phrase("now: {connection}", connection=text)
    return state, text, *evidence


def _connection(case: Case) -> Found:
    """Return whether a receiver is connected to the signal, or was in the end."""
    view, changes = case.view, case.changes
    if view is not None and view.connections:
        number = sum(signal.signal == case.signal for signal, _ in case.subject.views)
        more = [phrase("{number} receivers of this name", number=number)] if number > 1 else []
        return OK, _connections(case.signal, view), *more
    last = changes[-1] if changes else None
    if last is None and case.rows:  # before a session dropped it
        return OK, phrase("to {signal} when it was sent", signal=case.signal)
    if last is None and case.subject.as_sender:
        place = case.subject.as_sender[-1].where
        return BROKEN, phrase("connect at {place} got it as the sender", place=place)
    if last is None and view is not None:  # blinker kept the entry of a sender after disconnect
        return BROKEN, phrase("it has no connection to {signal} left", signal=case.signal)
    if last is None:
        others = listed(case.elsewhere)
        template = _ELSEWHERE if others else _NOT_CONNECTED
        found = phrase(template, others=others, signal=case.signal)
        return BROKEN, found, *_written_connects(case.subject)
    return _ended_connection(case, last)


def _ended_connection(case: Case, last: ConnectionChange) -> Found:
    """Return whether a receiver was connected, by the last change of its connections."""
    if case.was_called and last.action in _ENDED:
        template = _ENDED[last.action][bool(last.where)]
        return OK, phrase("to {signal}", signal=case.signal), phrase(template, place=last.where)
    if last.action == "not connected":
        return BROKEN, phrase("connect_via at {place} got it as the sender", place=last.where)
    if last.action == "sender died":
        sender = label(last.sender)
        return BROKEN, phrase("the sender of its filter, {sender}, was deleted", sender=sender)
    its = {"signal": case.signal, "place": last.where}
    if last.action == "disconnected":
        return BROKEN, phrase("it was disconnected from {signal} at {place}", **its)
    if last.action == "receiver died" or any(case.reached) or case.view is None:
        return OK, phrase("to {signal} at {place}", **its)
    return BROKEN, phrase("it has no connection to {signal} left", **its)


_NOT_CONNECTED = phrase("nothing connected it")
_ELSEWHERE = phrase("it is connected to {others}, not to {signal}")
_ENDED = {
    "disconnected": (
        phrase("disconnected after a send called it"),
        phrase("disconnected at {place} after a send called it"),
    ),
    "sender died": (
        phrase("left without its sender after a send called it"),
        phrase("left without its sender at {place} after a send called it"),
    ),
}
"""By what ended a connection: without and with its place."""


def _connections(signal: str, view: ReceiverView) -> str:
    """Return the filters of a receiver, how it is held, and where it was connected."""
    senders = listed("ANY" if one.any else label(one.sender) for one in view.connections)
    found = phrase(_WEAKLY if view.weak else _STRONGLY, signal=signal, senders=senders)
    place = view.in_program and view.in_program.connected_at
    return phrase("{connection}, at {place}", connection=found, place=place) if place else found


_WEAKLY = phrase("to {signal}, sender {senders}, weakly")
_STRONGLY = phrase("to {signal}, sender {senders}, strongly")


def _written_connects(subject: Subject) -> Iterator[str]:
    """Yield the places in its file that would connect it."""
    for one in subject.connects:
        path = "" if subject.file is None else subject.file.path
        template = _CONNECTS if one.function is None else _CONNECTS_IN
        at = place(path, one.line)
        yield phrase(template, place=at, signal=one.signal, function=one.function)


_CONNECTS = phrase("{place} connects it to {signal}")
_CONNECTS_IN = phrase("{place} connects it to {signal}, in {function}")


@_step("alive", "dead-receiver")
def _alive(case: Case) -> Found:
    if case.view is not None:
        is_weak = case.view.weak
        return OK, phrase("held weakly, and alive") if is_weak else phrase("the signal holds it")
    if case.changes and case.changes[-1].action == "receiver died":
        if case.was_called:
            return OK, phrase("until after a send called it")
        return BROKEN, phrase("it was deleted: nothing but a weak connection referenced it")
    return OK, phrase("when the signal was sent")


@_step("signal sent", "look-alike-signals")
def _sent(case: Case) -> Found:
    sends, seen = case.sends, case.evidence.sends
    if not sends:
        if not seen.is_trace:
            is_session, of_demo = case.evidence.is_session, case.is_of_demo
            template = _NOT_SAVED if is_session else _NOT_SEEN
            return UNKNOWN, phrase(template, signal=case.signal), *([_ONLY_TRACED] * of_demo)
        condition, obstacle = case.condition()
        why = [] if condition is None else [phrase("{condition}.", condition=condition.when)]
        why += [] if obstacle is None else [phrase("But {obstacle}.", obstacle=obstacle.clause)]
        known = {"signal": case.signal, "amount": seen.amount}
        return BROKEN, phrase("{signal} was never sent in {amount}", **known), *why
    counts = Counter[str]()
    for sent in sends:
        counts[sender_label_of(sent)] += sent.times
    if case.is_asked:
        sender = sender_label_of(sends[0])
        return OK, phrase("{signal}, from {sender}", signal=case.signal, sender=sender)
    number = sum(counts.values())
    was_sent = phrase(
        _SENT_BY_HAND if all(sent.by_hand for sent in sends) else _SENT,
        signal=case.signal,
        times=counted("{n} time", "{n} times", number),
    )
    by_hand = sum(sent.by_hand for sent in sends)
    if 0 < by_hand < len(sends):
        was_sent = phrase(
            "{sent}, {number} of them by hand, through receivers_for", sent=was_sent, number=by_hand
        )
    if len(counts) == 1:
        return OK, phrase("{sent}, from {sender}", sent=was_sent, sender=sender_label_of(sends[0]))
    senders = (
        counted("from {sender}: {n} send", "from {sender}: {n} sends", times, sender=sender)
        for sender, times in counts.most_common(_MOST_SENDERS)
    )
    return OK, was_sent, *senders


_NOT_SAVED = phrase("no send of {signal} is saved in this session")
_NOT_SEEN = phrase("no send of {signal} was seen")
_ONLY_TRACED = phrase("requests to the demo application are saved only in traces, for --trace")
_SENT = phrase("{signal} was sent {times}")
_SENT_BY_HAND = phrase("{signal} was not sent: receivers_for was called by hand {times}")


@_step(
    "filter matches",
    *("bare-connect-via", "sender-is-proxy", "class-or-instance", "sender-looks-equal"),
    *("payload-as-sender", "sender-zero"),
)
def _matching(case: Case) -> Found:
    matched = [sent for sent, row in case.rows if _matches(case, sent, row)]
    listens = _filters(case)
    if not matched:
        senders = listed(sender_label_of(sent) for sent, _ in case.rows)
        template = _ONLY_TO if listens else _ONLY_TO_OTHERS
        return BROKEN, phrase(template, listened=listens, senders=senders)
    if len(matched) == len(case.rows):
        return OK, phrase(_LISTENS if listens else _LISTENED, listened=listens)
    if listens:
        return OK, counted(
            "in {number} of {n} send; it listens to {listened}",
            "in {number} of {n} sends; it listens to {listened}",
            len(case.rows),
            number=len(matched),
            listened=listens,
        )
    return OK, counted(
        "in {number} of {n} send, from {senders}",
        "in {number} of {n} sends, from {senders}",
        len(case.rows),
        number=len(matched),
        senders=listed(map(sender_label_of, matched)),
    )


_ONLY_TO = phrase("it listens only to {listened}; sent from {senders}")
_ONLY_TO_OTHERS = phrase("it listens only to other senders; sent from {senders}")
_LISTENS = phrase("it listens to {listened}")
_LISTENED = phrase("it listened to the sender")


def _matches(case: Case, sent: ExaminedSend, row: ReceiverOutcomes) -> bool:
    if row.is_meant:
        return True
    connections = () if case.view is None else case.view.connections
    return sent.is_muted and any(one.any or is_same_sender(one.sender, sent) for one in connections)


def _filters(case: Case) -> str:
    """Return the senders that a receiver listens to, or those that it was connected to."""
    filters: Sequence[Connection | ConnectionChange] = case.view.connections if case.view else ()
    if not filters:
        filters = [one for one in case.changes if one.action == "connected"]
    return listed("ANY" if one.any else label(one.sender) for one in filters)


@_step("not muted")
def _unmuted(case: Case) -> Found:
    muted = sum(sent.is_muted for sent, _ in case.rows)
    if muted == len(case.rows):
        return BROKEN, counted(
            "{signal} was muted in the send",
            "{signal} was muted in each send",
            muted,
            signal=case.signal,
        )
    if not muted:
        return OK, phrase("never muted")
    return OK, counted(
        "muted in {number} of {n} send",
        "muted in {number} of {n} sends",
        len(case.rows),
        number=muted,
    )


@_step("reached")
def _was_reached(case: Case) -> Found:
    called = [row for row in case.reached if row.was_called]
    missed = sum(row.not_reached for row in case.reached)
    if called and not missed:
        return OK, phrase("nothing raised before it")
    if called:
        return OK, counted(
            "in {number} of {n} send",
            "in {number} of {n} sends",
            len(case.reached),
            number=len(called),
        )
    raised = listed(
        f"{row.receiver} ({row.error})" if row.error else row.receiver
        for sent, _ in case.rows
        for row in sent.outcomes
        if row.raised
    )
    return BROKEN, phrase(
        "another receiver raised before it: {receivers}", receivers=raised or phrase("unknown")
    )


@_step("takes the payload", "bare-connect-via", "payload-not-taken", "sender-in-payload")
def _takes_payload(case: Case) -> Found:
    rows = [row for row in case.reached if row.was_called]
    errors = [error for row in rows if (error := signature_error(case.subject.name, row))]
    keys = listed(key for sent in case.sends for key in sent.payload_keys)
    if errors and len(errors) == len(rows):
        return BROKEN, errors[0], phrase("sent: {keys}", keys=keys or phrase("no keys"))
    if all(row.yielded for row in rows):
        return OK, phrase("not known: the code that called receivers_for passes the arguments")
    return OK, keys or phrase("no keys were sent")


@_step("called", "returns-lazy", "coroutine-receiver")
def _called(case: Case) -> Found:
    rows = [row for row in case.reached if row.was_called]
    raised, returned = sum(row.raised for row in rows), sum(row.returned for row in rows)
    if case.is_asked:
        return OK, phrase("it would be called")
    errors = [f"{row.error}" for row in rows if row.error is not None]
    calls = sum(row.raised + row.returned + row.ended for row in rows)
    times = counted("{n} time", "{n} times", calls)
    if case.namesakes > 1 and calls > len(rows):
        times = phrase(
            "{times}, which counts all {number} receivers of this name",
            times=times,
            number=case.namesakes,
        )
    yielded = sum(row.yielded for row in rows)
    if yielded:
        by_hand = counted(
            "receivers_for yielded it {n} time to code that calls it by hand",
            "receivers_for yielded it {n} times to code that calls it by hand",
            yielded,
        )
        if yielded == len(rows):
            return OK, by_hand
        return OK, phrase("{times}; {by_hand}", times=times, by_hand=by_hand)
    if raised and not returned:
        error = errors[-1] if errors else phrase("each time")
        return OK, phrase("{times}, and raised {error}", times=times, error=error)
    if not errors:
        return OK, times
    return OK, phrase(
        "{times}, and raised in {number}: {error}", times=times, number=raised, error=errors[-1]
    )
