"""Rules about what receivers do when a send calls them."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from http import HTTPStatus

from signalcli.doctor.connecting.connect_rules import bare_connect_via
from signalcli.doctor.evidence import Evidence, no_heard_sends, receivers_with_sends
from signalcli.doctor.findings import WARNING, Problem, problem_of, rule
from signalcli.doctor.past_sends import ReceiverOutcomes
from signalcli.doctor.payload_rules import level_of_temporary, payload_not_taken, sender_in_payload
from signalcli.language.phrases import phrase
from signalcli.signals.tracebacks import is_stdlib, shorten_message
from signalcli.values.delivery import RaisedError
from signalcli.values.inspection import ReceiverView
from signalcli.values.trace import DROPPED

_REFUSED = "Cannot send to a coroutine function."
"""The message of blinker's RuntimeError for a coroutine function in a plain send."""
_REFUSED_PLAIN = "Cannot send to a non-coroutine function."
"""The message of blinker's RuntimeError for another receiver in ``send_async``."""
_NOT_AWAITED = "<coroutine object "
"""How a result begins that was not awaited."""
_LAZY = {
    "generator": phrase(
        "{receiver} is a generator function: it returned {value} to a send of {signal} that doesn't use its "
        "results, so its body never ran."
    ),
    "async generator": phrase(
        "{receiver} is an async generator function: it returned {value} to a send of {signal} that doesn't "
        "use its results, so its body never ran."
    ),
}
"""What to say of receivers that return generators, by what a call makes."""
_NOT_RUN = phrase(
    "{receiver} doesn't run its work itself: it returned {value} to a send of {signal} that doesn't use its "
    "results, so its body never ran."
)
_HTTP_ERRORS = {
    name.replace("_", "").lower()
    for name, status in HTTPStatus.__members__.items()
    if status >= HTTPStatus.BAD_REQUEST
}
"""The names of exceptions for HTTP errors, such as ``NotFound``, in lower case."""


@rule(
    "coroutine-receiver",
    what=phrase(
        "A coroutine receiver listens to a signal that is sent with send, or a plain one to one that is "
        "sent with send_async."
    ),
    why=phrase(
        "send can't await. It raises RuntimeError for a coroutine function, and the receivers after "
        "it are not called; so does send_async for a plain function. blinker doesn't recognise an object with an async __call__, or a plain "
        "function that wraps a coroutine function: it calls them, and the coroutine that they return "
        "never runs, unless the sender awaits the results."
    ),
    bad="async def on_king(sender, **payload): ...\n\nking.connect(on_king)\nking.send(app)",
    good="await king.send_async(app)",
    remedy=phrase(
        "Send with send_async, or pass send an _async_wrapper; in a session, send --async or "
        "--wrap."
    ),
    missing=no_heard_sends,
)
def coroutine_receiver(evidence: Evidence) -> Iterator[Problem]:
    for signal, receiver, sends in receivers_with_sends(evidence):
        name = receiver.receiver
        rows = [sent.outcomes_of(name) for sent in sends if sent.is_plain]
        awaited = [sent.outcomes_of(name).error for sent in sends if not sent.is_plain]
        # a plain function that returns a coroutine may do so on purpose: the sender awaits the results
        is_plain = receiver.in_program is not None and receiver.in_program.calls == "plain"
        remedy = None
        if _is_refused(receiver, rows):
            template = phrase(
                "{receiver} is a coroutine function, but {signal} is sent with send, which raises "
                "RuntimeError for it."
            )
        elif any(error is not None and error.message == _REFUSED_PLAIN for error in awaited):
            template = phrase(
                "{receiver} is no coroutine function, but {signal} is sent with send_async, which raises "
                "RuntimeError for it."
            )
            remedy = phrase("Declare it with async def, or pass send_async a _sync_wrapper.")
        elif not is_plain and any(_is_unawaited(row.value, evidence) for row in rows):
            template = phrase(
                "{receiver} returns a coroutine that the send of {signal} doesn't await: blinker doesn't "
                "recognise it as a coroutine function, so its body never runs."
            )
            remedy = phrase(
                "Connect the coroutine function itself and send with send_async, or run the "
                "coroutine in the receiver."
            )
        else:
            continue
        level = level_of_temporary(evidence, signal, receiver)
        yield problem_of(signal, receiver, template, remedy=remedy, level=level)


