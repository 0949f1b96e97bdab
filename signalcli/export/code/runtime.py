"""Functions and classes for exported code, which copies the source of those it uses.

Nothing here imports signalcli, so that exported code runs without it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from blinker import NamedSignal, Signal


class OrderedSet(dict[Any, None]):
    """A set that keeps its order, for blinker's set_class. A plain set has no order."""

    def add(self, member: Any) -> None:
        self[member] = None

    def discard(self, member: Any) -> None:
        self.pop(member, None)


class OrderedSignal(Signal):
    """An anonymous signal that calls its receivers in the order of their connection."""

    set_class = OrderedSet  # type: ignore[assignment]


class OrderedNamedSignal(NamedSignal):
    """A named signal that calls its receivers in the order of their connection."""

    set_class = OrderedSet  # type: ignore[assignment]


class DeletedSender:
    """A sender that is deleted at once. Its receivers stay in signal.receivers, unconnected."""


NAMES: dict[Signal, str] = {}


def sent_signal() -> str:
    """Return the name of the innermost signal that is being sent."""
    sends = (Signal.send.__code__, Signal.send_async.__code__)
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code in sends and frame.f_locals["self"] in NAMES:
            return NAMES[frame.f_locals["self"]]
        frame = frame.f_back
    return ""


@contextmanager
def errors_to_stderr() -> Iterator[None]:
    """Print an exception to standard error, and go on."""
    try:
        yield
    except (Exception, SystemExit) as error:  # noqa: BLE001 - receivers may raise anything
        sys.stderr.write(f"{type(error).__name__}: {error}\n")


def one_by_one(signal: Signal, sender: object = None, /, **payload: Any) -> None:
    """Send to one receiver at a time, so that all are called even if some raise."""
    for receiver in [] if signal.is_muted else signal.receivers_for(sender):
        alone = Signal()
        NAMES[alone] = NAMES[signal]
        alone.connect(receiver, weak=False)
        with errors_to_stderr():
            alone.send(sender, **payload)


async def one_by_one_async(signal: Signal, sender: object = None, /, **payload: Any) -> None:
    """Await one receiver at a time, so that all are called even if some raise."""
    for receiver in [] if signal.is_muted else signal.receivers_for(sender):
        alone = Signal()
        NAMES[alone] = NAMES[signal]
        alone.connect(receiver, weak=False)
        with errors_to_stderr():
            await alone.send_async(sender, **payload)


def as_plain(receiver: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    """Wrap a coroutine function for send, as its _async_wrapper."""

    def called(*args: Any, **payload: Any) -> Any:
        return asyncio.run(receiver(*args, **payload))

    return called


def as_coroutine(receiver: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Wrap a plain function for send_async, as its _sync_wrapper."""

    async def awaited(*args: Any, **payload: Any) -> Any:
        return receiver(*args, **payload)

    return awaited


def load_file(path: str) -> ModuleType:
    """Import a file as a module."""
    name = Path(path).stem
    while name in sys.modules:
        name += "_"
    spec = spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    sys.path.append(str(Path(path).resolve().parent))
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def would_be_called(signal: Signal) -> Iterator[list[Callable[..., Any]]]:
    """Record the receivers that sends within the block would call, in order. None of them runs."""
    listed: list[Callable[..., Any]] = []
    receivers_for = signal.receivers_for

    def noted(sender: object) -> Iterator[Callable[..., Any]]:
        listed.extend(receivers_for(sender))
        return iter(())

    signal.receivers_for = noted  # type: ignore[method-assign, assignment]
    try:
        yield listed
    finally:
        del signal.receivers_for


@contextmanager
def called(signal: Signal) -> Iterator[list[Callable[..., Any]]]:
    """Record the receivers that sends within the block call, in order."""
    heard: list[Callable[..., Any]] = []
    receivers_for = signal.receivers_for

    def noted(sender: object) -> Iterator[Callable[..., Any]]:
        for receiver in receivers_for(sender):
            heard.append(receiver)
            yield receiver

    signal.receivers_for = noted  # type: ignore[method-assign, assignment]
    try:
        yield heard
    finally:
        del signal.receivers_for


def called_in(sent: Sequence[Any]) -> list[str]:
    """Return the names of the receivers that the first of some sends called, in order."""
    calls = [call for call in sent[0].receivers if call.outcome in ("returned", "raised")]
    return [call.receiver.rpartition(".")[2] for call in calls]
