"""The processes that an application forks: how many, and what they must not hold."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Forks:
    """Counts how often this process forked, and closes a descriptor in the child."""

    def __init__(self) -> None:
        self.count = 0
        self._descriptor: int | None = None
        self._is_registered = False

    @contextmanager
    def closing_in_children(self, descriptor: int) -> Iterator[None]:
        """Count the forks of the block, and let no child of them hold a descriptor.

        A child that lives on would keep the reader of our output waiting for its end.
        """
        if not self._is_registered:  # for the life of the process
            os.register_at_fork(after_in_parent=self._counted, after_in_child=self._close)
            self._is_registered = True
        self._descriptor = descriptor
        try:
            yield
        finally:
            self._descriptor = None

    def _counted(self) -> None:
        self.count += 1

    def _close(self) -> None:
        if self._descriptor is not None:
            with suppress(OSError):
                os.close(self._descriptor)


FORKS = Forks()
"""Those of this process."""
