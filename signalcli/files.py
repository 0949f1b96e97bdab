"""Lock and replace files that several processes share."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from signalcli.errors import system_reason

LOCK_SECONDS = 10.0
"""seconds that a change waits for another one to end."""


class LockedByAnother(Exception):
    """Another process holds the lock for too long."""


@contextmanager
def locked(target: str, wait: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the lock of a file while the block runs. This creates the file's directory if needed.

    :param target: the file, symbolic links resolved.
    :param wait: how long to wait for another process, in seconds.
    :raises LockedByAnother: if another process holds the lock for longer.
    :raises OSError: if the lock can't be taken.
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
    """Return the path of the lock file of ``target``."""
    return f"{target}.lock"


def reason_of(error: OSError) -> str:
    """Return the system's message, without the file name."""
    return system_reason(error) if error.strerror else str(error)


def replace(
    target: str,
    content: bytes | Iterable[bytes],
    mode: int = 0o666,
    before_rename: Callable[[], object] = lambda: None,
) -> None:
    """Replace a file atomically by ``content``, whole or in parts, and keep its mode.

    Only the holder of the lock writes, so the temporary file has a fixed name: the next change
    deletes what a killed process left.

    :param mode: the mode of a new file, before the umask.
    :param before_rename: is called when the new content is on the disk. The old one stays if it raises.
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
                with suppress(PermissionError):  # only root can set the owner
                    os.fchown(file.fileno(), before.st_uid, before.st_gid)
                os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode))
            file.writelines([content] if isinstance(content, bytes) else content)
            file.flush()
            os.fsync(file.fileno())
        before_rename()
        os.replace(temporary, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    _sync_directory(os.path.dirname(target))


def _sync_directory(directory: str) -> None:
    """Make a rename survive a power failure."""
    try:
        descriptor = os.open(directory, os.O_RDONLY)
    except PermissionError:  # a directory that can be written but not listed
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
