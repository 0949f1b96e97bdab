"""A session's signals and connections ⇒ the code that makes them, in the order that gives them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

from signalcli.export.code.connections import Step, connects, decorated, decorators
from signalcli.export.code.functions import Functions, Imported, found
from signalcli.export.code.literals import quoted
from signalcli.export.code.module import Module
from signalcli.export.code.sends import Sends
from signalcli.export.rehearsal import Foreseen, Rehearsal
from signalcli.history.record import Record
from signalcli.values.delivery import Session, SignalState
from signalcli.values.signal_name import SignalName


class Setup:
    """What an exported module begins with: the functions, the signals, and who is connected.

    :param module: what the code goes into.
    :param sends: what is sent afterwards; it may need receivers and an order of its own.
    :raises UsageError: for a receiver that no installed package offers any more.
    """

    def __init__(self, module: Module, session: Session, sends: Sends) -> None:
        self.module = module
        self._states = {SignalName.parse(text): state for text, state in session.signals.items()}
        self._dropped = session.dropped
        self._connected = tuple(sends.connected)
        needed = [receiver for state in self._states.values() for receiver, _ in state.receivers]
        needed += [receiver for _, receiver in self._connected]
        self.receivers = found(needed, session)
        """What each receiver is that the module has, by its name."""
        self.functions = Functions(module, self.receivers)
        self.rehearsal = Rehearsal(session, self.receivers)
        self._namespaces: dict[str, str] = {}
        self._made: set[str] = set()
        """The namespaces that the module has already."""
        self._signals: dict[str, str] = {}
        for name in sorted(self._states, key=lambda name: name.meta is not None):
            self._signals[str(name)] = self._called(name)

    def signal(self, name: str) -> str:
        """What a signal is called in the module."""
        return self._signals[name]

    def function(self, receiver: str) -> str:
        """What the function of a receiver is called in the module."""
        return self.functions.identifiers[receiver]

    def foresee(self, record: Record, runs: bool = True) -> Foreseen:
        """Whom a past send would call now. Sends are foreseen in their order, for each may matter
        to the next.

        :param runs: as that of :meth:`~signalcli.export.rehearsal.Rehearsal.send`.
        """
        delivery = record.delivery
        return self.rehearsal.send(
            delivery.signal, delivery.sender, delivery.payload, delivery.options, runs
        )

    def is_import(self, receiver: str) -> bool:
        """Whether a receiver is somebody's code, of which nobody knows what it raises."""
        return isinstance(self.receivers[receiver], Imported)

    def is_unknown(self, record: Record, foreseen: Foreseen) -> bool:
        """Whether a send calls somebody's code, of which nobody knows what it raises."""
        around = self.receivers if record.delivery.options.connected_to is not None else ()
        return any(map(self.is_import, (*foreseen.called, *around)))

    def add_by_calls(self) -> None:
        """Add functions, signals and connections, one after the other."""
        self.module.add(self.functions.imports())
        for receiver in self._local():
            self.module.add(self.functions.definition(receiver))
        for name, state in self._plain():
            lines = self._defined(name, state) + self._connects(name, state)
            self.module.add("\n".join(lines))
        self._add_metas()

    def add_by_decorators(self) -> None:
        """The same, with the connections as decorators of the functions, where that gives them."""
        self.module.add(
            "\n".join(line for name, state in self._plain() for line in self._defined(name, state))
        )
        self.module.add(self.functions.imports())
        plans = self._decorated()
        lines: dict[str, list[str]] = {}
        for plan in plans:
            for step in plan.steps:
                above = decorators(self.module, plan.signal, step, plan.weak[step.receiver])
                lines.setdefault(step.receiver, []).extend(above)
        ordered = _in_order(list(self._local()), plans)
        assert ordered is not None, "the plans agree"
        for receiver in ordered:
            self.module.add(self.functions.definition(receiver, lines.get(receiver, ())))
        done = {plan.signal for plan in plans}
        for name, state in self._plain():
            if self.signal(str(name)) in done:
                self.module.add("\n".join(self._muted(name, state)))
            else:
                self.module.add("\n".join(self._connects(name, state)))
        self._add_metas()

    def add_drops(self) -> None:
        """Let go of what the program let go of, unless a send needs it."""
        needed = {receiver for _, receiver in self._connected}
        gone = [name for name in self._dropped if name in self.receivers and name not in needed]
        if gone:
            self.module.add(f"del {', '.join(map(self.function, gone))}")

    def _add_metas(self) -> None:
        """Connect to meta signals when everything else is: they are not to fire for that."""
        lines = [
            line
            for name, state in self._states.items()
            if name.meta is not None and (state.receivers or state.muted)
            for line in self._defined(name, state) + self._connects(name, state)
        ]
        self.module.add("\n".join(lines))
        if self.module.says_names:
            names = self.module.tool("NAMES")
            self.module.add(
                "\n".join(f"{names}[{s}] = {quoted(name)}" for name, s in self._signals.items())
            )

    # Signals.

    def _plain(self) -> Iterator[tuple[SignalName, SignalState]]:
        return ((name, state) for name, state in self._states.items() if name.meta is None)

    def _called(self, name: SignalName) -> str:
        """What a signal is to be called, its namespace included."""
        if name.meta is not None:
            return f"{self.signal(str(name.base))}.{name.meta}"
        if name.namespace is None:
            return self.module.identifiers.new(name.name, "signal")
        if name.namespace not in self._namespaces:
            called = self.module.identifiers.new(name.namespace, "namespace")
            self._namespaces[name.namespace] = called
        wish = f"{self._namespaces[name.namespace]}_{name.name}"
        return self.module.identifiers.new(wish, "signal")

    def _defined(self, name: SignalName, state: SignalState) -> list[str]:
        """The statements that define a signal, and its namespace if it is the first one there."""
        called, is_ordered = self.signal(str(name)), self._is_ordered(name, state)
        if name.meta is not None:
            made = f"{called} = {self.module.tool('OrderedSignal')}({called}.__doc__)"
            return [made] if is_ordered else []
        doc = f"doc={quoted(state.doc)}" if state.doc else ""
        if name.anonymous:
            kind = self.module.tool("OrderedSignal") if is_ordered else self._blinker("Signal")
            return [f"{called} = {kind}({doc})"]
        given = ", ".join(filter(None, (quoted(name.name), doc)))
        lines = []
        if name.namespace is not None and name.namespace not in self._made:
            self._made.add(name.namespace)
            namespace = self._namespaces[name.namespace]
            lines.append(f"{namespace} = {self._blinker('Namespace')}()")
        if not is_ordered:
            return [*lines, f"{called} = {self._maker(name)}({given})"]
        place = f"{self._namespace(name)}[{quoted(name.name)}]"
        kind = self.module.tool("OrderedNamedSignal")
        return [*lines, f"{called} = {place} = {kind}({given})"]

    def _maker(self, name: SignalName) -> str:
        if name.namespace is None:
            return self._blinker("signal")
        return f"{self._namespaces[name.namespace]}.signal"

    def _namespace(self, name: SignalName) -> str:
        if name.namespace is None:
            return self._blinker("default_namespace")
        return self._namespaces[name.namespace]

    def _is_ordered(self, name: SignalName, state: SignalState) -> bool:
        """Whether its order must be kept: among fewer than two receivers there is none."""
        if not state.ordered:
            return False
        meanwhile = {receiver for signal, receiver in self._connected if signal == str(name)}
        return len({receiver for receiver, _ in state.receivers} | meanwhile) > 1

    def _blinker(self, name: str) -> str:
        return self.module.need("blinker", name)

    # Connections.

    def _local(self) -> Iterator[str]:
        return filter(self.functions.is_defined_here, self.receivers)

    def _connects(self, name: SignalName, state: SignalState) -> list[str]:
        called = self.signal(str(name))
        lines = list(connects(self.module, called, state, self.functions.identifiers))
        return lines + self._muted(name, state)

    def _muted(self, name: SignalName, state: SignalState) -> list[str]:
        return [f"{self.signal(str(name))}.is_muted = True"] if state.muted else []

    def _decorated(self) -> list[_Plan]:
        """The signals whose connections can all be made where the functions are defined."""
        plans = []
        for name, state in self._plain():
            steps = decorated(state)
            if steps and all(self.functions.is_defined_here(step.receiver) for step in steps):
                plans.append(_Plan(self.signal(str(name)), steps, dict(state.receivers)))
        return _agreeing(plans)


