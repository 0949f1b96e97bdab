"""What is in a saved picture: its lines as a terminal would show them, and the position of each text."""

from __future__ import annotations

import re
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
    """The title of an SVG."""
    root = ElementTree.fromstring(path.read_bytes())
    text = next(t for t in root.iter(f"{SVG}text") if str(t.get("class")).endswith("-title"))
    return "".join(text.itertext()).replace("\u00a0", " ")


def lines(path: Path) -> list[str]:
    """The lines of a picture that hold anything, without the white space at their ends."""
    return [line.rstrip() for line in svg_lines(path) if line.strip()]


def svg_lines(path: Path) -> list[str]:
    """The lines of an SVG, each text in its columns."""
    rows: dict[float, str] = {}
    for row, column, _, text in texts(path):
        before = rows.get(row, "")
        rows[row] = before + " " * (round(column) - width(before)) + text
    return [rows[row] for row in sorted(rows)]


def printed(stdout: str) -> list[str]:
    """Return the lines of what a command wrote, without empty ones."""
    return [line.rstrip() for line in stdout.splitlines() if line.strip()]


def fetched(path: Path) -> list[str]:
    """What a picture would fetch or run."""
    return FETCHING.findall(path.read_text(encoding="utf-8").replace(XML_NAME, "", 1))
