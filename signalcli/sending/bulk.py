"""Many sends of one signal in one process: batch by batch, at a pace, in one thread or several."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import takewhile
from threading import Lock, Thread
from time import perf_counter, sleep
from typing import TYPE_CHECKING, NamedTuple

from blinker import Signal

from signalcli.sending.bulk_sources import Batch, Source
from signalcli.sending.counting import Counts, Dispatch, counting, telling
from signalcli.sending.deliver import Watched
from signalcli.signals.internals import live_receivers
from signalcli.streams import Capture
from signalcli.values.bulk import Run, RunOrigin
from signalcli.values.delivery import Delivery, SendOptions

if TYPE_CHECKING:
    from signalcli.signals.receiver_info import Roster

LARGEST_BATCH = 1024
"""messages: what is read at once, and sent before anybody hears how far it came."""
BRISK = 0.02
"""seconds: a batch that is sent within it is followed by a larger one."""


class Pace(NamedTuple):
    """How fast many messages are sent."""

    every: float = 0.0
    """seconds from one send to the next."""
    threads: int = 1


class Audience(NamedTuple):
    """Who is told of a run while it goes on, by one thread at a time."""

    progress: Callable[[int], None]
    """Called with the number of sends since the last call."""
    bad_line: Callable[[str], None]
    """Called with what is wrong with a line, where the rest goes on."""
    delivery: Callable[[Delivery], None] | None = None
    """Called with every send, told receiver by receiver, if that is asked for."""


def send_many(
    name: str,
    signal: Signal,
    roster: Roster,
    capture: Capture,
    options: SendOptions,
    source: Source,
    origin: RunOrigin,
    pace: Pace,
    audience: Audience,
) -> Run:
    """Send every message of a source, until it ends, something stops it, or Ctrl-C does.

    With ``on_error`` ``"stop"``, an exception or a bad line stops it, as it would stop the loop of
    a program; with ``"continue"`` it is counted, and the rest goes on.

    :param name: what the signal is called.
    :param capture: the standard output in place.
    :param origin: where the messages come from, for the record.
    """
    lock = Lock()
    if audience.delivery is None:
        capture.remembers = False
        dispatching = counting(signal, roster, options)
    else:
        watched = Watched(name, signal, roster, capture, options)
        dispatching = telling(watched, _one_at_a_time(audience.delivery, lock))
    with dispatching as dispatch:
        run = _Run(source, dispatch, pace, audience, options.on_error == "stop", lock)
        run.work(capture)
    capture.remembers = True
    names = [roster.name_of(receiver) for _, receiver, _ in live_receivers(signal)]
    return Run(
        signal=name,
        origin=origin,
        sent=run.counts.sent,
        bad_lines=run.bad_lines,
        seconds=run.seconds,
        receivers=tuple(map(run.counts.of, dict.fromkeys((*names, *run.counts.names)))),
        options=options,
        stopped=run.stopped,
        stopped_by_bad_line=run.stopped is not None and run.bad_lines > 0,
        interrupted=run.interrupted,
    )


class _Run:
    """The state that the threads of a run share."""

    def __init__(
        self,
        source: Source,
        dispatch: Dispatch,
        pace: Pace,
        audience: Audience,
        stops: bool,
        lock: Lock,
    ) -> None:
        self.counts = Counts()
        self.bad_lines = 0
        self.stopped: str | None = None
        self.interrupted = False
        self.seconds = 0.0
        self._source = source
        self._dispatch = dispatch
        self._pace = pace
        self._audience = audience
        self._stops = stops
        self._lock = lock
        self._ended = False
        self._failure: BaseException | None = None
        self._due = 0.0
        self._size = 1
        """messages: how large the next batch is."""

    def work(self, capture: Capture) -> None:
        """Get through the messages, or to where they are stopped."""
        started = self._due = perf_counter()
        try:
            if self._pace.threads == 1:
                for batch in self._batches():
                    self._send(batch)
            else:
                self._work_in_threads(capture)
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            self.seconds = round(perf_counter() - started, 6)
        if self._failure is not None:
            raise self._failure

    def _work_in_threads(self, capture: Capture) -> None:
        """Let other threads send what this one, which hears Ctrl-C, reads and waits for."""
        from queue import Queue

        batches: Queue[Batch | None] = Queue(maxsize=self._pace.threads)

        def work() -> None:
            with capture.told_apart():
                while (batch := batches.get()) is not None:
                    try:
                        if not self._ended:
                            self._send(batch)
                    except BaseException as error:  # noqa: BLE001 - raised again by who waits
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
        """The messages, each as soon as it is due."""
        while not self._ended:
            self._wait()
            batch = self._source.take(1 if self._pace.every else self._size)
            if not batch.lines:
                return
            yield batch

    def _send(self, batch: Batch) -> None:
        """Send a batch; those after it are larger as long as that is brisk."""
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
        brisk = perf_counter() - started < BRISK
        with self._lock:
            self._size = min(self._size * 2, LARGEST_BATCH) if brisk else max(self._size // 2, 1)
            self._tell(counts.sent, batch.bad, ended)

    def _tell(self, sent: int, bad: tuple[str, ...], ended: str | None) -> None:
        self._audience.progress(sent)
        if ended is not None:
            self._stop(ended)
            return
        for sentence in bad:
            self.bad_lines += 1
            if self._stops:
                self._stop(sentence)
            else:
                self._audience.bad_line(sentence)

    def _stop(self, why: str) -> None:
        self.stopped = self.stopped or why
        self._ended = True

    def _wait(self) -> None:
        """Wait until the next send is due; after a late one, the next isn't hurried."""
        if self._pace.every:
            sleep(max(0.0, self._due - perf_counter()))
            self._due = max(self._due, perf_counter()) + self._pace.every


def _one_at_a_time(told: Callable[[Delivery], None], lock: Lock) -> Callable[[Delivery], None]:
    def tell(delivery: Delivery) -> None:
        with lock:
            told(delivery)

    return tell
