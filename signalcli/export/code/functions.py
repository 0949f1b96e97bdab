"""Receivers ⇒ the code of their functions. None of them is run, and none is imported, for that."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from string import Formatter
from typing import NamedTuple
from unicodedata import normalize

from signalcli.errors import UnknownName, UsageError
from signalcli.export.code.identifiers import Identifiers
from signalcli.export.code.literals import call, formatted, indented, is_plain_name, literal, quoted
from signalcli.export.code.module import OWN_NAMES, Module
from signalcli.receivers.demos import CATALOGUE
from signalcli.receivers.import_names import ImportName
from signalcli.receivers.registry import SEE_ALL
from signalcli.text import command, path_from
from signalcli.values.delivery import Session
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.signal_name import is_import


class Imported(NamedTuple):
    """A receiver that is somebody's code, by where it is."""

    module: str
    """A dotted name, or the path of a file as it was typed."""
    attribute: str
    is_file: bool


Receiver = OwnReceiver | Imported | None
"""What a receiver is; ``None`` for a demo."""


def found(names: Iterable[str], session: Session) -> dict[str, Receiver]:
    """What each receiver is, by its name. None of their code runs.

    :raises UsageError: for one that no installed package offers any more.
    :raises UnknownName: for one that there isn't.
    """
    return {name: _found(name, session) for name in dict.fromkeys(names)}


def _found(name: str, session: Session) -> Receiver:
    own = session.receivers.get(name)
    if isinstance(own, OwnReceiver):
        return own
    if name in CATALOGUE:
        return None
    if is_import(name):
        parsed = ImportName.parse(name)
        return Imported(parsed.module, parsed.attribute, parsed.is_file)
    return _offered(name, session)


def _offered(name: str, session: Session) -> Imported:
    """The receiver of an installed package, as its metadata tell."""
    from signalcli.receivers.entry_points import entry_points

    offer = entry_points().get(name)
    if offer is not None:
        module, _, attribute = offer.value.partition("[")[0].partition(":")
        return Imported(module.strip(), attribute.strip(), is_file=False)
    if name not in session.receivers:
        known = [*CATALOGUE, *session.receivers]
        raise UnknownName("receiver", name, known, remedy=SEE_ALL)
    holders = (text for text, state in session.signals.items() if name in dict(state.receivers))
    raise UsageError(
        f"The receiver '{name}' can't be exported, because no installed package offers it any more; "
        f"{session.receivers[name].offered_by} did. Install that, or disconnect it: "
        f"{command('disconnect', next(holders, 'king'), name)}"
    )


