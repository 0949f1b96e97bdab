"""Looking at a live signal: who listens, to whom, and what ``has_receivers_for`` makes of it.

blinker keeps its bookkeeping in attributes with a leading underscore. They are read here, and
written only in :mod:`signalcli.playground`. ``Signal.receivers`` maps an id to the receiver or to a
weak reference to it, ``_by_sender`` an id of a sender to the bucket of its receivers' ids. Text and
integers are their own ids; ``ANY`` has the id 0.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any
from weakref import ref

from blinker import ANY, Signal

from signalcli.functions import Receiver, first_line, is_coroutine_function, place_of
from signalcli.model import Audience, Connection, ReceiverView, SignalSummary, SignalView
from signalcli.text import sender_label

ANY_ID = 0
"""blinker's own id of ``ANY``."""

NameOf = Callable[[Receiver], str]
"""Gives the name that a receiver goes by."""


def summary(name: str, kind: str, signal: Signal) -> SignalSummary:
    """One signal, as a line of a list."""
    return SignalSummary(
        signal=name,
        kind=kind,
        doc=doc_of(signal),
        muted=signal.is_muted,
        receivers=len(signal.receivers),
        connections=sum(map(len, signal._by_sender.values())),
    )


def view(
    name: str, kind: str, signal: Signal, name_of: NameOf, senders: Iterable[object] = ()
) -> SignalView:
    """Who listens to ``signal``.

    :param senders: senders to ask ``has_receivers_for`` about, besides those it knows.
    """
    return SignalView(
        signal=name,
        kind=kind,
        doc=doc_of(signal),
        muted=signal.is_muted,
        ordered=signal.set_class is not set,
        receivers=tuple(_receiver_views(signal, name_of)),
        has_receivers_for=tuple(_audiences(signal, name_of, senders)),
    )


def live_receivers(signal: Signal) -> Iterator[tuple[Hashable, Receiver, bool]]:
    """The id, the function and the weakness of every entry of ``signal.receivers``."""
    for receiver_id, held in signal.receivers.items():
        weak = isinstance(held, ref)
        receiver = held() if isinstance(held, ref) else held
        if receiver is not None:
            yield receiver_id, receiver, weak


def why_called(signal: Signal, receiver_id: Hashable, sender: object) -> str:
    """Why ``receivers_for(sender)`` yields this receiver."""
    if receiver_id in signal._by_sender.get(ANY_ID, ()):
        return "listens to ANY"
    return f"listens to {_exact_label(sender, [])}"


def why_skipped(signal: Signal, receiver_id: Hashable, sender: object) -> str:
    """Why ``receivers_for(sender)`` doesn't yield this receiver."""
    senders = list(signal._by_receiver.get(receiver_id, ()))
    if not senders:
        return "has no connection left"
    first = ", ".join(_exact_label(listened, [sender]) for listened in senders[:3])
    more = f" and {len(senders) - 3} more" if len(senders) > 3 else ""
    but = ""
    if any(_looks_like(listened, sender) for listened in senders):
        but = f", and this sender is {_exact_label(sender, senders)}"
    return f"listens only to {first}{more}{but}"


def doc_of(signal: Signal) -> str | None:
    """The signal's own doc, if it was given one."""
    doc = vars(signal).get("__doc__")
    return doc if isinstance(doc, str) else None


def _receiver_views(signal: Signal, name_of: NameOf) -> Iterator[ReceiverView]:
    connections: dict[Hashable, list[Connection]] = {id_: [] for id_ in signal.receivers}
    for receiver_id in signal._by_sender.get(ANY_ID, ()):
        connections[receiver_id].append(Connection(any=True))
    for sender, bucket in signal._by_sender.items():
        if sender != ANY_ID:
            for receiver_id in bucket:
                connections[receiver_id].append(Connection(any=False, sender=sender))
    for receiver_id, receiver, weak in live_receivers(signal):
        yield ReceiverView(
            receiver=name_of(receiver),
            weak=weak,
            is_async=is_coroutine_function(receiver),
            connections=tuple(connections[receiver_id]),
            where=place_of(receiver),
            doc=first_line(receiver),
        )


def _audiences(signal: Signal, name_of: NameOf, senders: Iterable[object]) -> Iterator[Audience]:
    names = {name_of(receiver) for _, receiver, _ in live_receivers(signal)}
    buckets = [sender for sender in signal._by_sender if sender != ANY_ID]
    known = set(buckets)
    asked = [s for s in senders if not (isinstance(s, (str, int)) and s in known)]
    for sender in (ANY, *buckets, *asked):
        result = signal.has_receivers_for(sender)
        called = tuple(name_of(receiver) for receiver in signal.receivers_for(sender))
        yield Audience(
            any=sender is ANY,
            sender=None if sender is ANY else sender,
            result=result,
            receivers_for=called,
            note=_misleading(signal, sender, result, called, names),
        )


def _misleading(
    signal: Signal, sender: object, result: bool, called: tuple[str, ...], names: set[str]
) -> str | None:
    """What to know before believing ``has_receivers_for``."""
    if result and not called:
        return "stale: disconnect left an empty bucket, nobody would be called"
    if sender is ANY and not result and signal.receivers:
        return "every receiver has a sender filter: this asks for ANY only"
    if result and signal.is_muted:
        return "muting is ignored: the signal is muted, nobody would be called"
    if isinstance(sender, str) and sender in names:
        return f"asks about a sender called {sender}, not about the receiver"
    return None


def _exact_label(sender: object, others: list[Any]) -> str:
    """A sender's label, with its type where one of ``others`` looks the same."""
    label = sender_label(sender)
    if any(_looks_like(sender, other) for other in others):
        kind = "text" if isinstance(sender, str) else "integer" if _is_integer(sender) else None
        return f"the {kind} {label}" if kind else f"the {type(sender).__name__} {label}"
    return label


def _looks_like(one: object, other: object) -> bool:
    """Whether two senders that blinker tells apart could be taken for the same."""
    if type(one) is type(other):
        return False
    return str(one) == str(other)


def _is_integer(sender: object) -> bool:
    return isinstance(sender, int) and not isinstance(sender, bool)
