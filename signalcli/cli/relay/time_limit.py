"""The time limit of ``listen``, and of ``watch --via``: take what comes into a queue until it is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")
LONGEST_WAIT = 0.5
"""seconds until Ctrl-C or SIGTERM is noticed, at most."""


def take_until(
    arrivals: SimpleQueue[T], timeout: float | None, is_ended: Callable[[], bool] = lambda: False
) -> Iterator[T]:
    """Yield what comes into a queue until the time is over, or ``is_ended`` returns that it is enough.

    :param timeout: in seconds; with 0, what has come already is yielded.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    while not is_ended():
        left = LONGEST_WAIT if deadline is None else deadline - time.monotonic()
        if left <= 0 and timeout:  # also if more comes all the time
            return
        try:
            arrival = arrivals.get(timeout=min(max(left, 0.0), LONGEST_WAIT))
        except Empty:
            if left <= 0:
                return
        else:
            yield arrival
