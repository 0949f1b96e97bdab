"""What sends, forecasts and views ask about receivers. A program imports it for its types only."""

from __future__ import annotations

from typing import Protocol

from signalcli.functions import Receiver


class Roster(Protocol):
    """Who the receivers of a signal are, and what is known of them without calling them."""

    def name_of(self, receiver: Receiver) -> str:
        """The name that it goes by."""

    def place_of(self, receiver: Receiver) -> str | None:
        """The file and line of its definition, if it has one of its own."""

    def is_async(self, receiver: Receiver) -> bool | None:
        """Whether blinker takes it for a coroutine function, where that is known."""

    def withheld(self, receiver: Receiver) -> str | None:
        """Why it is never called, where it isn't: the reason in its row."""

    def known_to_raise(self, receiver: Receiver) -> Exception | None:
        """What it raises whenever it is called, where that is known."""
