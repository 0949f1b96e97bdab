"""Every send in this process, told as it happens, whoever makes it.

blinker does the dispatch. What is added stands around ``send``, ``send_async`` and ``receivers_for`` of
every class of signals, while a recorder is in place. Receivers, results and their order are not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from functools import wraps
from inspect import CO_VARARGS, iscoroutinefunction
from time import perf_counter
from types import CodeType
from typing import TYPE_CHECKING, Any, final

from blinker import Signal, default_namespace

from signalcli.signals.patching import Around, Method
from signalcli.signals.reflection import attributes
from signalcli.signals.send import NAMES
from signalcli.streams import Capture
from signalcli.tracing.name_cache import Known
from signalcli.tracing.traced_send import Send
from signalcli.values.trace import Event

if TYPE_CHECKING:
    from signalcli.signals.receiver_info import Roster

_RECORDING: ContextVar[Recording | None] = ContextVar("recording", default=None)
_ENCLOSING: ContextVar[Send | None] = ContextVar("enclosing", default=None)
"""The innermost send that is under way in this context."""


@final
class Recording:
    """The sends of one context, while the block lasts: of a request, of a program.

    :param everywhere: those of other threads too, where these record nothing themselves.
    """

    def __init__(self, recorder: Recorder, everywhere: bool = False) -> None:
        self._recorder = recorder
        self._everywhere = everywhere
        self._before: Recording | None = None
        self._started = perf_counter()
        self._ended: float | None = None
        self._sends: list[Send] = []
        self.begin = self._sends.append
        """Takes a send that begins."""

    def __enter__(self) -> Recording:
        self._before = _RECORDING.get()
        _RECORDING.set(self)
        if self._everywhere:
            self._recorder.everywhere = self
        self._started = perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended = perf_counter()
        _RECORDING.set(self._before)
        if self._everywhere:
            self._recorder.everywhere = None

    @property
    def seconds(self) -> float:
        """How long the block lasted, or lasts by now."""
        ended = perf_counter() if self._ended is None else self._ended
        return round(ended - self._started, 9)

    @property
    def events(self) -> tuple[Event, ...]:
        """What was sent so far, in the order in which it began; a send's own sends come after it."""
        named = self._recorder.named
        sends = [send for send in list(self._sends) if not send.is_withdrawn]
        return tuple(send.event(name_of(send.signal, named)) for send in _within_each_other(sends))


