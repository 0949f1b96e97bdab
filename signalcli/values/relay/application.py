"""What a relay of an application has done."""

from typing import NamedTuple


class RelayState(NamedTuple):
    """What a relay of this process has done."""

    is_connected: bool
    """Whether it is connected and listens."""
    waiting: int
    """sends that the server hasn't stored yet."""
    dropped: int
    """sends that were dropped because the outbox was full, or the relay was stopped."""
    published: int
    """sends that the server has stored."""
    refused: int
    """sends that the server can't take, and messages that aren't valid."""
    received: int
    """messages whose receivers ran."""
    raised: int
    """those of them whose receivers raised."""
