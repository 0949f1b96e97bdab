"""What a recorder of sends asks for the calls of ``connect`` and ``disconnect``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from blinker import Signal

if TYPE_CHECKING:
    from signalcli.values.change import ConnectionChange

NameOf = Callable[[Signal], "str | None"]
Changes = list[tuple[Signal, "ConnectionChange"]]


class ChangeSource:
    """Record the calls of ``connect`` and ``disconnect``. This base class records none."""

    def take(self, name_of: NameOf) -> Changes:
        """Return the changes since the last call, with their signals; their times are of ``perf_counter``."""
        return []

    def earlier_deaths(self, name_of: NameOf) -> Changes:
        """Return the deaths before the first trace, with their signals, of receivers that no send called.

        A receiver that the same line connected later replaces a dead one.
        """
        return []

    def forget_changes(self) -> None:
        """Forget the changes since :meth:`take` was called. After a fork, the parent process reports them."""
