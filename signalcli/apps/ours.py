"""What our own work needs later, imported before a file of somebody's can stand in for it."""

from __future__ import annotations


def import_what_is_ours() -> None:
    """Import of the standard library what is needed once somebody's code has run.

    That code may stand in a directory with an html.py or a traceback.py, which comes first on
    ``sys.path`` from then on. What draws imports its own: see :mod:`signalcli.render`.
    """
    import difflib  # noqa: F401
    import heapq  # noqa: F401
    import shlex  # noqa: F401
    import tokenize  # noqa: F401
    import traceback  # noqa: F401


def import_what_awaits() -> None:
    """Likewise, where a coroutine function is to be called."""
    import asyncio  # noqa: F401
