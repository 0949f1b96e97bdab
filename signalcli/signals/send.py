"""blinker's own ``send`` and ``send_async``, called as the options of a send ask for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from types import CodeType, FrameType, FunctionType
from typing import Any, cast
from weakref import WeakKeyDictionary

import blinker
from blinker import Signal

from signalcli.signals.functions import Receiver, is_coroutine_function
from signalcli.signals.internals import blinkers_own
from signalcli.signals.reflection import class_attributes, inherited
from signalcli.values.delivery import SendOptions

Results = list[tuple[Receiver, Any]]
"""What blinker gives its caller: each receiver with what it returned."""


NAMES: WeakKeyDictionary[Signal, str] = WeakKeyDictionary()
"""What the live signals of a session are called."""

_METHODS = ("send", "send_async")
_SENDS = (Signal.send.__code__, Signal.send_async.__code__)
_HERE = os.path.join(os.path.dirname(__file__), "")
_BLINKER = os.path.join(os.path.dirname(blinker.__file__), "")
_SHOWN = (os.path.join(_HERE, "demos.py"), os.path.join(_HERE, "web", "app.py"))
_GUARD = os.path.join(_HERE, "apps", "guard.py")
"""Where code is taken away from what it does."""
"""Our own files from which an exception may come as from a person's."""


class Kept:
    """What a receiver raised, in the place of a result."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def send(
    signal: Signal, sender: object, payload: Mapping[str, object], options: SendOptions
) -> Results:
    """Send a signal, in a loop of its own where that is asynchronous.

    Whatever a receiver raises comes out, with what blinker raises for one of the wrong kind.
    """
    given = cast("dict[str, Any]", payload)
    kind = type(signal)  # for what stands in the place of a meta signal's own send calls this
    if options.is_async:
        import asyncio

        wrapper = _awaitable if options.wrap else None
        return asyncio.run(kind.send_async(signal, sender, _sync_wrapper=wrapper, **given))
    if options.wrap:
        return kind.send(signal, sender, _async_wrapper=_run, **given)
    return kind.send(signal, sender, **given)


def sends_by_itself(signal: Signal) -> bool:
    """Whether it isn't blinker's own code that sends a signal: its class has some, or is a copy."""
    return any(inherited(type(signal), m) is not class_attributes(Signal)[m] for m in _METHODS)


def tells_kinds(signal: Signal) -> bool:
    """Whether its class tells plain receivers from coroutines: copies from before 1.6 don't."""
    return any("_async_wrapper" in code.co_varnames for code in _sends_of(signal))


def _sends_of(signal: Signal) -> Sequence[CodeType]:
    """The code of blinker's own that sends a signal, or that of the copy of blinker it is of."""
    root = blinkers_own(type(signal))
    if root is Signal:
        return _SENDS
    methods = (class_attributes(root).get(method) for method in _METHODS)
    return [method.__code__ for method in methods if type(method) is FunctionType]


def takes(receiver: Receiver, options: SendOptions) -> bool:
    """Whether blinker calls a receiver of this kind, plain or coroutine, in such a send."""
    return options.wrap or is_coroutine_function(receiver) == options.is_async


def keeping(receiver: Receiver, options: SendOptions) -> Receiver:
    """The receiver, wrapped so that it returns a :class:`Kept` in the place of raising.

    One of a kind that blinker doesn't take is refused by blinker itself, in a send of its own.
    """
    if not takes(receiver, options):
        alone = Signal()
        alone.connect(receiver, weak=False)
        receiver = alone.send_async if options.is_async else alone.send

    if is_coroutine_function(receiver):

        async def kept_when_awaited(sender: object, /, **payload: Any) -> object:
            try:
                return await receiver(sender, **payload)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - it's kept to be told
                return Kept(error)

        return kept_when_awaited

    def kept(sender: object, /, **payload: Any) -> object:
        try:
            return receiver(sender, **payload)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - it's kept to be told
            return Kept(error)

    return kept


def stopped_at(error: BaseException, signal: Signal) -> tuple[Results, Receiver | None]:
    """The results before an exception, and the receiver that it came out of.

    blinker loses both, but the frame that its send left behind has them. The receiver is ``None``
    if it came out of blinker itself.
    """
    sends = _sends_of(signal)
    for frame, _ in frames(error):
        if frame.f_code in sends and frame.f_locals["self"] is signal:
            return frame.f_locals.get("results", []), frame.f_locals.get("receiver")
    return [], None


def sent_signal() -> str:
    """The name of the signal whose send called who asks: the innermost that has one."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code in _SENDS and frame.f_locals["self"] in NAMES:
            return NAMES[frame.f_locals["self"]]
        frame = frame.f_back
    return ""


def frames(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    """The frames and lines that an exception passed, the innermost last."""
    traceback = error.__traceback__
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


def origin(error: BaseException) -> tuple[str, int] | None:
    """The file and line that an exception came from; ``None`` if no receiver was entered."""
    places = [(frame.f_code.co_filename, line) for frame, line in frames(error)]
    while len(places) > 1 and places[-1][0] == _GUARD:  # which interrupted what stands there
        places.pop()
    file, line = places[-1]
    if file.startswith((_HERE, _BLINKER)) and file not in _SHOWN:
        return None
    return file, line


def _run(receiver: Callable[..., Any]) -> Callable[..., Any]:
    """Blinker's ``_async_wrapper``: a coroutine function that a plain send can call."""

    def run(*args: Any, **payload: Any) -> Any:
        import asyncio

        return asyncio.run(receiver(*args, **payload))

    return run


def _awaitable(receiver: Receiver) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Blinker's ``_sync_wrapper``: a plain receiver that ``send_async`` can await."""

    async def call(*args: Any, **payload: Any) -> Any:
        return receiver(*args, **payload)

    return call
