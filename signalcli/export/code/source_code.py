"""Read the source of a module of signalcli, to copy single definitions into exported code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pkgutil import get_data
from typing import NamedTuple

from signalcli.language.phrases import is_english_chosen

FOR_LINTERS = "  # (noqa|type: ignore).*"
"""Comments for linters, which are not copied."""
ImportedName = tuple[str, "str | None"]
"""A module and the name to import from it; ``None`` for the module itself."""


class Definition(NamedTuple):
    """A function, class or constant at the top of a module."""

    code: str
    imports: tuple[ImportedName, ...]
    """The names that it uses from other modules."""
    needs: tuple[str, ...]
    """The names that it uses from its own module."""

    def without(self, name: str) -> Definition:
        """Return the definition without the lines that use a name of its module."""
        lines = [line for line in self.code.split("\n") if name not in line]
        return Definition("\n".join(lines), self.imports, tuple(n for n in self.needs if n != name))


class SourceModule:
    """The definitions of one module, by name, ``without`` the decorators of these names."""

    def __init__(self, package: str, file: str, without: tuple[str, ...] = ()) -> None:
        content = get_data(package, file)
        assert content is not None, f"{file} is there"
        text = content.decode()
        self._lines = text.splitlines()
        self._without = without
        self._imports: dict[str, ImportedName] = {}
        self._nodes: dict[str, ast.stmt] = {}
        for node in ast.parse(text).body:
            self._read(node)

    def names(self) -> set[str]:
        """Return the names that the module defines or imports at its top level."""
        return {*self._imports, *self._nodes}

    def definition(self, name: str) -> Definition:
        """Return the definition of a name, with the names that it uses."""
        node = self._nodes[name]
        first, used = node.lineno, list(ast.iter_child_nodes(node))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            left_out = [d for d in node.decorator_list if {*_names([d])} & {*self._without}]
            used = [child for child in used if child not in left_out]
            first = min([first, *(d.lineno for d in node.decorator_list if d in used)])
        known = [word for word in dict.fromkeys(_names(used)) if word != name]
        return Definition(
            re.sub(FOR_LINTERS, "", "\n".join(self._lines[first - 1 : node.end_lineno])),
            tuple(self._imports[word] for word in known if word in self._imports),
            tuple(word for word in known if word in self._nodes),
        )

    def _read(self, node: ast.stmt) -> None:
        if isinstance(node, ast.ImportFrom):
            self._imports |= {a.name: (str(node.module), a.name) for a in node.names}
        elif isinstance(node, ast.Import):
            self._imports |= {a.name: (a.name, None) for a in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self._nodes[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            self._nodes |= {t.id: node for t in targets if isinstance(t, ast.Name)}


def _names(nodes: list[ast.AST]) -> Iterator[str]:
    for top in nodes:
        for node in ast.walk(top):
            if isinstance(node, ast.Name):
                yield node.id


@cache
def runtime_source() -> SourceModule:
    """Return the functions and classes that exported code may use."""
    return SourceModule("signalcli.export.code", "runtime.py")


def demo_source() -> SourceModule:
    """Return the demo receivers in their language, without the decorator that adds them to the catalog."""
    return _demo_source("english_demos.py" if is_english_chosen() else "demos.py")


@cache
def _demo_source(file: str) -> SourceModule:
    return SourceModule("signalcli.receivers", file, without=("demo",))
