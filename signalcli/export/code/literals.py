"""Python code, put together safely: any text of a person's becomes a constant, and nothing else."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from keyword import iskeyword
from unicodedata import normalize

from signalcli.text import DEEPEST, is_json, to_json

WIDTH = 88
"""columns: what is longer goes over several lines, where it can."""
SURROGATE = re.compile(r"(?<!\\)(?:\\\\)*\\ud[89a-f]")
"""A lone surrogate, as :func:`quoted` writes it. Standard output can't be given one."""


def quoted(text: str) -> str:
    """A literal of ``text``, in one line: what is printable stays, the rest is written out."""
    mark = "'" if '"' in text and "'" not in text else '"'
    return f"{mark}{_escaped(text, mark)}{mark}"


def formatted(parts: Iterable[tuple[str, str | None]]) -> str:
    """An f-string of literal texts, each with the variable behind it, if there is one."""
    known = list(parts)
    literals = "".join(literal for literal, _ in known)
    mark = "'" if '"' in literals and "'" not in literals else '"'
    inside = "".join(
        _escaped(literal, mark).replace("{", "{{").replace("}", "}}")
        + ("" if variable is None else f"{{{variable}}}")
        for literal, variable in known
    )
    return f"f{mark}{inside}{mark}"


def literal(value: object) -> str:
    """An expression for a JSON value. What is nested too deeply for Python's parser is parsed."""
    if not is_json(value):
        return f"json.loads({quoted(to_json(value))})"
    return _literal(value)


def docstring(text: str) -> str:
    """A docstring of one line."""
    inside = _escaped(text, "")
    if '"""' in text or text.endswith('"'):
        inside = inside.replace('"', '\\"')
    return f'"""{inside}"""'


def comment(text: str) -> str:
    """A comment of one line."""
    return f"# {_escaped(text, '', backslash=False)}"


def call(function: str, arguments: Iterable[str]) -> str:
    """A call, in one line if it fits, else with an argument a line."""
    given = list(arguments)
    line = f"{function}({', '.join(given)})"
    if len(line) <= WIDTH or not given:
        return line
    return f"{function}(\n{indented(''.join(f'{argument},{NEWLINE}' for argument in given))})"


NEWLINE = "\n"


def keywords(values: Iterable[tuple[str, object]]) -> Iterator[str]:
    """The arguments of a call for some names and values, in their order."""
    odd: list[str] = []
    for key, value in values:
        if is_plain_name(key) and not key.startswith("__"):
            if odd:
                yield f"**{{{', '.join(odd)}}}"
                odd = []
            yield f"{key}={literal(value)}"
        else:
            odd.append(f"{quoted(key)}: {literal(value)}")
    if odd:
        yield f"**{{{', '.join(odd)}}}"


def is_plain_name(text: str) -> bool:
    """Whether ``text`` can be written as a name, and Python reads just that name."""
    return text.isidentifier() and not iskeyword(text) and normalize("NFKC", text) == text


def filled(items: Iterable[str], width: int = WIDTH - 4) -> str:
    """Items with a comma behind each, as many a line as fit."""
    lines = [""]
    for item in items:
        if lines[-1] and len(lines[-1]) + len(item) + 2 > width:
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] else ''}{item},"
    return "".join(f"{line}\n" for line in lines)


def tuple_of(items: Iterable[str]) -> str:
    """A tuple, over several lines if it must."""
    given = list(items)
    line = f"({', '.join(given)}{',' if len(given) == 1 else ''})"
    return line if len(line) <= WIDTH - 20 else f"(\n{indented(filled(given))})"


def indented(code: str) -> str:
    """The same code, a level deeper."""
    return "".join(f"    {line}" if line.strip() else line for line in code.splitlines(True))


def import_block(imports: Iterable[tuple[str, str | None]]) -> str:
    """Import statements, in the order that people expect.

    :param imports: modules, each with what to import from it; ``None`` for the module itself.
    """
    groups: tuple[list[str], list[str], list[str]] = ([], [], [])
    by_module: dict[str, set[str]] = {}
    for module, name in imports:
        by_module.setdefault(module, set()).update(() if name is None else (name,))
        if name is None:
            groups[_group(module)].append(f"import {module}")
    for module, names in by_module.items():
        if names:
            listed = ", ".join(sorted(names, key=_import_order))
            line = f"from {module} import {listed}"
            if len(line) > WIDTH:
                listed = filled(sorted(names, key=_import_order))
                line = f"from {module} import (\n{indented(listed)})"
            groups[_group(module)].append(line)
    return "\n\n".join("\n".join(sorted(group, key=_statement_order)) for group in groups if group)


def _group(module: str) -> int:
    top = module.partition(".")[0]
    return 0 if top in sys.stdlib_module_names else 1 if top in ("blinker", "pytest") else 2


def _import_order(name: str) -> tuple[int, str]:
    """Constants first, then classes, then functions."""
    kind = 0 if name.isupper() else 1 if name[0].isupper() else 2
    return kind, name


def _statement_order(statement: str) -> tuple[bool, str]:
    return statement.startswith("from"), statement


def _literal(value: object) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{quoted(k)}: {_literal(v)}' for k, v in value.items())}}}"
    return repr(value)


def _escaped(text: str, mark: str, *, backslash: bool = True) -> str:
    """What stands for ``text`` between marks, with every character that can't be seen written out."""
    if backslash:
        text = text.replace("\\", "\\\\")
    if mark:
        text = text.replace(mark, f"\\{mark}")
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


assert DEEPEST < 190, "Python's parser takes some 200 levels of brackets"
