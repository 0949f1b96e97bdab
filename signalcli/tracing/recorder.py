"""Record every send in this process.

A :class:`Recorder` wraps ``send``, ``send_async`` and ``receivers_for`` of every signal class. blinker still
does the dispatch: receivers, results and their order don't change.
"""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from functools import partial, wraps
from inspect import CO_VARARGS, iscoroutinefunction
from time import perf_counter
from types import CodeType
from typing import TYPE_CHECKING, Any, final

from blinker import Signal

from signalcli.signals.classes import Method
from signalcli.signals.internals import default_namespace
from signalcli.signals.patching import MethodPatches
from signalcli.signals.reflection import attributes, is_a
from signalcli.signals.send import SIGNAL_NAMES
from signalcli.signals.tracebacks import PATCH_FILES
from signalcli.streams import Capture
from signalcli.tracing.calls_by_hand import CallsByHand, is_called_by_hand, record_by_hand
from signalcli.tracing.change_source import Changes, ChangeSource, NameOf
from signalcli.tracing.name_cache import NameCache
from signalcli.tracing.traced_send import TracedSend
from signalcli.tracing.updates import (
    ConnectionUpdate,
    ReturnedSend,
    SenderUpdate,
    SendUpdate,
    TraceUpdates,
    Update,
)
from signalcli.values.trace import Event

PATCH_FILES.add(__file__)

if TYPE_CHECKING:
    from signalcli.signals.receivers import ReceiverInfo

PORTION = 10_000
"""sends that are passed on at once: with more, the updates would take more memory than the sends."""
_RECORDING: ContextVar[Recording | None] = ContextVar("recording", default=None)
_ENCLOSING: ContextVar[TracedSend | None] = ContextVar("enclosing", default=None)
"""The innermost unfinished send of this context."""


