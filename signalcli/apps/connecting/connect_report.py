"""The values of the calls of ``connect`` and ``disconnect`` that an application makes."""

from typing import NamedTuple

from signalcli.values.change import ConnectionChange


class LostReceiver(NamedTuple):
    """A receiver that was deleted because its signal referenced it only weakly."""

    signal: str
    receiver: str
    where: str | None
    """The file and line that connected it."""
    sender: object
    """The text or integer that it listened to; ``None`` for any other object."""
    is_any: bool
    package: str | None = None
    """The installed package whose code connected it."""


class ZeroSender(NamedTuple):
    """A call of ``connect`` or ``disconnect`` with a sender that equals 0."""

    signal: str
    receiver: str
    where: str | None
    method: str
    sender: str
    """As in code: ``0`` or ``False``."""


class LiteralSender(NamedTuple):
    """A connection to a value that blinker compares by identity, such as a tuple."""

    signal: str
    receiver: str
    where: str | None
    sender: str
    """As in code: ``1.5``, ``('a', 1)``."""


class ConnectReport(NamedTuple):
    """The recorded calls of an application."""

    seen: int
    """The number of calls of ``connect`` and ``disconnect``."""
    lost: tuple[LostReceiver, ...] = ()
    zeros: tuple[ZeroSender, ...] = ()
    literals: tuple[LiteralSender, ...] = ()
    is_late: bool = False
    """Whether code of the application may have run before the recorder started."""
    changes: tuple[ConnectionChange, ...] = ()
    """The calls while the application was imported and made, and the deaths meanwhile, in order."""
    unmade: str | None = None
    """A clause that says why the application isn't made, such as ``"shop.create_app() was not called"``."""
