"""Send one signal many times: in batches, at a given rate, in one thread or several."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import takewhile
from threading import Lock, Thread
from time import perf_counter, sleep
from typing import NamedTuple

from signalcli.sending.bulk_sources import Batch, MessageSource
from signalcli.sending.counting import Counts, Dispatch, counting, recording_each
from signalcli.sending.deliver import RecordedSignal
from signalcli.signals.internals import LiveSignal, live_receivers
from signalcli.streams import Capture
from signalcli.values.bulk import Run, RunOrigin
from signalcli.values.delivery import Delivery, SendOptions

LARGEST_BATCH = 1024
"""The most messages that are read and sent before progress is reported."""
FAST_BATCH = 0.02
"""A batch that takes fewer seconds is followed by a larger one."""


class Pace(NamedTuple):
    """How fast many messages are sent."""

    every: float = 0.0
    """seconds from one send to the next."""
    threads: int = 1


class BulkCallbacks(NamedTuple):
    """The functions that a run calls while it goes on, from one thread at a time."""

    progress: Callable[[int], None]
    """Called with the number of sends since the last call."""
    bad_line: Callable[[str], None]
    """Called with a sentence about each line that isn't a message, if the run goes on after it."""
    delivery: Callable[[Delivery], None] | None = None
    """Called with the delivery of every send; ``None`` only counts."""


class BulkSend(NamedTuple):
    """What to send many times, and how."""

    source: MessageSource
    origin: RunOrigin
    """Where the messages come from, for the record."""
    options: SendOptions
    pace: Pace
    callbacks: BulkCallbacks


def send_many(live: LiveSignal, bulk: BulkSend, capture: Capture) -> Run:
    """Send every message of a source, until it ends, an error stops it, or the user interrupts it.

    With ``on_error`` ``"stop"``, an exception or a bad line stops the run; with ``"continue"``, it is
    counted and the run goes on.
    """
    lock = Lock()
    options, stream = bulk.options, bulk.callbacks.delivery
    if stream is None:
        capture.remembers = False
        dispatching = counting(live, options)
    else:
        dispatching = recording_each(RecordedSignal(live, capture, options), stream, lock)
    with dispatching as dispatch, capture.buffered():
        run = _BulkRunState(bulk, dispatch, lock)
        run.work(capture)
    capture.remembers = True
    connected = live_receivers(live.signal)
    names = [live.receivers.name_of(receiver) for _, receiver, _ in connected]
    return Run(
        signal=live.name,
        origin=bulk.origin,
        sent=run.counts.sent,
        bad_lines=run.bad_lines,
        seconds=run.seconds,
        receivers=tuple(map(run.counts.of, dict.fromkeys((*names, *run.counts.names)))),
        options=options,
        stopped=run.stopped,
        stopped_by_bad_line=run.stopped is not None and run.bad_lines > 0,
        interrupted=run.interrupted,
    )


class _BulkRunState:
    """The state that the threads of a run share."""

    def __init__(self, bulk: BulkSend, dispatch: Dispatch, lock: Lock) -> None:
        self.counts = Counts()
        self.bad_lines = 0
        self.stopped: str | None = None
        self.interrupted = False
        self.seconds = 0.0
        self._bulk = bulk
        self._dispatch = dispatch
        self._pace = bulk.pace
        self._lock = lock
        self._ended = False
        self._failure: BaseException | None = None
        self._due = 0.0
        self._size = 1
        """messages: the size of the next batch."""

    def work(self, capture: Capture) -> None:
        """Send the messages until the end, or until something stops the run."""
        started = self._due = perf_counter()
        try:
            if self._pace.threads == 1:
                for batch in self._batches():
                    self._send(batch)
                    capture.flush()  # a reader waits for one batch at most
            else:
                self._work_in_threads(capture)
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            self.seconds = round(perf_counter() - started, 6)
        if self._failure is not None:
            raise self._failure

    def _work_in_threads(self, capture: Capture) -> None:
        """Read in this thread, which receives Ctrl-C, and send in others."""
        from queue import Queue

        batches: Queue[Batch | None] = Queue(maxsize=self._pace.threads)

        def work() -> None:
            with capture.separated():
                while (batch := batches.get()) is not None:
                    try:
                        if not self._ended:
                            self._send(batch)
                    except BaseException as error:  # noqa: BLE001 - the main thread raises it again
                        self._failure = self._failure or error
                        self._ended = True

        threads = [Thread(target=work, daemon=True) for _ in range(self._pace.threads)]
        for thread in threads:
            thread.start()
        try:
            for batch in self._batches():
                batches.put(batch)
        except BaseException:
            self._ended = True
            raise
        finally:
            for _ in threads:
                batches.put(None)
            for thread in threads:
                thread.join()

    def _batches(self) -> Iterator[Batch]:
        while not self._ended:
            if self._pace.every:  # a late send delays those after it
                sleep(max(0.0, self._due - perf_counter()))
                self._due = max(self._due, perf_counter()) + self._pace.every
            batch = self._bulk.source.take(1 if self._pace.every else self._size)
            if not batch.lines:
                return
            yield batch

    def _send(self, batch: Batch) -> None:
        """Send a batch. The next one is larger if this one was fast, and smaller if it wasn't."""
        counts = Counts()
        started = perf_counter()
        messages = batch.messages
        if self._pace.threads > 1:
            messages = takewhile(lambda _: not self._ended, messages)
        try:
            ended = self._dispatch(messages, counts)
        finally:
            with self._lock:
                self.counts.add(counts)
        is_fast = perf_counter() - started < FAST_BATCH
        with self._lock:
            self._size = min(self._size * 2, LARGEST_BATCH) if is_fast else max(self._size // 2, 1)
            self._report(counts.sent, batch.bad, ended)

    def _report(self, sent: int, bad: tuple[str, ...], ended: str | None) -> None:
        self._bulk.callbacks.progress(sent)
        if ended is not None:
            self._stop(ended)
            return
        for sentence in bad:
            self.bad_lines += 1
            if self._bulk.options.on_error == "stop":
                self._stop(sentence)
            else:
                self._bulk.callbacks.bad_line(sentence)

    def _stop(self, why: str) -> None:
        self.stopped = self.stopped or why
        self._ended = True
