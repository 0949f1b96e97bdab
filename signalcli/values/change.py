"""What commands change in a session, and what an application changes in its connections."""

from typing import Any, NamedTuple

from signalcli.text import as_json_value
from signalcli.values.delivery import Delivery, notes_of, status_of
from signalcli.values.result import Result, fields_from_json, fields_to_json


class Change(NamedTuple):
    """What a command changed."""

    changed: bool
    notes: tuple[str, ...]
    deliveries: tuple[Delivery, ...] = ()
    """The sends of meta signals that the change caused."""

    def result(self) -> Result:
        return Result(
            self,
            notes=(*notes_of(self.deliveries), *self.notes),
            status=status_of(self.deliveries),
            lines=None if self.deliveries else (),
        )

    def to_json(self) -> dict[str, Any]:
        return fields_to_json(self)


class ConnectionChange(NamedTuple):
    """A call of ``connect`` or ``disconnect``, or a death that ended a connection."""

    action: str
    """``"connected"``, ``"disconnected"``, ``"receiver died"`` or ``"sender died"``; ``"missed"`` for a disconnect
    that ended no connection, ``"not connected"`` for a ``connect_via`` whose decorator wasn't called."""
    signal: str
    receiver: str
    where: str | None
    """The file and line of the call; of the ``connect``, for a death."""
    defined: str | None
    """The file and line of the receiver's definition."""
    any: bool
    """Whether the sender is ``ANY``."""
    sender: object = None
    """As in JSON; the description of an object."""
    weak: bool = True
    started: float = 0.0
    """seconds from the start of the trace."""
    kept: str | None = None
    """For a missed disconnect, the place of a connected receiver with the same code, or the other signal of
    the receiver, if there is one."""
    at_once: bool = False
    """Whether a receiver or a sender died while the code that connected it went on."""
    reason: str | None = None
    """Depends on the action.

    - missed: what is connected instead, ``"another sender"``, ``"another instance"``, ``"a deleted instance"``,
      ``"another function"`` or ``"another signal"``
    - connected: why it can't be a receiver, ``"decorated"``, ``"class method"``, ``"class function"``,
      ``"not callable"``, ``"application"`` or ``"unbound"``
    - not connected: ``"dropped"`` if nothing used the decorator
    - sender died: ``"replaced"`` if the same line connected a receiver to a sender that lives, ``"test ended"``
      if the test made the sender
    """
    twins: int = 0
    """For a connect, how many living receivers of that sender do the same, itself included, if known."""
    package: str | None = None
    """The installed package whose code made the call."""
    called: str | None = None
    """The file and line of the user's code that called, or imported, the code of the call."""
    factory: str | None = None
    """The file and line that called ``create_app`` or ``make_app``, if that made the call."""
    again: bool = False
    """For a connect, whether the receiver was connected to the signal before."""
    process: int | None = None
    """The process id, if several processes of a program sent signals."""

    def to_json(self) -> dict[str, Any]:
        return {**fields_to_json(self), "sender": as_json_value(self.sender)}

    @classmethod
    def from_json(cls, document: Any) -> "ConnectionChange":
        """Read what ``to_json`` returns. See :func:`signalcli.text.field` for the errors."""
        return fields_from_json(cls, document, "kept", sender=document["sender"])
