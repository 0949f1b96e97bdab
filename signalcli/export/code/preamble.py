"""Write the code that makes a session's receivers, signals and connections, in order."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

from signalcli.export.code.connections import (
    ConnectStep,
    decorator_steps,
    write_connects,
    write_decorators,
)
from signalcli.export.code.functions import ImportedReceiver, ReceiverFunctions, find_receivers
from signalcli.export.code.literals import quote
from signalcli.export.code.module import Module
from signalcli.export.code.sends import RepeatedSends, write_send
from signalcli.history.record import Record
from signalcli.playground.playground import Playground
from signalcli.streams import Capture
from signalcli.values.delivery import CALLED, Message, SendOptions
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.session import Session, SignalState
from signalcli.values.signal_name import SignalName

COLLECTING = SendOptions(on_error="continue")


class ExpectedCalls(NamedTuple):
    """The calls that a send would make."""

    receivers: tuple[str, ...]
    """The receivers that would be called, in order, with the one that would raise."""
    error: str | None
    """The type of the exception that would come out of the send."""
    is_sent: bool = True
    """Whether the signal would be sent: not if ``connected_to()`` raises before."""


class Preamble:
    """The beginning of an exported module: functions of receivers, signals and connections.

    UsageError if the package that offered a receiver isn't installed any more.
    """

    def __init__(self, module: Module, session: Session, sends: RepeatedSends) -> None:
        self.module = module
        self._states = {SignalName.parse(text): state for text, state in session.signals.items()}
        self._dropped = session.dropped
        self._connected = tuple(sends.connected)
        needed = [receiver for state in self._states.values() for receiver, _ in state.receivers]
        needed += [receiver for _, receiver in self._connected]
        self.receivers = find_receivers(needed, session)
        self.functions = ReceiverFunctions(module, self.receivers)
        declared = {
            name: what if isinstance(what, OwnReceiver) else OwnReceiver()
            for name, what in self.receivers.items()
            if what is not None
        }  # an import is expected to return None: its code is not loaded
        self._playground = Playground(
            Session(session.signals, declared), "", Capture(sys.stdout, False), lambda name: True
        )
        self._namespaces: dict[str, str] = {}
        self._made: set[str] = set()
        """The variables of the namespaces that are defined already."""
        self.signals: dict[str, str] = {}
        """The expression of each signal, such as ``"king"`` or ``"king.receiver_connected"``."""
        for name in sorted(self._states, key=lambda name: name.meta is not None):
            self.signals[str(name)] = self._variable(name)

    def function(self, receiver: str) -> str:
        """Return the function of a receiver."""
        return self.functions.identifiers[receiver]

    def expected(self, signal: str, message: Message) -> ExpectedCalls:
        """Return the calls that a send would make. It changes the signal as that send would."""
        delivery = self._playground.explain(SignalName.parse(signal), message)
        errors = [
            (each, call.error.type)
            for each in (delivery, *delivery.deliveries)
            for call in each.calls
            if call.error is not None and each.options.on_error == "stop"
        ]
        called = (call.receiver for call in delivery.calls if call.outcome in CALLED)
        is_sent = all(
            each is delivery or SignalName.parse(each.signal).meta != "receiver_connected"
            for each, _ in errors
        )
        return ExpectedCalls(tuple(called), errors[-1][1] if errors else None, is_sent)

    def expected_again(self, record: Record, runs: bool = True) -> ExpectedCalls:
        """Return the calls of a repeated send, in the order of the sends. Unless it ``runs``, none raises."""
        delivery, options = record.delivery, record.delivery.options
        options = options if runs else options._replace(on_error="continue")
        message = Message(delivery.sender, dict(delivery.payload), options)
        return self.expected(delivery.signal, message)

    def send_again(self, record: Record) -> str:
        """Return the statement that repeats a past send."""
        signal = self.signals[record.delivery.signal]
        return write_send(self.module, signal, record, self.functions.identifiers)

    def listeners(self, signal: str, sender: object) -> tuple[str, ...]:
        """Return the receivers that a send would call if none of them raised."""
        return self.expected(signal, Message(sender, {}, COLLECTING)).receivers

    def is_import(self, receiver: str) -> bool:
        """Return whether a receiver is an import, which may raise anything."""
        return isinstance(self.receivers[receiver], ImportedReceiver)

    def may_raise(self, record: Record, expected: ExpectedCalls) -> bool:
        """Return whether a send calls an import, which may raise anything."""
        around = self.receivers if record.delivery.options.connected_to is not None else ()
        return any(map(self.is_import, (*expected.receivers, *around)))

    def add_by_calls(self) -> None:
        """Add functions, then signals with their connections as calls of ``connect``."""
        self.module.add(self.functions.imports())
        for receiver in self._local():
            self.module.add(self.functions.definition(receiver))
        for name, state in self._plain():
            self.module.add(*self._defined(name, state), *self._write_connects(name, state))
        self._add_metas()

    def add_by_decorators(self) -> None:
        """Add signals, then functions with their connections as decorators, where that is possible."""
        self.module.add(*(line for each in self._plain() for line in self._defined(*each)))
        self.module.add(self.functions.imports())
        plans = self._decorated()
        lines: dict[str, list[str]] = {}
        for plan in plans:
            for step in plan.steps:
                above = write_decorators(self.module, plan.signal, step, plan.weak[step.receiver])
                lines.setdefault(step.receiver, []).extend(above)
        ordered = _in_order(list(self._local()), plans)
        assert ordered is not None, "the plans agree"
        for receiver in ordered:
            self.module.add(self.functions.definition(receiver, lines.get(receiver, ())))
        done = {plan.signal for plan in plans}
        for name, state in self._plain():
            write = self._muted if self.signals[str(name)] in done else self._write_connects
            self.module.add(*write(name, state))
        self._add_metas()

    def add_drops(self) -> None:
        """Delete the functions of dropped receivers, unless a send needs them."""
        needed = {receiver for _, receiver in self._connected}
        gone = [name for name in self._dropped if name in self.receivers and name not in needed]
        if gone:
            self.module.add(f"del {', '.join(map(self.function, gone))}")

    def _add_metas(self) -> None:
        """Connect to meta signals last, so that the other connections don't send them."""
        lines = [
            line
            for name, state in self._states.items()
            if name.meta is not None and (state.receivers or state.muted)
            for line in self._defined(name, state) + self._write_connects(name, state)
        ]
        self.module.add(*lines)
        if self.module.needs_signal_names:
            names = self.module.add_runtime("NAMES")
            self.module.add(*(f"{names}[{s}] = {quote(name)}" for name, s in self.signals.items()))

    def _plain(self) -> Iterator[tuple[SignalName, SignalState]]:
        return ((name, state) for name, state in self._states.items() if name.meta is None)

    def _variable(self, name: SignalName) -> str:
        """Return a new variable for a signal, and one for its namespace if that has none."""
        if name.meta is not None:
            return f"{self.signals[str(name.base)]}.{name.meta}"
        new = self.module.identifiers.new
        if name.namespace is None:
            return new(name.name, "signal")
        if name.namespace not in self._namespaces:
            self._namespaces[name.namespace] = new(name.namespace, "namespace")
        return new(f"{self._namespaces[name.namespace]}_{name.name}", "signal")

    def _defined(self, name: SignalName, state: SignalState) -> list[str]:
        """Return the statements that define a signal, and its namespace before its first signal."""
        called, is_ordered = self.signals[str(name)], self._is_ordered(name, state)
        if name.meta is not None:
            made = f"{called} = {self.module.add_runtime('OrderedSignal')}({called}.__doc__)"
            return [made] if is_ordered else []
        doc = f"doc={quote(state.doc)}" if state.doc else ""
        if name.anonymous and is_ordered:
            return [f"{called} = {self.module.add_runtime('OrderedSignal')}({doc})"]
        if name.anonymous:
            return [f"{called} = {self._blinker('Signal')}({doc})"]
        given = ", ".join(filter(None, (quote(name.name), doc)))
        lines = []
        namespace = None if name.namespace is None else self._namespaces[name.namespace]
        if namespace is not None and namespace not in self._made:
            self._made.add(namespace)
            lines.append(f"{namespace} = {self._blinker('Namespace')}()")
        if not is_ordered:
            maker = f"{namespace}.signal" if namespace else self._blinker("signal")
            return [*lines, f"{called} = {maker}({given})"]
        place = f"{namespace or self._blinker('default_namespace')}[{quote(name.name)}]"
        kind = self.module.add_runtime("OrderedNamedSignal")
        return [*lines, f"{called} = {place} = {kind}({given})"]

    def _is_ordered(self, name: SignalName, state: SignalState) -> bool:
        """Return whether a signal needs an ordered set. With fewer than two receivers it doesn't."""
        if not state.ordered:
            return False
        meanwhile = {receiver for signal, receiver in self._connected if signal == str(name)}
        return len({receiver for receiver, _ in state.receivers} | meanwhile) > 1

    def _blinker(self, name: str) -> str:
        return self.module.import_name("blinker", name)

    def _local(self) -> Iterator[str]:
        return filter(self.functions.is_defined_here, self.receivers)

    def _write_connects(self, name: SignalName, state: SignalState) -> list[str]:
        called, functions = self.signals[str(name)], self.functions.identifiers
        connects = write_connects(self.module, called, state, functions)
        return [*connects, *self._muted(name, state)]

    def _muted(self, name: SignalName, state: SignalState) -> list[str]:
        return [f"{self.signals[str(name)]}.is_muted = True"] if state.muted else []

    def _decorated(self) -> list[_SignalDecorators]:
        plans = []
        for name, state in self._plain():
            steps = decorator_steps(state)
            if steps and all(self.functions.is_defined_here(step.receiver) for step in steps):
                signal = self.signals[str(name)]
                plans.append(_SignalDecorators(signal, steps, dict(state.receivers)))
        return _agreeing(plans)


