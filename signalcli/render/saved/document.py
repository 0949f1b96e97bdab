"""Turn drawings into pages with the same content, as HTML: headings, tables, lists and text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import groupby
from urllib.parse import quote

from rich.console import Console, Group, RenderableType
from rich.style import Style
from rich.text import Text
from rich.tree import Tree

from signalcli.pages.page import asset, html, page
from signalcli.render.draw import THEME, new_console
from signalcli.render.lessons import IndentedText
from signalcli.render.parts import FittingTable, Heading, literal, styled_parts
from signalcli.render.saved.picture import drawing
from signalcli.render.saved.printed import text_and_tables
from signalcli.values.result import Result

UNLIMITED = 10**7
"""columns"""
CONTENTS = "contents"
"""The id of the list of lessons."""
CONTENTS_NAMES = {"en": "Contents", "zh": "目录"}
COLORS = "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"
"""The classes of the colours of a terminal, plain or bright, by their numbers."""


def document(results: Sequence[Result], title: str, theme: str | None = None) -> str:
    """Return a page of values below each other, in the language of the first that has one.

    :param title: the command line.
    """
    body = _Document()
    for result in results:
        body.add(drawing(result))
    language = language_of_values(results)
    header = f"<header>\n<h1><code>{html(title)}</code></h1>\n{body.contents()}</header>\n"
    content = f"{header}<main>\n{body.linked(language)}</main>"
    return page(title, content, language=language, style=asset("document.css"), theme=theme)


def language_of_values(results: Sequence[Result]) -> str:
    """Return the language of the first value that has one."""
    values = (result.value for result in results)
    return next((one.language for one in values if hasattr(one, "language")), "en")


def links_of_lessons(lessons: Sequence[str], index: str) -> list[str]:
    """Return the links below each lesson of a page: to the one before, to the list and to the one after.

    There are none if there is only one lesson.
    """
    if len(lessons) < 2:
        return []
    before = ["", *(f"← {link} · " for link in lessons[:-1])]
    after = [*(f" · → {link}" for link in lessons[1:]), ""]
    return [f"{first}↑ {index}{second}" for first, second in zip(before, after, strict=True)]


class _Document:
    """The HTML of drawings, and the headings in them."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._lessons: list[tuple[int, str]] = []
        """Where the part of each lesson begins in ``parts``, and a link to it."""
        self._anchors: dict[str, str] = {}
        """The HTML of each heading of level 2, by its id."""
        self._names: Counter[str] = Counter()
        """How many headings have each name in their id."""
        self._console = new_console(StringIO(), UNLIMITED, color=False)

    def add(self, part: RenderableType) -> None:
        """Append a drawing."""
        for simple in simple_parts(part, self._console):
            if isinstance(simple, Heading):
                self._add_heading(simple)
            elif isinstance(simple, FittingTable):
                self.parts.append(_table(simple))
            elif isinstance(simple, Tree):
                self.parts.append(f'<ul class="tree">{_tree(simple)}</ul>\n')
            elif isinstance(simple, IndentedText):
                self.parts += _indented(simple)
            elif isinstance(simple, Text) and simple.plain:
                self.parts.append(f"<p>{_inline(simple)}</p>\n")

    def contents(self) -> str:
        """Return links to the headings, if there are several."""
        if len(self._anchors) < 2:
            return ""
        links = (f'<li><a href="#{quote(i)}">{text}</a></li>' for i, text in self._anchors.items())
        anchor = f' id="{CONTENTS}"' if self._lessons else ""
        return f"<nav{anchor}><ul>{''.join(links)}</ul></nav>\n"

    def linked(self, language: str) -> str:
        """Return all parts. Lessons have links to those before and after, and to those that the text names."""

        def link(match: re.Match[str]) -> str:
            name = match[1] or match[2]
            return match[0].replace(f"<code>{name}</code>", f'<a href="#{name}">{name}</a>')

        parts = [*self.parts]
        for at, links in reversed(self._links_below(language)):
            parts.insert(at, f'<nav class="next">{links}</nav>\n')
        text = "".join(parts)
        names = "|".join(re.escape(name) for name in self._anchors)
        pattern = rf"the lesson <code>({names})</code>|<code>({names})</code> 一课"
        return re.sub(pattern, link, text) if self._anchors else text

    def _links_below(self, language: str) -> list[tuple[int, str]]:
        """Return the links below each lesson, and where its part ends."""
        ends = [*(start for start, _ in self._lessons), len(self.parts)][1:]
        index = f'<a href="#{CONTENTS}">{CONTENTS_NAMES[language]}</a>'
        links = links_of_lessons([link for _, link in self._lessons], index)
        return list(zip(ends, links, strict=True)) if links else []

    def _add_heading(self, heading: Heading) -> None:
        tag = f"h{heading.level}"
        anchor = ""
        if heading.level == 2:
            title = heading.anchor or heading.name
            name = re.sub(r"[^\w.]+", "-", title).strip("-") or "part"
            self._names[name] += 1
            number = self._names[name]
            identifier = name if number == 1 else f"{name}:{number}"
            if heading.anchor:
                link = f'<a href="#{quote(identifier)}">{html(heading.name)}</a>'
                self._lessons.append((len(self.parts), link))
            self._anchors[identifier] = html(heading.name)
            anchor = f' id="{html(identifier)}"'
        self.parts.append(f"<{tag}{anchor}>{_inline(heading.text)}</{tag}>\n")


