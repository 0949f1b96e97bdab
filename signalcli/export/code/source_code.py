"""The source of one of signalcli's own modules, to be copied definition by definition."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pkgutil import get_data
from typing import NamedTuple

FOR_LINTERS = "  # (noqa|type: ignore).*"
"""Comments that say nothing to a person."""
Import = tuple[str, "str | None"]
"""A module, and what to import from it; ``None`` for the module itself."""


class Definition(NamedTuple):
    """A function, class or constant at the top of a module."""

    code: str
    imports: tuple[Import, ...]
    """What it takes from other modules."""
    needs: tuple[str, ...]
    """What it takes from its own module."""

    def without(self, name: str) -> Definition:
        """The same without the lines that need a name of its module."""
        lines = [line for line in self.code.split("\n") if name not in line]
        return Definition("\n".join(lines), self.imports, tuple(n for n in self.needs if n != name))


class Source:
    """The definitions of one module, by their names.

    :param without: the decorators to leave out, by name.
    """

    def __init__(self, package: str, file: str, without: tuple[str, ...] = ()) -> None:
        content = get_data(package, file)
        assert content is not None, f"{file} is there"
        text = content.decode()
        self._lines = text.splitlines()
        self._without = without
        self._imports: dict[str, Import] = {}
        self._nodes: dict[str, ast.stmt] = {}
        for node in ast.parse(text).body:
            self._read(node)

    def names(self) -> set[str]:
        """What it defines or imports at its top."""
        return {*self._imports, *self._nodes}

    def definition(self, name: str) -> Definition:
        """The definition of a name, and what that takes from elsewhere."""
        node = self._nodes[name]
        first, used = node.lineno, list(ast.iter_child_nodes(node))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            decorators = [d for d in node.decorator_list if not self._is_left_out(d)]
            first = min([first, *(decorator.lineno for decorator in decorators)])
            used = [
                child for child in used if child not in node.decorator_list or child in decorators
            ]
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

    def _is_left_out(self, decorator: ast.expr) -> bool:
        return bool({*_names([decorator])} & {*self._without})


def _names(nodes: list[ast.AST]) -> Iterator[str]:
    for top in nodes:
        for node in ast.walk(top):
            if isinstance(node, ast.Name):
                yield node.id


@cache
def kit() -> Source:
    """What exported code may need beside blinker."""
    return Source("signalcli.export", "kit.py")


@cache
def demos() -> Source:
    """The demo receivers, without what puts them into the catalogue."""
    return Source("signalcli", "demos.py", without=("demo",))
