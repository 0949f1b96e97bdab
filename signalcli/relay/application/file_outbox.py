"""An outbox on disk: what the server hasn't stored yet survives the end of the process.

A process appends each send to a segment, a file of its own, before ``send`` calls a receiver. The
segment's first line is the number of bytes that are acknowledged. A segment whose sends are all
acknowledged is deleted. The process holds a lock on its segments, which ends with it, and the next
process of the same application that starts takes over the segments without one.

A segment is mapped into memory, because each system call would let another thread run, for which the
program then waits. Its whole size is reserved when it is created, so a full disk is found there.

The system writes to the disk in its own time, so a kill of the process loses nothing, and a power failure
may lose the last seconds.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Lock
from urllib.parse import quote

from signalcli.errors import UsageError
from signalcli.files import reason_of
from signalcli.relay.application.outbox import SIZE, Outbox, OutgoingSend
from signalcli.relay.subjects import signal_of, subject_of
from signalcli.text import typed_text

SEGMENT_BYTES = 4 * 2**20
"""The size of a segment. A longer send has a longer one."""
_HEADER = b"%020d\n"
_HEADER_BYTES = 21
_SUFFIX = ".outbox"
_PAUSE = 0.1
"""seconds until a full disk is tried again."""


class Segment:
    """A file of sends.

    :param descriptor: the open file, on which the process holds the lock.
    :param end: where the last send ends, if that is known.
    """

    def __init__(self, path: str, descriptor: int, end: int = _HEADER_BYTES) -> None:
        self.path = path
        self._descriptor = descriptor
        self._content = mmap.mmap(descriptor, 0)
        self._end = end
        self._acknowledged = end
        self._ends: OrderedDict[str, int] = OrderedDict()
        """By the id of each send that isn't known to be acknowledged, where it ends, in their order."""
        self._done: set[str] = set()

    @classmethod
    def create(cls, path: str, size: int) -> Segment:
        """Create a segment of a size in bytes, and lock it. It raises OSError."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX)
            os.posix_fallocate(descriptor, 0, size)
            os.pwrite(descriptor, _HEADER % _HEADER_BYTES, 0)
            return cls(path, descriptor)
        except OSError:
            os.close(descriptor)
            os.unlink(path)
            raise

    @classmethod
    def take_over(cls, path: str) -> Segment | None:
        """Lock the segment of a process that ended; ``None`` if another process holds it or took it."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.exists(path):  # the one that had it has finished it
                raise BlockingIOError
            header = os.pread(descriptor, _HEADER_BYTES, 0).strip()
            return cls(path, descriptor, int(header) if header.isdigit() else _HEADER_BYTES)
        except (OSError, ValueError):  # an empty file can't be mapped
            os.close(descriptor)
            return None

    def has_room(self, line: bytes) -> bool:
        return self._end + len(line) <= len(self._content)

    def append(self, id_: str, line: bytes) -> None:
        """Add a send. Its line counts once its end is there, so it is written last."""
        end = self._end + len(line)
        self._content[self._end : end - 1] = line[:-1]
        self._content[end - 1 : end] = line[-1:]
        self._end = self._ends[id_] = end

    def sends(self) -> Iterator[OutgoingSend]:
        """Yield the sends that aren't acknowledged, without the rest of one that was cut off."""
        while end := self._content.find(b"\n", self._end) + 1:
            id_, _, rest = self._content[self._end : end - 1].partition(b" ")
            self._end = end
            subject, _, message = rest.partition(b" ")
            signal = signal_of(subject.decode(errors="replace"))
            if message and signal is not None:
                send = OutgoingSend(id_.decode(), signal, None, {}, 0.0, None, 0, ())
                send.message = message
                self._ends[send.id] = end
                yield send

    def acknowledge(self, send: OutgoingSend) -> None:
        """Note that the server has stored a send."""
        self._done.add(send.id)
        before = self._acknowledged
        while self._ends and (first := next(iter(self._ends))) in self._done:
            self._done.discard(first)
            self._acknowledged = self._ends.pop(first)
        if self._acknowledged != before:
            self._content[:_HEADER_BYTES] = _HEADER % self._acknowledged

    @property
    def is_done(self) -> bool:
        """Whether all of its sends are acknowledged."""
        return not self._ends

    def delete(self) -> None:
        """Delete the file."""
        with suppress(FileNotFoundError):
            os.unlink(self.path)
        self.close()

    def close(self) -> None:
        """Close the file, which ends the lock."""
        self._content.close()
        os.close(self._descriptor)


