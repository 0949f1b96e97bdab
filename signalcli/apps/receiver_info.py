"""Who the receivers of an application are."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from inspect import cleandoc

from blinker import Signal

from signalcli.apps.describing import callables
from signalcli.apps.describing.objects import described
from signalcli.apps.describing.senders import Senders
from signalcli.apps.discovery.found import Discovery, Found
from signalcli.signals.functions import Receiver
from signalcli.signals.internals import buckets_of, is_muted, live_receivers
from signalcli.signals.internals import doc_of as doc_of_signal
from signalcli.signals.view import view
from signalcli.values.inspection import InProgram, SignalInProgram, SignalSummary, SignalView


class ApplicationRoster:
    """The receivers of the signals that were found: nobody runs them to learn what they are.

    It is a :class:`signalcli.signals.receiver_info.Roster`.
    """

    withholds = False

    def __init__(self, discovery: Discovery) -> None:
        self._names = {id(found.signal): found.name for found in discovery.found}
        self._discovery = discovery  # as long as its signals are alive, the ids are theirs
        self._senders = Senders(self.name_of_signal)

    def name_of(self, receiver: Receiver) -> str:
        """Its qualified name: ``shop.handlers.on_king``, ``partial(shop.handlers.on_king)``.

        Several receivers may have the same: closures that the same lines made, say.
        """
        return callables.name_of(receiver, self.name_of_signal)

    def place_of(self, receiver: Receiver) -> str | None:
        """The file and line of what is called in the end, if that is written in Python."""
        return callables.place_of(receiver)

    def doc_of(self, receiver: Receiver) -> str | None:
        """The first line of its docstring."""
        return callables.doc_of(receiver)

    def is_async(self, receiver: Receiver) -> bool | None:
        """Whether blinker takes it for a coroutine function; ``None`` for a proxy."""
        return callables.is_async(receiver)

    def withheld(self, receiver: Receiver) -> str | None:
        """Nothing: the application connected it, and its sends call it."""
        return None

    def known_to_raise(self, receiver: Receiver) -> Exception | None:
        """Nothing: what the application's code does is known only when it runs."""
        return None

    def in_program(self, receiver: Receiver) -> InProgram:
        """What it is, what calling it is, and what is behind it."""
        return callables.in_program(receiver, self.name_of_signal)

    def shown(self, sender: object) -> str | None:
        """A sender as :meth:`sender_of` shows it, but for the number of one that looks like another."""
        return described(sender, self.name_of_signal)

    def sender_of(self, signal: Signal, sender_id: Hashable) -> object:
        """The sender that ``signal`` knows by an id of blinker's; what is shown, if it's unknown."""
        return self._senders.of(signal, sender_id)

    def name_of_signal(self, thing: object) -> str | None:
        """The best name of a signal; nothing for what isn't one, or wasn't alive at the discovery."""
        return self._names.get(id(thing))


def view_of(found: Found, roster: ApplicationRoster, senders: Iterable[object] = ()) -> SignalView:
    """Who listens to a signal of the application. Nothing about it changes.

    :param senders: senders to ask ``has_receivers_for`` about, besides those it knows.
    """
    told = SignalInProgram(found.aliases, found.held_by, found.library)
    seen = view(found.name, found.kind, found.signal, roster, senders)
    doc = None if seen.doc is None else cleandoc(seen.doc)
    return seen._replace(doc=doc, in_program=told)


def summary_of(found: Found) -> SignalSummary:
    """A signal of the application, as a line of a list; of its doc the first line."""
    doc = doc_of_signal(found.signal)
    return SignalSummary(
        signal=found.name,
        kind=found.kind,
        doc=None if doc is None else cleandoc(doc).partition("\n")[0],
        muted=is_muted(found.signal),
        receivers=sum(1 for _ in live_receivers(found.signal)),
        connections=sum(map(len, buckets_of(found.signal).values())),
        library=found.library,
    )
