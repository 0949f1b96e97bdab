"""What tests of the recorder share: a recorder that is in place, signals, and receivers that speak."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from blinker import Signal

from signalcli.apps.running.trace import new_recorder
from signalcli.receivers.registry import ReceiverSet
from signalcli.signals.send import SIGNAL_NAMES
from signalcli.signals.snapshot import OrderedNamedSignal
from signalcli.streams import captured
from signalcli.tracing.recorder import Recorder, Recording
from signalcli.values.delivery import Call

METHODS = ("send", "send_async", "receivers_for")
OWN = {name: vars(Signal)[name] for name in METHODS}


class Running(NamedTuple):
    """A recorder that is in place, and what it recorded of this context."""

    recorder: Recorder
    recording: Recording

    @property
    def sends(self) -> list[tuple[str, int, object, list[tuple[str, str, str]]]]:
        """Each: its signal, its depth, its sender, and of each call who, how, and its output."""
        return sends(self.recording)


def sends(recording: Recording) -> list[tuple[str, int, object, list[tuple[str, str, str]]]]:
    return [
        (event.signal, event.depth, event.sender, list(map(call_facts, event.calls)))
        for event in recording.events
    ]


def call_facts(call: Call) -> tuple[str, str, str]:
    return call.receiver.rpartition(".")[2], call.outcome, call.output


@contextmanager
def recorded(*, everywhere: bool = False) -> Iterator[Running]:
    """Record what is sent in this context, while the block lasts."""
    with captured(live=False) as capture:
        recorder = Recorder(ReceiverSet(), capture)
        with recorder, recorder.recording(everywhere=everywhere) as recording:
            yield Running(recorder, recording)


def named(name: str) -> OrderedNamedSignal:
    """A signal of ours, which calls its receivers in the order of connection."""
    signal = OrderedNamedSignal(name)
    SIGNAL_NAMES[signal] = name
    return signal


def say(text: object) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")


def listening(signal: Signal, *receivers: Callable[..., Any]) -> Signal:
    """The signal, to which these are connected, for as long as it is there."""
    for receiver in receivers:
        signal.connect(receiver, weak=False)
    return signal


def says(text: str) -> Callable[..., str]:
    """A receiver that prints and returns a text, and is called by it."""

    def receiver(sender: object, /, **payload: object) -> str:
        say(text)
        return text

    receiver.__qualname__ = f"it.{text}"
    return receiver


@contextmanager
def traced(recorder: Recorder | None = None) -> Iterator[Recording]:
    """Record what is sent while the block lasts, as of an application."""
    recorder = recorder or new_recorder()
    with recorder, recorder.recording(everywhere=True) as recording:
        yield recording


def hear(sender: Any, **payload: Any) -> Any:
    return payload.get("give")


def hear_too(sender: Any, **payload: Any) -> None: ...


def fail(sender: Any, **payload: Any) -> None:
    raise ValueError("no")


def call_rows(recording: Recording) -> list[list[tuple[str, str, str]]]:
    """Return, for each send, the name, the outcome and the reason of every receiver."""
    return [
        [(c.receiver.rpartition(".")[2], c.outcome, c.reason) for c in event.calls]
        for event in recording.events
    ]
