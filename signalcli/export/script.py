"""A session ⇒ a script on plain blinker that holds the same, and sends the same."""

from __future__ import annotations

from signalcli.export.code.literals import comment
from signalcli.export.code.module import Module
from signalcli.export.code.preamble import Setup
from signalcli.export.code.sends import Sends, run_comment, sent, within
from signalcli.history.record import Record
from signalcli.values.delivery import Session


def python_script(session: Session, place: str, style: str, sends: Sends) -> str:
    """The script. It prints what the receivers print, and tells on stderr what a send raises.

    :param place: what the session is called, such as ``"session 'default'"``.
    :param style: ``"call"`` or ``"decorator"``: how receivers are connected.
    :raises UsageError: for a receiver that no installed package offers any more.
    """
    module = Module(f"The {place} of signalcli, on plain blinker.")
    setup = Setup(module, session, sends)
    if style == "decorator":
        setup.add_by_decorators()
    else:
        setup.add_by_calls()
    setup.add_drops()
    statements = [_statement(setup, record) for record in sends.records]
    if statements:
        module.add("\n".join((comment("What was sent last, in order."), *statements)))
    return module.text()


def _statement(setup: Setup, record: Record) -> str:
    if record.run is not None:
        return run_comment(record)
    foreseen = setup.foresee(record)
    code = sent(
        setup.module, setup.signal(record.delivery.signal), record, setup.functions.identifiers
    )
    is_told = foreseen.error is not None or setup.is_unknown(record, foreseen)
    return within([f"{setup.module.tool('told')}()"], code) if is_told else code
