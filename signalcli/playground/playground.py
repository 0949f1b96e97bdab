"""What a person does to a session's signals, done by blinker.

Every command is one of blinker's own methods, called on its own objects, so that what follows from
it is what blinker makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from blinker import Namespace, Signal

from signalcli.errors import UsageError
from signalcli.playground.live_session import LiveSession
from signalcli.rollcall import call_the_roll, not_called
from signalcli.sending.deliver import deliver
from signalcli.signals.functions import Receiver
from signalcli.signals.snapshot import is_ordered
from signalcli.streams import Capture
from signalcli.text import command
from signalcli.values.delivery import (
    PLAIN,
    Delivery,
    Sender,
    SendOptions,
    Session,
    SignalState,
)
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.sending.bulk import Audience, Pace
    from signalcli.sending.bulk_sources import Source
    from signalcli.sending.meta_signals import MetaSignals, Tell
    from signalcli.tracing.recorder import Recorder
    from signalcli.values.bulk import Run, RunOrigin
    from signalcli.values.inspection import (
        Catalogue,
        Drop,
        ReceiverDetail,
        SignalList,
        SignalView,
        SignalViews,
    )
    from signalcli.values.receiver_specs import OwnReceiver

Payload = Mapping[str, object]


class Playground:
    """The signals of a session, to look at, to send and to change.

    :param session: what to build them from.
    :param place: how errors call the session, such as ``"session 'default'"``.
    :param capture: the standard output in place, to tell what each receiver printed.
    :param trusts: whether an import may run here, by its text; by default none may.
    :param programs: the namespaces of another program, such as Flask's, by the names that the
        session has for them.
    """

    def __init__(
        self,
        session: Session,
        place: str,
        capture: Capture,
        trusts: Callable[[str], bool] = lambda text: False,
        programs: Mapping[str, Namespace] = MappingProxyType({}),
    ) -> None:
        self._live = LiveSession(session, place, trusts, programs)
        self._receivers = self._live.receivers
        self._capture = capture
        self.deliveries: list[Delivery] = []
        """The sends of meta signals so far."""

    def take_warnings(self) -> list[str]:
        """What there is to say about receivers that can't be called, a sentence each, once."""
        warnings = list(self._receivers.warnings)
        self._receivers.warnings.clear()
        return warnings

    # Looking.

    def list_signals(self, metas: bool = False) -> SignalList:
        """Every signal, in the order of definition.

        :param metas: whether to list the meta signals too.
        """
        from signalcli.signals.view import summary
        from signalcli.values.inspection import SignalList

        states = self._live.snapshot().signals.items()
        named = ((SignalName.parse(text), state) for text, state in states)
        return SignalList(
            tuple(summary(name, state) for name, state in named if metas or name.meta is None)
        )

    def inspect(self, name: SignalName, senders: Sequence[object] = ()) -> SignalView:
        """Who listens to a signal.

        :param senders: senders to ask ``has_receivers_for`` about, besides those it knows.
        :raises UnknownName: if it isn't defined.
        """
        from signalcli.signals.view import view

        return view(str(name), name.kind, self._live.signal(name), self._receivers, senders)

    def inspect_all(self, senders: Sequence[object] = ()) -> SignalViews:
        """Who listens to each of the signals."""
        from signalcli.values.inspection import SignalViews

        names = [name for name in self._live.names() if name.meta is None]
        return SignalViews(tuple(self.inspect(name, senders) for name in names))

    def explain(
        self,
        name: SignalName,
        sender: object,
        payload: dict[str, object],
        options: SendOptions = PLAIN,
    ) -> Delivery:
        """What a send would do, without calling anyone.

        :raises UnknownName: if there is no such signal, or no receiver to connect meanwhile.
        :raises UsageError: if that is an import that isn't trusted: only its code could tell.
        """
        if options.connected_to is not None:
            self._receivers.check_trusted(options.connected_to)
        return self._dispatch(self._foresee, name, sender, payload, options)

    def unable(self, name: SignalName, keys: Iterable[str]) -> dict[str, str]:
        """The receivers that can't take a payload of these keys, each with what Python raises.

        :raises UnknownName: if it isn't defined.
        """
        from signalcli.sending.explain import unable

        return unable(self._live.signal(name), self._receivers, keys)

    def has(self, name: SignalName) -> bool:
        """Whether a signal is defined."""
        return name in self._live

    def check_defined(self, name: SignalName) -> None:
        """Make sure that a signal can be sent.

        :raises UnknownName: if it isn't defined.
        """
        self._live.signal(name)

    def catalogue(self, trusted: Mapping[str, tuple[str, ...]]) -> Catalogue:
        """The receivers that can be connected.

        :param trusted: the imports that may run here, with the paths they are trusted at.
        """
        from signalcli.receivers.catalog import catalogue

        return catalogue(self._receivers, trusted)

    def receiver_detail(
        self, receiver: str, trusted: Mapping[str, tuple[str, ...]]
    ) -> ReceiverDetail:
        """What is known of one receiver, and where it is connected.

        :raises UnknownName: if there is none of that name.
        """
        from signalcli.playground.drop import connections_of
        from signalcli.receivers.catalog import entry_of
        from signalcli.values.inspection import ReceiverDetail

        entry = entry_of(receiver, self._receivers, trusted)
        return ReceiverDetail(entry, tuple(connections_of(self.snapshot(), receiver)))

    # Sending.

    def recorder(self) -> Recorder:
        """What tells every send of every signal, whoever makes it. All of them come to life."""
        from signalcli.tracing.recorder import Recorder

        self._live.bring_all()
        return Recorder(self._receivers, self._capture)

    def send(
        self,
        name: SignalName,
        sender: object,
        payload: dict[str, object],
        options: SendOptions = PLAIN,
    ) -> Delivery:
        """Send a signal.

        :raises UnknownName: if there is no such signal, or no receiver to connect meanwhile.
        """
        return self._dispatch(self._deliver, name, sender, payload, options)

    def send_many(
        self,
        name: SignalName,
        source: Source,
        origin: RunOrigin,
        options: SendOptions,
        pace: Pace,
        audience: Audience,
    ) -> Run:
        """Send a signal many times: see :func:`signalcli.sending.bulk.send_many`.

        :raises UnknownName: if there is no such signal, or no receiver to connect meanwhile.
        """
        from signalcli.sending.bulk import send_many
        from signalcli.sending.meta_signals import within
        from signalcli.values.bulk import Run

        signal = self._live.signal(name)
        metas = self._metas(name)
        run, notes = within(
            signal,
            metas,
            self._to_connect(options.connected_to),
            options.muted,
            lambda: send_many(
                str(name),
                signal,
                self._receivers,
                self._capture,
                options,
                source,
                origin,
                pace,
                audience,
            ),
        )
        if run is None:
            run = Run(str(name), origin, 0, 0, 0.0, (), options, stopped=notes[0])
        return run._replace(notes=notes, deliveries=tuple(metas.deliveries))

    def _dispatch(
        self,
        tell: Tell,
        name: SignalName,
        sender: object,
        payload: dict[str, object],
        options: SendOptions,
    ) -> Delivery:
        """Send or foresee a signal, within what the options put around it."""
        text, signal = str(name), self._live.signal(name)
        if not options.muted and options.connected_to is None:
            return tell(text, signal, sender, payload, options)[0]
        from signalcli.sending.meta_signals import MetaSignals, within

        metas = MetaSignals(name, signal, tell)
        delivery, notes = within(
            signal,
            metas,
            self._to_connect(options.connected_to),
            options.muted,
            lambda: tell(text, signal, sender, payload, options)[0],
        )
        if delivery is None:
            foreseen = metas.deliveries[-1].foreseen
            roll = call_the_roll(signal, self._receivers, sender, in_full=foreseen)
            calls = not_called(roll, self._receivers, set(), f"{metas.raiser} before it")
            delivery = Delivery(text, sender, payload, signal.is_muted, tuple(calls), options)
            delivery = delivery._replace(foreseen=foreseen)
        notes = (*delivery.notes, *notes)
        return delivery._replace(notes=notes, deliveries=tuple(metas.deliveries))

    def _to_connect(self, receiver: str | None) -> tuple[str, Receiver] | None:
        return None if receiver is None else (receiver, self._live.take(receiver))

    def _deliver(
        self, name: str, signal: Signal, sender: object, payload: Payload, options: SendOptions
    ) -> tuple[Delivery, BaseException | None]:
        return deliver(name, signal, self._receivers, sender, payload, options, self._capture)

    def _foresee(
        self, name: str, signal: Signal, sender: object, payload: Payload, options: SendOptions
    ) -> tuple[Delivery, BaseException | None]:
        from signalcli.sending.explain import foresee

        return foresee(name, signal, self._receivers, sender, payload, options)

    # Changing. Each says what it did, a sentence each.

    def define(self, name: SignalName, doc: str | None = None, ordered: bool = True) -> list[str]:
        """Create a signal, or say that it exists: then nothing of it changes.

        :raises UsageError: for a meta signal, which comes with its signal.
        """
        if name in self._live:
            return [f"{name} is already defined: nothing changed."]
        if name.meta is not None:
            raise UsageError(
                f"{name} comes with {name.base}, and can't be defined by itself. "
                f"Connect to it: signalcli connect {name} echo"
            )
        self._live.define(name, SignalState(doc=doc or None, ordered=ordered))
        return [f"Defined {name}."]

    def connect(
        self, name: SignalName, receiver: str, senders: Sequence[Sender], weak: bool = True
    ) -> list[str]:
        """Connect a receiver to each of ``senders``, or to ``ANY`` if there are none.

        The signal is defined if it is new.

        :raises UnknownName: if there is no such receiver.
        :raises UsageError: for a sender of a meta signal, and for a receiver that can't be weak.
        """
        from signalcli.playground.connect import connect, refuse_senders_of_meta

        refuse_senders_of_meta(name, senders)
        notes = self._define_new(name)
        metas = self._metas(name)
        notes += connect(self._live, metas, name, receiver, senders, weak)
        self.deliveries += metas.deliveries
        return notes

    def disconnect(self, name: SignalName, receiver: str, senders: Sequence[Sender]) -> list[str]:
        """Disconnect a receiver from each of ``senders``, or altogether if there are none.

        :raises UnknownName: if there is no such signal or receiver.
        :raises UsageError: for a sender of a meta signal.
        """
        from signalcli.playground.connect import disconnect, refuse_senders_of_meta

        refuse_senders_of_meta(name, senders)
        metas = self._metas(name)
        notes = disconnect(self._live, metas, name, receiver, senders)
        self.deliveries += metas.deliveries
        del metas  # its error would hold the receiver, which is to go if nothing else does
        return notes + self._collected()

    def mute(self, name: SignalName) -> list[str]:
        """Let sends of a signal call nobody.

        :raises UnknownName: if it isn't defined.
        """
        return self._set_muted(name, True)

    def unmute(self, name: SignalName) -> list[str]:
        """Let sends of a signal call its receivers again.

        :raises UnknownName: if it isn't defined.
        """
        return self._set_muted(name, False)

    def remove(self, name: SignalName) -> list[str]:
        """Forget a signal, with its connections and its meta signals.

        :raises UnknownName: if it isn't defined.
        """
        self._live.signal(name)
        self._live.forget(name)
        return [f"Removed {name}.", *self._collected()]

    def reset(self) -> list[str]:
        """Forget every signal. Receivers of the person's own stay."""
        names = [name for name in self._live.names() if name.meta is None]
        for name in names:
            self._live.forget(name)
        count = f"{len(names)} signal{'' if len(names) == 1 else 's'}"
        return [f"Removed {count} from {self._live.place}.", *self._collected()]

    def drop(self, receiver: str) -> Drop:
        """Let go of the program's own reference to a receiver: what nothing else holds, dies.

        :raises UnknownName: if there is no such receiver.
        """
        from signalcli.playground.drop import drop

        return drop(self._live, receiver)

    def add_receiver(self, name: str, own: OwnReceiver) -> list[str]:
        """Let the session know a receiver of the person's own.

        :raises UsageError: if it can't be built, or if there is another of that name.
        """
        return self._receivers.add(name, own)

    def remove_receiver(self, name: str) -> list[str]:
        """Let the session forget a receiver of the person's own, which is connected to nothing.

        :raises UnknownName: if it has none of that name.
        :raises UsageError: if it is connected.
        """
        connected = self._live.signals_of(name)
        if connected and name in self._receivers.declared:
            remedy = command("disconnect", str(connected[0]), name)
            raise UsageError(
                f"{name} is connected to {connected[0]}. Disconnect it first: {remedy}"
            )
        return self._receivers.remove(name)

    def snapshot(self) -> Session:
        """What blinker and the program hold now, in plain values."""
        return self._live.snapshot()

    def close(self) -> None:
        """Let go of every signal and receiver. Nothing can be done with them any more."""
        self._live.close()

    def _metas(self, name: SignalName) -> MetaSignals:
        """The meta signals of a signal, told when blinker sends them."""
        from signalcli.sending.meta_signals import MetaSignals

        return MetaSignals(name, self._live.signal(name), self._deliver)

    def _define_new(self, name: SignalName) -> list[str]:
        """Define a signal that is new; a meta signal is there as soon as it is touched."""
        notes = [] if name.base in self._live else self.define(name.base)
        if name not in self._live:
            base = self._live.signal(name.base)
            self._live.define(name, SignalState(ordered=is_ordered(base)))
        return notes

    def _collected(self) -> list[str]:
        """What there is to say of dropped receivers that nothing holds any more."""
        return [
            f"Nothing holds {name} any more: it is gone, with its weak connections."
            for name in self._live.collect()
        ]

    def _set_muted(self, name: SignalName, muted: bool) -> list[str]:
        signal = self._live.signal(name)
        word = "muted" if muted else "unmuted"
        if signal.is_muted == muted:
            return [f"{name} was already {word}: nothing changed."]
        signal.is_muted = muted
        return [f"{name} is {word}."]
