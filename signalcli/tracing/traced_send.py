"""Record one send of a traced process.

This runs on every send of the traced application. A signal whose receivers are all called for one reason
takes a fast path: it logs ids and times, and builds rows only when the trace is read or a receiver
raises. Only plain values are stored, so recording keeps no receiver or sender alive.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from inspect import isawaitable
from itertools import zip_longest
from time import perf_counter
from types import FunctionType, NoneType
from typing import Any, TypeGuard

from blinker import Signal

from signalcli.language.phrases import phrase
from signalcli.sending.reasons import NOT_OVER, TO_ANY, why_listening
from signalcli.sending.rows import Plan, Row, plan_send
from signalcli.signals.classes import HAS_OWN_CODE, has_own_code
from signalcli.signals.internals import ANY_ID, LiveSignal, is_muted, make_id
from signalcli.signals.receivers import Receiver, try_call
from signalcli.signals.reflection import is_exactly, short_class_name
from signalcli.signals.send import stopped_at
from signalcli.signals.tracebacks import PATCH_FILES, raised_error
from signalcli.tracing.name_cache import NameCache
from signalcli.tracing.updates import ReturnedSend
from signalcli.values.delivery import RESERVED_KEYS, Call, RaisedError
from signalcli.values.trace import Event

PATCH_FILES.add(__file__)

_RESERVED = frozenset(RESERVED_KEYS)
_NO_IDS: frozenset[Hashable] = frozenset()


class TracedSend:
    """One send, which may still be running.

    The defaults are class attributes, so that most sends set few attributes.
    """

    dispatched = False
    """Whether blinker has called ``receivers_for``."""
    depth = 0
    number = 0
    """Its number in the recording, once that was read."""
    passed_on: tuple[tuple[str, str], ...] | None = None
    """Its receivers and their outcomes, as they were passed on before its end."""
    is_async = False
    is_withdrawn = False
    """Whether it is no send: ``send`` only returned an awaitable, which sends later."""
    _payload_keys: tuple[str, ...] = ()
    _exception: RaisedError | None = None
    _seconds: float | None = None
    _is_muted = False
    ids: tuple[Hashable, ...] | None = None
    """On the fast path, the ids of all receivers; ``None`` if the plan has a row for each."""
    _reason: str = TO_ANY
    """On the fast path, why all receivers are called."""
    _results: list[Any] | None = None
    """On the fast path, the name and the value of each receiver that returned, in one flat list."""
    parent: TracedSend | None = None
    """The send whose receiver made this one."""
    plan: Plan | None = None
    """The rows; ``None`` on the fast path."""
    _failed: str | None = None
    """The type of the exception that ended it."""

    def __init__(
        self,
        names: NameCache,
        signal: Signal,
        sender: object,
        given: Mapping[str, Any],
        enclosing: TracedSend | None,
    ) -> None:
        self.signal = signal
        self.log: list[Any] = []
        """On the fast path, three items per call: the receiver's id, its start and its end."""
        self._names = names
        kind = type(sender)
        if sender is not None and kind is not str and kind is not int and kind is not bool:
            self._sender: Any = names.senders.get(id(sender)) or names.name_sender(sender)
        else:
            self._sender = sender
        if given:
            self._payload_keys = tuple(given)
            for value in given.values():
                if issubclass(type(value), BaseException):
                    self._exception = raised_error(value, names.message_of)
                    break
        if enclosing is not None:
            self.parent = enclosing
            self.depth = enclosing.depth + 1
        if names.capture is not None:
            printed = names.capture.take()  # before this send: by the receiver that made it
            if enclosing is not None and enclosing.plan is not None and enclosing.plan.reached:
                enclosing.plan.reached[-1].output += printed
        kind = type(signal)
        own_code = HAS_OWN_CODE.get(kind)
        if own_code is None:
            own_code = has_own_code(kind)
        if not own_code and not names.needs_rows:
            own = signal.__dict__
            self.ids = ids = tuple(own["receivers"])
            only = ids[0] if len(ids) == 1 else None  # most signals have one receiver
            if own.get("is_muted") or only not in own["_by_sender"].get(ANY_ID, _NO_IDS):
                self._check_fast_path(own, sender)
        if self.ids is None:
            self._is_muted = is_muted(signal)
            live = LiveSignal("", signal, names.receivers)
            empty = Plan(names, {})  # of a signal that blinker itself can't read
            self.plan = try_call(lambda: plan_send(names, live, sender), empty)
        self._started = perf_counter()

    def _check_fast_path(self, own: dict[str, Any], sender: object) -> None:
        """Leave the fast path unless all receivers are called for one reason."""
        ids, buckets = self.ids or (), own["_by_sender"]
        self._names.name_all(self.signal, ids)
        to_any, to_sender = buckets.get(ANY_ID, _NO_IDS), buckets.get(make_id(sender), _NO_IDS)
        if own.get("is_muted"):
            self.ids = None
        elif not all(id_ in to_any for id_ in ids):
            if all(id_ in to_sender and id_ not in to_any for id_ in ids):
                self._reason = why_listening(self._names.receivers.shown_sender(sender))
            else:
                self.ids = None

    def log_calls(self, receivers: Iterator[Receiver]) -> Iterator[Receiver]:
        """Yield receivers to blinker's ``send``, and log when each begins and ends: the fast path."""
        log = self.log.append
        for receiver in receivers:
            log(id(receiver) if type(receiver) is FunctionType else make_id(receiver))
            log(perf_counter())
            yield receiver
            log(perf_counter())

    def returned(self, results: Any) -> None:
        """Record the end of the send, and what it returned.

        Another thread may read the send meanwhile: it is over once all is recorded.
        """
        seconds = perf_counter() - self._started
        if self.ids is not None:
            if len(results) == len(self.ids):
                named = self._names.named_results(self.signal, self.ids, results, self.log)
                if named is not None:
                    self._results, self._seconds = named, seconds
                    return
            self._leave_fast_path([one for one, _ in results] if _is_results(results) else ())
        self.is_withdrawn = not self.dispatched and isawaitable(results)
        self._match(results)
        self._seconds = seconds

    def raised(self, error: BaseException) -> None:
        """Record that an exception ended the send: a receiver's, or blinker's own."""
        ended = perf_counter()
        self._failed = short_class_name(type(error))
        with suppress(RecursionError):  # no room to record it, and it is raised anyway
            self._fail(error, ended)
        self._seconds = ended - self._started

    def _fail(self, error: BaseException, ended: float) -> None:
        results, receiver = stopped_at(error, self.signal)
        plan = self._leave_fast_path([*(one for one, _ in results), receiver])
        last = plan.reached[-1] if len(plan.reached) > len(results) else None
        if results:
            self._match(results)
        if last is None and receiver is not None and not self.dispatched:
            last = plan.row_of(receiver)  # of a receivers_for that was bound before the recording
            last.started = self._started
        if last is None:
            known = {"type": self._failed, "message": self._names.message_of(error)}
            plan.stop(phrase("the send itself raised {type}: {message}", **known))
            return
        if last not in plan.reached:
            plan.reached.append(last)
        plan.fail(error, ended, receiver)

    @property
    def unfinished(self) -> TracedSend | None:
        """This send or the innermost send around it that isn't over."""
        send: TracedSend | None = self
        while send is not None and send._seconds is not None:
            send = send.parent
        return send

    def takes_over(self, signal: Signal, sender: object, given: Mapping[str, Any]) -> bool:
        """Record the sender and the payload that a subclass's ``send`` passes on to blinker's ``send``.

        Return true if the nested call is such a ``send``; false, and change nothing, if it is a new send.
        """
        if self.signal is not signal or self.dispatched or self._seconds is not None:
            return False
        is_plain = is_exactly(sender, str, int, bool, NoneType)
        self._sender = sender if is_plain else self._names.name_sender(sender)
        self._payload_keys = tuple(given)
        return True

    def update(self, name: str, trace_started: float) -> Event | ReturnedSend | None:
        """Return what the send has done until now; ``None`` if it is no send.

        :param name: the name of the signal.
        :param trace_started: when the trace began, as ``perf_counter`` gives it.
        """
        if self.is_withdrawn:
            return None
        sender, label = self._names.sender_and_label(self._sender)
        keys = self._payload_keys
        if not _RESERVED.isdisjoint(keys):
            keys = tuple(key for key in keys if key not in _RESERVED)
        seconds, results, log = self._seconds, self._results, self.log
        is_over = seconds is not None
        if results is not None and seconds is not None:
            columns = results, log[1::3], log[2::3]
            fields = self.depth, sender, label, keys, seconds, self._reason
            returned = ReturnedSend(*fields, *columns, self._started - trace_started)
            if self._exception is None and not self.is_async:
                return returned
            event = returned.event(name)
            return event._replace(exception=self._exception, is_async=self.is_async)
        if seconds is None:
            seconds = perf_counter() - self._started
        return Event(
            name,
            self.depth,
            sender,
            keys,
            self._is_muted,
            self._calls(),
            round(seconds, 9),
            self._exception,
            self.is_async,
            label,
            is_over,
            round(max(self._started - trace_started, 0.0), 9),
        )

    def _calls(self) -> tuple[Call, ...]:
        if self.plan is not None and self._seconds is not None:
            return self.plan.calls()
        return tuple(self._calls_so_far(self.plan or self._plan_from_log()))

    def _calls_so_far(self, plan: Plan) -> Iterator[Call]:
        """Yield the calls of a send that isn't over, or whose end couldn't be recorded."""
        for row in list(plan.reached):
            call = row.call()._replace(reason=row.reason)
            if row.outcome != "returned" and self._failed is not None:
                call = call._replace(outcome="raised", error=RaisedError(self._failed, "", None))
            elif row.outcome != "returned":
                seconds = round(perf_counter() - row.started, 9)
                call = call._replace(outcome="running", seconds=seconds)
            yield call
        for row in plan.others():
            outcome = "not_reached" if row.is_expected else "skipped"
            yield Call(row.name, outcome, NOT_OVER if row.is_expected else row.reason)

    def _match(self, results: object) -> None:
        """Write the results into the rows.

        A subclass's own ``send`` may call other receivers than ``receivers_for`` yields: the results
        decide. It may also return something else: then the rows stay as they are.
        """
        plan = self._leave_fast_path()
        matched = self._matched(results, plan)
        if matched is None:
            if not self.dispatched and not self._is_muted and self._failed is None:
                kind = type(self.signal).__qualname__
                plan.stop(phrase("unknown: {type}.send doesn't tell", type=kind))
            return
        reached: list[Row] = []
        for row, value in matched:
            if row in reached:
                row = Row(row.name, row.reason)
            row.reason = row.if_called or row.reason
            row.outcome, row.value = "returned", self._names.result_value(value)
            reached.append(row)
        plan.reached = reached

    def _matched(self, results: object, plan: Plan) -> list[tuple[Row, Any]] | None:
        """Return each result with its row; ``None`` if one is of a receiver without a row."""
        if not _is_results(results):
            return None
        rows = [row for one, _ in results if (row := plan.find(one)) is not None]
        if len(rows) < len(results):
            if not self.dispatched or has_own_code(type(self.signal)):
                return None
            # 1.6 and 1.7 return what their ``_async_wrapper`` made of receivers
            rows = plan.reached
        return [(row, value) for row, (_, value) in zip(rows, results, strict=False)]

    def _leave_fast_path(self, called: Sequence[Receiver | None] = ()) -> Plan:
        """Return the plan, after building it if the send was on the fast path."""
        if self.plan is None:
            self.plan, self.ids = self._plan_from_log(called), None
        return self.plan

    def _plan_from_log(self, called: Sequence[Receiver | None] = ()) -> Plan:
        """Return the rows of the log.

        :param called: the receivers that were called, as far as known, in the order of the log.
        """
        log = list(self.log)

        def new_row(id_: Hashable) -> Row:
            return Row(self._names.name_of_id(self.signal, id_), self._reason)

        plan = Plan(self._names, {id_: new_row(id_) for id_ in self.ids or ()})
        for receiver, id_ in zip(called, log[::3], strict=False):
            if receiver is not None and id_ not in plan.rows and make_id(receiver) == id_:
                plan.row_of(receiver)
        for id_, before, after in zip_longest(log[::3], log[1::3], log[2::3]):
            if id_ not in plan.rows:
                plan.rows[id_] = new_row(id_)
            row = plan.rows[id_]
            row.started = before or perf_counter()
            if after is not None:
                row.outcome, row.seconds = "returned", after - row.started
            plan.reached.append(row)
        return plan


def _is_results(value: object) -> TypeGuard[list[tuple[Receiver, Any]]]:
    """Return whether a value looks like the result of blinker's ``send``."""
    if type(value) is not list:
        return False
    return all(type(pair) is tuple and len(pair) == 2 for pair in value)
