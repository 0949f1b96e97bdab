"""Run an application in this process, and answer signalcli, which started it for that.

This runs in the interpreter of the application. It needs the standard library, the application's own
blinker, and the folders of signalcli below ``apps/``, and imports nothing else.
"""

from __future__ import annotations

import difflib  # noqa: F401 - errors import this and traceback only when they occur, to keep commands
import faulthandler
import os
import signal
import sys
import traceback  # noqa: F401 - quick, and files of the application may hide them by then
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from signalcli.apps.application import Application
from signalcli.apps.hosting.app_options import AppOptions
from signalcli.apps.hosting.channel import Channel
from signalcli.apps.hosting.faults import look_operation
from signalcli.apps.hosting.guard import announce_operations, announced
from signalcli.apps.hosting.host import hosted
from signalcli.apps.importing.load import LoadedApp, load_and_make
from signalcli.errors import SignalcliError

if TYPE_CHECKING:
    from signalcli.sending.bulk import Pace
    from signalcli.sending.bulk_sources import Batch
    from signalcli.tracing.recorder import Recording
    from signalcli.values.bulk import Run, RunOrigin
    from signalcli.values.delivery import SendOptions
    from signalcli.values.signal_name import SignalName
    from signalcli.values.trace import Request, RequestTimeline

LINGER = 3.0
"""seconds for the application's threads and exit functions once signalcli closed the connection."""
ARGUMENTS = ("signalcli",)
"""The application's ``sys.argv``: a program without arguments."""


def main(calls: int, answers: int, dumps: int) -> None:
    """Answer calls until signalcli closes the connection, and then let the process end.

    :param dumps: the descriptor to which Python writes what the process runs, on SIGUSR2 or a crash.
    """
    channel = Channel(calls, answers)
    os.set_inheritable(dumps, False)
    faulthandler.enable(file=dumps)
    faulthandler.register(signal.SIGUSR2, file=dumps)
    announce_operations(channel.announce)
    sys.argv[:] = ARGUMENTS
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    worker = Worker(channel)
    with suppress(KeyboardInterrupt, BrokenPipeError):  # signalcli ends, and so does this process
        if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # it was set for the start
            signal.signal(signal.SIGINT, signal.default_int_handler)
        for name, arguments in channel.calls:
            worker.answer(name, arguments)
        worker.close()


class Worker:
    """Answer each call by the method of its name, of its own or of the application."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._application: Application
        self._hosted: AbstractContextManager[object] = nullcontext()

    def close(self) -> None:
        """Stop recording."""
        self._hosted.__exit__(None, None, None)

    def answer(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Write the result of a call, its error, or that the user interrupted it."""
        try:
            method = getattr(self, name, None) or self._looking(name)
            result = method(*arguments)
        except SignalcliError as error:
            details = getattr(error, "details", "")
            self._channel.write("error", (type(error).__name__, str(error), details))
        except KeyboardInterrupt:
            self._channel.write("interrupted")
        else:
            self._channel.write("result", result)

    def _looking(self, name: str) -> Callable[..., Any]:
        """Return a method of the application, within the time limit."""
        operation = look_operation(self._application.place, self._how.asks_repr)

        def look(*arguments: Any) -> Any:
            with announced(operation, self._how.wait):
                return getattr(self._application, name)(*arguments)

        return look

    def open(self, how: AppOptions, purpose: str) -> None:
        """Import the application, and make it."""
        self._how = how
        self._channel.end_when_closed(LINGER)
        note = partial(self._channel.write, "note")

        def load(needs_app: bool) -> LoadedApp:
            return load_and_make(how, note, needs_app=needs_app)

        opened = hosted(load, purpose, how, note)
        self._application = opened.__enter__()
        self._hosted = opened  # until signalcli closes the connection

    def send_many(
        self, name: SignalName, origin: RunOrigin, options: SendOptions, pace: Pace, streams: bool
    ) -> Run:
        """Send a signal many times, with messages that signalcli writes on demand."""
        from signalcli.sending.bulk import BulkCallbacks, BulkSend, Pace

        write = self._channel.write
        callbacks = BulkCallbacks(partial(write, "progress"), partial(write, "bad_line"), None)
        if streams:
            callbacks = callbacks._replace(delivery=partial(write, "delivery"))
        bulk = BulkSend(_BatchedMessages(self._channel), origin, options, Pace(*pace), callbacks)
        return self._application.send_many(name, bulk)

    def make_requests(self, requests: tuple[Request, ...]) -> None:
        """Make requests. Their sends are written while they run, and each timeline without them."""

        recordings: list[Recording] = []

        def watch(recording: Recording) -> None:
            recordings[:] = [recording]
            self._channel.stream(recording)

        def write(timeline: RequestTimeline) -> None:
            recording = recordings[0]
            self._channel.write("timeline", (timeline, recording.names(), recording.listened()))

        self._application.watch = watch
        self._application.make_requests(requests, write, lambda timeline: None)


class _BatchedMessages:
    """The messages of many sends, which signalcli writes batch by batch."""

    total = None
    position = 0

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def take(self, count: int) -> Batch:
        """Return the next messages, at most ``count``."""
        from signalcli.sending.bulk_sources import Batch

        self._channel.write("take", count)
        for _, (messages, lines, bad) in self._channel.calls:
            return Batch(messages, lines, bad)
        raise BrokenPipeError  # signalcli is gone
