"""``signalcli redo``: make the change again that was undone last."""

from __future__ import annotations

from signalcli.cli.command import signalcli_command
from signalcli.cli.invocation import Invocation
from signalcli.language.phrases import phrase
from signalcli.text import session_command
from signalcli.values.change import Change


@signalcli_command("redo", examples=["signalcli redo"])
def redo_command(invocation: Invocation) -> Change:
    """Make the change again that was undone last.

    After another change there is nothing to redo. No receiver is called.
    """
    session = invocation.session
    redone = session.file_to_read.redo()
    if redone is None:
        note = phrase("There is nothing to redo in {place}.", place=session.file.place)
        return Change(False, (note,))
    undo = phrase("To take it back: {command}", command=session_command("undo"))
    return Change(True, (phrase("Redid: {change}", change=redone), undo))
