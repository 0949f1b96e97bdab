"""Describe an application's receivers and signals without running their code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from inspect import cleandoc
from typing import TYPE_CHECKING

from blinker import Signal

from signalcli.apps.describing import callables
from signalcli.apps.describing.object_names import ObjectNames
from signalcli.apps.describing.senders import Senders
from signalcli.apps.discovery.found_signals import Discovery, FoundSignal
from signalcli.signals.internals import LiveSignal, buckets_of, is_muted, live_receivers
from signalcli.signals.internals import doc_of as doc_of_signal
from signalcli.signals.receivers import Receiver, ReceiverInfo
from signalcli.signals.tracebacks import is_installed, is_stdlib
from signalcli.signals.view import view
from signalcli.values.inspection import (
    ApplicationReceiverDetails,
    ApplicationSignalDetails,
    ReceiverView,
    SignalSummary,
    SignalView,
)
from signalcli.values.signal_name import natural_key

if TYPE_CHECKING:
    from signalcli.apps.connecting.connect_recorder import ConnectRecorder
    from signalcli.values.catalog import ConnectedReceiver


class ApplicationReceivers(ReceiverInfo):
    """The :class:`ReceiverInfo` of discovered signals. No method runs the receivers' code."""

    def __init__(
        self,
        discovery: Discovery,
        objects: ObjectNames | None = None,
        connects: ConnectRecorder | None = None,
    ) -> None:
        self._names = {id(found.signal): found.name for found in discovery.found}
        self._discovery = discovery  # it keeps the signals alive, so that no other gets their ids
        self.objects = objects or ObjectNames()
        """The names of senders and other objects; those of one run share them."""
        self.objects.name_of_signal = self.name_of_signal
        self._senders = Senders(self.objects)
        self._connects = connects

    def name_of(self, receiver: Receiver) -> str:
        """Return its qualified name: ``shop.handlers.on_king``, ``partial(shop.handlers.on_king)``.

        Several receivers may share a name, such as closures of one function that call no other.
        """
        return callables.receiver_name(receiver, self.name_of_signal)

    place_of = staticmethod(callables.receiver_place)
    unwrapped = staticmethod(callables.unwrapped)
    doc_of = staticmethod(callables.receiver_doc)
    is_async = staticmethod(callables.is_async)

    def in_program(self, receiver: Receiver) -> ApplicationReceiverDetails:
        """Return its kind, how it is called, and what it wraps."""
        return callables.in_program(receiver, self.objects)

    def message_of(self, error: BaseException) -> str:
        return self.objects.message(error)

    def shown_value(self, value: object) -> object:
        return self.objects.value(value)

    def shown_sender(self, sender: object) -> object:
        return self.objects.sender(sender)

    def sender_of(self, signal: Signal, sender_id: Hashable) -> object:
        return self._senders.of(signal, sender_id)

    def connected_at(self, signal: Signal, receiver_id: Hashable) -> str | None:
        """Return the file and line that last connected a receiver; ``None`` if that wasn't recorded."""
        return None if self._connects is None else self._connects.place_of(signal, receiver_id)

    def listened(self) -> tuple[str, ...]:
        """Return the names of the discovered signals that have receivers."""
        found = self._discovery.signals
        return tuple(one.name for one in found if any(True for _ in live_receivers(one.signal)))

    def name_of_signal(self, thing: object) -> str | None:
        """Return the best name of a signal, or ``None`` if it was not discovered."""
        return self._names.get(id(thing))


def view_of(
    found: FoundSignal, receivers: ApplicationReceivers, senders: Iterable[object] = ()
) -> SignalView:
    """Return the receivers and connections of a signal, without changing it."""
    known = found.aliases, found.held_by, found.library, found.package
    seen = view(LiveSignal(found.name, found.signal, receivers), found.kind, senders)
    doc = None if seen.doc is None else cleandoc(seen.doc)
    rows = tuple(_with_places(found, seen.receivers, receivers))
    return seen._replace(doc=doc, in_program=ApplicationSignalDetails(*known), receivers=rows)


def _with_places(
    found: FoundSignal, rows: tuple[ReceiverView, ...], receivers: ApplicationReceivers
) -> Iterator[ReceiverView]:
    """Yield each receiver with its connect place; receivers of one name also with their contents."""
    counts = Counter(row.receiver for row in rows)
    for row, (id_, receiver, _) in zip(rows, live_receivers(found.signal), strict=True):
        is_alike, details = counts[row.receiver] > 1, row.in_program
        if details is not None:
            held = callables.held_values(receiver, receivers.objects) if is_alike else None
            place = receivers.connected_at(found.signal, id_)
            row = row._replace(in_program=details._replace(holds=held, connected_at=place))
        yield row


def summary_of(found: FoundSignal, receivers: ApplicationReceivers) -> SignalSummary:
    """Return a signal as a row of ``list``, with the first line of its doc."""
    doc, live = doc_of_signal(found.signal), list(live_receivers(found.signal))
    return SignalSummary(
        signal=found.name,
        kind=found.kind,
        doc=None if doc is None else cleandoc(doc).partition("\n")[0],
        muted=is_muted(found.signal),
        receiver_names=tuple(receivers.name_of(one) for _, one, _ in live),
        connected_at=tuple(receivers.connected_at(found.signal, id_) for id_, _, _ in live),
        connections=sum(map(len, buckets_of(found.signal).values())),
        library=found.library,
        package=found.package,
    )


def connected_receivers(
    found: Iterable[FoundSignal], receivers: ApplicationReceivers
) -> list[ConnectedReceiver]:
    """Return each receiver of several signals once, sorted by name; those of packages come last."""
    from signalcli.values.catalog import ConnectedReceiver, HeldReceiver

    connected: dict[Hashable, ConnectedReceiver] = {}
    for one in found:
        views = view(LiveSignal(one.name, one.signal, receivers), one.kind).receivers
        for (id_, receiver, weak), seen in zip(live_receivers(one.signal), views, strict=True):
            held = HeldReceiver(one.name, weak, seen.connections)
            before = connected.get(id_) or ConnectedReceiver(seen, _is_own(receiver), ())
            connected[id_] = before._replace(connections=(*before.connections, held))
    return sorted(connected.values(), key=lambda one: (not one.own, natural_key(one.view.receiver)))


def _is_own(receiver: Receiver) -> bool:
    """Return whether the code of a receiver is neither installed nor part of Python."""
    code = callables.code_of(receiver)
    return code is not None and not (is_installed(code.co_filename) or is_stdlib(code.co_filename))


def names_of(receiver: ConnectedReceiver) -> list[str]:
    """Return what may be typed for a receiver: its name, its module, its file and its place."""
    details, where = receiver.view.in_program, receiver.view.where
    names = [receiver.view.receiver, *filter(None, [details and details.inner])]
    parts = [name.split(".") for name in names]
    parents = [".".join(one[:count]) for one in parts for count in range(1, len(one))]
    places = [] if where is None else [where, where.rpartition(":")[0]]
    return [*names, *parents, *places]