class Functions:
    """The functions of one module, by the names of their receivers.

    :param receivers: what each of them is.
    """

    def __init__(self, module: Module, receivers: Mapping[str, Receiver]) -> None:
        self._module = module
        self._receivers = receivers
        self._modules: dict[str, str] = {}
        """What is imported only for what it has, and what that is called here."""
        self._loaded: list[str] = []
        demos = {name: module.identifiers.take(name) for name in receivers if name in CATALOGUE}
        self.identifiers = {
            name: demos.get(name) or module.identifiers.new(_wish(name, receiver), "receiver")
            for name, receiver in receivers.items()
        }
        """What each function is called."""
        module.says_names = any(
            isinstance(receiver, OwnReceiver) and "signal" in _fields(receiver)
            for receiver in receivers.values()
        )

    def is_defined_here(self, name: str) -> bool:
        """Whether its ``def`` stands in the module, so that it can be decorated."""
        return not isinstance(self._receivers[name], Imported)

    def imports(self) -> str:
        """The code that gives the module what it imports."""
        lines = [
            self._imported(self.identifiers[name], receiver)
            for name, receiver in self._receivers.items()
            if isinstance(receiver, Imported)
        ]
        return "\n".join((*self._loaded, *filter(None, lines)))

    def definition(self, name: str, decorators: Iterable[str] = ()) -> str:
        """The ``def`` of a receiver."""
        receiver = self._receivers[name]
        if receiver is None:
            return self._module.demo(name, decorators)
        assert isinstance(receiver, OwnReceiver), "imports are not defined here"
        return "\n".join((*decorators, self._own(self.identifiers[name], receiver)))

    # Receivers of a person's own.

    def _own(self, identifier: str, own: OwnReceiver) -> str:
        keyword = "async def" if own.is_async else "def"
        payload = "" if own.strict else f", **payload: {self._module.need('typing', 'Any')}"
        body = "".join(f"{line}\n" for line in self._deeds(own))
        head = f"{keyword} {identifier}(sender: object, /{payload}) -> object:"
        return f"{head}\n{indented(body)}".rstrip("\n")

    def _deeds(self, own: OwnReceiver) -> Iterator[str]:
        if own.sleeps:
            module = self._module.need("asyncio" if own.is_async else "time")
            yield f"{'await ' if own.is_async else ''}{module}.sleep({own.sleeps!r})"
        if own.says is not None:
            yield from self._said(own)
        if own.raises is not None:
            yield f"raise RuntimeError({quoted(own.raises)})"
        else:
            yield f"return {literal(own.returns)}"

    def _said(self, own: OwnReceiver) -> Iterator[str]:
        """The template as an f-string, after the variables that stand in it."""
        parts = _parts(own)
        variables = {"sender": "sender"}
        local = Identifiers((*OWN_NAMES, *CATALOGUE, "NAMES", "sent_signal", "key", "value"))
        for field in dict.fromkeys(field for _, field in parts if field is not None):
            if field in variables or (own.strict and field not in ("signal", "payload")):
                continue
            variables[field] = local.new("news" if field == "payload" else field, "text")
            yield f"{variables[field]} = {self._value(field, own.strict)}"
        if not any(field in variables for _, field in parts):
            yield f"print({quoted(''.join(map(_as_written, parts)))})"
            return
        known = [(text, variables.get(field or "")) for text, field in _joined(parts, variables)]
        yield f"print({formatted(known)})"

    def _value(self, field: str, is_strict: bool) -> str:
        if field == "signal":
            return f"{self._module.tool('sent_signal')}()"
        if field == "payload":
            return '""' if is_strict else PAYLOAD
        return call("payload.get", [quoted(field), quoted(f"{{{field}}}")])

    # Imports.

    def _imported(self, identifier: str, imported: Imported) -> str:
        """The code for an import; nothing where a plain statement at the top will do."""
        first, *rest = [normalize("NFKC", part) for part in imported.attribute.split(".")]
        if imported.is_file:
            return f"{identifier} = {_attribute(self._file(imported.module), [first, *rest])}"
        if not all(map(is_plain_name, imported.module.split("."))) or not is_plain_name(first):
            self._module.need("importlib", "import_module")
            found = f"import_module({quoted(imported.module)})"
            return f"{identifier} = {_attribute(found, [first, *rest])}"
        if not rest:
            name = first if first == identifier else f"{first} as {identifier}"
            self._module.need(imported.module, name)
            return ""
        return f"{identifier} = {_attribute(self._owner(imported.module, first), rest)}"

    def _owner(self, module: str, name: str) -> str:
        """What a class or an object is called here that is imported for what it has."""
        key = f"{module}:{name}"
        if key not in self._modules:
            owner = self._modules[key] = self._module.identifiers.new(name, "owner")
            self._module.need(module, name if name == owner else f"{name} as {owner}")
        return self._modules[key]

    def _file(self, path: str) -> str:
        """What the module of a file is called here."""
        key = os.path.realpath(path_from(path))
        if key not in self._modules:
            stem = os.path.basename(path).removesuffix(".py")
            name = self._modules[key] = self._module.identifiers.new(stem, "module")
            self._loaded.append(f"{name} = {self._module.tool('module_of')}({quoted(path)})")
        return self._modules[key]


PAYLOAD = '", ".join(f"{key}={value}" for key, value in payload.items())'


def _wish(name: str, receiver: Receiver) -> str:
    """What a function would be called, if nothing else was."""
    return receiver.attribute.rpartition(".")[2] if isinstance(receiver, Imported) else name


def _attribute(owner: str, names: list[str]) -> str:
    """An expression for what an object has, by names that may not be names to Python."""
    for name in names:
        owner = f"{owner}.{name}" if is_plain_name(name) else f"getattr({owner}, {quoted(name)})"
    return owner


def _parts(own: OwnReceiver) -> list[tuple[str, str | None]]:
    """Each literal text of its template with the field behind it; it was checked before."""
    return [(text, field) for text, field, _, _ in Formatter().parse(own.says or "")]


def _fields(own: OwnReceiver) -> set[str | None]:
    return {field for _, field in _parts(own)}


def _as_written(part: tuple[str, str | None]) -> str:
    text, field = part
    return text if field is None else f"{text}{{{field}}}"


def _joined(
    parts: list[tuple[str, str | None]], variables: Mapping[str, str]
) -> Iterator[tuple[str, str | None]]:
    """The same parts, in which a field that is no variable is text, as it is written."""
    pending = ""
    for part in parts:
        if part[1] in variables:
            yield pending + part[0], part[1]
            pending = ""
        else:
            pending += _as_written(part)
    if pending:
        yield pending, None
