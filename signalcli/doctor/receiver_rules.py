"""Rules about what receivers do with what they are sent."""

from __future__ import annotations

from collections.abc import Iterator

from signalcli.doctor.absent import judged_by_calls, refusal_of
from signalcli.doctor.evidence import Evidence, Heard, Sent, no_sends
from signalcli.doctor.findings import Finding, Rule
from signalcli.doctor.places import is_of_python
from signalcli.values.delivery import RaisedError
from signalcli.values.inspection import ReceiverView, SignalView

_REFUSED = "Cannot send to a coroutine function."
"""What blinker raises for a coroutine function in a plain send."""
_NOT_AWAITED = ("<coroutine object ", "<async_generator object ")
"""How the ``repr`` of what nobody awaited begins."""


def _coroutines(evidence: Evidence) -> Iterator[Finding]:
    for signal, receiver, sends in judged_by_calls(evidence):
        rows = [sent.of(receiver.receiver) for sent in sends if sent.is_plain]
        if is_refused(receiver, rows):
            yield _finding(
                COROUTINE_RECEIVER,
                signal,
                receiver,
                f"{receiver.receiver} is a coroutine function, and {signal.signal} is sent by send, "
                f"where blinker raises RuntimeError for it.",
                "Send with send_async, or give send an _async_wrapper; in a session, send --async "
                "or --wrap.",
            )
        elif _is_taken_for_plain(receiver) and any(
            str(row.value).startswith(_NOT_AWAITED) for row in rows
        ):
            yield _finding(
                COROUTINE_RECEIVER,
                signal,
                receiver,
                f"{receiver.receiver} gives send a coroutine, which {signal.signal} doesn't await: "
                f"it isn't recognised as a coroutine function, and its body doesn't run.",
                "Connect the coroutine function itself and send with send_async, or let it run the "
                "coroutine.",
            )


def _is_taken_for_plain(receiver: ReceiverView) -> bool:
    """Whether it is one that blinker takes for plain though it isn't.

    A plain function that returns a coroutine may well be meant to: whoever sends awaits the results.
    """
    return receiver.in_program is None or receiver.in_program.calls != "plain"


def is_refused(receiver: ReceiverView, plain: list[Heard]) -> bool:
    """Whether blinker refuses a receiver as a coroutine function in plain sends.

    One that is never reached would be, unless it was called with a wrapper.
    """
    if any(row.error is not None and row.error.message == _REFUSED for row in plain):
        return receiver.is_async is not False
    was_called = any(row.was_called for row in plain)
    return bool(receiver.is_async) and not was_called and any(row.not_reached for row in plain)


COROUTINE_RECEIVER = Rule(
    "coroutine-receiver",
    "A coroutine receiver listens to a signal that is sent plainly.",
    "send can't await. It raises RuntimeError for a coroutine function, and those after it aren't "
    "called. An object with an async __call__, or a plain function that wraps a coroutine function, "
    "isn't recognised: it is called, and the coroutine that it returns is thrown away, unless "
    "whoever sends awaits the results.",
    "async def on_king(sender, **payload): ...\n\nking.connect(on_king)\nking.send(app)",
    "await king.send_async(app)",
    no_sends,
    _coroutines,
)


def _not_taken(evidence: Evidence) -> Iterator[Finding]:
    for signal, receiver, sends in judged_by_calls(evidence):
        error = _refusal(evidence, signal, receiver, sends)
        if error is not None:
            yield _finding(
                PAYLOAD_NOT_TAKEN,
                signal,
                receiver,
                f"{receiver.receiver} can't take what {signal.signal} is sent: {error}.",
                "Declare it as def receiver(sender, /, **payload), with a default for whatever else "
                "it names.",
            )


def _refusal(
    evidence: Evidence, signal: SignalView, receiver: ReceiverView, sends: tuple[Sent, ...]
) -> str | None:
    """What Python raises for a payload that a receiver was sent, and can't take to this day.

    Of one that isn't here, it's what Python raised.
    """
    if receiver not in signal.receivers:
        rows = (sent.of(receiver.receiver) for sent in sends)
        return next(filter(None, (refusal_of(receiver.receiver, row) for row in rows)), None)
    tried = (sent.payload_keys for sent in sends if _may_be_refused(sent.of(receiver.receiver)))
    for keys in dict.fromkeys(tried):
        error = evidence.unable(signal.signal, keys).get(receiver.receiver)
        if error is not None:
            return error
    return None


def _may_be_refused(row: Heard) -> bool:
    """Whether it raised what a signature raises, or would have. Of a run, that isn't known."""
    is_its_error = row.error is None or row.error.type == "TypeError"
    return bool(row.not_reached or (row.raised and is_its_error))


PAYLOAD_NOT_TAKEN = Rule(
    "payload-not-taken",
    "A receiver can't take the payload that it is sent.",
    "send calls every receiver as receiver(sender, **payload). One without **payload raises "
    "TypeError for a key that it doesn't name, one that names a key raises when that isn't sent, "
    "and a first parameter called sender clashes with a payload key of that name.",
    "def on_paid(sender, amount): ...\n\npaid.connect(on_paid)\npaid.send(shop, amount=3, by=user)",
    "def on_paid(sender, /, amount=0, **payload): ...",
    no_sends,
    _not_taken,
)


def _always_raises(evidence: Evidence) -> Iterator[Finding]:
    told = {
        (finding.signal, finding.receiver)
        for check in (_coroutines, _not_taken)
        for finding in check(evidence)
    }
    for signal, receiver, sends in judged_by_calls(evidence):
        rows = [sent.of(receiver.receiver) for sent in sends]
        raised = sum(row.raised for row in rows)
        if not raised or any(row.returned for row in rows):
            continue
        if (signal.signal, receiver.receiver) in told:
            continue
        errors = [row.error for row in rows if row.error is not None]
        times = "the only send" if raised == 1 else f"each of the {raised} sends"
        called = "called it and didn't end it" if any(row.ended for row in rows) else "called it"
        last = ": " if raised == 1 else ", the last time "
        what = f"{last}{errors[-1]}" if errors else ""
        yield Finding(
            ALWAYS_RAISES.name,
            signal.signal,
            receiver.receiver,
            _place_of(errors, receiver),
            f"{receiver.receiver} raised in {times} of {signal.signal} that {called}{what.rstrip('.')}.",
            "Mend it, or disconnect it: its exception ends the send, and those after it aren't "
            "called.",
        )


def _place_of(errors: list[RaisedError], receiver: ReceiverView) -> str | None:
    """Where the last error came from, as far as it's to be mended there; else where it stands."""
    places = (error.where for error in reversed(errors))
    return next((where for where in places if where and not is_of_python(where)), receiver.where)


ALWAYS_RAISES = Rule(
    "always-raises",
    "A receiver raised in every send that called it. One send is enough.",
    "The first exception ends blinker's send: the receivers after it aren't called, and the caller "
    "gets the exception in the place of the results before it.",
    "@paid.connect\ndef on_paid(sender, **payload):\n    mail(payload['user'])  # paid sends no user",
    "@paid.connect\ndef on_paid(sender, user=None, **payload):\n    if user is not None:\n"
    "        mail(user)",
    no_sends,
    _always_raises,
)


def _finding(
    rule: Rule, signal: SignalView, receiver: ReceiverView, message: str, remedy: str
) -> Finding:
    return Finding(rule.name, signal.signal, receiver.receiver, receiver.where, message, remedy)
