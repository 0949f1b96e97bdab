"""What exported code may need beside blinker. Its source is copied, definition by definition.

Only what an exported module uses goes into it; nothing here knows signalcli.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from blinker import NamedSignal, Signal


class OrderedSet(dict[Any, None]):
    """A set that keeps its order, for blinker's set_class: blinker's own receivers have none."""

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


class Gone:
    """A sender that nothing holds: who is connected to it stays a receiver, and hears nobody."""


NAMES: dict[Signal, str] = {}


def sent_signal() -> str:
    """What the innermost signal that is being sent is called."""
    sends = (Signal.send.__code__, Signal.send_async.__code__)
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code in sends and frame.f_locals["self"] in NAMES:
            return NAMES[frame.f_locals["self"]]
        frame = frame.f_back
    return ""


@contextmanager
def told() -> Iterator[None]:
    """Tell on standard error what is raised, and go on."""
    try:
        yield
    except (Exception, SystemExit) as error:  # noqa: BLE001 - receivers may raise anything
        sys.stderr.write(f"{type(error).__name__}: {error}\n")


def one_by_one(signal: Signal, sender: object = None, /, **payload: Any) -> None:
    """Send to one receiver at a time, so that what one raises keeps no other from its call."""
    for receiver in [] if signal.is_muted else signal.receivers_for(sender):
        alone = Signal()
        NAMES[alone] = NAMES[signal]
        alone.connect(receiver, weak=False)
        with told():
            alone.send(sender, **payload)


async def one_by_one_async(signal: Signal, sender: object = None, /, **payload: Any) -> None:
    """Await one receiver at a time, so that what one raises keeps no other from its call."""
    for receiver in [] if signal.is_muted else signal.receivers_for(sender):
        alone = Signal()
        NAMES[alone] = NAMES[signal]
        alone.connect(receiver, weak=False)
        with told():
            await alone.send_async(sender, **payload)


def plain(receiver: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    """A coroutine function as one that a plain send can call."""

    def called(*args: Any, **payload: Any) -> Any:
        return asyncio.run(receiver(*args, **payload))

    return called


def awaitable(receiver: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """A plain function as one that send_async can await."""

    async def awaited(*args: Any, **payload: Any) -> Any:
        return receiver(*args, **payload)

    return awaited


def module_of(path: str) -> ModuleType:
    """The module that a file holds, imported."""
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
def asked(signal: Signal) -> Iterator[list[Callable[..., Any]]]:
    """The receivers that blinker would call when the signal is sent within the block, in order.

    None of them runs: what somebody else's code does is no part of it.
    """
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
    """The receivers that blinker calls when the signal is sent within the block, in order."""
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
