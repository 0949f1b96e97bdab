"""Write the functions of receivers, without running or importing any of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from string import Formatter
from typing import NamedTuple
from unicodedata import normalize

from signalcli.errors import UsageError
from signalcli.export.code.identifiers import Identifiers
from signalcli.export.code.literals import (
    indent,
    is_plain_name,
    quote,
    write_call,
    write_f_string,
    write_literal,
)
from signalcli.export.code.module import OWN_NAMES, Module
from signalcli.receivers.demos import DEMOS
from signalcli.receivers.import_names import ImportName
from signalcli.receivers.registry import resolve
from signalcli.text import path_from, session_command
from signalcli.values.receiver_specs import OwnReceiver
from signalcli.values.session import Session


class ImportedReceiver(NamedTuple):
    """A receiver that exported code imports."""

    module: str
    """A dotted name, or the path of a file as the user typed it."""
    attribute: str
    is_file: bool


ExportedReceiver = OwnReceiver | ImportedReceiver | None
"""The definition of a receiver; ``None`` for a demo."""


def find_receivers(names: Iterable[str], session: Session) -> dict[str, ExportedReceiver]:
    """Return the definition of each receiver, by name. Runs none of their code.

    :raises UsageError: if the package that offered a receiver isn't installed any more.
    :raises UnknownName: if there is no receiver of a name.
    """
    return {name: _find(name, session) for name in dict.fromkeys(names)}


def _find(name: str, session: Session) -> ExportedReceiver:
    source, declared = resolve(name, session.receivers)
    if source == "demo":
        return None
    if source == "import":
        parsed = ImportName.parse(name)
        return ImportedReceiver(parsed.module, parsed.attribute, parsed.is_file)
    return declared if isinstance(declared, OwnReceiver) else _offered(name, session)


def _offered(name: str, session: Session) -> ImportedReceiver:
    """Return the receiver of an installed package, from the package's metadata."""
    from signalcli.receivers.entry_points import entry_points

    offer = entry_points().get(name)
    if offer is not None:
        module, _, attribute = offer.value.partition("[")[0].partition(":")
        return ImportedReceiver(module.strip(), attribute.strip(), is_file=False)
    holders = (text for text, state in session.signals.items() if name in dict(state.receivers))
    raise UsageError(
        "The receiver '{name}' can't be exported, because no installed package offers it any more; "
        "{package} did. Install that, or disconnect it: {command}",
        name=name,
        package=session.receivers[name].offered_by,
        command=session_command("disconnect", next(holders, "king"), name),
    )


