"""A signal's state ⇒ the calls of blinker that make it, in an order that gives just this state.

``receivers`` is in the order of each receiver's first connection, and each bucket in the order of
the connections to it. Where no order of the connections gives both, a receiver gets its place among
``receivers`` by a connection to a sender that is gone at once.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from signalcli.export.code.literals import comment, quoted, tuple_of
from signalcli.export.code.module import Module
from signalcli.values.delivery import Sender, SignalState

FEW = 3
"""senders: more of one receiver are connected in a loop."""
MOST_DECORATORS = 8
"""What more of would hide the function that they decorate."""


class Step(NamedTuple):
    """What is done with one receiver of a signal."""

    receiver: str
    to_any: bool = False
    senders: tuple[Sender, ...] = ()
    """Those that it is connected to; if there are none, and not ``ANY``, it only becomes one of the
    receivers."""

    @property
    def connects(self) -> bool:
        return self.to_any or bool(self.senders)


class _Chain(NamedTuple):
    """Receivers that are connected, in this order, to each of some senders, or to ``ANY``."""

    receivers: tuple[str, ...]
    senders: tuple[Sender, ...] | None
    """``None`` for ``ANY``."""


def steps(state: SignalState) -> Iterator[Step]:
    """What to do, in order: each connection as early as its bucket allows.

    A receiver whose first connection would come too late only becomes one, in its turn.
    """
    heads: defaultdict[str, list[tuple[_Chain, int]]] = defaultdict(list)
    for chain in _chains(state):
        heads[chain.receivers[0]].append((chain, 0))
    introduced: set[str] = set()
    for receiver, _ in state.receivers:
        introduced.add(receiver)
        if receiver not in heads:
            yield Step(receiver)
            continue
        ready = deque([receiver])
        while ready:
            now = ready.popleft()
            connected = heads.pop(now, [])
            if connected:
                yield _step(now, [chain for chain, _ in connected])
            for chain, position in connected:
                if position + 1 < len(chain.receivers):
                    following = chain.receivers[position + 1]
                    heads[following].append((chain, position + 1))
                    if following in introduced:
                        ready.append(following)


def _chains(state: SignalState) -> Iterator[_Chain]:
    place = {receiver: place for place, (receiver, _) in enumerate(state.receivers)}
    buckets = [_Chain(state.any, None), *(_Chain(*bucket) for bucket in state.buckets)]
    for receivers, senders in buckets:
        if receivers and senders != ():
            in_order = (
                receivers if state.ordered else tuple(sorted(receivers, key=place.__getitem__))
            )
            yield _Chain(in_order, senders)


def _step(receiver: str, chains: list[_Chain]) -> Step:
    senders = [sender for chain in chains for sender in chain.senders or ()]
    return Step(receiver, any(chain.senders is None for chain in chains), tuple(senders))


def empty_buckets(state: SignalState) -> list[Sender]:
    """The senders that a ``disconnect`` left without a receiver."""
    return [sender for bucket in state.buckets if not bucket.receivers for sender in bucket.senders]


def decorated(state: SignalState) -> list[Step] | None:
    """What to connect each receiver to as soon as it is defined; ``None`` where that won't do."""
    known = list(steps(state))
    if empty_buckets(state) or [step.receiver for step in known] != [r for r, _ in state.receivers]:
        return None
    if all(step.connects and len(step.senders) <= MOST_DECORATORS for step in known):
        return known
    return None


def decorators(module: Module, signal: str, step: Step, weak: bool) -> Iterator[str]:
    """The decorators that do what a step tells."""
    if step.to_any:
        yield (
            f"@{signal}.connect"
            if weak
            else f"@{signal}.connect_via({module.need('blinker', 'ANY')})"
        )
    for sender in step.senders:
        yield f"@{signal}.connect_via({_literal(sender)}{', weak=True' if weak else ''})"


def connects(
    module: Module, signal: str, state: SignalState, functions: dict[str, str]
) -> Iterator[str]:
    """The calls that give a new signal its state.

    :param signal: what it is called.
    :param functions: what the functions of its receivers are called.
    """
    weak = dict(state.receivers)
    empty = empty_buckets(state)
    known = list(steps(state))
    is_explained = False
    for step in known:
        function = functions[step.receiver]
        held = "" if weak[step.receiver] else ", weak=False"
        if step.connects:
            yield from _connected(signal, function, held, step)
        elif empty:
            yield f"{signal}.connect({function}, sender={_literal(empty[0])}{held})"
            yield f"{signal}.disconnect({function}, sender={_literal(empty[0])})"
        else:
            if not is_explained:
                yield comment("Whose sender is gone stays a receiver, and listens to nobody.")
                is_explained = True
            yield f"{signal}.connect({function}, sender={module.tool('Gone')}(){held})"
    is_left = any(not step.connects for step in known)
    # To disconnect what was never connected is no error, and leaves the same behind.
    bystander = functions[state.receivers[0][0]] if state.receivers else "print"
    yield from _emptied(signal, bystander, empty[1:] if is_left else empty)


def _connected(signal: str, function: str, held: str, step: Step) -> Iterator[str]:
    if step.to_any:
        yield f"{signal}.connect({function}{held})"
    yield from _for_each(step.senders, f"{signal}.connect({function}, sender=", f"{held})")


def _emptied(signal: str, bystander: str, senders: Sequence[Sender]) -> Iterator[str]:
    """The calls that leave a bucket for senders to whom nobody listens.

    :param bystander: what is disconnected from them.
    """
    if senders:
        yield comment(
            "What a disconnect leaves: has_receivers_for these is True, and nobody is called."
        )
    yield from _for_each(senders, f"{signal}.disconnect({bystander}, sender=", ")")


def _for_each(senders: Sequence[Sender], before: str, after: str) -> Iterator[str]:
    """A statement for each sender, which stands between two pieces of code; of many, a loop."""
    if len(senders) > FEW:
        yield f"for sender in {tuple_of(map(_literal, senders))}:"
        yield f"    {before}sender{after}"
        return
    for sender in senders:
        yield f"{before}{_literal(sender)}{after}"


def _literal(sender: Sender) -> str:
    return quoted(sender) if isinstance(sender, str) else repr(sender)
