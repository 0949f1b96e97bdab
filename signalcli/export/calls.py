"""Write the calls of blinker that a command makes, as Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from signalcli.export.code.literals import indent, quote, write_call, write_literal
from signalcli.export.code.module import Module
from signalcli.export.code.sends import write_send
from signalcli.history.record import Record
from signalcli.values.delivery import Delivery, Message
from signalcli.values.session import Session
from signalcli.values.signal_name import SignalName

COMMANDS = (
    *("define", "connect", "disconnect", "mute", "unmute", "remove", "reset", "drop", "send"),
)
"""The commands that :func:`blinker_calls` knows."""


def blinker_calls(
    command: str, arguments: Mapping[str, Any], session: Session, message: Message
) -> list[str]:
    """Return the statements of a command, each of which may have several lines.

    :param command: one of ``COMMANDS``.
    :param arguments: its arguments by the names of its parameters.
    :param session: as it is before the command.
    :param message: what ``send`` sends.
    """
    names = _Names()
    if command == "drop":
        return [f"del {names.receiver(arguments['receiver'])}"]
    if command == "reset":
        signals = map(SignalName.parse, session.signals)
        return [f"del {names.signal(name)}" for name in signals if name.meta is None]
    name: SignalName = arguments["signal"]
    variable = names.signal(name)
    is_new = command in ("define", "connect") and str(name.base) not in session.signals
    made = [_definition(name.base, names, arguments.get("doc"))] if is_new else []
    if command == "connect":
        return [*made, *_connects(variable, names, arguments)]
    if command == "disconnect":
        receiver = names.receiver(arguments["receiver"])
        return [*_for_senders(f"{variable}.disconnect", [receiver], arguments["senders"])]
    if command in ("mute", "unmute"):
        return [f"{variable}.is_muted = {command == 'mute'}"]
    if command == "remove":
        return [f"del {variable}"]
    if command == "define" and not is_new and arguments["doc"] is not None:
        return [f"{variable}.__doc__ = {quote(arguments['doc'])}"]
    if command == "send":
        return [_send(variable, str(name), names, message, arguments.get("times"))]
    return made


def _connects(variable: str, names: _Names, arguments: Mapping[str, Any]) -> Iterator[str]:
    for receiver in arguments["receivers"]:
        held = [] if arguments["weak"] else ["weak=False"]
        called = names.receiver(receiver)
        yield from _for_senders(f"{variable}.connect", [called], arguments["senders"], held)


def _for_senders(
    function: str, before: list[str], senders: tuple[Any, ...], after: list[str] | None = None
) -> Iterator[str]:
    """Yield one call for each sender, or one without a sender if there are none."""
    given = [[f"sender={write_literal(sender)}"] for sender in senders] or [[]]
    for sender in given:
        yield write_call(function, [*before, *sender, *(after or [])])


def _send(variable: str, signal: str, names: _Names, message: Message, times: int | None) -> str:
    options = message.options
    delivery = Delivery(signal, message.sender, message.payload, options.muted, (), options)
    receiver = options.connected_to
    functions = {} if receiver is None else {receiver: names.receiver(receiver)}
    statement = write_send(names.module, variable, Record("", "", delivery), functions)
    return statement if times is None else f"for _ in range({times}):\n{indent(statement)}"


def _definition(name: SignalName, names: _Names, doc: str | None) -> str:
    variable, given = names.signal(name), [f"doc={quote(doc)}"] if doc else []
    if name.anonymous:
        return f"{variable} = {write_call('Signal', given)}"
    maker = "signal" if name.namespace is None else f"{names.namespace(name.namespace)}.signal"
    return f"{variable} = {write_call(maker, [quote(name.name), *given])}"


class _Names:
    """The variables of a statement: one for each signal, namespace and receiver."""

    def __init__(self) -> None:
        self.module = Module("")
        self._known: dict[tuple[str, str], str] = {}

    def signal(self, name: SignalName) -> str:
        """Return the expression of a signal; that of a meta signal is an attribute."""
        if name.meta is not None:
            return f"{self.signal(name.base)}.{name.meta}"
        text = name.name if name.namespace is None else f"{name.namespace}_{name.name}"
        return self._variable(str(name), text, "signal")

    def namespace(self, namespace: str) -> str:
        return self._variable(namespace, namespace, "namespace")

    def receiver(self, receiver: str) -> str:
        """Return the variable of a receiver: for an import, the name of the function."""
        return self._variable(receiver, receiver.rpartition(":")[2].rpartition(".")[2], "receiver")

    def _variable(self, key: str, text: str, kind: str) -> str:
        if (key, kind) not in self._known:
            self._known[key, kind] = self.module.identifiers.new(text, kind)
        return self._known[key, kind]
