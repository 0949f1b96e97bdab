"""The signals of a session, to look at: list, inspect, and describe receivers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from signalcli.playground.playground import Playground
from signalcli.text import session_command
from signalcli.values.signal_name import SignalName, matching

if TYPE_CHECKING:
    from signalcli.values.catalog import ReceiverCatalog, ReceiverDetail
    from signalcli.values.inspection import ListOptions, SignalList, SignalView, SignalViews


class SessionInspector(Playground):
    """The signals and receivers of a session, to look at. UnknownName for a signal that is not defined."""

    def list_signals(self, options: ListOptions) -> SignalList:
        """Return summaries of the chosen signals, in the order of definition by default."""
        from signalcli.signals.view import summary
        from signalcli.values.inspection import SignalList

        states = self._live.snapshot().signals.items()
        named = [(SignalName.parse(text), state) for text, state in states]
        listed = [one for one in named if options.all or one[0].meta is None or one[1].receivers]
        if options.patterns:
            texts = [(one, (str(one[0]),)) for one in listed]
            listed = matching(options.patterns, texts, self._live.place, session_command("list"))
        found = SignalList(tuple(summary(name, state) for name, state in listed))
        return found.choose(options, self._live.place)

    def inspect(self, name: SignalName, senders: Sequence[object] = ()) -> SignalView:
        """Return the receivers and connections of a signal."""
        from signalcli.signals.view import view

        return view(self._live_signal(name), name.kind, senders)

    def inspect_all(self, senders: Sequence[object] = (), heard_metas: bool = False) -> SignalViews:
        """Return the receivers and connections of every signal. See :class:`SignalSource`."""
        from signalcli.values.inspection import SignalViews

        names = [name for name in self._live.names() if heard_metas or name.meta is None]
        views = [(name, self.inspect(name, senders)) for name in names]
        return SignalViews(tuple(view for name, view in views if view.receivers or not name.meta))

    def receivers_refusing(self, name: SignalName, keys: Iterable[str]) -> dict[str, str]:
        """Return the receivers that can't take a payload of these keys, each with Python's error."""
        from signalcli.sending.explain import receivers_refusing

        return receivers_refusing(self._live_signal(name), keys)

    def list_receivers(self, trusted: Mapping[str, tuple[str, ...]]) -> ReceiverCatalog:
        """Return the receivers that can be connected. See :mod:`signalcli.receivers.catalog`."""
        from signalcli.receivers.catalog import build_catalog

        return build_catalog(self._receivers, trusted)

    def receiver_detail(
        self, receiver: str, trusted: Mapping[str, tuple[str, ...]], hint: str = ""
    ) -> ReceiverDetail:
        """Return one receiver's catalog entry and connections, or raise UnknownName, with a hint."""
        from signalcli.playground.drop import held_connections
        from signalcli.receivers.catalog import entry_of
        from signalcli.values.catalog import ReceiverDetail

        hint = hint or self._live.hint_of_signal(receiver)
        entry = entry_of(receiver, self._receivers, trusted, hint)
        return ReceiverDetail(entry, tuple(held_connections(self.snapshot(), receiver)))
