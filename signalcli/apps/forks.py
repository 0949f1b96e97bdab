"""The processes that an application forks: how many, and what they must not hold."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Forks:
    """Counts how often this process forked, and closes descriptors in the child."""

    def __init__(self) -> None:
        self.count = 0
        self._descriptors: list[int] = []
        self._is_registered = False

    @contextmanager
    def closing_in_children(self, *descriptors: int) -> Iterator[None]:
        """Count the forks of the block, and let no child of them hold the descriptors.

        A child that lives on would keep the reader of our output waiting for its end.
        """
        if not self._is_registered:  # for the life of the process
            os.register_at_fork(after_in_parent=self._counted, after_in_child=self._close)
            self._is_registered = True
        before = self._descriptors
        self._descriptors = [*before, *descriptors]
        try:
            yield
        finally:
            self._descriptors = before

    def _counted(self) -> None:
        self.count += 1

    def _close(self) -> None:
        for descriptor in self._descriptors:
            with suppress(OSError):
                os.close(descriptor)


FORKS = Forks()
"""Those of this process."""
