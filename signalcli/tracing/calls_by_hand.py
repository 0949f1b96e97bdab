"""Record receivers that code calls by hand, in a loop over ``receivers_for``, without ``send``.

Some code does so to pass each receiver what the one before returned. The receivers that the loop gets are
known; what it does with them isn't.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from time import perf_counter
from types import GeneratorType, NoneType
from typing import Any

from blinker import Signal

from signalcli.language.phrases import phrase
from signalcli.sending.rows import Plan, plan_send
from signalcli.signals.internals import LiveSignal
from signalcli.signals.receivers import Receiver, try_call
from signalcli.signals.reflection import inherited, is_exactly
from signalcli.signals.tracebacks import PATCH_FILES, is_blinker, is_signalcli
from signalcli.tracing.name_cache import NameCache
from signalcli.tracing.traced_send import TracedSend
from signalcli.values.trace import YIELDED, Event

PATCH_FILES.add(__file__)
NewCalls = Callable[[], "CallsByHand"]

_ENDED = phrase("the loop ended before it")


class CallsByHand:
    """One loop that calls receivers by hand. It may still be running."""

    number = 0
    """See :class:`TracedSend`."""
    passed_on: tuple[tuple[str, str], ...] | None = None

    def __init__(
        self, names: NameCache, signal: Signal, sender: object, parent: TracedSend | None
    ) -> None:
        self.signal = signal
        self.parent = parent
        is_plain = is_exactly(sender, str, int, bool, NoneType)
        self._sender = names.sender_and_label(sender if is_plain else names.name_sender(sender))
        live, empty = LiveSignal("", signal, names.receivers), Plan(names, {})
        self._plan = try_call(lambda: plan_send(names, live, sender, ignores_muting=True), empty)
        self._seconds: float | None = None
        self._started = perf_counter()

    def record(self, receivers: Iterator[Receiver]) -> Iterator[Receiver]:
        """Yield receivers, and record each."""
        try:
            for receiver in receivers:
                row = self._plan.reach(receiver)
                row.outcome, row.started = YIELDED, perf_counter()
                yield receiver
        except GeneratorExit:
            self._plan.stop(_ENDED)
            raise
        finally:
            self._seconds = perf_counter() - self._started

    def update(self, name: str, trace_started: float) -> Event:
        """Return what was yielded until now. See :meth:`TracedSend.update`."""
        sender, label = self._sender
        seconds = perf_counter() - self._started if self._seconds is None else self._seconds
        return Event(
            name,
            0 if self.parent is None else self.parent.depth + 1,
            sender,
            (),
            False,
            self._plan.calls(),
            round(seconds, 9),
            sender_shown=label,
            ended=self._seconds is not None,
            started=round(max(self._started - trace_started, 0.0), 9),
            by_hand=True,
        )


def is_called_by_hand(signal: Signal, method: object, enclosing: TracedSend | None) -> bool:
    """Return whether the application calls a ``receivers_for``, and not a send, a subclass or signalcli.

    :param method: the patched method, which is the caller of this function.
    """
    if inherited(type(signal), "receivers_for") is not method:
        return False  # called by that of a subclass
    if enclosing is not None and enclosing.signal is signal:
        return False  # by its send, or by a receiver that asks for the others
    file = sys._getframe(2).f_code.co_filename
    return not is_signalcli(file) and not is_blinker(file)


def record_by_hand(begin: Callable[[CallsByHand], object], new: NewCalls, found: Any) -> Any:
    """Return what ``receivers_for`` returned, or a generator that records what it yields.

    :param begin: is called when the loop begins.
    """

    def record(receivers: Iterator[Receiver]) -> Iterator[Receiver]:
        calls = new()
        begin(calls)
        yield from calls.record(receivers)

    if type(found) is GeneratorType:
        return record(found)
    if is_exactly(found, list, tuple):  # of a subclass's own method
        for _ in record(iter(found)):
            pass
    return found
