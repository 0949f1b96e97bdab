"""A session that stays loaded while other processes may change it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from signalcli.playground.playground import Playground
    from signalcli.values.delivery import Delivery, Message
    from signalcli.values.signal_name import SignalName


class FollowedSession:
    """The signals of a session, loaded anew when its file has changed.

    :param version: returns a value that differs once the file has changed.
    :param load: loads the session. It may raise SessionError.
    :param warn: called with the playground after each send.
    """

    def __init__(
        self,
        version: Callable[[], object],
        load: Callable[[], Playground],
        warn: Callable[[Playground], None],
    ) -> None:
        self._version_of_file = version
        self._load = load
        self._warn = warn
        self._version = version()
        self._playground = load()

    def send(self, name: SignalName, message: Message) -> Delivery:
        """Send a signal, as it is connected now. UnknownName if it isn't defined."""
        delivery = self._current().send(name, message)
        self._warn(self._playground)
        return delivery

    def explain(self, name: SignalName, message: Message) -> Delivery:
        """Return what a send would do now. UnknownName if the signal isn't defined."""
        return self._current().explain(name, message)

    def check_defined(self, name: SignalName) -> None:
        """Raise UnknownName if the signal is not defined."""
        self._current().check_defined(name)

    def close(self) -> None:
        """Release every signal and receiver."""
        self._playground.close()

    def _current(self) -> Playground:
        version = self._version_of_file()
        if version != self._version:
            self._playground.close()
            self._playground, self._version = self._load(), version
        return self._playground
