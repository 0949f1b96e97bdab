"""The rule about signals that have receivers and were never sent."""

from __future__ import annotations

from collections.abc import Iterator

from signalcli.doctor.absence.send_conditions import condition_of, obstacle_of
from signalcli.doctor.absence.unheard_rules import look_alike_signals
from signalcli.doctor.evidence import Evidence
from signalcli.doctor.findings import WARNING, Problem, rule
from signalcli.language.phrases import counted, phrase
from signalcli.values.inspection import ReceiverView, SignalView

_MOST = 5
"""Signals of which nothing more is known, each with a finding of its own. More of them share one."""


def _no_trace(evidence: Evidence) -> str | None:
    if evidence.is_session:
        return phrase("A session has no code that sends its signals.")
    if not evidence.sends.is_trace:
        return evidence.sends.missing
    is_own = any(_own_receivers(signal, evidence) for signal in evidence.signals)
    return None if is_own else phrase("No receiver of the application's own code is connected now.")


def _unsent(evidence: Evidence) -> Iterator[tuple[SignalView, list[ReceiverView]]]:
    """Yield the signals that were not sent, each with its receivers of the application's own code."""
    for signal in evidence.signals:
        receivers = _own_receivers(signal, evidence)
        if receivers and not evidence.sends_of(signal.signal):
            yield signal, receivers


def _own_receivers(signal: SignalView, evidence: Evidence) -> list[ReceiverView]:
    return [one for one in signal.receivers if evidence.package_of(one) is None]


@rule(
    "never-sent",
    level=WARNING,
    what=phrase("A signal has a receiver and was not sent in all that was seen."),
    why=phrase(
        "The rule knows the requests and programs that were traced, and no others. Libraries send some "
        "signals only under a condition: Flask doesn't send got_request_exception if an error handler handles "
        "the exception, Flask-SQLAlchemy sends models_committed only if SQLALCHEMY_TRACK_MODIFICATIONS is on, "
        "and mongoengine sends no signal for update(). Receivers in installed packages are left out."
    ),
    bad="@got_request_exception.connect_via(app)\ndef report(sender, exception, **payload): ...\n\n"
    "@app.errorhandler(Exception)  # handles all of them\ndef failed(error):\n"
    '    return "Sorry", 500',
    good="@got_request_exception.connect_via(app)\ndef report(sender, exception, **payload): ...\n\n"
    "@app.errorhandler(500)  # Flask sends the signal before it calls this\n"
    'def failed(error):\n    return "Sorry", 500',
    remedy=phrase("Trace what sends it, with --request or --run; if that is all, send it."),
    missing=_no_trace,
)
def never_sent(evidence: Evidence) -> Iterator[Problem]:
    explained = {problem.signal for problem in look_alike_signals.find(evidence)}
    plain = []
    for signal, receivers in _unsent(evidence):
        receiver, more = receivers[0], len(receivers) - 1
        name, condition = signal.signal, condition_of(signal)
        who = {"receiver": receiver.receiver, "signal": name, "amount": evidence.sends.amount}
        if more:
            never = counted(
                "{receiver} and {n} more receiver listen to {signal}, which was not sent in {amount}",
                "{receiver} and {n} more receivers listen to {signal}, which was not sent in {amount}",
                more,
                **who,
            )
        else:
            never = phrase("{receiver} listens to {signal}, which was not sent in {amount}", **who)
        sentence = phrase("{clause}.", clause=never)
        problem = Problem(name, sentence, receiver.receiver, receiver.where)
        if condition is None:
            plain += [(never, problem)] if name not in explained else []
            continue
        known = {"never": never, "condition": condition.when}
        obstacle = obstacle_of(condition, evidence.details)
        if obstacle is not None:
            clause = obstacle.clause
            message = phrase("{never}: {condition}, and {obstacle}.", obstacle=clause, **known)
            yield problem._replace(message=message, remedy=obstacle.remedy)
        elif condition.is_usual:
            yield problem._replace(message=phrase("{never}: {condition}.", **known))
    if len(plain) <= _MOST:
        yield from (problem for _, problem in plain)
        return
    never, problem = plain[0]
    message = phrase(
        "{never}, and neither were {number} other signals with receivers.",
        never=never,
        number=len(plain) - 1,
    )
    yield problem._replace(message=message)


def notes_on_unsent(evidence: Evidence) -> dict[str, str]:
    """Return notes on the signals that libraries send only in some cases, which weren't met, by the signal."""
    if not evidence.sends.is_trace:
        return {}
    conditions = {signal.signal: condition_of(signal) for signal, _ in _unsent(evidence)}
    return {
        name: phrase(
            "{signal} has receivers and was not sent in {amount}: {condition}.",
            signal=name,
            amount=evidence.sends.amount,
            condition=condition.when,
        )
        for name, condition in conditions.items()
        if condition and not condition.is_usual and obstacle_of(condition, evidence.details) is None
    }
