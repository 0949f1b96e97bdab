"""Past sends ⇒ the code that sends them again, with the options that they had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from signalcli.errors import UsageError
from signalcli.export.code.functions import found
from signalcli.export.code.literals import call, comment, indented, keywords, literal
from signalcli.export.code.module import Module
from signalcli.history.record import Record
from signalcli.history.replay import run_again
from signalcli.past import Past
from signalcli.text import is_json
from signalcli.values.delivery import Session


class Sends(NamedTuple):
    """Past sends, as far as they can be sent by a program."""

    records: tuple[Record, ...]
    """In order; runs of many, which a program leaves out, among them."""
    notes: tuple[str, ...]
    """What there is to say about what is left out, a sentence each."""

    @property
    def single(self) -> Iterator[Record]:
        """Those that are sent."""
        return (record for record in self.records if record.run is None)

    @property
    def connected(self) -> Iterator[tuple[str, str]]:
        """The signals that are sent within ``connected_to()``, each with the receiver."""
        for record in self.single:
            receiver = record.delivery.options.connected_to
            if receiver is not None:
                yield record.delivery.signal, receiver


def sends_of(past: Past, session: Session) -> Sends:
    """What of the past can be sent with the signals and the receivers of today."""
    notes, records = list(past.notes), []
    for record in past.records:
        reason = _left_out(record, session)
        if reason is None:
            records.append(record)
        else:
            notes.append(f"{record.id} isn't exported: {reason}.")
        if reason is None and record.run is not None:
            notes.append(_run_note(record))
    return Sends(tuple(records), tuple(notes))


def _left_out(record: Record, session: Session) -> str | None:
    """Why a past send can't be sent any more, if it can't."""
    signal, receiver = record.delivery.signal, record.delivery.options.connected_to
    if signal not in session.signals:
        return f"{signal} isn't defined any more"
    if receiver is not None and record.run is None and not _is_known(receiver, session):
        return f"there is no receiver {receiver} any more"
    return None


def _is_known(receiver: str, session: Session) -> bool:
    try:
        found([receiver], session)
    except UsageError:
        return False
    return True


def _run_note(record: Record) -> str:
    assert record.run is not None, "it is a run"
    return f"{record.id} is a run of {record.run.times}, and isn't exported. Run it again: " + (
        run_again(record)
    )


def sent(module: Module, signal: str, record: Record, functions: Mapping[str, str]) -> str:
    """The statement that sends once more what was sent, within the blocks that stood around it.

    :param signal: what the signal is called.
    :param functions: what the functions of receivers are called.
    """
    delivery = record.delivery
    options = delivery.options
    arguments = [] if delivery.sender is None else [_value(module, delivery.sender)]
    if options.wrap and options.is_async:
        arguments.append(f"_sync_wrapper={module.tool('awaitable')}")
    elif options.wrap:
        arguments.append(f"_async_wrapper={module.tool('plain')}")
    for value in delivery.payload.values():
        _value(module, value)
    arguments += keywords(delivery.payload.items())

    kind = "_async" if options.is_async else ""
    if options.on_error == "continue":
        code = call(module.tool(f"one_by_one{kind}"), [signal, *arguments])
    else:
        code = call(f"{signal}.send{kind}", arguments)
    if options.is_async:
        code = call(f"{module.need('asyncio')}.run", [code])
    around = (
        [] if options.connected_to is None else [f"connected_to({functions[options.connected_to]})"]
    )
    around += ["muted()"] if options.muted else []
    return within([f"{signal}.{block}" for block in around], code)


def within(contexts: list[str], code: str) -> str:
    """Statements in a ``with`` block, if there is anything to put around them."""
    if not contexts:
        return code
    around = f"with {', '.join(contexts)}"
    inner = code.removeprefix("with ")
    return f"{around}, {inner}" if inner != code else f"{around}:\n{indented(code)}"


def run_comment(record: Record) -> str:
    """What stands in the place of many sends."""
    return comment(_run_note(record))


def _value(module: Module, value: object) -> str:
    if not is_json(value):
        module.need("json")
    return literal(value)
