"""Wait in a thread or in a coroutine."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from math import ceil
from time import sleep
from typing import Any, TypeVar

Found = TypeVar("Found")
Sleep = Callable[[float], Awaitable[object]]

INTERVAL = 0.005
"""seconds between two looks"""


def wait_until(
    look: Callable[[], Found | None], timeout: float, late: Callable[[], Exception]
) -> Found | Awaitable[Found]:
    """Return what is found within the timeout; where an event loop runs, an awaitable of it.

    :param timeout: seconds.
    :param late: returns what is raised after the timeout.
    """
    __tracebackhide__ = True
    looks = ceil(timeout / INTERVAL)  # and no clock, which a test may have stopped
    pause = _sleep_of_loop()
    if pause is not None:
        return _wait_in_loop(look, looks, late, pause)
    while (found := look()) is None:
        looks -= 1
        if looks < 0:
            raise late()
        sleep(INTERVAL)
    return found


async def _wait_in_loop(
    look: Callable[[], Found | None], looks: int, late: Callable[[], Exception], pause: Sleep
) -> Found:
    __tracebackhide__ = True
    while (found := look()) is None:
        looks -= 1
        if looks < 0:
            raise late()
        await pause(INTERVAL)
    return found


def _sleep_of_loop() -> Sleep | None:
    """Return the ``sleep`` of the event loop that runs in this thread; ``None`` if none runs."""
    trio: Any = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_run():
        sleep_of_trio: Sleep = trio.sleep
        return sleep_of_trio
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or asyncio._get_running_loop() is None:
        return None
    sleep_of_asyncio: Sleep = asyncio.sleep
    return sleep_of_asyncio
