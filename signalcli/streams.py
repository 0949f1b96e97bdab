"""Capture and redirect standard output: what receivers print is shown live, or kept out of JSON."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Lock
from typing import IO, TYPE_CHECKING, Any, TextIO

from signalcli.errors import OutputError
from signalcli.text import escape

if TYPE_CHECKING:
    from contextvars import ContextVar

STDIN, STDOUT, STDERR = 0, 1, 2
BUFFER = 1 << 16
"""characters: what :meth:`Capture.buffered` keeps at most."""


class _PrintedOutput:
    """The output of one context: a thread, or a request with its threads."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.line = ""
        """The part of the last line that isn't shown yet."""


class Capture(io.TextIOBase):
    """A standard output that keeps what was printed to it.

    :param data: the real standard output, for data meanwhile.
    :param live: whether to show printed text there at once, with unsafe characters escaped. If not,
        output that bypasses the text layer (``.buffer``, ``.fileno()``) goes to standard error.
    """

    encoding = "utf-8"

    def __init__(self, data: TextIO, live: bool) -> None:
        self.data = data
        self._live = data if live else None
        self._around: TextIO = data if live else sys.stderr
        self._printed: list[str] = []
        self._contexts: ContextVar[_PrintedOutput | None] | None = None
        """The output of each separated context; ``None`` until there is one."""
        self._lock = Lock()
        self._pending: list[str] | None = None
        """What :meth:`buffered` hasn't written yet."""
        self._size = 0
        self.remembers = True
        """Whether to keep what is printed, for :meth:`take`."""
        self.has_shown = False
        """Whether any text was written to the live output."""
        self.broken: OSError | None = None
        """The error that stopped the live output."""

    def write(self, text: str) -> int:
        if self._pending is not None and self._contexts is None and not self.remembers:
            self._pending.append(text)
            self._size += len(text)
            if self._size > BUFFER:
                self._write_pending()
            return len(text)
        if self.remembers:
            self._parts().append(text)
        if self._live is not None:
            self._show(escape(text, keep="\n\t"))
        return len(text)

    def _show(self, text: str) -> None:
        """Write to the live output. Separated contexts write whole lines only."""
        printed = self._separated()
        if printed is not None:
            lines, newline, printed.line = (printed.line + text).rpartition("\n")
            text = lines + newline
        if text and self.broken is None and self._live is not None:
            try:
                with self._lock:
                    self._live.write(text)
                self.has_shown = True
            except OSError as error:  # reported at the end: the receiver isn't at fault
                self.broken = error

    @contextmanager
    def buffered(self) -> Iterator[None]:
        """Let a pipe or file receive what is printed in large writes, while the block runs.

        The text is written when it exceeds ``BUFFER`` characters, at a flush of standard output,
        before anything is written to ``sys.stderr``, and at the end of the block, however it ends.
        What a child process or a C library writes to the descriptor comes before text that waits,
        and ``os._exit()`` loses that text, as both do for any Python program that writes to a pipe.
        A terminal is written to at once, and so is a pipe that several threads print to.
        """
        if self._live is None or self._live.isatty():
            yield
            return
        self._pending = []
        stderr = sys.stderr
        sys.stderr = _FlushingStream(self, stderr)
        try:
            yield
        finally:
            sys.stderr = stderr
            self.flush()
            self._pending = None

    def _write_pending(self) -> None:
        pending = self._pending
        if pending:
            count = len(pending)  # another thread may append meanwhile
            text = "".join(pending[:count])
            del pending[:count]
            self._size = 0
            self._show(escape(text, keep="\n\t"))

    def take(self) -> str:
        """Return what was printed since the last call."""
        parts = self._parts()
        output = "".join(parts)
        parts.clear()
        return output

    @contextmanager
    def separated(self) -> Iterator[None]:
        """Keep and show the output of this context separately while the block runs.

        Threads share one output unless they call this, or start in a copy of a context that did.
        """
        from contextvars import ContextVar

        printed = _PrintedOutput()
        with self._lock:
            if self._contexts is None:
                self._contexts = ContextVar("printed", default=None)
        kept = self._contexts
        token = kept.set(printed)
        try:
            yield
        finally:
            kept.reset(token)
            if self._live is not None:
                self._show(printed.line)

    def _parts(self) -> list[str]:
        printed = self._separated()
        return self._printed if printed is None else printed.parts

    def _separated(self) -> _PrintedOutput | None:
        return None if self._contexts is None else self._contexts.get()

    def flush(self) -> None:
        self._write_pending()
        try:
            self._around.flush()
        except ValueError:  # a receiver closed it
            return
        except OSError as error:
            self.broken = error

    def isatty(self) -> bool:
        return self._live is not None and self._live.isatty()

    def fileno(self) -> int:
        if self._pending:
            self.flush()  # before what is written around this layer
        return self._around.fileno()

    @property
    def buffer(self) -> IO[Any]:
        if self._pending:
            self.flush()
        return self._around.buffer


