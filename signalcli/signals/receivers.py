"""Facts about receivers: where they are defined, their docstrings, and what is shown of them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, TypeVar

from signalcli.signals.internals import is_coroutine_function, sender_in
from signalcli.signals.tracebacks import message_of, place
from signalcli.text import as_json_value

if TYPE_CHECKING:
    from blinker import Signal

    from signalcli.values.inspection import ApplicationReceiverDetails

Receiver = Callable[..., Any]
"""A callable that blinker calls as ``receiver(sender, **payload)``."""


T = TypeVar("T")

START_PATH = tuple(sys.path)
"""``sys.path`` at the start of the program."""


def try_call(function: Callable[[], T], default: T) -> T:
    """Return what a function returns, or a default if it raises.

    Use it to read attributes of an unknown object: a proxy's may raise anything, even ``SystemExit``.
    """
    try:
        return function()
    except (Exception, SystemExit):  # noqa: BLE001 - an object's own attributes may raise anything
        return default


def first_line(receiver: Receiver) -> str | None:
    """Return the first line of a receiver's docstring."""
    doc = try_call(lambda: inspect.getdoc(receiver), None)
    return doc.strip().partition("\n")[0] if doc else None


def place_of(receiver: Receiver) -> str | None:
    """Return the file and line of a receiver's definition; ``None`` if it isn't written in Python."""
    code = try_call(lambda: getattr(inspect.unwrap(receiver), "__code__", None), None)
    return None if code is None else place(code.co_filename, code.co_firstlineno)


class ReceiverInfo:
    """What is known about the receivers and senders of signals, without calling them.

    These methods return what the objects themselves say; subclasses know more.
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
