"""The signals of a session, to send and to explain. blinker itself does the dispatch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from blinker import Namespace

from signalcli.language.phrases import phrase
from signalcli.playground.live_session import LiveSession
from signalcli.sending.deliver import deliver
from signalcli.sending.rows import Observer, plan_send
from signalcli.signals.internals import LiveSignal
from signalcli.signals.receivers import Receiver
from signalcli.streams import Capture
from signalcli.values.delivery import Delivery, Message, SendOptions
from signalcli.values.session import Session
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.sending.bulk import BulkSend
    from signalcli.sending.meta_signals import MetaSignals, Sending
    from signalcli.tracing.recorder import Recorder
    from signalcli.values.bulk import Run


class Playground:
    """The signals and receivers of a session, alive. Sends change them only as blinker does.

    Methods raise UnknownName for a signal, or a receiver of ``connected_to``, that doesn't exist.

    :param place: what errors call the session, such as ``"session 'default'"``.
    :param capture: the standard output in place; it collects what each receiver prints.
    :param trusts: returns whether an import may run here; by default none may.
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
        """Return the warnings about receivers that can't be called, each once, and clear them."""
        warnings, self._receivers.warnings = self._receivers.warnings, []
        return warnings

    def take_untrusted(self) -> list[str]:
        """Return the receivers that are imports which aren't trusted, each once, and clear them."""
        untrusted, self._receivers.untrusted = self._receivers.untrusted, []
        return untrusted

    def has(self, name: SignalName) -> bool:
        """Return whether a signal is defined."""
        return name in self._live

    def check_defined(self, name: SignalName) -> None:
        """Raise UnknownName if the signal is not defined."""
        self._live.signal(name)

    def snapshot(self) -> Session:
        """Return the present state of every signal and receiver as plain values."""
        return self._live.snapshot()

    def close(self) -> None:
        """Release every signal and receiver. The object can't be used afterwards."""
        self._live.close()

    def recorder(self) -> Recorder:
        """Return a recorder of every send in this process. This loads all signals of the session."""
        from signalcli.tracing.recorder import Recorder

        self._live.create_all()
        return Recorder(self._receivers, self._capture)

    def explain(self, name: SignalName, message: Message) -> Delivery:
        """Return what a send would do. UsageError if ``connected_to`` is an untrusted import."""
        if message.options.connected_to is not None:
            self._receivers.check_trusted(message.options.connected_to)
        from signalcli.sending.explain import explain_send

        return self._dispatch(explain_send, name, message)

    def send(self, name: SignalName, message: Message) -> Delivery:
        """Send a signal, and return what each receiver did."""
        delivery = self._dispatch(self._deliver, name, message)
        if message.options.connected_to is None:
            return delivery
        return delivery._replace(notes=(*delivery.notes, *self._collected()))

    def send_many(self, name: SignalName, bulk: BulkSend) -> Run:
        """Send a signal many times: see :func:`signalcli.sending.bulk.send_many`."""
        from signalcli.sending.bulk import send_many
        from signalcli.sending.meta_signals import within
        from signalcli.values.bulk import Run

        live, metas, options = self._live_signal(name), self._metas(name), bulk.options
        receiver = self._to_connect(options)
        run, notes = within(
            live.signal, metas, receiver, options, lambda: send_many(live, bulk, self._capture)
        )
        if run is None:
            run = Run(live.name, bulk.origin, 0, 0, 0.0, (), options, stopped=notes[0])
        deliveries = tuple(metas.deliveries)
        del receiver, metas  # they keep a dropped receiver alive
        return run._replace(notes=(*notes, *self._collected()), deliveries=deliveries)

    def _dispatch(self, sending: Sending, name: SignalName, message: Message) -> Delivery:
        """Send or explain a signal, within the ``connected_to()`` and ``muted()`` of the options."""
        live, options = self._live_signal(name), message.options
        if not options.muted and options.connected_to is None:
            return sending(live, message)[0]
        from signalcli.sending.meta_signals import MetaSignals, within

        metas = MetaSignals(name, live, sending)
        receiver = self._to_connect(options)
        delivery, notes = within(
            live.signal, metas, receiver, options, lambda: sending(live, message)[0]
        )
        if delivery is None:
            explained = metas.deliveries[-1].is_explained
            plan = plan_send(Observer(self._receivers), live, message.sender, explains=explained)
            plan.stop(phrase("{what} before it", what=metas.raiser))
            sender, payload, muted = message.sender, message.payload, live.signal.is_muted
            delivery = Delivery(live.name, sender, payload, muted, plan.calls(), options)
            delivery = delivery._replace(is_explained=explained)
        notes = (*delivery.notes, *notes)
        return delivery._replace(notes=notes, deliveries=tuple(metas.deliveries))

    def _collected(self) -> list[str]:
        """Return a note on each dropped receiver that Python has deleted."""
        return [
            phrase(
                "Nothing references {receiver} any more, so Python deleted it and its weak connections "
                "ended.",
                receiver=name,
            )
            for name in self._live.collect()
        ]

    def _live_signal(self, name: SignalName) -> LiveSignal:
        return LiveSignal(str(name), self._live.signal(name), self._receivers)

    def _to_connect(self, options: SendOptions) -> Receiver | None:
        return None if options.connected_to is None else self._live.borrow(options.connected_to)

    def _deliver(self, live: LiveSignal, message: Message) -> tuple[Delivery, BaseException | None]:
        return deliver(live, message, self._capture)

    def _metas(self, name: SignalName) -> MetaSignals:
        from signalcli.sending.meta_signals import MetaSignals

        return MetaSignals(name, self._live_signal(name), self._deliver)
