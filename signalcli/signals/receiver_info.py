"""The protocol that tells sends and views what is known about receivers. A local send doesn't import it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Protocol

from signalcli.signals.functions import Receiver, first_line, place_of
from signalcli.signals.internals import is_coroutine_function, sender_in
from signalcli.signals.tracebacks import message_of
from signalcli.text import as_json_value

if TYPE_CHECKING:
    from blinker import Signal

    from signalcli.values.inspection import ApplicationReceiverDetails


class ReceiverInfo(Protocol):
    """What is known about the receivers and senders of signals, without calling them.

    Subclasses inherit what the objects themselves say.
    """

    withholds: bool = False
    """Whether some receivers are never called."""

    def name_of(self, receiver: Receiver) -> str:
        """Return the name that a receiver is shown by."""
        raise NotImplementedError

    def place_of(self, receiver: Receiver) -> str | None:
        """Return the file and line of its definition; ``None`` if there is none to show."""
        return place_of(receiver)

    def unwrapped(self, receiver: Receiver) -> tuple[Receiver, str] | None:
        """Return the callable in a wrapper and the name of the wrapper; ``None`` if it is none."""
        return None

    def doc_of(self, receiver: Receiver) -> str | None:
        """Return the first line of its docstring."""
        return first_line(receiver)

    def is_async(self, receiver: Receiver) -> bool | None:
        """Return whether blinker takes it for a coroutine function; ``None`` if that is unknown."""
        return is_coroutine_function(receiver)

    def withheld(self, receiver: Receiver) -> str | None:
        """Return why it is never called; ``None`` if it may be called."""
        return None

    def known_to_raise(self, receiver: Receiver) -> Exception | None:
        """Return the exception that each call raises, if one is known."""
        return None

    def in_program(self, receiver: Receiver) -> ApplicationReceiverDetails | None:
        """Return details about an application's receiver; ``None`` for a session's."""
        return None

    def message_of(self, error: BaseException) -> str:
        """Return the message of an exception that a trace shows, whether it is handled or not."""
        return message_of(error)

    def shown_value(self, value: object) -> object:
        """Return what is shown of a result or a payload value: JSON, or the description of an object."""
        return as_json_value(value)

    def shown_sender(self, sender: object) -> object:
        """Return what is shown of a sender: JSON, or the description of an object."""
        return as_json_value(sender)

    def sender_of(self, signal: Signal, sender_id: Hashable) -> object:
        """Return the sender of a bucket by blinker's id, or a label for it if it is unknown."""
        sender = sender_in(signal, sender_id)
        return sender_id if sender is None else sender
