"""An event loop in a thread of its own, for code that isn't asynchronous."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from signal import SIG_BLOCK, pthread_sigmask, valid_signals
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")
_CANCEL_INTERVAL = 0.1
"""seconds until a task that goes on is cancelled again."""


class BackgroundLoop:
    """Run coroutines in another thread while this one runs receivers or waits for them.

    A child that forks off has no such thread: it makes a loop of its own.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._work, name="signalcli-relay", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        pthread_sigmask(SIG_BLOCK, valid_signals())  # another thread may wait for them
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a coroutine, and return its future."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Return the result of a coroutine. Ctrl-C cancels it."""
        future = self.start(coroutine)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    def stop(self) -> None:
        """Cancel what still runs, and end the thread."""
        if self._loop.is_closed():
            return
        self.run(_cancel_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def background_loop() -> Iterator[BackgroundLoop]:
    """Run an event loop in another thread while the block runs."""
    loop = BackgroundLoop()
    try:
        yield loop
    finally:
        loop.stop()


async def _cancel_others() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    await end_tasks(*others)


async def end_tasks(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks, and wait for their end.

    Before Python 3.12, ``asyncio.wait_for`` may ignore that it is cancelled, so tasks are cancelled until
    they have ended.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_CANCEL_INTERVAL)
    await asyncio.gather(*tasks, return_exceptions=True)
