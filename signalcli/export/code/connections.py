"""Write the blinker calls that give a signal its state, in an order that gives exactly this state.

``receivers`` is in the order of each receiver's first connection; each bucket is in the order of the
connections to it. Where no order of connections gives both, a receiver is first connected to a sender
that is deleted at once.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from signalcli.export.code.literals import quote, write_tuple
from signalcli.export.code.module import Module
from signalcli.values.session import Sender, SignalState

FEW = 3
"""senders of one receiver: more are connected in a loop."""
MOST_DECORATORS = 8
"""decorators above one function: more would hide it."""


class ConnectStep(NamedTuple):
    """The connections of one receiver of a signal that are made together."""

    receiver: str
    to_any: bool = False
    senders: tuple[Sender, ...] = ()
    """The senders to connect it to. Without any, and without ``ANY``, it is only added to
    ``receivers``."""

    @property
    def connects(self) -> bool:
        return self.to_any or bool(self.senders)


class _Chain(NamedTuple):
    """Receivers that are connected in this order to each of some senders, or to ``ANY``."""

    receivers: tuple[str, ...]
    senders: tuple[Sender, ...] | None
    """``None`` for ``ANY``."""


def connect_steps(state: SignalState) -> Iterator[ConnectStep]:
    """Return the steps in order, with each connection as early as its bucket allows.

    A receiver whose first connection would come too late gets a step without a connection first.
    """
    heads: defaultdict[str, list[tuple[_Chain, int]]] = defaultdict(list)
    for chain in _chains(state):
        heads[chain.receivers[0]].append((chain, 0))
    introduced: set[str] = set()
    for receiver, _ in state.receivers:
        introduced.add(receiver)
        if receiver not in heads:
            yield ConnectStep(receiver)
            continue
        ready = deque([receiver])
        while ready:
            now = ready.popleft()
            connected = heads.pop(now, [])
            if connected:
                of_all = [chain.senders for chain, _ in connected]
                senders = tuple(sender for each in of_all for sender in each or ())
                yield ConnectStep(now, None in of_all, senders)
            for chain, position in connected:
                if position + 1 < len(chain.receivers):
                    following = chain.receivers[position + 1]
                    heads[following].append((chain, position + 1))
                    if following in introduced:
                        ready.append(following)


def _chains(state: SignalState) -> Iterator[_Chain]:
    place = {receiver: place for place, (receiver, _) in enumerate(state.receivers)}
    for receivers, senders in ((state.any, None), *state.buckets):
        if receivers and senders != ():
            in_order = receivers if state.ordered else sorted(receivers, key=place.__getitem__)
            yield _Chain(tuple(in_order), senders)


def empty_buckets(state: SignalState) -> list[Sender]:
    """Return the senders whose buckets are empty: ``disconnect`` leaves them."""
    return [sender for bucket in state.buckets if not bucket.receivers for sender in bucket.senders]


def decorator_steps(state: SignalState) -> list[ConnectStep] | None:
    """Return the one step of each receiver; ``None`` if decorators can't give this state."""
    steps = list(connect_steps(state))
    if empty_buckets(state) or [step.receiver for step in steps] != [r for r, _ in state.receivers]:
        return None
    if all(step.connects and len(step.senders) <= MOST_DECORATORS for step in steps):
        return steps
    return None


def write_decorators(module: Module, signal: str, step: ConnectStep, weak: bool) -> Iterator[str]:
    """Return the decorators that make the connections of a step."""
    if step.to_any and weak:
        yield f"@{signal}.connect"
    elif step.to_any:
        yield f"@{signal}.connect_via({module.import_name('blinker', 'ANY')})"
    for sender in step.senders:
        yield f"@{signal}.connect_via({_literal(sender)}{', weak=True' if weak else ''})"


def write_connects(
    module: Module, signal: str, state: SignalState, functions: dict[str, str]
) -> Iterator[str]:
    """Return the calls that give a new signal, the variable ``signal``, its state."""
    weak = dict(state.receivers)
    empty = empty_buckets(state)
    steps = list(connect_steps(state))
    is_explained = False
    for step in steps:
        function = functions[step.receiver]
        held = "" if weak[step.receiver] else ", weak=False"
        if step.to_any:
            yield f"{signal}.connect({function}{held})"
        if step.connects:
            yield from _for_each(step.senders, f"{signal}.connect({function}, sender=", f"{held})")
        elif empty:
            yield f"{signal}.connect({function}, sender={_literal(empty[0])}{held})"
            yield f"{signal}.disconnect({function}, sender={_literal(empty[0])})"
        else:
            if not is_explained:
                yield "# A receiver whose sender is deleted stays, without a connection."
                is_explained = True
            yield f"{signal}.connect({function}, sender={module.add_runtime('DeletedSender')}(){held})"
    if any(not step.connects for step in steps):
        empty = empty[1:]
    if empty:
        yield "# Empty buckets, as disconnect leaves them: has_receivers_for returns True."
    # Disconnecting a receiver that was never connected leaves an empty bucket too.
    bystander = functions[state.receivers[0][0]] if state.receivers else "print"
    yield from _for_each(empty, f"{signal}.disconnect({bystander}, sender=", ")")


def _for_each(senders: Sequence[Sender], before: str, after: str) -> Iterator[str]:
    if len(senders) > FEW:
        yield f"for sender in {write_tuple(map(_literal, senders))}:"
        yield f"    {before}sender{after}"
        return
    for sender in senders:
        yield f"{before}{_literal(sender)}{after}"


def _literal(sender: Sender) -> str:
    return quote(sender) if isinstance(sender, str) else repr(sender)
