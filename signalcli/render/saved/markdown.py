"""Turn drawings into Markdown with the same content: headings, tables, lists and code to copy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from io import StringIO

from rich.console import RenderableType
from rich.text import Text
from rich.tree import Tree

from signalcli.render.draw import new_console
from signalcli.render.lessons import IndentedText
from signalcli.render.parts import FittingTable, Heading, styled_parts
from signalcli.render.saved.document import (
    CONTENTS,
    CONTENTS_NAMES,
    UNLIMITED,
    language_of_values,
    links_of_lessons,
    simple_parts,
)
from signalcli.render.saved.picture import drawing
from signalcli.render.saved.printed import text_and_tables
from signalcli.text import escape
from signalcli.values.result import Result

_SPECIAL = re.compile(r"[\\`*_\[\]<>#|~&]")


def markdown(results: Sequence[Result], title: str) -> str:
    """Return Markdown of values below each other, with links to the headings that have an anchor.

    :param title: the command line.
    """
    body = _Markdown()
    for result in results:
        body.add(drawing(result))
    blocks = [f"# {_code(title)}", *body.contents(), *body.linked(language_of_values(results))]
    return "\n\n".join(blocks) + "\n"


class _Markdown:
    """The blocks of drawings, and the headings to link."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self._lessons: list[tuple[int, str]] = []
        """Where each lesson begins in ``blocks``, and a link to it."""
        self._console = new_console(StringIO(), UNLIMITED, color=False)

    def add(self, part: RenderableType) -> None:
        """Append a drawing."""
        for simple in simple_parts(part, self._console):
            if isinstance(simple, Heading):
                self._add_heading(simple)
            elif isinstance(simple, FittingTable):
                self.blocks.append(_table(simple))
            elif isinstance(simple, Tree):
                self.blocks.append("\n".join(_tree(simple, "")))
            elif isinstance(simple, IndentedText):
                self.blocks += _indented(simple)
            elif isinstance(simple, Text) and simple.plain:
                self.blocks.append(_inline(simple))

    def contents(self) -> list[str]:
        """Return a list of links to the headings, if there are several."""
        links = "\n".join(f"- {link}" for _, link in self._lessons)
        return [f'<a id="{CONTENTS}"></a>\n\n{links}'] if len(self._lessons) > 1 else []

    def linked(self, language: str) -> list[str]:
        """Return all blocks. Lessons have links to those before and after."""
        index = f"[{CONTENTS_NAMES[language]}](#{CONTENTS})"
        ends = [*(start for start, _ in self._lessons), len(self.blocks)][1:]
        below = links_of_lessons([link for _, link in self._lessons], index)
        blocks = [*self.blocks]
        for at, links in reversed([*zip(ends, below, strict=False)]):
            blocks.insert(at, links)
        return blocks

    def _add_heading(self, heading: Heading) -> None:
        line = f"{'#' * heading.level} {_plain(heading.text.plain)}"
        if heading.anchor:
            link = f"[{_plain(heading.name)}](#{heading.anchor})"
            self._lessons.append((len(self.blocks), link))
            line = f'<a id="{heading.anchor}"></a>\n\n{line}'
        self.blocks.append(line)


def _indented(part: IndentedText) -> Iterator[str]:
    if not part.is_code:
        yield _inline(part.text)
    elif part.language:
        yield _fenced(part.text.plain, part.language)
    else:
        for each in text_and_tables(part.text):
            if isinstance(each, FittingTable):
                yield _table(each)
            elif each.plain.strip():
                yield _fenced(each.plain, "text")


def _fenced(text: str, language: str) -> str:
    """Return a block of code, whose fence is longer than any in the text."""
    longest = max(map(len, re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    body = escape(text.strip("\n"), keep="\n\t")
    return f"{fence}{language}\n{body}\n{fence}"


def _table(table: FittingTable) -> str:
    columns = table.filled_columns()
    ends = ["---:" if heading in table.numbers else "---" for heading in columns]
    rows = [[_plain(heading) for heading in columns], ends]
    rows += (
        ["<br>".join(map(_inline, cell)) for cell in row]
        for row in zip(*columns.values(), strict=True)
    )
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _tree(tree: Tree, indent: str) -> Iterator[str]:
    label = tree.label
    yield f"{indent}- {_inline(label) if isinstance(label, Text) else _plain(str(label))}"
    for child in tree.children:
        yield from _tree(child, f"{indent}  ")


def _inline(text: Text) -> str:
    return "".join(
        _code(part.strip("`")) if "lesson.code" in styles else _plain(part)
        for part, styles in styled_parts(text)
    )


def _code(text: str) -> str:
    longest = max(map(len, re.findall("`+", text)), default=0)
    ticks = "`" * (longest + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{escape(text)}{space}{ticks}"


def _plain(text: str) -> str:
    """Return text whose characters mean nothing in Markdown."""
    return _SPECIAL.sub(r"\\\g<0>", escape(text))
