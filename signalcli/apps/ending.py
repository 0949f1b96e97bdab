"""The end of a process that an application was imported into."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from collections.abc import Callable

from signalcli.apps.printing import printing_goes_beside
from signalcli.errors import ExitStatus

LINGER = 3.0
"""seconds that an application's threads and ``atexit`` functions have left when we are done."""


def end_within(status: int, note: Callable[[str], None], seconds: float = LINGER) -> None:
    """Let the process end in a status soon, whatever the application still has running.

    All that is printed from now on goes to standard error. Threads that Python waits for, and
    functions that are called at its end, have some seconds; then they end with the process.

    :param note: takes the sentence that says that they did.
    """
    printing_goes_beside()
    if not hasattr(sys, "excepthook"):  # which no thread begins without
        sys.excepthook = sys.__excepthook__

    def end() -> None:
        time.sleep(seconds)
        names = lasting_threads()
        left = f"its thread '{names[0]}' still ran" if names else "what it does then took longer"
        note(f"The application was ended {seconds:g} s after the command, because {left}.")
        os._exit(status)

    threading.Thread(target=end, name="signalcli end", daemon=True).start()


def lasting_threads() -> list[str]:
    """The names of the threads that Python waits for at its end."""
    main = threading.main_thread()
    return [
        thread.name for thread in threading.enumerate() if not thread.daemon and thread is not main
    ]


def end_uncollected(*left: object) -> None:
    """Let the process end in status 1 when all was done at its end, and before Python collects what is
    left: a coroutine that catches whatever it is given never lets itself be collected.

    :param left: what isn't to be collected before that.
    """

    def end() -> None:
        atexit.unregister(end)
        atexit._run_exitfuncs()
        os._exit(ExitStatus.FOUND)

    _LEFT.extend(left)
    atexit.register(end)


_LEFT: list[object] = []