class Recorder:
    """Tells every send of every signal, while the block lasts.

    :param roster: who the receivers are.
    :param capture: the standard output in place, to tell what each receiver printed; ``None`` where
        that isn't told.
    """

    def __init__(self, roster: Roster, capture: Capture | None = None) -> None:
        self.capture = capture
        self.named: Callable[[Signal], str | None] = NAMES.get
        """Gives what a signal is called by us, where it is."""
        self._known = Known(roster, capture)
        self.everywhere: Recording | None = None
        """What records those who record nothing themselves."""
        self._around = Around(
            {
                "send": self._recorded,
                "send_async": self._recorded,
                "receivers_for": self._noted,
            }
        )

    def __enter__(self) -> None:
        self._around.__enter__()

    def __exit__(self, *error: object) -> None:
        self._around.__exit__(*error)

    def introduce(self, roster: Roster, named: Callable[[Signal], str | None]) -> None:
        """Let it know who is there by now: the receivers, the signals and all of their classes."""
        self._known = Known(roster, self.capture)
        self.named = named
        self._around.look_again()

    def printed(self) -> str:
        """What was printed since this was last asked, and by no receiver."""
        return "" if self.capture is None else self.capture.take()

    def told_apart(self) -> AbstractContextManager[None]:
        """Tell what this context prints by itself, while the block lasts."""
        return nullcontext() if self.capture is None else self.capture.told_apart()

    def recording(self, *, everywhere: bool = False) -> Recording:
        """A new one of this context, and perhaps of other threads."""
        return Recording(self, everywhere)

    def _recorded(self, send: Method) -> Method:
        """What stands around a ``send`` or ``send_async``."""
        if iscoroutinefunction(send):
            return wraps(send)(self._around_async(send))
        if _takes_one_sender(send):
            return wraps(send)(self._around_plain(send))

        @wraps(send)
        def recorded(signal: Signal, /, *arguments: Any, **given: Any) -> Any:
            def as_given(signal: Signal, sender: object, /, **given: Any) -> Any:
                return send(signal, *arguments, **given)

            sender = arguments[0] if arguments else None
            return self._around_plain(as_given)(signal, sender, **given)

        return recorded

    def _around_plain(self, send: Method) -> Method:
        recording_of, enclosing_of = _RECORDING.get, _ENCLOSING.get
        enclose = _ENCLOSING.set  # and no reset: who awaits may go on in another context

        def recorded(signal: Signal, sender: object = None, /, **given: Any) -> Any:
            recording = recording_of() or self.everywhere
            enclosing = enclosing_of()
            if recording is None:
                return send(signal, sender, **given)
            if enclosing is not None:
                if enclosing.takes_over(signal, sender, given):
                    return send(signal, sender, **given)
                enclosing = enclosing.lasting
            under_way = Send(self._known, signal, sender, given, enclosing)
            recording.begin(under_way)
            enclose(under_way)
            try:
                results = send(signal, sender, **given)
            except BaseException as error:
                under_way.raised(error)
                raise
            finally:
                enclose(enclosing)
            under_way.returned(results)
            return results

        return recorded

    def _around_async(self, send: Method) -> Method:
        async def recorded(signal: Signal, /, *arguments: Any, **given: Any) -> Any:
            recording = _RECORDING.get() or self.everywhere
            enclosing = _ENCLOSING.get()
            if recording is None:
                return await send(signal, *arguments, **given)
            sender = arguments[0] if arguments else None
            if enclosing is not None:
                if enclosing.takes_over(signal, sender, given):
                    return await send(signal, *arguments, **given)
                enclosing = enclosing.lasting
            under_way = Send(self._known, signal, sender, given, enclosing)
            under_way.is_async = True
            recording.begin(under_way)
            _ENCLOSING.set(under_way)
            try:
                results = await send(signal, *arguments, **given)
            except BaseException as error:
                under_way.raised(error)
                raise
            finally:
                _ENCLOSING.set(enclosing)
            under_way.returned(results)
            return results

        return recorded

    def _noted(self, receivers_for: Method) -> Method:
        enclosing_of = _ENCLOSING.get

        @wraps(receivers_for)
        def noted(signal: Signal, sender: object) -> Any:
            send = enclosing_of()
            if send is None or send.signal is not signal or send.dispatched:
                return receivers_for(signal, sender)  # not what its own send asks
            send.dispatched = True
            found = receivers_for(signal, sender)
            return send.noting(found) if send.ids is None else send.timing(found)

        return noted


def _takes_one_sender(send: Method) -> bool:
    """Whether it takes a sender and keywords, as blinker's own does since 1.8."""
    code: CodeType = send.__code__
    takes_more = code.co_flags & CO_VARARGS
    return code.co_argcount == code.co_posonlyargcount == 2 and not takes_more


def _within_each_other(sends: list[Send]) -> Iterator[Send]:
    """The same sends, so that those that a send made come after it: tasks may take turns."""
    made: dict[Send | None, list[Send]] = {}
    for send in sends:
        made.setdefault(send.parent, []).append(send)
    waiting = made.get(None, [])[::-1]
    while waiting:
        send = waiting.pop()
        yield send
        waiting += reversed(made.get(send, ()))


def name_of(signal: Signal, named: Callable[[Signal], str | None]) -> str:
    """What a signal is called: by us, if it has such a name, else by blinker."""
    given = named(signal)
    if given is not None:
        return given
    name = attributes(signal).get("name")
    if not isinstance(name, str):
        return f"anonymous signal at {hex(id(signal))}"
    if default_namespace.get(name) is signal:
        return name
    return f"{name} (in a namespace of its own)"