class _SignalDecorators(NamedTuple):
    """The decorators of one signal, in the order of its receivers."""

    signal: str
    steps: Sequence[ConnectStep]
    weak: dict[str, bool]


def _agreeing(plans: list[_SignalDecorators]) -> list[_SignalDecorators]:
    """Return plans that agree on one order of the functions: all if possible, else greedily."""
    if _in_order([], plans) is not None:
        return plans
    agreeing: list[_SignalDecorators] = []
    place: dict[str, int] = {}
    for plan in plans:
        new = [step.receiver for step in plan.steps if step.receiver not in place]
        known = [place[step.receiver] for step in plan.steps if step.receiver in place]
        is_behind = [step.receiver for step in plan.steps][-len(new) :] == new if new else True
        if known == sorted(known) and is_behind:
            place |= {receiver: len(place) + number for number, receiver in enumerate(new)}
            agreeing.append(plan)
    return agreeing


def _in_order(receivers: Sequence[str], plans: Sequence[_SignalDecorators]) -> list[str] | None:
    """Return the receivers in the order of the plans, or in their own order where those allow it.

    ``None`` if the plans contradict each other.
    """
    place = {receiver: number for number, receiver in enumerate(receivers)}
    sorter = TopologicalSorter(dict.fromkeys(receivers, ()))
    for plan in plans:
        names = [step.receiver for step in plan.steps]
        for name in names:
            place.setdefault(name, len(place))
            sorter.add(name)
        for first, second in pairwise(names):
            sorter.add(second, first)
    try:
        sorter.prepare()
    except CycleError:
        return None
    ready: list[tuple[int, str]] = []
    ordered = []
    while sorter.is_active():
        for name in sorter.get_ready():
            heappush(ready, (place[name], name))
        _, name = heappop(ready)
        ordered.append(name)
        sorter.done(name)
    return ordered
