"""Write code that repeats past sends with their options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from signalcli.errors import UsageError
from signalcli.export.code.functions import find_receivers
from signalcli.export.code.literals import (
    indent,
    write_call,
    write_comment,
    write_keywords,
    write_literal,
)
from signalcli.export.code.module import Module
from signalcli.history.query import History
from signalcli.history.record import Record
from signalcli.history.replay import run_again
from signalcli.language.phrases import phrase
from signalcli.text import is_json
from signalcli.values.session import Session


class RepeatedSends(NamedTuple):
    """Past sends that exported code can repeat."""

    records: tuple[Record, ...]
    """In order, with runs of many sends, which become comments."""
    notes: tuple[str, ...]

    @property
    def single(self) -> Iterator[Record]:
        """The sends that are repeated."""
        return (record for record in self.records if record.run is None)

    @property
    def connected(self) -> Iterator[tuple[str, str]]:
        """The signal and the receiver of each send within ``connected_to()``."""
        for record in self.single:
            receiver = record.delivery.options.connected_to
            if receiver is not None:
                yield record.delivery.signal, receiver


def repeatable_sends(past: History, session: Session) -> RepeatedSends:
    """Return the past sends whose signals and receivers the session still has."""
    notes, records = list(past.notes), []
    for record in past.records:
        reason = _left_out(record, session)
        if reason is not None:
            notes.append(phrase("{id} isn't exported: {reason}.", id=record.id, reason=reason))
            continue
        records.append(record)
        if record.run is not None:
            notes.append(_run_note(record))
    return RepeatedSends(tuple(records), tuple(notes))


def _left_out(record: Record, session: Session) -> str | None:
    """Return why a past send can't be repeated; ``None`` if it can."""
    signal, receiver = record.delivery.signal, record.delivery.options.connected_to
    if signal not in session.signals:
        return phrase("{signal} isn't defined any more", signal=signal)
    if receiver is not None and record.run is None:
        try:
            find_receivers([receiver], session)
        except UsageError:
            return phrase("there is no receiver {receiver} any more", receiver=receiver)
    return None


def _run_note(record: Record) -> str:
    assert record.run is not None, "it is a run"
    return phrase(
        "{id} is a run of {times}, and isn't exported. Run it again: {command}",
        id=record.id,
        times=record.run.times,
        command=run_again(record),
    )


def write_send(module: Module, signal: str, record: Record, functions: Mapping[str, str]) -> str:
    """Return the statement that repeats a send, within ``connected_to()`` and ``muted()`` if it was."""
    delivery = record.delivery
    options = delivery.options
    arguments = [] if delivery.sender is None else [_value(module, delivery.sender)]
    if options.wrap and options.is_async:
        arguments.append(f"_sync_wrapper={module.add_runtime('as_coroutine')}")
    elif options.wrap:
        arguments.append(f"_async_wrapper={module.add_runtime('as_plain')}")
    for value in delivery.payload.values():
        _value(module, value)
    arguments += write_keywords(delivery.payload.items())

    kind = "_async" if options.is_async else ""
    if options.on_error == "continue":
        code = write_call(module.add_runtime(f"one_by_one{kind}"), [signal, *arguments])
    else:
        code = write_call(f"{signal}.send{kind}", arguments)
    if options.is_async:
        code = write_call(f"{module.import_name('asyncio')}.run", [code])
    around = (
        [] if options.connected_to is None else [f"connected_to({functions[options.connected_to]})"]
    )
    around += ["muted()"] if options.muted else []
    return write_with([f"{signal}.{block}" for block in around], code)


def write_with(contexts: list[str], code: str) -> str:
    """Return code within a ``with`` statement, unless there are no context managers."""
    if not contexts:
        return code
    around = f"with {', '.join(contexts)}"
    inner = code.removeprefix("with ")
    return f"{around}, {inner}" if inner != code else f"{around}:\n{indent(code)}"


def write_run_comment(record: Record) -> str:
    """Return the comment in place of a run of many sends."""
    return write_comment(_run_note(record))


def _value(module: Module, value: object) -> str:
    if not is_json(value):
        module.import_name("json")
    return write_literal(value)
