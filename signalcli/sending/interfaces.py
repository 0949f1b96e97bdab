"""What commands need of a session or an application, whichever was chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.sending.bulk import BulkSend
    from signalcli.values.bulk import Run
    from signalcli.values.delivery import Delivery, Message
    from signalcli.values.inspection import ListOptions, SignalList, SignalView, SignalViews


class SignalSource(Protocol):
    """Signals to look at. Every method raises UnknownName for a signal that doesn't exist."""

    def list_signals(self, options: ListOptions) -> SignalList:
        """Return summaries of the signals that the options choose. See :class:`ListOptions`."""

    def inspect(self, name: SignalName, senders: Sequence[object] = ()) -> SignalView:
        """Return a signal's view; ``senders`` are further senders to ask ``has_receivers_for`` about."""

    def inspect_all(self, senders: Sequence[object] = (), heard_metas: bool = False) -> SignalViews:
        """Return the receivers and connections of every signal.

        :param heard_metas: whether also of meta signals that have receivers.
        """

    def explain(self, name: SignalName, message: Message) -> Delivery:
        """Return what a send would do, without calling a receiver."""

    def receivers_refusing(self, name: SignalName, keys: Iterable[str]) -> dict[str, str]:
        """Return the receivers that can't take a payload of these keys, each with Python's error."""


class SignalSender(Protocol):
    """Signals to send. Every method raises UnknownName for a signal that doesn't exist."""

    def send(self, name: SignalName, message: Message) -> Delivery:
        """Send a signal, and return what each receiver did."""

    def send_many(self, name: SignalName, bulk: BulkSend) -> Run:
        """Send a signal many times: see :func:`signalcli.sending.bulk.send_many`."""
