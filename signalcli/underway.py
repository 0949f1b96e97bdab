"""One send of a signal under way, told receiver by receiver by whoever stands around it.

Every send of an application is told so, and what it costs is paid by each. So what can wait until it is
asked for waits, and who is on the roll is looked up in the signal's own books where they say enough. Only
plain values are kept: nobody lives longer for it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from inspect import isawaitable
from itertools import zip_longest
from time import perf_counter
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, TypeGuard
from weakref import ref

from blinker import Signal
from blinker._utilities import make_id

from signalcli.arguments import RESERVED_KEYS
from signalcli.bookkeeping import ANY_ID, blinkers_own, is_muted, is_weak, receivers_of
from signalcli.capture import Capture
from signalcli.functions import Receiver, answer, message_of, place
from signalcli.model import Call, RaisedError
from signalcli.reasons import why_called
from signalcli.reflection import inherited, is_a
from signalcli.rollcall import call_the_roll
from signalcli.sending import origin, stopped_at
from signalcli.text import as_json_value, copied
from signalcli.timeline import Event

if TYPE_CHECKING:
    from signalcli.roster import Roster

_BY_VALUE = (str, int, bool, type(None))
"""What JSON holds as it is, and nobody can change."""
_TO_ANY = "listens to ANY"
_CONNECTED = "was connected during this send"
_DISCONNECTED = "was disconnected during this send"
_NOBODY: frozenset[Hashable] = frozenset()


class Receivers:
    """Who receivers and senders are: each is asked about once, for as long as it lives.

    :param capture: the standard output in place, to tell what each receiver printed; ``None`` where
        that isn't told.
    """

    def __init__(self, roster: Roster, capture: Capture | None) -> None:
        self.roster = roster
        self.capture = capture
        self.withheld = roster.withheld if roster.withholds else None
        """Gives the reason why a receiver is never called; ``None`` where all are."""
        self.tells_more = capture is not None or self.withheld is not None
        """Whether there is more to tell of a receiver than its name, its result and its time."""
        self._names: dict[Hashable, tuple[ref[Any], ref[Any] | None, str]] = {}
        self._senders: dict[int, tuple[ref[Any], str | None, str | None]] = {}

    def name_of(self, receiver: Receiver, receiver_id: Hashable) -> str:
        """The name of a receiver, by blinker's id of it."""
        known = self._names.get(receiver_id)
        if known is not None:
            first, owner, name = known
            if owner is None:
                if first() is receiver:
                    return name
            elif first() is receiver.__func__ and owner() is receiver.__self__:  # type: ignore[attr-defined]
                return name
        name = self.roster.name_of(receiver)
        if type(receiver) is MethodType:
            if _can_be_weak(receiver.__func__, receiver.__self__):
                self._names[receiver_id] = ref(receiver.__func__), ref(receiver.__self__), name
        elif _can_be_weak(receiver):
            self._names[receiver_id] = ref(receiver), None, name
        return name

    def name_of_id(self, signal: Signal, receiver_id: Hashable) -> str:
        """The name of a receiver that a signal had, if it is still alive or has been named before."""
        held = receivers_of(signal).get(receiver_id)
        receiver = held() if held is not None and is_weak(held) else held
        if receiver is not None:
            return self.name_of(receiver, receiver_id)
        known = self._names.get(receiver_id)
        return "a receiver that is gone" if known is None else known[2]

    def told_results(self, results: list[tuple[Receiver, Any]], log: list[Any]) -> tuple[Any, ...]:
        """Of each receiver that returned, its name and the value, one after the other.

        :param log: as that of :class:`Send`.
        """
        if len(results) == 1:  # most signals have one receiver, and a loop takes long
            receiver, value = results[0]
            known = self._names.get(log[0])
            if known is not None and known[0]() is receiver:
                return known[2], value if type(value) in _BY_VALUE else _plain_value(value)
        told: list[object] = []
        for receiver, value in results:
            told += self.name_of(receiver, make_id(receiver)), _plain_value(value)
        return tuple(told)

    def told_sender(self, sender: object) -> tuple[object, str | None]:
        """A sender as JSON holds it, and what one that is compared by identity is shown as."""
        known = self._senders.get(id(sender))
        if known is not None and known[0]() is sender:
            text, shown = known[1:]
            return copied(as_json_value(sender)) if text is None else text, shown
        value = copied(as_json_value(sender))
        shown = self.roster.shown(sender)
        if _can_be_weak(sender):
            lasts = inherited(type(sender), "__repr__") is object.__repr__
            self._senders[id(sender)] = ref(sender), value if lasts else None, shown
        return value, shown