_RUNS: set[str] = set()
"""The outboxes of this process. A process that takes the lock of its own file would lose it."""


class FileOutbox(Outbox):
    """Sends in memory and on disk. A full disk is a full outbox.

    :param directory: the directory of one application's segments. It is created if needed.
    :param source: returns the source that messages name, in this process.
    """

    def __init__(
        self, directory: str, source: Callable[[], str], size: int = SIZE, full: str = "drop"
    ) -> None:
        self._directory = directory
        self._source = source
        self._segments: dict[str, Segment] = {}
        """By the ids of sends, the segments that hold them."""
        self._current: Segment | None = None
        self._run = ""
        super().__init__(size, full)
        try:
            os.makedirs(directory, mode=0o700, exist_ok=True)
        except OSError as error:
            place = typed_text(directory)
            raise UsageError(f"The outbox {place} can't be created: {reason_of(error)}.") from error

    def reset(self) -> None:
        super().reset()
        self._named: str | None = None
        """The source, once it is asked for: the system call for the host's name lets other threads run."""
        self._lock = Lock()
        self._let_go()  # the locks are the parent's

    def _let_go(self) -> None:
        """Close all segments, and begin a new run."""
        segments = set(self._segments.values())
        if self._current is not None:
            segments.add(self._current)
        for segment in segments:
            segment.close()
        self._segments.clear()
        self._current = None
        _RUNS.discard(self._run)
        self._run, self._number = os.urandom(4).hex(), 0
        _RUNS.add(self._run)

    def put(self, send: OutgoingSend) -> None:
        if (len(self) < self.size or self._has_room()) and self._write(send):
            self._add(send)

    def _write(self, send: OutgoingSend) -> bool:
        """Write a send to the disk, and return whether it is there."""
        if self._named is None:
            self._named = self._source()
        message = send.write(self._named)
        line = b"%s %s %s\n" % (send.id.encode(), subject_of(send.signal).encode(), message)
        while True:
            try:
                with self._lock:
                    segment = self._segments[send.id] = self._writable(line)
                    segment.append(send.id, line)
                return True
            except OSError as error:
                if self.full != "block" or self._is_closed:
                    place = typed_text(self._directory)
                    return self._refuse(
                        f"The outbox in {place} can't be written: {reason_of(error)}."
                    )
                time.sleep(_PAUSE)

    def _writable(self, line: bytes) -> Segment:
        """Return the segment that has room for a line. It may raise OSError."""
        current = self._current
        if current is None or not current.has_room(line):
            self._number += 1
            path = os.path.join(self._directory, f"{self._run}-{self._number:08d}{_SUFFIX}")
            self._current = Segment.create(path, max(SEGMENT_BYTES, _HEADER_BYTES + len(line)))
            if current is not None and current.is_done:
                current.delete()
            return self._current
        return current

    def remove(self, send: OutgoingSend) -> None:
        with self._lock:
            segment = self._segments.pop(send.id)
            segment.acknowledge(send)
            if segment.is_done and segment is not self._current:
                segment.delete()
        super().remove(send)

    def close(self) -> int:
        """Let no send wait for room any more. What is left stays on disk, so nothing is lost."""
        super().close()
        with self._lock:
            if self._current is not None and self._current.is_done:
                self._current.delete()
                self._current = None
            self._let_go()
        return 0

    def reopen(self) -> None:
        super().reopen()
        self._named = None  # the application may have another name now

    def adopt(self) -> None:
        """Take over the segments of processes that ended, oldest first, and put their sends first."""
        paths = [
            os.path.join(self._directory, name)
            for name in os.listdir(self._directory)
            if name.endswith(_SUFFIX) and name.partition("-")[0] not in _RUNS
        ]
        adopted: list[OutgoingSend] = []
        for path in sorted(paths, key=_modified):
            segment = Segment.take_over(path)
            if segment is None:
                continue
            sends = list(segment.sends())
            adopted += sends
            self._segments |= dict.fromkeys((send.id for send in sends), segment)
            if segment.is_done:
                segment.delete()
        self._waiting.extendleft(reversed(adopted))


def _modified(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except FileNotFoundError:  # another process has just finished it
        return 0.0


def default_directory(name: str) -> str:
    """Return the directory of an application's outbox, of this user."""
    state = os.environ.get("XDG_STATE_HOME") or os.path.join(
        os.path.expanduser("~"), ".local", "state"
    )
    return os.path.join(state, "signalcli", "outbox", quote(name, safe=""))