@rule(
    "returns-lazy",
    what=phrase("A receiver returns a generator or a coroutine, and its body never runs."),
    why=phrase(
        "A call of a generator function only makes a generator: nothing of its body runs before "
        "something iterates over it. It is the same with the coroutine that a plain function returns, until it "
        "is awaited. send puts them into its results, which most code doesn't use."
    ),
    bad="@paid.connect\ndef receipts(sender, **payload):\n    print('receipt')\n    yield 1\n\n"
    "paid.send(app)",
    good="@paid.connect\ndef receipts(sender, **payload):\n    print('receipt')\n    return [1]\n\n"
    "paid.send(app)",
    remedy=phrase("Do the work in the receiver and return the result, or use the results of send."),
    missing=no_heard_sends,
    unless=(coroutine_receiver,),
)
def returns_lazy(evidence: Evidence) -> Iterator[Problem]:
    for signal, receiver, sends in receivers_with_sends(evidence):
        name = receiver.receiver
        values = [str(row.value) for sent in sends if (row := sent.outcomes_of(name)).returned]
        dropped = [value for value in values if value.endswith(DROPPED)]
        if dropped:
            calls = "" if receiver.in_program is None else receiver.in_program.calls
            template, value = _LAZY.get(calls, _NOT_RUN), dropped[0].removesuffix(DROPPED)
            is_all = len(dropped) == len(values)
            level = level_of_temporary(evidence, signal, receiver) if is_all else WARNING
            yield problem_of(signal, receiver, template, level=level, value=value)


def _is_unawaited(value: object, evidence: Evidence) -> bool:
    """Return whether a result is a coroutine that nothing awaits. The sender may await one that it doesn't drop."""
    text = str(value)
    is_dropped = text.endswith(DROPPED) or not evidence.sends.is_trace
    return text.startswith(_NOT_AWAITED) and is_dropped


def _is_refused(receiver: ReceiverView, plain: list[ReceiverOutcomes]) -> bool:
    """Return whether blinker refuses a receiver as a coroutine function in plain sends.

    One that was never reached counts, unless a send with a wrapper called it.
    """
    if any(row.error is not None and row.error.message == _REFUSED for row in plain):
        return receiver.is_async is not False
    was_called = any(row.was_called for row in plain)
    return bool(receiver.is_async) and not was_called and any(row.not_reached for row in plain)


@rule(
    "always-raises",
    what=phrase(
        "A receiver raised in every send that called it. An HTTP error, such as that of abort(403), is a "
        "warning; after one send, so is another exception of the application's own."
    ),
    why=phrase(
        "The first exception ends blinker's send: the receivers after it are not called, and the "
        "caller gets the exception instead of the results so far."
    ),
    bad="@paid.connect\ndef on_paid(sender, **payload):\n"
    "    mail(payload['user'])  # paid sends no user",
    good="@paid.connect\ndef on_paid(sender, user=None, **payload):\n    if user is not None:\n"
    "        mail(user)",
    remedy=phrase(
        "Fix it or disconnect it: its exception ends the send, so the receivers after it are not "
        "called."
    ),
    missing=no_heard_sends,
    unless=(coroutine_receiver, sender_in_payload, payload_not_taken, bare_connect_via),
)
def always_raises(evidence: Evidence) -> Iterator[Problem]:
    for signal, receiver, sends in receivers_with_sends(evidence):
        rows = [sent.outcomes_of(receiver.receiver) for sent in sends]
        raised = sum(row.raised for row in rows)
        if not raised or any(row.returned for row in rows):
            continue
        errors = [row.error for row in rows if row.error is not None]
        places = [error.where for error in errors if error.where]
        own = [place for place in places if not is_stdlib(place.rpartition(":")[0])]
        is_meant = bool(errors) and all(_is_http_error(error) for error in errors)
        is_meant |= raised == 1 and bool(errors) and _may_be_meant(errors[-1])
        yield problem_of(
            signal,
            receiver,
            _RAISED if not errors else _RAISED_ONCE if raised == 1 else _RAISED_OFTEN,
            where=own[-1] if own else None,
            level=WARNING if is_meant else level_of_temporary(evidence, signal, receiver),
            times=_times_raised(raised, any(row.ended for row in rows)),
            error=shorten_message(str(errors[-1])).rstrip(".") if errors else "",
        )


_RAISED = phrase("{receiver} raised in {times} of {signal} that called it.")
_RAISED_ONCE = phrase("{receiver} raised in {times} of {signal} that called it: {error}.")
_RAISED_OFTEN = phrase(
    "{receiver} raised in {times} of {signal} that called it, the last time {error}."
)


def _times_raised(number: int, was_interrupted: bool) -> str:
    """Return in how many sends a receiver raised, apart from those that an exception ended on purpose."""
    if number == 1:
        return phrase("the only uninterrupted send") if was_interrupted else phrase("the only send")
    if was_interrupted:
        return phrase("each of the {number} uninterrupted sends", number=number)
    return phrase("each of the {number} sends", number=number)


def _is_http_error(error: RaisedError) -> bool:
    """Return whether an exception answers a request with an error, as those of ``abort`` do, by its name."""
    return error.type == "HTTPException" or error.type.lower() in _HTTP_ERRORS


def _may_be_meant(error: RaisedError) -> bool:
    """Return whether a receiver may have raised on purpose, as ``abort(403)`` does.

    The exceptions of Python name mistakes of code, but for those of the system, such as PermissionError.
    """
    kind = getattr(builtins, error.type, None)
    return not isinstance(kind, type) or issubclass(kind, OSError)
