"""The signals and receivers of an application that was imported into this process."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from signalcli.apps.describing.object_names import ObjectNames
from signalcli.apps.discovery.discover import discover
from signalcli.apps.discovery.found_signals import Discovery, FoundSignal
from signalcli.apps.receiver_info import (
    ApplicationReceivers,
    connected_receivers,
    names_of,
    summary_of,
    view_of,
)
from signalcli.errors import UsageError
from signalcli.language.phrases import phrase
from signalcli.signals.internals import LiveSignal
from signalcli.signals.reflection import inherited
from signalcli.signals.send import has_own_send, knows_coroutines
from signalcli.values.delivery import Delivery, Message, SenderObject, SendOptions
from signalcli.values.inspection import ListOptions, SignalList, SignalView, SignalViews
from signalcli.values.result import NO_RECEIVERS
from signalcli.values.signal_name import SignalName, matching

if TYPE_CHECKING:
    from signalcli.apps.app_details import AppDetails
    from signalcli.apps.connecting.connect_recorder import ConnectRecorder
    from signalcli.apps.connecting.connect_report import ConnectReport
    from signalcli.apps.hosting.app_options import AppOptions
    from signalcli.apps.importing.load import LoadedApp
    from signalcli.sending.bulk import BulkSend
    from signalcli.tracing.recorder import Recorder, Recording
    from signalcli.values.bulk import Run
    from signalcli.values.catalog import ConnectedReceivers
    from signalcli.values.session import Session
    from signalcli.values.trace import Request, RequestTimeline


class Application:
    """The signals of an imported application, in the process that imported it.

    Sends and requests run its code. The other methods run only code that they can't do without: that of
    a sender object, of a signal's own class, and with ``--repr`` that of its objects.

    Methods that take a name raise UnknownName if no signal has it, UsageError if several have it.

    :param note: takes a sentence about code that finds a sender object.
    :param objects: describes its objects.
    :param recorder: the recorder of its sends, entered before its import, for requests.
    :param connects: the recorder of its connects, entered before its import.
    """

    def __init__(
        self,
        loaded: LoadedApp,
        how: AppOptions,
        note: Callable[[str], None] = lambda sentence: None,
        *,
        objects: ObjectNames | None = None,
        recorder: Recorder | None = None,
        connects: ConnectRecorder | None = None,
    ) -> None:
        self.place = loaded.place
        self._loaded = loaded
        self._program, self._wait, self._note = how.program, how.wait, note
        self._sender_objects: dict[SenderObject, object] = {}
        self._object_names = objects or ObjectNames(how.asks_repr)
        self._recorder = recorder
        self._connects = connects
        self._shows_output = how.shows_output
        self.watch: Callable[[Recording], object] = lambda recording: None
        """Called with the recording of the sends of each request before it."""

    @cached_property
    def _discovery(self) -> Discovery:
        own = self._loaded.package
        found = (
            one._replace(package=None) if one.package == own else one for one in discover().found
        )
        return Discovery(tuple(found))

    @cached_property
    def receivers(self) -> ApplicationReceivers:
        """The names and properties of its receivers."""
        return ApplicationReceivers(self._discovery, self._object_names, self._connects)

    @property
    def found(self) -> tuple[FoundSignal, ...]:
        """All signals, meta signals included, sorted by name."""
        return self._discovery.found

    def find(self, name: SignalName) -> FoundSignal:
        """Return the signal of a name."""
        return self._discovery.find(str(name), self.place, self._program)

    @property
    def _nothing(self) -> str:
        return phrase(
            _NO_SIGNALS if self._loaded.unmade is None else _NO_SIGNALS_UNMADE,
            place=self.place,
            unmade=self._loaded.unmade,
            command="signalcli trace run PROGRAM",
        )

    @property
    def no_receivers(self) -> str:
        """The clause for a signal without receivers, and what is missing that may connect some."""
        if self._loaded.unmade is None:
            return NO_RECEIVERS
        return phrase(
            "{no_receivers}, and {unmade}", no_receivers=NO_RECEIVERS, unmade=self._loaded.unmade
        )

    def sender_object(self, sender: object) -> object:
        """Return the object that a :class:`SenderObject` names, and any other sender as it is.

        This may import a module, which may define signals, or run a property. A note says so.

        :raises ApplicationError: if there is no such object.
        """
        if not isinstance(sender, SenderObject):
            return sender
        if sender not in self._sender_objects:
            from signalcli.apps.importing.sender_object import find_sender_object

            found = find_sender_object(sender.expression, self._loaded, self._wait, self._note)
            self._sender_objects[sender] = found
        return self._sender_objects[sender]

    def _with_object(self, message: Message) -> Message:
        """Return a message with the object that its sender names."""
        return Message(self.sender_object(message.sender), message.payload, message.options)

    def _view(self, found: FoundSignal, senders: Sequence[object]) -> SignalView:
        view = view_of(found, self.receivers, senders)
        return view._replace(no_receivers=self.no_receivers)

    def list_signals(self, options: ListOptions) -> SignalList:
        """List the chosen signals. By default its own come first, and both kinds are sorted by name."""
        found = _own_first(
            self._discovery.found if options.all else self._discovery.with_heard_metas
        )
        if options.patterns:
            names = [(one, (one.name, *one.aliases)) for one in found]
            found = matching(options.patterns, names, self.place, f"{self._program} list --all")
        summaries = (summary_of(one, self.receivers) for one in found)
        return SignalList(tuple(summaries), self._nothing).choose(options, self.place)

    def connected_receivers(self, pattern: str | None = None) -> ConnectedReceivers:
        """Return the connected receivers, or those that a pattern of a name, module or file matches.

        :raises UnknownName: if it matches none.
        """
        from signalcli.values.catalog import ConnectedReceivers

        found = connected_receivers(self._discovery.found, self.receivers)
        if pattern is not None:
            is_import = re.fullmatch(r"[^:]+:[^\d:][^:]*", pattern) and ".py:" not in pattern
            text = pattern.replace(":", ".") if is_import else pattern
            named = [(one, names_of(one)) for one in found]
            remedy = f"{self._program} receivers"
            found = matching([text], named, self.place, remedy, kind="connected receiver")
        nothing = phrase(
            _NO_RECEIVERS if self._loaded.unmade is None else _NO_RECEIVERS_UNMADE,
            place=self.place,
            unmade=self._loaded.unmade,
        )
        return ConnectedReceivers(tuple(found), nothing)

    def inspect(self, name: SignalName, senders: Sequence[object] = ()) -> SignalView:
        """Return the receivers and connections of a signal."""
        objects = list(map(self.sender_object, senders))
        return self._view(self.find(name), objects)

    def inspect_all(self, senders: Sequence[object] = (), heard_metas: bool = False) -> SignalViews:
        """Return the receivers and connections of every signal, its own first."""
        objects = list(map(self.sender_object, senders))
        found = self._discovery.with_heard_metas if heard_metas else self._discovery.signals
        views = (self._view(one, objects) for one in _own_first(found))
        return SignalViews(tuple(views), self._nothing)

    def explain(self, name: SignalName, message: Message) -> Delivery:
        """Return what a send would do. UsageError also if an option would change the application."""
        from signalcli.sending.explain import explain_send

        if message.options.muted or message.options.connected_to is not None:
            option = "--muted" if message.options.muted else "--connected-to"
            raise UsageError(_WOULD_CHANGE, option=option, place=self.place)
        message = self._with_object(message)
        found = self.find(name)
        check_options(found, message.options)
        explained = explain_send(self.live_signal(found), message)[0]
        notes = explained.notes
        if has_own_send(found.signal, message.options):
            notes += (phrase(_OWN_SEND, signal=found.name),)
        return explained._replace(no_receivers=self.no_receivers, notes=notes)

    def receivers_refusing(self, name: SignalName, keys: Iterable[str]) -> dict[str, str]:
        """Return the receivers that do not accept these payload keys, each with Python's error."""
        from signalcli.sending.explain import receivers_refusing

        return receivers_refusing(self.live_signal(self.find(name)), keys)

    def live_signal(self, found: FoundSignal) -> LiveSignal:
        """Return a found signal with its name and what is known about its receivers."""
        return LiveSignal(found.name, found.signal, self.receivers)

    def connect_report(self) -> ConnectReport | None:
        """Return the recorded connects; ``None`` without a recorder."""
        if self._connects is None:
            return None
        report = self._connects.report(self.receivers.name_of_signal)
        return report._replace(unmade=self._loaded.unmade)

    def details(self) -> AppDetails:
        """Return its modules, error handlers and settings."""
        from signalcli.apps.app_details import details_of

        return details_of(self._loaded)

    def session_copy(self) -> tuple[Session, tuple[str, ...]]:
        """Return a session with its signals, and a note for each kind of thing that was left out."""
        from signalcli.apps.session_copy import copy_as_session

        return copy_as_session(self)

    def question(self, name: SignalName, message: Message) -> str | None:
        """Return what to ask the user before a send; ``None`` if it runs none of the application's code.

        UsageError for an option that an application can't have.
        """
        from signalcli.apps.send import question

        found = self._to_send(name, message.options)
        return question(self, found, self._with_object(message))

    def question_of_many(self, name: SignalName, options: SendOptions) -> str | None:
        """Return what to ask the user before many sends; otherwise as :meth:`question`."""
        from signalcli.apps.send import question_of_many

        return question_of_many(self, self._to_send(name, options), options)

    def send(self, name: SignalName, message: Message) -> Delivery:
        """Send a signal, which runs its receivers.

        :raises ApplicationError: if the signal's own ``send`` method fails.
        """
        from signalcli.apps.send import guarded_send
        from signalcli.sending.deliver import deliver

        live = self.live_signal(self._to_send(name, message.options))
        message = self._with_object(message)
        with guarded_send(live, self._wait, self._shows_output) as capture:
            sent = deliver(live, message, capture)[0]
        return sent._replace(no_receivers=self.no_receivers)

    def send_many(self, name: SignalName, bulk: BulkSend) -> Run:
        """Send a signal many times: see :func:`signalcli.sending.bulk.send_many`."""
        from signalcli.apps.send import from_object, guarded_send, limited_bulk
        from signalcli.sending.bulk import send_many

        live = self.live_signal(self._to_send(name, bulk.options))
        if isinstance(bulk.origin.sender, SenderObject):
            sender = self.sender_object(bulk.origin.sender)
            bulk = from_object(bulk, sender, self.receivers.shown_sender(sender))
        with guarded_send(live, self._wait, self._shows_output) as capture:
            run = send_many(live, limited_bulk(live, bulk), capture)
        return run._replace(no_receivers=self.no_receivers)

    def make_requests(
        self,
        requests: Sequence[Request],
        each: Callable[[RequestTimeline], object],
        cut_off: Callable[[RequestTimeline], object],
    ) -> None:
        """Make requests: see :func:`signalcli.apps.running.request.make_requests`.

        :param each: called with the sends of each request when it ends.
        """
        from signalcli.apps.running.request import RequestSupervisor, make_requests

        assert self._recorder is not None, "it was opened for requests"
        supervisor = RequestSupervisor(self._wait, cut_off, self.watch)
        for timeline in make_requests(self._loaded.app, self._recorder, requests, supervisor):
            each(timeline)

    def _to_send(self, name: SignalName, options: SendOptions) -> FoundSignal:
        found = self.find(name)
        if options.connected_to is not None:
            raise UsageError(_HAS_ITS_OWN, option="--connected-to", place=self.place)
        if options.muted:
            raise UsageError(_CHANGES_NOTHING, option="--muted", place=self.place)
        check_options(found, options)
        return found


