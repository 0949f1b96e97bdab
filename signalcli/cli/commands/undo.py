"""``signalcli undo``: take back the last change of the session."""

from __future__ import annotations

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.language.phrases import phrase
from signalcli.text import session_command
from signalcli.values.change import Change


@signalcli_command("undo", examples=["signalcli undo"])
def undo_command(invocation: Invocation) -> Change:
    """Take back the last change of the session.

    Another undo takes back the change before it, up to 50 of them. No receiver is called, and the
    history of sends stays.
    """
    session = invocation.session
    undone = session.file_to_read.undo()
    if undone is None:
        note = phrase("There is nothing to undo in {place}.", place=session.file.place)
        return Change(False, (note,))
    redo = phrase("To make it again: {command}", command=session_command("redo"))
    return Change(True, (phrase("Undid: {change}", change=undone), redo))
