"""What receivers print: shown live on the terminal, or kept out of a JSON document."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from threading import Lock
from typing import IO, TYPE_CHECKING, Any, TextIO

from signalcli.errors import OutputError
from signalcli.text import escape

if TYPE_CHECKING:
    from contextvars import ContextVar

STDOUT, STDERR = 1, 2


class _Apart:
    """What is printed in one context that is told apart: a thread, or a request with its threads."""

    def __init__(self) -> None:
        self.printed: list[str] = []
        self.line = ""
        """What of the last line isn't shown yet."""


class Capture(io.TextIOBase):
    """A standard output that remembers what was printed to it.

    :param data: standard output, for data meanwhile.
    :param live: whether the text is shown there as it comes, with unsafe characters escaped. If
        not, what goes around the text layer (``.buffer``, ``.fileno()``) reaches standard error.
    """

    encoding = "utf-8"

    def __init__(self, data: TextIO, live: bool) -> None:
        self.data = data
        self._live = data if live else None
        self._around: TextIO = data if live else sys.stderr
        self._printed: list[str] = []
        self._apart: ContextVar[_Apart | None] | None = None
        """Where what is told apart is kept, as soon as anything is."""
        self._lock = Lock()
        self.remembers = True
        """Whether to keep what is printed, for :meth:`take`."""
        self.broken: OSError | None = None
        """What happened when the live output could no longer be written."""

    def write(self, text: str) -> int:
        if self.remembers:
            self._parts().append(text)
        if self._live is not None:
            self._show(escape(text, keep="\n\t"))
        return len(text)

    def _show(self, text: str) -> None:
        """Write to the live output; of several threads, only whole lines."""
        apart = self._told_apart()
        if apart is not None:
            lines, newline, apart.line = (apart.line + text).rpartition("\n")
            text = lines + newline
        if text and self.broken is None and self._live is not None:
            try:
                with self._lock:
                    self._live.write(text)
            except OSError as error:  # ours to tell, and none of the receiver's doing
                self.broken = error

    def take(self) -> str:
        """What was printed since the last call."""
        parts = self._parts()
        output = "".join(parts)
        parts.clear()
        return output

    @contextmanager
    def told_apart(self) -> Iterator[None]:
        """Take and show what this context prints by itself, while the block lasts.

        A thread that doesn't ask for that, and wasn't started in a copy of such a context, prints
        for all the rest.
        """
        from contextvars import ContextVar

        apart = _Apart()
        with self._lock:
            if self._apart is None:
                self._apart = ContextVar("apart", default=None)
        kept = self._apart
        token = kept.set(apart)
        try:
            yield
        finally:
            kept.reset(token)
            if self._live is not None:
                self._show(apart.line)

    def _parts(self) -> list[str]:
        apart = self._told_apart()
        return self._printed if apart is None else apart.printed

    def _told_apart(self) -> _Apart | None:
        """What this context prints by itself, if it is told apart."""
        return None if self._apart is None else self._apart.get()

    def flush(self) -> None:
        try:
            self._around.flush()
        except ValueError:  # a receiver closed it
            return
        except OSError as error:
            self.broken = error

    def isatty(self) -> bool:
        return self._live is not None and self._live.isatty()

    def fileno(self) -> int:
        return self._around.fileno()

    @property
    def buffer(self) -> IO[Any]:
        return self._around.buffer


@contextmanager
def captured(*, live: bool) -> Iterator[Capture]:
    """Replace standard output by a :class:`Capture` for the length of the block.

    :raises OutputError: if what was printed can't be shown.
    :raises BrokenPipeError: if nobody reads it any more.
    :param live: show what is printed as it comes. If not, what escapes the capture (a child
        process, a C library) goes to standard error, so that standard output holds only data.
    """
    stdout = sys.stdout
    stdout.flush()
    with nullcontext(stdout) if live else descriptor_kept_for_data() as data:
        capture = Capture(data, live)
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
    """Let the descriptor of standard output write to standard error; gives a copy of the old."""
    descriptor = os.dup(STDOUT)
    os.dup2(STDERR, STDOUT)
    try:
        yield descriptor
    finally:
        os.dup2(descriptor, STDOUT)
        os.close(descriptor)


@contextmanager
def descriptor_kept_for_data() -> Iterator[TextIO]:
    """A stream to standard output, while the descriptor of that writes to standard error."""
    with descriptor_to_stderr() as descriptor, stream_for_data(descriptor) as data:
        yield data


@contextmanager
def stream_for_data(descriptor: int) -> Iterator[TextIO]:
    """A stream that writes where a descriptor does, and has one of its own."""
    data = open(  # noqa: SIM115 - it is closed whether or not it can be
        os.dup(descriptor), "w", encoding="utf-8", errors="backslashreplace"
    )
    try:
        yield data
        data.flush()
    except BaseException:
        try:
            data.flush()
        except OSError:  # what could not be written never will be
            os.dup2(os.open(os.devnull, os.O_WRONLY), data.fileno())
        raise
    finally:
        data.close()
