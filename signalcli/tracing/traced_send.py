"""One send of a signal under way, told receiver by receiver by whoever stands around it.

Every send of an application is told so, and what it costs is paid by each. So what can wait until it is
asked for waits, and who is on the roll is looked up in the signal's own books where they say enough. Only
plain values are kept: nobody lives longer for it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from inspect import isawaitable
from itertools import zip_longest
from time import perf_counter
from types import FunctionType
from typing import Any, TypeGuard

from blinker import Signal
from blinker._utilities import make_id

from signalcli.cli.parsing.senders_and_payload import RESERVED_KEYS
from signalcli.roll import Roll, Row, call_roll
from signalcli.sending.reasons import why_called
from signalcli.signals.functions import Receiver, message_of, place
from signalcli.signals.internals import ANY_ID, is_muted
from signalcli.signals.patching import PLAIN, is_plain
from signalcli.signals.send import origin, stopped_at
from signalcli.tracing.name_cache import BY_VALUE, Known, plain_value
from signalcli.values.delivery import Call, RaisedError
from signalcli.values.trace import Event

_TO_ANY = "listens to ANY"
_CONNECTED = "was connected during this send"
_NOT_OVER = "the send wasn't over"
_NOBODY: frozenset[Hashable] = frozenset()


class Send:
    """One send under way."""

    dispatched = False
    """Whether blinker has asked whom to call."""
    depth = 0
    is_async = False
    is_withdrawn = False
    """Whether it was none: what was called only gave what is to be awaited, which sends then."""
    _payload_keys: tuple[str, ...] = ()
    _sender_shown: str | None = None
    _exception: RaisedError | None = None
    _seconds: float | None = None
    _is_muted = False
    ids: tuple[Hashable, ...] | None = None
    """The ids of all receivers, where all are called for one reason: then it's told in brief."""
    reason = _TO_ANY
    """Why those are called that have no row yet."""
    gave: list[Any] | None = None
    """Told in brief, of each receiver the name and what it returned."""
    parent: Send | None = None
    """The send whose receiver made it."""
    reached: Sequence[Row] = ()
    """Those that it came to, in order; empty while it's told in brief."""
    _roll: Roll = {}  # noqa: RUF012 - one of its own stands in its place
    """Who is on the roll, by blinker's ids; empty while it's told in brief."""
    _failed: str | None = None
    """The kind of the exception that ended it, if one did."""

    def __init__(
        self,
        known: Known,
        signal: Signal,
        sender: object,
        given: Mapping[str, Any],
        enclosing: Send | None,
    ) -> None:
        self.signal = signal
        self.log: list[Any] = []
        """Told in brief, of each that it came to the id, the time before and the time after."""
        self._known = known
        self._sender = sender
        if type(sender) not in BY_VALUE:
            told_before = known.senders.get(id(sender))
            if told_before is None or told_before[0]() is not sender or told_before[1] is None:
                told_before = known.told_sender(sender)
            _, self._sender, self._sender_shown = told_before
        if given:
            self._payload_keys = tuple(given)
            for value in given.values():
                if issubclass(type(value), BaseException):
                    self._exception = told(value)
                    break
        if enclosing is not None:
            self.parent = enclosing
            self.depth = enclosing.depth + 1
            if known.capture is not None and enclosing.reached:
                enclosing.reached[-1].output += known.capture.take()
        if known.capture is not None:
            known.capture.take()  # what nobody of this send printed
        kind = type(signal)
        if (PLAIN[kind] if kind in PLAIN else is_plain(kind)) and not known.tells_more:
            own = signal.__dict__
            self.ids = tuple(own["receivers"])
            only = self.ids[0] if len(self.ids) == 1 else None  # as most signals have it
            if own.get("is_muted") or only not in own["_by_sender"].get(ANY_ID, _NOBODY):
                self._look_further(own, sender)
        if self.ids is None:
            self._is_muted = is_muted(signal)
            self._roll = call_roll(known, signal, sender)
        self._started = perf_counter()

    def _look_further(self, own: dict[str, Any], sender: object) -> None:
        """Leave it at telling in brief only if all receivers are called, and that for one reason.

        :param own: the attributes of the signal: its books say that.
        """
        ids, buckets = self.ids or (), own["_by_sender"]
        self._known.name_all(self.signal, ids)
        to_any, to_sender = buckets.get(ANY_ID, _NOBODY), buckets.get(make_id(sender), _NOBODY)
        if own.get("is_muted"):
            self.ids = None
        elif not all(id_ in to_any for id_ in ids):
            if all(id_ in to_sender and id_ not in to_any for id_ in ids):
                self.reason = why_called(self.signal, ids[0], sender)
            else:
                self.ids = None

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
        roll, known = self._roll, self._known
        reached: list[Row] = []
        self.reached = reached
        for receiver in receivers:
            if known.withheld is not None and known.withheld(receiver) is not None:
                continue
            receiver_id = make_id(receiver)
            if receiver_id not in roll:
                roll[receiver_id] = Row(known.name_of(receiver, receiver_id), _CONNECTED)
            row = roll[receiver_id]
            row.reason = row.if_called or row.reason
            reached.append(row)
            row.started = perf_counter()
            yield receiver
            row.seconds = perf_counter() - row.started
            row.outcome = "returned"
            if known.capture is not None:
                row.output += known.capture.take()

    def returned(self, results: Any) -> None:
        """It ended, and its caller has these. A subclass may give what it likes: then only who was
        called is known."""
        self._seconds = perf_counter() - self._started
        if self.ids is not None:
            if len(results) == len(self.ids):
                self.gave = self._known.told_results(results, self.log)
                return
            self._tell_in_full()
        self.is_withdrawn = not self.dispatched and isawaitable(results)
        self._match(results)

    def raised(self, error: BaseException) -> None:
        """It ended by an exception: a receiver's, or blinker's own."""
        ended = perf_counter()
        self._seconds = ended - self._started
        self._failed = type(error).__name__
        with suppress(RecursionError):  # no room for more, and the very exception is on its way
            self._tell_error(error, ended)

    def _tell_error(self, error: BaseException, ended: float) -> None:
        results, receiver = stopped_at(error, self.signal)
        if self.ids is not None:
            self._tell_in_full()
        last = self.reached[-1] if len(self.reached) > len(results) else None
        if results:
            self._match(results)
        if last is None:
            reason = f"the send itself raised {self._failed}: {message_of(error)}"
        else:
            if last not in self.reached:
                self.reached = [*self.reached, last]
            last.outcome = "raised"
            last.seconds = ended - last.started
            if self._known.capture is not None:
                last.output += self._known.capture.take()
            last.error = told(error)
            if last.error.where is None and receiver is not None:  # it wasn't entered
                where = self._known.roster.place_of(receiver)
                last.error = last.error._replace(where=where)
            reason = f"{last.name} raised before it"
        self._not_reached(reason)

    def _not_reached(self, reason: str) -> None:
        """Say of those that were to be called why they weren't."""
        for row in self._roll.values():
            if row.is_expected and row.outcome == "skipped":
                row.outcome, row.reason = "not_reached", reason

    @property
    def lasting(self) -> Send | None:
        """It, or the innermost send around it that isn't over."""
        send: Send | None = self
        while send is not None and send._seconds is not None:
            send = send.parent
        return send

    def takes_over(self, signal: Signal, sender: object, given: Mapping[str, Any]) -> bool:
        """Whether a send is that of a subclass passed on to blinker's, and so told already.

        Then what the receivers get is what is passed on.
        """
        if self.signal is not signal or self.dispatched or self._seconds is not None:
            return False
        self._sender, self._sender_shown = sender, None
        if type(sender) not in BY_VALUE:
            _, self._sender, self._sender_shown = self._known.told_sender(sender)
        self._payload_keys = tuple(given)
        return True

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
            self._seconds is not None,
        )

    def _calls(self) -> Iterator[Call]:
        """What became of each receiver, as far as it is known."""
        if self.gave is not None:
            columns = self.gave[::2], self.gave[1::2], self.log[1::3], self.log[2::3]
            for name, value, before, after in zip(*columns, strict=True):
                seconds = round(after - before, 9)
                yield Call(name, "returned", self.reason, value, seconds=seconds)
            return
        is_told = self._seconds is not None and self.ids is None
        roll, reached = (self._roll, self.reached) if self.ids is None else self._in_full()
        others = [row for row in list(roll.values()) if row not in reached]
        if is_told:
            yield from (row.call() for row in (*reached, *others))
        else:
            yield from self._so_far(list(reached), others)

    def _so_far(self, reached: list[Row], others: list[Row]) -> Iterator[Call]:
        """What is known while it isn't over, or if there was no room to say how it ended."""
        for row in reached:
            call = row.call()._replace(reason=row.reason)
            if row.outcome != "returned" and self._failed is not None:
                call = call._replace(outcome="raised", error=RaisedError(self._failed, "", None))
            elif row.outcome != "returned":
                seconds = round(perf_counter() - row.started, 9)
                call = call._replace(outcome="running", seconds=seconds)
            yield call
        for row in others:
            outcome = "not_reached" if row.is_expected else "skipped"
            yield Call(row.name, outcome, _NOT_OVER if row.is_expected else row.reason)

    def _match(self, results: object) -> None:
        """Let those that gave the results have been reached.

        They are those that blinker came to, unless a subclass of ``Signal`` doesn't call all that it
        asks for, or gives its caller something else.
        """
        if not _is_results(results) or not all(make_id(one) in self._roll for one, _ in results):
            if not self.dispatched and not self._is_muted and self._failed is None:
                self._not_reached(f"unknown: {type(self.signal).__qualname__}.send doesn't tell")
            return
        reached: list[Row] = []
        for receiver, value in results:
            receiver_id = make_id(receiver)
            row = self._roll[receiver_id]
            if row in reached:
                row = self._roll[object()] = Row(row.name, row.reason)
            row.reason = row.if_called or row.reason
            row.outcome, row.value = "returned", plain_value(value)
            reached.append(row)
        self.reached = reached

    def _tell_in_full(self) -> None:
        """Give a row to all receivers: not each of them returned."""
        self._roll, self.reached = self._in_full()
        self.ids = None

    def _in_full(self) -> tuple[Roll, list[Row]]:
        """The rows of all receivers, and of those that it came to."""
        ids, log = self.ids or (), list(self.log)
        named = {id_: self._known.name_of_id(self.signal, id_) for id_ in (*ids, *log[::3])}
        roll: Roll = {id_: Row(name, self.reason) for id_, name in named.items()}
        reached = []
        for id_, before, after in zip_longest(log[::3], log[1::3], log[2::3]):
            row = roll[id_]
            row.started = before or perf_counter()
            if after is not None:
                row.outcome, row.seconds = "returned", after - row.started
            reached.append(row)
        return roll, reached


def told(error: BaseException) -> RaisedError:
    """An exception in plain values, with the place it came from where that isn't ours."""
    raised_at = None if error.__traceback__ is None else origin(error)
    where = None if raised_at is None else place(*raised_at)
    return RaisedError(type(error).__name__, message_of(error), where)


def _is_results(value: object) -> TypeGuard[list[tuple[Receiver, Any]]]:
    """Whether it is what blinker's own send gives: pairs of a receiver and what it returned."""
    if type(value) is not list:
        return False
    return all(type(pair) is tuple and len(pair) == 2 for pair in value)
