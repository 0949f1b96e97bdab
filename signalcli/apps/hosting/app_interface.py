"""What commands need of an application: it may be in this process or in one of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from signalcli.sending.interfaces import SignalSender, SignalSource

if TYPE_CHECKING:
    from signalcli.apps.app_details import AppDetails
    from signalcli.apps.connecting.connect_report import ConnectReport
    from signalcli.values.catalog import ConnectedReceivers
    from signalcli.values.delivery import Message, SendOptions
    from signalcli.values.session import Session
    from signalcli.values.signal_name import SignalName
    from signalcli.values.trace import Request, RequestTimeline


class AppInterface(SignalSource, SignalSender, Protocol):
    """The signals of an application. See :class:`signalcli.apps.application.Application`."""

    def connected_receivers(self, pattern: str | None = None) -> ConnectedReceivers:
        """Return its receivers with their connections, or those that a pattern names."""

    def question(self, name: SignalName, message: Message) -> str | None:
        """Return what to ask the user before a send; ``None`` if it runs none of the application's code."""

    def question_of_many(self, name: SignalName, options: SendOptions) -> str | None:
        """Return what to ask the user before many sends."""

    def connect_report(self) -> ConnectReport | None:
        """Return the recorded connects; ``None`` if none were recorded."""

    def details(self) -> AppDetails:
        """Return its modules, error handlers and settings."""

    def session_copy(self) -> tuple[Session, tuple[str, ...]]:
        """Return a session with its signals, and a note for each kind of thing that was left out."""

    def make_requests(
        self,
        requests: Sequence[Request],
        each: Callable[[RequestTimeline], object],
        cut_off: Callable[[RequestTimeline], object],
    ) -> None:
        """Make requests with one client.

        :param each: called with the sends of each request when it ends.
        :param cut_off: called with the sends until then of a request that is cut off.
        :raises UnansweredRequest: if one is cut off. ``KeyboardInterrupt`` passes.
        """
