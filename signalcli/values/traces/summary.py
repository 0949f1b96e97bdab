"""A summary of traces: how often each receiver was called, and how long its calls took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from signalcli.errors import ExitStatus
from signalcli.language.phrases import phrase
from signalcli.values.result import Result, fields_to_json
from signalcli.values.trace import REACHED
from signalcli.values.traces.choice import ALL, Choice

if TYPE_CHECKING:
    from signalcli.values.trace import Event, Trace


class ReceiverSummary(NamedTuple):
    """The calls of one receiver by one signal.

    Times are in seconds, and include what the receiver sent in turn. Calls that had not ended count as calls,
    but not in the times.
    """

    signal: str
    receiver: str | None
    """``None`` for a signal that has no receiver in any send."""
    sends: int
    """The number of sends of the signal."""
    calls: int
    errors: int
    """The number of calls that raised."""
    total: float
    median: float | None
    """``None`` without a call that ended."""
    p95: float | None
    """The 95th percentile: the least duration that at least 95 of 100 calls don't exceed."""


class TraceSummary(NamedTuple):
    """A summary of one or several traces."""

    traces: tuple[Trace, ...]
    receivers: tuple[ReceiverSummary, ...]
    """By their total times, the longest first."""
    counted: int
    """The number of sends that were chosen."""
    is_read: bool = False
    """Whether the traces were read from files. Then the exit status isn't theirs."""

    @classmethod
    def of(
        cls, traces: Sequence[Trace], choice: Choice = ALL, *, is_read: bool = False
    ) -> TraceSummary:
        """Summarize the chosen sends of traces, without those around them."""
        events = [event for trace in traces for event in choice.matching(trace.events)]
        return cls(tuple(traces), tuple(_receivers(events)), len(events), is_read)

    @property
    def sends(self) -> int:
        """The number of all sends."""
        return sum(len(trace.events) + trace.left_out for trace in self.traces)

    def result(self) -> Result:
        results = [trace.result() for trace in self.traces]
        notes = tuple(note for result in results for note in result.notes)
        if self.counted < self.sends:
            notes += (
                phrase("Counted: {n:,} of {sends:,} sends.", n=self.counted, sends=self.sends),
            )
        status = ExitStatus.DONE if self.is_read else max(result.status for result in results)
        return Result(self, notes=notes, status=status, wraps=True, saved=self.traces)

    def to_json(self) -> dict[str, Any]:
        rows = [fields_to_json(receiver) for receiver in self.receivers]
        return {"summary": rows, "sends": self.counted, "left_out": self.sends - self.counted}


def _receivers(events: Iterable[Event]) -> list[ReceiverSummary]:
    sends: dict[str, int] = {}
    outcomes: dict[tuple[str, str], list[str]] = {}
    seconds: dict[tuple[str, str], list[float]] = {}
    for event in events:
        sends[event.signal] = sends.get(event.signal, 0) + 1
        for call in event.calls:
            key = event.signal, call.receiver
            outcomes.setdefault(key, []).append(call.outcome)
            if call.outcome in ("returned", "raised"):
                seconds.setdefault(key, []).append(call.seconds)
    found = [
        _receiver(signal, receiver, sends[signal], of_receiver, seconds.get((signal, receiver), []))
        for (signal, receiver), of_receiver in outcomes.items()
    ]
    heard = {signal for signal, _ in outcomes}
    found += [_receiver(signal, None, sends[signal], [], []) for signal in sends.keys() - heard]
    return sorted(found, key=lambda one: (-one.total, one.signal, one.receiver or ""))


def _receiver(
    signal: str, receiver: str | None, sends: int, outcomes: list[str], seconds: list[float]
) -> ReceiverSummary:
    from math import ceil, fsum
    from statistics import median

    ordered = sorted(seconds)
    return ReceiverSummary(
        signal,
        receiver,
        sends,
        sum(outcome in REACHED for outcome in outcomes),
        outcomes.count("raised"),
        round(fsum(ordered), 9),
        round(median(ordered), 9) if ordered else None,
        ordered[ceil(len(ordered) * 0.95) - 1] if ordered else None,
    )