class _Plan(NamedTuple):
    """A signal whose connections are made by decorators, in the order of its receivers."""

    signal: str
    steps: Sequence[Step]
    weak: dict[str, bool]


def _agreeing(plans: list[_Plan]) -> list[_Plan]:
    """Those plans that one order of the functions suits: all of them, or those that the first do."""
    if _in_order([], plans) is not None:
        return plans
    agreeing: list[_Plan] = []
    place: dict[str, int] = {}
    for plan in plans:
        new = [step.receiver for step in plan.steps if step.receiver not in place]
        known = [place[step.receiver] for step in plan.steps if step.receiver in place]
        is_behind = [step.receiver for step in plan.steps][-len(new) :] == new if new else True
        if known == sorted(known) and is_behind:
            place |= {receiver: len(place) + number for number, receiver in enumerate(new)}
            agreeing.append(plan)
    return agreeing


def _in_order(receivers: Sequence[str], plans: Sequence[_Plan]) -> list[str] | None:
    """The receivers in the order of each plan, and in their own where the plans leave it open.

    ``None`` if the plans contradict each other.
    """
    place: dict[str, int] = {receiver: number for number, receiver in enumerate(receivers)}
    after: dict[str, list[str]] = {receiver: [] for receiver in receivers}
    waits_for: Counter[str] = Counter()
    for plan in plans:
        names = [step.receiver for step in plan.steps]
        for name in names:
            place.setdefault(name, len(place))
            after.setdefault(name, [])
        for first, second in pairwise(names):
            after[first].append(second)
            waits_for[second] += 1
    ready = [(place[name], name) for name in place if not waits_for[name]]
    ordered = []
    while ready:
        _, name = heappop(ready)
        ordered.append(name)
        for second in after[name]:
            waits_for[second] -= 1
            if not waits_for[second]:
                heappush(ready, (place[second], second))
    return ordered if len(ordered) == len(place) else None
