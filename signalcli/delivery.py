"""One send on a live signal, told receiver by receiver.

blinker does the dispatch. What is added is a signal's own ``receivers_for``, for the time of one
send: a generator that passes on what blinker's yields, and so learns when each receiver is called
and when it came back. The receivers themselves are not touched.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from types import FrameType
from typing import Any, cast

from blinker import Signal
from blinker._utilities import make_id

from signalcli.bookkeeping import NameOf, live_receivers
from signalcli.capture import Capture
from signalcli.functions import Receiver, place, place_of
from signalcli.model import Call, Delivery, RaisedError
from signalcli.reasons import why_called, why_skipped

Results = list[tuple[Receiver, Any]]


class _Reached:
    """A receiver that the dispatch came to."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.output = ""
        self.started = perf_counter()
        self.seconds = 0.0

    def came_back(self, output: str) -> None:
        self.seconds = round(perf_counter() - self.started, 9)
        self.output = output


def deliver(
    name: str,
    signal: Signal,
    name_of: NameOf,
    sender: object,
    payload: Mapping[str, object],
    capture: Capture,
) -> Delivery:
    """Send ``signal`` with blinker, and say what happened to every receiver.

    What a receiver raises is part of the answer, ``SystemExit`` included; only ``KeyboardInterrupt``
    passes.

    :param capture: the standard output in place, to tell what each receiver printed.
    """
    muted = signal.is_muted
    receivers = {id_: receiver for id_, receiver, _ in live_receivers(signal)}
    expected = set() if muted else {make_id(receiver) for receiver in signal.receivers_for(sender)}
    reasons = {id_: _reason(signal, id_, sender, muted, id_ in expected) for id_ in receivers}

    log: list[_Reached] = []
    error: BaseException | None = None
    with _dispatch_logged(signal, log, capture):
        try:
            results: Results = signal.send(sender, **cast("dict[str, Any]", payload))
        except (Exception, SystemExit) as raised:
            error = raised
            results = _lost_results(raised, signal)
            if len(log) == len(results):
                raise  # it came out of blinker, not out of a receiver
            log[-1].came_back(capture.take())

    calls = [
        _returned(reached, name_of, reasons, value)
        for reached, (_, value) in zip(log, results, strict=False)
    ]
    if error is not None:
        calls.append(_raised(log[-1], name_of, reasons, error))
    for reached in log:
        receivers.pop(make_id(reached.receiver), None)
    for receiver_id, receiver in receivers.items():
        outcome, reason = "skipped", reasons[receiver_id]
        if receiver_id in expected and error is not None:
            outcome, reason = "not_reached", f"{name_of(log[-1].receiver)} raised before it"
        elif receiver_id in expected:
            reason = "was disconnected during this send"
        calls.append(Call(name_of(receiver), outcome, reason))
    return Delivery(name, sender, dict(payload), muted, tuple(calls))


def _reason(
    signal: Signal, receiver_id: Hashable, sender: object, muted: bool, expected: bool
) -> str:
    if muted:
        return "signal is muted"
    if expected:
        return why_called(signal, receiver_id, sender)
    return why_skipped(signal, receiver_id, sender)


def _returned(
    reached: _Reached, name_of: NameOf, reasons: Mapping[Hashable, str], value: object
) -> Call:
    return Call(
        receiver=name_of(reached.receiver),
        outcome="returned",
        reason=reasons[make_id(reached.receiver)],
        value=value,
        output=reached.output,
        seconds=reached.seconds,
    )


def _raised(
    reached: _Reached, name_of: NameOf, reasons: Mapping[Hashable, str], error: BaseException
) -> Call:
    return Call(
        receiver=name_of(reached.receiver),
        outcome="raised",
        reason=reasons[make_id(reached.receiver)],
        error=RaisedError(type(error).__name__, _message(error), _origin(error, reached.receiver)),
        output=reached.output,
        seconds=reached.seconds,
    )


@contextmanager
def _dispatch_logged(signal: Signal, log: list[_Reached], capture: Capture) -> Iterator[None]:
    """Log the receivers that the next send of ``signal`` comes to, but not those of a send within."""
    receivers_for = signal.receivers_for

    def logged(sender: object) -> Iterator[Receiver]:
        for receiver in receivers_for(sender):
            reached = _Reached(receiver)
            log.append(reached)
            yield receiver
            reached.came_back(capture.take())

    def logged_once(sender: object) -> Iterator[Receiver]:
        del vars(signal)["receivers_for"]
        return logged(sender)

    vars(signal)["receivers_for"] = logged_once
    try:
        yield
    finally:
        vars(signal).pop("receivers_for", None)


def _frames(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    traceback = error.__traceback__
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


def _lost_results(error: BaseException, signal: Signal) -> Results:
    """The results before the exception. blinker loses them, but the frame it left has them."""
    for frame, _ in _frames(error):
        if frame.f_code is Signal.send.__code__ and frame.f_locals["self"] is signal:
            results: Results = frame.f_locals["results"]
            return results
    return []


def _origin(error: BaseException, receiver: Receiver) -> str | None:
    """Where an exception came from: the definition of a receiver that wasn't even entered."""
    frame, line = list(_frames(error))[-1]
    if frame.f_code is Signal.send.__code__:
        return place_of(receiver)
    return place(frame.f_code.co_filename, line)


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as broken:  # noqa: BLE001 - an exception's own __str__ may raise anything
        return f"<no message: its __str__ raises {type(broken).__name__}>"
