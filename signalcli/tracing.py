"""Every send in this process, told as it happens, whoever makes it.

blinker does the dispatch. What is added stands around ``send``, ``send_async`` and ``receivers_for``
of ``Signal`` and its subclasses, for all signals at once, while a recorder is in place. Receivers, results and
their order are not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from inspect import isfunction
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeGuard

from blinker import Signal, default_namespace

from signalcli.arguments import RESERVED_KEYS
from signalcli.capture import Capture
from signalcli.delivery import Reached, calls_of
from signalcli.functions import Receiver, message_of, place
from signalcli.model import Call, RaisedError
from signalcli.rollcall import call_the_roll
from signalcli.sending import NAMES, origin, stopped_at
from signalcli.text import as_json_value
from signalcli.timeline import Event

if TYPE_CHECKING:
    from signalcli.roster import Roster


class Recording:
    """The sends of one context: of a request, of a program."""

    def __init__(self) -> None:
        self._sends: list[_Send] = []

    def begin(self, send: _Send) -> None:
        """A send began."""
        self._sends.append(send)

    @property
    def events(self) -> tuple[Event, ...]:
        """What was sent so far, in the order in which it began."""
        return tuple(send.event() for send in self._sends)


_RECORDING: ContextVar[Recording | None] = ContextVar("recording", default=None)
_ENCLOSING: ContextVar[_Send | None] = ContextVar("enclosing", default=None)
"""The innermost send that is under way in this context."""


class Recorder:
    """Tells every send of every signal, while the block lasts.

    :param roster: who the receivers are.
    :param capture: the standard output in place, to tell what each receiver printed.
    """

    def __init__(self, roster: Roster, capture: Capture) -> None:
        self.roster = roster
        self.capture = capture
        self.named: Callable[[Signal], str | None] = NAMES.get
        """Gives what a signal is called by us, where it is."""
        self._everywhere: Recording | None = None
        self._patched: list[tuple[type, str, Any]] = []

    def __enter__(self) -> None:
        recorders = {
            "send": self._recorded,
            "send_async": self._recorded_async,
            "receivers_for": self._noted,
        }
        for kind in _kinds_of_signals():
            for name, recorder in recorders.items():
                own = vars(kind).get(name)
                if isfunction(own):
                    self._patched.append((kind, name, own))
                    setattr(kind, name, recorder(own))

    def __exit__(self, *error: object) -> None:
        while self._patched:
            setattr(*self._patched.pop())

    @contextmanager
    def recording(self, *, everywhere: bool = False) -> Iterator[Recording]:
        """The sends of this context, while the block lasts.

        :param everywhere: those of other threads too, where these record nothing themselves.
        """
        recording = Recording()
        token = _RECORDING.set(recording)
        if everywhere:
            self._everywhere = recording
        try:
            yield recording
        finally:
            _RECORDING.reset(token)
            if everywhere:
                self._everywhere = None

    def _recorded(self, send: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(send)
        def recorded(signal: Signal, /, *arguments: Any, **given: Any) -> Any:
            with self._sent(signal, arguments, given) as told:
                results = send(signal, *arguments, **given)
                told(results)
            return results

        return recorded

    def _recorded_async(self, send: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(send)
        async def recorded(signal: Signal, /, *arguments: Any, **given: Any) -> Any:
            with self._sent(signal, arguments, given) as told:
                results = await send(signal, *arguments, **given)
                told(results)
            return results

        return recorded

    @contextmanager
    def _sent(
        self, signal: Signal, arguments: tuple[Any, ...], given: Mapping[str, Any]
    ) -> Iterator[Callable[[object], None]]:
        """One send, from its beginning to its end; gives what is to be told its results."""
        sender = arguments[0] if arguments else None
        recording = _RECORDING.get() or self._everywhere
        if recording is None:
            yield lambda results: None
            return
        enclosing = _ENCLOSING.get()
        if enclosing is not None and enclosing.signal is signal and not enclosing.dispatched:
            yield lambda results: None  # a subclass's own send, which passes on to blinker's
            return
        printed = self.capture.take()
        if enclosing is not None and enclosing.log:
            enclosing.log[-1].output += printed
        send = _Send(self, signal, sender, given, 0 if enclosing is None else enclosing.depth + 1)
        recording.begin(send)
        token = _ENCLOSING.set(send)
        try:
            yield send.returned
        except BaseException as error:
            send.raised(error)
            raise
        finally:
            _ENCLOSING.reset(token)

    def _noted(self, receivers_for: Callable[..., Iterator[Receiver]]) -> Callable[..., Any]:
        @wraps(receivers_for)
        def noted(signal: Signal, sender: object) -> Iterator[Receiver]:
            send = _ENCLOSING.get()
            if send is None or send.signal is not signal or send.dispatched:
                return receivers_for(signal, sender)  # not what its own send asks
            send.dispatched = True
            return self._noting(receivers_for(signal, sender), send)

        return noted

    def _noting(self, receivers: Iterator[Receiver], send: _Send) -> Iterator[Receiver]:
        for receiver in receivers:
            if self.roster.withheld(receiver) is None:
                reached = Reached(receiver)
                send.log.append(reached)
                yield receiver
                reached.came_back(self.capture.take())


class _Send:
    """One send under way."""

    def __init__(
        self,
        recorder: Recorder,
        signal: Signal,
        sender: object,
        given: Mapping[str, Any],
        depth: int,
    ) -> None:
        self.signal = signal
        self.depth = depth
        self.dispatched = False
        """Whether blinker has asked whom to call."""
        self.log: list[Reached] = []
        self._recorder = recorder
        self._sender = as_json_value(sender)
        self._payload_keys = tuple(key for key in given if key not in RESERVED_KEYS)
        self._muted = signal.is_muted
        self._exception = _exception_in(given)
        self._roll = call_the_roll(signal, recorder.roster, sender)
        self._calls: tuple[Call, ...] = ()
        self._started = perf_counter()
        self._seconds: float | None = None

    def returned(self, results: object) -> None:
        """It ended, and its caller has these. A subclass may give what it likes: then only who was
        called is known."""
        called = [(reached.receiver, None) for reached in self.log]
        self._end(results if _is_results(results) else called, None)

    def raised(self, error: BaseException) -> None:
        """It ended by an exception: a receiver's, or blinker's own."""
        results, _ = stopped_at(error, self.signal)
        of_a_receiver = len(self.log) > len(results)
        if of_a_receiver:
            self.log[-1].came_back(self._recorder.capture.take())
        self._end(results, error if of_a_receiver else None)

    def event(self) -> Event:
        """What it did, as far as it came."""
        seconds = self._seconds
        return Event(
            name_of(self.signal, self._recorder.named),
            self.depth,
            self._sender,
            self._payload_keys,
            self._muted,
            self._calls,
            round(perf_counter() - self._started, 9) if seconds is None else seconds,
            self._exception,
        )

    def _end(self, results: list[tuple[Receiver, Any]], error: BaseException | None) -> None:
        self._seconds = round(perf_counter() - self._started, 9)
        log = _reached(self.log, results, error)
        calls = calls_of(self._recorder.roster, self._roll, log, results, error)
        self._calls = tuple(call._replace(value=as_json_value(call.value)) for call in calls)


def _kinds_of_signals() -> Iterator[type[Signal]]:
    """``Signal`` and its subclasses, some of which dispatch in a way of their own."""
    kinds = [Signal]
    for kind in kinds:
        yield kind
        kinds += [below for below in kind.__subclasses__() if below not in kinds]


def _is_results(value: object) -> TypeGuard[list[tuple[Receiver, Any]]]:
    """Whether it is what blinker's own send gives: pairs of a receiver and what it returned."""
    if type(value) is not list:
        return False
    return all(type(pair) is tuple and len(pair) == 2 for pair in value)


