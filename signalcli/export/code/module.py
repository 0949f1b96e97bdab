"""Build the text of an exported module from its imports, definitions and sections."""

from __future__ import annotations

from collections.abc import Iterable

from signalcli.export.code.identifiers import Identifiers
from signalcli.export.code.literals import SURROGATE, write_docstring, write_imports
from signalcli.export.code.source_code import (
    ImportedName,
    SourceModule,
    demo_source,
    runtime_source,
)

OWN_NAMES = (
    *("ANY", "NamedSignal", "Namespace", "Signal", "default_namespace", "signal"),
    *("asyncio", "import_module", "json", "pytest", "sys", "time"),
    *("expected", "heard", "payload", "sender", "senders", "sent", "signals"),
)
"""The names of imports and variables in exported modules."""


class Module:
    """A module to which code is added. It imports and defines only the names that the code uses."""

    def __init__(self, doc: str, *, is_test: bool = False) -> None:
        taken = {*OWN_NAMES, *runtime_source().names(), "LOST"}
        self.identifiers = Identifiers(taken, is_test=is_test)
        self.needs_signal_names = False
        """Whether a receiver prints the name of the signal."""
        self._doc = doc
        self._imports: dict[ImportedName, None] = {}
        self._definitions: dict[str, str] = {}
        self._sections: list[str] = []

    def import_name(self, module: str, name: str | None = None) -> str:
        """Import a module, or a name from it. Returns the name to use."""
        self._imports[module, name] = None
        return name or module

    def add_runtime(self, name: str) -> str:
        """Define a function or class of :mod:`signalcli.export.code.runtime`. Returns its name."""
        self._define(runtime_source(), name)
        return name

    def demo(self, name: str, decorators: Iterable[str] = ()) -> str:
        """Return the source of a demo receiver. Defines and imports what it uses."""
        found = demo_source().definition(name)
        for helper in found.needs:
            self._define(demo_source(), helper)
        self._imports |= dict.fromkeys(found.imports)
        return "\n".join((*decorators, found.code))

    def add(self, *lines: str) -> None:
        """Add a section of one or more lines, unless it is empty."""
        code = "\n".join(lines)
        if code:
            self._sections.append(code.strip("\n"))

    def text(self) -> str:
        """Return the text of the module."""
        body = "\n".join(_spaced([*self._definitions.values(), *self._sections]))
        if SURROGATE.search(body):
            self.import_name("sys")
            body = f'sys.stdout.reconfigure(errors="backslashreplace")\n{body}'
        parts = write_docstring(self._doc), write_imports(self._imports), body.strip("\n")
        return "\n".join(_spaced(list(filter(None, parts)))) + "\n"

    def _define(self, source: SourceModule, name: str) -> None:
        if name in self._definitions:
            return
        found = source.definition(name)
        if name.startswith("one_by_one") and not self.needs_signal_names:
            found = found.without("NAMES")
        for helper in found.needs:
            self._define(source, helper)
        self._imports |= dict.fromkeys(found.imports)
        self._definitions[name] = found.code


def _spaced(sections: list[str]) -> list[str]:
    """Put two blank lines around functions and classes, and one between other sections."""
    spaced: list[str] = []
    before = ""
    for section in sections:
        is_definition = _is_definition(section)
        if spaced or is_definition:
            spaced += ["", ""] if is_definition or _is_definition(before) else [""]
        spaced.append(section)
        before = section
    return spaced


def _is_definition(section: str) -> bool:
    return section.startswith(("def ", "async def ", "class ", "@"))
