"""``python tests/benchmarks/tracing.py``: a send that is traced beside the same send that isn't.

Each pair is of two runs in alternation, in one process, of a signal with one receiver (or ten) that
does nothing. The medians of the ratios are printed. ``--runs`` says how often.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

from blinker import Signal

from signalcli.apps.running.trace import new_recorder

AT_MOST = 3.0
SENDS = 2_000
"""in a run."""


class Shop:
    """A sender that blinker compares by identity."""


class Case(NamedTuple):
    """What is sent."""

    what: str
    sender: object
    payload: dict[str, Any]
    receivers: int = 1


CASES = (
    Case("text as the sender", "大象", {}),
    Case("text, and a payload", "大象", {"item": "banana", "count": 3}),
    Case("an object as the sender", Shop(), {}),
    Case("an object, and a payload", Shop(), {"item": "banana", "count": 3}),
    Case("ten receivers", "大象", {}, 10),
)


def main() -> int:
    """Measure, and print the medians; 1 if a traced send with one receiver takes more than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=101)
    runs = parser.parse_args().runs
    too_slow = False
    print(f"{'a send with':<28} {'plain':>9} {'traced':>9} {'ratio':>6} {'at most':>8}")
    for case in CASES:
        pairs = [(_plain(case), _traced(case)) for _ in range(runs)]
        ratio = median(traced / plain for plain, traced in pairs)
        plain, traced = (median(column) / SENDS * 1e6 for column in zip(*pairs, strict=True))
        print(f"{case.what:<28} {plain:>6.2f} µs {traced:>6.2f} µs {ratio:>6.2f} {AT_MOST:>8}")
        too_slow |= ratio > AT_MOST and case.receivers == 1
    return int(too_slow)


def _signal(case: Case) -> tuple[Signal, list[Callable[..., Any]]]:
    signal = Signal()
    receivers = [_receiver() for _ in range(case.receivers)]
    for receiver in receivers:
        signal.connect(receiver)
    return signal, receivers


def _receiver() -> Callable[..., Any]:
    def receiver(sender: object, /, **payload: object) -> None: ...

    return receiver


def _plain(case: Case) -> float:
    signal, _held = _signal(case)
    return _time_of(signal, case)


def _traced(case: Case) -> float:
    signal, _held = _signal(case)
    recorder = new_recorder()
    with recorder, recorder.recording():
        return _time_of(signal, case)


def _time_of(signal: Signal, case: Case) -> float:
    """How long the sends of a run take, in seconds."""
    sender, payload = case.sender, case.payload
    started = perf_counter()
    for _ in range(SENDS):
        signal.send(sender, **payload)
    return perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
