"""The rule about signals that have receivers and were never sent."""

from __future__ import annotations

from collections.abc import Iterator

from signalcli.doctor.absence.send_conditions import condition_of, obstacle_of
from signalcli.doctor.absence.unheard_rules import look_alike_signals
from signalcli.doctor.evidence import Evidence
from signalcli.doctor.findings import Problem, counted, rule
from signalcli.values.inspection import ReceiverView, SignalView

_MOST = 5
"""Signals of which nothing more is known, each with a finding of its own. More of them share one."""


def _no_trace(evidence: Evidence) -> str | None:
    if evidence.details is None:
        return "A session has no code that sends its signals."
    if not evidence.sends.is_trace:
        return evidence.sends.missing
    return None if any(_unsent(evidence)) else _no_receivers(evidence)


def _no_receivers(evidence: Evidence) -> str | None:
    is_own = any(_own_receivers(signal, evidence) for signal in evidence.signals)
    return None if is_own else "No receiver of the application's own code is connected now."


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
    level="warning",
    what="A signal has a receiver and was not sent in all that was seen.",
    why="The rule knows the requests and programs that were traced, and no others. Libraries send some "
    "signals only under a condition: Flask doesn't send got_request_exception if an error handler handles "
    "the exception, Flask-SQLAlchemy sends models_committed only if SQLALCHEMY_TRACK_MODIFICATIONS is on, "
    "and mongoengine sends no signal for update(). Receivers in installed packages are left out.",
    bad="@got_request_exception.connect_via(app)\ndef report(sender, exception, **payload): ...\n\n"
    "@app.errorhandler(Exception)  # handles all of them\ndef failed(error):\n"
    '    return "Sorry", 500',
    good="@got_request_exception.connect_via(app)\ndef report(sender, exception, **payload): ...\n\n"
    "@app.errorhandler(500)  # Flask sends the signal before it calls this\n"
    'def failed(error):\n    return "Sorry", 500',
    remedy="Trace what sends it, with --request or --run; if that is all, send it.",
    missing=_no_trace,
)
def never_sent(evidence: Evidence) -> Iterator[Problem]:
    explained = {problem.signal for problem in look_alike_signals.find(evidence)}
    plain = []
    for signal, receivers in _unsent(evidence):
        receiver, more = receivers[0], len(receivers) - 1
        listen = f"and {counted(more, 'more receiver')} listen" if more else "listens"
        name, condition = signal.signal, condition_of(signal)
        never = (
            f"{receiver.receiver} {listen} to {name}, which was not sent in {evidence.sends.amount}"
        )
        problem = Problem(name, f"{never}.", receiver.receiver, receiver.where)
        if condition is None:
            plain += [problem] if name not in explained else []
            continue
        obstacle = obstacle_of(condition, evidence.details)
        if obstacle is not None:
            message = f"{never}: {condition.when}, and {obstacle.clause}."
            yield problem._replace(message=message, remedy=obstacle.remedy)
        elif condition.is_usual:
            yield problem._replace(message=f"{never}: {condition.when}.")
    if len(plain) > _MOST:
        others = counted(len(plain) - 1, "other signal")
        message = f"{plain[0].message[:-1]}, and neither were {others} with receivers."
        plain = [plain[0]._replace(message=message)]
    yield from plain


def notes_on_unsent(evidence: Evidence) -> dict[str, str]:
    """Return notes on the signals that libraries send only in some cases, which weren't met, by the signal."""
    if not evidence.sends.is_trace:
        return {}
    conditions = {signal.signal: condition_of(signal) for signal, _ in _unsent(evidence)}
    return {
        name: f"{name} has receivers and was not sent in {evidence.sends.amount}: {condition.when}."
        for name, condition in conditions.items()
        if condition and not condition.is_usual and obstacle_of(condition, evidence.details) is None
    }
