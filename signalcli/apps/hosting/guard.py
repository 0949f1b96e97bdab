"""Turn exceptions of application code into one error, and announce which operation runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from signalcli.apps.hosting.faults import Operation, fault, trimmed
from signalcli.errors import SignalcliError

Announce = Callable[["Operation | None", "float | None"], object]
"""Called with the operation that runs from now on, and its time limit in seconds; with ``None`` for none."""

_ANNOUNCE: list[Announce] = []
_RUNNING: list[tuple[Operation | None, float | None]] = [(None, None)]
"""The operations that run, each within the one before, with their time limits."""


def announce_operations(announce: Announce) -> None:
    """Call a function when an operation of this process begins or ends; now, to say that none runs."""
    _ANNOUNCE[:] = [announce]
    announce(*_RUNNING[-1])


@contextmanager
def announced(operation: Operation, wait: float | None) -> Iterator[None]:
    """Run application code, and announce that. Exceptions pass. Parameters are those of :func:`guarded`.

    The time of an operation that runs within another is not part of the other's.
    """
    _RUNNING.append((operation, wait))
    try:
        renew_limit()
        yield
    finally:
        _RUNNING.pop()
        renew_limit()


def renew_limit(*, is_paused: bool = False) -> None:
    """Restart the time limit of the running operation, or pause it until the next call."""
    operation, wait = _RUNNING[-1]
    for announce in _ANNOUNCE:
        announce(operation, None if is_paused else wait)


@contextmanager
def guarded(operation: Operation, wait: float | None) -> Iterator[None]:
    """Run application code.

    :param wait: the time limit in seconds, which the process that started this one enforces.
    :raises ApplicationError: if the code raises anything but ``KeyboardInterrupt``. Errors of signalcli
        pass.
    :raises SystemExit: in a process that the code forked, which ends as its program does.
    """
    process = os.getpid()
    try:
        with announced(operation, wait):
            yield
    except (KeyboardInterrupt, SignalcliError):
        raise
    except BaseException as error:
        if os.getpid() == process:
            raise fault(operation, error) from error
        if isinstance(error, SystemExit):
            raise
        sys.stderr.write(trimmed(error))
        raise SystemExit(1) from None