class _FlushingStream:
    """A standard error that flushes standard output before it is used, to keep their order."""

    def __init__(self, capture: Capture, stream: TextIO) -> None:
        self._capture = capture
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        self._capture.flush()
        return getattr(self._stream, name)


@contextmanager
def captured(*, live: bool) -> Iterator[Capture]:
    """Replace standard output by a :class:`Capture` for the length of the block.

    :raises OutputError: if what was printed can't be shown.
    :raises BrokenPipeError: if its reader closed it.
    """
    stdout = data = sys.stdout
    stdout.flush()
    with ExitStack() as resources:
        if not live:
            descriptor = resources.enter_context(descriptor_to_stderr())
            data = resources.enter_context(stream_for_data(descriptor))
        capture = Capture(data, live)
        _STREAMS.append(capture)
        sys.stdout = capture
        try:
            yield capture
        finally:
            sys.stdout = stdout
            capture.flush()
    if isinstance(capture.broken, BrokenPipeError):
        raise capture.broken
    if capture.broken is not None:
        raise OutputError(capture.broken)


@contextmanager
def descriptor_to_stderr() -> Iterator[int]:
    """Redirect the descriptor of standard output to standard error; yield a copy of the old one."""
    descriptor = os.dup(STDOUT)
    os.dup2(STDERR, STDOUT)
    try:
        yield descriptor
    finally:
        os.dup2(descriptor, STDOUT)
        os.close(descriptor)


@contextmanager
def stream_for_data(descriptor: int) -> Iterator[TextIO]:
    """Yield a stream that writes to a duplicate of a descriptor."""
    data = open(  # noqa: SIM115 - it is closed whether or not it can be
        os.dup(descriptor), "w", encoding="utf-8", errors="backslashreplace"
    )
    try:
        yield data
        data.flush()
    except BaseException:
        try:
            data.flush()
        except OSError:  # the rest can't be written: discard it
            os.dup2(os.open(os.devnull, os.O_WRONLY), data.fileno())
        raise
    finally:
        data.close()


class _StandardError(io.FileIO):
    """A file that stays open when a module wraps the buffer of ``sys.stdout`` and deletes the wrapper."""

    def close(self) -> None:
        pass


@contextmanager
def stdout_to_stderr() -> Iterator[int]:
    """Redirect all output to standard error, that of child processes and C libraries included.

    Yields a descriptor of the real standard output. At the end the standard streams are restored,
    even if code in the block replaced them.
    """
    stdout, stderr = sys.stdout, sys.stderr
    stdout.flush()
    with descriptor_to_stderr() as descriptor:
        sys.stdout = stream_to_stderr()
        try:
            yield descriptor
        finally:
            instead = getattr(
                sys, "stdout", None
            )  # code in the block may have deleted or replaced it
            with suppress(Exception):  # it may hold unwritten text
                instead.flush()  # type: ignore[union-attr]
            _STREAMS.append(instead)
            sys.stdout = stdout
            sys.stderr = stream_to_stderr() if getattr(stderr, "closed", False) else stderr
            with suppress(OSError, ValueError):  # text written to sys.__stdout__, if that is open
                (sys.__stdout__ or stdout).flush()


def stream_to_stderr() -> io.TextIOWrapper:
    """Return a stream to standard error that leaves the descriptor open when it is closed."""
    stream = io.TextIOWrapper(
        _StandardError(STDERR, "w", closefd=False),
        encoding="utf-8",
        errors="backslashreplace",
        write_through=True,
    )
    _STREAMS.append(stream)
    return stream


_STREAMS: list[object] = []
"""Every stream that replaced standard output, kept until the process ends.

Python's ``print`` holds no reference to the stream that it writes to, and crashes if the stream is
deleted meanwhile: a receiver's thread may print while the send ends.
"""


def forget_ended() -> None:
    """Delete the streams that replaced standard output. Call this only where no thread prints to one."""
    _STREAMS.clear()
