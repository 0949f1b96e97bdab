"""What sends, forecasts and views ask about receivers. A program imports it for its types only."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Protocol

from signalcli.signals.functions import Receiver

if TYPE_CHECKING:
    from blinker import Signal

    from signalcli.values.inspection import InProgram


class Roster(Protocol):
    """Who the receivers of a signal are, and what is known of them without calling them."""

    withholds: bool
    """Whether some are never called."""

    def name_of(self, receiver: Receiver) -> str:
        """The name that it goes by."""

    def place_of(self, receiver: Receiver) -> str | None:
        """The file and line of its definition, if it has one of its own."""

    def doc_of(self, receiver: Receiver) -> str | None:
        """The first line of its docstring."""

    def is_async(self, receiver: Receiver) -> bool | None:
        """Whether blinker takes it for a coroutine function, where that is known."""

    def withheld(self, receiver: Receiver) -> str | None:
        """Why it is never called, where it isn't: the reason in its row."""

    def known_to_raise(self, receiver: Receiver) -> Exception | None:
        """What it raises whenever it is called, where that is known."""

    def in_program(self, receiver: Receiver) -> InProgram | None:
        """What it is in the program that connected it, where that isn't a session."""

    def shown(self, sender: object) -> str | None:
        """What a sender that blinker compares by identity is shown as, where that is known."""

    def sender_of(self, signal: Signal, sender_id: Hashable) -> object:
        """The sender that ``signal`` knows by an id of blinker's; what is shown, if it's unknown."""
