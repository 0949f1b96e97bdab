"""Senders that JSON can't hold travel by a name: an application's, or the path of a class."""

from __future__ import annotations

import sys
from collections.abc import Callable

from blinker import Signal

from signalcli.errors import UsageError
from signalcli.relay.envelope import check_sender
from signalcli.signals.internals import receiver_senders

Identify = Callable[[object], object]
"""Returns the text, number, true or null that a sender travels as."""
Resolve = Callable[[object], object]
"""Returns the sender for what :data:`Identify` returned in another process."""

_SCALARS = (str, int, float, bool, type(None))


def identified(sender: object, identify: Identify | None) -> object:
    """Return what a sender travels as.

    :raises UsageError: if it can't travel. An address would mean nothing to another process.
    """
    if identify is not None:
        sender = identify(sender)
    elif type(sender) not in _SCALARS:
        named = default_name(sender)
        if named is None:
            raise UsageError(
                "This sender can't be relayed: it is an object of the type {type}. Name it for other "
                "processes: publish(…, identify=…)",
                type=type(sender).__name__,
            )
        sender = named
    check_sender(sender)
    return sender


def default_name(sender: object) -> str | None:
    """Return the name of a Flask or Quart application, or the path of a class; ``None`` for others."""
    if isinstance(sender, type):
        return f"{sender.__module__}.{sender.__qualname__}"
    for framework, name in (("flask", "Flask"), ("quart", "Quart")):
        application = getattr(sys.modules.get(framework), name, None)
        if isinstance(application, type) and issubclass(type(sender), application):
            return str(getattr(sender, "name", "")) or None
    return None


def received_sender(signal: Signal, sender: object, resolve: Resolve | None) -> object:
    """Return the sender that a received message means.

    Without ``resolve``, a text that names an object to which a receiver of the signal listens is that
    object. Nothing is looked up by a path.
    """
    if resolve is not None:
        return resolve(sender)
    if type(sender) is str:
        for candidate in receiver_senders(signal):
            if default_name(candidate) == sender:
                return candidate
    return sender
