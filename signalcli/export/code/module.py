"""The Python module that is being written: its imports, its definitions, and what they do."""

from __future__ import annotations

from collections.abc import Iterable

from signalcli.export.code.identifiers import Identifiers
from signalcli.export.code.literals import SURROGATE, docstring, import_block
from signalcli.export.code.source_code import Import, Source, demos, kit

OWN_NAMES = (
    *("ANY", "NamedSignal", "Namespace", "Signal", "default_namespace", "signal"),
    *("asyncio", "import_module", "json", "pytest", "sys", "time"),
    *("expected", "heard", "payload", "sender", "senders"),
)
"""What exported modules call what they import, and their variables."""


class Module:
    """A module to which code is added; only what that needs is imported and defined.

    :param doc: its docstring.
    :param is_test: whether pytest will read it.
    """

    def __init__(self, doc: str, *, is_test: bool = False) -> None:
        taken = {*OWN_NAMES, *kit().names(), "LOST"}
        self.identifiers = Identifiers(taken, is_test=is_test)
        self.says_names = False
        """Whether a receiver asks what the signal is called."""
        self._doc = doc
        self._imports: dict[Import, None] = {}
        self._definitions: dict[str, str] = {}
        self._sections: list[str] = []

    def need(self, module: str, name: str | None = None) -> str:
        """Import a module, or a name from it: gives what it is called here."""
        self._imports[module, name] = None
        return name or module

    def tool(self, name: str) -> str:
        """Define something of the kit: gives what it is called here, which is just that."""
        self._define(kit(), name)
        return name

    def demo(self, name: str, decorators: Iterable[str] = ()) -> str:
        """The source of a demo receiver. What it needs is defined or imported."""
        found = demos().definition(name)
        for helper in found.needs:
            self._define(demos(), helper)
        self._imports |= dict.fromkeys(found.imports)
        return "\n".join((*decorators, found.code))

    def add(self, code: str) -> None:
        """Add a section, if there is anything in it."""
        if code:
            self._sections.append(code.strip("\n"))

    def text(self) -> str:
        """The whole of it."""
        body = "\n".join(_spaced([*self._definitions.values(), *self._sections]))
        if SURROGATE.search(body):
            self.need("sys")
            body = f'sys.stdout.reconfigure(errors="backslashreplace")\n{body}'
        parts = docstring(self._doc), import_block(self._imports), body.strip("\n")
        return "\n".join(_spaced(list(filter(None, parts)))) + "\n"

    def _define(self, source: Source, name: str) -> None:
        if name in self._definitions:
            return
        found = source.definition(name)
        if name.startswith("one_by_one") and not self.says_names:
            found = found.without("NAMES")
        for helper in found.needs:
            self._define(source, helper)
        self._imports |= dict.fromkeys(found.imports)
        self._definitions[name] = found.code


def _spaced(sections: list[str]) -> list[str]:
    """Sections with the blank lines that people expect: two around a function or a class."""
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
