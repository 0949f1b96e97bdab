"""Find the tables in what a command has printed, so that pages and Markdown have real ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from rich.text import Text

from signalcli.render.parts import FittingTable

TOP, ROW, LINE, BOTTOM = "╭│├╰"
"""How the lines of a table begin."""


def text_and_tables(printed: Text) -> Iterator[Text | FittingTable]:
    """Yield what a command has printed, divided into its tables and the text between them."""
    lines = list(printed.split("\n", allow_blank=True))
    start = at = 0
    while at < len(lines):
        end = _end_of_table(lines, at)
        table = None if end is None else _table(lines[at:end])
        if end is None or table is None:
            at += 1
            continue
        if at > start:
            yield Text("\n").join(lines[start:at])
        yield table
        start = at = end
    if start < len(lines):
        yield Text("\n").join(lines[start:])


def _end_of_table(lines: Sequence[Text], start: int) -> int | None:
    """Return the index after the last line of a table that begins at a line; ``None`` if none does."""
    if not lines[start].plain.startswith(TOP):
        return None
    for index in range(start + 1, len(lines)):
        beginning = lines[index].plain[:1]
        if beginning == BOTTOM:
            return index + 1
        if beginning not in (ROW, LINE):
            return None
    return None


def _table(lines: Sequence[Text]) -> FittingTable | None:
    """Return a table from its lines; ``None`` if a cell has the character that separates them."""
    heading, *rows = (_cells(line) for line in lines if line.plain.startswith(ROW))
    if any(len(row) != len(heading) for row in rows):
        return None
    table = FittingTable(*(cell.plain for cell in heading))
    whole: list[list[Text]] = []
    for row in rows:
        if whole and not row[0].plain:  # it goes on
            for above, below in zip(whole[-1], row, strict=True):
                above.append("\n" if below.plain else "").append_text(below)
        else:
            whole.append(row)
    for row in whole:
        table.add_row(*(tuple(cell.split("\n", allow_blank=True)) for cell in row))
    return table


def _cells(line: Text) -> list[Text]:
    places = [index for index, character in enumerate(line.plain) if character == ROW]
    cells = [line[start + 1 : end] for start, end in pairwise(places)]
    for cell in cells:
        cell.rstrip()
    return [cell[len(cell.plain) - len(cell.plain.lstrip()) :] if cell else cell for cell in cells]