def _has_all(bucket: Any, ids: tuple[Hashable, ...]) -> bool:
    for receiver_id in ids:  # noqa: SIM110 - a generator takes long, and a bucket may be anything
        if receiver_id not in bucket:
            return False
    return True


def _can_be_weak(*things: object) -> bool:
    return all(type(thing).__weakrefoffset__ for thing in things)


class Row:
    """One receiver on the roll of a send, and what became of it."""

    is_expected = True
    """Whether blinker was to call it when the send began."""
    outcome = "skipped"
    value: object = None
    """What it returned, as JSON holds it."""
    error: RaisedError | None = None
    output = ""
    started = 0.0
    seconds = 0.0

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason

    def call(self) -> Call:
        """The same, as a value."""
        is_gone = self.is_expected and self.outcome == "skipped"
        return Call(
            self.name,
            self.outcome,
            _DISCONNECTED if is_gone else self.reason,
            self.value,
            self.error,
            self.output,
            round(self.seconds, 9),
        )


Roll = dict[Hashable, Row]
"""Who is on the roll of a signal, by blinker's ids."""


class Send:
    """One send under way."""

    dispatched = False
    """Whether blinker has asked whom to call."""
    depth = 0
    is_async = False
    is_withdrawn = False
    """Whether it was none: what was called only gave what is to be awaited, which sends then."""
    _sender_shown: str | None = None
    _exception: RaisedError | None = None
    _seconds: float | None = None
    _is_muted = False
    ids: tuple[Hashable, ...] | None = None
    """The ids of all receivers, where all are called for one reason: then it's told in brief."""
    reason = _TO_ANY
    """Why those are called that have no row yet."""
    gave: tuple[Any, ...] | None = None
    """Told in brief, of each receiver the name and what it returned."""
    reached: list[Row]
    """Those that it came to, in order; not there while it's told in brief."""

    def __init__(
        self,
        receivers: Receivers,
        signal: Signal,
        arguments: tuple[Any, ...],
        given: Mapping[str, Any],
        enclosing: Send | None,
    ) -> None:
        self.signal = signal
        self.log: list[Any] = []
        """Told in brief, of each that it came to the id, the time before and the time after."""
        self._receivers = receivers
        self._payload_keys = tuple(given)
        sender = self._sender = arguments[0] if arguments else None
        if type(sender) not in _BY_VALUE:
            self._sender, self._sender_shown = receivers.told_sender(sender)
        if given:
            self._exception = _exception_in(given)
        if enclosing is not None:
            self.depth = enclosing.depth + 1
            if receivers.capture is not None and enclosing.reached:
                enclosing.reached[-1].output += receivers.capture.take()
        if receivers.capture is not None:
            receivers.capture.take()  # what nobody of this send printed
        kind = type(signal)
        self._is_plain = _PLAIN[kind] if kind in _PLAIN else _is_plain(kind)
        if not (self._is_plain and self._calls_all(signal.__dict__, sender)):
            self._is_muted = is_muted(signal)
            self.reached = []
            self._roll = _called_roll(receivers, signal, sender)
            """Who is on the roll, by blinker's ids."""
        self._started = perf_counter()

    def _calls_all(self, own: dict[str, Any], sender: object) -> bool:
        """Whether all receivers are called, and that for one reason, as the signal's books say.

        :param own: the attributes of the signal.
        """
        if own.get("is_muted") or self._receivers.tells_more:
            return False
        ids, buckets = tuple(own["receivers"]), own["_by_sender"]
        if not _has_all(buckets.get(ANY_ID, _NOBODY), ids):
            if not _has_all(buckets.get(make_id(sender), _NOBODY), ids):
                return False
            self.reason = why_called(self.signal, ids[0], sender)
        self.ids = ids
        if len(ids) > 1:  # one may let go of another before that is reached
            for receiver_id in ids:
                self._receivers.name_of_id(self.signal, receiver_id)
        return True

    def timing(self, receivers: Iterator[Receiver]) -> Iterator[Receiver]:
        """Those that blinker comes to, each of them noted in brief."""
        log = self.log.append
        for receiver in receivers:
            log(id(receiver) if type(receiver) is FunctionType else make_id(receiver))
            log(perf_counter())
            yield receiver
            log(perf_counter())

    def noting(self, receivers: Iterator[Receiver]) -> Iterator[Receiver]:
        """Those that blinker comes to, each of them noted."""
        roll, known = self._roll, self._receivers
        for receiver in receivers:
            if known.withheld is not None and known.withheld(receiver) is not None:
                continue
            receiver_id = make_id(receiver)
            if receiver_id not in roll:
                roll[receiver_id] = Row(known.name_of(receiver, receiver_id), _CONNECTED)
            row = roll[receiver_id]
            self.reached.append(row)
            row.started = perf_counter()
            yield receiver
            row.seconds = perf_counter() - row.started
            if known.capture is not None:
                row.output += known.capture.take()

    def returned(self, results: Any) -> None:
        """It ended, and its caller has these. A subclass may give what it likes: then only who was
        called is known."""
        self._seconds = perf_counter() - self._started
        if self.ids is not None:
            if len(results) == len(self.ids):
                self.gave = self._receivers.told_results(results, self.log)
                return
            self._tell_in_full()
        self.is_withdrawn = not self.dispatched and isawaitable(results)
        self._match(results)

    def raised(self, error: BaseException) -> None:
        """It ended by an exception: a receiver's, or blinker's own."""
        self._seconds = perf_counter() - self._started
        results, receiver = stopped_at(error, self.signal)
        if self.ids is not None:
            self._tell_in_full()
        last = self.reached[-1] if len(self.reached) > len(results) else None
        self._match(results)
        if last is None:
            return
        self.reached.append(last)
        last.outcome = "raised"
        last.seconds = perf_counter() - last.started
        if self._receivers.capture is not None:
            last.output += self._receivers.capture.take()
        last.error = told(error)
        if last.error.where is None and receiver is not None:  # it wasn't entered
            where = self._receivers.roster.place_of(receiver)
            last.error = last.error._replace(where=where)
        for row in self._roll.values():
            if row.is_expected and row.outcome == "skipped":
                row.outcome, row.reason = "not_reached", f"{last.name} raised before it"

    def event(self, name: str) -> Event:
        """What it did, as far as it came.

        :param name: what the signal is called.
        """
        seconds = self._seconds
        if seconds is None:
            seconds = perf_counter() - self._started
        return Event(
            name,
            self.depth,
            self._sender,
            tuple(key for key in self._payload_keys if key not in RESERVED_KEYS),
            self._is_muted,
            tuple(self._calls()),
            round(seconds, 9),
            self._exception,
            self.is_async,
            self._sender_shown,
        )

    def _calls(self) -> Iterator[Call]:
        """What became of each receiver; nothing while that isn't known yet."""
        if self._seconds is None:
            return
        if self.gave is not None:
            columns = self.gave[::2], self.gave[1::2], self.log[1::3], self.log[2::3]
            for name, value, before, after in zip(*columns, strict=True):
                seconds = round(after - before, 9)
                yield Call(name, "returned", self.reason, value, seconds=seconds)
            return
        others = (row for row in self._roll.values() if row not in self.reached)
        yield from (row.call() for row in (*self.reached, *others))

    def _match(self, results: object) -> None:
        """Let those that gave the results have been reached.

        They are those that blinker came to, unless a subclass of ``Signal`` doesn't call all that it
        asks for.
        """
        if not _is_results(results):
            for row in self.reached:
                row.outcome = "returned"
            return
        self.reached = []
        for receiver, value in results:
            receiver_id = make_id(receiver)
            if receiver_id not in self._roll or self._roll[receiver_id].outcome == "returned":
                name = self._receivers.name_of(receiver, receiver_id)
                self._roll[receiver_id] = Row(name, _CONNECTED)
            row = self._roll[receiver_id]
            row.outcome, row.value = "returned", _plain_value(value)
            self.reached.append(row)

    def _tell_in_full(self) -> None:
        """Give a row to all receivers: not each of them returned."""
        ids, log = self.ids or (), self.log
        named = {id_: self._receivers.name_of_id(self.signal, id_) for id_ in (*ids, *log[::3])}
        self._roll = {id_: Row(name, self.reason) for id_, name in named.items()}
        self.ids, self.reached = None, []
        for id_, before, after in zip_longest(log[::3], log[1::3], log[2::3]):
            row = self._roll[id_]
            row.started = before
            row.seconds = 0.0 if after is None else after - before
            self.reached.append(row)


