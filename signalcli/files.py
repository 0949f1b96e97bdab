"""Files that several processes share: a lock, and the replacing of a file whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LOCK_SECONDS = 10.0
"""How long a change waits for another to end."""


class LockedByAnother(Exception):
    """Another process held the lock for longer than we wait."""


@contextmanager
def locked(target: str, wait: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the lock that stands beside a file, whose directory is made if there is none.

    :param target: the file, any symbolic link resolved.
    :param wait: how long to wait for another process, in seconds.
    :raises LockedByAnother: if that wasn't long enough.
    :raises OSError: if the lock can't be taken at all.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(lock_path(target))
    os.makedirs(os.path.dirname(target), exist_ok=True)
    try:
        lock.acquire(timeout=wait, poll_interval=0.01)
    except Timeout:
        raise LockedByAnother from None
    except NotImplementedError as error:  # filelock before 4, where there is no flock
        raise OSError(str(error)) from error
    try:
        yield
    finally:
        lock.release()


def lock_path(target: str) -> str:
    """The file whose lock is that of ``target``."""
    return f"{target}.lock"


def reason_of(error: OSError) -> str:
    """What the system says, without the file that the sentence names already."""
    return error.strerror or str(error)


def replace(target: str, content: bytes, mode: int = 0o666) -> None:
    """Put ``content`` in the place of a file, whole or not at all, and keep its mode.

    The one who holds the lock is the only writer, so the file beside has a fixed name: what a
    killed process left behind goes when the next begins.

    :param mode: that of a new file, less what the umask takes away.
    """
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name}.signalcli.tmp")
    try:
        before = os.stat(target)
    except FileNotFoundError:
        before = None
    with suppress(FileNotFoundError):
        os.unlink(temporary)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        with os.fdopen(os.open(temporary, flags, mode), "wb") as file:
            if before is not None:
                with suppress(PermissionError):  # only root can give a file back to its owner
                    os.fchown(file.fileno(), before.st_uid, before.st_gid)
                os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode))
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    _sync_directory(os.path.dirname(target))


def _sync_directory(directory: str) -> None:
    """Make a rename outlast a power failure."""
    try:
        descriptor = os.open(directory, os.O_RDONLY)
    except PermissionError:  # one that can be written, but not listed: the file itself is saved
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
