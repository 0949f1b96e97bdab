"""Send signals of an application, which runs its receivers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from signalcli.apps.discovery.found_signals import FoundSignal
from signalcli.apps.hosting.faults import send_operation
from signalcli.apps.hosting.guard import guarded, renew_limit
from signalcli.language.phrases import counted, phrase, sentences, some_of
from signalcli.sending.rows import Observer, plan_send
from signalcli.signals.internals import (
    LiveSignal,
    asks_own_code,
    live_receivers,
    overrides_receivers_for,
)
from signalcli.signals.send import has_own_send, keeps_results
from signalcli.streams import Capture, captured

if TYPE_CHECKING:
    from signalcli.apps.application import Application
    from signalcli.sending.bulk import BulkSend
    from signalcli.sending.bulk_sources import Batch, MessageSource
    from signalcli.values.delivery import Message, SendOptions

_SHOWN = 3
"""receivers that a question names."""


def question(application: Application, found: FoundSignal, message: Message) -> str | None:
    """Return what to ask the user before a send; ``None`` if it runs none of the application's code."""
    live = application.live_signal(found)
    if asks_own_code(live.signal):
        runs = _all_names(live)
    else:
        plan = plan_send(Observer(live.receivers), live, message.sender, explains=True)
        runs = [plan.rows[receiver_id].name for receiver_id in plan.expected]
    return _question(_SENDING, application, live, runs, message.options)


def question_of_many(
    application: Application, found: FoundSignal, options: SendOptions
) -> str | None:
    """Return what to ask the user before many sends; otherwise as :func:`question`."""
    live = application.live_signal(found)
    return _question(_SENDING_MANY_TIMES, application, live, _all_names(live), options)


_SENDING = phrase("Sending {signal} runs {receivers} of {place}. Send it?")
_SENDING_MANY_TIMES = phrase(
    "Sending {signal} many times runs {receivers} of {place}, each where it listens. Send it?"
)
_OWN_SEND = phrase(
    "{signal} has its own send, which may do more, such as publish it to other processes."
)


def _question(
    template: str,
    application: Application,
    live: LiveSignal,
    names: Sequence[str],
    options: SendOptions,
) -> str | None:
    own_send = has_own_send(live.signal, options)
    if names:
        some = some_of(names, _SHOWN)
        receivers = counted(
            "{n} receiver ({names})", "{n} receivers ({names})", len(names), names=some
        )
    elif own_send:
        receivers = phrase("no receiver, but code of its own,")
    else:
        return None
    asked = phrase(template, signal=live.name, receivers=receivers, place=application.place)
    return sentences(phrase(_OWN_SEND, signal=live.name), asked) if own_send else asked


@contextmanager
def guarded_send(live: LiveSignal, wait: float | None, shows_output: bool) -> Iterator[Capture]:
    """Limit the time of the send that the block makes, and capture what its receivers print.

    :param wait: the time limit in seconds of a send, or of one batch of many.
    :param shows_output: whether what receivers print is shown, and not only kept.
    :raises ApplicationError: if the signal's own ``send`` method fails.
    """
    operation = send_operation(live.name)
    with guarded(operation, wait), captured(live=shows_output) as capture:
        yield capture


def limited_bulk(live: LiveSignal, bulk: BulkSend) -> BulkSend:
    """Return the sends with the time limit for each batch.

    If the signal has its own ``send`` or ``receivers_for``, each send is also recorded on its own.
    """
    signal, kind = live.signal, type(live.signal)
    # a count would ask it again, or needs the results before an exception
    if (
        has_own_send(signal, bulk.options)
        or overrides_receivers_for(kind)
        or not keeps_results(signal)
    ):
        stream = bulk.callbacks.delivery or (lambda delivery: None)
        bulk = bulk._replace(callbacks=bulk.callbacks._replace(delivery=stream))
    return _LimitedBatches(bulk).bulk


def from_object(bulk: BulkSend, sender: object, shown: object) -> BulkSend:
    """Return the same sends from an object of the application, which is shown as ``shown``."""
    origin = bulk.origin._replace(sender=shown)
    return bulk._replace(source=_MessagesOf(sender, bulk.source), origin=origin)


def _all_names(live: LiveSignal) -> list[str]:
    """Return the names of all receivers, if only the send can tell which of them it calls."""
    return [live.receivers.name_of(receiver) for _, receiver, _ in live_receivers(live.signal)]


class _LimitedBatches:
    """Many sends, with the time limit for each batch: neither a pause nor the source is part of it."""

    def __init__(self, bulk: BulkSend) -> None:
        self._source, self._progress = bulk.source, bulk.callbacks.progress
        self._lock = Lock()
        self._sending = 0
        self.total = bulk.source.total
        callbacks = bulk.callbacks._replace(progress=self._progress_of_batch)
        self.bulk = bulk._replace(source=self, callbacks=callbacks)
        """The same sends."""

    @property
    def position(self) -> int:
        return self._source.position

    def take(self, count: int) -> Batch:
        with self._lock:
            renew_limit(is_paused=self._sending == 0)
        batch = self._source.take(count)
        self._count(1 if batch.lines else 0)
        return batch

    def _progress_of_batch(self, sent: int) -> None:
        self._count(-1)
        self._progress(sent)

    def _count(self, more: int) -> None:
        with self._lock:
            self._sending += more
            renew_limit(is_paused=self._sending == 0)


class _MessagesOf:
    """The messages of a source, all with one sender."""

    def __init__(self, sender: object, source: MessageSource) -> None:
        self._sender = sender
        self._source = source
        self.total = source.total

    @property
    def position(self) -> int:
        return self._source.position

    def take(self, count: int) -> Batch:
        batch = self._source.take(count)
        return batch._replace(messages=((self._sender, payload) for _, payload in batch.messages))