class ReceiverFunctions:
    """The functions of one module, by the names of their receivers."""

    def __init__(self, module: Module, receivers: Mapping[str, ExportedReceiver]) -> None:
        self._module = module
        self._receivers = receivers
        self._modules: dict[str, str] = {}
        """The variables of imported classes and files, of which only attributes are used."""
        self._loaded: list[str] = []
        demos = {name: module.identifiers.take(name) for name in receivers if name in DEMOS}
        self.identifiers: dict[str, str] = {}
        for name, receiver in receivers.items():
            wish = name
            if isinstance(receiver, ImportedReceiver):
                wish = receiver.attribute.rpartition(".")[2]
            self.identifiers[name] = demos.get(name) or module.identifiers.new(wish, "receiver")
        own = [receiver for receiver in receivers.values() if isinstance(receiver, OwnReceiver)]
        fields = {field for receiver in own for _, field in _parts(receiver)}
        module.needs_signal_names = "signal" in fields

    def is_defined_here(self, name: str) -> bool:
        """Return whether the module has the ``def`` of a receiver, so that it can be decorated."""
        return not isinstance(self._receivers[name], ImportedReceiver)

    def imports(self) -> str:
        """Return the code that imports receivers, beyond import statements."""
        lines = [
            self._imported(self.identifiers[name], receiver)
            for name, receiver in self._receivers.items()
            if isinstance(receiver, ImportedReceiver)
        ]
        return "\n".join((*self._loaded, *filter(None, lines)))

    def definition(self, name: str, decorators: Iterable[str] = ()) -> str:
        """Return the ``def`` of a receiver."""
        receiver = self._receivers[name]
        if receiver is None:
            return self._module.demo(name, decorators)
        assert isinstance(receiver, OwnReceiver), "imports are not defined here"
        return "\n".join((*decorators, self._own(self.identifiers[name], receiver)))

    def _own(self, identifier: str, own: OwnReceiver) -> str:
        keyword = "async def" if own.is_async else "def"
        payload = "" if own.strict else f", **payload: {self._module.import_name('typing', 'Any')}"
        body = "".join(f"{line}\n" for line in self._body(own))
        head = f"{keyword} {identifier}(sender: object, /{payload}) -> object:"
        return f"{head}\n{indent(body)}".rstrip("\n")

    def _body(self, own: OwnReceiver) -> Iterator[str]:
        if own.sleeps:
            module = self._module.import_name("asyncio" if own.is_async else "time")
            yield f"{'await ' if own.is_async else ''}{module}.sleep({own.sleeps!r})"
        if own.says is not None:
            yield from self._print(own)
        if own.raises is not None:
            yield f"raise RuntimeError({quote(own.raises)})"
        else:
            yield f"return {write_literal(own.returns)}"

    def _print(self, own: OwnReceiver) -> Iterator[str]:
        """Print the template as an f-string, after assigning its variables."""
        parts = _parts(own)
        variables = {"sender": "sender"}
        local = Identifiers((*OWN_NAMES, *DEMOS, "NAMES", "sent_signal", "key", "value"))
        for field in dict.fromkeys(field for _, field in parts if field is not None):
            if field in variables or (own.strict and field not in ("signal", "payload")):
                continue
            variables[field] = local.new("news" if field == "payload" else field, "text")
            yield f"{variables[field]} = {self._value(field, own.strict)}"
        if not any(field in variables for _, field in parts):
            yield f"print({quote(''.join(map(_as_written, parts)))})"
            return
        filled = [(text, variables.get(field or "")) for text, field in _joined(parts, variables)]
        yield f"print({write_f_string(filled)})"

    def _value(self, field: str, is_strict: bool) -> str:
        if field == "signal":
            return f"{self._module.add_runtime('sent_signal')}()"
        if field == "payload":
            return '""' if is_strict else PAYLOAD
        return write_call("payload.get", [quote(field), quote(f"{{{field}}}")])

    def _imported(self, identifier: str, imported: ImportedReceiver) -> str:
        """Return the code for an import, or ``""`` if an import statement is enough."""
        first, *rest = [normalize("NFKC", part) for part in imported.attribute.split(".")]
        if imported.is_file:
            return f"{identifier} = {_attribute(self._file(imported.module), [first, *rest])}"
        if not all(map(is_plain_name, imported.module.split("."))) or not is_plain_name(first):
            self._module.import_name("importlib", "import_module")
            found = f"import_module({quote(imported.module)})"
            return f"{identifier} = {_attribute(found, [first, *rest])}"
        if not rest:
            name = first if first == identifier else f"{first} as {identifier}"
            self._module.import_name(imported.module, name)
            return ""
        return f"{identifier} = {_attribute(self._owner(imported.module, first), rest)}"

    def _owner(self, module: str, name: str) -> str:
        """Import a class or an object for one of its attributes. Returns its variable."""
        key = f"{module}:{name}"
        if key not in self._modules:
            owner = self._modules[key] = self._module.identifiers.new(name, "owner")
            self._module.import_name(module, name if name == owner else f"{name} as {owner}")
        return self._modules[key]

    def _file(self, path: str) -> str:
        """Import a file as a module. Returns its variable."""
        key = os.path.realpath(path_from(path))
        if key not in self._modules:
            stem = os.path.basename(path).removesuffix(".py")
            name = self._modules[key] = self._module.identifiers.new(stem, "module")
            self._loaded.append(f"{name} = {self._module.add_runtime('load_file')}({quote(path)})")
        return self._modules[key]


PAYLOAD = '", ".join(f"{key}={value}" for key, value in payload.items())'


def _attribute(owner: str, names: list[str]) -> str:
    """Return an expression for an attribute, with ``getattr`` for names that Python can't write."""
    for name in names:
        owner = f"{owner}.{name}" if is_plain_name(name) else f"getattr({owner}, {quote(name)})"
    return owner


def _parts(own: OwnReceiver) -> list[tuple[str, str | None]]:
    """Return each literal text of the template with the field after it."""
    return [(text, field) for text, field, _, _ in Formatter().parse(own.says or "")]


def _as_written(part: tuple[str, str | None]) -> str:
    text, field = part
    return text if field is None else f"{text}{{{field}}}"


def _joined(
    parts: list[tuple[str, str | None]], variables: Mapping[str, str]
) -> Iterator[tuple[str, str | None]]:
    """Return the parts with fields that are no variables turned into text."""
    pending = ""
    for part in parts:
        if part[1] in variables:
            yield pending + part[0], part[1]
            pending = ""
        else:
            pending += _as_written(part)
    if pending:
        yield pending, None