def _reached(
    log: list[Reached], results: list[tuple[Receiver, Any]], error: BaseException | None
) -> list[Reached]:
    """Those that gave the results, and behind them the one that raised.

    They are those of the log, unless a subclass of ``Signal`` doesn't call all that it asks for.
    """
    rest = list(log)
    found = []
    for receiver, _ in results:
        same = next((reached for reached in rest if reached.receiver == receiver), None)
        if same is not None:
            rest.remove(same)
        found.append(same or Reached(receiver))
    return found if error is None else [*found, rest[-1]]


def name_of(signal: Signal, named: Callable[[Signal], str | None]) -> str:
    """What a signal is called: by us, if it has such a name, else by blinker."""
    given = named(signal)
    if given is not None:
        return given
    name = vars(signal).get("name")
    if not isinstance(name, str):
        return f"anonymous signal at {hex(id(signal))}"
    if default_namespace.get(name) is signal:
        return name
    return f"{name} (in a namespace of its own)"


def told(error: BaseException) -> RaisedError:
    """An exception in plain values, with the place it came from where that isn't ours."""
    raised_at = None if error.__traceback__ is None else origin(error)
    where = None if raised_at is None else place(*raised_at)
    return RaisedError(type(error).__name__, message_of(error), where)


def _exception_in(payload: Mapping[str, object]) -> RaisedError | None:
    """The exception that a payload tells of, if it does."""
    return next((told(v) for v in payload.values() if isinstance(v, BaseException)), None)
