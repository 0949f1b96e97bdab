"""Send a live signal once, and return what each receiver did.

blinker does the dispatch. While a :class:`RecordedSignal` is open, the signal's ``receivers_for`` passes on
what blinker's yields and records when each receiver is called and when it ends. The receivers are called
as they are, unless the send goes on after errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from threading import local
from time import perf_counter
from types import CoroutineType
from typing import Any

from signalcli.language.phrases import phrase
from signalcli.sending.reasons import DISCONNECTED, NOT_ASKED_FOR
from signalcli.sending.rows import Observer, Plan, plan_send, shown_message
from signalcli.signals.internals import LiveSignal, is_muted
from signalcli.signals.receivers import Receiver
from signalcli.signals.reflection import is_a
from signalcli.signals.send import (
    CaughtError,
    ReceiversFor,
    catching,
    has_own_send,
    keeps_results,
    knows_coroutines,
    replaced_receivers_for,
    send,
    stopped_at,
)
from signalcli.streams import Capture
from signalcli.values.delivery import Call, Delivery, Message, SendOptions

RESULTS_UNKNOWN = phrase(
    "{signal} has its own send, which does not return a result per receiver, so the results are unknown."
)
"""The note on a signal whose own ``send`` doesn't return one result per receiver."""
CALLS_UNKNOWN = phrase(
    "{signal} has its own send, which did not call receivers_for, so which receivers it called is unknown."
)
RESULTS_LOST = phrase(
    "This version of blinker loses the results before an exception, so they are unknown."
)
"""The note on receivers that returned before another raised, with blinker before 1.6."""


class _ThreadPlan(local):
    """The plan that the next dispatch of this thread fills in; ``None`` for a send within a send."""

    plan: Plan | None = None


_THREAD_PLAN = _ThreadPlan()


class RecordedSignal:
    """A signal whose sends are recorded receiver by receiver, while the block lasts."""

    def __init__(self, live: LiveSignal, capture: Capture, options: SendOptions) -> None:
        self.live = live
        self.capture = capture
        self.options = options
        self.error: BaseException | None = None
        """The receiver's exception that ended the last send, if one did."""
        self._observer = Observer(live.receivers, capture)
        self._has_own_send = has_own_send(live.signal, options)
        self._knows_coroutines = knows_coroutines(live.signal)
        self._replaced: AbstractContextManager[None] = replaced_receivers_for(
            live.signal, self._recording
        )

    def __enter__(self) -> None:
        self._replaced.__enter__()

    def __exit__(self, *error: object) -> None:
        self._replaced.__exit__(None, None, None)

    def deliver(self, message: Message) -> Delivery:
        """Send the signal. A receiver's exception is part of the result, unless it is KeyboardInterrupt."""
        signal = self.live.signal
        plan = plan_send(self._observer, self.live, message.sender)
        muted = is_muted(signal)
        sender, payload = shown_message(self.live.receivers, message)  # as they are now
        self.error, ended = None, 0.0
        outer, _THREAD_PLAN.plan = _THREAD_PLAN.plan, plan
        try:
            results = send(signal, message)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if not plan.reached or plan.reached[-1].outcome == "returned":
                raise  # the signal's own send raised, not a receiver
            ended = perf_counter()
            results, _ = stopped_at(error, signal)
            self.error = error
        finally:
            _THREAD_PLAN.plan = outer

        values, notes = self._values(results, plan)
        for row, value in zip(plan.reached, values, strict=False):
            if type(value) is CaughtError:
                plan.note_error(row, value.error, value.receiver)
            else:
                row.value = value
        if self.error is not None:
            if len(plan.reached) > 1 and not keeps_results(signal):
                notes += (RESULTS_LOST,)
            plan.fail(self.error, ended)
        calls = plan.calls()
        if self.error is None:
            notes += _went_on(calls)
        notes += tuple(_never_awaited(calls))
        shown = self.live.receivers.shown_value
        calls = tuple(call._replace(value=shown(call.value)) for call in calls)
        return Delivery(self.live.name, sender, payload, muted, calls, self.options, notes)

    def _recording(self, receivers_for: ReceiversFor) -> ReceiversFor:
        knows = self._knows_coroutines
        catch = partial(catching, options=self.options, knows_coroutines=knows)
        wrap = catch if self.options.on_error == "continue" else None

        def recorded(sender: object) -> Iterator[Receiver]:
            plan, _THREAD_PLAN.plan = _THREAD_PLAN.plan, None
            found = receivers_for(sender)
            return found if plan is None else plan.record(found, wrap)

        return recorded

    def _values(self, results: Any, plan: Plan) -> tuple[list[object], tuple[str, ...]]:
        """Return what each receiver returned, and a note if the signal's own ``send`` hides it."""
        if not self._has_own_send:
            return [value for _, value in results], ()
        for row in plan.rows.values():
            if row.if_missed == DISCONNECTED:
                row.if_missed = NOT_ASKED_FOR
        returned = plan.reached if self.error is None else plan.reached[:-1]
        found: list[Any] = results if is_a(results, list) else []
        pairs = all(is_a(pair, tuple) and len(pair) == 2 for pair in found)
        if is_a(results, list) and pairs and len(found) == len(returned):
            return [value for _, value in found], ()
        note = RESULTS_UNKNOWN if plan.reached else CALLS_UNKNOWN
        return [None] * len(returned), (phrase(note, signal=self.live.name),)


def deliver(
    live: LiveSignal, message: Message, capture: Capture
) -> tuple[Delivery, BaseException | None]:
    """Send a signal once. Return what each receiver did, and the exception that ended the send."""
    recorded = RecordedSignal(live, capture, message.options)
    with recorded:
        return recorded.deliver(message), recorded.error


def _went_on(calls: tuple[Call, ...]) -> tuple[str, ...]:
    """Return the note on where blinker's own send would have stopped, if errors were caught."""
    for call in calls:
        if call.outcome == "raised":
            note = phrase(
                "{receiver} raised: blinker's own send stops there, and loses the results before it. "
                "Here it went on.",
                receiver=call.receiver,
            )
            return (note,)
    return ()


def _never_awaited(calls: tuple[Call, ...]) -> Iterator[str]:
    """Close each coroutine among the results, and yield a note that nothing awaits it."""
    for call in calls:
        if type(call.value) is CoroutineType:
            call.value.close()
            yield phrase(
                "{receiver} returned a coroutine that is never awaited: blinker does not recognise "
                "it as a coroutine function.",
                receiver=call.receiver,
            )