@final
class Recording:
    """The sends of one context, such as a request or a program, while the block lasts.

    :param everywhere: also record the sends of threads that have no recording of their own.
    """

    def __init__(self, recorder: Recorder, everywhere: bool) -> None:
        self._recorder = recorder
        self._everywhere = everywhere
        self._before: Recording | None = None
        self.started = perf_counter()
        """When it began, by ``perf_counter``."""
        self._ended: float | None = None
        self._sends: list[TracedSend | CallsByHand] = []
        self._unfinished: list[TracedSend | CallsByHand] = []
        self._earlier: Changes = []
        """The deaths of receivers before it began."""
        self._count = 0
        self._signals: dict[int, Signal] = {}
        """The signals that were sent, kept alive so that no other gets the id of one."""
        self._lock = allocate_lock()
        self._updates = TraceUpdates()
        self.sink: Callable[[Iterable[Update]], object] = self._updates.add
        """Takes the updates of :meth:`advance`."""
        self.begin = self._sends.append

    def __enter__(self) -> Recording:
        self._before = _RECORDING.get()
        _RECORDING.set(self)
        if self._everywhere:
            self._recorder.everywhere = self
        self._earlier = self._recorder.connects.earlier_deaths(self._recorder.name_of)
        self.started = perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended = perf_counter()
        _RECORDING.set(self._before)
        if self._everywhere:
            self._recorder.everywhere = None

    def begin_in_fork(self) -> None:
        """Forget what the parent has not passed on, in a process that it forked. Numbers go on."""
        self._lock = allocate_lock()
        for number, send in enumerate(self._sends, self._count):  # one may enclose the fork
            send.number = number
        self._count += len(self._sends)
        self._sends.clear()
        self._unfinished.clear()
        self._recorder.connects.forget_changes()

    @property
    def seconds(self) -> float:
        """The duration of the block until now."""
        ended = perf_counter() if self._ended is None else self._ended
        return round(ended - self.started, 9)

    @property
    def updates(self) -> TraceUpdates:
        """What was recorded until now; nothing if ``sink`` was replaced."""
        self.advance()
        self._updates.names = self.names()
        return self._updates

    @property
    def events(self) -> tuple[Event, ...]:
        """The sends until now, by their start; sends that a receiver made follow the send that called it."""
        return self.updates.events

    def advance(self) -> None:
        """Pass what is new to ``sink``, in portions. Sends that are over are forgotten."""
        with self._lock:
            for _ in range(len(self._sends) // PORTION + 1):
                updates = list(self._new_updates())  # Python can't fill a tuple that discovery sees
                if updates:
                    self.sink(updates)

    def _new_updates(self) -> Iterator[Update]:
        yield from self._recorder.new_senders()
        earlier, self._earlier = self._earlier, []
        for signal, change in earlier:
            self._signals[id(signal)] = signal
            yield ConnectionUpdate(id(signal), change._replace(started=0.0), is_earlier=True)
        for signal, change in self._recorder.connects.take(self._recorder.name_of):
            self._signals[id(signal)] = signal
            started = round(change.started - self.started, 9)
            yield ConnectionUpdate(id(signal), change._replace(started=max(started, 0.0)))
        begun = self._sends[:PORTION]
        del self._sends[: len(begun)]  # another thread may append meanwhile
        for number, send in enumerate(begun, self._count):
            send.number = number
        self._count += len(begun)
        sends, self._unfinished = [*self._unfinished, *begun], []
        yield from self._send_updates(sends)

    def _send_updates(self, sends: list[TracedSend | CallsByHand]) -> Iterator[SendUpdate]:
        """Yield the updates of sends.

        A send hasn't ended as long as the updates of a send that its receivers made are missing.
        """
        named = [(send, self._recorder.name_of(send.signal)) for send in sends]
        updates = [send.update(name, self.started) for send, name in named]
        followed = {id(send.parent) for send in self._sends[:] if send.parent is not None}
        for (send, name), update in zip(named, updates, strict=True):
            if update is not None and id(send) in followed:
                event = update.event(name) if isinstance(update, ReturnedSend) else update
                update = event._replace(ended=False)
            if isinstance(update, Event) and not update.ended:
                self._unfinished.append(send)
                state = tuple((call.receiver, call.outcome) for call in update.calls)
                if state == send.passed_on:
                    continue
                send.passed_on = state
            parent = None if send.parent is None else send.parent.number
            self._signals[id(send.signal)] = send.signal
            yield SendUpdate(send.number, parent, id(send.signal), name, update)

    def listened(self) -> tuple[str, ...]:
        """Return the names of the application's signals that have receivers."""
        return self._recorder.listened()

    def names(self) -> dict[int, str]:
        """Return the names of all signals in the updates, by their ids."""
        return self._recorder.names_of(self._signals.values())


class Recorder:
    """Record every send in this process, while the block lasts.

    :param capture: collects what each receiver prints; ``None`` leaves the output out.
    """

    def __init__(self, receivers: ReceiverInfo, capture: Capture | None = None) -> None:
        self.capture = capture
        self.named: NameOf = SIGNAL_NAMES.get
        """Returns the name of a signal in a session or an application."""
        self.listened: Callable[[], tuple[str, ...]] = tuple
        """Returns the names of the signals with receivers, as far as they are known."""
        self.receivers = receivers
        self._names = NameCache(receivers, capture)
        self.everywhere: Recording | None = None
        """The recording of contexts that have none of their own."""
        self.connects = ChangeSource()
        """Records the calls of ``connect`` and ``disconnect`` too."""
        self.new_send: type[TracedSend] = TracedSend
        """The class of the sends that begin from now on."""
        self._patches = MethodPatches(
            {
                "send": self._wrap_any_send,
                "send_async": self._wrap_any_send,
                "receivers_for": self._wrap_receivers_for,
            }
        )

    def __enter__(self) -> None:
        self._patches.__enter__()

    def __exit__(self, *error: object) -> None:
        self._patches.__exit__(*error)

    def use_names(self, receivers: ReceiverInfo, named: NameOf) -> None:
        """Use other names from now on, and patch signal classes whose creation wasn't noticed."""
        self.receivers, self.named = receivers, named
        before, self._names = self._names, NameCache(receivers, self.capture)
        self._names.new_senders = before.new_senders
        self._patches.patch_all()

    def name_of(self, signal: Signal) -> str:
        """Return the name of a signal in the session or application, or else blinker's name."""
        return name_of(signal, self.named)

    def names_of(self, signals: Iterable[Signal]) -> dict[int, str]:
        """Return the names of signals by id; those that have no name of their own are numbered."""
        names: dict[int, str] = {}
        counts: dict[str, int] = {}
        for signal in signals:
            if id(signal) not in names:
                name = self.name_of(signal)
                number = counts[name] = counts.get(name, 0) + 1
                names[id(signal)] = name if number == 1 else f"{name} #{number}"
        return names

    def new_senders(self) -> list[SenderUpdate]:
        """Return the senders that were named since the last call."""
        new, self._names.new_senders = self._names.new_senders, []
        return new

    def printed(self) -> str:
        """Return what was printed outside receivers since the last call."""
        return "" if self.capture is None else self.capture.take()

    def separated(self) -> AbstractContextManager[None]:
        """Capture the output of this context separately, while the block lasts."""
        return nullcontext() if self.capture is None else self.capture.separated()

    def recording(self, *, everywhere: bool = False) -> Recording:
        """Return a new recording of this context."""
        return Recording(self, everywhere)

    def _wrap_any_send(self, send: Method) -> Method:
        if iscoroutinefunction(send):
            return wraps(send)(self._wrap_send_async(send))
        if _takes_one_sender(send):
            return wraps(send)(self._wrap_send(send))

        @wraps(send)  # of a subclass, or of blinker before 1.8
        def recorded(signal: Signal, /, *arguments: Any, **given: Any) -> Any:
            traced = self._begin(signal, arguments, given)
            if traced is None:
                return send(signal, *arguments, **given)
            try:
                results = send(signal, *arguments, **given)
            except BaseException as error:
                traced.raised(error)
                raise
            finally:
                _ENCLOSING.set(traced.parent)
            traced.returned(results)
            return results

        return recorded

    def _wrap_send(self, send: Method) -> Method:
        recording_of, enclosing_of = _RECORDING.get, _ENCLOSING.get
        enclose = _ENCLOSING.set  # without reset(): a coroutine may go on in another context

        def recorded(signal: Signal, sender: object = None, /, **given: Any) -> Any:
            recording = recording_of() or self.everywhere
            enclosing = enclosing_of()
            if recording is None:
                return send(signal, sender, **given)
            if enclosing is not None:
                if enclosing.takes_over(signal, sender, given):
                    return send(signal, sender, **given)
                enclosing = enclosing.unfinished
            traced = self.new_send(self._names, signal, sender, given, enclosing)
            recording.begin(traced)
            enclose(traced)
            try:  # ``**`` of an empty dict takes its time
                results = send(signal, sender, **given) if given else send(signal, sender)
            except BaseException as error:
                traced.raised(error)
                raise
            finally:
                enclose(enclosing)
            traced.returned(results)
            return results

        return recorded

    def _wrap_send_async(self, send: Method) -> Method:
        async def recorded(signal: Signal, /, *arguments: Any, **given: Any) -> Any:
            traced = self._begin(signal, arguments, given)
            if traced is None:
                return await send(signal, *arguments, **given)
            traced.is_async = True
            try:
                results = await send(signal, *arguments, **given)
            except BaseException as error:
                traced.raised(error)
                raise
            finally:
                _ENCLOSING.set(traced.parent)
            traced.returned(results)
            return results

        return recorded

    def _begin(
        self, signal: Signal, arguments: tuple[Any, ...], given: dict[str, Any]
    ) -> TracedSend | None:
        """Begin to record a send; ``None`` if it isn't recorded, or is part of the send around it."""
        recording = _RECORDING.get() or self.everywhere
        enclosing = _ENCLOSING.get()
        if recording is None:
            return None
        sender = arguments[0] if arguments else None
        if enclosing is not None:
            if enclosing.takes_over(signal, sender, given):
                return None
            enclosing = enclosing.unfinished
        traced = self.new_send(self._names, signal, sender, given, enclosing)
        recording.begin(traced)
        _ENCLOSING.set(traced)
        return traced

    def _wrap_receivers_for(self, receivers_for: Method) -> Method:
        enclosing_of = _ENCLOSING.get

        @wraps(receivers_for)
        def recorded(signal: Signal, sender: object) -> Any:
            send = enclosing_of()
            if send is None or send.signal is not signal or send.dispatched:
                found = receivers_for(signal, sender)  # not called by the send itself
                recording, parent = _RECORDING.get() or self.everywhere, send and send.unfinished
                if recording is None or not is_called_by_hand(signal, recorded, parent):
                    return found
                new = partial(CallsByHand, self._names, signal, sender, parent)
                return record_by_hand(recording.begin, new, found)
            send.dispatched = True
            found = receivers_for(signal, sender)
            return send.log_calls(found) if send.plan is None else send.plan.record(found)

        return recorded


def name_of(signal: Signal, named: NameOf) -> str:
    """Return the name of a signal in the session or application, or else blinker's name."""
    given = named(signal)
    if given is not None:
        return given
    name = attributes(signal).get("name")
    if not is_a(name, str):
        return "anonymous signal"
    name = str.__str__(name)
    is_default = default_namespace.get(name) is signal
    return name if is_default else f"{name} (in a namespace of its own)"


def _takes_one_sender(send: Method) -> bool:
    """Return whether a ``send`` takes one sender and keywords, as blinker's does since 1.8."""
    code: CodeType = send.__code__
    takes_more = code.co_flags & CO_VARARGS
    return code.co_argcount == code.co_posonlyargcount == 2 and not takes_more
