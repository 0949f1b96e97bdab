"""The receivers that a session defines."""

from typing import Any, NamedTuple

from signalcli.values.result import fields_to_json


class OwnReceiver(NamedTuple):
    """A receiver that the user wrote with ``receivers add``: what it does, without code."""

    says: str | None = None
    returns: object = None
    raises: str | None = None
    """The message of the ``RuntimeError`` that it raises."""
    sleeps: float = 0.0
    """seconds that it sleeps first."""
    is_async: bool = False
    strict: bool = False
    """Whether it accepts no payload."""

    @property
    def offered_by(self) -> None:
        """``None``: no package offers it."""

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self)


class OfferedReceiver(NamedTuple):
    """A receiver that an installed package offers as an entry point."""

    offered_by: str


ReceiverSpec = OwnReceiver | OfferedReceiver
"""A receiver whose name is defined by the session."""