def told(error: BaseException) -> RaisedError:
    """An exception in plain values, with the place it came from where that isn't ours."""
    raised_at = None if error.__traceback__ is None else origin(error)
    where = None if raised_at is None else place(*raised_at)
    return RaisedError(type(error).__name__, message_of(error), where)


def _exception_in(payload: Mapping[str, object]) -> RaisedError | None:
    """The exception that a payload tells of, if it does."""
    for value in payload.values():
        if is_a(value, BaseException):
            return told(value)  # type: ignore[arg-type]
    return None


def _plain_value(value: object) -> object:
    """What JSON holds of a result."""
    return value if type(value) in _BY_VALUE else copied(as_json_value(value))


def _is_results(value: object) -> TypeGuard[list[tuple[Receiver, Any]]]:
    """Whether it is what blinker's own send gives: pairs of a receiver and what it returned."""
    if type(value) is not list:
        return False
    return all(type(pair) is tuple and len(pair) == 2 for pair in value)


# The roll.

_PLAIN: dict[type, bool] = {}
"""Of each class of signals, whether its books say who is called: they are blinker's or a copy's, and
nothing else is asked."""
_ASKED = (
    "send",
    "send_async",
    "receivers_for",
    "has_receivers_for",
    "__getattribute__",
    "__dict__",
)
_BOOKS = ("is_muted", "receivers", "_by_sender")


def _is_plain(kind: type) -> bool:
    root = blinkers_own(kind)
    _PLAIN[kind] = all(
        inherited(kind, name) is inherited(root, name) for name in _ASKED
    ) and not any(hasattr(type(inherited(kind, name)), "__set__") for name in _BOOKS)
    return _PLAIN[kind]


def _called_roll(receivers: Receivers, signal: Signal, sender: object) -> Roll:
    """The roll of a signal, with the reasons of those who aren't called.

    It is empty for a signal whose books blinker itself can't read: its send goes on, whatever comes.
    """
    roll = answer(lambda: call_the_roll(signal, receivers.roster, sender), None)
    if roll is None:
        return {}
    rows = {}
    for receiver_id, receiver in roll.receivers.items():
        row = Row(receivers.name_of(receiver, receiver_id), roll.reasons[receiver_id])
        row.is_expected = receiver_id in roll.expected
        rows[receiver_id] = row
    return rows
