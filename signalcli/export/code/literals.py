"""Write Python code. User text becomes string constants, never code."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from keyword import iskeyword
from unicodedata import normalize

from signalcli.text import DEEPEST, is_json, to_json

WIDTH = 88
"""columns: longer code is split over several lines where possible."""
SURROGATE = re.compile(r"(?<!\\)(?:\\\\)*\\ud[89a-f]")
"""A lone surrogate, as :func:`quote` writes it. Standard output can't encode it."""


def quote(text: str) -> str:
    """Return a one-line string literal. Characters that aren't printable become escapes."""
    mark = "'" if '"' in text and "'" not in text else '"'
    return f"{mark}{_escaped(text, mark)}{mark}"


def write_f_string(parts: Iterable[tuple[str, str | None]]) -> str:
    """Return an f-string of literal texts, each followed by a variable or ``None``."""
    known = list(parts)
    literals = "".join(literal for literal, _ in known)
    mark = "'" if '"' in literals and "'" not in literals else '"'
    inside = "".join(
        _escaped(literal, mark).replace("{", "{{").replace("}", "}}")
        + ("" if variable is None else f"{{{variable}}}")
        for literal, variable in known
    )
    return f"f{mark}{inside}{mark}"


def write_literal(value: object) -> str:
    """Return an expression for a JSON value: ``json.loads`` if it nests too deeply for Python."""
    return _literal(value) if is_json(value) else f"json.loads({quote(to_json(value))})"


def write_docstring(text: str) -> str:
    """Return a one-line docstring."""
    inside = _escaped(text, "")
    if '"""' in text or text.endswith('"'):
        inside = inside.replace('"', '\\"')
    return f'"""{inside}"""'


def write_comment(text: str) -> str:
    """Return a one-line comment."""
    return f"# {_escaped(text, '', backslash=False)}"


def write_call(function: str, arguments: Iterable[str]) -> str:
    """Return a call, on one line if it fits, else with one argument per line."""
    given = list(arguments)
    line = f"{function}({', '.join(given)})"
    if len(line) <= WIDTH or not given:
        return line
    inside = "".join(f"{argument},\n" for argument in given)
    return f"{function}(\n{indent(inside)})"


def write_keywords(values: Iterable[tuple[str, object]]) -> Iterator[str]:
    """Return keyword arguments, in order. Names that Python can't write go into ``**{}``."""
    for is_plain, items in groupby(values, lambda item: _is_keyword(item[0])):
        if is_plain:
            yield from (f"{key}={write_literal(value)}" for key, value in items)
        else:
            odd = ", ".join(f"{quote(key)}: {write_literal(value)}" for key, value in items)
            yield f"**{{{odd}}}"


def _is_keyword(key: str) -> bool:
    return is_plain_name(key) and not key.startswith("__")


def is_plain_name(text: str) -> bool:
    """Return whether Python reads ``text`` as exactly that name."""
    return text.isidentifier() and not iskeyword(text) and normalize("NFKC", text) == text


def fill_lines(items: Iterable[str]) -> str:
    """Return lines of items, each followed by a comma."""
    lines = [""]
    for item in items:
        if lines[-1] and len(lines[-1]) + len(item) + 2 > WIDTH - 4:
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] else ''}{item},"
    return "".join(f"{line}\n" for line in lines)


def write_tuple(items: Iterable[str]) -> str:
    """Return a tuple, on one line if it fits."""
    given = list(items)
    line = f"({', '.join(given)}{',' if len(given) == 1 else ''})"
    return line if len(line) <= WIDTH - 20 else f"(\n{indent(fill_lines(given))})"


def indent(code: str) -> str:
    """Return code indented by one level."""
    return "".join(f"    {line}" if line.strip() else line for line in code.splitlines(True))


def write_imports(imports: Iterable[tuple[str, str | None]]) -> str:
    """Return sorted, grouped import statements; a module with ``None`` is imported itself."""
    groups: tuple[list[str], list[str], list[str]] = ([], [], [])
    by_module: dict[str, set[str]] = {}
    for module, name in imports:
        by_module.setdefault(module, set()).update(() if name is None else (name,))
        if name is None:
            groups[_group(module)].append(f"import {module}")
    for module, names in by_module.items():
        if names:
            in_order = sorted(names, key=lambda n: (not n.isupper(), not n[0].isupper(), n))
            line = f"from {module} import {', '.join(in_order)}"
            if len(line) > WIDTH:
                line = f"from {module} import (\n{indent(fill_lines(in_order))})"
            groups[_group(module)].append(line)
    ordered = [sorted(group, key=lambda line: (line.startswith("from"), line)) for group in groups]
    return "\n\n".join("\n".join(group) for group in ordered if group)


def _group(module: str) -> int:
    top = module.partition(".")[0]
    return 0 if top in sys.stdlib_module_names else 1 if top in ("blinker", "pytest") else 2


def _literal(value: object) -> str:
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{quote(k)}: {_literal(v)}' for k, v in value.items())}}}"
    return repr(value)


def _escaped(text: str, mark: str, *, backslash: bool = True) -> str:
    """Return ``text`` for use between two ``mark``, with escapes for unprintable characters."""
    if backslash:
        text = text.replace("\\", "\\\\")
    if mark:
        text = text.replace(mark, f"\\{mark}")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


assert DEEPEST < 190, "Python's parser takes some 200 levels of brackets"