def _own_first(found: Iterable[FoundSignal]) -> list[FoundSignal]:
    """Move the signals of installed packages behind the others."""
    return sorted(found, key=lambda one: one.package is not None)


def check_options(found: FoundSignal, options: SendOptions) -> None:
    """Raise UsageError if a signal's class, of an old blinker, lacks an option of a send."""
    missing = {
        "--async": options.is_async and inherited(type(found.signal), "send_async") is None,
        "--wrap": options.wrap and not knows_coroutines(found.signal),
    }
    is_copy = found.library != "blinker"
    template = _COPY_WITHOUT_OPTION if is_copy else _VERSION_WITHOUT_OPTION
    option = next((option for option, is_missing in missing.items() if is_missing), None)
    if option is not None:
        known = {"signal": found.name, "library": found.library, "option": option}
        raise UsageError(template, **known)


_WOULD_CHANGE = phrase("explain can't use {option}, which would change {place}. Leave it out.")
_HAS_ITS_OWN = phrase(
    "{option} connects a receiver of a session, but {place} has its own. Leave it out."
)
_CHANGES_NOTHING = phrase(
    "{option} works on a session: in {place} it would call no receiver and change nothing. Leave it out."
)
_COPY_WITHOUT_OPTION = phrase(
    "{signal} belongs to {library}, a copy of blinker without {option}. Leave it out."
)
_VERSION_WITHOUT_OPTION = phrase(
    "{signal} belongs to a version of blinker without {option}. Leave it out."
)
_OWN_SEND = phrase(
    "This is what blinker's send would do. {signal} has its own send, which may differ."
)
_NO_SIGNALS = phrase(
    "No signals in {place}: its import made none. To record what a program sends while it runs: {command}"
)
_NO_SIGNALS_UNMADE = phrase(
    "No signals in {place}: its import made none, and {unmade}. To record what a program sends while it runs: "
    "{command}"
)
_NO_RECEIVERS = phrase("No receivers in {place}.")
_NO_RECEIVERS_UNMADE = phrase("No receivers in {place}, and {unmade}.")
