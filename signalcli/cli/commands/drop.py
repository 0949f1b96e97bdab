"""``signalcli drop``: delete a reference to a receiver, and report which connections end."""

from __future__ import annotations

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.cli.parsing.types import receiver_argument
from signalcli.values.catalog import Drop


@signalcli_command("drop", calls_blinker=True, draws=True, examples=["signalcli drop animal"])
@receiver_argument
def drop_command(invocation: Invocation, receiver: str) -> Drop:
    """Delete a reference to a receiver, and show what it ends.

    The session deletes its own reference to the function. If nothing else references the function,
    Python deletes it, and its weak connections end; the next connect makes a new function. A strong
    connection of any signal keeps the function and all its connections. So does the module of an
    imported function. Then connect references it again; send --connected-to does so only while it sends.
    """
    from signalcli.session.changes import SessionChange

    dropped = SessionChange("dropped", receiver=receiver)
    drop = invocation.session.save(lambda playground: playground.drop(receiver), dropped)
    return invocation.session.undoable(drop)
