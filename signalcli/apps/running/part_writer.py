"""Record the signals of one process of a traced program, and write them to its part of the trace.

A part is a file of lines, as :mod:`signalcli.apps.hosting.codec` writes them. It is written while the process
runs, so it has what was sent until the process ends, however that ends.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from _thread import allocate_lock
from collections.abc import Iterable
from contextlib import suppress
from os import O_APPEND, O_CREAT, O_WRONLY, geteuid, getpid, getppid, write
from time import perf_counter
from types import FrameType
from typing import TYPE_CHECKING

from signalcli.apps.connecting.connect_recorder import ConnectRecorder
from signalcli.apps.describing.object_names import ObjectNames
from signalcli.apps.hosting.codec import to_line
from signalcli.apps.hosting.periodic_writer import PeriodicWriter
from signalcli.apps.hosting.update_lines import updates_line
from signalcli.apps.running.live_names import LiveNames
from signalcli.apps.running.startup.sitecustomize import LIVE, LOST, REPR
from signalcli.apps.running.trace import new_recorder, use_application_names
from signalcli.sending.outgoing_messages import INBOX
from signalcli.signals.tracebacks import raised_error
from signalcli.tracing.recorder import Recorder, Recording

if TYPE_CHECKING:
    from signalcli.tracing.updates import Update

LATE_ENDS = (signal.SIGTERM, signal.SIGHUP)
"""The signals that end a process at once, unless it handles them."""
ENDING = ".part"


def begin_recording(directory: str) -> None:
    """Record from now on, until the process ends.

    :param directory: where the parts are.
    """
    objects = ObjectNames(bool(os.environ.get(REPR)))
    connects = ConnectRecorder(objects=objects)
    connects.end_import()  # all is traced
    recorder = new_recorder(objects, connects)
    if os.environ.get(LIVE):
        recorder.named = LiveNames()
    if os.environ.get(INBOX):
        from signalcli.tracing.relayed_send import RelayedTracedSend

        recorder.new_send = RelayedTracedSend
    recording = recorder.recording(everywhere=True)
    connects.__enter__()  # until the end of the process
    recorder.__enter__()
    recorder.everywhere = recording
    part = PartWriter(directory, recorder, recording, connects)
    recording.sink = part.write_updates
    part.start()


class PartWriter:
    """Write the part of this process. A forked process goes on with a part of its own."""

    def __init__(
        self, directory: str, recorder: Recorder, recording: Recording, connects: ConnectRecorder
    ) -> None:
        self._directory = directory
        self._recorder = recorder
        self._recording = recording
        self._connects = connects
        self._writer = PeriodicWriter(recording.advance, self._write_last)
        self._lock = allocate_lock()
        self._file: str | None = None
        """The path of the file, once there is one: most processes of a program send nothing."""
        self._is_lost = False
        """Whether the file couldn't be written. Its last line may be cut short, so it isn't written again."""
        self._is_ending = False
        self._signal: int | None = None
        """The signal that came while the process wrote its end."""

    def start(self) -> None:
        """Write what is new in a thread, and before this process ends."""
        os.register_at_fork(after_in_child=self._begin_in_fork)
        atexit.register(self._end)
        with suppress(ValueError):  # not in the main thread
            for number in LATE_ENDS:
                if signal.getsignal(number) is signal.SIG_DFL:
                    signal.signal(number, self._end_by_signal)
        self._writer.start()

    def _begin_in_fork(self) -> None:
        """Leave what isn't written to the parent, and go on with a new file."""
        self._lock, self._file, self._is_lost = allocate_lock(), None, False
        self._recording.begin_in_fork()
        self._writer.go_on()

    def _end(self) -> None:
        """Write what is left, with the names that discovery gives the signals."""
        self._is_ending = True
        with suppress(OSError):
            self._recording.advance()
            if self._file is not None:
                use_application_names(self._recorder)
                self._write_last()
                self._connects.forget()
        self._is_ending = False
        if self._signal is not None:
            self._end_by_signal(self._signal, None)

    def _end_by_signal(self, number: int, frame: FrameType | None) -> None:
        """Write what is left, and end as the process would have; after that, if it writes its end."""
        if self._is_ending:
            self._signal = number
            return
        self._writer.write_rest()
        signal.signal(number, signal.SIG_DFL)
        os.kill(getpid(), number)

    def _write_last(self) -> None:
        """Write what is left, and the end if there is a file."""
        self._recording.advance()
        if self._file is not None:
            raised = getattr(sys, "last_value", None)
            error = None if raised is None else raised_error(raised)
            ended = self._recording.names(), self._recording.listened(), error
            self._write(to_line("ended", ended))

    def write_updates(self, updates: Iterable[Update]) -> None:
        """Write updates to the file."""
        self._write(updates_line(updates))

    def _write(self, line: bytes) -> None:
        with self._lock:
            if self._is_lost:
                return
            try:
                self._append(line)
            except OSError as error:
                self._is_lost = True
                with suppress(OSError):  # it was removed
                    os.truncate(f"{self._directory}/{LOST}", error.errno or 0)  # needs no space

    def _append(self, line: bytes) -> None:
        is_new = self._file is None
        if self._file is None:
            self._file = f"{self._directory}/{getpid()}-{int(perf_counter() * 1e9)}{ENDING}"
            head = getpid(), getppid(), tuple(sys.orig_argv), self._recording.started
            line = to_line("process", head) + line
        descriptor = os.open(self._file, O_WRONLY | O_APPEND | O_CREAT, 0o600)
        try:
            if is_new and geteuid() == 0:
                os.fchmod(descriptor, 0o622)  # this process may go on as another user
            while line:
                line = line[write(descriptor, line) :]
        finally:
            os.close(descriptor)
