"""Call blinker's ``send`` and ``send_async``, with errors caught or wrappers where options ask for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import CodeType, FrameType, FunctionType
from typing import Any, cast
from weakref import WeakKeyDictionary

from blinker import Signal

from signalcli.signals.internals import blinkers_own, is_coroutine_function
from signalcli.signals.receivers import Receiver
from signalcli.signals.reflection import attributes, class_attributes, inherited
from signalcli.signals.tracebacks import frames
from signalcli.values.delivery import Message, SendOptions

ReceiversFor = Callable[[Any], Iterator[Receiver]]

Results = list[tuple[Receiver, Any]]
"""The result of blinker's ``send``: pairs of a receiver and what it returned."""


SIGNAL_NAMES: WeakKeyDictionary[Signal, str] = WeakKeyDictionary()
"""The names of a session's live signals."""

_METHODS = ("send", "send_async")


def _codes_of(kind: type) -> tuple[CodeType, ...]:
    """Return the code of a class's own ``send`` and, since 1.6, its ``send_async``."""
    methods = map(class_attributes(kind).get, _METHODS)
    return tuple(method.__code__ for method in methods if type(method) is FunctionType)


_SENDS = _codes_of(Signal)


class MetaSend(partial[None]):
    """What signalcli sets as the ``send`` of a meta signal, to record what blinker sends."""


class CaughtError:
    """The result of a receiver that raised, if the send goes on after errors."""

    def __init__(self, error: BaseException, receiver: Receiver) -> None:
        self.error = error
        self.receiver = receiver


def send(signal: Signal, message: Message) -> Results:
    """Call a signal's ``send``, or ``send_async`` in an event loop of its own, as an application does.

    :raises BaseException: what a receiver raises, and what blinker raises for a receiver that is a
        coroutine function where it needs a plain one, or the reverse.
    """
    options, given = message.options, cast("dict[str, Any]", message.payload)
    if options.is_async:
        import asyncio

        wrapper = awaitable if options.wrap else None
        return asyncio.run(signal.send_async(message.sender, _sync_wrapper=wrapper, **given))
    own_send: Callable[..., Results] = signal.send
    if isinstance(own_send, MetaSend):
        own_send = partial(type(signal).send, signal)
    if options.wrap:
        return own_send(message.sender, _async_wrapper=run_coroutine, **given)
    return own_send(message.sender, **given)


@contextmanager
def replaced_receivers_for(
    signal: Signal, make: Callable[[ReceiversFor], ReceiversFor]
) -> Iterator[None]:
    """Replace a signal's ``receivers_for``, which ``send`` calls, by what ``make`` returns for it."""
    own = vars(signal)
    before = own.get("receivers_for")
    own["receivers_for"] = make(signal.receivers_for)
    try:
        yield
    finally:
        if before is None:
            del own["receivers_for"]
        else:
            own["receivers_for"] = before


def has_own_send(signal: Signal, options: SendOptions) -> bool:
    """Return whether a signal, or its class, sends by code of its own instead of blinker's."""
    method = "send_async" if options.is_async else "send"
    own = attributes(signal)
    if method in own and type(own[method]) is not MetaSend:
        return True
    return inherited(type(signal), method) is not class_attributes(Signal).get(method)


def knows_coroutines(signal: Signal) -> bool:
    """Return whether a signal's class tells coroutine functions apart: blinker does since 1.6."""
    return any("_async_wrapper" in code.co_varnames for code in _sends_of(signal))


def keeps_results(signal: Signal) -> bool:
    """Return whether an exception leaves the results before it in the traceback: since 1.6."""
    return any("results" in code.co_varnames for code in _sends_of(signal))


def _sends_of(signal: Signal) -> Sequence[CodeType]:
    """Return the code of the ``send`` methods of blinker, or of the signal's copy of blinker."""
    root = blinkers_own(type(signal))
    return _SENDS if root is Signal else _codes_of(root)


def catching(
    receiver: Receiver, options: SendOptions, *, knows_coroutines: bool = True
) -> Receiver:
    """Return a function that calls a receiver and returns a :class:`CaughtError` if it raises.

    A receiver of the wrong kind is connected to a signal of its own, so that blinker itself refuses it.

    :param knows_coroutines: whether the signal's blinker tells coroutine functions apart.
    """
    call, is_async = receiver, knows_coroutines and is_coroutine_function(receiver)
    if knows_coroutines and not options.wrap and is_async != options.is_async:
        alone = Signal()
        alone.connect(receiver, weak=False)
        call = alone.send_async if options.is_async else alone.send
        is_async = options.is_async

    if is_async:

        async def catch_when_awaited(sender: object, /, **payload: Any) -> object:
            try:
                return await call(sender, **payload)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - a receiver may raise anything
                return CaughtError(error, receiver)

        return catch_when_awaited

    def catch(sender: object, /, **payload: Any) -> object:
        try:
            return call(sender, **payload)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a receiver may raise anything
            return CaughtError(error, receiver)

    return catch


def stopped_at(error: BaseException, signal: Signal) -> tuple[Results, Receiver | None]:
    """Return the results before an exception, and the receiver that raised it.

    blinker drops both, but the frame of its ``send`` in the traceback still has them. The receiver is
    ``None`` if blinker itself raised. Before 1.6, ``send`` is a list comprehension, which has no results
    to read and, before Python 3.12, a frame of its own.
    """
    sends = _sends_of(signal)
    passed = frames(error)
    for frame, _ in passed:
        if frame.f_code in sends and frame.f_locals["self"] is signal:
            inner, _ = next(passed, (frame, 0))
            local = (inner if inner.f_code in frame.f_code.co_consts else frame).f_locals
            return local.get("results", []), local.get("receiver")
    return [], None


def sent_signal() -> str:
    """Return the name of the signal whose send called this function: the innermost named one."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code in _SENDS and frame.f_locals["self"] in SIGNAL_NAMES:
            return SIGNAL_NAMES[frame.f_locals["self"]]
        frame = frame.f_back
    return ""


def run_coroutine(receiver: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a coroutine function, so that ``send`` can call it: blinker's ``_async_wrapper``."""

    def run(*args: Any, **payload: Any) -> Any:
        import asyncio

        return asyncio.run(receiver(*args, **payload))

    return run


def awaitable(receiver: Receiver) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Wrap a plain receiver, so that ``send_async`` can await it: blinker's ``_sync_wrapper``."""

    async def call(*args: Any, **payload: Any) -> Any:
        return receiver(*args, **payload)

    return call
