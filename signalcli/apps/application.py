"""An application that was imported, to look at: its signals by their names, and who listens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from signalcli.apps.discovery.discover import discover
from signalcli.apps.discovery.found import Discovery, Found
from signalcli.apps.receiver_info import ApplicationRoster, summary_of, view_of
from signalcli.errors import UsageError
from signalcli.sending.explain import foresee, unable
from signalcli.signals.reflection import inherited
from signalcli.signals.send import tells_kinds
from signalcli.text import PROGRAM
from signalcli.values.delivery import PLAIN, Delivery, SendOptions
from signalcli.values.inspection import SignalList, SignalView, SignalViews
from signalcli.values.signal_name import SignalName


class Application:
    """The signals of an application. Looking at them changes nothing, and none of its code runs.

    :param place: how errors call it, such as ``"application 'shop:app'"``.
    :param program: what is typed before the name of a command, for the next one that they give.
    """

    def __init__(self, place: str, program: str = PROGRAM) -> None:
        self.place = place
        self._program = program

    @cached_property
    def _discovery(self) -> Discovery:
        return discover()

    @cached_property
    def roster(self) -> ApplicationRoster:
        """Who the receivers of its signals are."""
        return ApplicationRoster(self._discovery)

    @property
    def found(self) -> tuple[Found, ...]:
        """Every signal, its meta signals too, by name."""
        return self._discovery.found

    def find(self, name: SignalName) -> Found:
        """The signal of a name.

        :raises UnknownName: if there is none of that name.
        :raises UsageError: if there are several.
        """
        return self._discovery.find(str(name), self.place, self._program)

    @property
    def _nothing(self) -> str:
        return (
            f"No signals in {self.place}: nothing that it imports has made any. To see what a "
            f"program sends while it runs: signalcli trace run PROGRAM"
        )

    def list_signals(self, metas: bool = False) -> SignalList:
        """Every signal, by name.

        :param metas: whether to list the meta signals that exist too.
        """
        found = self._discovery.found if metas else self._discovery.signals
        return SignalList(tuple(map(summary_of, found)), self._nothing)

    def inspect(self, name: SignalName, senders: Sequence[object] = ()) -> SignalView:
        """Who listens to a signal.

        :param senders: senders to ask ``has_receivers_for`` about, besides those it knows.
        :raises UnknownName: if there is none of that name.
        :raises UsageError: if there are several.
        """
        return view_of(self.find(name), self.roster, senders)

    def inspect_all(self, senders: Sequence[object] = ()) -> SignalViews:
        """Who listens to each of the signals."""
        views = (view_of(found, self.roster, senders) for found in self._discovery.signals)
        return SignalViews(tuple(views), self._nothing)

    def explain(
        self,
        name: SignalName,
        sender: object,
        payload: dict[str, object],
        options: SendOptions = PLAIN,
    ) -> Delivery:
        """What a send would do, without calling anyone.

        :raises UnknownName: if there is none of that name.
        :raises UsageError: if there are several; or for what would change the application.
        """
        if options.muted or options.connected_to is not None:
            option = "--muted" if options.muted else "--connected-to"
            raise UsageError(
                f"{option} would change {self.place}, and explain only looks. Leave it out."
            )
        found = self.find(name)
        check_options(found, options)
        return foresee(found.name, found.signal, self.roster, sender, payload, options)[0]

    def unable(self, name: SignalName, keys: Iterable[str]) -> dict[str, str]:
        """The receivers that can't take a payload of these keys, each with what Python raises.

        :raises UnknownName: if there is none of that name.
        """
        return unable(self.find(name).signal, self.roster, keys)

    def name_of(self, signal: object) -> str | None:
        """What a signal is called; ``None`` for one that isn't the application's any more."""
        return self.roster.name_of_signal(signal)


def check_options(found: Found, options: SendOptions) -> None:
    """Make sure that the class of a signal knows what a send is asked for.

    :raises UsageError: if it is of an old copy of blinker, which doesn't.
    """
    missing = {
        "--async": options.is_async and inherited(type(found.signal), "send_async") is None,
        "--wrap": options.wrap and not tells_kinds(found.signal),
    }
    for option, is_missing in missing.items():
        if is_missing:
            raise UsageError(
                f"{found.name} is of {found.library}, a copy of blinker that knows no {option}. "
                f"Leave it out."
            )
