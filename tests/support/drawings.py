"""What is in a saved picture: its lines as a terminal would show them, and where each text stands."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from unicodedata import combining, east_asian_width
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"
COLUMN = 12.04
"""units: the width of a column."""
FETCHING = re.compile(
    r"https?:|\burl\((?!#)|@import|@font-face|\bsrc\s*=|\bhref\s*=|<script|<link|<iframe|<image|\bon\w+=",
    re.IGNORECASE,
)
"""What would fetch or run something."""
XML_NAME = 'xmlns="http://www.w3.org/2000/svg"'


class Text(NamedTuple):
    """One piece of text of an SVG."""

    row: float
    column: float
    columns: float
    """How many it is stretched to."""
    text: str


def width(text: str) -> int:
    """The columns that a terminal needs for a text without emoji that are joined."""
    return sum(
        0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1
        for character in text
    )


def texts(path: Path) -> list[Text]:
    """What an SVG shows below its title, in the order of reading."""
    root = ElementTree.fromstring(path.read_bytes())
    assert root.tag == f"{SVG}svg"
    matrix = next(g for g in root.iter(f"{SVG}g") if str(g.get("class")).endswith("-matrix"))
    found = [
        Text(
            float(str(text.get("y"))),
            float(str(text.get("x"))) / COLUMN,
            float(str(text.get("textLength"))) / COLUMN,
            "".join(text.itertext()).replace("\u00a0", " "),
        )
        for text in matrix.iter(f"{SVG}text")
    ]
    return sorted(found)


def title(path: Path) -> str:
    """The title of an SVG, or of a page."""
    if path.suffix.lower() == ".html":
        return page(path).title
    root = ElementTree.fromstring(path.read_bytes())
    text = next(t for t in root.iter(f"{SVG}text") if str(t.get("class")).endswith("-title"))
    return "".join(text.itertext()).replace("\u00a0", " ")


def lines(path: Path) -> list[str]:
    """The lines of a picture that hold anything, without the white space at their ends."""
    found = page(path).code.splitlines() if path.suffix.lower() == ".html" else svg_lines(path)
    return [line.rstrip() for line in found if line.strip()]


def svg_lines(path: Path) -> list[str]:
    """The lines of an SVG, each text in its columns."""
    rows: dict[float, str] = {}
    for row, column, _, text in texts(path):
        before = rows.get(row, "")
        rows[row] = before + " " * (round(column) - width(before)) + text
    return [rows[row] for row in sorted(rows)]


def printed(stdout: str) -> list[str]:
    """The same of what a command wrote."""
    return [line.rstrip() for line in stdout.splitlines() if line.strip()]


class Page(HTMLParser):
    """A page of HTML that is well formed: each element that is opened is closed, in its turn."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.opened: list[str] = []
        self.tags: set[str] = set()
        self.code = ""
        self.title = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag != "meta":
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag

    def handle_data(self, data: str) -> None:
        if "pre" in self.opened:
            self.code += data
        if "title" in self.opened:
            self.title += data


def page(path: Path) -> Page:
    read = Page()
    read.feed(path.read_text(encoding="utf-8"))
    read.close()
    assert read.opened == []
    return read


def fetched(path: Path) -> list[str]:
    """What a picture would fetch or run."""
    return FETCHING.findall(path.read_text(encoding="utf-8").replace(XML_NAME, "", 1))
