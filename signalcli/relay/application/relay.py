"""The relay of an application: which signals it publishes and receives, and when it runs."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import nullcontext
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from blinker import Signal

from signalcli.errors import UsageError
from signalcli.relay.address import RelayAddress
from signalcli.relay.application.file_outbox import FileOutbox, default_directory
from signalcli.relay.application.outbox import SIZE, Outbox
from signalcli.relay.application.published_signal import (
    Encode,
    MessageIds,
    PublishedSignal,
    published_name,
)
from signalcli.relay.application.receiving import (
    LOG,
    DeliveryGroup,
    ReceivedSignal,
    ReceiverRunner,
    ReceiversThread,
)
from signalcli.relay.application.senders import Identify, Resolve
from signalcli.relay.envelope import is_unicode, source_name
from signalcli.relay.subjects import check_group, subject_of
from signalcli.values.relay.application import RelayState
from signalcli.values.signal_name import SignalName

if TYPE_CHECKING:
    from signalcli.relay.application.running import RunningRelay

FLUSH_SECONDS = 5.0
DEFAULT_NAME = "app"
SWITCH = "SIGNALCLI_RELAY"
"""The variable that is ``off`` where sends stay local and nothing is received, as in tests."""


class Relay:
    """Connect the signals of this process with those of other processes, over NATS.

    A local send never waits for the server, and never raises because of it: it puts a message into the
    outbox, which a thread empties. It raises UsageError, before any receiver is called, for a sender or
    a payload that can't travel: that is a fault of the program.

    :param url: the URL of the server, or of several of a cluster with commas between them; by default
        that of the variable ``SIGNALCLI_VIA``, or else the server of ``signalcli relay serve``.
    :param name: the name of the application, which messages name as a part of their source.
    :param creds: the path of a file of credentials.
    :param outbox: ``"memory"``, or ``"file"`` to keep each send on disk until the server has stored it.
    :param outbox_size: how many sends the outbox holds.
    :param when_full: what a send does when the outbox is full: ``"drop"`` the message and count it,
        ``"block"`` until there is room, or ``"raise"`` :class:`OutboxFull` before a receiver is called.
    :param outbox_directory: the directory of ``outbox="file"``; by default one of this user's state.
    :param flush_seconds: how long the end of the process waits for sends that the server hasn't stored.
    :param prefork: whether :meth:`start` waits for a fork: the process itself then only publishes, and
        each child that forks off receives, too.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        name: str | None = None,
        creds: str | None = None,
        outbox: str = "memory",
        outbox_size: int = SIZE,
        when_full: str = "drop",
        outbox_directory: str | None = None,
        flush_seconds: float = FLUSH_SECONDS,
        prefork: bool = False,
    ) -> None:
        if outbox not in ("memory", "file"):
            raise UsageError(f"An outbox is in 'memory' or in a 'file', not in '{outbox}'.")
        if outbox == "file" and outbox_directory is None and name is None:
            raise UsageError(
                "outbox='file' is kept by the application's name. Give it: name='shop'"
            )
        self.name = _checked_name(name or DEFAULT_NAME)
        self.flush_seconds = flush_seconds
        self.prefork = prefork
        self._address = None if url is None else RelayAddress.parse(url, creds)
        self._creds = creds
        self._outbox = (
            Outbox(outbox_size, when_full)
            if outbox == "memory"
            else FileOutbox(
                outbox_directory or default_directory(self.name),
                lambda: source_name(self.name),
                outbox_size,
                when_full,
            )
        )
        self._message_ids = MessageIds()
        self._published: dict[SignalName, PublishedSignal] = {}
        self._received: dict[SignalName, ReceivedSignal] = {}
        self._thread = ReceiversThread()
        self._task_context: Callable[[], Any] = nullcontext
        self._receivers: ReceiverRunner = self._thread
        self._started_in: int | None = None
        """The process in which :meth:`start` was called."""
        self._receives = True
        self._running: RunningRelay | None = None
        self._lock = Lock()
        """Held while it begins to run: two threads may make the first send."""
        self._inherited: list[RunningRelay] = []
        _RELAYS.add(self)

    @property
    def state(self) -> RelayState:
        """What it has done in this process."""
        outbox, running = self._outbox, self._running
        if running is None:
            return RelayState(False, len(outbox), outbox.dropped, 0, 0, 0, 0)
        return RelayState(
            running.is_ready.is_set(),
            len(outbox),
            outbox.dropped,
            running.publisher.acknowledged,
            running.publisher.refused + running.deliveries.refused,
            running.deliveries.delivered,
            running.deliveries.raised,
        )

    def publish(
        self,
        signal: Signal,
        *,
        name: str | None = None,
        encode: Encode | None = None,
        identify: Identify | None = None,
    ) -> None:
        """Publish each send of a signal, from now on.

        The message goes into the outbox before the receivers are called. Sends through a method that was
        taken before, as in ``notify = order_placed.send``, stay local.

        :param name: the name by which other processes know the signal, such as ``"shop/order-placed"``;
            by default its own.
        :param encode: returns JSON values for a value of a payload that JSON can't hold.
        :param identify: returns the text or number that a sender travels as. Without it, text, numbers,
            true and null travel as they are, a Flask or Quart application by its name, and a class by
            its path.
        :raises UsageError: if the signal has no name, or if another one of this name is published.
        """
        found = self._name_of(signal, name, self._published)
        if not self._published:
            atexit.register(self._report_unstarted)
        before = self._published.pop(found, None)
        if before is not None:
            before.remove()
        received = self._received.get(found)
        groups = received.group.names if received is not None else ()
        published = PublishedSignal(
            signal, found, self._outbox, self._message_ids, groups, encode, identify
        )
        published.install()
        self._published[found] = published

    def receive(
        self,
        signal: Signal,
        *,
        queue: str | None = None,
        durable: str | None = None,
        name: str | None = None,
        resolve: Resolve | None = None,
        max_deliver: int = 5,
        ack_wait: float = 30.0,
        retry_after: float = 1.0,
    ) -> None:
        """Send this signal here whenever another process sends it. Call it before :meth:`start`.

        The receivers of a message run one after the other in a thread of the relay, or in the event loop
        of ``async with``. What they send in turn is published, if its signal is; the message itself isn't
        published again. A message of this process isn't received: its receivers have heard the send.

        :param queue: one process of the queue receives each message. A send of a member of the queue
            counts as received.
        :param durable: as a queue, and each message is kept until its receivers have returned. If one
            raises, all are called again, so they must be idempotent.
        :param name: the name by which other processes know the signal; by default its own.
        :param resolve: returns the sender for what travelled. Without it, a text that names an object to
            which a receiver listens becomes that object.
        :param max_deliver: the attempts until a message is a dead letter.
        :param ack_wait: seconds after which another process gets a message, if this one is silent.
        :param retry_after: seconds before the second attempt. Each further pause is twice as long.
        :raises UsageError: if the signal has no name, or is received already.
        """
        if queue is not None and durable is not None:
            raise UsageError("Processes of one durable name share its messages. Leave out queue.")
        if self._started_in is not None:
            raise UsageError("The relay was started. Call receive() before start().")
        for kind, group in (("queue", queue), ("durable listener", durable)):
            if group is not None:
                check_group(kind, group)
        found = self._name_of(signal, name, self._received)
        if found in self._received:
            raise UsageError(f"The signal '{found}' is received already.")
        subject_of(found)
        group_of_it = DeliveryGroup(queue, durable, max_deliver, ack_wait, retry_after)
        self._received[found] = ReceivedSignal(signal, found, group_of_it, resolve)
        if found in self._published:
            self._published[found].groups = group_of_it.names

    def _name_of(
        self,
        signal: Signal,
        name: str | None,
        others: dict[SignalName, PublishedSignal] | dict[SignalName, ReceivedSignal],
    ) -> SignalName:
        if not isinstance(signal, Signal):
            raise UsageError(
                f"A relay takes signals of blinker, and got {type(signal).__name__}: {signal!r}."
            )
        found = published_name(signal, name)
        other = others.get(found)
        if other is not None and other.signal is not signal:
            raise UsageError(
                f"Another signal is relayed as '{found}'. Give this one a name of its own: "
                f"name='shop/{found.name}'"
            )
        return found

    def start(self, wait: float = 0.0) -> bool:
        """Start to publish and to receive. A relay that runs is left as it is.

        It connects in the background, and tries again for as long as it takes. A child that forks off
        later publishes and receives too, as a process of its own. Where ``SIGNALCLI_RELAY`` is ``off``, and
        in the process in which ``signalcli --app`` loads an application, nothing is published or received.

        :param wait: how many seconds to wait until it is connected and listens.
        :return: whether it does.
        :raises RelayError: if ``nats-py`` isn't installed.
        """
        if self._is_switched_off:
            self._stay_local()
            return False
        if self._started_in is None:
            from signalcli.relay.connection import check_nats

            check_nats()
            self._started_in = os.getpid()
            atexit.register(self.stop)
        self._begin()
        return self._running is not None and self._running.is_ready.wait(wait)

    def _begin(self) -> None:
        """Run now, if there is something to receive or to publish, or else at the first send."""
        if self._running is not None:
            return
        for published in self._published.values():
            published.is_active, published.was_stopped = True, False
        import signalcli.relay.application.running  # noqa: F401 - now: a fork while a thread imports hurts

        if (self._receives and not self._waits_for_fork) or len(self._outbox):
            self._run()
        else:
            self._outbox.wake = self._run

    def _stay_local(self) -> None:
        for published in self._published.values():
            published.is_active = False

    @property
    def _is_switched_off(self) -> bool:
        return os.environ.get(SWITCH) == "off" or "signalcli.apps.worker" in sys.modules

    @property
    def _waits_for_fork(self) -> bool:
        return self.prefork and os.getpid() == self._started_in

    def _run(self) -> None:
        from signalcli.relay.application.running import RunningRelay, chosen_server

        with self._lock:
            if self._running is not None:
                return
            receives = self._receives and self._received and not self._waits_for_fork
            self._outbox.reopen()
            self._running = RunningRelay(
                lambda: chosen_server(self._address),
                self.name,
                self._outbox,
                self._received,
                self._receivers if receives else None,
            )

    def flush(self, seconds: float | None = None) -> bool:
        """Wait until the server has stored every send, and return whether it has.

        :param seconds: how long to wait at most; by default ``flush_seconds``.
        """
        if self._running is None:
            return not len(self._outbox)
        return self._running.flush(self.flush_seconds if seconds is None else seconds)

    def stop(self) -> None:
        """Receive nothing more, flush, and disconnect.

        Later sends stay local, until it is started again. The first of them is logged, and all are counted
        as dropped.

        It waits for the receivers of the present message, at most ``flush_seconds``. Sends that the server
        hasn't stored within ``flush_seconds`` are lost, and their number is logged; with ``outbox="file"``
        they stay on disk, and the next process of this name publishes them.
        """
        running, self._running = self._running, None
        self._started_in = None
        atexit.unregister(self.stop)
        if running is None:
            return
        running.stop_receiving(self.flush_seconds)
        self._stay_local()
        for published in self._published.values():
            published.was_stopped = True
        running.flush(self.flush_seconds)
        running.stop()
        lost = self._outbox.close()
        if lost:
            LOG.error("Sends lost, because the server didn't store them in time: %d.", lost)

    def _report_unstarted(self) -> None:
        """Log at exit how many sends wait for a start that never came."""
        waiting = len(self._outbox)
        if self._running is not None or not waiting or self._is_switched_off:
            return
        LOG.error(
            "Sends weren't published, because start() of the relay wasn't called: %d.", waiting
        )

    def init_app(self, app: Any) -> None:
        """Use the configuration of a Flask or Quart application, and start when it is served.

        Receivers run in an application context. In Flask they run in a thread of the relay, in Quart in
        its event loop. Other ``flask`` commands than ``flask run``, and the parent of its reloader,
        publish what they send, and receive nothing. Call this after :meth:`publish` and :meth:`receive`.

        ``SIGNALCLI_RELAY_URL``, ``SIGNALCLI_RELAY_CREDS`` and ``SIGNALCLI_RELAY_NAME`` replace the
        arguments of the class; the name is that of the application by default.
        ``SIGNALCLI_RELAY_PREFORK`` is ``prefork``. With ``SIGNALCLI_RELAY_START`` false, the application
        calls :meth:`start` itself.
        """
        from signalcli.relay.application import flask_app

        config = app.config
        url = config.get("SIGNALCLI_RELAY_URL")
        creds = config.get("SIGNALCLI_RELAY_CREDS", self._creds)
        if url is not None:
            self._address = RelayAddress.parse(url, creds)
        elif self._address is not None:
            self._address = self._address._replace(creds=creds)
        named = self.name if self.name != DEFAULT_NAME else app.name
        self.name = _checked_name(config.get("SIGNALCLI_RELAY_NAME", named))
        self.prefork = config.get("SIGNALCLI_RELAY_PREFORK", self.prefork)
        starts = config.get("SIGNALCLI_RELAY_START", True)
        app.extensions["signalcli_relay"] = self
        if hasattr(app, "while_serving"):
            self._task_context = app.app_context
            if starts:
                app.while_serving(self._while_serving)
            return
        self._thread.context, self._thread.run_async = app.app_context, app.ensure_sync
        self._receives = flask_app.is_served()
        if starts:
            self.start()

    async def _while_serving(self) -> AsyncIterator[None]:
        async with self:
            yield

    async def __aenter__(self) -> Relay:  # noqa: PYI034 - Self came with Python 3.11
        """Start, with the receivers in the event loop that runs now."""
        from signalcli.relay.application.receivers_task import ReceiversTask

        self._receivers = ReceiversTask(self._task_context)
        self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        import asyncio

        await asyncio.to_thread(self.stop)
        self._receivers = self._thread

    def _begin_in_child(self) -> None:
        """Begin anew in a child that forked off. Its parent publishes what was sent before."""
        self._lock = Lock()
        self._message_ids.reset()
        self._outbox.reset()
        if self._running is not None:
            self._running.leave_to_parent()
            self._inherited.append(self._running)  # its event loop can't be closed here
            self._running = None
        if self._started_in is not None and self._receivers is self._thread:
            self._begin()


def _checked_name(name: str) -> str:
    if not is_unicode(name):
        raise UsageError(f"The name '{name}' of the application is not valid Unicode.")
    return name


_RELAYS: WeakSet[Relay] = WeakSet()


def _begin_in_children() -> None:
    for relay in list(_RELAYS):
        relay._begin_in_child()


os.register_at_fork(after_in_child=_begin_in_children)