def simple_parts(part: RenderableType, console: Console) -> Iterator[RenderableType]:
    """Yield the headings, tables, trees and texts of a drawing when nothing limits its width."""
    if isinstance(part, Heading | FittingTable | Tree | IndentedText | Text):
        yield part
        return
    if isinstance(part, Group):
        inner: Iterable[RenderableType] = part.renderables
    else:
        inner = part.__rich_console__(console, console.options)  # type: ignore[union-attr,assignment]
    for each in inner:
        yield from simple_parts(each, console)


def _table(table: FittingTable) -> str:
    columns = table.filled_columns()
    classes = [' class="number"' if heading in table.numbers else "" for heading in columns]
    head = "".join(
        f'<th scope="col"{kind}>{html(literal(heading).plain)}</th>'
        for heading, kind in zip(columns, classes, strict=True)
    )
    rows = (
        "".join(
            f"<td{kind}>{'<br>'.join(map(_inline, cell))}</td>"
            for cell, kind in zip(row, classes, strict=True)
        )
        for row in zip(*columns.values(), strict=True)
    )
    body = "".join(f"<tr>{row}</tr>\n" for row in rows)
    head = f"<thead><tr>{head}</tr></thead>"
    return f'<div class="table"><table>\n{head}\n<tbody>\n{body}</tbody></table></div>\n'


def _tree(tree: Tree) -> str:
    label = tree.label
    below = "".join(map(_tree, tree.children))
    items = f"\n<ul>{below}</ul>\n" if below else ""
    return f"<li>{_inline(label) if isinstance(label, Text) else html(str(label))}{items}</li>"


def _indented(part: IndentedText) -> Iterator[str]:
    if not part.is_code:
        yield f"<p>{_inline(part.text)}</p>\n"
        return
    kind = ' class="prompt"' if part.language == "console" else ""
    for each in text_and_tables(part.text):
        if isinstance(each, FittingTable):
            yield _table(each)
        elif each.plain.strip("\n"):
            yield f"<pre{kind}>{_inline(each)}</pre>\n"


def _inline(text: Text) -> str:
    """Return a text with an element around each part that has a style."""
    parts: list[tuple[str, str]] = []
    for part, styles in styled_parts(text):
        names = dict.fromkeys(name for style in styles for name in _names(style))
        parts.append((" ".join(names), part))
    return "".join(
        _span(names, "".join(part for _, part in group))
        for names, group in groupby(parts, lambda part: part[0])
    )


def _span(names: str, text: str) -> str:
    if names == "code":
        return f"<code>{html(text.strip('`'))}</code>"
    escaped = html(text, keep="\n\t")
    return f'<span class="{names}">{escaped}</span>' if names and not text.isspace() else escaped


def _names(style: str | Style) -> Iterator[str]:
    """Yield the classes for a style: the end of its name, or its colour and weight."""
    if isinstance(style, str):
        if style in THEME.styles:
            yield style.rpartition(".")[2]
            return
        style = Style.parse(style)
    if style.color is not None and style.color.number is not None:
        yield COLORS[style.color.number % len(COLORS)]
    yield from (name for name in ("bold", "dim", "italic") if getattr(style, name))
